"""Who acts on positions."""

import pytest

from backend.accounts.actor import actor_of
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import CompanyFactory, RecruiterFactory


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
