"""What matching is told of a row: everything it can use, nothing that names or protects anybody."""

from dataclasses import fields
from datetime import date

import pytest

import matching.types as plain
from backend.common import clock
from backend.recommendations.convert import as_position, as_student
from backend.recommendations.queries import student_of, with_profile
from backend.schools.models import School
from backend.students.models import Student
from tests.factories.schools import OccupationFactory
from tests.factories.students import ExperienceFactory, StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
TWO_DAYS = {"started_on": date(2025, 9, 1), "ended_on": date(2025, 9, 2)}


def test_a_student_becomes_plain_values(student, actor):
    ExperienceFactory(student=student, started_on=date(2025, 3, 1), ended_on=date(2025, 8, 31))
    ExperienceFactory(student=student, occupation=OccupationFactory(code="4-04-05-02"), **TWO_DAYS)
    ExperienceFactory(student=student, occupation_id="4-04-05-02", **TWO_DAYS)
    Student.objects.filter(pk=student.pk).update(salary_hope=6000, skill_levels={"SQL": 2, "Java": 3})
    assert as_student(student_of(actor)) == plain.Student(
        id=student.pk,
        major="软件技术",
        major_code="510203",
        education="associate",
        skills=("Java", "SQL"),
        certificates=(),
        experience_months=8,
        wanted_occupations=("2-02-10-03",),
        wanted_cities=("320500",),
        wanted_kinds=("full_time",),
        salary_floor=None,
        text=" ".join(3 * ["测试实习生 编写自动化测试"]),
        available_from=None,
        taught_skills=("Java",),
        major_occupations=("2-02-10-03",),
        headlines=3 * ("测试实习生",),
        salary_hope=6000,
        skill_levels=(("Java", 3), ("SQL", 2)),
        past_occupations=("4-04-05-02",),
        based_in=student.school.city_code,
    )


@pytest.mark.parametrize(
    ("own", "campus", "start"),
    [("420111", "320505", "420111"), ("", "320505", "320505"), ("", "", "320500")],
)
def test_who_does_not_say_from_where_starts_from_the_campus(student, actor, own, campus, start):
    School.objects.update(city_code="320500", district_code=campus)
    Student.objects.filter(pk=student.pk).update(based_in=own)
    assert as_student(student_of(actor)).based_in == start


def test_who_somebody_is_never_reaches_matching():
    """Name, number, address, telephone and school differ; matching is told the same."""
    one = StudentFactory(about="")
    other = StudentFactory(about="", major=one.major, name="王小红", phone="13800000000")
    values = [as_student(row) for row in with_profile(Student.objects.order_by("pk"))]
    told = [{f.name: getattr(v, f.name) for f in fields(v) if f.name != "id"} for v in values]
    assert (told[0], [v.id for v in values]) == (told[1], [one.pk, other.pk])


def test_a_position_becomes_plain_values(fitting):
    fitting.skill_levels, fitting.wanted_skills = {"SQL": 2}, ["Linux"]
    fitting.certificates, fitting.starts_on = ["软件设计师"], clock.today()
    assert as_position(fitting, 4, 0.5) == plain.Position(
        id=fitting.pk,
        title="Java 开发工程师",
        occupation_code="2-02-10-03",
        majors=("软件技术",),
        skills=("Java", "SQL"),
        education="associate",
        experience_months=0,
        city_code="320500",
        kind="full_time",
        salary_min=5000,
        salary_max=8000,
        text="操作数控车床，完成零件加工和自检。 两班倒，提供住宿；会看图纸。",
        openings=3,
        applicants=4,
        published_on=clock.today(),
        starts_on=clock.today(),
        wanted_skills=("Linux",),
        skill_levels=(("SQL", 2),),
        certificates=("软件设计师",),
        district="",
        company_id=fitting.company_id,
        response_rate=0.5,
        closes_on=fitting.deadline,
    )


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2025, 3, 1), date(2025, 3, 1), 1),
        (date(2025, 3, 15), date(2025, 4, 14), 1),
        (date(2025, 3, 15), date(2025, 4, 15), 2),
        (date(2024, 3, 1), date(2025, 2, 28), 12),
        (date(2026, 1, 2), None, 3),
        (date(2026, 5, 1), None, 0),
    ],
)
def test_months_of_experience(student, actor, start, end, months):
    """Begun months count; without an end it is today, 2 March 2026; what begins later counts nothing."""
    ExperienceFactory(student=student, started_on=start, ended_on=end)
    assert as_student(student_of(actor)).experience_months == months
