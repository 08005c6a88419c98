"""Compressed tables of a judged set. Whatever is wrong is told with the file, the line and the column."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """The cells that were asked for, and where they stand: "job_views.csv.gz, line 3"."""

    where: str
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def number(self, column: str) -> int:
        """The cell as a whole number; ValueError where it is none."""
        try:
            return int(self.cells[column])
        except ValueError:
            raise ValueError(
                f"{self.where}, {column}: a whole number is needed, not {self.cells[column]!r}"
            ) from None


def rows(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """The rows of a compressed table of comma-separated values whose first line names the columns.

    Columns that are not asked for are passed over. ValueError: no compressed text, a column absent, or a row with
    more or fewer cells than the first line. OSError: the file cannot be opened.
    """
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as lines:
        table = csv.reader(lines, strict=True)
        try:
            head = next(table, [])
            if absent := [column for column in columns if column not in head]:
                raise ValueError(f"no column {', '.join(absent)}")
            for cells in table:
                if cells and len(cells) != len(head):
                    raise ValueError(f"{len(cells)} cells, {len(head)} columns")
                if cells:
                    named = dict(zip(head, cells, strict=True))
                    kept = {column: named[column] for column in columns}
                    yield Row(f"{path.name}, line {table.line_num}", kept)
        except (ValueError, csv.Error, EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ValueError(f"{path.name}, line {max(table.line_num, 1)}: {error}") from error
