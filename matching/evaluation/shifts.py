"""How groups fare under one ranker beside another, on the same people and positions.

Some groups are treated unlike others by any order: a department that few positions look for is seldom among the
first. What can be asked of a ranker is that it does not make that worse.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matching.evaluation.audit import FEWEST_SHARE, with_intersections
from matching.evaluation.groups import FEWEST_PEOPLE, FOUR_FIFTHS, chosen_among
from matching.features.arrays import Floats

_AT_ONCE = 4000


@dataclass(frozen=True)
class Shift:
    """A group's impact ratio by our order and by theirs.

    low, high: interval of ours minus theirs, paired by person, so wide that in 95 of 100 comparisons of equal orders all
    groups that count lie inside theirs: with thirty groups asked, one in twenty would be found worse by luck.
    """

    people: int
    ours: float
    theirs: float
    low: float
    high: float
    counts: bool = True

    @property
    def unfair(self) -> bool:
        """Below four fifths, and surely lower than by the other order; a group that is too small says nothing."""
        return self.counts and self.ours < FOUR_FIFTHS and self.high < 0


def shifts(
    ours: Sequence[Sequence[int]],
    theirs: Sequence[Sequence[int]],
    attributes: Mapping[str, Mapping[int, Hashable]],
    *,
    first: int = 20,
    seed: int = 0,
    draws: int = 4000,
    among: int = 1,
) -> dict[str, Shift]:
    """ "attribute: group" → shift, for groups of ten or more and for intersections of two attributes.

    ours, theirs: rankings of the same positions, person ids with the best first. Groups under two people in a
    hundred are told about, but do not count. among: of how many such comparisons this is one. draws: at least so many,
    and so many more as it takes for the outermost not to be the bound.
    """
    selected = [chosen_among(ours, first), chosen_among(theirs, first)]
    asked = {
        (attribute, len(groups)): _chosen(groups, selected)
        for attribute, groups in with_intersections(attributes).items()
    }
    counted = sum(
        len(rows) >= FEWEST_SHARE * size for (_, size), chosen in asked.items() for rows in chosen.values()
    )
    level = 0.05 / max(1, counted * among)
    wanted = max(draws, math.ceil(2 / level))
    found = {}
    for (attribute, size), chosen in asked.items():
        for group, (told, low, high) in _shifts(chosen, seed, wanted, level).items():
            people = len(chosen[group])
            found[f"{attribute}: {group}"] = Shift(people, *told, low, high, people >= FEWEST_SHARE * size)
    return found


def _chosen(groups: Mapping[int, Hashable], selected: Sequence[Collection[int]]) -> dict[Hashable, Floats]:
    """Per group one row per person: whether selected by ours and by theirs, 1 or 0."""
    members: dict[Hashable, list[int]] = {}
    for person, group in groups.items():
        members.setdefault(group, []).append(person)
    return {
        group: np.array([[float(who in by) for by in selected] for who in sorted(people)])
        for group, people in sorted(members.items(), key=lambda item: str(item[0]))
        if len(people) >= FEWEST_PEOPLE
    }


def _shifts(
    chosen: Mapping[Hashable, Floats], seed: int, draws: int, level: float
) -> dict[Hashable, tuple[tuple[float, float], float, float]]:
    """Per group both ratios, and the interval of their difference that is missed at this level."""
    if not chosen:
        return {}
    means = {group: rows.mean(axis=0) for group, rows in chosen.items()}
    best = [_best(means, by) for by in (0, 1)]
    random = np.random.default_rng(seed)
    drawn = {
        group: np.concatenate([_drawn(rows, number, random) for number in _slices(draws)])
        for group, rows in chosen.items()
    }
    found = {}
    for group in chosen:
        ours, theirs = (float(_ratios(means[group][by], means[best[by]][by])) for by in (0, 1))
        either = [_ratios(drawn[group][:, by], drawn[best[by]][:, by]) for by in (0, 1)]
        low, high = np.quantile(either[0] - either[1], (level / 2, 1 - level / 2))
        found[group] = ((ours, theirs), float(low), float(high))
    return found


def _drawn(rows: Floats, number: int, random: np.random.Generator) -> Floats:
    """Means of so many resamples of these rows."""
    return np.asarray(rows[random.integers(0, len(rows), (number, len(rows)))].mean(axis=1))


def _slices(draws: int) -> list[int]:
    """Draws in portions that fit into memory."""
    return [min(_AT_ONCE, draws - start) for start in range(0, draws, _AT_ONCE)]


def _best(means: Mapping[Hashable, Floats], by: int) -> Hashable:
    return max(means, key=lambda group: (means[group][by], str(group)))


def _ratios(value: Floats, best: Floats) -> Floats:
    """Where nobody gets anything, everybody is treated alike."""
    return np.asarray(np.divide(value, best, out=np.ones_like(np.asarray(value)), where=np.asarray(best) > 0))
