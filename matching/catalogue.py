"""Positions or students held in memory, so that one question reads no row twice."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Generic, TypeVar

from matching import serving
from matching import two_sided as sides
from matching.ranking import rank_positions, rank_students
from matching.types import Match, Position, Student

Side = TypeVar("Side", Student, Position)


class _Held(Generic[Side]):
    def __init__(self, rows: Iterable[Side] = ()) -> None:
        self._rows: dict[int, Side] = {row.id: row for row in rows}

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, id_: int) -> bool:
        return id_ in self._rows

    def get(self, id_: int) -> Side | None:
        """The row held under this id."""
        return self._rows.get(id_)

    def update(self, changed: Iterable[Side]) -> None:
        """Takes in new rows and replaces the ones held under the same id."""
        self._rows.update((row.id, row) for row in changed)

    def remove(self, ids: Iterable[int]) -> None:
        """Forgets rows; unknown ids are no error."""
        for id_ in ids:
            self._rows.pop(id_, None)

    def _among(self, exclude: Collection[int], only: Collection[int] | None) -> list[Side]:
        kept = self._rows.values() if only is None else [self._rows[i] for i in only if i in self._rows]
        return [row for row in kept if row.id not in exclude]


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
        found = rank_positions(
            serving.ranker(), student, self._among(exclude, only), limit=limit * (3 if spread else 1), on=on
        )
        return sides.give_way(found)[:limit] if spread else found


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
        return rank_students(serving.ranker(), position, self._among(exclude, only), limit=limit, on=on)
