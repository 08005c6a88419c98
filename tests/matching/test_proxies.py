"""How well features give a group away."""

from dataclasses import replace

import numpy as np
import pytest

from matching.evaluation.proxies import FOLDS, profiles, proxies
from matching.features.registry import REGISTRY
from tests.matching.builders import position, student
from tests.matching.simulated import by_nothing, interactions

ROWS = interactions(by_nothing, people=60)
PEOPLE, OFFERS = [row.student for row in ROWS], list(ROWS[0].shown)


def test_a_group_that_lives_in_one_city_is_told_by_place():
    groups = {one.id: "here" if one.wanted_cities == ("420100",) else "there" for one in PEOPLE}
    found = proxies(PEOPLE, OFFERS, {"origin": groups})

    assert set(found) == {"origin: here", "origin: there"}
    assert found["origin: here"].auc > 0.85
    assert "place" in found["origin: here"].telling
    assert found["origin: here"].people == 60
    assert proxies(PEOPLE, OFFERS, {"origin": groups}) == found


def test_a_group_by_lot_is_told_by_nothing():
    random = np.random.default_rng(2)
    aucs = [
        proxies(PEOPLE, OFFERS, {"lot": {one.id: bool(random.integers(2)) for one in PEOPLE}})[
            "lot: True"
        ].auc
        for _ in range(4)
    ]

    assert np.mean(aucs) == pytest.approx(0.5, abs=0.12)


def test_groups_too_small_and_people_without_a_group_are_left_out():
    groups = {one.id: "few" if one.id < 4 else "many" for one in PEOPLE if one.id < 30}

    assert proxies(PEOPLE, OFFERS, {"x": groups}) == {}
    assert proxies(PEOPLE, OFFERS, {"x": {**groups, 4: "few"}})["x: few"].people == 30
    assert proxies([], OFFERS, {"x": groups}) == {}


def test_profiles_are_means_over_what_is_known():
    offers = [position(salary_min=6000, salary_max=6000), position(salary_max=None, salary_min=None)]
    profile = profiles([student(salary_floor=6000), student(salary_floor=None)], offers)
    column = list(REGISTRY).index("salary")

    assert profile.shape == (2, len(REGISTRY))
    assert profile[0, column] == 1.0
    assert np.isnan(profile[1, column])


def test_nothing_that_varies_tells_nothing():
    same = [student(id=n) for n in range(20)]
    found = proxies(same, [position()], {"sex": {n: "f" if n % 2 else "m" for n in range(20)}})

    assert (found["sex: f"].auc, found["sex: f"].telling) == (0.5, ())


ODD = {"x": {one.id: one.id % 2 for one in PEOPLE}}


@pytest.mark.parametrize(
    ("change", "told_by"),
    [
        ({"skills": ("插花",)}, {"skills_covered", "skills_shared", "skills_level", "skills_wanted"}),
        ({"education": "secondary"}, {"education"}),
        ({"experience_months": 0}, {"experience"}),
        ({"salary_floor": 30_000}, {"salary", "salary_sure", "salary_overlap"}),
        ({"wanted_kinds": ("internship",)}, {"kind"}),
    ],
)
def test_a_planted_proxy_is_found_and_named(change, told_by):
    """One half of the people have one thing in common: whatever speaks of it gives them away."""
    people = [replace(one, **change) if one.id % 2 else one for one in PEOPLE[:40]]
    found = proxies(people, OFFERS, {"x": {who: group for who, group in ODD["x"].items() if who < 40}})[
        "x: 1"
    ]

    assert found.auc > 0.9
    assert found.telling[0] in told_by
    assert (found.people, len(found.telling)) == (40, 3)


def test_the_more_of_a_group_share_a_trait_the_better_it_is_told():
    """Of those who earn more, all or a half are in the group, the rest by lot."""
    lots = np.random.default_rng(4).random(len(PEOPLE))
    aucs = []
    for share in (1.0, 0.5):
        groups = {
            one.id: (one.salary_floor > 6000) if lots[place] < share else bool(place % 2)
            for place, one in enumerate(PEOPLE)
        }
        aucs.append(proxies(PEOPLE, OFFERS, {"pay": groups})["pay: True"].auc)

    assert aucs[0] > 0.95
    assert aucs[0] > aucs[1] + 0.05


@pytest.mark.parametrize(("few", "told"), [(FOLDS - 1, False), (FOLDS, True), (7, True), (8, False)])
def test_a_group_and_its_others_need_as_many_people_as_there_are_folds(few, told):
    """Twelve people: five to seven of them can be told from the rest."""
    groups = {one.id: "few" if one.id < few else "rest" for one in PEOPLE[:12]}

    assert bool(proxies(PEOPLE, OFFERS, {"x": groups})) is told


def test_two_groups_are_told_alike_and_in_the_order_of_their_names():
    pay = {one.id: "high" if one.salary_floor > 6000 else "low" for one in PEOPLE[:30]}
    found = proxies(PEOPLE, OFFERS, {"z": dict.fromkeys(pay, "all"), "b": pay, "a": pay})

    assert list(found) == ["a: high", "a: low", "b: high", "b: low"]
    assert found["a: high"] == found["b: high"]
    assert found["a: high"].auc == pytest.approx(found["a: low"].auc, abs=0.03)
    assert set(found["a: high"].telling) == set(found["a: low"].telling)


def test_groups_that_all_people_share_are_not_told():
    assert proxies(PEOPLE, OFFERS, {"x": {one.id: "all" for one in PEOPLE}}) == {}
    assert proxies(PEOPLE, OFFERS, {"x": {}}) == {}
    assert proxies(PEOPLE, OFFERS, {}) == {}


def test_without_positions_there_is_nothing_to_tell_by():
    assert {(row.auc, row.telling) for row in proxies(PEOPLE, [], ODD).values()} == {(0.5, ())}


def test_what_is_only_ever_known_of_one_group_tells_it():
    """That a wish was not stated is told as well as what it was."""
    silent = [
        replace(one, salary_floor=None) if one.id % 2 else replace(one, salary_floor=5000) for one in PEOPLE
    ]
    found = proxies(silent, OFFERS, ODD)["x: 1"]

    assert found.auc > 0.95


@pytest.mark.parametrize("count", [0, 1, 100, 101])
def test_profiles_are_read_in_steps_without_a_seam(count):
    many = [replace(PEOPLE[n % 60], id=n) for n in range(count)]
    found = profiles(many, OFFERS[:2])

    assert found.shape == (count, len(REGISTRY))
    for place in {0, count - 1} & set(range(count)):
        assert np.array_equal(found[place], profiles([many[place]], OFFERS[:2])[0], equal_nan=True)
