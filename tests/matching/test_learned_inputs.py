"""The estimator's manners: what it refuses, what it must not depend on, and how it works among scikit-learn's own."""

import pickle
import pkgutil
from importlib import import_module
from itertools import permutations

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator

import matching
from matching.rankers.base import score
from matching.rankers.curves import Learned
from matching.rankers.learned import AdditiveRanker


def rows(count=120, *, groups=12, gaps=0.15, seed=0):
    """Three features, the first liked and the second too; one row per group is chosen."""
    random = np.random.default_rng(seed)
    values = random.random((count, 3))
    liked = 2 * values[:, 0] + values[:, 1] + random.normal(0, 0.1, count)
    values[random.random(values.shape) < gaps] = np.nan
    of = np.arange(count) % groups
    target = np.zeros(count)
    for group in range(groups):
        members = np.flatnonzero(of == group)
        target[members[np.argmax(liked[members])]] = 1
    return values, target, of


VALUES, TARGET, GROUPS = rows()
QUICK = AdditiveRanker(bins=3, max_iter=60)
FITTED = clone(QUICK).fit(VALUES, TARGET, GROUPS)


@pytest.mark.parametrize(
    "estimator",
    [
        AdditiveRanker(monotone=False),
        AdditiveRanker(bins=1, l2=0.1),
        AdditiveRanker(pairs_per_group=5, max_iter=5),
    ],
    ids=["free", "one bin", "few pairs"],
)
def test_other_settings_keep_the_contract_too(estimator):
    results = check_estimator(estimator, on_fail=None, on_skip=None)

    assert {r["check_name"] for r in results if r["status"] == "failed"} == set()
    assert len([r for r in results if r["status"] == "passed"]) > 30


@pytest.mark.parametrize(
    ("values", "target", "more", "said"),
    [
        (np.where(VALUES > 0.99, np.inf, np.full_like(VALUES, np.inf)), TARGET, {}, "infinity"),
        (VALUES, np.where(TARGET > 0, np.nan, 0.0), {}, "contains NaN"),
        (VALUES[:, 0], TARGET, {}, "Expected 2D array, got 1D array"),
        (VALUES[None], TARGET, {}, "Found array with dim 3"),
        (VALUES[:-1], TARGET, {}, "inconsistent numbers of samples"),
        (VALUES[:0], TARGET[:0], {}, "Found array with 0 sample"),
        (VALUES[:, :0], TARGET, {}, "0 feature"),
        (VALUES.astype(complex), TARGET, {}, "Complex data not supported"),
        ([["a", "b", "c"]] * 120, TARGET, {}, "could not convert string to float"),
        (VALUES, TARGET, {"groups": GROUPS[:-1]}, "119 groups given for 120 rows"),
        (VALUES, TARGET, {"groups": [0]}, "1 groups given for 120 rows"),
        (VALUES, TARGET, {"importance": np.ones(119)}, "119 importances given for 120 rows"),
        (VALUES, TARGET, {"importance": np.full(120, np.nan)}, "importances must be finite and not below 0"),
        (VALUES, TARGET, {"importance": np.full(120, np.inf)}, "importances must be finite and not below 0"),
        (
            VALUES,
            TARGET,
            {"importance": np.r_[np.ones(119), -0.1]},
            "importances must be finite and not below 0",
        ),
    ],
)
def test_what_cannot_be_learnt_from_is_refused_with_its_reason(values, target, more, said):
    model = clone(QUICK)

    with pytest.raises(ValueError, match=said):
        model.fit(values, target, **more)
    assert not hasattr(model, "heights_")


@pytest.mark.parametrize("monotone", [[], [True], [True] * 4])
def test_one_direction_per_feature_or_none_at_all(monotone):
    with pytest.raises(ValueError, match=f"monotone names {len(monotone)} features, the data has 3"):
        AdditiveRanker(monotone=monotone).fit(VALUES, TARGET, GROUPS)


@pytest.mark.parametrize("method", ["predict", "contributions"])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_a_fitted_one_refuses_another_number_of_features(method, count):
    with pytest.raises(ValueError, match=f"X has {count} features, but AdditiveRanker is expecting 3"):
        getattr(FITTED, method)(np.zeros((2, count)))
    with pytest.raises(ValueError, match="infinity"):
        getattr(FITTED, method)(np.full((2, 3), np.inf))


@pytest.mark.parametrize("names", [(), ("a",), ("a", "b", "c", "d")])
def test_plain_numbers_need_one_name_per_curve(names):
    with pytest.raises(ValueError, match=f"{len(names)} names given for 3 curves"):
        Learned.of("x", names, FITTED)


def test_fitting_changes_nothing_it_was_given():
    values, target, groups = VALUES.copy(), TARGET.copy(), GROUPS.copy()
    importance = np.linspace(0.5, 2, 120)
    model = clone(QUICK)
    before = model.get_params()
    model.fit(values, target, groups, importance)

    assert np.array_equal(values, VALUES, equal_nan=True)
    assert np.array_equal(target, TARGET)
    assert np.array_equal(groups, GROUPS)
    assert np.array_equal(importance, np.linspace(0.5, 2, 120))
    assert model.get_params() == before


def test_the_order_of_the_rows_says_nothing():
    order = np.random.default_rng(3).permutation(120)
    mixed = clone(QUICK).fit(VALUES[order], TARGET[order], GROUPS[order])

    np.testing.assert_allclose(mixed.predict(VALUES), FITTED.predict(VALUES), rtol=0, atol=1e-4)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_of_the_features_says_nothing(order):
    mixed = clone(QUICK).fit(VALUES[:, order], TARGET, GROUPS)

    np.testing.assert_allclose(mixed.predict(VALUES[:, order]), FITTED.predict(VALUES), rtol=0, atol=1e-4)


@pytest.mark.parametrize("names", [GROUPS * 100 - 7, [f"group {n}" for n in GROUPS], GROUPS + 0.5])
def test_groups_may_be_called_anything(names):
    other = clone(QUICK).fit(VALUES, TARGET, names)

    np.testing.assert_allclose(other.predict(VALUES), FITTED.predict(VALUES), rtol=0, atol=1e-4)


@pytest.mark.parametrize("scale", [0.01, 1.0, 50.0])
def test_importance_counts_in_proportion_alone(scale):
    other = clone(QUICK).fit(VALUES, TARGET, GROUPS, importance=np.full(120, scale))

    np.testing.assert_allclose(other.predict(VALUES), FITTED.predict(VALUES), rtol=0, atol=1e-9)


def test_a_preference_of_double_importance_counts_as_one_seen_twice():
    twice = np.isin(GROUPS, range(6))
    importance = np.where(twice, 2.0, 1.0)
    weighed = clone(QUICK).fit(VALUES, TARGET, GROUPS, importance)
    # The same groups once more, under other names.
    extra = (VALUES[twice], TARGET[twice], GROUPS[twice] + 100)
    repeated = clone(QUICK).set_params(l2=QUICK.l2)
    repeated.fit(*(np.concatenate(pair) for pair in zip((VALUES, TARGET, GROUPS), extra, strict=True)))
    spread = [np.ptp(model.contributions(VALUES), axis=0) for model in (weighed, repeated)]

    np.testing.assert_allclose(spread[0], spread[1], rtol=0, atol=0.02)
    assert np.corrcoef(weighed.predict(VALUES), repeated.predict(VALUES))[0, 1] > 0.999


def test_what_has_no_importance_teaches_nothing():
    """A group that likes the opposite, but does not count."""
    fake = np.array([[0.0, 0.0, 0.5], [1.0, 1.0, 0.5]] * 40)
    values, target = np.vstack([VALUES, fake]), np.concatenate([TARGET, np.tile([1.0, 0.0], 40)])
    groups = np.concatenate([GROUPS, np.repeat(np.arange(100, 140), 2)])
    silent = clone(QUICK).set_params(monotone=False)
    counted = clone(silent).fit(values, target, groups)
    silent.fit(values, target, groups, importance=np.r_[np.ones(120), np.zeros(80)])

    assert silent.predict([[1.0, 1.0, 0.5]]) > silent.predict([[0.0, 0.0, 0.5]])
    assert counted.predict([[1.0, 1.0, 0.5]]) < counted.predict([[0.0, 0.0, 0.5]])


def test_importance_of_nothing_at_all_leaves_all_equal():
    model = clone(QUICK).fit(VALUES, TARGET, GROUPS, importance=np.zeros(120))

    assert set(model.predict(VALUES)) == {0.5}
    assert model.n_iter_ == 0


@pytest.mark.parametrize("target", [np.zeros(120), np.full(120, 3.0), GROUPS.astype(float)])
def test_groups_without_a_preference_teach_nothing(target):
    assert set(clone(QUICK).fit(VALUES, target, GROUPS).predict(VALUES)) == {0.5}


def test_only_the_order_of_the_targets_counts():
    grades = np.random.default_rng(2).integers(0, 4, 120)
    one = clone(QUICK).fit(VALUES, grades, GROUPS)
    other = clone(QUICK).fit(VALUES, 10.0**grades - 50, GROUPS)

    assert np.array_equal(one.predict(VALUES), other.predict(VALUES))


def test_a_batch_scores_as_its_rows_do_alone():
    together = FITTED.predict(VALUES)

    assert together.tolist() == [float(FITTED.predict(row[None])[0]) for row in VALUES]
    plain = Learned.of("x", ("a", "b", "c"), FITTED)
    np.testing.assert_allclose(score(plain, VALUES), together, rtol=0, atol=1e-12)


@pytest.mark.parametrize("gaps", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("bins", [1, 2, 8, 50])
def test_scores_fill_their_bounds_for_any_number_of_bins(gaps, bins):
    values, target, groups = rows(gaps=gaps, seed=4)
    model = AdditiveRanker(bins=bins, max_iter=40).fit(values, target, groups)
    low = sum(min(*heights, gone) for heights, gone in zip(model.heights_, model.missing_, strict=True))
    high = sum(max(*heights, gone) for heights, gone in zip(model.heights_, model.missing_, strict=True))

    assert all(len(knots) <= bins + 1 for knots in model.knots_)
    if gaps == 1.0:
        assert (model.base_, low, high) == (0.5, 0.0, 0.0)
    else:
        assert model.base_ + low == pytest.approx(0.0, abs=1e-9)
        assert model.base_ + high == pytest.approx(1.0, abs=1e-9)


def test_terms_are_centred_on_what_was_learnt_from():
    terms = FITTED.contributions(VALUES)

    assert np.abs(terms.mean(axis=0)).max() < 1e-9


def test_beyond_the_values_seen_a_curve_stays_level():
    ends = [(knots[0], knots[-1]) for knots in FITTED.knots_]
    low, high = (FITTED.contributions([[side[i] for side in ends]]) for i in (0, 1))

    assert np.array_equal(FITTED.contributions(np.full((1, 3), -1e9)), low)
    assert np.array_equal(FITTED.contributions(np.full((1, 3), 1e9)), high)


def test_it_works_in_a_pipeline_and_survives_being_kept():
    line = make_pipeline(FunctionTransformer(lambda x: x * 2), clone(QUICK))
    line.fit(VALUES, TARGET, additiveranker__groups=GROUPS)
    plain = clone(QUICK).fit(VALUES * 2, TARGET, GROUPS)

    assert np.array_equal(line.predict(VALUES), plain.predict(VALUES * 2))
    again = pickle.loads(pickle.dumps(plain))
    assert np.array_equal(again.predict(VALUES), plain.predict(VALUES))


def test_its_settings_can_be_searched():
    def right(model, values, target):
        chosen = target > 0
        return float(np.nanmean(model.predict(values)[chosen]) - model.predict(values)[~chosen].mean())

    search = GridSearchCV(clone(QUICK), {"bins": [1, 3]}, scoring=right, cv=GroupKFold(3))
    search.fit(VALUES, TARGET, groups=GROUPS)

    assert (search.cv_results_["mean_test_score"] > 0.1).all()
    assert search.best_estimator_.n_features_in_ == 3


@pytest.mark.parametrize("seed", [0, 7, None])
def test_without_sampling_no_seed_matters(seed):
    other = clone(QUICK).set_params(random_state=seed).fit(VALUES, TARGET, GROUPS)

    assert np.array_equal(other.predict(VALUES), FITTED.predict(VALUES))


def everything_below(kind):
    return {kind}.union(*(everything_below(one) for one in kind.__subclasses__()))


def test_every_estimator_of_ours_is_held_to_the_contract():
    """A new one fails here until the checks above name it."""
    for module in pkgutil.walk_packages(matching.__path__, "matching."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    ours = {kind for kind in everything_below(BaseEstimator) if kind.__module__.startswith("matching.")}

    assert ours == {AdditiveRanker}
