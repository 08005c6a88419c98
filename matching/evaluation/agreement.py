"""How far two people who grade the same pairs agree beyond chance, and which pairs to give them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from matching.features.arrays import Floats

DRAWS = 1000


@dataclass(frozen=True)
class Agreement:
    """Share of equal grades, Cohen's kappa with its 95 % bootstrap interval, and kappa with quadratic weights."""

    pairs: int
    equal: float
    kappa: float
    low: float
    high: float
    weighted: float


def agreement(a: Sequence[int], b: Sequence[int], *, seed: int = 0) -> Agreement:
    """Figures of two lists of grades in the same order; ValueError where the lengths differ or nothing is there."""
    if len(a) != len(b) or not len(a):
        raise ValueError("two lists of the same length, at least one grade each")
    left, right = np.asarray(a, dtype=np.int64), np.asarray(b, dtype=np.int64)
    random = np.random.default_rng(seed)
    draws = random.integers(0, len(left), (DRAWS, len(left)))
    low, high = np.quantile([kappa(left[draw], right[draw]) for draw in draws], (0.025, 0.975))
    return Agreement(
        pairs=len(left),
        equal=float(np.mean(left == right)),
        kappa=kappa(left, right),
        low=float(low),
        high=float(high),
        weighted=kappa(left, right, power=2),
    )


def draw_pairs(scores: Floats, number: int, *, seed: int) -> list[tuple[int, int]]:
    """(row, column) of pairs to grade: a third of each of the best, the middle and the rest, at most one per row
    while there are rows, in random order so that the place tells nothing.

    scores: one row per student, one column per position. Best: the first twentieth by score within a student,
    middle: the next quarter.
    """
    students, positions = scores.shape
    number = min(number, students * positions)
    if not number:
        return []
    random = np.random.default_rng(seed)
    rows = np.concatenate([random.permutation(students) for _ in range(-(-number // students))])[:number]
    cuts = (0, max(positions // 20, 1), max(positions // 20 + positions // 4, 2), positions)
    taken: set[tuple[int, int]] = set()
    for turn, row in enumerate(rows):
        order = np.argsort(-scores[row], kind="stable")
        low, high = cuts[turn % 3], cuts[turn % 3 + 1]
        free = [int(c) for c in order[low:high] if (row, c) not in taken]
        free = free or [int(c) for c in order if (row, c) not in taken]
        taken.add((int(row), free[int(random.integers(len(free)))]))
    return [(int(r), int(c)) for r, c in random.permutation(np.array(sorted(taken)))]


def kappa(a: ArrayLike, b: ArrayLike, *, power: int = 0) -> float:
    """Cohen's kappa; power 0 counts every difference alike, 1 by its distance, 2 by the square of it.

    Where both always give one and the same grade there is nothing to disagree about: 1.
    """
    left = np.asarray(a, dtype=np.int64)
    grades, places = np.unique(np.concatenate([left, np.asarray(b, dtype=np.int64)]), return_inverse=True)
    seen = np.zeros((len(grades), len(grades)))
    np.add.at(seen, (places[: len(left)], places[len(left) :]), 1.0)
    seen /= seen.sum()
    chance = np.outer(seen.sum(axis=1), seen.sum(axis=0))
    far = np.abs(grades[:, None] - grades[None, :]).astype(np.float64)
    weights = (far > 0).astype(np.float64) if power == 0 else far**power
    expected = float((weights * chance).sum())
    return 1.0 if expected == 0.0 else 1.0 - float((weights * seen).sum()) / expected
