"""What stood higher was seen more: estimated, and taken out, on simulated clicks whose truth is known."""

import numpy as np
import pytest
from scipy.stats import spearmanr

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


@pytest.mark.parametrize("fading", [0.0, 0.3, 0.7, 1.5])
def test_what_was_liked_counts_alike_wherever_it_stood(fading):
    """The idea itself: choices times what they count, per place, are the same all the way down."""
    random = np.random.default_rng(3)
    places = np.tile(np.arange(1, 7), 20_000)
    seen = random.random(len(places)) < looked_at(places, fading)
    liked = random.random(len(places)) < 0.3
    counted = np.bincount(places, (seen & liked) * importance(looked_at(places, fading)))[1:]

    assert counted / 20_000 == pytest.approx(np.full(6, 0.3), abs=0.03)
    plain = np.bincount(places, seen & liked)[1:] / 20_000
    assert bool(plain[5] < 0.24) is (fading > 0.1)


@pytest.mark.parametrize("fading", [0.0, 0.7, 2.0])
def test_attention_falls_from_place_to_place_and_what_a_choice_counts_rises(fading):
    chances = looked_at(np.arange(1, 200), fading)

    assert chances[0] == 1.0
    assert np.all(np.diff(chances) <= 0)
    assert np.all(np.diff(importance(chances)) >= 0)
    assert importance(chances).max() <= MOST
    assert importance(chances).min() == 1.0


@pytest.mark.parametrize("truth", [0.6, 1.2])
def test_rows_whose_place_is_not_known_do_not_disturb_the_estimate(truth):
    values, chosen, places, groups = clicks(4000, fading=truth)
    hidden = np.random.default_rng(1).random(len(places)) < 0.5
    found = estimated_fading(np.where(hidden, 0, places), chosen, values[:, 0])

    assert found == pytest.approx(truth, abs=0.15)
    assert found == estimated_fading(places[~hidden], chosen[~hidden], values[~hidden, 0])
    assert len(np.unique(groups)) == 4000


def test_how_much_a_choice_is_worth_does_not_move_the_estimate():
    """Fading is about looking: whether somebody applied or was hired says nothing of the place."""
    values, chosen, places, _ = clicks(3000, fading=0.8)
    deeds = np.random.default_rng(2).choice([1.0, 4.0, 8.0], len(chosen))

    assert estimated_fading(places, chosen * deeds, values[:, 0]) == estimated_fading(
        places, chosen, values[:, 0]
    )


def test_a_liking_that_is_the_same_for_all_takes_places_as_they_are():
    """Where things are placed by lot even a score that tells nothing finds the fading."""
    random = np.random.default_rng(4)
    places = np.tile(np.arange(1, 11), 3000)
    chosen = (random.random(len(places)) < 0.3 * looked_at(places, 0.9)).astype(float)

    assert estimated_fading(places, chosen, np.zeros(len(places))) == pytest.approx(0.9, abs=0.1)


def test_a_good_order_is_not_taken_for_fading():
    """The best stands on top and is chosen most because it is liked: a score that knows the liking tells it apart,
    one that does not (the control) takes all of it for the place."""
    random = np.random.default_rng(5)
    liking = -np.sort(-random.random((6000, 8)), axis=1)
    places = np.tile(np.arange(1, 9), 6000)
    chosen = (random.random(liking.shape) < liking**2).ravel().astype(float)

    assert estimated_fading(places, chosen, liking.ravel()) == pytest.approx(0.0, abs=0.1)
    assert estimated_fading(places, chosen, np.zeros(len(places))) > 0.5


@pytest.mark.parametrize("choices", [FEWEST_CHOICES - 1, FEWEST_CHOICES])
def test_so_many_choices_are_needed(choices):
    values, chosen, places, _ = clicks(4000, fading=1.0)
    few = np.zeros(len(chosen))
    few[np.flatnonzero(chosen)[:choices]] = 1

    assert (estimated_fading(places, few, values[:, 0]) is None) is (choices < FEWEST_CHOICES)


def order_learnt(fading, counts, *, seed):
    """Spearman's correlation of what is learnt with the truth, over fresh things."""
    values, chosen, places, groups = clicks(800, fading=fading, seed=seed)
    weights = None if counts is None else importance(looked_at(places, counts))
    model = AdditiveRanker(bins=4).fit(values, chosen, groups, weights)
    fresh = np.random.default_rng(9).random((400, 2))
    return float(spearmanr(model.predict(fresh), fresh[:, 0])[0])


@pytest.mark.parametrize("seed", [0, 1])
def test_the_true_order_comes_back_with_weights_and_not_without(seed):
    """Control: counting plainly, and counting by half of the true fading, both learn what stood on top as well."""
    plain, half, right = (order_learnt(1.2, counts, seed=seed) for counts in (None, 0.6, 1.2))

    assert plain < half < right
    assert right > 0.93
    assert plain < right - 0.05


def test_without_any_fading_weights_change_nothing():
    values, chosen, places, groups = clicks(400, fading=0.0)
    weights = importance(looked_at(places, 0.0))
    one, other = (AdditiveRanker(bins=3).fit(values, chosen, groups, counts) for counts in (None, weights))

    assert one.predict(values) == pytest.approx(other.predict(values), abs=1e-12)
