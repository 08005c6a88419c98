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

    def contributions(self, values: Floats) -> Floats:
        """One term per feature (last axis); with `base` they sum to the score."""


def score(ranker: Ranker, values: Floats) -> Floats:
    """The score of each pair; values carry features on the last axis."""
    total: Floats = np.add(ranker.base, ranker.contributions(values).sum(axis=-1))
    return np.clip(total, 0.0, 1.0)
