"""The learned ranker: one curve per feature and a surface per chosen pair of features.

It is fitted on what people preferred to what else they were shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits

from matching.features.arrays import Floats
from matching.rankers import surface
from matching.rankers.curves import Learned, curve_of
from matching.rankers.surface import Surface

__all__ = ["AdditiveRanker", "Learned"]

Indices = NDArray[np.intp]


class AdditiveRanker(BaseEstimator):  # type: ignore[misc]  # scikit-learn carries no types
    """Sum of piecewise linear curves, logistic loss on pairs of rows of the same group.

    bins: segments per curve, cut at quantiles. monotone: True for all, or one bool per feature; such a curve
    never falls. surfaces: pairs of columns that get a surface of pair_bins × pair_bins cells beside their curves; it
    rises where both curves must. l2: weight of the ridge. pairs_per_group: more pairs of rows than this are sampled
    with random_state. A missing value has a height of its own, and adds nothing to a surface. Scores lie in [0, 1]
    because every curve and surface is bounded.
    """

    def __init__(
        self,
        *,
        bins: int = 5,
        monotone: bool | Sequence[bool] = True,
        surfaces: Sequence[tuple[int, int]] = (),
        pair_bins: int = 2,
        l2: float = 1e-3,
        pairs_per_group: int = 2000,
        max_iter: int = 300,
        random_state: int | None = 0,
    ) -> None:
        self.bins = bins
        self.monotone = monotone
        self.surfaces = surfaces
        self.pair_bins = pair_bins
        self.l2 = l2
        self.pairs_per_group = pairs_per_group
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        groups: ArrayLike | None = None,
        importance: ArrayLike | None = None,
    ) -> Self:
        """Rows are preferred to rows with a lower y in the same group; without groups all are in one.

        importance: what a preference for each row counts, 1 by default; one over the chance that the row was
        looked at takes the bias of its place out.
        """
        values, target = validate_data(
            self, X, y, ensure_all_finite="allow-nan", y_numeric=True, dtype=np.float64
        )
        group_of = np.zeros(len(values), dtype=np.intp) if groups is None else _numbered(groups)
        counts = np.ones(len(values)) if importance is None else np.asarray(importance, dtype=np.float64)
        for name, given in (("groups", group_of), ("importances", counts)):
            if len(given) != len(values):
                raise ValueError(f"{len(given)} {name} given for {len(values)} rows")
        if not (np.isfinite(counts) & (counts >= 0.0)).all():
            raise ValueError("importances must be finite and not below 0")
        random = check_random_state(self.random_state)
        better, worse = _pairs(target, group_of, self.pairs_per_group, random)
        self.knots_ = [_knots(values[:, i], self.bins) for i in range(values.shape[1])]
        self.cells_ = [tuple(_cuts(values[:, i], self.pair_bins) for i in couple) for couple in self.surfaces]
        weights, self.n_iter_ = _minimise(
            self._basis(values),
            (better, worse, counts[better]),
            self._bounds(),
            l2=self.l2,
            max_iter=self.max_iter,
        )
        self._take(weights, values)
        return self

    def predict(self, X: ArrayLike) -> Floats:
        """The score of each row, in [0, 1]."""
        terms = self.contributions(X)
        scores: Floats = np.clip(self.base_ + terms.sum(axis=1), 0.0, 1.0)
        return scores

    def contributions(self, X: ArrayLike) -> Floats:
        """One term per feature, then one per surface; with `base_` they sum to the score."""
        check_is_fitted(self)
        values = validate_data(self, X, ensure_all_finite="allow-nan", dtype=np.float64, reset=False)
        curves = zip(self.knots_, self.heights_, self.missing_, strict=True)
        columns = [curve_of(values[:, i], *curve) for i, curve in enumerate(curves)]
        columns += [s.at(values[:, s.first], values[:, s.second]) for s in self.surfaces_]
        return np.column_stack(columns)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.target_tags.required = True
        return tags

    def _basis(self, values: Floats) -> Floats:
        """All ramps and cells of each row, in one array that is filled part by part: it is most of what training holds."""
        widths = [len(knots) for knots in self.knots_]
        widths += [(len(rows) - 1) * (len(columns) - 1) for rows, columns in self.cells_]
        made = np.empty((len(values), sum(widths)))
        parts = np.split(made, np.cumsum(widths)[:-1], axis=1)
        for i, knots in enumerate(self.knots_):
            parts[i][:] = _ramps(values[:, i], knots)
        for part, (first, second), cells in zip(
            parts[len(self.knots_) :], self.surfaces, self.cells_, strict=True
        ):
            part[:] = surface.basis(values[:, first], values[:, second], *cells)
        return made

    def _bounds(self) -> list[tuple[float | None, None]]:
        count = len(self.knots_)
        rising = [self.monotone] * count if isinstance(self.monotone, bool) else list(self.monotone)
        if len(rising) != count:
            raise ValueError(f"monotone names {len(rising)} features, the data has {count}")
        bounds: list[tuple[float | None, None]] = []
        for knots, up in zip(self.knots_, rising, strict=True):
            bounds += [(0.0 if up else None, None)] * (len(knots) - 1) + [(None, None)]
        for (first, second), (rows, columns) in zip(self.surfaces, self.cells_, strict=True):
            up = rising[first] or rising[second]
            bounds += [(0.0 if up else None, None)] * ((len(rows) - 1) * (len(columns) - 1))
        return bounds

    def _take(self, weights: Floats, values: Floats) -> None:
        """Heights at the knots, centred on the training rows and scaled so that scores fill [0, 1]."""
        heights, missing, start = [], [], 0
        gaps = [bool(np.isnan(column).any()) for column in values.T]
        for i, knots in enumerate(self.knots_):
            part = weights[start : start + len(knots)]
            start += len(knots)
            own = np.concatenate([[0.0], np.cumsum(part[:-1])])
            # Where training saw nothing missing, a missing value later is neutral.
            gone = float(part[-1]) if gaps[i] else float(np.interp(values[:, i], knots, own).mean())
            centre = float(curve_of(values[:, i], knots, own, gone).mean())
            heights.append(own - centre)
            missing.append(gone - centre)
        surfaces = self._surfaces(weights[start:], values)
        bounds = [(min(*h, m), max(*h, m)) for h, m in zip(heights, missing, strict=True)]
        bounds += [one.bounds() for one in surfaces]
        low, high = sum(lowest for lowest, _ in bounds), sum(highest for _, highest in bounds)
        span = high - low if high > low else 1.0
        self.heights_ = [h / span for h in heights]
        self.missing_ = [m / span for m in missing]
        self.surfaces_ = [_scaled(one, span) for one in surfaces]
        self.base_ = -low / span if high > low else 0.5

    def _surfaces(self, weights: Floats, values: Floats) -> list[Surface]:
        found, start = [], 0
        for (first, second), (rows, columns) in zip(self.surfaces, self.cells_, strict=True):
            shape = (len(rows) - 1, len(columns) - 1)
            cells = weights[start : start + shape[0] * shape[1]].reshape(shape)
            start += cells.size
            flat = Surface(first, second, rows, columns, tuple(tuple(map(float, row)) for row in cells), 0.0)
            known = ~np.isnan(values[:, [first, second]]).any(axis=1)
            heights = flat.at(values[known, first], values[known, second])
            found.append(replace(flat, shift=float(heights.mean()) if len(heights) else 0.0))
        return found


def _numbered(groups: ArrayLike) -> Indices:
    """A number per group, whatever the groups are called."""
    return np.unique(np.asarray(groups), return_inverse=True)[1].astype(np.intp)


def _knots(column: Floats, bins: int) -> Floats:
    known = column[~np.isnan(column)]
    if not len(known):
        return np.zeros(1)
    cuts: Floats = np.unique(np.quantile(known, np.linspace(0, 1, bins + 1), method="inverted_cdf"))
    return cuts


def _cuts(column: Floats, bins: int) -> tuple[float, ...]:
    return tuple(map(float, _knots(column, bins)))


def _scaled(one: Surface, span: float) -> Surface:
    weights = tuple(tuple(float(weight / span) for weight in row) for row in one.weights)
    return replace(one, weights=weights, shift=float(one.shift / span))


def _ramps(column: Floats, knots: Floats) -> Floats:
    """One column per segment, rising from 0 to 1 across it, and one that marks the missing."""
    known = np.where(np.isnan(column), knots[0], column)[:, None]
    ramps = np.clip((known - knots[:-1]) / np.diff(knots), 0.0, 1.0)
    return np.hstack([ramps, np.isnan(column)[:, None]])


def _pairs(target: Floats, groups: Indices, most: int, random: Any) -> tuple[Indices, Indices]:
    """Places of (preferred, other) rows within each group."""
    order = np.argsort(groups, kind="stable")
    cuts = np.flatnonzero(np.diff(groups[order])) + 1
    better, worse = [], []
    for rows in np.split(order, cuts):
        first, second = np.nonzero(target[rows][:, None] > target[rows][None, :])
        if len(first) > most:
            kept = np.sort(random.choice(len(first), most, replace=False))
            first, second = first[kept], second[kept]
        better.append(rows[first])
        worse.append(rows[second])
    return np.concatenate(better), np.concatenate(worse)


def _minimise(
    basis: Floats,
    preferred: tuple[Indices, Indices, Floats],
    bounds: list[tuple[float | None, None]],
    *,
    l2: float,
    max_iter: int,
) -> tuple[Floats, int]:
    """Weights of the least mean logistic loss over the pairs, with a ridge.

    preferred: places of the better rows, of the worse, and what each preference counts.
    """
    better, worse, counts = preferred
    if not len(better) or not counts.sum() > 0:
        return np.zeros(basis.shape[1]), 0
    shares = counts / counts.sum()

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = basis @ weights
        margin = scores[better] - scores[worse]
        slope = -expit(-margin) * shares
        rows = np.bincount(better, slope, len(basis)) - np.bincount(worse, slope, len(basis))
        value = float(shares @ np.logaddexp(0.0, -margin) + l2 / 2 * weights @ weights)
        return value, rows @ basis + l2 * weights

    # One thread: the products are bound by memory, and on shared cores threads wait for each other.
    with threadpool_limits(1):
        found = minimize(
            loss,
            np.zeros(basis.shape[1]),
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"maxiter": max_iter},
        )
    return np.asarray(found.x, dtype=np.float64), int(found.nit)
