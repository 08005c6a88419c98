"""The only import for others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matching import explain as words
from matching.features.arrays import Floats, Pairs
from matching.features.registry import extract
from matching.rankers.base import Ranker, score
from matching.rankers.baseline import Baseline
from matching.types import Match, Position, Student, Suggestion

_serving: list[Ranker] = [Baseline()]


def active_model() -> str:
    """Name of the ranker that answers now."""
    return _serving[0].name


def score_matrix(students: Sequence[Student], positions: Sequence[Position]) -> Floats:
    """Scores in [0, 1], one row per student and one column per position."""
    ranker = _serving[0]
    return np.clip(score(ranker, extract(Pairs(students, positions), ranker.features)), 0.0, 1.0)


def rank_positions(student: Student, positions: Sequence[Position], *, limit: int = 20) -> list[Match]:
    """The best positions for a student, best first; equal scores in order of id."""
    ranker = _serving[0]
    values = extract(Pairs([student], positions), ranker.features)[0]
    order = _best(score(ranker, values), [p.id for p in positions], limit)
    return [words.to_match(ranker, student, positions[i], values[i]) for i in order]


def rank_students(position: Position, students: Sequence[Student], *, limit: int = 20) -> list[Match]:
    """The best students for a position, best first; equal scores in order of id."""
    ranker = _serving[0]
    values = extract(Pairs(students, [position]), ranker.features)[:, 0]
    order = _best(score(ranker, values), [s.id for s in students], limit)
    return [words.to_match(ranker, students[i], position, values[i]) for i in order]


def explain(student: Student, position: Position) -> Match:
    """One pair with all its reasons; their contributions sum to the score."""
    ranker = _serving[0]
    values = extract(Pairs([student], [position]), ranker.features)[0, 0]
    return words.to_match(ranker, student, position, values)


def raise_by(student: Student, position: Position) -> list[Suggestion]:
    """Single changes on the student's side that would raise the match."""
    return words.suggestions(_serving[0], student, position)


def _best(scores: Floats, ids: Sequence[int], limit: int) -> list[int]:
    if not len(ids) or limit <= 0:
        return []
    # Rounding keeps sums taken in another order from breaking a tie.
    return [int(i) for i in np.lexsort((np.array(ids), -scores.round(12)))[:limit]]
