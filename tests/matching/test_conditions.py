"""Where, what kind, for how much and when, by hand over the whole range."""

from datetime import date, timedelta
from itertools import chain, combinations

import numpy as np
import pytest

from matching.features.arrays import Pairs
from matching.features.registry import extract
from matching.types import KINDS
from tests.matching.builders import position, student

START = date(2026, 7, 1)


def value(name, one, other):
    found = extract(Pairs([student(**one)], [position(**other)]), [name])[0, 0, 0]
    return None if np.isnan(found) else pytest.approx(float(found), abs=1e-12)


@pytest.mark.parametrize(
    ("wanted", "city", "district", "expected"),
    [
        # A city in a province: itself and all its districts, then its province.
        (("420100",), "420100", "", 1.0),
        (("420100",), "420100", "420106", 1.0),
        (("420100",), "420500", "", 0.4),
        (("420100",), "420500", "420502", 0.4),
        (("420100",), "430100", "", 0.0),
        # A district: itself, its city, its province.
        (("420106",), "420100", "420106", 1.0),
        (("420106",), "420100", "420111", 0.8),
        (("420106",), "420100", "", 0.8),
        (("420106",), "420500", "420502", 0.4),
        # The best of several wishes, blank ones left out.
        (("110000", "420500", "420106"), "420100", "420111", 0.8),
        (("", "110000"), "420100", "", 0.0),
        # Beijing, Tianjin, Shanghai, Chongqing: the province is the city.
        (("110000",), "110000", "", 1.0),
        (("110000",), "110000", "110105", 1.0),
        (("310000",), "310000", "310115", 1.0),
        (("500000",), "500000", "500229", 1.0),
        (("110101",), "110000", "110105", 0.8),
        (("110101",), "110000", "", 0.8),
        (("500101",), "500000", "500229", 0.8),
        (("110000",), "120000", "120101", 0.0),
        # Nothing wished, or nowhere.
        ((), "420100", "420106", None),
        (("",), "420100", "", None),
        (("420100",), "", "", None),
    ],
)
def test_place(wanted, city, district, expected):
    assert value("place", {"wanted_cities": wanted}, {"city_code": city, "district": district}) == expected


@pytest.mark.parametrize(
    ("start", "city", "district", "expected"),
    [
        ("420106", "420100", "420106", 1.0),
        ("420106", "420100", "420111", 0.6),
        ("420106", "420100", "", 0.6),
        ("420100", "420100", "420106", 0.6),
        ("420106", "420500", "420502", 0.1),
        ("420106", "110000", "110101", 0.0),
        ("110101", "110000", "110105", 0.6),
        ("500101", "500000", "500229", 0.6),
        ("110101", "110000", "", 0.6),
        ("", "420100", "420106", None),
        ("420106", "", "", None),
    ],
)
def test_commute_starts_where_somebody_lives_and_never_where_they_wish(start, city, district, expected):
    there = {"city_code": city, "district": district}

    assert value("commute", {"based_in": start, "wanted_cities": ("999999",)}, there) == expected


SETS_OF_KINDS = list(chain.from_iterable(combinations(KINDS, n) for n in range(len(KINDS) + 1)))


@pytest.mark.parametrize("wanted", SETS_OF_KINDS)
@pytest.mark.parametrize("offered", ["", *KINDS])
def test_every_set_of_kinds_against_every_kind(wanted, offered):
    expected = float(offered in wanted) if wanted and offered else None

    assert value("kind", {"wanted_kinds": wanted}, {"kind": offered}) == expected


@pytest.mark.parametrize(
    ("floor", "low", "top", "reached", "sure"),
    [
        (8000, 8000, 10000, 1.0, 1.0),
        (8000, 6000, 8000, 1.0, 0.75),
        (8000, 6000, 7999, 0.99975, 0.75),
        (8000, 5000, 6000, 0.5, 0.625),
        (8000, 4000, 4000, 0.0, 0.5),
        (8000, 0, 1000, 0.0, 0.0),
        # Only one end of the range given: the top stands for nothing sure, the low end for both.
        (8000, None, 8000, 1.0, None),
        (8000, None, 6000, 0.5, None),
        (8000, 6000, None, 0.5, 0.75),
        (8000, 9000, None, 1.0, 1.0),
        # Whoever wishes for nothing has it, even without pay.
        (0, 0, 0, 1.0, 1.0),
        (0, None, 0, 1.0, None),
        (0, 3000, 5000, 1.0, 1.0),
        (1, 0, 0, 0.0, 0.0),
        (None, 3000, 5000, None, None),
        (8000, None, None, None, None),
    ],
)
def test_pay_against_the_wish(floor, low, top, reached, sure):
    one, other = {"salary_floor": floor}, {"salary_min": low, "salary_max": top}

    assert value("salary", one, other) == reached
    assert value("salary_sure", one, other) == sure


@pytest.mark.parametrize(
    ("hope", "low", "top", "expected"),
    [
        (4000, 5000, 8000, 1.0),
        (5000, 5000, 8000, 1.0),
        (6500, 5000, 8000, 1501 / 3000),
        (8000, 5000, 8000, 1 / 3000),
        (8001, 5000, 8000, 0.0),
        (20000, 5000, 8000, 0.0),
        # One number: all or nothing.
        (6000, 6000, 6000, 1.0),
        (6001, 6000, 6000, 0.0),
        (6000, None, 6000, 1.0),
        (6001, None, 6000, 0.0),
        (6000, 6000, None, 1.0),
        (0, 0, 0, 1.0),
        (None, 5000, 8000, None),
        (6000, None, None, None),
    ],
)
def test_the_range_of_pay_against_what_is_hoped_for(hope, low, top, expected):
    one, other = {"salary_hope": hope, "salary_floor": 1}, {"salary_min": low, "salary_max": top}

    assert value("salary_overlap", one, other) == expected


@pytest.mark.parametrize(
    ("days_late", "expected"),
    [
        (-400, 1.0),
        (-1, 1.0),
        (0, 1.0),
        (1, 89 / 90),
        (45, 0.5),
        (89, 1 / 90),
        (90, 0.0),
        (91, 0.0),
        (900, 0.0),
    ],
)
def test_availability_falls_over_ninety_days(days_late, expected):
    free = START + timedelta(days=days_late)

    assert value("availability", {"available_from": free}, {"starts_on": START}) == expected


@pytest.mark.parametrize(("free", "start"), [(None, START), (START, None), (None, None)])
def test_availability_needs_both_dates(free, start):
    assert value("availability", {"available_from": free}, {"starts_on": start}) is None
