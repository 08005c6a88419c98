"""One application, and everybody who stands around it."""

import re

import pytest
from django.test import Client
from rest_framework.test import APIClient

from backend.accounts.actor import ANONYMOUS, SYSTEM, Actor
from backend.accounts.enums import Role
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import ApplicationFactory, recruiter_actor, staff_actor, student_actor
from tests.factories.companies import CompanyFactory, RecruiterFactory
from tests.factories.schools import SchoolFactory
from tests.factories.students import StudentFactory

LIST = "/applications/"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def application(db, frozen_now):
    """A new application of a student at a company of the same school."""
    return ApplicationFactory()


@pytest.fixture
def people(application):
    """Actors without accounts, by what they are to the application."""
    student, company, school = application.student, application.position.company, application.student.school
    department = student.major.department_id
    return {
        "visitor": ANONYMOUS,
        "system": SYSTEM,
        "student": student_actor(student),
        "classmate": student_actor(StudentFactory(school=school, major=student.major)),
        "recruiter": recruiter_actor(company),
        "owner": recruiter_actor(company, is_owner=True),
        "rival": recruiter_actor(CompanyFactory(verified=True, school=school)),
        "staff": staff_actor(school),
        "department staff": staff_actor(school, department_id=department),
        "other department": staff_actor(school, department_id=department + 1000),
        "strange staff": staff_actor(SchoolFactory()),
        "operator": Actor(role=Role.OPERATOR),
    }


@pytest.fixture
def student_user(application):
    """The account of the student."""
    return MembershipFactory(of_student=True, student=application.student).user


@pytest.fixture
def recruiter_user(application):
    """The account of a recruiter of the company."""
    return RecruiterFactory(company=application.position.company).user


@pytest.fixture
def staff_user(application):
    """The account of staff of the student's school."""
    return MembershipFactory(school=application.student.school).user


@pytest.fixture
def browsers(student_user, recruiter_user, staff_user):
    """A browser in English for each of the three."""
    users = {"student": student_user, "recruiter": recruiter_user, "staff": staff_user}
    return {name: browser(user) for name, user in users.items()}


@pytest.fixture
def apis(student_user, recruiter_user, staff_user):
    """A JSON client for each of the three."""
    users = {"student": student_user, "recruiter": recruiter_user, "staff": staff_user}
    return {name: browser(user, APIClient) for name, user in users.items()}


def browser(user, kind=Client):
    """A client in which this person has signed in."""
    client = kind(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(user, BACKEND)
    return client


def text_of(answer):
    """A page as one line."""
    return re.sub(r"\s+", " ", answer.content.decode())
