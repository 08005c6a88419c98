"""Measures of one ranked list against the ids that are relevant, and their mean over queries with an interval."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np


def ndcg(ranked: Sequence[int], relevant: Collection[int], depth: int = 10) -> float:
    """Normalised discounted cumulative gain of the first `depth` (Järvelin and Kekäläinen 2002), 0.0 where nothing is relevant.

    A gain is 1, or what `relevant` says where it is a mapping of ids to gains.
    """
    gains = relevant if isinstance(relevant, Mapping) else dict.fromkeys(relevant, 1.0)
    gained = sum(gains.get(hit, 0.0) / math.log2(place + 2) for place, hit in enumerate(ranked[:depth]))
    ideal = sorted(gains.values(), reverse=True)[:depth]
    best = sum(gain / math.log2(place + 2) for place, gain in enumerate(ideal))
    return gained / best if best else 0.0


def average_precision(ranked: Sequence[int], relevant: Collection[int]) -> float:
    """The mean of the precision at each relevant one, those not found counting 0; 0.0 where nothing is relevant."""
    places = [place for place, found in enumerate(ranked, 1) if found in relevant]
    total = sum(number / place for number, place in enumerate(places, 1))
    return total / len(relevant) if relevant else 0.0


def hit(ranked: Sequence[int], relevant: Collection[int], depth: int) -> float:
    """1.0 when one of the first `depth` is relevant, else 0.0."""
    return float(any(found in relevant for found in ranked[:depth]))


def reciprocal_rank(ranked: Sequence[int], relevant: Collection[int]) -> float:
    """One over the place of the first relevant one, 0.0 when there is none."""
    return next((1 / place for place, found in enumerate(ranked, 1) if found in relevant), 0.0)


@dataclass(frozen=True)
class Mean:
    """A mean over queries with the 95 % interval of a bootstrap over them."""

    value: float
    low: float
    high: float


def mean(values: Sequence[float], *, rounds: int = 1_000, seed: int = 0) -> Mean:
    """The mean and its percentile interval (Efron 1979); ValueError for no values."""
    if not values:
        raise ValueError("there is nothing to take the mean of")
    dice, held = np.random.default_rng(seed), np.asarray(values, np.float64)
    # Round by round: all at once would be gigabytes where there are many queries.
    means = np.sort([held[dice.integers(0, len(held), len(held))].mean() for _ in range(rounds)])
    return Mean(float(held.mean()), float(means[int(rounds * 0.025)]), float(means[int(rounds * 0.975) - 1]))
