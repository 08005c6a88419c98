"""What fits better never scores lower: every feature along a sweep from worst to best, under any ranker."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from matching.features.arrays import Pairs
from matching.features.registry import REGISTRY, extract
from matching.rankers.base import score
from matching.two_sided import mutual_matrix
from tests.matching.builders import position, student
from tests.matching.models import DAY, RANKERS
from tests.matching.worlds import world

TREE = ("6-18-01-01", "2-09-01-01", "2-02-31-01", "2-02-10-09", "2-02-10-03")
SKILLS = ("a", "b", "c", "d", "e")


def steps(side, field, values):
    return [(side, {field: value}) for value in values]


def days(*ages):
    return [DAY - timedelta(days=age) for age in ages]


# Feature: what holds for both sides, then changes from the worst to the best.
SWEEPS = {
    "occupation": (
        {},
        {"occupation_code": TREE[-1]},
        steps("student", "wanted_occupations", [(code,) for code in TREE]),
    ),
    "major_occupation": (
        {},
        {"occupation_code": TREE[-1]},
        steps("student", "major_occupations", [(code,) for code in TREE]),
    ),
    "past_occupation": (
        {},
        {"occupation_code": TREE[-1]},
        steps("student", "past_occupations", [(code,) for code in TREE]),
    ),
    "title_similarity": (
        {"text": "abcdef"},
        {},
        steps("position", "title", ["xyz", "abxy", "abcx", "abcdef"]),
    ),
    "text_similarity": ({"text": "abcdef"}, {}, steps("position", "text", ["xyz", "abxy", "abcx", "abcdef"])),
    "headline_similarity": (
        {},
        {"title": "abcdef"},
        steps("student", "headlines", [("xyz",), ("abxy",), ("xyz", "abcx"), ("abcdef", "xyz")]),
    ),
    "meaning": ({}, {"title": "abcdef"}, steps("student", "text", ["uvwxyz", "abcxyz", "abcdef"])),
    "headline_meaning": (
        {},
        {"title": "abcdef"},
        steps("student", "headlines", [("uvwxyz",), ("uvwxyz", "abcxyz"), ("abcdef",)]),
    ),
    "skills_covered": ({}, {"skills": SKILLS}, steps("student", "skills", [SKILLS[:n] for n in range(6)])),
    "skills_shared": ({}, {"skills": SKILLS}, steps("student", "skills", [SKILLS[:n] for n in range(6)])),
    "skills_level": (
        {},
        {"skill_levels": (("a", 3),)},
        steps("student", "skill_levels", [(), (("a", 1),), (("a", 2),), (("a", 3),)]),
    ),
    "skills_wanted": (
        {},
        {"wanted_skills": SKILLS},
        steps("student", "skills", [SKILLS[:n] for n in range(6)]),
    ),
    "skills_taught": (
        {"skills": ()},
        {"skills": SKILLS},
        steps("student", "taught_skills", [("other", *SKILLS[:n]) for n in range(6)]),
    ),
    "major": (
        {},
        {"majors": ("510203",)},
        steps("student", "major_code", ["530302", "519900", "510299", "510203"]),
    ),
    "major_family": (
        {},
        {"majors": ("510203",)},
        steps("student", "major_code", ["530302", "519900", "510299", "510203"]),
    ),
    "education": (
        {},
        {"education": "doctor"},
        steps("student", "education", ["any", "secondary", "associate", "bachelor", "master", "doctor"]),
    ),
    "certificates": (
        {},
        {"certificates": SKILLS},
        steps("student", "certificates", [SKILLS[:n] for n in range(6)]),
    ),
    "experience": (
        {},
        {"experience_months": 24},
        steps("student", "experience_months", [0, 1, 6, 23, 24, 60]),
    ),
    "place": (
        {},
        {"city_code": "420100", "district": "420106"},
        steps(
            "student",
            "wanted_cities",
            [("110000",), ("420500",), ("420111",), ("420106",), ("420106", "420100")],
        ),
    ),
    "commute": (
        {},
        {"city_code": "420100", "district": "420106"},
        steps("student", "based_in", ["110101", "420500", "420111", "420106"]),
    ),
    "kind": ({}, {}, steps("student", "wanted_kinds", [("internship",), ("internship", "full_time")])),
    "salary": ({}, {}, steps("student", "salary_floor", [40000, 16000, 12000, 8001, 8000, 1, 0])),
    "salary_sure": (
        {"salary_floor": 6000},
        {"salary_max": 40000},
        steps("position", "salary_min", [0, 1, 3000, 5999, 6000, 9000]),
    ),
    "salary_overlap": ({}, {}, steps("student", "salary_hope", [40000, 8001, 8000, 6000, 5000, 0])),
    "availability": (
        {},
        {},
        steps(
            "student",
            "available_from",
            [date(2027, 1, 1), date(2026, 9, 1), date(2026, 7, 2), date(2026, 7, 1)],
        ),
    ),
    "competition": ({}, {}, steps("position", "applicants", [900, 40, 4, 1, 0])),
    "freshness": ({}, {}, steps("position", "published_on", days(400, 90, 60, 1, 0, -9))),
    "responsiveness": ({}, {}, steps("position", "response_rate", [0.0, 0.1, 0.5, 0.99, 1.0])),
    "mutual_interest": (
        {},
        {"company_id": 4},
        [
            ("student", {"follows": (1,)}),
            ("student", {"follows": (4,)}),
            ("student", {"noticed_by": (4,), "follows": (4,)}),
        ],
    ),
}


def swept(name, one, other):
    """The pairs of a sweep laid over two rows."""
    for_student, for_position, changes = SWEEPS[name]
    one, other = replace(one, **for_student), replace(other, **for_position)
    for side, change in changes:
        yield (replace(one, **change), other) if side == "student" else (one, replace(other, **change))


def test_every_feature_is_swept():
    assert set(SWEEPS) == set(REGISTRY)


@pytest.mark.parametrize("name", SWEEPS)
def test_a_feature_never_falls_along_its_sweep_and_rises_over_it(name):
    found = [
        extract(Pairs([one], [other], DAY), (name,))[0, 0, 0]
        for one, other in swept(name, student(), position())
    ]

    assert not np.isnan(found).any()
    assert (np.diff(found) >= -1e-12).all()
    assert found[0] < 0.5 < found[-1]


@pytest.mark.parametrize("name", SWEEPS)
def test_no_score_falls_along_a_sweep_whoever_it_is(name):
    """Whatever else a person and a position say; a change for the better may move several features, none down."""
    people, offers = world(4, 4, seed=sum(map(ord, name)))
    # Beside the swept field these say nothing that a step of the sweep would take back.
    for person, other in zip(people, offers, strict=True):
        one = replace(person, salary_floor=None, text="")
        left, right = zip(*swept(name, one, other), strict=True)
        # Each step beside each other at once; the steps themselves stand on the diagonal.
        values = extract(Pairs(left, right, DAY), tuple(REGISTRY)).diagonal().T
        for make in RANKERS.values():
            assert (np.diff(score(make(), values)) >= -1e-12).all(), (one, other)


@pytest.mark.parametrize(
    "name", ["occupation", "skills_covered", "education", "experience", "place", "salary"]
)
@pytest.mark.parametrize("kind", RANKERS)
def test_nor_does_the_mutual_score(name, kind):
    ranker = RANKERS[kind]()
    scores = [
        float(mutual_matrix(ranker, [one], [other], DAY)[0, 0])
        for one, other in swept(name, student(), position())
    ]

    assert (np.diff(scores) >= -1e-12).all()
    # Curves may be level where choices say nothing about a feature; the rules never are.
    assert scores[-1] > scores[0] or kind == "learned"
