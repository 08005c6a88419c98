"""Geometry of the charts, which are drawn as SVG by the server."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

LINE_WIDTH, LINE_HEIGHT, LINE_PAD = 600, 200, 8
SPARK_WIDTH, SPARK_HEIGHT, SPARK_PAD = 120, 32, 3


@dataclass(frozen=True)
class Bar:
    """One row of a bar chart; `length` is a share of 100."""

    label: Any
    value: Any
    length: float
    href: str


@dataclass(frozen=True)
class Point:
    """One point of a line."""

    x: float
    y: float
    label: Any
    value: Any


def bars(rows: Sequence[Sequence[Any]]) -> list[Bar]:
    """Rows of (label, value) or (label, value, href), scaled to the largest."""
    largest = max((float(row[1]) for row in rows), default=0.0)
    return [
        Bar(
            row[0],
            row[1],
            round(100 * float(row[1]) / largest, 2) if largest > 0 else 0.0,
            row[2] if len(row) > 2 else "",
        )
        for row in rows
    ]


def points(rows: Sequence[Sequence[Any]], width: int, height: int, pad: int) -> list[Point]:
    """Rows of (label, value) spread over the width; the vertical scale starts at zero."""
    values = [float(row[1]) for row in rows]
    top = max([*values, 0.0])
    step = (width - 2 * pad) / (len(rows) - 1) if len(rows) > 1 else 0
    reach = height - 2 * pad
    return [
        Point(
            round(pad + index * step, 2),
            round(height - pad - (reach * value / top if top else 0), 2),
            row[0],
            row[1],
        )
        for index, (row, value) in enumerate(zip(rows, values, strict=True))
    ]


def path(spots: Sequence[Point]) -> str:
    """The points as SVG's `points` attribute."""
    return " ".join(f"{spot.x:g},{spot.y:g}" for spot in spots)
