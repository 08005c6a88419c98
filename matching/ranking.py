"""Orders one side for the other and puts the reasons beside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from matching import explain as words
from matching.features.arrays import Floats, Pairs
from matching.features.registry import extract
from matching.rankers.base import Ranker, score
from matching.types import Match, Position, Student


def rank_positions(
    ranker: Ranker, student: Student, positions: Sequence[Position], *, limit: int, on: date | None
) -> list[Match]:
    """The best positions for a student, best first; equal scores in order of id."""
    values = extract(Pairs([student], positions, on), ranker.features)[0]
    order = best(score(ranker, values), [p.id for p in positions], limit)
    return [words.to_match(ranker, student, positions[i], values[i]) for i in order]


def rank_students(
    ranker: Ranker, position: Position, students: Sequence[Student], *, limit: int, on: date | None
) -> list[Match]:
    """The best students for a position, best first; equal scores in order of id; worded for the recruiter."""
    values = extract(Pairs(students, [position], on), ranker.features)[:, 0]
    order = best(score(ranker, values), [s.id for s in students], limit)
    matches = [words.to_match(ranker, students[i], position, values[i]) for i in order]
    return [words.for_recruiter(match) for match in matches]


def best(scores: Floats, ids: Sequence[int], limit: int) -> list[int]:
    """Places of the highest scores, best first; equal ones in order of id."""
    if not len(ids) or limit <= 0:
        return []
    # Rounding keeps sums taken in another order from breaking a tie.
    return [int(i) for i in np.lexsort((np.array(ids), -scores.round(12)))[:limit]]
