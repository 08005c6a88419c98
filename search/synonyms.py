"""Groups of words that mean the same work, in both languages: a data file, and what staff add to it."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TypeAlias

from search.text import pieces

Table: TypeAlias = dict[str, tuple[str, ...]]
# A stamp that changes with the groups, and the groups.
Added: TypeAlias = tuple[object, Sequence[Sequence[str]]]

_added: list[Callable[[], Added]] = []
_held: list[tuple[object, Table]] = []


def read_groups(lines: Iterable[str]) -> list[list[str]]:
    """One group per line, words parted by commas of either width; lines that begin with # are remarks."""
    kept = [line.replace("，", ",") for line in lines if line.strip() and not line.lstrip().startswith("#")]
    return [[word.strip() for word in line.split(",") if word.strip()] for line in kept]


@cache
def shipped() -> tuple[tuple[str, ...], ...]:
    """The groups of the data file."""
    path = Path(__file__).with_name("data") / "synonyms.txt"
    return tuple(tuple(group) for group in read_groups(path.read_text(encoding="utf-8").splitlines()))


def extend(added: Callable[[], Added]) -> None:
    """Set what gives the groups that staff have added; called from ready(). It is asked at every search, so it caches."""
    _added[:] = [added]


def table() -> Table:
    """Each word, as `pieces` writes it, with the other words of its groups."""
    stamp, groups = _added[0]() if _added else (None, ())
    if not _held or _held[0][0] != stamp:
        _held[:] = [(stamp, _table([*shipped(), *groups]))]
    return _held[0][1]


def _table(groups: Iterable[Sequence[str]]) -> Table:
    made: dict[str, dict[str, None]] = {}
    for group in groups:
        same = list(dict.fromkeys(filter(None, (" ".join(pieces(word)) for word in group))))
        for word in same:
            made.setdefault(word, {}).update(dict.fromkeys(other for other in same if other != word))
    return {word: tuple(others) for word, others in made.items()}
