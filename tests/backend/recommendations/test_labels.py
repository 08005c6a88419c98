"""Figures of models and groups as the pages say them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.utils import translation

from backend.recommendations.interfaces.groups import (
    attribute_label,
    card_groups,
    card_proxies,
    group_label,
    group_labels,
    named,
)
from backend.recommendations.interfaces.labels import (
    FACTS,
    card_facts,
    card_rows,
    facts,
)
from backend.recommendations.queries import Shown
from matching.api import Card
from tests.factories.positions import PositionFactory


@pytest.mark.parametrize(
    ("language", "name", "label"),
    [
        ("en", "education", "Education"),
        ("en", "department × education", "Department × Education"),
        ("en", "shoe size", "shoe size"),
        ("zh-hans", "graduation_year", "毕业年份"),
    ],
)
def test_an_attribute_in_words(language, name, label):
    with translation.override(language):
        assert attribute_label(name) == label


@pytest.mark.parametrize(
    ("name", "group", "label"),
    [
        ("education", "bachelor", "Bachelor"),
        ("department", "bachelor", "bachelor"),
        ("department × education", "机电系 × associate", "机电系 × Associate degree"),
        ("education × graduation_year", "secondary × 2026", "Secondary vocational × 2026"),
    ],
)
def test_a_group_in_words(name, group, label):
    """Only levels of education are codes; a department that is called like one stays as it is."""
    with translation.override("en"):
        assert group_label(name, group) == label


def test_single_attributes_come_first_and_empty_ones_not_at_all():
    row = {"group": "bachelor", "people": 12}
    with translation.override("en"):
        found = group_labels({"department × education": [row], "graduation_year": [], "education": [row]})
    assert [(label, [r["people"] for r in rows]) for label, rows in found] == [
        ("Education", [12]),
        ("Department × Education", [12]),
    ]
    assert found[0][1] == [row | {"label": "Bachelor"}]


def test_a_card_as_rows_of_three_figures():
    """The fading of attention and the gate's own figures are of no ranker."""
    figures = {
        "people: a": {"auc": 0.75123, "mrr": 0.5},
        "people: boosted-trees": {"ndcg@10": 1.0},
        "later: a": {},
        "synthetic proxy: a": {"auc": 0.5},
        "gate": {"gain": 0.1},
        "gate, education: bachelor": {"people": 20},
        "places": {"fading": 0.7},
    }
    card = Card("a", True, "", (), {}, "", 0, 1, 1, None, figures)
    with translation.override("en"):
        assert card_rows(card) == [
            ("People it had not seen", "a", ["0.751", "–", "0.500"]),
            ("People it had not seen", "boosted trees, to compare", ["–", "1.000", "–"]),
            ("Later days", "a", ["–", "–", "–"]),
            ("Made-up people", "a", ["0.500", "–", "–"]),
        ]


@pytest.mark.parametrize(
    ("language", "features", "reason"),
    [
        ("en", "Place, unheard_of", "taken back; 3 people kept back, at least 20 needed"),
        ("zh-hans", "工作地点、unheard_of", "已收回；留出的人有 3 位，至少需要 20 位"),
    ],
)
def test_a_card_in_the_readers_language(language, features, reason):
    """The day it learnt until is a moment in time, which the page shows as every other; the features have names."""
    card = Card(
        "a",
        False,
        "withdrawn; 3 held-out people, at least 20 needed",
        ("place", "unheard_of"),
        {},
        "",
        0,
        1,
        1,
        "2026-03-01T23:30:00+00:00",
        {},
    )
    with translation.override(language):
        assert card_facts(card, "b") == {
            "card": card,
            "serves": False,
            "reason": reason,
            "reason_known": True,
            "until": datetime(2026, 3, 1, 23, 30, tzinfo=UTC),
            "features": features,
            "rows": [],
            "groups": [],
            "proxies": [],
        }
    blank = replace(card, data_until=None, reason="")
    assert (card_facts(blank, "a")["until"], card_facts(blank, "a")["serves"]) == (None, True)


@pytest.mark.django_db
@pytest.mark.usefixtures("frozen_now")
@pytest.mark.parametrize(
    ("values", "pay", "skills"),
    [
        ({}, "5000–8000", "数控编程、识图"),
        ({"salary_min": None, "salary_max": None, "skills": []}, "–", "–"),
    ],
)
def test_the_facts_of_a_position_stand_beside_their_names(values, pay, skills):
    position = PositionFactory(published=True, **values)
    with translation.override("en"):
        found = dict(zip(map(str, FACTS), facts(Shown(position, 1, None, False)), strict=True))
    assert (found["Pay"], found["Skills"], found["Apply by"]) == (pay, skills, position.deadline.isoformat())
    assert (found["Company"], found["Education"]) == (position.company.name, "Associate degree")


def test_a_group_on_a_card_in_figures_and_words():
    """Of a group held the card says itself whether it is passed over; one brought along is held to four fifths."""
    told = {
        "people": 40.0,
        "impact_ratio": 0.9,
        "low": 0.8,
        "high": 1.0,
        "exposure_ratio": 0.7,
        "exposure_low": 0.6,
        "exposure_high": 0.9,
    }
    held = told | {"rules_ratio": 0.95, "few_ratio": 0.5, "few_rules_ratio": 0.8, "unfair": 1.0}
    card = Card(
        "a", False, "", (), {}, "", 0, 1, 1, None,
        {"gate, department: 护理系": {"people": 20.0, "gain": -0.02, "low": -0.03, "high": -0.01}},
        {"sex: f": told | {"impact_ratio": 0.79}, "department: 护理系": held, "department × sex: 护理系 × f": held},
        {"sex: f": {"people": 40, "auc": 0.6, "telling": ("place", "salary")}},
    )  # fmt: skip
    with translation.override("en"):
        rows = card_groups(card)
        assert card_proxies(card) == [
            {"label": "sex: f", "people": 40, "auc": 0.6, "telling": "Place, Salary"}
        ]
    assert [(row["label"], row["worse"], row["unfair"], row["few"]) for row in rows] == [
        ("Department: 护理系", True, True, 0.5),
        ("sex: f", False, True, None),
        ("Department × sex: 护理系 × f", False, True, 0.5),
    ]
    assert [(row["gain"], row["gain_low"], row["gain_high"]) for row in rows] == [
        ("-0.020", "-0.030", "-0.010"),
        (None, None, None),
        (None, None, None),
    ]
    with translation.override("zh-hans"):
        assert [row["label"] for row in card_groups(card)] == [
            "院系：护理系",
            "sex：f",
            "院系 × sex：护理系 × f",
        ]


@pytest.mark.parametrize("name", ["education: bachelor", "none", "", "education", "a: b: c"])
def test_a_group_is_named_as_far_as_it_is_known(name):
    words = {"education: bachelor": "Education: Bachelor"}
    with translation.override("en"):
        assert named(name) == words.get(name, name)
