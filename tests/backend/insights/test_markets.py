"""Small markets by hand: each breakdown with nought on either side, rows that name several groups, and rows that do not count."""

from datetime import timedelta

import pytest
from django.utils.translation import override

from backend.common import clock
from backend.companies.models import Company
from backend.insights.enums import Dimension, Side
from backend.insights.queries import observe, rows_behind
from backend.insights.ratio import ANY
from backend.positions.enums import PositionStatus
from backend.positions.models import Position
from backend.schools.models import School
from backend.students.enums import StudentStatus
from backend.students.models import Student
from tests.factories.applications import ApplicationFactory, staff_actor
from tests.factories.companies import CompanyFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import MajorFactory, OccupationFactory, SchoolFactory
from tests.factories.students import StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def school():
    return SchoolFactory()


@pytest.fixture
def company(school):
    return CompanyFactory(verified=True, school=school)


def figures(school, dimension: str) -> dict[str, tuple[int, int]]:
    table = observe(staff_actor(school), Dimension(dimension)).table
    return {group.key: (group.openings, group.seekers) for group in table.groups}


CASES = {
    "nobody and nothing": ([], [], "kind", {}),
    "openings, nobody looks": ([{"openings": 4}], [], "kind", {"full_time": (4, 0)}),
    "people, nothing open": ([], [{}, {}], "kind", {"full_time": (0, 2)}),
    "a student of two kinds counts in both": (
        [{"openings": 4}, {"openings": 6, "kind": "internship"}],
        [{"wanted_kinds": ["full_time", "internship"]}, {"wanted_kinds": ["internship"]}],
        "kind",
        {"full_time": (4, 1), "internship": (6, 2)},
    ),
    "a student without a wish": (
        [{"openings": 4}],
        [{"wanted_kinds": []}],
        "kind",
        {"full_time": (4, 0), ANY: (0, 1)},
    ),
    "a position of two majors counts in both": (
        [{"openings": 5, "majors": ["会计", "护理"]}, {"openings": 2, "majors": []}],
        [{"major_name": "会计"}, {"major_name": "会计"}, {"major_name": "物流"}],
        "major",
        {"会计": (5, 2), "护理": (5, 0), "物流": (0, 1), ANY: (2, 0)},
    ),
    "a city wished twice by one student counts once": (
        [{"openings": 3, "city_code": "310000"}],
        [{"wanted_cities": ["310000", "310000", "420100"]}],
        "city",
        {"310000": (3, 1), "420100": (0, 1)},
    ),
    "any education asks for no level, students always have one": (
        [{"openings": 3, "education": "any"}, {"openings": 1, "education": "bachelor"}],
        [{"education": "secondary"}, {"education": "bachelor"}],
        "education",
        {"bachelor": (1, 1), "secondary": (0, 1), ANY: (3, 0)},
    ),
    "two occupations of one group count once, of two groups in both": (
        [{"openings": 3, "code": "6-18-01-01"}, {"openings": 2, "code": "4-01-01-00"}],
        [{"wanted_occupations": ["6-18-01-01", "6-18-02-01"]}, {"wanted_occupations": ["6-18-01-01", "4-01-01-00"]}],
        "occupation",
        {"4-00-00-00": (2, 1), "6-00-00-00": (3, 2)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_market_by_hand(school, company, case):
    positions, people, dimension, expected = CASES[case]
    majors = {}
    for row in positions:
        values = dict(row)
        occupation = OccupationFactory(code=values.pop("code")) if "code" in values else OccupationFactory()
        PositionFactory(published=True, company=company, occupation=occupation, **values)
    for row in people:
        values = dict(row)
        if name := values.pop("major_name", None):
            values["major"] = majors.get(name) or MajorFactory(school=school, name=name)
            majors[name] = values["major"]
        StudentFactory(school=school, **values)
    assert figures(school, dimension) == expected


# What counts and what does not, over every status


@pytest.mark.parametrize("status", PositionStatus)
def test_only_a_published_position_counts(school, company, status):
    row = PositionFactory(published=True, company=company)
    Position.objects.filter(pk=row.pk).update(status=status)
    total = observe(staff_actor(school), Dimension.KIND).table.total
    assert total.positions == (1 if status == PositionStatus.PUBLISHED else 0)


@pytest.mark.parametrize("status", StudentStatus)
@pytest.mark.parametrize("seeking", [True, False])
def test_only_a_confirmed_student_who_looks_counts(school, status, seeking):
    StudentFactory(school=school, status=status, seeking=seeking)
    total = observe(staff_actor(school), Dimension.KIND).table.total
    assert total.seekers == int(status == StudentStatus.CONFIRMED and seeking)


@pytest.mark.parametrize("state", ["draft", "submitted", "verified", "rejected", "suspended", "expired"])
def test_only_a_company_that_is_verified_now_counts(school, company, state):
    PositionFactory(published=True, company=company, openings=9)
    like = CompanyFactory.build(school=school, **({state: True} if state != "draft" else {}))
    Company.objects.filter(pk=company.pk).update(status=like.status, vetted_until=like.vetted_until)
    total = observe(staff_actor(school), Dimension.KIND).table.total
    assert total.openings == (9 if state == "verified" else 0)


@pytest.mark.parametrize(
    ("deadline", "expires", "counted"),
    [(0, 1, True), (1, 1, True), (-1, 1, False), (0, 0, False), (1, -1, False)],
)
def test_the_last_day_counts_and_the_day_after_does_not(school, company, deadline, expires, counted):
    PositionFactory(
        published=True,
        company=company,
        deadline=clock.today() + timedelta(days=deadline),
        expires_at=clock.now() + timedelta(days=expires),
    )
    assert observe(staff_actor(school), Dimension.KIND).table.total.positions == int(counted)


def test_time_alone_takes_a_position_out(school, company):
    PositionFactory(published=True, company=company, openings=4)
    assert observe(staff_actor(school), Dimension.KIND).table.total.openings == 4
    clock.advance(timedelta(days=61))
    assert observe(staff_actor(school), Dimension.KIND).table.total.openings == 0


@pytest.mark.parametrize(
    "status", ["new", "viewed", "shortlisted", "interview", "offer", "hired", "declined", "withdrawn"]
)
def test_only_who_was_hired_looks_no_more(school, status):
    student = StudentFactory(school=school)
    ApplicationFactory(student=student, status=status)
    ApplicationFactory(student=student, status="declined")
    assert observe(staff_actor(school), Dimension.KIND).table.total.seekers == (0 if status == "hired" else 1)


def test_a_suspended_schools_companies_count_for_nobody(school, company):
    PositionFactory(published=True, company=company, openings=4)
    School.objects.filter(pk=school.pk).update(suspended_at=clock.now(), suspended_reason="test")
    assert observe(staff_actor(school), Dimension.KIND).table.total.openings == 0


# Figures, what is left out, and rows


def test_what_is_counted_and_what_is_left_out_add_up_to_what_is_there(school, company):
    StudentFactory.create_batch(3, school=school)
    StudentFactory.create_batch(2, school=school, seeking=False)
    StudentFactory(school=school, pending=True, seeking=False)
    ApplicationFactory(student=StudentFactory(school=school), status="hired")
    PositionFactory.create_batch(2, published=True, company=company)
    PositionFactory(published=True, company=company, deadline=clock.today() - timedelta(days=1))
    observation = observe(staff_actor(school), Dimension.MAJOR)
    left_out = [item.number for item in observation.excluded]
    assert left_out == [1, 2, 1, 0, 1]
    students = Student.objects.filter(school=school).count()
    assert observation.table.total.seekers + sum(left_out[:3]) == students == 7
    published = Position.objects.filter(status=PositionStatus.PUBLISHED, company__school=school).count()
    assert observation.table.total.positions + sum(left_out[3:]) == published


def test_reasons_for_leaving_out_are_said_in_the_readers_language(school):
    said = {}
    for language in ("en", "zh-hans"):
        with override(language):
            said[language] = [
                str(item.reason) for item in observe(staff_actor(school), Dimension.KIND).excluded
            ]
    assert said["en"][0] == "students the school has not confirmed"
    assert all(one.isascii() for one in said["en"])
    assert not any(one.isascii() for one in said["zh-hans"])
    assert len(set(said["zh-hans"])) == 5


NAMES = {
    ("city", "310000"): ("上海", "上海"),
    ("education", "associate"): ("Associate degree", "大专"),
    ("kind", "internship"): ("Internship", "实习"),
    ("major", "护理"): ("护理", "护理"),
    ("major", ANY): ("Nothing named", "未注明"),
}


@pytest.mark.parametrize(("dimension", "key"), NAMES)
def test_groups_have_names_in_either_language(school, company, dimension, key):
    PositionFactory(published=True, company=company, kind="internship", majors=["护理"], city_code="310000")
    PositionFactory(published=True, company=company, majors=[])
    said = []
    for language in ("en", "zh-hans"):
        with override(language):
            observation = observe(staff_actor(school), Dimension(dimension))
            said.append(observation.label(key))
        assert key in [group.key for group in observation.table.groups]
    assert tuple(said) == NAMES[dimension, key]


def test_rows_of_a_figure_stand_largest_first_and_students_by_number(school, company):
    for openings in (2, 9, 5):
        PositionFactory(published=True, company=company, openings=openings)
    for number in ("30", "10", "20"):
        StudentFactory(school=school, number=number)
    actor = staff_actor(school)
    observation = observe(actor, Dimension.KIND)
    openings = rows_behind(actor, observation, Side.OPENINGS, "full_time")
    people = rows_behind(actor, observation, Side.SEEKERS, "full_time")
    assert [row.openings for row in openings] == [9, 5, 2]
    assert [row.number for row in people] == ["10", "20", "30"]


def test_rows_are_read_afresh_so_that_nobody_is_shown_who_is_hidden_meanwhile(school):
    student = StudentFactory(school=school)
    actor = staff_actor(school)
    observation = observe(actor, Dimension.KIND)
    Student.objects.filter(pk=student.pk).update(seeking=False)
    assert observation.table.total.seekers == 1
    assert list(rows_behind(actor, observation, Side.SEEKERS, "*")) == []


@pytest.mark.parametrize("key", ["nonsense", "310000'; --", "", "*x"])
@pytest.mark.parametrize("side", Side)
def test_a_group_that_is_not_there_has_no_rows(school, company, side, key):
    PositionFactory(published=True, company=company, majors=["护理"])
    StudentFactory(school=school)
    actor = staff_actor(school)
    assert list(rows_behind(actor, observe(actor, Dimension.MAJOR), side, key)) == []
