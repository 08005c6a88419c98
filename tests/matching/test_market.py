"""How things stand around a position, by hand over the whole range."""

from datetime import date, timedelta

import numpy as np
import pytest

from matching.features.arrays import Pairs
from matching.features.registry import extract
from tests.matching.builders import position, student

DAY = date(2026, 5, 1)


def value(name, one, other, on=None):
    found = extract(Pairs([student(**one)], [position(**other)], on), [name])[0, 0, 0]
    return None if np.isnan(found) else pytest.approx(float(found), abs=1e-12)


@pytest.mark.parametrize("openings", [-1, 0, 1, 2, 50])
@pytest.mark.parametrize("applicants", [-3, 0, 1, 10, 500])
def test_competition_is_the_share_of_openings(openings, applicants):
    """An impossible count of applicants is none; without openings nothing can be said."""
    expected = openings / (openings + max(applicants, 0)) if openings > 0 else None

    assert value("competition", {}, {"openings": openings, "applicants": applicants}) == expected


@pytest.mark.parametrize(
    ("age", "expected"),
    [(-30, 1.0), (0, 1.0), (1, 89 / 90), (45, 0.5), (89, 1 / 90), (90, 0.0), (91, 0.0), (1000, 0.0)],
)
def test_freshness_fades_over_ninety_days(age, expected):
    published = DAY - timedelta(days=age)

    assert value("freshness", {}, {"published_on": published}, DAY) == expected
    assert value("freshness", {}, {"published_on": published}) is None


def test_freshness_needs_a_day_of_publication():
    assert value("freshness", {}, {"published_on": None}, DAY) is None


@pytest.mark.parametrize(
    ("rate", "expected"), [(None, None), (-0.5, 0.0), (0.0, 0.0), (0.3, 0.3), (1.0, 1.0), (1.7, 1.0)]
)
def test_responsiveness_is_the_rate_within_its_bounds(rate, expected):
    assert value("responsiveness", {}, {"response_rate": rate}) == expected


@pytest.mark.parametrize(
    ("noticed_by", "follows", "company", "expected"),
    [
        ((), (), 3, 0.0),
        ((3,), (), 3, 0.5),
        ((), (3,), 3, 0.5),
        ((3,), (3,), 3, 1.0),
        ((3, 3), (), 3, 0.5),
        ((1, 2, 3), (4, 5), 3, 0.5),
        ((1,), (2,), 3, 0.0),
        # Companies are whole numbers, not beginnings of numbers.
        ((3,), (30,), 33, 0.0),
        ((3,), (3,), 0, None),
        # The number 0 is no company: it turns to nobody.
        ((0,), (0,), 0, None),
        ((0,), (0,), 3, 0.0),
    ],
)
def test_mutual_interest_is_half_for_either_side(noticed_by, follows, company, expected):
    one = {"noticed_by": noticed_by, "follows": follows}

    assert value("mutual_interest", one, {"company_id": company}) == expected


def test_what_stands_around_a_position_is_the_same_for_everybody():
    people = [student(id=1), student(id=2, salary_floor=None, wanted_cities=(), text="", major="会计")]
    offers = [position(id=n, openings=n, applicants=2 * n, response_rate=n / 4) for n in range(4)]
    names = ("competition", "freshness", "responsiveness")
    values = extract(Pairs(people, offers, DAY), names)

    assert np.array_equal(values[0], values[1], equal_nan=True)
