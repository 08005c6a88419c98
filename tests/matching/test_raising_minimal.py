"""The smallest raise against trying everything: feasible, enough, and none of less effort is."""

from dataclasses import fields, replace
from itertools import combinations, product

import numpy as np
import pytest

from matching import raising
from matching.features.arrays import Pairs, terms
from matching.features.registry import REGISTRY, extract
from matching.features.skills import canonical, levels
from matching.raising import CERTIFY, LEARN, SAY, STUDY, WORK, possible, smallest, suggestions
from matching.rankers.base import score
from matching.types import EDUCATION_LEVELS
from tests.matching.builders import position, student
from tests.matching.models import DAY, RANKERS, flat
from tests.matching.worlds import world

PEOPLE, OFFERS = world(24, 24, seed=51)
PAIRS = list(zip(PEOPLE, OFFERS, strict=True))
EFFORTS = {
    "place": SAY, "kind": SAY, "occupation": SAY, "salary": SAY, "skills_covered": LEARN, "skills_wanted": LEARN,
    "skills_level": LEARN, "certificates": CERTIFY, "experience": WORK, "education": STUDY,
}  # fmt: skip


def gains_of(ranker, one, other, plans):
    """What each plan adds to the score, its changes made one after the other."""
    people = [one]
    for plan in plans:
        changed = one
        for change in plan:
            changed = change.made(changed)
        people.append(changed)
    scores = score(ranker, extract(Pairs(people, [other], DAY), ranker.features))[:, 0]
    return (scores[1:] - scores[0]).tolist()


def alone_gains(ranker, one, other, changes):
    gains = gains_of(ranker, one, other, [(change,) for change in changes])
    return {change.en: gain for change, gain in zip(changes, gains, strict=True)}


def told(plan):
    return sorted(change.en for change in plan)


@pytest.mark.parametrize("kind", RANKERS)
@pytest.mark.parametrize("enough", [1e-6, 0.02, 0.1, 0.3])
def test_none_of_less_effort_is_enough(kind, enough):
    """Every single change and every couple of the helpful ones is tried by hand."""
    ranker = RANKERS[kind]()
    for one, other in PAIRS[:8]:
        changes = list(possible(one, other))
        alone = alone_gains(ranker, one, other, changes)
        found = smallest(ranker, one, other, enough=enough, on=DAY)
        good = [change for change in changes if alone[change.en] >= enough]
        if good:
            least = min(change.effort for change in good)
            assert [s.effort for s in found] == [least]
            assert found[0].gain == pytest.approx(
                max(alone[change.en] for change in good if change.effort == least), abs=1e-12
            )
            continue
        helpful = sorted((c for c in changes if alone[c.en] > 1e-9), key=lambda c: (-alone[c.en], c.en))[:6]
        couples = list(combinations(helpful, 2))
        together = gains_of(ranker, one, other, couples)
        couples = [
            (a.effort + b.effort, told((a, b)))
            for (a, b), gain in zip(couples, together, strict=True)
            if gain >= enough
        ]
        if not couples:
            assert found == []
            continue
        assert len(found) == 2
        assert sum(s.effort for s in found) == min(couples)[0]
        assert sorted(s.en for s in found) in [
            names for effort, names in couples if effort == min(couples)[0]
        ]


@pytest.mark.parametrize("kind", RANKERS)
def test_what_is_said_to_be_enough_is_when_it_is_done(kind):
    ranker, seen = RANKERS[kind](), set()
    for (one, other), enough in product(PAIRS[:8], (0.01, 0.06, 0.2, 0.4)):
        found = smallest(ranker, one, other, enough=enough, on=DAY)
        by_words = {change.en: change for change in possible(one, other)}
        plan = [by_words[s.en] for s in found]
        seen.add(len(found))

        if found:
            gained = gains_of(ranker, one, other, [plan])[0]
            assert gained >= enough - 1e-12
            assert sum(s.gain for s in found) == pytest.approx(gained, abs=1e-12)
        assert [(s.feature, s.effort, s.zh) for s in found] == [(c.feature, c.effort, c.zh) for c in plan]
    assert seen == {0, 1, 2}


@pytest.mark.parametrize("kind", RANKERS)
def test_suggestions_are_all_that_helps_and_nothing_else(kind):
    ranker = RANKERS[kind]()
    for one, other in PAIRS:
        changes = list(possible(one, other))
        gains = alone_gains(ranker, one, other, changes)
        found = suggestions(ranker, one, other, DAY)

        assert {s.en: s.gain for s in found} == pytest.approx(
            {words: gain for words, gain in gains.items() if gain > 1e-9}, abs=1e-12
        )
        assert [(-s.gain, s.en) for s in found] == sorted((-s.gain, s.en) for s in found)


def test_every_change_is_of_the_student_alone_and_moves_what_it_names():
    seen = set()
    for one, other in PAIRS:
        changes = list(possible(one, other))
        made = [change.made(one) for change in changes]
        before, *rows = extract(Pairs([one, *made], [other], DAY), tuple(REGISTRY))[:, 0]
        for change, after, values in zip(changes, made, rows, strict=True):
            moved = [
                field.name for field in fields(one) if getattr(one, field.name) != getattr(after, field.name)
            ]
            place = tuple(REGISTRY).index(change.feature)
            seen.add(change.feature)

            assert len(moved) == 1
            assert change.effort == EFFORTS[change.feature]
            # Named features never fall, and none that was known becomes unknown.
            assert not values[place] < before[place]
            assert not (np.isnan(values) & ~np.isnan(before)).any()
            assert not (values < before - 1e-12).any()
    assert seen == set(EFFORTS)


def test_a_change_that_was_made_is_not_proposed_again():
    for one, other in PAIRS:
        for change in possible(one, other):
            after = change.made(one)

            assert change.en not in {again.en for again in possible(after, other)}


def test_what_is_asked_for_and_not_there_is_proposed_once():
    for one, other in PAIRS:
        found = [change.en for change in possible(one, other)]
        assert len(set(found)) == len(found)

        held = {canonical(word) for word in (*one.skills, *(w for w, _ in one.skill_levels))} - {""}
        asked = {canonical(word) for word in (*other.skills, *other.wanted_skills)} - {""}
        own = levels(one.skill_levels, one.skills)
        higher = [s for s, level in levels(other.skill_levels).items() if level > 1 and own.get(s, 0) < level]
        kinds = [change.feature for change in possible(one, other)]
        assert kinds.count("skills_covered") + kinds.count("skills_wanted") == len(asked - held)
        first = [s for s, level in levels(other.skill_levels).items() if level == 1 and s not in held | asked]
        assert kinds.count("skills_level") == len(higher) + len(first)
        assert kinds.count("certificates") == len(terms(other.certificates) - terms(one.certificates))
        assert kinds.count("experience") == (other.experience_months > one.experience_months)
        assert kinds.count("education") == (_level(other.education) > _level(one.education))


def _level(name):
    return EDUCATION_LEVELS.index(name) if name in EDUCATION_LEVELS else 0


@pytest.mark.parametrize(
    "certificates", [("电工证", "电工证"), ("电工证", " 电工证 "), ("CAD", "cad", "Cad ")]
)
def test_a_certificate_asked_for_twice_is_one_change(certificates):
    one, other = student(), position(certificates=certificates, skills=())

    assert [c.feature for c in possible(one, other)].count("certificates") == 1
    only = smallest(flat({"certificates": (0.0, 0.2, 0.0)}), one, other, enough=0.1, on=DAY)
    assert [(s.feature, s.effort) for s in only] == [("certificates", CERTIFY)]
    assert only[0].gain == pytest.approx(0.2, abs=1e-12)


@pytest.mark.parametrize(
    ("level", "zh", "en"),
    [
        ("secondary", "取得中职学历", "Reach the secondary level"),
        ("associate", "取得专科学历", "Reach the associate level"),
        ("bachelor", "取得本科学历", "Reach the bachelor level"),
        ("master", "取得硕士学历", "Reach the master level"),
        ("doctor", "取得博士学历", "Reach the doctor level"),
    ],
)
@pytest.mark.parametrize("held", EDUCATION_LEVELS)
def test_every_step_of_education_in_both_languages(held, level, zh, en):
    found = [
        c for c in possible(student(education=held), position(education=level)) if c.feature == "education"
    ]

    if EDUCATION_LEVELS.index(held) >= EDUCATION_LEVELS.index(level):
        assert found == []
    else:
        assert [(c.zh, c.en, c.made(student(education=held)).education) for c in found] == [(zh, en, level)]


@pytest.mark.parametrize(
    ("change", "zh", "en", "after"),
    [
        ({"skills": (" C++ ",)}, "学会“C++”", "Learn “C++”", {"skills": (" C++ ",)}),
        ({"wanted_skills": ("Go",)}, "学会“Go”", "Learn “Go”", {"skills": ("Go",)}),
        ({"skill_levels": (("SQL", 1),)}, "学会“SQL”", "Learn “SQL”", {"skills": ("sql",)}),
        (
            {"skill_levels": (("SQL", 2),)},
            "把“SQL”提高到熟练",
            "Bring “SQL” to working level",
            {"skill_levels": (("sql", 2),)},
        ),
        (
            {"skill_levels": (("SQL", 7),)},
            "把“SQL”提高到精通",
            "Bring “SQL” to mastery",
            {"skill_levels": (("sql", 3),)},
        ),
        (
            {"certificates": ("电工证",)},
            "考取“电工证”证书",
            "Take the certificate “电工证”",
            {"certificates": ("电工证",)},
        ),
        (
            {"experience_months": 18},
            "积累到18个月经验",
            "Gain 18 months of experience",
            {"experience_months": 18},
        ),
        (
            {"district": "420106"},
            "把该地点加入意向",
            "Add this place to the wishes",
            {"wanted_cities": ("110000", "420106")},
        ),
        (
            {"city_code": "420500"},
            "把该地点加入意向",
            "Add this place to the wishes",
            {"wanted_cities": ("110000", "420500")},
        ),
        (
            {"kind": "internship"},
            "接受该职位类型",
            "Accept this kind of work",
            {"wanted_kinds": ("full_time", "internship")},
        ),
        (
            {"occupation_code": "4-01-02-03"},
            "把该职业加入意向",
            "Add this occupation",
            {"wanted_occupations": ("6-18-01-01", "4-01-02-03")},
        ),
        (
            {"salary_max": 4000},
            "薪资期望降到每月4000元",
            "Lower the wish to 4000 yuan a month",
            {"salary_floor": 4000},
        ),
        ({"salary_min": 0}, "薪资期望降到每月0元", "Lower the wish to 0 yuan a month", {"salary_floor": 0}),
    ],
)
def test_every_change_says_in_both_languages_what_it_does(change, zh, en, after):
    one = student(
        skills=(), certificates=(), experience_months=0, wanted_cities=("110000",), wanted_occupations=("6-18-01-01",),
    )  # fmt: skip
    asks_nothing = position(
        skills=(), education="any", experience_months=0, city_code="", kind="", occupation_code="", salary_min=None,
        salary_max=None,
    )  # fmt: skip
    found = list(possible(one, replace(asks_nothing, **change)))

    assert [(c.zh, c.en) for c in found] == [(zh, en)]
    assert found[0].made(one) == replace(one, **after)


def test_of_equal_effort_the_larger_gain_wins_and_of_equal_gain_the_name():
    one = student(wanted_cities=("110000",), wanted_kinds=("internship",), wanted_occupations=("6-18-01-01",))
    uneven = flat({"place": (0.0, 0.1, 0.0), "kind": (0.0, 0.2, 0.0), "occupation": (0.0, 0.1, 0.0)})
    even = flat({"place": (0.0, 0.1, 0.0), "kind": (0.0, 0.1, 0.0), "occupation": (0.0, 0.1, 0.0)})

    assert [s.feature for s in smallest(uneven, one, position(), enough=0.05, on=DAY)] == ["kind"]
    assert [s.en for s in smallest(even, one, position(), enough=0.05, on=DAY)] == [
        "Accept this kind of work"
    ]
    assert [s.feature for s in suggestions(even, one, position(), DAY)] == ["kind", "occupation", "place"]


def test_less_effort_wins_over_more_gain_and_one_over_two():
    one = student(wanted_kinds=("internship",), education="secondary", experience_months=0)
    ranker = flat({"kind": (0.0, 0.1, 0.0), "education": (0.0, 0.3, 0.0), "experience": (0.0, 0.1, 0.0)})

    assert [s.feature for s in smallest(ranker, one, position(), enough=0.09, on=DAY)] == ["kind"]
    # Two words together would be less effort than years of study, but one change is one change.
    assert [s.feature for s in smallest(ranker, one, position(), enough=0.15, on=DAY)] == ["education"]
    both = smallest(ranker, one, position(), enough=0.33, on=DAY)
    assert [s.feature for s in both] == ["education", "kind"]
    assert sum(s.gain for s in both) == pytest.approx(0.1 + 0.3 * 0.8, abs=1e-9)
    assert smallest(ranker, one, position(), enough=0.5, on=DAY) == []


def test_no_change_can_raise_a_score_beyond_one():
    one = student(wanted_kinds=("internship",))
    ranker = flat({"kind": (0.0, 0.5, 0.0)}, base=0.9)

    assert suggestions(ranker, one, position(), DAY)[0].gain == pytest.approx(0.1, abs=1e-12)
    assert smallest(ranker, one, position(), enough=0.2, on=DAY) == []


def test_only_some_are_tried_two_by_two():
    assert raising._TRIED >= 2
    many = tuple(f"skill {n}" for n in range(40))
    one, other = student(skills=()), position(skills=many, occupation_code="", city_code="")
    found = smallest(flat({"skills_covered": (0.0, 1.0, 0.0)}, base=0.0), one, other, enough=0.05, on=DAY)

    assert [s.effort for s in found] == [LEARN, LEARN]
    assert sum(s.gain for s in found) == pytest.approx(2 / 40, abs=1e-12)
