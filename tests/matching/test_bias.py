"""What stood higher was seen more: estimated, and taken out, on simulated clicks whose truth is known."""

import numpy as np
import pytest

from matching.evaluation.metrics import mean, per_person
from matching.rankers.learned import AdditiveRanker
from matching.training.bias import FEWEST_CHOICES, MOST, estimated_fading, importance, looked_at
from matching.training.dataset import build
from matching.types import Interaction
from tests.matching.builders import position, student
from tests.matching.simulated import START

LONG = 12


def clicks(lists, *, fading, seed=0):
    """Lists ordered mostly by a feature nobody cares about; people like the other one, if they look."""
    random = np.random.default_rng(seed)
    values = random.random((lists, LONG, 2))
    order = np.argsort(-(values[:, :, 1] + 0.1 * random.random((lists, LONG))), axis=1)
    places = np.empty((lists, LONG), dtype=np.int64)
    np.put_along_axis(places, order, np.arange(1, LONG + 1)[None, :], axis=1)
    liked = random.random((lists, LONG)) < values[:, :, 0] ** 3
    seen = random.random((lists, LONG)) < looked_at(places, fading)
    groups = np.repeat(np.arange(lists), LONG)
    return values.reshape(-1, 2), (liked & seen).ravel().astype(float), places.ravel(), groups


@pytest.mark.parametrize(
    ("places", "fading", "expected"),
    [([1, 2, 4], 1.0, [1.0, 0.5, 0.25]), ([0, 9], 0.5, [1.0, 1 / 3]), ([1, 50], 0.0, [1.0, 1.0])],
)
def test_the_chance_to_be_looked_at_by_hand(places, fading, expected):
    assert looked_at(np.array(places), fading).tolist() == pytest.approx(expected)


def test_a_choice_counts_one_over_its_chance_and_never_too_much():
    assert importance(np.array([1.0, 0.5, 0.01, 0.0])).tolist() == [1.0, 2.0, MOST, MOST]


@pytest.mark.parametrize("truth", [0.0, 0.5, 1.0, 1.5])
def test_the_fading_is_found_again(truth):
    values, chosen, places, _ = clicks(4000, fading=truth)

    assert estimated_fading(places, chosen, values[:, 0]) == pytest.approx(truth, abs=0.1)


def test_too_few_choices_and_unknown_places_tell_nothing():
    values, chosen, places, _ = clicks(4000, fading=1.0)
    few = np.zeros(len(chosen))
    few[np.flatnonzero(chosen)[: FEWEST_CHOICES - 1]] = 1

    assert estimated_fading(places, few, values[:, 0]) is None
    assert estimated_fading(np.zeros_like(places), chosen, values[:, 0]) is None


def test_weighing_finds_what_people_like_where_counting_finds_what_was_on_top():
    """The truth is the first feature alone. Without weights (the control) the second, which only decided the places,
    is learnt too; with them it nearly vanishes, and the order of unseen things is closer to the truth."""
    values, chosen, places, groups = clicks(3000, fading=1.2)
    weights = importance(looked_at(places, 1.2))
    fresh = np.random.default_rng(9).random((400 * LONG, 2))
    of = np.repeat(np.arange(400), LONG)
    best = (
        fresh[:, 0].reshape(400, LONG) == fresh[:, 0].reshape(400, LONG).max(axis=1, keepdims=True)
    ).ravel()
    share, right = {}, {}
    for name, counts in (("naive", None), ("weighed", weights)):
        model = AdditiveRanker(bins=4).fit(values, chosen, groups, counts)
        spread = np.ptp(model.contributions(fresh), axis=0)
        share[name] = spread[1] / spread.sum()
        right[name] = mean(list(per_person(model.predict(fresh), best.astype(float), of, of)["auc"].values()))

    assert share["naive"] > 0.3
    assert share["weighed"] < share["naive"] / 2
    assert right["weighed"] > right["naive"] + 0.02


def test_rows_keep_places_and_what_a_choice_counts():
    offers = [position(id=1), position(id=2), position(id=3)]
    deeds = {1: "view", 3: "hired"}
    told = Interaction(student(), offers, {1, 3}, START, deeds, (1, 2, 3), (1.0, 0.8, 0.25))
    unsaid = Interaction(student(), offers, {2}, START, {}, (4, 1, 9))
    silent = Interaction(student(), offers, {2}, START)
    data = build([told, unsaid, silent], ("salary",))

    assert data.relevant.tolist() == [1, 0, 8, 0, 4, 0, 0, 4, 0]
    assert data.places.tolist() == [1, 2, 3, 4, 1, 9, 0, 0, 0]
    assert data.importance[:3].tolist() == [1.0, 1.25, 4.0]
    assert data.importance[3:].tolist() == pytest.approx([4**0.7, 1, 9**0.7, 1, 1, 1])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"places": (1,)}, "1 places given for 2"),
        ({"propensities": (1.0, 0.5, 0.2)}, "3 propensities given for 2"),
    ],
)
def test_places_of_another_length_are_refused(given, said):
    row = Interaction(student(), [position(id=1), position(id=2)], {1}, START, **given)

    with pytest.raises(ValueError, match=said):
        build([row], ("salary",))


def test_deeds_of_more_weight_are_preferred_to_lesser_ones():
    """Everything was chosen: a list that taught nothing before deeds were told apart."""
    offers = [position(id=1), position(id=2)]

    assert len(build([Interaction(student(), offers, {1, 2}, START, {1: "save"})], ("salary",)).groups) == 2
    assert len(build([Interaction(student(), offers, {1, 2}, START)], ("salary",)).groups) == 0
