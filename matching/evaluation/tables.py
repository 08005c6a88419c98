"""Compressed tables of a judged set. Whatever is wrong is told with the file, the line and the column."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_LARGEST = 2**63


@dataclass(frozen=True)
class Row:
    """The cells that were asked for, and where they stand: "job_views.csv.gz, line 3"."""

    where: str
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def number(self, column: str) -> int:
        """The cell as a whole number, also as tables with gaps write it (7.0); ValueError where it is none."""
        try:
            number = int(self.cells[column].strip().removesuffix(".0"))
        except ValueError:
            number = _LARGEST
        if not -_LARGEST < number < _LARGEST:
            raise ValueError(f"{self.where}, {column}: a whole number is needed, not {self.cells[column]!r}")
        return number


def rows(path: Path, columns: Sequence[str], *, gaps: Collection[str] = ()) -> Iterator[Row]:
    """The rows of a compressed table of comma-separated values whose first line names the columns.

    Columns that are not asked for are passed over; one of `gaps` may be absent and is blank then. ValueError: no
    compressed text, another column absent, or a row with more or fewer cells than the first line. OSError: the file
    cannot be opened.
    """
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as lines:
        table = csv.reader(lines, strict=True)
        try:
            head = next(table, [])
            if absent := [column for column in columns if column not in (*head, *gaps)]:
                raise ValueError(f"no column {', '.join(absent)}")
            for cells in table:
                if cells and len(cells) != len(head):
                    raise ValueError(f"{len(cells)} cells, {len(head)} columns")
                if cells:
                    named = dict(zip(head, cells, strict=True))
                    kept = {column: named.get(column, "") for column in columns}
                    yield Row(f"{path.name}, line {table.line_num}", kept)
        except (ValueError, csv.Error, EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ValueError(f"{path.name}, line {max(table.line_num, 1)}: {error}") from error
