"""Rankers for tests: one fitted once on made-up choices, and ones put together by hand."""

from datetime import date
from functools import cache

import numpy as np

from matching.features.arrays import Pairs
from matching.features.registry import REGISTRY, extract
from matching.rankers.baseline import Baseline
from matching.rankers.curves import Learned
from matching.rankers.learned import AdditiveRanker
from tests.matching.worlds import world

DAY = date(2026, 5, 1)
NAMES = tuple(REGISTRY)


@cache
def trained():
    """Curves and two surfaces, fitted on 40 people who choose by occupation, place and pay out of 30 positions."""
    people, offers = world(40, 30, seed=11)
    values = extract(Pairs(people, offers, DAY), NAMES)
    at = NAMES.index
    known = np.nan_to_num(values, nan=0.4)
    liked = known[..., at("occupation")] * known[..., at("place")] + 0.3 * known[..., at("salary")]
    liked -= 0.2 * known[..., at("competition")]
    target = (liked >= np.sort(liked, axis=1)[:, [-4]]).astype(float)
    surfaces = [(at("occupation"), at("place")), (at("skills_covered"), at("place"))]
    estimator = AdditiveRanker(bins=3, surfaces=surfaces, max_iter=40)
    estimator.fit(values.reshape(-1, len(NAMES)), target.ravel(), np.repeat(np.arange(40), 30))
    return Learned.of("additive-0042", NAMES, estimator)


def flat(heights, *, base=0.5, surfaces=()):
    """Straight curves: feature → (height at 0, height at 1, height where missing); others add nothing."""
    told = [heights.get(name, (0.0, 0.0, 0.0)) for name in NAMES]
    return Learned(
        "additive-0001",
        NAMES,
        base,
        ((0.0, 1.0),) * len(NAMES),
        tuple((low, high) for low, high, _ in told),
        tuple(missing for _, _, missing in told),
        tuple(surfaces),
    )


RANKERS = {"rules": Baseline, "learned": trained}
