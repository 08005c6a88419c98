"""Who acts on positions, and the browsers they sit at."""

import pytest
from django.test import Client
from rest_framework.test import APIClient

from backend.accounts.actor import ANONYMOUS, SYSTEM, Actor, actor_of
from backend.accounts.enums import Role
from backend.common import outbox
from backend.positions import indexing
from backend.positions.enums import PositionStatus
from backend.positions.models import Position
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import CompanyFactory, RecruiterFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import AllianceFactory, SchoolFactory
from tests.factories.students import StudentFactory

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def company(frozen_now, db):
    """A verified company."""
    return CompanyFactory(verified=True)


@pytest.fixture
def recruiter(company):
    """A recruiter of the company."""
    return actor_of(RecruiterFactory(company=company).user)


@pytest.fixture
def clerk(company):
    """Staff of the school that vets the company."""
    return actor_of(MembershipFactory(school=company.school).user)


@pytest.fixture
def hr_browser(company):
    """The browser of a recruiter of the company."""
    return signed_in(RecruiterFactory(company=company).user)


@pytest.fixture
def office_browser(company):
    """The browser of staff of the school that vets the company."""
    return signed_in(MembershipFactory(school=company.school).user)


@pytest.fixture
def hr_api(company):
    """A recruiter of the company over JSON."""
    return signed_in(RecruiterFactory(company=company).user, APIClient())


@pytest.fixture
def office_api(company):
    """Staff of the school that vets the company over JSON."""
    return signed_in(MembershipFactory(school=company.school).user, APIClient())


@pytest.fixture
def owner(company):
    """An owner of a verified company that registered itself."""
    return actor_of(RecruiterFactory(company=company, owner=True).user)


def imported(company, **fields):
    """The row an import made of the company: its name, no people, no code."""
    values = {"name": company.name, "credit_code": "", "source": "import", "school": company.school}
    return CompanyFactory(**{**values, **fields})


@pytest.fixture
def coded(company):
    """An imported company with the company's code and three positions, one of them public."""
    source = imported(company, credit_code=company.credit_code, name="旧名称", verified=True, version=9)
    for status in (PositionStatus.PUBLISHED, PositionStatus.IN_REVIEW, PositionStatus.CLOSED):
        PositionFactory(
            company=source, published=True, status=status, source="import", source_key=status.value
        )
    return source


@pytest.fixture
def named(company):
    """An imported company with the company's name alone, and a position."""
    source = imported(company)
    PositionFactory(company=source, in_review=True, source="import", source_key="k")
    return source


def signed_in(user, client=None):
    """A client in which this person has signed in."""
    client = client or Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def people(company):
    """Actors without accounts, by what they are to the company: its own, its school's, an ally's and strangers'."""
    alliance = AllianceFactory()
    company.school.alliance = alliance
    company.school.save()
    home, ally, away = company.school_id, SchoolFactory(alliance=alliance).pk, company.school_id + 1000
    rival = CompanyFactory(verified=True, school=company.school).pk
    near, far = (home, ally), (away,)
    return {
        "visitor": ANONYMOUS,
        "system": SYSTEM,
        "recruiter": Actor(Role.RECRUITER, None, home, near, company_id=company.pk),
        "owner": Actor(Role.RECRUITER, None, home, near, company_id=company.pk, is_owner=True),
        "rival": Actor(Role.RECRUITER, None, home, near, company_id=rival),
        "student": Actor(Role.STUDENT, None, home, near, student_id=1),
        "ally student": Actor(Role.STUDENT, None, ally, near, student_id=2),
        "strange student": Actor(Role.STUDENT, None, away, far, student_id=3),
        "staff": Actor(Role.STAFF, None, home, near),
        "department staff": Actor(Role.STAFF, None, home, near, department_id=1),
        "ally staff": Actor(Role.STAFF, None, ally, near),
        "strange staff": Actor(Role.STAFF, None, away, far),
        "operator": Actor(Role.OPERATOR),
    }


def student_of(school, **fields):
    """The user of a confirmed student of the school."""
    student = StudentFactory(school=school, **fields)
    return MembershipFactory(of_student=True, student=student, school=school).user


def let_search_know():
    """Have every position indexed as its row is now, and whatever else is due delivered."""
    indexing.look_again(Position.objects.values_list("pk", flat=True))
    outbox.drain()
