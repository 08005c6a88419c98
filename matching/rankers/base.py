"""What every ranker offers: terms that add up to a score in [0, 1]."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from matching.features.arrays import Floats


class Ranker(Protocol):
    """An additive scorer over a fixed list of features."""

    @property
    def name(self) -> str: ...

    @property
    def features(self) -> tuple[str, ...]: ...

    @property
    def base(self) -> float: ...

    def term(self, index: int, values: Floats) -> Floats:
        """What the feature at this place in `features` adds to the score, for any shape of values."""

    def bounds(self, index: int) -> tuple[float, float]:
        """The least and the most this feature can add."""


def contributions(ranker: Ranker, values: Floats) -> Floats:
    """One term per feature (last axis); with the ranker's base they sum to the score."""
    terms = np.empty(values.shape, dtype=np.float64)
    for index in range(values.shape[-1]):
        terms[..., index] = ranker.term(index, values[..., index])
    return terms


def score(ranker: Ranker, values: Floats) -> Floats:
    """The score of each pair; values carry features on the last axis."""
    total: Floats = np.add(ranker.base, contributions(ranker, values).sum(axis=-1))
    return np.clip(total, 0.0, 1.0)
