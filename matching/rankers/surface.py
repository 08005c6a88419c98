"""A surface over two features: what they are worth together beyond what each is worth alone."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from matching.features.arrays import Floats


@dataclass(frozen=True)
class Surface:
    """Sum over cells of weight × how far the first value has come through the cell's row × the second through its column.

    first, second: places of the features. rows, columns: where the cells begin and end. weights: one list per row
    of cells. shift: taken off wherever both values are known, so that the mean over the training rows is 0.
    """

    first: int
    second: int
    rows: tuple[float, ...]
    columns: tuple[float, ...]
    weights: tuple[tuple[float, ...], ...]
    shift: float

    def at(self, first: Floats, second: Floats) -> Floats:
        """The height at each pair of values; 0 where either is missing."""
        height = np.full(np.broadcast(first, second).shape, -self.shift)
        for row, weights in zip(progress(first, self.rows), self.weights, strict=True):
            if any(weights):
                across = sum(
                    w * part for w, part in zip(weights, progress(second, self.columns), strict=True)
                )
                height += row * across
        return np.where(np.isnan(height), 0.0, height)

    def bounds(self) -> tuple[float, float]:
        """The lowest and the highest point; between corners of cells a surface is bilinear."""
        corners = np.zeros((len(self.rows), len(self.columns)))
        corners[1:, 1:] = np.cumsum(np.cumsum(np.array(self.weights), axis=0), axis=1)
        return min(float(corners.min()) - self.shift, 0.0), max(float(corners.max()) - self.shift, 0.0)


def progress(values: Floats, cuts: tuple[float, ...]) -> list[Floats]:
    """Per segment between cuts, how far each value has come through it, 0 to 1; NaN stays."""
    return [np.clip((values - low) / (high - low), 0.0, 1.0) for low, high in pairwise(cuts)]


def basis(first: Floats, second: Floats, rows: tuple[float, ...], columns: tuple[float, ...]) -> Floats:
    """One column per cell, row of cells after row; 0 where either value is missing."""
    cells = [a * b for a in progress(first, rows) for b in progress(second, columns)]
    return np.nan_to_num(np.column_stack(cells)) if cells else np.zeros((len(first), 0))
