"""Some hundreds of candidates out of very many.

The rough score of a pair is the ranker's score with quick stand-ins: sentence vectors turned to a few directions,
descriptions left out. Everything else (place, kind, pay, skills by their inverted lists, occupation, …) is exact.
Worked out per distinct key and spread, so that one student meets 100,000 positions in milliseconds.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.features.arrays import Columns, Floats, Grid, Pairs, unknown
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


def rough_scores(
    ranker: Ranker, pairs: Pairs, *, keep: dict[str, Grid] | None = None
) -> tuple[Floats, Floats]:
    """What is exact of all scores, and the rough scores, neither limited to [0, 1]; `keep` takes the exact values."""
    exact = np.full(pairs.shape, ranker.base)
    add_terms(ranker, pairs, dict.fromkeys(SIDES, exact), wanted=_exact, keep=keep)
    total = exact.copy()
    rough = dict.fromkeys(SIDES, total)
    add_terms(ranker, pairs, rough, compute=lambda name: REGISTRY[name].rough, wanted=_inexact)
    return exact, total


class Shortlist:
    """The candidates of one question: `places` in rising order, `scores` in [0, 1] with every term worked out in full.

    axis: which side has many (0: students, 1: positions), beside one of the other.

    What is exact for everybody is not worked out again for the candidates, nor are the values that reasons are told by.
    """

    def __init__(
        self, ranker: Ranker, pairs: Pairs, *, axis: int, barred: Mask | None, count: int = CANDIDATES
    ) -> None:
        self._ranker, self._axis = ranker, axis
        self._whole: dict[str, Grid] = {}
        self._cut: dict[str, Grid] = {}
        self.rows = (pairs.positions if self._axis else pairs.students).rows
        allowed = np.arange(len(self.rows)) if barred is None else np.flatnonzero(~barred)
        few = len(allowed) <= count
        self.places: Places = allowed if few else self._search(pairs, barred, count)
        kept = self._some(pairs)
        scores = np.full(kept.shape, ranker.base) if few else self._found.reshape(kept.shape)
        wanted = _every if few else _inexact
        add_terms(ranker, kept, dict.fromkeys(SIDES, scores), wanted=wanted, keep=self._cut)
        self.scores: Floats = np.clip(scores, 0.0, 1.0).ravel()

    def _search(self, pairs: Pairs, barred: Mask | None, count: int) -> Places:
        exact, total = rough_scores(self._ranker, pairs, keep=self._whole)
        places = _best(total.ravel(), self.rows, barred, count)
        self._found = exact.ravel()[places]
        return places

    def _some(self, pairs: Pairs) -> Pairs:
        if len(self.places) == len(self.rows):
            return pairs
        if self._axis:
            return Pairs(pairs.students, pairs.positions.some(self.places), pairs.on)
        return Pairs(pairs.students.some(self.places), pairs.positions, pairs.on)

    def values(self, chosen: Places) -> Floats:
        """Values of every feature (columns) for some of the candidates, told by their numbers."""
        told = np.empty((len(chosen), len(self._ranker.features)))
        for index, name in enumerate(self._ranker.features):
            grid, places = (
                (self._cut[name], chosen) if name in self._cut else (self._whole[name], self.places[chosen])
            )
            told[:, index] = grid.along(places, self._axis)
        return told


def _every(names: Collection[str]) -> bool:
    return True


def _exact(names: Collection[str]) -> bool:
    """Whether a term of these features is as exact in the rough as in full."""
    return all(REGISTRY[name].rough is REGISTRY[name].compute for name in names)


def _inexact(names: Collection[str]) -> bool:
    return not _exact(names)


def _best(scores: Floats, rows: Sequence[Any], barred: Mask | None, count: int) -> Places:
    """Places of the best `count`, never barred ones; of those level with the last one, the lowest ids."""
    if barred is not None:
        scores[barred] = -np.inf
    last = np.partition(scores, len(scores) - count)[len(scores) - count]
    above, level = np.flatnonzero(scores > last), np.flatnonzero(scores == last)
    room = count - len(above)
    if len(level) > room:
        ids = [rows[place].id for place in level.tolist()]
        level = level[np.argsort(ids, kind="stable")[:room]]
    return np.sort(np.concatenate([above, level]))


def warm(columns: Columns[Any]) -> None:
    """Works out every array of one side that ranking reads; a blank row stands for the other side."""
    if not len(columns):
        return
    pairs = (
        Pairs([_SOMEBODY], columns, _DAY, tabled=True)
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
