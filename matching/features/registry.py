"""The one list of features that training and serving share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Literal

import numpy as np

from matching.features.arrays import Floats, Grid, Pairs

Compute = Callable[[Pairs], Grid]
Side = Literal["student", "company", "both"]


@dataclass(frozen=True)
class Feature:
    """A named value in [0, 1] per pair, NaN when unknown; higher never fits worse.

    side: whose wish it speaks of; see two_sided.py. rough: a quick stand-in for finding candidates among very
    many; by default the feature itself.
    """

    name: str
    compute: Compute
    weight: float
    label: tuple[str, str]
    good: tuple[str, str]
    poor: tuple[str, str]
    side: Side
    rough: Compute

    def words(self, value: float) -> tuple[str, str]:
        """The sentence for a value, as (zh, en)."""
        if isnan(value):
            return f"{self.label[0]}：资料不足，按中性计", f"{self.label[1]}: not given, counted as neutral"
        return self.good if value >= 0.5 else self.poor


REGISTRY: dict[str, Feature] = {}


def feature(
    weight: float,
    label: tuple[str, str],
    good: tuple[str, str],
    poor: tuple[str, str],
    *,
    side: Side = "student",
    rough: Compute | None = None,
) -> Callable[[Compute], Compute]:
    """Registers a function under its own name."""

    def register(compute: Compute) -> Compute:
        name = compute.__name__
        if name in REGISTRY:
            raise ValueError(f"feature {name} is registered twice")
        REGISTRY[name] = Feature(name, compute, weight, label, good, poor, side, rough or compute)
        return compute

    return register


def extract(pairs: Pairs, names: Sequence[str]) -> Floats:
    """Values of the named features, shaped (students, positions, features)."""
    values = np.empty((*pairs.shape, len(names)), dtype=np.float64)
    if values.size:
        for index, name in enumerate(names):
            values[:, :, index] = REGISTRY[name].compute(pairs).filled(pairs.shape)
    return values
