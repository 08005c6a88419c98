"""The one list of features that training and serving share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from matching.features.arrays import Floats, Pairs

Compute = Callable[[Pairs], Floats]


@dataclass(frozen=True)
class Feature:
    """A named value in [0, 1] per pair, NaN when unknown; higher never fits worse."""

    name: str
    compute: Compute
    weight: float
    label: tuple[str, str]
    good: tuple[str, str]
    poor: tuple[str, str]

    def words(self, value: float) -> tuple[str, str]:
        """The sentence for a value, as (zh, en)."""
        if np.isnan(value):
            return f"{self.label[0]}：资料不足，按中性计", f"{self.label[1]}: not given, counted as neutral"
        return self.good if value >= 0.5 else self.poor


REGISTRY: dict[str, Feature] = {}


def feature(
    weight: float, label: tuple[str, str], good: tuple[str, str], poor: tuple[str, str]
) -> Callable[[Compute], Compute]:
    """Registers a function under its own name."""

    def register(compute: Compute) -> Compute:
        name = compute.__name__
        if name in REGISTRY:
            raise ValueError(f"feature {name} is registered twice")
        REGISTRY[name] = Feature(name, compute, weight, label, good, poor)
        return compute

    return register


def extract(pairs: Pairs, names: Sequence[str]) -> Floats:
    """Values of the named features, shaped (students, positions, features)."""
    shape = (len(pairs.students), len(pairs.positions), len(names))
    values = np.empty(shape, dtype=np.float64)
    if values.size:
        for index, name in enumerate(names):
            values[:, :, index] = REGISTRY[name].compute(pairs)
    return values
