"""Measures against values worked out by hand."""

from itertools import permutations
from math import log2

import numpy as np
import pytest

from matching.evaluation import metrics


def lists(scores, relevant):
    return np.array(scores, dtype=np.float64), np.array(relevant, dtype=np.float64)


@pytest.mark.parametrize(
    ("scores", "relevant", "expected"),
    [
        ([3, 2, 1], [1, 0, 0], 1.0),
        ([3, 2, 1], [0, 0, 1], 0.0),
        ([3, 2, 1], [0, 1, 0], 0.5),
        ([4, 3, 2, 1], [1, 0, 1, 0], 0.75),
        ([1, 1, 1], [0, 1, 0], 0.5),
        ([2, 1, 1], [0, 1, 0], 0.25),
        ([0.1 + 0.2, 0.3], [1, 0], 0.5),
        ([1], [1], None),
        ([1], [0], None),
        ([2, 1], [0, 0], None),
        ([2, 1], [1, 1], None),
    ],
)
def test_auc(scores, relevant, expected):
    assert metrics.auc(*lists(scores, relevant)) == expected


@pytest.mark.parametrize(
    ("scores", "relevant", "expected"),
    [
        ([3, 2, 1], [1, 0, 0], 1.0),
        ([3, 2, 1], [0, 1, 0], 1 / log2(3)),
        ([3, 2, 1], [0, 1, 1], (1 / log2(3) + 0.5) / (1 + 1 / log2(3))),
        ([1, 1], [1, 0], (1 + 1 / log2(3)) / 2),
        ([1], [1], 1.0),
        ([1], [0], None),
        ([2, 1], [0, 0], None),
        (list(range(11, 0, -1)), [0] * 10 + [1], 0.0),
        ([1] * 20, [1] + [0] * 19, sum(1 / log2(place + 1) for place in range(1, 11)) / 20),
    ],
)
def test_ndcg_at_ten(scores, relevant, expected):
    found = metrics.ndcg(*lists(scores, relevant))

    assert found == (None if expected is None else pytest.approx(expected, abs=1e-12))


@pytest.mark.parametrize(
    ("scores", "relevant", "expected"),
    [
        ([3, 2, 1], [0, 1, 1], 0.5),
        ([3, 2, 1], [0, 0, 1], 1 / 3),
        ([1, 1], [1, 0], 0.75),
        ([1, 1, 1], [1, 1, 0], (2 * 1 + 1 / 2) / 3),
        ([5, 1, 1], [0, 1, 0], (1 / 2 + 1 / 3) / 2),
        ([1], [1], 1.0),
        ([1], [0], None),
        ([2, 1], [0, 0], None),
    ],
)
def test_reciprocal_rank(scores, relevant, expected):
    found = metrics.reciprocal_rank(*lists(scores, relevant))

    assert found == (None if expected is None else pytest.approx(expected, abs=1e-12))


@pytest.mark.parametrize(
    ("scores", "relevant", "expected"),
    [
        (list(range(12, 0, -1)), [0] * 9 + [1, 0, 0], 1.0),
        (list(range(12, 0, -1)), [0] * 10 + [1, 0], 0.0),
        ([1] * 20, [1] + [0] * 19, 0.5),
        ([9] * 9 + [1, 1], [0] * 9 + [1, 0], 0.5),
        ([1], [1], 1.0),
        ([1], [0], None),
    ],
)
def test_hit_rate_at_ten(scores, relevant, expected):
    found = metrics.hit_rate(*lists(scores, relevant))

    assert found == (None if expected is None else pytest.approx(expected, abs=1e-12))


def test_ties_equal_the_mean_over_all_their_orders():
    relevant = np.array([1, 0, 1, 0, 0, 0], dtype=np.float64)
    tied = np.array([2, 2, 1, 1, 1, 0], dtype=np.float64)
    orders = [
        metrics.of_list(tied + np.array([*first, *second, 0]) / 10, relevant)
        for first in permutations(range(2))
        for second in permutations(range(3))
    ]

    for name, value in metrics.of_list(tied, relevant).items():
        assert np.mean([one[name] for one in orders]) == pytest.approx(value, abs=1e-12)


def test_people_count_the_same_however_many_lists_they_have():
    scores = np.array([2, 1, 2, 1, 2, 1, 2, 1], dtype=np.float64)
    relevant = np.array([1, 0, 0, 1, 1, 0, 0, 0], dtype=np.float64)
    groups = np.array([0, 0, 1, 1, 2, 2, 3, 3])
    people = np.array([7, 7, 7, 7, 8, 8, 9, 9])

    found = metrics.per_person(scores, relevant, groups, people)

    assert found["auc"] == {7: 0.5, 8: 1.0}
    assert found["mrr"] == {7: 0.75, 8: 1.0}
    assert found["hr@10"] == {7: 1.0, 8: 1.0}
    assert found["ndcg@10"] == {7: (1 + 1 / log2(3)) / 2, 8: 1.0}


def test_no_rows_give_no_people():
    none = np.zeros(0)

    assert metrics.per_person(none, none, none.astype(np.int64), none.astype(np.int64)) == {
        name: {} for name in metrics.NAMES
    }


def test_the_interval_holds_the_mean_and_repeats_itself():
    values = list(np.random.default_rng(0).normal(0.6, 0.1, 200))
    low, high = metrics.interval(values, seed=4)

    assert low < np.mean(values) < high
    assert high - low == pytest.approx(2 * 1.96 * np.std(values) / 200**0.5, rel=0.15)
    assert (low, high) == metrics.interval(values, seed=4)
    assert metrics.interval([0.5], seed=4) == (0.5, 0.5)
