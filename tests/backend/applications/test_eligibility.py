"""Every field that can stand in the way, alone and together."""

from datetime import timedelta

import pytest
from django.utils import translation

from backend.applications.eligibility import eligibility
from backend.common import clock
from tests.factories.companies import CompanyFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import MajorFactory, SchoolFactory
from tests.factories.students import StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def pair():
    """A student and a position that fit in every field."""
    school = SchoolFactory()
    major = MajorFactory(school=school, name="软件技术", code="510203")
    student = StudentFactory(school=school, major=major, education="associate", graduation_year=2026)
    position = PositionFactory(
        published=True,
        company__school=school,
        education="associate",
        majors=["软件技术"],
        graduation_years=[2026],
    )
    return student, position


def fields(student, position) -> list[str]:
    return [failing.field for failing in eligibility(student, position)]


def test_a_fitting_pair_fails_nothing(pair):
    assert eligibility(*pair) == []


@pytest.mark.parametrize(
    ("yours", "asked", "expected"),
    [
        (yours, asked, [] if levels >= needed else ["education"])
        for levels, yours in enumerate(["secondary", "associate", "bachelor", "master", "doctor"], 1)
        for needed, asked in enumerate(["any", "secondary", "associate", "bachelor", "master", "doctor"])
    ],
)
def test_education_is_a_floor(pair, yours, asked, expected):
    student, position = pair
    student.education, position.education = yours, asked
    assert fields(student, position) == expected


@pytest.mark.parametrize(
    ("majors", "expected"),
    [([], []), (["软件技术"], []), (["510203"], []), (["护理"], ["major"]), (["护理", "软件技术"], [])],
)
def test_major_matches_by_name_or_national_code(pair, majors, expected):
    student, position = pair
    position.majors = majors
    assert fields(student, position) == expected


@pytest.mark.parametrize(
    ("years", "expected"),
    [([], []), ([2026], []), (["2026"], []), ([2025, 2027], ["graduation_year"])],
)
def test_graduation_year_is_one_of_those_asked(pair, years, expected):
    student, position = pair
    position.graduation_years = years
    assert fields(student, position) == expected


@pytest.mark.parametrize(("days", "expected"), [(1, []), (0, []), (-1, ["deadline"])])
def test_the_last_day_still_counts(pair, days, expected):
    student, position = pair
    position.deadline = clock.today() + timedelta(days=days)
    assert fields(student, position) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("confirmed", []),
        ("roster", ["status"]),
        ("pending", ["status"]),
        ("refused", ["status"]),
        ("left", ["status"]),
    ],
)
def test_only_a_confirmed_student_applies(pair, status, expected):
    student, position = pair
    student.status = status
    assert fields(student, position) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [("published", []), *[(s, ["position"]) for s in ("draft", "in_review", "paused", "closed", "expired")]],
)
def test_only_a_published_position_is_open(pair, status, expected):
    student, position = pair
    position.status = status
    assert fields(student, position) == expected


@pytest.mark.parametrize("trait", ["submitted", "rejected", "expired", "suspended"])
def test_a_company_without_valid_vetting_stands_in_the_way(pair, trait):
    student, position = pair
    position.company = CompanyFactory(school=student.school, **{trait: True})
    assert fields(student, position) == ["company"]


def test_everything_is_named_at_once_in_both_languages(pair):
    student, position = pair
    student.status, position.status = "left", "closed"
    position.education, position.majors, position.graduation_years = "bachelor", ["护理"], [2025]
    position.deadline = clock.today() - timedelta(days=2)
    with translation.override("en"):
        english = [(failing.field, failing.text) for failing in eligibility(student, position)]
    assert english == [
        ("status", "Your school has not confirmed you (Left)."),
        ("position", "The position is not open."),
        ("deadline", "Applications closed on 2026-02-28."),
        ("education", "Asks for at least: Bachelor. Your profile says: Associate degree."),
        ("major", "Asks for the majors 护理. Yours is 软件技术."),
        ("graduation_year", "Asks for graduation in 2025. Yours is 2026."),
    ]


def test_the_moment_can_be_given(pair):
    student, position = pair
    later = clock.now() + timedelta(days=61)
    assert [f.field for f in eligibility(student, position, at=later)] == ["position", "deadline"]
