"""Reasons in the reader's language, and as points that add up on the page."""

from dataclasses import dataclass

from django.utils.translation import get_language

import matching.types as plain
from backend.positions.personal import Fit

SENTENCES = 3
"""Reasons that stand with a match in a list."""
REASONS_KEPT = 8
"""Terms that are kept of what put a position where it was shown."""


@dataclass(frozen=True)
class Line:
    """One term of a score: a sentence and its tenths of a point out of a hundred."""

    text: str
    tenths: int

    @property
    def points(self) -> str:
        """With sign and one decimal, such as "+12.5"."""
        return f"{self.tenths / 10:+.1f}".replace("-", "−")


@dataclass(frozen=True)
class Grounds:
    """What put a position where it stands in a list, as it is recorded; `terms`: the weightiest with what each adds."""

    position: int
    score: float
    model: str
    terms: tuple[tuple[str, float], ...]


class Scored:
    """A match in figures and words; nothing where there is none, because the order by fit is off."""

    match: plain.Match | None

    @property
    def percent(self) -> int | None:
        """The score as a whole number of hundredths."""
        return None if self.match is None else round(self.match.score * 100)

    @property
    def reasons(self) -> list[str]:
        """The strongest reasons for the match, in the active language."""
        return [] if self.match is None else reasons_for(self.match, SENTENCES)

    @property
    def against(self) -> list[str]:
        """The strongest reason against it."""
        return [] if self.match is None else against(self.match, 1)

    @property
    def lines(self) -> list[Line]:
        """Every term in words and points; they add up to the score."""
        return [] if self.match is None else points(self.match)


def chinese() -> bool:
    """Whether the reader reads Chinese."""
    return (get_language() or "zh").startswith("zh")


def worded(item: plain.Reason | plain.Suggestion | plain.Difference) -> str:
    """The sentence in the active language."""
    return item.zh if chinese() else item.en


def sentences(match: plain.Match) -> list[tuple[str, float]]:
    """Reasons that carry weight, in the active language, with their contribution."""
    return [(worded(reason), reason.contribution) for reason in (*match.why(), *match.why_not())]


def main_reason(match: plain.Match) -> plain.Reason:
    """The strongest reason for a match, or where nothing speaks for it the strongest against."""
    return (match.why() or match.why_not() or match.reasons)[0]


def fit_of(match: plain.Match, reason: plain.Reason | None = None) -> Fit:
    """A match as lists tell it: score and this reason, or else the main one."""
    said = reason or main_reason(match)
    return Fit(match.score, said.zh, said.en)


def grounds_of(match: plain.Match) -> Grounds:
    """What is recorded of a match that is shown."""
    terms = tuple((one.feature, round(one.contribution, 6)) for one in match.reasons[:REASONS_KEPT])
    return Grounds(match.position_id, match.score, match.model, terms)


def reasons_for(match: plain.Match, limit: int) -> list[str]:
    """The strongest reasons for a match."""
    return [worded(reason) for reason in match.why()[:limit]]


def against(match: plain.Match, limit: int) -> list[str]:
    """The strongest reasons against it."""
    return [worded(reason) for reason in match.why_not()[:limit]]


def points(match: plain.Match) -> list[Line]:
    """Every term that is worth a tenth of a point; the tenths sum to the rounded score exactly.

    Rounding down and handing the rest to the largest fractions keeps the sum.
    """
    return rounded([(worded(reason), reason.contribution) for reason in match.reasons])


def rounded(terms: list[tuple[str, float]]) -> list[Line]:
    """Texts with shares of 1 as lines of tenths of a point that sum to the rounded total."""
    exact = [value * 1000 for _text, value in terms]
    floors = [int(value // 1) for value in exact]
    rest = round(sum(exact)) - sum(floors)
    order = sorted(range(len(terms)), key=lambda i: (floors[i] - exact[i], i))
    for i in order[:rest]:
        floors[i] += 1
    return [Line(text, tenths) for (text, _value), tenths in zip(terms, floors, strict=True) if tenths]
