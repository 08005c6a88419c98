"""All pairs of two sides as arrays; no feature loops over pairs."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from matching.features.columns import Codes, Columns, Floats, numbers, product
from matching.types import EDUCATION_LEVELS, Position, Student

__all__ = ["Columns", "Floats", "Grid", "Pairs", "days", "education_level", "numbers", "terms", "unknown"]

Key = Callable[[Any], Hashable]
Table = Callable[[Columns[Any], Columns[Any]], Floats]
Text = Callable[[Any], str]


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

    def add_to(self, total: Floats, change: Callable[[Floats], Floats]) -> None:
        """Adds `change` of every value, worked out on the table only."""
        total += self._spread(change(self.table))

    def _spread(self, table: Floats) -> Floats:
        if self.rows is not None:
            table = table[self.rows]
        return table if self.columns is None else np.take(table, self.columns, axis=1)


class Pairs:
    """All pairs of some students (rows) with some positions (columns), looked at on a day."""

    def __init__(
        self,
        students: Sequence[Student] | Columns[Student],
        positions: Sequence[Position] | Columns[Position],
        on: date | None = None,
    ) -> None:
        self.students = students if isinstance(students, Columns) else Columns(students)
        self.positions = positions if isinstance(positions, Columns) else Columns(positions)
        self.on = on

    @property
    def shape(self) -> tuple[int, int]:
        """Students and positions."""
        return len(self.students), len(self.positions)

    def by_key(self, name: str, student: Key, position: Key, table: Table) -> Grid:
        """A feature that depends on little of each side: worked out once per pair of distinct keys."""
        rows, left = self.students.keyed(name, student)
        columns, right = self.positions.keyed(name, position)
        return Grid(table(left, right), rows, columns)

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
