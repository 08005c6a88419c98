"""What every ranker offers: terms that add up to a score in [0, 1]."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, Protocol

import numpy as np

from matching.features.arrays import Floats, Grid, Pairs
from matching.features.registry import REGISTRY, Compute

SIDES = ("student", "company", "both", "mixed")


class Ranker(Protocol):
    """An additive scorer over a fixed list of features and some pairs of them."""

    @property
    def name(self) -> str: ...

    @property
    def features(self) -> tuple[str, ...]: ...

    @property
    def base(self) -> float: ...

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Places in `features` of what has a term together, beside the terms alone."""

    def term(self, index: int, values: Floats) -> Floats:
        """What the feature at this place in `features` adds to the score, for any shape of values."""

    def bounds(self, index: int) -> tuple[float, float]:
        """The least and the most this feature can add."""

    def pair_term(self, index: int, first: Floats, second: Floats) -> Floats:
        """What the pair at this place in `pairs` adds; 0 where either value is missing."""

    def pair_bounds(self, index: int) -> tuple[float, float]:
        """The least and the most this pair can add."""


def pair_name(ranker: Ranker, index: int) -> str:
    """How a pair of features is called in reasons."""
    first, second = ranker.pairs[index]
    return f"{ranker.features[first]} × {ranker.features[second]}"


def contributions(ranker: Ranker, values: Floats) -> Floats:
    """One term per feature and pair (last axis); with the ranker's base they sum to the score.

    Raises ValueError where the last axis is not one value per feature.
    """
    count = values.shape[-1]
    if count != len(ranker.features):
        raise ValueError(f"{count} values given for {len(ranker.features)} features")
    terms = np.empty((*values.shape[:-1], count + len(ranker.pairs)), dtype=np.float64)
    for index in range(count):
        terms[..., index] = ranker.term(index, values[..., index])
    for index, (first, second) in enumerate(ranker.pairs):
        terms[..., count + index] = ranker.pair_term(index, values[..., first], values[..., second])
    return terms


def score(ranker: Ranker, values: Floats) -> Floats:
    """The score of each pair; values carry features on the last axis."""
    total: Floats = np.add(ranker.base, contributions(ranker, values).sum(axis=-1))
    return np.clip(total, 0.0, 1.0)


def side_of(ranker: Ranker, names: Collection[str]) -> str:
    """Whose wish a term speaks of: "student", "company", "both", or "mixed" where two features disagree."""
    sides = {REGISTRY[name].side for name in names}
    if len(sides) > 1:
        sides.discard("both")
    return sides.pop() if len(sides) == 1 else "mixed"


def add_terms(
    ranker: Ranker,
    pairs: Pairs,
    totals: Mapping[str, Floats],
    *,
    compute: Callable[[str], Compute] = lambda name: REGISTRY[name].compute,
    wanted: Callable[[Collection[str]], bool] = lambda names: True,
    keep: dict[str, Grid] | None = None,
) -> None:
    """Adds the terms of all pairs of people to the total of their side; `totals` may name one array several times.

    Every feature is worked out once and let go, unless a pair of features needs it again. Terms that are told by the
    same keys are added as tables, and spread once. wanted: which terms, by the names of their one or two features.
    keep: takes the values of every feature worked out, by name.
    """
    couples = [(index, couple) for index, couple in enumerate(ranker.pairs) if wanted(_names(ranker, couple))]
    shared = {place for _, couple in couples for place in couple}
    kept: dict[int, Grid] = {}
    sums: dict[tuple[Any, ...], tuple[Floats, Grid]] = {}
    for index, name in enumerate(ranker.features):
        alone = wanted((name,))
        if not alone and index not in shared:
            continue
        grid = compute(name)(pairs)
        if alone:
            _gather(
                sums, totals[side_of(ranker, (name,))], grid.told(partial(ranker.term, index), pairs.shape)
            )
        if index in shared:
            kept[index] = grid
        if keep is not None:
            keep[name] = grid
    for total, grid in sums.values():
        grid.add_to(total, lambda table: table)
    for index, couple in couples:
        total = totals[side_of(ranker, _names(ranker, couple))]
        first, second = (kept[place].filled(total.shape) for place in couple)
        total += ranker.pair_term(index, first, second)


def _names(ranker: Ranker, couple: tuple[int, int]) -> list[str]:
    return [ranker.features[place] for place in couple]


def _gather(sums: dict[tuple[Any, ...], tuple[Floats, Grid]], total: Floats, term: Grid) -> None:
    """Adds a term to the one that has the same total, codes and shape; arrays are told by where they are."""
    key = (id(total), id(term.rows), id(term.columns), term.table.shape)
    if key in sums:
        held = sums[key][1]
        sums[key] = total, Grid(held.table + term.table, held.rows, held.columns)
    else:
        sums[key] = total, term
