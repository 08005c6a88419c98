"""Staff's lists: finding, queue, pages and queries; what recruiters are not told; pages in both languages."""

from datetime import timedelta

import pytest
from django.test import Client

from backend.accounts.models import User
from backend.common import clock
from backend.students.enums import StudentStatus
from backend.students.models import RosterImport, Student
from backend.students.queries import (
    StudentFilter,
    companies_to_grant,
    imports_listed,
    pending_visible_to,
    students_found,
)
from tests.factories.companies import CompanyFactory
from tests.factories.schools import DepartmentFactory, MajorFactory
from tests.factories.students import StudentFactory

NUMBERS = {"A1": "软件技术", "A2": "软件技术", "B1": "数控技术"}


@pytest.fixture
def crowd(world) -> dict[str, Student]:
    """Three more students in two departments."""
    other = MajorFactory(
        school=world.school, department=DepartmentFactory(school=world.school), name="数控技术"
    )
    majors = {"软件技术": world.student.major, "数控技术": other}
    return {
        number: StudentFactory(
            school=world.school,
            major=majors[major],
            number=number,
            name=f"学生{number}",
            graduation_year=2026 if number != "A2" else 2027,
            status="confirmed" if number != "B1" else "roster",
        )
        for number, major in NUMBERS.items()
    }


def found(actor, **wanted) -> list[str]:
    return [row.number for row in students_found(actor, StudentFilter(**wanted))]


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        ({}, ["20230001", "A1", "A2", "B1"]),
        ({"text": "A"}, ["A1", "A2"]),
        ({"text": "a"}, ["A1", "A2"]),
        ({"text": " 学生A "}, ["A1", "A2"]),
        ({"text": "数控"}, ["B1"]),
        ({"text": "李晓"}, ["20230001"]),
        ({"text": "1"}, ["A1", "B1"]),
        ({"text": "%"}, []),
        ({"status": "roster"}, ["B1"]),
        ({"status": "left"}, []),
        ({"year": 2027}, ["A2"]),
        ({"year": 2027, "text": "B"}, []),
        ({"status": "confirmed", "year": 2026}, ["20230001", "A1"]),
    ],
)
def test_staff_find(world, crowd, wanted, numbers):
    assert found(world.staff, **wanted) == numbers


def test_finding_by_department_and_major(world, crowd):
    other = crowd["B1"].major
    assert found(world.staff, department=world.department.pk) == ["20230001", "A1", "A2"]
    assert found(world.staff, department=other.department_id) == ["B1"]
    assert found(world.staff, major=other.pk) == ["B1"]
    assert found(world.staff, major=world.stranger.major_id) == []


def test_a_dean_finds_the_own_department(world, crowd):
    assert found(world.dean) == ["20230001", "A1", "A2"]
    assert found(world.dean, department=crowd["B1"].major.department_id) == []


def test_other_schools_find_nobody_of_ours(world, crowd):
    assert found(world.other_staff) == [world.stranger.number]
    assert found(world.other_staff, text="李晓") == []


@pytest.mark.parametrize("text", ["李晓", "20230001", "没有这个人"])
def test_a_company_cannot_ask_by_name_or_number(world, crowd, text):
    assert sorted(found(world.recruiter, text=text)) == ["20230001", "A1", "A2"]


@pytest.mark.parametrize("status", StudentStatus.values)
def test_the_queue_holds_only_who_waits(world, status):
    Student.objects.filter(pk=world.student.pk).update(status=status)
    for actor in (world.staff, world.dean):
        assert (world.student in pending_visible_to(actor)) is (status == "pending")
    for actor in (world.other_staff, world.recruiter, world.student_actor):
        assert world.student not in pending_visible_to(actor)


def test_the_queue_is_first_come_first(world, frozen_now):
    order = []
    for minutes in (3, 1, 2):
        row = StudentFactory(pending=True, school=world.school, major=world.student.major)
        Student.objects.filter(pk=row.pk).update(updated_at=clock.now() + timedelta(minutes=minutes))
        order.append((minutes, row.pk))
    assert [row.pk for row in pending_visible_to(world.staff)] == [pk for _minutes, pk in sorted(order)]


@pytest.mark.parametrize("rows", [1, 3])
def test_finding_costs_one_query(world, rows, django_assert_num_queries):
    StudentFactory.create_batch(rows - 1, school=world.school, major=world.student.major)
    with django_assert_num_queries(1):
        listed = [
            (row.name, row.school.name, row.major.department.name, row.school_class)
            for row in students_found(world.staff, StudentFilter())
        ]
    assert len(listed) == rows


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_rosters_reads_no_rows_of_them(world, rows, django_assert_num_queries):
    for n in range(rows):
        RosterImport.objects.create(school=world.school, file_name=f"{n}.csv", rows=[{"name": "x"}] * 9)
    with django_assert_num_queries(1) as captured:
        assert [row.file_name for row in imports_listed(world.staff)] == [
            f"{n}.csv" for n in reversed(range(rows))
        ]
    assert '"rows"' not in captured.captured_queries[0]["sql"]


def test_consent_is_offered_to_reachable_companies_in_order_of_name(world):
    world.company.name = "乙公司"
    world.company.save()
    first = CompanyFactory(school=world.school, name="A公司", verified=True)
    CompanyFactory(school=world.school, name="待审公司", submitted=True)
    CompanyFactory(name="外校公司", verified=True)
    assert list(companies_to_grant(world.student_actor)) == [first, world.company]


def page(world, who: str, path: str, language: str) -> str:
    user = User.objects.get(pk=getattr(world, who).user_id)
    client = Client(HTTP_ACCEPT_LANGUAGE=language)
    client.force_login(user)
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("who", "path", "english"),
    [
        ("student_actor", "/me/seen/", "Who saw me"),
        ("student_actor", "/me/consents/", "Consents"),
        ("student_actor", "/me/visibility/", "Visibility"),
        ("student_actor", "/me/resumes/", "Resumes"),
        ("staff", "/students/", "Students"),
        ("staff", "/students/queue/", "Confirmations"),
        ("staff", "/students/rosters/", "Rosters"),
    ],
)
def test_each_page_and_its_empty_state_speak_both_languages(world, who, path, english):
    assert english in page(world, who, path, "en")
    chinese = page(world, who, path, "zh-hans")
    assert 'lang="zh-Hans"' in chinese
    assert f"<h1>{english}" not in chinese


@pytest.mark.parametrize(
    ("status", "shown"),
    [("pending", False), ("refused", True), ("confirmed", False)],
)
def test_a_refused_student_reads_the_reason_and_may_ask_again(world, status, shown):
    Student.objects.filter(pk=world.student.pk).update(status=status, status_reason="学号有误")
    text = page(world, "student_actor", "/me/", "en")
    assert ("学号有误" in text) is shown
    assert ('name="number"' in text) is shown
