"""Measures against plain ones that put tied things in every order, and intervals that hold the truth as often as they say."""

from itertools import permutations
from math import log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score, roc_auc_score

from matching.evaluation import metrics

SCORES = st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=6)


def orders(scores):
    """Every way to list the things so that no higher score stands below a lower one."""
    for order in permutations(range(len(scores))):
        listed = [scores[i] for i in order]
        if listed == sorted(listed, reverse=True):
            yield order


def plain(order, relevant, k):
    """All measures of one order without ties, each as its textbook says."""
    hits = [relevant[i] > 0 for i in order]
    good, bad = sum(hits), len(hits) - sum(hits)
    above = sum(1 for i, one in enumerate(hits) for other in hits[i + 1 :] if one and not other)
    gain = sum(relevant[i] / log2(place + 1) for place, i in enumerate(order[:k], 1))
    best = sum(value / log2(place + 1) for place, value in enumerate(sorted(relevant, reverse=True)[:k], 1))
    return {
        "auc": above / (good * bad) if good and bad else None,
        "ndcg": gain / best if good else None,
        "mrr": 1 / (hits.index(True) + 1) if good else None,
        "hr": float(any(hits[:k])) if good else None,
    }


def expected(scores, relevant, k):
    found = [plain(order, relevant, k) for order in orders(scores)]
    return {
        name: None if found[0][name] is None else sum(one[name] for one in found) / len(found)
        for name in found[0]
    }


def ours(scores, relevant, k):
    scores, relevant = np.array(scores, dtype=np.float64), np.array(relevant, dtype=np.float64)
    return {
        "auc": metrics.auc(scores, relevant),
        "ndcg": metrics.ndcg(scores, relevant, k),
        "mrr": metrics.reciprocal_rank(scores, relevant),
        "hr": metrics.hit_rate(scores, relevant, k),
    }


@settings(max_examples=60, deadline=None)
@given(SCORES, st.data(), st.integers(1, 6))
def test_every_measure_is_the_mean_over_all_orders_of_ties(scores, data, k):
    relevant = data.draw(
        st.lists(st.sampled_from([0.0, 1.0, 4.0]), min_size=len(scores), max_size=len(scores))
    )

    assert ours(scores, relevant, k) == pytest.approx(expected(scores, relevant, k), abs=1e-12)


@pytest.mark.parametrize("levels", [3, 20, 10_000])
@pytest.mark.parametrize("seed", range(3))
def test_scikit_learn_finds_the_same(levels, seed):
    random = np.random.default_rng([levels, seed])
    scores = random.integers(0, levels, 40).astype(np.float64)
    relevant = random.choice([0.0, 1.0, 3.0], 40)

    assert metrics.auc(scores, relevant) == pytest.approx(roc_auc_score(relevant > 0, scores), abs=1e-12)
    assert metrics.ndcg(scores, relevant) == pytest.approx(ndcg_score([relevant], [scores], k=10), abs=1e-12)


@pytest.mark.parametrize("count", [1, 2, 9, 10, 11, 30])
def test_where_all_are_relevant_nothing_can_be_wrong(count):
    scores = np.random.default_rng(count).random(count)

    assert metrics.of_list(scores, np.ones(count)) == {
        "auc": None,
        "ndcg@10": pytest.approx(1.0),
        "mrr": 1.0,
        "hr@10": 1.0,
    }


@pytest.mark.parametrize("count", [1, 2, 10, 30])
def test_where_none_is_relevant_nothing_can_be_said(count):
    assert set(metrics.of_list(np.arange(count) / 1.0, np.zeros(count)).values()) == {None}


@pytest.mark.parametrize("count", [2, 5, 10, 12, 100])
def test_all_tied_is_what_chance_gives(count):
    relevant = np.zeros(count)
    relevant[0] = 1.0
    found = metrics.of_list(np.full(count, 0.3), relevant)
    places = range(1, count + 1)

    assert found == {
        "auc": 0.5,
        "ndcg@10": pytest.approx(sum(1 / log2(place + 1) for place in places if place <= 10) / count),
        "mrr": pytest.approx(sum(1 / place for place in places) / count),
        "hr@10": pytest.approx(min(10, count) / count),
    }


@pytest.mark.parametrize("place", [1, 2, 5, 10, 11, 50, 100])
def test_one_positive_among_ninety_nine(place):
    """The list of the judged set: every measure is a function of the place alone."""
    scores, relevant = -np.arange(1.0, 101.0), np.zeros(100)
    relevant[place - 1] = 1.0

    assert metrics.of_list(scores, relevant) == {
        "auc": pytest.approx((100 - place) / 99),
        "ndcg@10": pytest.approx(1 / log2(place + 1) if place <= 10 else 0.0),
        "mrr": pytest.approx(1 / place),
        "hr@10": pytest.approx(float(place <= 10)),
    }


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_only_the_order_counts(seed):
    random = np.random.default_rng(seed)
    scores = random.integers(0, 6, 20) / 8
    relevant = random.choice([0.0, 1.0], 20)
    order = random.permutation(20)
    found = metrics.of_list(scores, relevant)

    for same in (scores * 7 - 3, np.exp(scores), scores**3):
        assert metrics.of_list(same, relevant) == pytest.approx(found, abs=1e-12)
    assert metrics.of_list(scores[order], relevant[order]) == pytest.approx(found, abs=1e-12)
    turned = metrics.auc(-scores, relevant)
    assert turned is None or turned == pytest.approx(1 - metrics.auc(scores, relevant), abs=1e-12)


@pytest.mark.parametrize("gap", [1e-15, 1e-13])
def test_scores_apart_by_less_than_rounding_are_tied(gap):
    """A sum taken in another order must not win."""
    assert metrics.auc(np.array([0.5 + gap, 0.5]), np.array([0.0, 1.0])) == 0.5
    assert metrics.reciprocal_rank(np.array([0.5 + gap, 0.5]), np.array([0.0, 1.0])) == 0.75


def test_scores_apart_by_more_are_not():
    assert metrics.auc(np.array([0.5 + 1e-9, 0.5]), np.array([0.0, 1.0])) == 0.0


def test_lists_need_not_stand_together_and_people_without_a_measure_are_left_out():
    """Rows of three lists in one heap; the third has nothing relevant, the second nothing else."""
    scores = np.array([3.0, 1, 2, 1, 1, 9])
    relevant = np.array([0.0, 1, 1, 0, 1, 0])
    groups = np.array([5, 7, 5, 9, 7, 9])
    people = np.array([1, 2, 1, 3, 2, 3])
    found = metrics.per_person(scores, relevant, groups, people)

    assert found["auc"] == {1: 0.0}
    assert found["mrr"] == {1: 0.5, 2: 1.0}
    assert found["hr@10"] == {1: 1.0, 2: 1.0}
    assert found["ndcg@10"] == {1: pytest.approx(1 / log2(3)), 2: pytest.approx(1.0)}


def test_a_person_with_many_lists_counts_once():
    """Ninety lists of one person and one each of ten others: the mean over people is that of eleven."""
    groups = np.repeat(np.arange(100), 2)
    people = np.repeat([*[0] * 90, *range(1, 11)], 2)
    relevant = np.tile([1.0, 0.0], 100)
    scores = np.where(people == 0, 1 - relevant, relevant)
    found = metrics.per_person(scores, relevant, groups, people)["auc"]

    assert found == {0: 0.0, **dict.fromkeys(range(1, 11), 1.0)}
    assert metrics.mean(list(found.values())) == pytest.approx(10 / 11)


@pytest.mark.parametrize(("count", "least"), [(20, 0.86), (60, 0.90)])
def test_the_interval_holds_the_truth_as_often_as_it_says(count, least):
    """Of 200 samples of known mean; nineteen in twenty are promised, a little less is known of few values."""
    random = np.random.default_rng(count)
    held = 0
    for _ in range(200):
        low, high = metrics.interval(list(random.beta(4, 2, count)), draws=400)
        held += low <= 4 / 6 <= high

    assert least <= held / 200 <= 0.99


def test_the_interval_narrows_with_the_root_of_the_number_of_people():
    random = np.random.default_rng(1)
    widths = []
    for count in (50, 200, 800):
        low, high = metrics.interval(list(random.random(count)), draws=1000)
        widths.append(high - low)

    assert widths[0] / widths[1] == pytest.approx(2.0, rel=0.25)
    assert widths[1] / widths[2] == pytest.approx(2.0, rel=0.25)


def test_the_interval_is_given_by_its_seed():
    values = list(np.random.default_rng(2).random(30))

    assert metrics.interval(values, seed=1) == metrics.interval(values, seed=1)
    assert metrics.interval(values, seed=1) != metrics.interval(values, seed=2)
    assert metrics.interval([0.25] * 30) == (0.25, 0.25)


@pytest.mark.parametrize("values", [[0.0, 1.0], [0.2, 0.4, 0.9]])
def test_no_interval_reaches_beyond_the_values(values):
    low, high = metrics.interval(values)

    assert min(values) <= low <= metrics.mean(values) <= high <= max(values)
