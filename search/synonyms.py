"""Groups of words that mean the same work, in both languages."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TypeAlias

from search.text import pieces

Table: TypeAlias = Mapping[str, tuple[str, ...]]


def read_groups(lines: Iterable[str]) -> list[list[str]]:
    """One group per line, words parted by commas of either width; lines that begin with # are remarks."""
    kept = [line.replace("，", ",") for line in lines if line.strip() and not line.lstrip().startswith("#")]
    return [[word.strip() for word in line.split(",") if word.strip()] for line in kept]


@cache
def shipped() -> tuple[tuple[str, ...], ...]:
    """The groups of the data file, as they are written there."""
    path = Path(__file__).with_name("data") / "synonyms.txt"
    return tuple(map(tuple, read_groups(path.read_text(encoding="utf-8").splitlines())))


@cache
def table() -> Table:
    """Each word of the data file, as `pieces` writes it, with the other words of its groups."""
    return table_of(shipped())


def extended(groups: Iterable[Sequence[str]]) -> Table:
    """The same with more groups. A word that stands in several has the words of all, though not the words of those."""
    added = list(groups)
    return table_of([*shipped(), *added]) if added else table()


def table_of(groups: Iterable[Sequence[str]]) -> Table:
    """The same of any groups."""
    made: dict[str, dict[str, None]] = {}
    for group in groups:
        same = list(dict.fromkeys(filter(None, map(key, group))))
        for word in same:
            made.setdefault(word, {}).update(dict.fromkeys(other for other in same if other != word))
    return {word: tuple(others) for word, others in made.items()}


def key(word: str) -> str:
    """A word as a search looks it up: its pieces, parted by spaces; empty for one that holds nothing searchable."""
    return " ".join(pieces(word))
