"""Who sees which student, and what of them."""

from datetime import timedelta

import pytest
from django.db.models import Q

from backend.accounts.actor import ANONYMOUS, SYSTEM, Actor, actor_of
from backend.common import clock
from backend.companies.enums import CompanyStatus
from backend.companies.models import Company
from backend.schools.models import School
from backend.students import queries
from backend.students.enums import StudentStatus, Visibility
from backend.students.models import Student
from backend.students.queries import (
    StudentFilter,
    completeness,
    pending_visible_to,
    profile_for,
    profiles_for,
    resumes_visible_to,
    students_found,
    students_visible_to,
)
from tests.backend.students.conftest import CANARY
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import AllianceFactory, DepartmentFactory, MajorFactory
from tests.factories.students import DisclosureGrantFactory, ExperienceFactory, ResumeFactory, StudentFactory


def names(actor: Actor) -> list[str]:
    return sorted(students_visible_to(actor).values_list("name", flat=True))


def test_everybody_sees_their_own_part(world):
    elsewhere = StudentFactory(
        school=world.school,
        major=MajorFactory(school=world.school),
        name="别系同学",
        visibility=Visibility.HIDDEN,
    )
    assert names(world.student_actor) == ["李晓明"]
    assert names(world.staff) == sorted(["李晓明", elsewhere.name])
    assert names(world.dean) == ["李晓明"]
    assert names(world.recruiter) == ["李晓明"]
    assert names(ANONYMOUS) == []
    assert names(SYSTEM) == sorted(["李晓明", elsewhere.name, world.stranger.name])


@pytest.mark.parametrize("visibility", Visibility.values)
@pytest.mark.parametrize("status", StudentStatus.values)
@pytest.mark.parametrize("seeking", [True, False])
def test_recruiters_reach_whom_visibility_opens(world, visibility, status, seeking):
    Student.objects.filter(pk=world.student.pk).update(visibility=visibility, status=status, seeking=seeking)
    expected = status == "confirmed" and seeking and visibility in {"visible", "anonymous"}
    assert bool(names(world.recruiter)) is expected


@pytest.mark.parametrize("visibility", Visibility.values)
def test_consent_opens_a_student_whatever_the_visibility(world, visibility):
    Student.objects.filter(pk=world.student.pk).update(visibility=visibility, seeking=False)
    grant = DisclosureGrantFactory(student=world.student, company=world.company)
    assert names(world.recruiter) == ["李晓明"]
    grant.revoked_at = clock.now()
    grant.save()
    assert names(world.recruiter) == []


@pytest.mark.parametrize("state", [s for s in CompanyStatus.values if s != "verified"] + ["expired"])
def test_a_company_that_is_not_vetted_reaches_nobody(world, state):
    values = {"vetted_until": clock.now() - timedelta(seconds=1)} if state == "expired" else {"status": state}
    DisclosureGrantFactory(student=world.student, company=world.company)
    Company.objects.filter(pk=world.company.pk).update(**values)
    assert names(world.recruiter) == []


def test_an_alliance_opens_students_to_each_others_companies(world):
    alliance = AllianceFactory()
    School.objects.filter(pk__in=[world.school.pk, world.stranger.school_id]).update(alliance=alliance)
    recruiter = actor_of(MembershipFactory(recruiter=True, company=world.company).user)
    assert names(recruiter) == sorted(["李晓明", world.stranger.name])
    staff = actor_of(MembershipFactory(school=world.school).user)
    assert names(staff) == ["李晓明"]


def test_an_upper_app_opens_students_to_a_company(world, monkeypatch):
    Student.objects.filter(pk=world.student.pk).update(visibility=Visibility.HIDDEN)
    monkeypatch.setattr(queries, "_reaches", {})
    assert names(world.recruiter) == []
    queries.register_reach(
        "test", lambda company_id: Q(pk=world.student.pk) if company_id == world.company.pk else Q(pk=None)
    )
    assert names(world.recruiter) == ["李晓明"]


def test_the_student_and_staff_see_everything(world):
    ExperienceFactory(student=world.student)
    resume = ResumeFactory(student=world.student)
    for actor in (world.student_actor, world.staff, world.dean, SYSTEM):
        seen = profile_for(actor, world.student)
        assert (seen.name, seen.number, seen.email, seen.phone) == (
            "李晓明",
            "20230001",
            "li@students.invalid",
            world.student.phone,
        )
        assert [row.id for row in seen.resumes] == [resume.pk]
        assert (seen.anonymous, seen.contact_open, len(seen.experiences)) == (False, True, 1)


def test_a_visible_student_shows_the_name_but_no_contact(world):
    Student.objects.filter(pk=world.student.pk).update(about="我叫李晓明", salary_floor=6000)
    ResumeFactory(student=world.student)
    seen = profile_for(world.recruiter, world.student)
    assert (seen.name, seen.about, seen.anonymous) == ("李晓明", "我叫李晓明", False)
    assert (seen.number, seen.email, seen.phone, seen.class_name, seen.salary_floor) == ("", "", "", "", None)
    assert (seen.resumes, seen.contact_open, seen.visibility) == ((), False, "")
    assert seen.skills == ("Java", "SQL")
    assert seen.wanted_cities == ("苏州",)


@pytest.mark.parametrize("visibility", [Visibility.ANONYMOUS, Visibility.HIDDEN])
def test_an_anonymous_student_is_nameless_everywhere(world, visibility):
    Student.objects.filter(pk=world.student.pk).update(about="我叫李晓明", visibility=visibility)
    ExperienceFactory(student=world.student, organisation="李晓明工作室", description="李晓明做的")
    seen = profile_for(world.recruiter, world.student)
    assert "李晓明" not in repr(seen)
    assert world.student.number not in repr(seen)
    assert seen.anonymous is True
    assert str(world.student.pk) in seen.name


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (["name"], ("李晓明", "", "")),
        (["email"], (None, "li@students.invalid", "")),
        (["phone"], (None, "", "13911112222")),
        (["name", "email", "phone"], ("李晓明", "li@students.invalid", "13911112222")),
    ],
)
def test_consent_opens_exactly_its_fields(world, fields, expected):
    Student.objects.filter(pk=world.student.pk).update(visibility=Visibility.HIDDEN, phone="13911112222")
    DisclosureGrantFactory(student=world.student, company=world.company, fields=fields)
    seen = profile_for(world.recruiter, world.student)
    name = expected[0] or seen.name
    assert (seen.name, seen.email, seen.phone) == (name, *expected[1:])
    assert seen.anonymous is (expected[0] is None)


def test_consent_ends_to_the_second(world, frozen_now):
    Company.objects.filter(pk=world.company.pk).update(vetted_until=frozen_now + timedelta(days=90))
    DisclosureGrantFactory(
        student=world.student, company=world.company, expires_at=frozen_now + timedelta(seconds=1)
    )
    assert profile_for(world.recruiter, world.student).email == "li@students.invalid"
    clock.advance(timedelta(seconds=1))
    assert profile_for(world.recruiter, world.student).email == ""


def test_consent_to_one_company_is_none_to_another(world):
    DisclosureGrantFactory(student=world.student, company=world.company)
    rival = actor_of(
        MembershipFactory(recruiter=True, company=CompanyFactory(school=world.school, verified=True)).user
    )
    assert profile_for(rival, world.student).email == ""


def test_a_resume_opens_only_by_name(world):
    first, second = ResumeFactory(student=world.student), ResumeFactory(student=world.student)
    ResumeFactory(student=world.stranger)
    assert list(resumes_visible_to(world.recruiter)) == []
    DisclosureGrantFactory(student=world.student, company=world.company, resume=first, fields=["resume"])
    assert list(resumes_visible_to(world.recruiter)) == [first]
    assert [row.id for row in profile_for(world.recruiter, world.student).resumes] == [first.pk]
    for actor in (world.student_actor, world.staff):
        assert set(resumes_visible_to(actor)) == {first, second}
    first.deleted_at = clock.now()
    first.save()
    assert list(resumes_visible_to(world.recruiter)) == []


@pytest.mark.parametrize("count", [1, 3])
def test_profiles_cost_the_same_for_one_and_three(world, count, django_assert_num_queries):
    students = [StudentFactory(school=world.school, major=world.student.major) for _ in range(count)]
    for student in students:
        ExperienceFactory(student=student)
        ResumeFactory(student=student)
        DisclosureGrantFactory(student=student, company=world.company)
    with django_assert_num_queries(4):
        seen = profiles_for(world.recruiter, students)
    assert [row.id for row in seen] == [student.pk for student in students]
    assert [row.email for row in seen] == [student.email for student in students]


def test_no_string_of_another_school_reaches_anybody(world):
    for actor in (world.student_actor, world.staff, world.dean, world.recruiter):
        found = list(students_found(actor, StudentFilter()))
        assert found
        assert CANARY not in repr(profiles_for(actor, found))


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (StudentFilter(), ["20230001", "20230002", "20240003"]),
        (StudentFilter(text="2023"), ["20230001", "20230002"]),
        (StudentFilter(text=" 晓明 "), ["20230001"]),
        (StudentFilter(text="会计"), ["20240003"]),
        (StudentFilter(status="pending"), ["20230002"]),
        (StudentFilter(year=2027), ["20240003"]),
        (StudentFilter(text="%"), []),
        (StudentFilter(status="left"), []),
    ],
    ids=["all", "number", "name", "major", "status", "year", "wildcard", "none"],
)
def test_staff_find_students(world, wanted, expected):
    StudentFactory(school=world.school, major=world.student.major, number="20230002", pending=True)
    accounting = MajorFactory(
        school=world.school, department=DepartmentFactory(school=world.school), name="会计"
    )
    StudentFactory(school=world.school, major=accounting, number="20240003", graduation_year=2027)
    assert [row.number for row in students_found(world.staff, wanted)] == expected


def test_recruiters_cannot_ask_whether_a_name_is_there(world):
    Student.objects.filter(pk=world.student.pk).update(visibility=Visibility.ANONYMOUS)
    found = students_found(world.recruiter, StudentFilter(text="no such person"))
    assert [row.pk for row in found] == [world.student.pk]


def test_the_queue_is_for_staff_first_come_first(world, frozen_now):
    late = StudentFactory(school=world.school, major=world.student.major, pending=True)
    clock.advance(timedelta(hours=-1))
    early = StudentFactory(school=world.school, major=world.student.major, pending=True)
    StudentFactory(pending=True)
    assert list(pending_visible_to(world.staff)) == [early, late]
    assert list(pending_visible_to(world.student_actor)) == []
    assert list(pending_visible_to(world.recruiter)) == []


def test_completeness_names_what_is_missing(world):
    student = StudentFactory(skills=[], wanted_cities=[], wanted_kinds=[], phone="")
    assert completeness(student).percent == 0
    assert [item.key for item in completeness(student).missing][:3] == [
        "skills",
        "wanted_occupations",
        "resumes",
    ]
    student.skills, student.phone = ["a", "b", "c"], "139"
    ResumeFactory(student=student)
    assert completeness(student).percent == 40


def test_a_full_profile_is_complete(world):
    student = StudentFactory(
        skills=["a", "b", "c"],
        certificates=["d"],
        about="我在校期间做过三个完整的软件项目，喜欢测试与自动化。",
        wanted_occupations=["2-02-10-03"],
        available_from=clock.today(),
    )
    ResumeFactory(student=student)
    ExperienceFactory(student=student)
    assert completeness(student) == queries.Completeness(100, ())


def test_a_removed_resume_counts_no_longer(world):
    ResumeFactory(student=world.student, deleted_at=clock.now())
    assert "resumes" in [item.key for item in completeness(world.student).missing]
