"""A student who keeps searches, a company that publishes, and what is told."""

from datetime import timedelta

import pytest
from django.core import mail

from backend.accounts.actor import actor_of
from backend.common import clock, outbox
from backend.notifications.models import Notification
from backend.positions import indexing
from backend.searches.models import AlertedMatch
from tests.backend.positions.conftest import signed_in, student_of
from tests.factories.companies import CompanyFactory
from tests.factories.positions import PositionFactory
from tests.factories.searches import SavedSearchFactory


@pytest.fixture(autouse=True)
def one_engine(settings):
    """One engine is enough."""
    settings.ELASTICSEARCH_URL = ""


@pytest.fixture
def company(frozen_now, db):
    """A verified company."""
    return CompanyFactory(verified=True, name="示例机械")


@pytest.fixture
def student(company):
    """The account of a student of the school the company registered with."""
    return student_of(company.school)


@pytest.fixture
def me(student):
    """The same person as an actor."""
    return actor_of(student)


@pytest.fixture
def browser(student):
    """The student's browser."""
    return signed_in(student)


def keep(owner, address="q=数控", **fields):
    """A saved search of this person."""
    return SavedSearchFactory(owner=owner, address=address, **fields)


def publish(company, title="数控操作员", **fields):
    """A position that has just become public; search knows of it once `deliver` has run."""
    row = PositionFactory(company=company, published=True, title=title, **fields)
    indexing.look_again([row.pk])
    return row


def deliver(after=timedelta()):
    """Let the worker deliver everything that is due after a while."""
    clock.advance(after)
    return outbox.drain()


def look_again(*positions):
    """Something about these has changed, and everything has been delivered."""
    indexing.look_again([position.pk for position in positions])
    deliver()


def matches():
    """(search, position) of every match, in order."""
    return [
        *AlertedMatch.objects.order_by("search_id", "position_id").values_list("search_id", "position_id")
    ]


def told():
    """(whose, kind, sentence) of every notification, in order."""
    rows = Notification.objects.select_related("user").order_by("pk")
    return [(row.user.pk, row.kind, row.params["positions"]) for row in rows if row.kind == "search_found"]


def mailed():
    """Whom mails about searches went to, in order: those that say how to stop them."""
    return [message.to[0] for message in mail.outbox if "List-Unsubscribe" in message.extra_headers]
