"""The arrays of all pairs say what a plain reading of one pair says, for every feature and everything sayable."""

from datetime import date
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.features.arrays import Columns, Pairs
from matching.features.registry import REGISTRY, extract
from matching.rankers.baseline import Baseline
from tests.matching.reference import REFERENCE
from tests.matching.worlds import DAYS, POSITIONS, STUDENTS, WIDE, world

NAMES = tuple(REGISTRY)
DAY = date(2026, 5, 1)
# Vectors are whole steps; an encoder that reads several texts at once may end one step beside where it ends alone.
EXACT = dict.fromkeys(NAMES, 1e-9) | {"meaning": 2e-3, "headline_meaning": 2e-3}


def told(name, people, offers, on):
    rows = [[REFERENCE[name](one, other, on) for other in offers] for one in people]
    return np.array([[np.nan if value is None else value for value in row] for row in rows])


def test_the_reference_tells_every_feature_and_no_other():
    assert set(REFERENCE) == set(NAMES) == set(Baseline().features)


@cache
def crowd():
    return world(40, 40, seed=7)


@pytest.mark.parametrize("name", NAMES)
def test_arrays_equal_the_plain_reading(name):
    people, offers = crowd()
    found = extract(Pairs(people, offers, DAY), (name,))[:, :, 0]

    np.testing.assert_allclose(found, told(name, people, offers, DAY), rtol=0, atol=EXACT[name])
    # Every feature is missing for some and tells the others apart, or the comparison means little.
    assert len(np.unique(found[~np.isnan(found)].round(6))) >= 2
    assert np.isnan(found).any() == (name not in {"education", "experience"})


@WIDE
@given(STUDENTS, POSITIONS, st.sampled_from(DAYS))
def test_any_pair_reads_as_told_and_stays_between_zero_and_one(one, other, on):
    found = dict(zip(NAMES, extract(Pairs([one], [other], on), NAMES)[0, 0], strict=True))

    for name, value in found.items():
        expected = REFERENCE[name](one, other, on)
        assert np.isnan(value) if expected is None else abs(value - expected) <= EXACT[name], name
        assert not value < 0, name
        assert not value > 1, name


@pytest.mark.parametrize("seed", range(3))
def test_arrays_kept_under_a_name_are_never_taken_for_another(seed):
    """All features share the columns; one read after all others says the same as one read first."""
    people, offers = world(6, 6, seed=seed)
    left, right = Columns(people), Columns(offers)
    forth = extract(Pairs(left, right, DAY), NAMES)
    back = extract(Pairs(left, right, DAY), NAMES[::-1])[:, :, ::-1]
    fresh = np.stack([extract(Pairs(people, offers, DAY), (name,))[:, :, 0] for name in NAMES], axis=-1)

    assert np.array_equal(forth, back, equal_nan=True)
    assert np.array_equal(forth, fresh, equal_nan=True)
    # The day is no part of what is kept: the same columns answer for another one.
    later = date(2026, 6, 1)
    assert np.array_equal(
        extract(Pairs(left, right, later), NAMES),
        extract(Pairs(people, offers, later), NAMES),
        equal_nan=True,
    )


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_rows_is_the_order_of_values(seed):
    people, offers = world(9, 11, seed=seed)
    random = np.random.default_rng(seed)
    rows, columns = random.permutation(9), random.permutation(11)
    straight = extract(Pairs(people, offers, DAY), NAMES)
    mixed = extract(Pairs([people[i] for i in rows], [offers[j] for j in columns], DAY), NAMES)

    assert np.array_equal(mixed, straight[np.ix_(rows, columns)], equal_nan=True)


@pytest.mark.parametrize("seed", range(2))
def test_one_pair_alone_has_the_values_it_has_among_many(seed):
    people, offers = world(4, 5, seed=seed)
    together = extract(Pairs(people, offers, DAY), NAMES)
    alone = [[extract(Pairs([one], [other], DAY), NAMES)[0, 0] for other in offers] for one in people]

    np.testing.assert_allclose(together, np.array(alone), rtol=0, atol=1e-12)


def _changed(row, change):
    told_in_words = {name: change(value) for name, value in vars(row).items() if isinstance(value, tuple)}
    return type(row)(**{**vars(row), **told_in_words})


@pytest.mark.parametrize(
    "change",
    [
        lambda held: held[::-1],
        lambda held: held + held,
        lambda held: tuple(sorted(held, key=str)),
    ],
    ids=["backwards", "twice", "sorted"],
)
def test_words_said_twice_or_in_other_order_change_nothing(change):
    people, offers = world(15, 15, seed=3)
    plain = extract(Pairs(people, offers, DAY), NAMES)
    turned = Pairs([_changed(one, change) for one in people], [_changed(one, change) for one in offers], DAY)

    np.testing.assert_allclose(extract(turned, NAMES), plain, rtol=0, atol=1e-12)


def test_ids_and_the_day_of_closing_say_nothing_about_fit():
    people, offers = world(10, 10, seed=5)
    plain = extract(Pairs(people, offers, DAY), NAMES)
    renamed = [type(one)(**{**vars(one), "id": 900 - one.id}) for one in people]
    moved = [type(one)(**{**vars(one), "id": 900 - one.id, "closes_on": date(2027, 1, 1)}) for one in offers]

    assert np.array_equal(extract(Pairs(renamed, moved, DAY), NAMES), plain, equal_nan=True)


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_nobody_or_nothing_has_a_shape_all_the_same(shape):
    people, offers = world(*shape, seed=1)

    assert extract(Pairs(people, offers, DAY), NAMES).shape == (*shape, len(NAMES))
    assert extract(Pairs(people, offers, DAY), ()).shape == (*shape, 0)


def test_an_unknown_name_is_refused():
    with pytest.raises(KeyError, match="shoe_size"):
        extract(Pairs(*world(1, 1, seed=1)), ("place", "shoe_size"))
