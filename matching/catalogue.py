"""Positions or students held in memory, so that one question reads no row twice."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from copy import copy
from datetime import date
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from matching import serving
from matching import two_sided as sides
from matching.features.arrays import Columns, Floats, Pairs
from matching.ranking import best, rank_positions, rank_students
from matching.retrieval import Mask, pair_scores, warm
from matching.types import Match, Position, Student

Side = TypeVar("Side", bound=Student | Position)
# Changed rows are kept apart up to this many, then joined to the others.
APART = 500


class _Piece(Generic[Side]):
    """Rows as columns; a row that was replaced or removed stays, but is dead."""

    def __init__(self, columns: Columns[Side]) -> None:
        self.columns: Columns[Side] = columns
        self.ids: NDArray[np.int64] = np.array([row.id for row in columns.rows], dtype=np.int64)
        self.place = {int(id_): place for place, id_ in enumerate(self.ids)}
        self.dead = np.zeros(len(self.ids), dtype=np.bool_)

    def without(self, ids: Iterable[int]) -> _Piece[Side]:
        """The same arrays with some rows dead; readers of this piece see no change."""
        places = [self.place[id_] for id_ in ids if id_ in self.place]
        if not places:
            return self
        other: _Piece[Side] = copy(self)
        other.dead = self.dead.copy()
        other.dead[places] = True
        return other

    def alive(self) -> Columns[Side]:
        """Columns of the rows that are not dead."""
        if not self.dead.any():
            return self.columns
        return self.columns.take(np.flatnonzero(~self.dead))

    def places(self, ids: Iterable[int]) -> NDArray[np.intp]:
        """Where those of these ids stand that are not dead, in rising order."""
        found = sorted(self.place[id_] for id_ in set(ids) if id_ in self.place)
        places = np.array(found, dtype=np.intp)
        return places[~self.dead[places]]

    def barred(self, exclude: Collection[int], only: Collection[int] | None) -> Mask | None:
        """Which rows must not be shown; None: all may be."""
        barred = self.dead
        if only is not None:
            wanted = np.fromiter(only, dtype=np.int64, count=len(only))
            barred = barred | ~np.isin(self.ids, wanted)
        places = [self.place[id_] for id_ in exclude if id_ in self.place]
        if places:
            barred = barred.copy()
            barred[places] = True
        return barred if barred.any() else None


class _Held(Generic[Side]):
    """A big piece and a small one of what changed lately. Both are replaced together, never changed: whoever reads
    has a consistent pair, also while another thread updates. Updates themselves come from one thread at a time."""

    def __init__(self, rows: Iterable[Side] = ()) -> None:
        self._rows: dict[int, Side] = {row.id: row for row in rows}
        nothing: list[Side] = []
        self._pieces: tuple[_Piece[Side], _Piece[Side]] = (_piece(self._rows.values()), _piece(nothing))

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, id_: int) -> bool:
        return id_ in self._rows

    def get(self, id_: int) -> Side | None:
        """The row held under this id."""
        return self._rows.get(id_)

    def ids(self) -> set[int]:
        """Ids of all rows held."""
        return set(self._rows)

    def update(self, changed: Iterable[Side]) -> None:
        """Takes in new rows and replaces the ones held under the same id; the others are not read again."""
        fresh = {row.id: row for row in changed}
        if fresh:
            self._rows = {**self._rows, **fresh}
            self._replace(fresh.keys(), fresh.values())

    def remove(self, ids: Iterable[int]) -> None:
        """Forgets rows; unknown ids are no error."""
        gone = {id_ for id_ in ids if id_ in self._rows}
        if gone:
            self._rows = {id_: row for id_, row in self._rows.items() if id_ not in gone}
            self._replace(gone, ())

    def _replace(self, ids: Collection[int], rows: Iterable[Side]) -> None:
        before: tuple[_Piece[Side], _Piece[Side]] = self._pieces
        kept: _Piece[Side] = before[0].without(ids)
        lately = _piece([*before[1].without(ids).alive().rows, *rows])
        if len(lately.ids) > APART:
            warm(lately.columns)
            nothing: list[Side] = []
            kept, lately = _Piece(kept.alive().joined(lately.columns)), _piece(nothing)
        self._pieces = kept, lately

    def warm(self) -> None:
        """Works out every array that ranking reads, so that the first question is as quick as the next."""
        for piece in self._pieces:
            warm(piece.columns)

    def _parts(
        self, exclude: Collection[int], only: Collection[int] | None
    ) -> list[tuple[Columns[Side], Mask | None]]:
        excluded = exclude if isinstance(exclude, (set, frozenset)) else set(exclude)
        return [(p.columns, p.barred(excluded, only)) for p in self._pieces if len(p.ids)]


def _piece(rows: Iterable[Side]) -> _Piece[Side]:
    return _Piece(Columns(list(rows)))


class Catalogue(_Held[Position]):
    """Positions ready to be ranked for one student after another; safe to read while another thread updates."""

    def rank(
        self,
        student: Student,
        *,
        limit: int = 20,
        exclude: Collection[int] = (),
        only: Collection[int] | None = None,
        on: date | None = None,
        spread: bool = False,
    ) -> list[Match]:
        """The best positions, best first. `only` restricts to these ids (what the student may see).

        spread: swamped positions give way to comparable ones, by at most `two_sided.MOST_GIVEN` of score.
        """
        parts = self._parts(exclude, only)
        return rank_positions(serving.ranker(), student, parts, limit=limit, on=on, spread=spread)

    def order(
        self, student: Student, ids: Collection[int], *, on: date | None = None, spread: bool = False
    ) -> list[int]:
        """Those of these positions that are held, best first, every pair scored in full; equal ones in order of id.

        spread: as in `rank`, swamped positions give way.
        """
        ranker = serving.ranker()
        rows: list[Position] = []
        scores: list[Floats] = []
        for piece in self._pieces:
            places = piece.places(ids)
            if len(places):
                columns = piece.columns.some(places)
                rows += columns.rows
                scores.append(pair_scores(ranker, Pairs([student], columns, on))[0])
        if not rows:
            return []
        total = np.concatenate(scores)
        keys = sides.given(total, sides.saturation(rows)) if spread else total
        held = [row.id for row in rows]
        return [held[place] for place in best(keys, held, len(held))]


class StudentCatalogue(_Held[Student]):
    """Students ready to be ranked for one position after another."""

    def rank(
        self,
        position: Position,
        *,
        limit: int = 20,
        exclude: Collection[int] = (),
        only: Collection[int] | None = None,
        on: date | None = None,
    ) -> list[Match]:
        """The best students, best first, with reasons for the recruiter: nothing private."""
        return rank_students(serving.ranker(), position, self._parts(exclude, only), limit=limit, on=on)
