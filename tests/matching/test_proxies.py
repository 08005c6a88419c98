"""How well features give a group away."""

import numpy as np
import pytest

from matching.evaluation.proxies import profiles, proxies
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
