"""What a search box offers while somebody types: titles, occupations, companies and skills, by their letters or pinyin.

Every document carries each of its names under up to three keys (as written, in pinyin, in first letters), so completing is
a walk through a sorted list of terms.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from search.documents import PositionDocument
from search.pinyin import spelt
from search.text import normalise

MARK = "\x1f"
LONGEST = 60
KINDS = {"o": "occupation", "t": "title", "s": "skill", "c": "company"}


@dataclass(frozen=True)
class Suggested:
    """A name to search for: kind (occupation, title, skill or company), the name, and in how many positions it stands."""

    kind: str
    text: str
    count: int


def entries(document: PositionDocument) -> list[str]:
    """The terms that a document's names are completed from."""
    named = [("t", document.title), ("o", document.occupation_name), ("c", document.company)]
    named += [("s", skill) for skill in document.skills]
    found: dict[str, None] = {}
    for kind, name in named:
        label = " ".join(name.replace(MARK, " ").split())[:LONGEST]
        if label:
            for key in keys(label):
                found[f"{key}{MARK}{kind}{MARK}{label}"] = None
    return list(found)


def keys(name: str) -> list[str]:
    """What a name can be typed as."""
    return list(dict.fromkeys(filter(None, (normalise(name), *spelt(name)))))


def prefix(text: str) -> str:
    """What entries begin with that complete a text; a text in pinyin may have spaces and apostrophes between syllables."""
    plain = normalise(text)[:LONGEST]
    return plain.replace(" ", "").replace("'", "") if _could_be_pinyin(plain) else plain


def _could_be_pinyin(plain: str) -> bool:
    return plain.isascii() and plain.replace(" ", "").replace("'", "").isalpha()


def read(terms: Iterable[tuple[str, int]], limit: int) -> list[Suggested]:
    """Entries with their counts as suggestions, each name once per kind: occupations, titles, skills, companies."""
    counts: dict[tuple[str, str], int] = {}
    for term, count in terms:
        _key, kind, label = term.split(MARK)
        counts[kind, label] = max(count, counts.get((kind, label), 0))
    best = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    order = list(KINDS)
    chosen = sorted(best[:limit], key=lambda item: (order.index(item[0][0]), -item[1], item[0][1]))
    return [Suggested(KINDS[kind], label, count) for (kind, label), count in chosen]
