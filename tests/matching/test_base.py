"""Terms of any ranker: what they add up to, whose they are, and the weighted rules by hand."""

import numpy as np
import pytest

from matching.features.arrays import Pairs
from matching.features.registry import REGISTRY, extract
from matching.rankers.base import SIDES, add_terms, contributions, pair_name, score, side_of
from matching.rankers.baseline import NEUTRAL, Baseline
from matching.rankers.surface import Surface
from matching.retrieval import full_scores
from tests.matching.models import DAY, NAMES, RANKERS, flat, trained
from tests.matching.worlds import world

SIDE = {name: one.side for name, one in REGISTRY.items()}
OF_COMPANY = {
    "skills_covered", "skills_shared", "skills_level", "skills_wanted", "skills_taught", "major", "major_family",
    "education", "certificates", "experience", "availability",
}  # fmt: skip


def test_what_a_company_asks_for_is_its_side_and_the_rest_the_students():
    assert {name for name, side in SIDE.items() if side == "company"} == OF_COMPANY
    assert {name for name, side in SIDE.items() if side == "both"} == {"mutual_interest"}
    assert set(SIDE.values()) <= set(SIDES)


@pytest.mark.parametrize("first", ["place", "education", "mutual_interest"])
@pytest.mark.parametrize("second", ["place", "education", "mutual_interest"])
def test_two_features_speak_for_the_side_they_agree_on(first, second):
    """Of both sides counts for either; of two different ones for neither."""
    sides = {SIDE[first], SIDE[second]} - {"both"} or {"both"}
    expected = sides.pop() if len(sides) == 1 else "mixed"

    assert side_of(trained(), (first, second)) == expected


@pytest.mark.parametrize("kind", RANKERS)
@pytest.mark.parametrize("shape", [(), (1,), (7,), (3, 4), (2, 0), (2, 3, 2)])
def test_contributions_have_a_term_per_feature_and_pair_whatever_the_shape(kind, shape):
    ranker = RANKERS[kind]()
    values = np.random.default_rng(1).random((*shape, len(NAMES)))
    values[values < 0.2] = np.nan
    terms = contributions(ranker, values)

    assert terms.shape == (*shape, len(NAMES) + len(ranker.pairs))
    assert not np.isnan(terms).any()
    assert score(ranker, values).shape == shape
    np.testing.assert_allclose(
        score(ranker, values), np.clip(ranker.base + terms.sum(axis=-1), 0, 1), rtol=0, atol=1e-12
    )


@pytest.mark.parametrize("kind", RANKERS)
@pytest.mark.parametrize("count", [0, 1, len(NAMES) - 1, len(NAMES) + 1])
def test_values_of_another_list_of_features_are_refused(kind, count):
    with pytest.raises(ValueError, match=f"{count} values given for {len(NAMES)} features"):
        contributions(RANKERS[kind](), np.zeros((2, count)))
    with pytest.raises(ValueError, match=f"{count} values given for {len(NAMES)} features"):
        score(RANKERS[kind](), np.zeros(count))


@pytest.mark.parametrize("kind", RANKERS)
def test_no_term_lies_beyond_its_bounds_and_both_ends_are_reached(kind):
    ranker = RANKERS[kind]()
    grid = np.append(np.linspace(0, 1, 101), np.nan)
    ends = [
        np.unique(np.append(grid, ranker.knots[index] if kind == "learned" else []))
        for index in range(len(NAMES))
    ]

    for index in range(len(NAMES)):
        low, high = ranker.bounds(index)
        terms = ranker.term(index, ends[index])
        assert terms.min() == pytest.approx(low, abs=1e-12)
        assert terms.max() == pytest.approx(high, abs=1e-12)
    for index, (first, second) in enumerate(ranker.pairs):
        low, high = ranker.pair_bounds(index)
        heights = ranker.pair_term(index, *np.meshgrid(ends[first], ends[second]))
        assert heights.min() == pytest.approx(low, abs=1e-12)
        assert heights.max() == pytest.approx(high, abs=1e-12)


@pytest.mark.parametrize("kind", RANKERS)
def test_the_bounds_of_all_terms_lie_within_zero_and_one(kind):
    """So no score is ever cut, and reasons can always add up to it."""
    ranker = RANKERS[kind]()
    bounds = [ranker.bounds(i) for i in range(len(NAMES))]
    bounds += [ranker.pair_bounds(i) for i in range(len(ranker.pairs))]

    assert ranker.base + sum(low for low, _ in bounds) > -1e-9
    assert ranker.base + sum(high for _, high in bounds) < 1 + 1e-9


@pytest.mark.parametrize("kind", RANKERS)
def test_totals_by_side_sum_to_the_score_of_every_path(kind):
    ranker = RANKERS[kind]()
    people, offers = world(9, 13, seed=2)
    pairs = Pairs(people, offers, DAY)
    totals = {side: np.zeros(pairs.shape) for side in SIDES}
    add_terms(ranker, pairs, totals)
    values = extract(pairs, NAMES)
    terms = contributions(ranker, values)

    np.testing.assert_allclose(
        ranker.base + sum(totals.values()), full_scores(ranker, people, offers, DAY), rtol=0, atol=1e-9
    )
    np.testing.assert_allclose(
        score(ranker, values), full_scores(ranker, people, offers, DAY), rtol=0, atol=1e-9
    )
    for side in SIDES:
        own = [i for i, name in enumerate(NAMES) if SIDE[name] == side]
        own += [
            len(NAMES) + i
            for i, couple in enumerate(ranker.pairs)
            if side_of(ranker, [NAMES[place] for place in couple]) == side
        ]
        np.testing.assert_allclose(totals[side], terms[..., own].sum(axis=-1), rtol=0, atol=1e-9)


def test_one_array_named_for_all_sides_takes_all_terms():
    people, offers = world(3, 4, seed=2)
    total = np.full((3, 4), 0.25)
    add_terms(flat({"kind": (0, 0.1, 0.01)}), Pairs(people, offers), dict.fromkeys(SIDES, total))
    kinds = extract(Pairs(people, offers), ("kind",))[..., 0]

    assert total == pytest.approx(0.25 + np.where(np.isnan(kinds), 0.01, 0.1 * kinds), abs=1e-12)


def test_a_stand_in_is_asked_instead_of_the_feature_where_one_is_given():
    asked = []

    def compute(name):
        asked.append(name)
        return REGISTRY["experience"].compute

    ranker = flat(
        {},
        surfaces=[Surface(NAMES.index("place"), NAMES.index("kind"), (0.0, 1.0), (0.0, 1.0), ((0.1,),), 0.0)],
    )
    total = np.zeros((1, 2))
    add_terms(ranker, Pairs(*world(1, 2, seed=1)), dict.fromkeys(SIDES, total), compute=compute)

    # Once each, also where a pair of features needs it again.
    assert asked == list(NAMES)
    worth = extract(Pairs(*world(1, 2, seed=1)), ("experience",))[..., 0]
    assert total == pytest.approx(0.1 * worth**2, abs=1e-12)


def test_a_pair_is_called_by_both_names():
    assert [pair_name(trained(), i) for i in range(2)] == ["occupation × place", "skills_covered × place"]


def test_the_rules_weigh_every_feature_by_its_own_weight():
    rules = Baseline()
    whole = sum(one.weight for one in REGISTRY.values())

    assert rules.features == NAMES
    assert rules.base == NEUTRAL == 0.5
    assert sum(rules.weights) == pytest.approx(1.0, abs=1e-12)
    for index, name in enumerate(NAMES):
        share = REGISTRY[name].weight / whole
        assert rules.term(index, np.array([0.0, 0.5, 1.0, np.nan])).tolist() == pytest.approx(
            [-share / 2, 0.0, share / 2, 0.0], abs=1e-12
        )
        assert rules.bounds(index) == pytest.approx((-share / 2, share / 2), abs=1e-12)


@pytest.mark.parametrize(
    ("value", "expected"), [(1.0, 1.0), (0.0, 0.0), (0.5, 0.5), (np.nan, 0.5), (0.25, 0.25)]
)
def test_the_same_value_everywhere_is_the_score_of_the_rules(value, expected):
    assert score(Baseline(), np.full(len(NAMES), value)) == pytest.approx(expected, abs=1e-12)


def test_the_rules_have_no_pairs():
    with pytest.raises(IndexError):
        Baseline().pair_term(0, np.zeros(1), np.zeros(1))
    with pytest.raises(IndexError):
        Baseline().pair_bounds(0)
