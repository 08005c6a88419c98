"""Measures of one ranked list and their means per person.

All of them are exact expectations over the orders of tied scores, so that no tie is broken by luck.
None means undefined: nothing relevant in the list, and for the AUC also nothing irrelevant.
A list of one relevant thing has nDCG, MRR and hit rate 1 and no AUC.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from matching.features.arrays import Floats

NAMES = ("auc", "ndcg@10", "mrr", "hr@10")


def auc(scores: Floats, relevant: Floats) -> float | None:
    """Chance that a relevant thing stands above an irrelevant one; a tie counts half."""
    hits = relevant > 0
    good = int(hits.sum())
    bad = len(hits) - good
    if not good or not bad:
        return None
    ranks = rankdata(_rounded(scores))
    return float((ranks[hits].sum() - good * (good + 1) / 2) / (good * bad))


def ndcg(scores: Floats, relevant: Floats, k: int = 10) -> float | None:
    """Discounted gain of the first k over the best possible one."""
    if not (relevant > 0).any():
        return None
    discounts = np.zeros(len(scores))
    discounts[:k] = 1.0 / np.log2(np.arange(2, min(k, len(scores)) + 2))
    ideal = float(np.sort(relevant)[::-1] @ discounts)
    gain, start = 0.0, 0
    rounded = _rounded(scores)
    for level in np.unique(rounded)[::-1]:
        if start >= k:  # nothing from here on is discounted to more than nothing
            break
        tied = rounded == level
        size = int(tied.sum())
        gain += float(relevant[tied].mean()) * float(discounts[start : start + size].sum())
        start += size
    return gain / ideal


def reciprocal_rank(scores: Floats, relevant: Floats) -> float | None:
    """One over the place of the first relevant thing."""
    first = _first_place(scores, relevant)
    return None if first is None else float(sum(chance / place for place, chance in first))


def hit_rate(scores: Floats, relevant: Floats, k: int = 10) -> float | None:
    """Chance that something relevant is among the first k."""
    first = _first_place(scores, relevant)
    return None if first is None else float(sum(chance for place, chance in first if place <= k))


_MEASURES = dict(zip(NAMES, (auc, ndcg, reciprocal_rank, hit_rate), strict=True))


def of_list(scores: Floats, relevant: Floats, *, names: Sequence[str] = NAMES) -> dict[str, float | None]:
    """All measures of one list, or those of these names."""
    return {name: _MEASURES[name](scores, relevant) for name in names}


def per_person(
    scores: Floats,
    relevant: Floats,
    groups: NDArray[np.int64],
    people: NDArray[np.int64],
    *,
    names: Sequence[str] = NAMES,
) -> dict[str, dict[int, float]]:
    """Measure -> person -> mean over that person's lists; people without a defined list are left out."""
    found: dict[str, dict[int, list[float]]] = {name: {} for name in names}
    order = np.argsort(groups, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(groups[order])) + 1):
        if not len(rows):
            continue
        for name, value in of_list(scores[rows], relevant[rows], names=names).items():
            if value is not None:
                found[name].setdefault(int(people[rows[0]]), []).append(value)
    return {name: {who: mean(all_) for who, all_ in by.items()} for name, by in found.items()}


def mean(values: Sequence[float]) -> float:
    """Plain mean."""
    return float(np.mean(values))


def interval(values: Sequence[float], *, seed: int = 0, draws: int = 2000) -> tuple[float, float]:
    """95 % bootstrap interval of the mean over people."""
    data = np.array(values, dtype=np.float64)
    picks = np.random.default_rng(seed).integers(0, len(data), (draws, len(data)))
    low, high = np.quantile(data[picks].mean(axis=1), (0.025, 0.975))
    return float(low), float(high)


def _rounded(scores: Floats) -> Floats:
    """Sums taken in another order must still tie."""
    return np.round(scores, 12)


def _first_place(scores: Floats, relevant: Floats) -> list[tuple[int, float]] | None:
    """(place, chance) of the first relevant thing."""
    hits = relevant > 0
    if not hits.any():
        return None
    level = _rounded(scores)
    best = level[hits].max()
    above = int((level > best).sum())
    tied = int((level == best).sum())
    good = int((hits & (level == best)).sum())
    total = comb(tied, good)
    return [(above + j, comb(tied - j, good - 1) / total) for j in range(1, tied - good + 2)]
