"""Surfaces over two features: their heights, and rankers that hold some."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import artifacts, explain
from matching.features.arrays import Pairs
from matching.features.registry import REGISTRY, extract
from matching.rankers.base import contributions, pair_name, score, side_of
from matching.rankers.learned import AdditiveRanker, Learned
from matching.rankers.surface import Surface, basis
from matching.retrieval import full_scores
from matching.training.dataset import Examples
from matching.training.fit import FEWEST_FOR_SURFACES, fit
from matching.two_sided import both_matrices
from tests.matching.builders import position, student
from tests.matching.test_artifacts import CARD

PLAIN = Surface(0, 1, (0.0, 0.5, 1.0), (0.0, 1.0), ((0.2,), (0.4,)), 0.1)
UNIT = st.floats(0, 1)


@pytest.mark.parametrize(
    ("first", "second", "height"),
    [
        (0.0, 1.0, -0.1),
        (0.5, 1.0, 0.1),
        (1.0, 1.0, 0.5),
        (1.0, 0.5, 0.2),
        (0.75, 1.0, 0.3),
        (9.0, 9.0, 0.5),
        (-1.0, 1.0, -0.1),
        (np.nan, 1.0, 0.0),
        (1.0, np.nan, 0.0),
    ],
)
def test_heights_by_hand(first, second, height):
    assert PLAIN.at(np.array([first]), np.array([second]))[0] == pytest.approx(height, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.floats(-1, 1), min_size=2, max_size=2), min_size=3, max_size=3), st.floats(-1, 1))
def test_no_point_lies_beyond_the_bounds_and_both_are_reached(weights, shift):
    one = Surface(0, 1, (0.0, 0.3, 0.6, 1.0), (0.0, 0.4, 1.0), tuple(map(tuple, weights)), shift)
    grid = np.linspace(0, 1, 31)
    first, second = (side.ravel() for side in np.meshgrid(grid, grid))
    heights = np.append(one.at(first, second), 0.0)
    low, high = one.bounds()

    assert low - 1e-9 <= heights.min()
    assert heights.max() <= high + 1e-9
    corners = one.at(*(side.ravel() for side in np.meshgrid((0.0, 0.3, 0.6, 1.0), (0.0, 0.4, 1.0))))
    assert min(corners.min(), 0.0) == pytest.approx(low, abs=1e-9)
    assert max(corners.max(), 0.0) == pytest.approx(high, abs=1e-9)


def test_the_basis_times_the_weights_is_the_height():
    random = np.random.default_rng(0)
    values = random.random((40, 2))
    cells = basis(values[:, 0], values[:, 1], PLAIN.rows, PLAIN.columns)

    assert cells.shape == (40, 2)
    assert cells @ [0.2, 0.4] - 0.1 == pytest.approx(PLAIN.at(values[:, 0], values[:, 1]), abs=1e-12)
    assert basis(np.array([np.nan]), np.array([0.5]), PLAIN.rows, PLAIN.columns).tolist() == [[0.0, 0.0]]
    assert basis(np.ones(3), np.ones(3), (1.0,), (0.0, 1.0)).shape == (3, 0)


def both_needed(lists=150, *, seed=0):
    """The second feature counts only where the first is high: no sum of curves orders all of them rightly."""
    values = np.random.default_rng(seed).random((lists * 10, 2))
    worth = values[:, 0] + 3 * (values[:, 0] > 0.5) * values[:, 1]
    return values, worth, np.repeat(np.arange(lists), 10)


def right(model, rows):
    """Share of pairs of one list in the right order."""
    values, worth, _ = rows
    said, true = (side.reshape(-1, 10) for side in (model.predict(values), worth))
    agree = np.sign(said[:, :, None] - said[:, None, :]) == np.sign(true[:, :, None] - true[:, None, :])
    return float(agree[:, *np.triu_indices(10, 1)].mean())


def test_a_surface_learns_what_curves_cannot():
    learn, fresh = both_needed(150), both_needed(150, seed=5)
    plain = AdditiveRanker(bins=4).fit(*learn)
    with_surface = AdditiveRanker(bins=4, surfaces=[(0, 1)], pair_bins=4).fit(*learn)

    assert right(with_surface, fresh) > right(plain, fresh) + 0.01


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.booleans(), st.sampled_from([0.0, 0.4]))
def test_contributions_of_surfaces_add_up_and_scores_stay_within_bounds(seed, monotone, gaps):
    values, target, groups = both_needed(20, seed=seed)
    values[np.random.default_rng(seed).random(values.shape) < gaps] = np.nan
    model = AdditiveRanker(monotone=monotone, surfaces=[(0, 1), (1, 0)]).fit(values, target, groups)
    anything = np.vstack([values, [[np.nan, 1], [7, 7], [-7, 7]]])
    terms = model.contributions(anything)
    sums = model.base_ + terms.sum(axis=1)

    assert terms.shape[1] == 4
    assert np.abs(sums - model.predict(anything)).max() < 1e-9
    assert sums.min() > -1e-9
    assert sums.max() < 1 + 1e-9


@settings(max_examples=20, deadline=None)
@given(UNIT, UNIT, UNIT)
def test_a_surface_between_rising_curves_rises(low, high, other):
    model = RISING
    low, high = sorted((low, high))

    assert model.predict([[high, other]])[0] >= model.predict([[low, other]])[0] - 1e-12
    assert model.predict([[other, high]])[0] >= model.predict([[other, low]])[0] - 1e-12


RISING = AdditiveRanker(surfaces=[(0, 1)]).fit(*both_needed(60))


def ranker():
    """Nothing but a surface of occupation and place, and one of place and skills."""
    names = tuple(REGISTRY)
    count = len(names)
    at = names.index
    return Learned(
        "additive-0001", names, 0.5, ((0.0, 1.0),) * count, ((0.0, 0.0),) * count, (0.0,) * count,
        (
            Surface(at("occupation"), at("place"), (0.0, 1.0), (0.0, 1.0), ((0.2,),), 0.05),
            Surface(at("skills_covered"), at("place"), (0.0, 1.0), (0.0, 1.0), ((0.1,),), 0.0),
        ),
    )  # fmt: skip


def test_every_path_scores_surfaces_alike():
    one = ranker()
    people = [
        student(id=1),
        student(id=2, wanted_cities=()),
        student(id=3, wanted_occupations=("2-02-99-01",)),
    ]
    offers = [position(id=1), position(id=2, city_code="110000"), position(id=3, skills=())]
    scores = full_scores(one, people, offers, None)

    assert scores[0].tolist() == pytest.approx([0.5 + 0.15 + 0.05, 0.5 - 0.05, 0.5 + 0.15], abs=1e-12)
    assert scores[1].tolist() == [0.5, 0.5, 0.5]
    together, _ = both_matrices(one, people, offers)
    assert np.allclose(together, scores, atol=1e-12)
    assert contributions(one, np.full((2, len(REGISTRY)), np.nan)).shape == (2, len(REGISTRY) + 2)
    assert score(one, np.full(len(REGISTRY), np.nan)) == 0.5


def test_a_surface_speaks_for_the_side_both_its_features_have():
    one = ranker()

    assert side_of(one, ("occupation", "place")) == "student"
    assert side_of(one, ("skills_covered", "place")) == "mixed"
    assert side_of(one, ("skills_covered", "mutual_interest")) == "company"
    assert side_of(one, ("mutual_interest",)) == "both"
    assert [pair_name(one, index) for index in (0, 1)] == ["occupation × place", "skills_covered × place"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ("职业意向与工作地点同时符合", "Occupation and Place fit together")),
        (
            {"wanted_cities": ("110000",)},
            ("职业意向与工作地点未能同时符合", "Occupation and Place do not fit together"),
        ),
        (
            {"wanted_cities": ()},
            (
                "职业意向与工作地点：资料不足，按中性计",
                "Occupation and Place together: not given, counted as neutral",
            ),
        ),
    ],
)
def test_surfaces_have_reasons_in_both_languages(changes, words):
    person = student(**changes)
    values = extract(Pairs([person], [position()]), tuple(REGISTRY))[0, 0]
    match = explain.to_match(ranker(), person, position(), values)
    reason = next(r for r in match.reasons if r.feature == "occupation × place")

    assert (reason.zh, reason.en) == words
    assert abs(sum(r.contribution for r in match.reasons) - match.score) < 1e-9
    # A recruiter reads nothing of a pair that holds a wish.
    seen = {r.feature for r in explain.for_recruiter(match).reasons}
    assert not {name for name in seen if "place" in name}


def test_a_file_holds_surfaces_bit_by_bit(tmp_path):
    path = artifacts.write(tmp_path, CARD, ranker())

    assert artifacts.read(path) == (CARD, ranker())


def showings(people, *, together, seed=0):
    """Two made-up things each; the better is chosen, by both features together or by their sum."""
    values = np.random.default_rng(seed).random((people * 2, 2))
    first, second = values.T
    worth = (0.1 * first + np.maximum(first - 0.5, 0) * second if together else first + second).reshape(-1, 2)
    chosen = (worth == worth.max(axis=1, keepdims=True)).astype(float).ravel()
    who = np.repeat(np.arange(people), 2)
    return Examples(("occupation", "place"), values, chosen, who, who, np.zeros(people * 2))


@pytest.mark.parametrize(
    ("rows", "chosen"),
    [
        (showings(FEWEST_FOR_SURFACES + 450, together=True), ((0, 1),)),
        (showings(FEWEST_FOR_SURFACES + 450, together=False), ()),
        (showings(FEWEST_FOR_SURFACES - 1, together=True), ()),
    ],
)
def test_training_chooses_a_surface_only_where_it_helps(rows, chosen):
    assert fit(rows, name="x", seed=0).pairs == chosen


def test_a_column_that_never_varies_gets_no_surface():
    rows = showings(FEWEST_FOR_SURFACES + 50, together=True)
    rows.values[:, 1] = np.where(rows.values[:, 1] > 0.5, np.nan, 1.0)

    assert fit(rows, name="x", seed=0).pairs == ()
