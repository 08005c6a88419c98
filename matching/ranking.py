"""Orders one side for the other and puts the reasons beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching import explain as words
from matching.features.arrays import Columns, Floats, Pairs
from matching.rankers.base import Ranker
from matching.retrieval import Mask, Shortlist
from matching.two_sided import examination, given, saturation
from matching.types import Match, Position, Student

Parts = Sequence[tuple["Columns[Position]", "Mask | None"]]
People = Sequence[tuple["Columns[Student]", "Mask | None"]]


def rank_positions(
    ranker: Ranker, student: Student, parts: Parts, *, limit: int, on: date | None, spread: bool = False
) -> list[Match]:
    """The best positions for a student, best first; equal scores in order of id. spread: swamped ones give way.

    With another limit the list is only longer or shorter: all candidates are put in order, those shown are explained.

    parts: positions in several pieces, each with a mask of those that must not be shown.
    """
    me = Columns([student])
    lists = [
        Shortlist(ranker, Pairs(me, columns, on, tabled=True), axis=1, barred=barred)
        for columns, barred in parts
    ]
    rows, values = _first(lists, limit, spread)
    return _matches(ranker, [(student, position) for position in rows], values)


def rank_students(
    ranker: Ranker, position: Position, parts: People, *, limit: int, on: date | None
) -> list[Match]:
    """The best students for a position, best first; equal scores in order of id; worded for the recruiter."""
    it = Columns([position])
    lists = [Shortlist(ranker, Pairs(columns, it, on), axis=0, barred=barred) for columns, barred in parts]
    rows, values = _first(lists, limit)
    return [
        words.for_recruiter(m) for m in _matches(ranker, [(student, position) for student in rows], values)
    ]


def _first(lists: Sequence[Shortlist], limit: int, spread: bool = False) -> tuple[list[Any], Floats]:
    """The best `limit` rows of all lists together, best first, and their values."""
    if not lists:
        return [], np.zeros((0, 0))
    ids = [found.rows[place].id for found in lists for place in found.places.tolist()]
    keys = np.concatenate([found.scores for found in lists])
    if spread:
        keys = given(
            keys, saturation([found.rows[place] for found in lists for place in found.places.tolist()])
        )
    chosen = np.array(best(keys, ids, limit), dtype=np.intp)
    ends = np.cumsum([len(found.places) for found in lists])
    own = np.searchsorted(ends, chosen, side="right")
    rows: list[Any] = [None] * len(chosen)
    values: list[Any] = [None] * len(chosen)
    for number, found in enumerate(lists):
        mine = np.flatnonzero(own == number)
        if not len(mine):
            continue
        numbers = chosen[mine] - (ends[number] - len(found.places))
        told = found.values(numbers)
        for place, row, line in zip(mine, found.places[numbers], told, strict=True):
            rows[place], values[place] = found.rows[row], line
    return rows, np.array(values)


def best(scores: Floats, ids: Sequence[int], limit: int) -> list[int]:
    """Places of the highest scores, best first; equal ones in order of id."""
    if not len(ids) or limit <= 0:
        return []
    # Rounding keeps sums taken in another order from breaking a tie.
    return [int(i) for i in np.lexsort((np.array(ids), -scores.round(12)))[:limit]]


def _matches(ranker: Ranker, pairs: Sequence[tuple[Student, Position]], values: Floats) -> list[Match]:
    """Pairs in their order with what is known of each."""
    if not pairs:
        return []
    swamped: NDArray[np.float64] = saturation([position for _, position in pairs])
    found = words.to_matches(ranker, pairs, values)
    return [
        replace(match, saturation=float(swamped[place]), propensity=examination(place + 1))
        for place, match in enumerate(found)
    ]
