"""Orders one side for the other and puts the reasons beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from matching import explain as words
from matching.features.arrays import Columns, Floats, Pairs
from matching.features.registry import extract
from matching.rankers.base import Ranker, score
from matching.retrieval import Mask, candidates
from matching.two_sided import examination, saturation
from matching.types import Match, Position, Student

Parts = Sequence[tuple["Columns[Position]", "Mask | None"]]
People = Sequence[tuple["Columns[Student]", "Mask | None"]]


def rank_positions(
    ranker: Ranker, student: Student, parts: Parts, *, limit: int, on: date | None
) -> list[Match]:
    """The best positions for a student, best first; equal scores in order of id.

    parts: positions in several pieces, each with a mask of those that must not be shown.
    """
    rows: list[Position] = []
    values: list[Floats] = []
    for columns, barred in parts:
        places = candidates(ranker, Pairs([student], columns, on), barred=barred)
        kept = columns.take(places) if len(places) < len(columns) else columns
        rows += kept.rows
        values.append(extract(Pairs([student], kept, on), ranker.features)[0])
    return _matches(ranker, [(student, position) for position in rows], values, [p.id for p in rows], limit)


def rank_students(
    ranker: Ranker, position: Position, parts: People, *, limit: int, on: date | None
) -> list[Match]:
    """The best students for a position, best first; equal scores in order of id; worded for the recruiter."""
    rows: list[Student] = []
    values: list[Floats] = []
    for columns, barred in parts:
        places = candidates(ranker, Pairs(columns, [position], on), barred=barred)
        kept = columns.take(places) if len(places) < len(columns) else columns
        rows += kept.rows
        values.append(extract(Pairs(kept, [position], on), ranker.features)[:, 0])
    pairs = [(student, position) for student in rows]
    return [words.for_recruiter(m) for m in _matches(ranker, pairs, values, [s.id for s in rows], limit)]


def best(scores: Floats, ids: Sequence[int], limit: int) -> list[int]:
    """Places of the highest scores, best first; equal ones in order of id."""
    if not len(ids) or limit <= 0:
        return []
    # Rounding keeps sums taken in another order from breaking a tie.
    return [int(i) for i in np.lexsort((np.array(ids), -scores.round(12)))[:limit]]


def _matches(
    ranker: Ranker,
    pairs: Sequence[tuple[Student, Position]],
    values: Sequence[Floats],
    ids: Sequence[int],
    limit: int,
) -> list[Match]:
    if not pairs:
        return []
    table = np.concatenate(values)
    order = best(score(ranker, table), ids, limit)
    swamped: NDArray[np.float64] = saturation([pairs[i][1] for i in order])
    found = words.to_matches(ranker, [pairs[i] for i in order], table[order])
    return [
        replace(match, saturation=float(swamped[place]), propensity=examination(place + 1))
        for place, match in enumerate(found)
    ]
