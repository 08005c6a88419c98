"""Some hundreds of candidates out of very many.

The rough score of a pair is the ranker's score with quick stand-ins: sentence vectors turned to a few directions,
descriptions left out. Everything else (place, kind, pay, skills by their inverted lists, occupation, …) is exact.
Worked out per distinct key and spread, so that one student meets 100,000 positions in milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.features.arrays import Columns, Floats, Pairs, unknown
from matching.features.registry import REGISTRY
from matching.rankers.base import SIDES, Ranker, add_terms
from matching.types import Position, Student

Places = NDArray[np.intp]
Mask = NDArray[np.bool_]
CANDIDATES = 500
# Pairs worked on at a time: some arrays of 16 MB.
PAIRS_AT_ONCE = 2_000_000
_DAY = date(2000, 1, 1)
_SOMEBODY = Student(
    0, "", "", "any", ("-",), (), 0, ("-",), ("-",), ("-",), 1, "-", _DAY, 1, headlines=("-",)
)  # fmt: skip
_SOMETHING = Position(
    0, "-", "-", ("-",), ("-",), "any", 0, "-", "-", 1, 1, "-", 1, 0, _DAY, _DAY, ("-",), (("-", 1),), ("-",)
)  # fmt: skip


def rough_scores(ranker: Ranker, pairs: Pairs) -> Floats:
    """Rough scores of all pairs, not limited to [0, 1]."""
    total = np.full(pairs.shape, ranker.base)
    add_terms(ranker, pairs, dict.fromkeys(SIDES, total), compute=lambda name: REGISTRY[name].rough)
    return total


def candidates(ranker: Ranker, pairs: Pairs, *, barred: Mask | None, count: int = CANDIDATES) -> Places:
    """Places of the best `count` of the side that has many, in rising order; barred ones never.

    pairs: one row or one column. Where there are no more than `count`, all that are not barred.
    Of equal ones at the end the lowest ids are kept.
    """
    many = len(pairs.students) * len(pairs.positions)
    allowed = np.arange(many) if barred is None else np.flatnonzero(~barred)
    if len(allowed) <= count:
        return allowed
    scores = rough_scores(ranker, pairs).ravel()
    if barred is not None:
        scores[barred] = -np.inf
    return _highest(scores, pairs, count)


def _highest(scores: Floats, pairs: Pairs, count: int) -> Places:
    """Places of the highest scores; of those level with the last one, the lowest ids."""
    last = -np.partition(-scores, count - 1)[count - 1]
    above, level = np.flatnonzero(scores > last), np.flatnonzero(scores == last)
    room = count - len(above)
    if len(level) > room:
        rows: Sequence[Any] = pairs.students.rows if len(pairs.students) > 1 else pairs.positions.rows
        ids = [rows[int(place)].id for place in level]
        level = level[np.argsort(ids, kind="stable")[:room]]
    return np.sort(np.concatenate([above, level]))


def warm(columns: Columns[Any]) -> None:
    """Works out every array of one side that ranking reads; a blank row stands for the other side."""
    if not len(columns):
        return
    pairs = (
        Pairs([_SOMEBODY], columns, _DAY)
        if isinstance(columns.rows[0], Position)
        else Pairs(columns, [_SOMETHING], _DAY)
    )
    for feature in REGISTRY.values():
        feature.rough(pairs)
        if feature.rough is unknown:
            feature.compute(pairs)


def pair_scores(ranker: Ranker, pairs: Pairs) -> Floats:
    """Every pair's score in [0, 1], all worked out at once: for some thousands of pairs."""
    scores = np.full(pairs.shape, ranker.base)
    add_terms(ranker, pairs, dict.fromkeys(SIDES, scores))
    return np.clip(scores, 0.0, 1.0, out=scores)


def full_scores(
    ranker: Ranker, students: Sequence[Student], positions: Sequence[Position], on: date | None
) -> Floats:
    """Every pair's score in [0, 1], worked out for some students at a time: memory grows with the answer alone."""
    scores = np.zeros((len(students), len(positions)))
    if not scores.size:
        return scores
    left, right = Columns(students), Columns(positions)
    step = max(PAIRS_AT_ONCE // len(positions), 1)
    for start in range(0, len(students), step):
        places = np.arange(start, min(start + step, len(students)))
        scores[start : start + step] = pair_scores(ranker, Pairs(left.take(places), right, on))
    return scores
