"""All pairs of two sides as arrays; no feature loops over pairs."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.features.columns import Codes, Columns, Floats, numbers, product
from matching.types import EDUCATION_LEVELS, Position, Student

__all__ = ["Columns", "Floats", "Grid", "Pairs", "days", "education_level", "numbers", "terms", "unknown"]

Key = Callable[[Any], Hashable]
Table = Callable[[Columns[Any], Columns[Any]], Floats]
Text = Callable[[Any], str]
Terms = Callable[[Any], Iterable[str]]


@dataclass(frozen=True)
class Grid:
    """Values of all pairs, told shortly: a table and which of its rows and columns each side reads.

    Without codes the table has a row (column) for everybody, or a single one that counts for all.
    """

    table: Floats
    rows: Codes | None = None
    columns: Codes | None = None

    def filled(self, shape: tuple[int, int]) -> Floats:
        """Every pair's value."""
        return np.array(np.broadcast_to(self._spread(self.table), shape), dtype=np.float64)

    def along(self, places: NDArray[np.intp], axis: int) -> Floats:
        """Values of some of the many (axis 1: positions) that stand beside one, in their order."""
        if axis == 0:
            return Grid(self.table.T, self.columns, self.rows).along(places, 1)
        line = self.table[0 if self.rows is None else self.rows[0]]
        if self.columns is not None:
            return line[self.columns[places]]  # type: ignore[no-any-return]
        return line[places] if len(line) > 1 else np.full(len(places), line[0])

    def add_to(self, total: Floats, change: Callable[[Floats], Floats]) -> None:
        """Adds `change` of every value, worked out on the table only."""
        total += self._spread(change(self.table))

    def told(self, change: Callable[[Floats], Floats], shape: tuple[int, int]) -> Grid:
        """`change` of every value; rows are spread already where that is little beside spreading the columns.

        Whether they are does not depend on how many people are asked about, so that sums do not either.
        """
        table, rows = change(self.table), self.rows
        if rows is not None and 2 * table.shape[1] <= shape[1]:
            table, rows = table[rows], None
        return Grid(table, rows, self.columns)

    def _spread(self, table: Floats) -> Floats:
        if self.rows is not None:
            table = table[self.rows]
        if self.columns is None:
            return table
        if len(table) == 1:  # one student: a plain list is read much faster than a table of one row
            return np.take(table[0], self.columns, mode="clip")[None, :]
        return np.take(table, self.columns, axis=1, mode="clip")


class Pairs:
    """All pairs of some students (rows) with some positions (columns), looked at on a day.

    tabled: one student's numbers are told as a table of what occurs, which is quicker where positions are very many.
    """

    def __init__(
        self,
        students: Sequence[Student] | Columns[Student],
        positions: Sequence[Position] | Columns[Position],
        on: date | None = None,
        *,
        tabled: bool = False,
    ) -> None:
        self.tabled = tabled
        self.students = students if isinstance(students, Columns) else Columns(students)
        self.positions = positions if isinstance(positions, Columns) else Columns(positions)
        self.on = on
        self._counted: dict[tuple[str, str], Any] = {}

    @property
    def shape(self) -> tuple[int, int]:
        """Students and positions."""
        return len(self.students), len(self.positions)

    def by_key(
        self, name: str, student: Key, position: Key, table: Table, *, offered: str | None = None
    ) -> Grid:
        """A feature that depends on little of each side: worked out once per pair of distinct keys.

        offered: the name of the position's key where several features share it.
        """
        rows, left = self.students.keyed(name, student)
        columns, right = self.positions.keyed(offered or name, position)
        return Grid(table(left, right), rows, columns)

    def counted(
        self, held_name: str, held: Terms, asked_name: str, asked: Terms, size: Callable[[Any], int | None]
    ) -> tuple[Floats, Floats, Codes | None]:
        """How many terms each pair has in common, how many the position asks for (NaN: none), and codes.

        With codes, where pairs are `tabled`, the first two are a table of the combinations that may occur, as in `Grid`.
        `size` is that of a position's `asked`.
        """
        found = self._counted.get((held_name, asked_name))
        if found is None:
            found = self._counted[held_name, asked_name] = self._count(
                held_name, held, asked_name, asked, size
            )
        return found

    def _count(
        self, held_name: str, held: Terms, asked_name: str, asked: Terms, size: Callable[[Any], int | None]
    ) -> tuple[Floats, Floats, Codes | None]:
        common = product(self.students.sets(held_name, held), self.positions.sets(asked_name, asked))
        codes, sizes = self.positions.keyed(f"size of {asked_name}", size)
        asks = sizes.numbers("itself", lambda number: number)
        if not self.tabled or len(common) > 1 or not common.size:
            return common, asks[codes], None
        kinds = len(sizes)
        most = int(common.max())
        both = np.repeat(np.arange(most + 1.0), kinds)[None, :]
        counts = np.tile(asks, most + 1)[None, :]
        return both, counts, common[0].astype(np.intp) * kinds + codes

    def similarity(self, name: str, student: Text, other: str, position: Text) -> Grid:
        """Cosine of character bigrams; NaN where either side is blank. Worked out once per text of a position."""
        codes, texts = self.positions.keyed(other, position)
        values = product(self.students.bigrams(name, student), texts.bigrams("itself", str))
        np.clip(values, 0.0, 1.0, out=values)
        values[self.students.blank(name, student), :] = np.nan
        values[:, texts.blank("itself", str)] = np.nan
        return Grid(values, None, codes)


def unknown(pairs: Pairs) -> Grid:
    """Missing for everybody."""
    return Grid(np.full((1, 1), np.nan))


def days(value: date | None) -> float | None:
    """A date as a day number."""
    return None if value is None else float(value.toordinal())


def education_level(name: str) -> float:
    """The place of a level in the ladder; an unknown name asks for nothing."""
    return float(EDUCATION_LEVELS.index(name)) if name in EDUCATION_LEVELS else 0.0


def terms(words: Iterable[str]) -> frozenset[str]:
    """Words compared without case and outer space."""
    return frozenset(word.strip().casefold() for word in words if word.strip())
