"""Exposure and impact ratio, worked out by hand."""

from math import log2

import pytest

from matching import api
from matching.evaluation.groups import GroupFigures, by_group
from tests.matching.builders import position
from tests.matching.simulated import by_nothing, interactions

TWENTY = {n: "a" if n < 10 else "b" for n in range(20)}


def test_exposure_and_selection_of_one_ranking():
    found = by_group([[0, 10, 1, 11, 12]], TWENTY, first=3)

    a, b = 1 + 1 / 2, 1 / log2(3) + 1 / log2(5) + 1 / log2(6)
    assert (found["a"].people, found["b"].people) == (10, 10)
    assert found["a"].exposure == pytest.approx(a / 10)
    assert found["b"].exposure == pytest.approx(b / 10)
    assert found["a"].exposure_ratio == pytest.approx(min(1, a / b))
    assert found["b"].exposure_ratio == pytest.approx(min(1, b / a))
    assert (found["a"].selected, found["b"].selected) == (0.2, 0.1)
    assert (found["a"].impact_ratio, found["b"].impact_ratio) == (1.0, 0.5)
    assert (found["a"].low, found["a"].high) == (1.0, 1.0)
    assert found["b"].low <= 0.5 <= found["b"].high


def test_being_among_the_first_once_is_enough():
    found = by_group([[0, 10], [10, 0], [10, 1]], TWENTY, first=1)

    assert (found["a"].selected, found["b"].selected) == (0.1, 0.1)
    assert found["b"].impact_ratio == 1.0
    assert found["b"].exposure == pytest.approx((1 / log2(3) + 2) / 10)


def test_no_rankings_treat_all_alike():
    nothing = GroupFigures(10, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0)

    assert by_group([], TWENTY) == {"a": nothing, "b": nothing}


def test_small_groups_are_left_out():
    groups = {**TWENTY, 20: "c", 21: "c"}

    assert set(by_group([[20, 0, 10]], groups)) == {"a", "b"}
    assert by_group([[1]], {1: "a"}) == {}


def test_intersections_are_groups_like_others():
    groups = {n: ("a" if n % 2 else "b", "x" if n < 20 else "y") for n in range(40)}

    assert set(by_group([list(range(40))], groups)) == {("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")}


def test_the_interval_is_repeatable_and_narrows_with_people():
    few = by_group([list(range(0, 20, 2))], TWENTY, seed=1)
    many_groups = {n: "a" if n % 200 < 100 else "b" for n in range(2000)}
    many = by_group([list(range(0, 2000, 2))], many_groups, first=2000, seed=1)

    assert few == by_group([list(range(0, 20, 2))], TWENTY, seed=1)
    assert 0 < many["a"].high - many["a"].low < few["a"].high - few["a"].low


def test_groups_drawn_by_lot_are_treated_alike_by_the_ranker():
    rows = interactions(by_nothing, people=600)
    people = [row.student for row in rows]
    groups = {one.id: "odd" if one.id % 2 else "even" for one in people}
    rankings = [
        [match.student_id for match in api.rank_students(position(city_code=code), people, limit=100)]
        for code in ("420100", "110000", "420500")
    ]

    found = by_group(rankings, groups, first=100)

    assert min(one.impact_ratio for one in found.values()) >= 0.8
