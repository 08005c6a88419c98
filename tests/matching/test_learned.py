"""The additive estimator by itself."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError, SkipTestWarning
from sklearn.utils.estimator_checks import check_estimator

from matching.rankers.base import contributions, score
from matching.rankers.learned import AdditiveRanker, Learned


def rows(count=400, *, groups=40, gaps=0.1, seed=0):
    """Three features; the first is liked, the second disliked, the third means nothing."""
    random = np.random.default_rng(seed)
    values = random.random((count, 3))
    liked = 3 * values[:, 0] - 2 * values[:, 1] + random.logistic(0, 0.2, count)
    values[random.random(values.shape) < gaps] = np.nan
    of = np.arange(count) % groups
    target = np.zeros(count)
    for group in range(groups):
        members = np.flatnonzero(of == group)
        target[members[np.argmax(liked[members])]] = 1
    return values, target, of


def test_it_keeps_the_contract_of_scikit_learn():
    with warnings.catch_warnings():
        # One check needs an environment variable and says so; every other one runs.
        warnings.simplefilter("ignore", SkipTestWarning)
        results = check_estimator(AdditiveRanker(), on_fail=None)

    assert {r["check_name"] for r in results if r["status"] != "passed"} <= {"check_array_api_input"}
    assert len(results) > 30


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 9), st.booleans(), st.sampled_from([0.0, 0.3, 0.9]))
def test_contributions_add_up_and_scores_stay_within_bounds(seed, bins, monotone, gaps):
    values, target, groups = rows(120, groups=12, gaps=gaps, seed=seed)
    model = AdditiveRanker(bins=bins, monotone=monotone).fit(values, target, groups)

    anything = np.vstack([values, np.full((1, 3), np.nan), np.full((1, 3), 7.0), np.full((1, 3), -7.0)])
    sums = model.base_ + model.contributions(anything).sum(axis=1)

    assert np.abs(sums - model.predict(anything)).max() < 1e-9
    assert sums.min() > -1e-9
    assert sums.max() < 1 + 1e-9


def test_curves_never_fall_unless_allowed():
    values, target, groups = rows()
    grid = np.column_stack([np.full(50, 0.5), np.linspace(0, 1, 50), np.full(50, 0.5)])

    rising = AdditiveRanker().fit(values, target, groups).contributions(grid)[:, 1]
    free = AdditiveRanker(monotone=[True, False, True]).fit(values, target, groups).contributions(grid)[:, 1]

    assert (np.diff(rising) >= -1e-12).all()
    assert free[-1] < free[0] - 0.1


def test_it_finds_what_is_liked():
    values, target, groups = rows(gaps=0.0)
    model = AdditiveRanker(monotone=False).fit(values, target, groups)
    fresh, chosen, of = rows(gaps=0.0, seed=5)
    scores = model.predict(fresh)

    best = [np.flatnonzero(of == g)[np.argmax(scores[of == g])] for g in range(40)]
    assert chosen[best].mean() > 0.5  # by lot: 0.1
    spread = np.ptp(model.contributions(fresh), axis=0)
    assert spread[0] > spread[1] > spread[2]


def test_groups_are_kept_apart():
    """Each group wants the higher value, but the groups' levels are reversed: pooled, the opposite is learnt."""
    values = np.array([[0.1], [0.2], [0.8], [0.9]])
    target = np.array([10.0, 11.0, 0.0, 1.0])

    within = AdditiveRanker(monotone=False, bins=1).fit(values, target, [0, 0, 1, 1])
    pooled = AdditiveRanker(monotone=False, bins=1).fit(values, target)

    assert within.predict([[0.9]]) > within.predict([[0.1]])
    assert pooled.predict([[0.9]]) < pooled.predict([[0.1]])


def test_what_is_missing_has_its_own_height():
    values = np.array([[0.0], [np.nan], [1.0]] * 10)
    target = np.array([1.0, 2.0, 0.0] * 10)
    model = AdditiveRanker(monotone=False).fit(values, target, np.repeat(np.arange(10), 3))

    low, gone, high = model.predict([[0.0], [np.nan], [1.0]])
    assert gone > low > high


def test_nothing_to_learn_gives_equal_scores():
    model = AdditiveRanker().fit(np.full((4, 2), np.nan), np.zeros(4))

    assert model.predict([[0.0, 1.0], [np.nan, 0.3]]).tolist() == [0.5, 0.5]


def test_fitting_repeats_itself_also_when_pairs_are_sampled():
    values, target, groups = rows(groups=2)
    target = np.random.default_rng(1).random(len(target))
    estimator = AdditiveRanker(pairs_per_group=200, random_state=5)

    first, again = (clone(estimator).fit(values, target, groups).predict(values) for _ in range(2))
    other = clone(estimator).set_params(random_state=6).fit(values, target, groups).predict(values)

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_wrong_shapes_are_refused():
    values, target, groups = rows()

    with pytest.raises(ValueError, match="399 groups given for 400 rows"):
        AdditiveRanker().fit(values, target, groups[1:])
    with pytest.raises(ValueError, match="monotone names 2 features, the data has 3"):
        AdditiveRanker(monotone=[True, False]).fit(values, target, groups)
    with pytest.raises(NotFittedError):
        AdditiveRanker().predict(values)


def test_the_plain_numbers_score_as_the_estimator_does():
    values, target, groups = rows()
    estimator = AdditiveRanker().fit(values, target, groups)
    plain = Learned.of("x", ("a", "b", "c"), estimator)

    assert np.array_equal(contributions(plain, values), estimator.contributions(values))
    assert np.abs(score(plain, values) - estimator.predict(values)).max() < 1e-12
    assert score(plain, values.reshape(20, 20, 3)).shape == (20, 20)


def test_a_gap_never_seen_in_training_is_neutral():
    values, target, groups = rows(gaps=0.0)
    model = AdditiveRanker().fit(values, target, groups)

    assert model.contributions(np.full((1, 3), np.nan)) == pytest.approx(np.zeros((1, 3)), abs=1e-12)
