"""What would raise a match, and the smallest change that is enough."""

from dataclasses import replace
from datetime import date

import pytest

from matching import api
from matching.raising import possible
from matching.types import Position
from tests.matching.builders import position, student

DAY = date(2026, 5, 1)
NOTHING_LEFT = student(
    skills=("Python", "Linux"), education="bachelor", experience_months=12, certificates=("英语四级",)
)


@pytest.mark.parametrize(
    ("one", "offer", "expected"),
    [
        ({"skills": ("python3",)}, {"skills": ("Python", "Linux")}, [("skills_covered", 2, "学会“Linux”")]),
        ({"skills": ()}, {"skills": ("C++", "cpp")}, [("skills_covered", 2, "学会“C++”")]),
        ({}, {"wanted_skills": ("Go", "SQL")}, [("skills_wanted", 2, "学会“Go”")]),
        (
            {"skill_levels": (("SQL", 1),)},
            {"skill_levels": (("sql", 3),)},
            [("skills_level", 2, "把“sql”提高到精通")],
        ),
        ({"skill_levels": (("SQL", 2),)}, {"skill_levels": (("sql", 2),)}, []),
        ({}, {"certificates": (" 电工证 ", "英语四级")}, [("certificates", 3, "考取“电工证”证书")]),
        ({}, {"experience_months": 24}, [("experience", 4, "积累到24个月经验")]),
        ({"education": "secondary"}, {"education": "associate"}, [("education", 5, "取得专科学历")]),
        ({}, {"district": "420111"}, [("place", 1, "把该地点加入意向")]),
        ({"wanted_cities": ()}, {"district": "420111"}, []),
        ({}, {"kind": "internship"}, [("kind", 1, "接受该职位类型")]),
        ({}, {"occupation_code": "4-01-02-03"}, [("occupation", 1, "把该职业加入意向")]),
        ({"salary_floor": 9000}, {"salary_max": 8000}, [("salary", 1, "薪资期望降到每月8000元")]),
        (
            {"salary_floor": 9000},
            {"salary_max": None, "salary_min": 7000},
            [("salary", 1, "薪资期望降到每月7000元")],
        ),
        ({"salary_floor": 8000}, {"salary_max": 8000}, []),
    ],
)
def test_what_could_be_changed(one, offer, expected):
    plain = {"skills": ("Python",), "education": "associate", "experience_months": 6}
    found = list(possible(student(**one), position(**{**plain, **offer})))

    assert [(change.feature, change.effort, change.zh) for change in found] == expected
    assert all(change.en for change in found)


def test_every_suggestion_gains_what_it_says():
    one, other = (
        student(),
        position(certificates=("电工证",), district="420111", salary_max=5500, kind="internship"),
    )
    changes = {change.en: change for change in possible(one, other)}
    before = api.explain(one, other, on=DAY).score
    found = api.raise_by(one, other, on=DAY)

    assert len(found) >= 5
    for suggestion in found:
        after = api.explain(changes[suggestion.en].made(one), other, on=DAY).score
        assert suggestion.gain == pytest.approx(after - before, abs=1e-12)
        assert suggestion.effort == changes[suggestion.en].effort
    assert [s.gain for s in found] == sorted((s.gain for s in found), reverse=True)


def test_the_smallest_change_is_the_easiest_that_is_enough():
    one = student(salary_floor=8001)
    found = api.raise_by(one, position(), on=DAY)
    needed = next(s.gain for s in found if s.feature == "education")

    easy = api.smallest_raise(one, position(), enough=1e-6, on=DAY)
    assert [(s.feature, s.effort) for s in easy] == [("salary", 1)]
    hard = api.smallest_raise(one, position(), enough=needed, on=DAY)
    assert len(hard) == 1
    assert hard[0].gain >= needed
    assert hard[0].effort == min(s.effort for s in found if s.gain >= needed)


def test_two_changes_where_none_alone_is_enough():
    found = api.raise_by(student(), position(), on=DAY)
    enough = found[0].gain + found[1].gain - 1e-9
    two = api.smallest_raise(student(), position(), enough=enough, on=DAY)

    assert len(two) == 2
    assert sum(s.gain for s in two) >= enough
    changed = student()
    for change in possible(student(), position()):
        if change.en in {s.en for s in two}:
            changed = change.made(changed)
    gained = api.explain(changed, position(), on=DAY).score - api.explain(student(), position(), on=DAY).score
    assert sum(s.gain for s in two) == pytest.approx(gained, abs=1e-12)
    assert api.smallest_raise(student(), position(), enough=0.9) == []


def test_who_has_everything_hears_nothing():
    assert api.raise_by(NOTHING_LEFT, position()) == []
    assert api.smallest_raise(NOTHING_LEFT, position()) == []
    blank = replace(
        position(), skills=(), education="any", experience_months=0, occupation_code="", city_code="", kind=""
    )
    assert api.raise_by(student(), blank) == []


def test_comparison_sums_to_the_difference_of_the_scores():
    a, b = position(), position(id=8, city_code="110000", skills=("Go",), education="any", salary_max=5500)
    found = api.compare(*(api.explain(student(), one, on=DAY) for one in (a, b)))
    scores = [api.explain(student(), one, on=DAY).score for one in (a, b)]

    assert sum(d.delta for d in found) == pytest.approx(scores[0] - scores[1], abs=1e-12)
    assert [abs(d.delta) for d in found] == sorted((abs(d.delta) for d in found), reverse=True)
    named = {d.feature: (d.zh, d.en) for d in found}
    assert named["place"] == ("工作地点", "Place")
    assert "base" not in named
    assert api.compare(*[api.explain(student(), a)] * 2) == []


def test_reasons_for_and_against_are_told_apart():
    match = api.explain(student(), position(city_code="110000"), on=DAY)

    assert {r.feature for r in match.why()} & {r.feature for r in match.why_not()} == set()
    assert all(r.contribution > 0 for r in match.why())
    assert "place" in {r.feature for r in match.why_not()}
    assert isinstance(position(), Position)
