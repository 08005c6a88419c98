"""A query log as people would leave it, drawn from titles: whole, in part, turned round, misspelt, with filters."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from search.text import pieces


@dataclass(frozen=True)
class Seen:
    """What the log may ask for: titles and the values of filters, as often as they occur."""

    titles: Sequence[str]
    cities: Sequence[str]
    educations: Sequence[str]
    kinds: Sequence[str]


def drawn(seen: Seen, count: int, seed: int = 1) -> list[Mapping[str, str]]:
    """Parameters of `count` searches, the same for the same seed."""
    chance = random.Random(seed)
    return [_one(seen, chance) for _ in range(count)]


def _one(seen: Seen, chance: random.Random) -> Mapping[str, str]:
    words = pieces(chance.choice(seen.titles)) or ["会计"]
    form = chance.choices((_whole, _part, _turned, _misspelt, _nothing), (35, 35, 10, 15, 5))[0]
    asked = {"q": form(words, chance)}
    filters = chance.choices(
        ((), ("city",), ("education",), ("kind",), ("city", "salary")), (60, 16, 8, 8, 8)
    )[0]
    values = {
        "city": seen.cities, "education": seen.educations, "kind": seen.kinds, "salary": ("5000", "8000", "12000")
    }  # fmt: skip
    return asked | {name: chance.choice(values[name]) for name in filters}


def _whole(words: Sequence[str], _chance: random.Random) -> str:
    return " ".join(words)[:30]


def _part(words: Sequence[str], chance: random.Random) -> str:
    """Two to four characters of the longest piece, or the piece where it is Latin."""
    longest = max(words, key=len)
    if longest.isascii() or len(longest) < 4:
        return longest
    length = chance.randint(2, 4)
    start = chance.randint(0, len(longest) - length)
    return longest[start : start + length]


def _turned(words: Sequence[str], _chance: random.Random) -> str:
    return " ".join(reversed(words))[:30]


def _misspelt(words: Sequence[str], chance: random.Random) -> str:
    """Two neighbours change places."""
    text = " ".join(words)[:30]
    if len(text) < 3:
        return text
    at = chance.randrange(len(text) - 1)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _nothing(_words: Sequence[str], _chance: random.Random) -> str:
    return ""
