"""What people did, as rows: one per thing shown, one group per showing, in the order they came."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from matching.features.arrays import Pairs
from matching.features.registry import REGISTRY, extract
from matching.training.dataset import Examples, build
from matching.two_sided import FADING
from matching.types import DEEDS, Interaction
from tests.matching.builders import position, student
from tests.matching.simulated import START, by_place, interactions

NAMES = ("salary", "place", "freshness")


def showing(who=1, ids=(1, 2, 3), chosen=(1,), day=0, **more):
    """Positions that differ in pay, and what was chosen of them."""
    offers = [position(id=n, salary_min=3000 + 500 * n, salary_max=4000 + 500 * n) for n in ids]
    return Interaction(student(id=who), offers, set(chosen), START + timedelta(days=day), **more)


def rows_of(data, group):
    return data.only(data.groups == group)


@pytest.mark.parametrize("deed", DEEDS)
def test_what_was_chosen_is_worth_its_deed(deed):
    data = build([showing(chosen=(2,), deeds={2: deed})], NAMES)

    assert data.relevant.tolist() == [0.0, DEEDS[deed], 0.0]


def test_deeds_are_weighed_in_the_order_of_what_they_say():
    assert [deed for deed, _ in sorted(DEEDS.items(), key=lambda item: item[1])] == list(DEEDS)
    assert min(DEEDS.values()) > 0


def test_a_deed_of_something_not_chosen_counts_nothing():
    data = build([showing(chosen=(2,), deeds={1: "hired", 3: "view"})], NAMES)

    assert data.relevant.tolist() == [0.0, DEEDS["apply"], 0.0]


@pytest.mark.parametrize(
    ("chosen", "deeds", "groups"),
    [
        ((), {}, []),
        ((9,), {}, []),
        ((1, 2, 3), {}, []),
        ((1, 2, 3), {1: "apply"}, []),
        ((1, 2, 3), {1: "view"}, [1, 1, 1]),
        ((1, 2), {}, [1, 1, 1]),
        ((1, 9), {}, [1, 1, 1]),
    ],
)
def test_showings_without_a_preference_leave_their_number_unused(chosen, deeds, groups):
    """The group is the place of the showing among all: what taught nothing can still be counted."""
    data = build([showing(chosen=()), showing(chosen=chosen, deeds=deeds), showing(who=5)], NAMES)

    assert data.groups.tolist() == [*groups, 2, 2, 2]
    assert data.people.tolist() == [*[1] * len(groups), 5, 5, 5]


def test_rows_stand_in_the_order_of_showings_whatever_their_days():
    days = [4, 0, 4, 2, 0]
    data = build([showing(who=n, day=day) for n, day in enumerate(days)], NAMES)

    assert data.groups.tolist() == np.repeat(np.arange(5), 3).tolist()
    assert [rows_of(data, n).at[0] for n in range(5)] == [
        (START + timedelta(days=day)).timestamp() for day in days
    ]


@pytest.mark.parametrize("count", [1, 31, 32, 33, 70])
def test_values_of_showings_read_together_are_those_of_each_alone(count):
    """More showings of one day than are worked out at once, with positions in common and others of their own."""
    rows = [
        replace(row, at=START) for row in interactions(by_place, people=count, shown=4, seed=count)
    ]  # fmt: skip
    data = build(rows, NAMES)

    assert len(np.unique(data.groups)) == count
    for number, row in enumerate(rows):
        alone = extract(Pairs([row.student], row.shown, row.at.date()), NAMES)[0]
        assert np.array_equal(rows_of(data, number).values, alone, equal_nan=True)


def test_the_day_of_the_showing_decides_how_fresh_a_position_was():
    early, late = build([showing(day=day) for day in (0, 80)], NAMES), NAMES.index("freshness")
    fresh = [rows_of(early, group).values[0, late] for group in (0, 1)]

    assert fresh[0] > fresh[1]


def test_one_position_shown_twice_in_a_list_has_two_rows():
    data = build([showing(ids=(1, 2, 1), chosen=(1,))], NAMES)

    assert data.relevant.tolist() == [4.0, 0.0, 4.0]
    assert np.array_equal(data.values[0], data.values[2], equal_nan=True)


def test_two_versions_of_one_position_keep_their_own_values():
    """It was edited between two showings of a day: each row has what the person saw then."""
    before = Interaction(student(), [position(id=1, city_code="420100"), position(id=2)], {1}, START)
    after = replace(before, shown=[position(id=1, city_code="110000"), position(id=2)])
    data = build([before, after], ("place",))

    assert rows_of(data, 0).values[0, 0] > rows_of(data, 1).values[0, 0]


@pytest.mark.parametrize(
    ("places", "propensities", "importance"),
    [
        ((), (), [1.0, 1.0, 1.0]),
        ((1, 2, 4), (), [1.0, 2**FADING, 4**FADING]),
        ((0, 2, 0), (), [1.0, 2**FADING, 1.0]),
        ((1, 2, 4), (1.0, 0.5, 0.2), [1.0, 2.0, 5.0]),
        ((), (1.0, 0.5, 0.001), [1.0, 2.0, 20.0]),
        ((1, 1, 1000), (), [1.0, 1.0, 20.0]),
    ],
)
def test_a_choice_counts_one_over_the_chance_that_was_recorded_or_that_its_place_tells(
    places, propensities, importance
):
    data = build([showing(places=places, propensities=propensities)], NAMES)

    assert data.importance.tolist() == pytest.approx(importance)
    assert data.places.tolist() == list(places or (0, 0, 0))


@pytest.mark.parametrize("name", ["places", "propensities"])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_lists_of_another_length_are_refused_even_far_down(name, count):
    rows = [showing(), showing(**{name: (1,) * count})]

    with pytest.raises(ValueError, match=f"{count} {name} given for 3 shown positions"):
        build(rows, NAMES)


def test_columns_stand_as_they_were_asked_for():
    rows = [showing(), showing(who=2, chosen=(3,))]
    both, turned = build(rows, ("salary", "place")), build(rows, ("place", "salary"))

    assert np.array_equal(both.values, turned.values[:, ::-1], equal_nan=True)
    assert build(rows, tuple(REGISTRY)).values.shape == (6, len(REGISTRY))


def test_rows_are_kept_by_a_mask_with_all_that_belongs_to_them():
    data = build([showing(who=n, places=(1, 2, 3)) for n in range(4)], NAMES)
    kept = data.only(data.people > 1)

    assert kept.people.tolist() == [2, 2, 2, 3, 3, 3]
    assert kept.places.tolist() == [1, 2, 3, 1, 2, 3]
    assert kept.values.shape == (6, 3)
    assert len(kept.importance) == len(kept.at) == len(kept.relevant) == len(kept.groups) == 6
    assert data.only(data.people > 9).values.shape == (0, 3)


def test_rows_without_places_stay_without():
    plain = Examples(NAMES, np.zeros((2, 3)), np.zeros(2), np.zeros(2, int), np.zeros(2, int), np.zeros(2))
    kept = plain.only(np.array([True, False]))

    assert (kept.places, kept.importance) == (None, None)
    assert kept.weighed(np.array([3.0])).importance.tolist() == [3.0]
    assert kept.importance is None


DATA = build([showing(who=n, places=(1, 2, 3)) for n in range(3)], NAMES)


@pytest.mark.parametrize(
    "other",
    [
        replace(DATA, features=("salary", "place", "fresh")),
        replace(DATA, values=DATA.values + 1e-12),
        replace(DATA, relevant=DATA.relevant[::-1].copy()),
        replace(DATA, groups=DATA.groups + 1),
        replace(DATA, people=DATA.people[::-1].copy()),
        replace(DATA, at=DATA.at + 1),
        replace(DATA, places=DATA.places + 1),
        replace(DATA, places=None),
        DATA.weighed(DATA.importance * 2),
        DATA.only(DATA.people > 0),
    ],
)
def test_the_hash_tells_any_other_rows(other):
    assert DATA.hash() != other.hash()
    assert len(other.hash()) == 64
    assert DATA.hash() == replace(DATA, values=DATA.values.copy()).hash()


def test_the_hash_is_of_the_numbers_and_not_of_how_they_lie_in_memory():
    assert replace(DATA, values=np.asfortranarray(DATA.values)).hash() == DATA.hash()


@pytest.mark.parametrize(("rows", "told"), [(0, []), (499, []), (500, []), (501, ["500 showings read"])])
def test_progress_is_told_now_and_then(rows, told):
    said = []
    build([showing(chosen=())] * rows, NAMES, said.append)

    assert said == told


def test_a_stream_is_read_once():
    data = build((showing(who=n) for n in range(3)), NAMES)

    assert np.unique(data.people).tolist() == [0, 1, 2]
