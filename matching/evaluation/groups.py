"""How a ranking treats groups of people. Groups come from outside and never reach a ranker.

Exposure of a place is 1 / log2(place + 1), as in nDCG. The impact ratio of a group is its mean over the mean of
the best-treated group; four fifths is the usual bar.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

FOUR_FIFTHS = 0.8
FEWEST_PEOPLE = 10


@dataclass(frozen=True)
class GroupFigures:
    """One group: people in it, mean exposure, share selected, and how both compare with the best-treated group.

    low, high: 95 % interval of the impact ratio; exposure_low, exposure_high: of the exposure ratio.
    """

    people: int
    exposure: float
    exposure_ratio: float
    selected: float
    impact_ratio: float
    low: float
    high: float
    exposure_low: float = 1.0
    exposure_high: float = 1.0


def by_group(
    rankings: Sequence[Sequence[int]],
    groups: Mapping[int, Hashable],
    *,
    first: int = 10,
    seed: int = 0,
    draws: int = 1000,
) -> dict[Hashable, GroupFigures]:
    """Figures per group over rankings of person ids, best first.

    `groups` names everybody who could have been ranked; whoever is in no ranking has no exposure. Selected means
    among the first of at least one ranking. Groups of fewer than ten people are left out: they would say more
    about a person than about the ranking.
    """
    exposure, selected = _treatment(rankings, first)
    members: dict[Hashable, list[int]] = {}
    for person, group in groups.items():
        members.setdefault(group, []).append(person)
    kept = {group: people for group, people in members.items() if len(people) >= FEWEST_PEOPLE}
    seen = {group: np.array([exposure.get(p, 0.0) for p in people]) for group, people in kept.items()}
    chosen = {group: np.array([float(p in selected) for p in people]) for group, people in kept.items()}
    if not kept:
        return {}
    most_seen = max(values.mean() for values in seen.values())
    most_chosen = max(values.mean() for values in chosen.values())
    best = {id(by): max(by, key=lambda group: (by[group].mean(), str(group))) for by in (chosen, seen)}
    found = {}
    for group in sorted(kept, key=str):
        (low, high), (seen_low, seen_high) = (
            _interval(by[group], by[best[id(by)]], same=group == best[id(by)], seed=seed, draws=draws)
            for by in (chosen, seen)
        )
        found[group] = GroupFigures(
            people=len(kept[group]),
            exposure=float(seen[group].mean()),
            exposure_ratio=_ratio(seen[group].mean(), most_seen),
            selected=float(chosen[group].mean()),
            impact_ratio=_ratio(chosen[group].mean(), most_chosen),
            low=low,
            high=high,
            exposure_low=seen_low,
            exposure_high=seen_high,
        )
    return found


def _treatment(rankings: Sequence[Sequence[int]], first: int) -> tuple[dict[int, float], set[int]]:
    exposure: dict[int, float] = {}
    longest = max(map(len, rankings), default=0)
    worth = [1.0 / float(np.log2(place + 1)) for place in range(1, longest + 1)]
    for ranking in rankings:
        for person, seen in zip(ranking, worth, strict=False):
            exposure[person] = exposure.get(person, 0.0) + seen
    return exposure, chosen_among(rankings, first)


def chosen_among(rankings: Sequence[Sequence[int]], first: int) -> set[int]:
    """Who is among the first of at least one ranking."""
    return {person for ranking in rankings for person in ranking[:first]}


def _ratio(value: float, best: float) -> float:
    """Where nobody gets anything, everybody is treated alike."""
    return float(value / best) if best > 0 else 1.0


def _interval(
    own: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    best: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    *,
    same: bool,
    seed: int,
    draws: int,
) -> tuple[float, float]:
    """95 % bootstrap interval of the ratio; the best-treated group is 1 by definition."""
    if same:
        return 1.0, 1.0
    random = np.random.default_rng(seed)
    ours = own[random.integers(0, len(own), (draws, len(own)))].mean(axis=1)
    theirs = best[random.integers(0, len(best), (draws, len(best)))].mean(axis=1)
    ratios = [_ratio(a, b) for a, b in zip(ours, theirs, strict=True)]
    low, high = np.quantile(ratios, (0.025, 0.975))
    return float(low), float(high)
