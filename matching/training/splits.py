"""Who and when is kept back for judging."""

from __future__ import annotations

import numpy as np

from matching.features.arrays import Floats
from matching.training.dataset import Integers, Mask


def held_out_people(people: Integers, *, seed: int, share: float = 0.3) -> Mask:
    """Rows of a random share of the people; a person is on one side only."""
    everybody = np.unique(people)
    count = round(len(everybody) * share)
    kept_back = np.random.default_rng(seed).permutation(everybody)[:count]
    return np.isin(people, kept_back)


def later(at: Floats, *, share: float = 0.2) -> Mask:
    """Rows after the moment that ends the first 1 - share of them; equal moments stay together."""
    if not len(at):
        return np.zeros(0, dtype=np.bool_)
    cut = np.quantile(at, 1.0 - share, method="inverted_cdf")
    return np.asarray(at > cut)
