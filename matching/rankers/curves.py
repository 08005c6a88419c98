"""A fitted additive ranker as plain numbers: all that serving needs, without the library that fitted it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from matching.features.arrays import Floats
from matching.rankers.surface import Surface


class Fitted(Protocol):
    """What `learned.AdditiveRanker` has found once it is fitted."""

    base_: float
    knots_: list[Floats]
    heights_: list[Floats]
    missing_: list[float]
    surfaces_: list[Surface]


@dataclass(frozen=True)
class Learned:
    """A fitted additive ranker as plain numbers, ready to serve and to be written down."""

    name: str
    features: tuple[str, ...]
    base: float
    knots: tuple[tuple[float, ...], ...]
    heights: tuple[tuple[float, ...], ...]
    missing: tuple[float, ...]
    surfaces: tuple[Surface, ...] = ()

    @classmethod
    def of(cls, name: str, features: Sequence[str], estimator: Fitted) -> Learned:
        """The curves of a fitted estimator whose columns are these features, one name each (else ValueError)."""
        if len(features) != len(estimator.knots_):
            raise ValueError(f"{len(features)} names given for {len(estimator.knots_)} curves")
        knots = tuple(tuple(map(float, row)) for row in estimator.knots_)
        heights = tuple(tuple(map(float, row)) for row in estimator.heights_)
        missing = tuple(map(float, estimator.missing_))
        base, surfaces = float(estimator.base_), tuple(estimator.surfaces_)
        return cls(name, tuple(features), base, knots, heights, missing, surfaces)

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Places of the features of each surface."""
        return tuple((one.first, one.second) for one in self.surfaces)

    def term(self, index: int, values: Floats) -> Floats:
        """The height of the feature's curve at each value."""
        return curve_of(
            values, np.array(self.knots[index]), np.array(self.heights[index]), self.missing[index]
        )

    def bounds(self, index: int) -> tuple[float, float]:
        """The lowest and the highest point of the curve; a missing value is one of its points."""
        points = (*self.heights[index], self.missing[index])
        return min(points), max(points)

    def pair_term(self, index: int, first: Floats, second: Floats) -> Floats:
        """The height of the surface at each pair of values; 0 where either is missing."""
        return self.surfaces[index].at(first, second)

    def pair_bounds(self, index: int) -> tuple[float, float]:
        """The lowest and the highest point of the surface."""
        return self.surfaces[index].bounds()


def curve_of(values: Floats, knots: Floats, heights: Floats, missing: float) -> Floats:
    """Heights of a piecewise linear curve at these values, level beyond its ends; `missing` where there is none."""
    return np.where(np.isnan(values), missing, np.interp(values, knots, heights))
