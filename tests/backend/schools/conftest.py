"""One school with a department, a major and a class; another school; and everybody who may ask."""

from dataclasses import dataclass

import pytest

from backend.accounts.actor import ANONYMOUS, SYSTEM, Actor
from backend.accounts.enums import Role
from backend.schools.models import Department, Major, School, SchoolClass
from tests.factories.applications import recruiter_actor, staff_actor, student_actor
from tests.factories.companies import CompanyFactory
from tests.factories.schools import DepartmentFactory, MajorFactory, SchoolClassFactory, SchoolFactory
from tests.factories.students import StudentFactory

ACTORS = ("anonymous", "student", "recruiter", "owner", "staff", "dean", "operator", "system", "far_staff")


@dataclass
class Campus:
    """Rows of the own school, of another department of it, and of a school outside."""

    school: School
    department: Department
    major: Major
    group: SchoolClass
    second: Department
    second_major: Major
    far: School
    far_department: Department
    far_major: Major
    far_group: SchoolClass
    actors: dict[str, Actor]


@pytest.fixture
def campus(db) -> Campus:
    """Built afresh for a test, without a single account: actors are values."""
    school, far = SchoolFactory(name="云湖学院"), SchoolFactory(name="远山学院")
    department = DepartmentFactory(school=school, name="信息系")
    major = MajorFactory(school=school, department=department, name="软件技术")
    second = DepartmentFactory(school=school, name="机电系")
    far_department = DepartmentFactory(school=far, name="外语系")
    far_major = MajorFactory(school=far, department=far_department, name="商务英语")
    company = CompanyFactory(school=school, verified=True)
    student = StudentFactory(school=school, major=major)
    return Campus(
        school=school,
        department=department,
        major=major,
        group=SchoolClassFactory(major=major, name="软件一班"),
        second=second,
        second_major=MajorFactory(school=school, department=second, name="数控技术"),
        far=far,
        far_department=far_department,
        far_major=far_major,
        far_group=SchoolClassFactory(major=far_major, name="英语一班"),
        actors={
            "anonymous": ANONYMOUS,
            "student": student_actor(student),
            "recruiter": recruiter_actor(company),
            "owner": recruiter_actor(company, is_owner=True),
            "staff": staff_actor(school),
            "dean": staff_actor(school, department_id=department.pk),
            "operator": Actor(role=Role.OPERATOR),
            "system": SYSTEM,
            "far_staff": staff_actor(far),
        },
    )
