"""People around one school, and people of another that must never be heard of."""

from dataclasses import dataclass

import pytest

from backend.accounts.actor import Actor, actor_of
from backend.accounts.enums import Role
from backend.companies.models import Company
from backend.schools.models import Department, School
from backend.students.models import Student
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import DepartmentFactory, MajorFactory, SchoolFactory
from tests.factories.students import StudentFactory

CANARY = "金丝雀"


@dataclass
class World:
    """One school with a student, staff, and a verified company; and another school full of canaries."""

    school: School
    department: Department
    student: Student
    company: Company
    student_actor: Actor
    staff: Actor
    dean: Actor
    recruiter: Actor
    stranger: Student
    other_staff: Actor


def make_world() -> World:
    """Build the world; every string of the other school holds CANARY."""
    school = SchoolFactory()
    department = DepartmentFactory(school=school)
    major = MajorFactory(school=school, department=department, name="软件技术")
    student = StudentFactory(
        school=school, major=major, name="李晓明", number="20230001", email="li@students.invalid"
    )
    company = CompanyFactory(school=school, verified=True)
    other = SchoolFactory(name=f"{CANARY}学院")
    far = MajorFactory(
        school=other, department=DepartmentFactory(school=other, name=f"{CANARY}系"), name=f"{CANARY}专业"
    )
    stranger = StudentFactory(
        school=other, major=far, name=f"{CANARY}同学", email="canary@students.invalid", about=f"{CANARY}自述"
    )
    return World(
        school=school,
        department=department,
        student=student,
        company=company,
        student_actor=_actor(of_student=True, student=student),
        staff=_actor(school=school),
        dean=_actor(school=school, department=department),
        recruiter=_actor(recruiter=True, company=company),
        stranger=stranger,
        other_staff=_actor(school=other),
    )


def _actor(**membership) -> Actor:
    return actor_of(MembershipFactory(**membership).user)


@pytest.fixture
def world(db) -> World:
    """One school, its people, and the other school."""
    return make_world()


@pytest.fixture
def newcomer(db) -> Actor:
    """Somebody signed in who belongs to nothing yet."""
    from tests.factories.accounts import UserFactory

    actor = actor_of(UserFactory(email="new@students.invalid"))
    assert (actor.role, actor.school_id) == (Role.ANONYMOUS, None)
    return actor
