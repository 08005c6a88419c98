"""Weighted rules: always available, readable, and the bar a learned model has to pass."""

from __future__ import annotations

import numpy as np

from matching.features import definitions
from matching.features.arrays import Floats
from matching.features.registry import REGISTRY

NEUTRAL = 0.5
assert definitions.__doc__  # importing the definitions is what fills the registry


class Baseline:
    """Score = sum of weight times value, weights summing to one, unknown values neutral."""

    name = "weighted-rules-1"
    pairs: tuple[tuple[int, int], ...] = ()

    def __init__(self) -> None:
        self.features: tuple[str, ...] = tuple(REGISTRY)
        raw = np.array([REGISTRY[name].weight for name in self.features])
        self.weights = [float(weight) for weight in raw / raw.sum()]
        self.base = NEUTRAL

    def term(self, index: int, values: Floats) -> Floats:
        """Weight times the distance from neutral."""
        known = np.where(np.isnan(values), NEUTRAL, values)
        term: Floats = (known - NEUTRAL) * self.weights[index]
        return term

    def bounds(self, index: int) -> tuple[float, float]:
        """Half the weight either way."""
        half = self.weights[index] / 2
        return -half, half

    def pair_term(self, index: int, first: Floats, second: Floats) -> Floats:
        """The rules have no pairs."""
        raise IndexError(index)

    def pair_bounds(self, index: int) -> tuple[float, float]:
        """The rules have no pairs."""
        raise IndexError(index)
