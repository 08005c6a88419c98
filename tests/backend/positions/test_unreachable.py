"""Applying, matches and the fair: paths of other parts that must not lead to a company without valid vetting either."""

from datetime import timedelta

import pytest
from django.test import Client
from rest_framework.test import APIClient

from backend.applications.models import Application
from backend.common import clock, outbox
from backend.companies.models import Company
from backend.positions import indexing
from backend.positions.models import Position
from fairs.models import Booth, FairRegistration, Ticket
from tests.backend.positions.conftest import BACKEND
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import CompanyFactory
from tests.factories.fairs import BoothFactory, FairFactory
from tests.factories.positions import PositionFactory
from tests.factories.students import StudentFactory


@pytest.fixture
def position(company):
    """A public position that search knows, brought to the booth of a live fair."""
    row = PositionFactory(company=company, published=True, title="数控装配工", majors=[])
    booth = BoothFactory(fair=FairFactory(school=company.school), company=company)
    booth.positions.add(row)
    indexing.look_again([row.pk])
    outbox.drain()
    return row


@pytest.fixture
def user(position):
    """A student of the school who has registered for the fair."""
    student = StudentFactory(school=position.company.school)
    FairRegistration.objects.create(fair=Booth.objects.get().fair, student=student)
    return MembershipFactory(of_student=True, student=student).user


@pytest.fixture
def browser(user):
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(user, BACKEND)
    return client


@pytest.fixture
def api(user):
    client = APIClient()
    client.force_login(user, BACKEND)
    return client


def names_of(browser, position):
    """Which pages name the company or the position."""
    booth = Booth.objects.get()
    pages = {
        "search": f"/positions/?q={position.title}",
        "search by company": f"/positions/?company={position.company_id}",
        "position": f"/positions/{position.pk}/",
        "apply": f"/positions/{position.pk}/apply/",
        "company": f"/companies/{position.company_id}/",
        "fair": f"/fairs/{booth.fair_id}/",
        "hall": f"/fairs/{booth.fair_id}/hall/",
        "matches": "/matches/",
        "why": f"/matches/{position.pk}/",
    }
    words = (position.title, position.company.name)
    texts = {name: browser.get(path) for name, path in pages.items()}
    return {
        name
        for name, answer in texts.items()
        if answer.status_code == 200 and any(word in _main(answer, position) for word in words)
    }


def _main(answer, position):
    """The page without what the reader typed: a searched title stands in the field again."""
    return answer.content.decode().replace(f'value="{position.title}"', "")


EVERYWHERE = {"search", "search by company", "position", "apply", "company", "fair", "hall", "matches", "why"}


def suspend(company):
    Company.objects.filter(pk=company.pk).update(status="suspended", vetted_until=None)


def unverify(company):
    Company.objects.filter(pk=company.pk).update(status="submitted", vetted_until=None)


def reject(company):
    Company.objects.filter(pk=company.pk).update(status="rejected", vetted_until=None)


def let_vetting_end(company):
    Company.objects.filter(pk=company.pk).update(vetted_until=clock.now() + timedelta(minutes=5))
    clock.advance(timedelta(minutes=5))


HAPPENINGS = [suspend, unverify, reject, let_vetting_end]


def test_a_company_with_valid_vetting_is_named_everywhere(browser, position):
    assert names_of(browser, position) == EVERYWHERE


@pytest.mark.parametrize("happening", HAPPENINGS)
def test_a_company_without_is_named_nowhere(browser, position, company, happening):
    happening(company)
    assert names_of(browser, position) == set()


@pytest.mark.parametrize("happening", HAPPENINGS)
def test_nobody_applies_there_on_any_path(browser, api, position, company, happening):
    happening(company)
    assert browser.post(f"/positions/{position.pk}/apply/", {"note": ""}).status_code == 404
    answer = api.post("/api/v1/applications/", {"position_id": position.pk}, format="json")
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
    assert Application.objects.count() == 0


@pytest.mark.parametrize("happening", HAPPENINGS)
def test_nobody_joins_its_line(browser, position, company, happening):
    booth = Booth.objects.get()
    happening(company)
    assert browser.post(f"/fairs/booths/{booth.pk}/join/").status_code in (403, 404, 409)
    assert Ticket.objects.count() == 0


def test_with_valid_vetting_the_same_student_joins_and_applies(browser, api, position):
    assert browser.post(f"/fairs/booths/{Booth.objects.get().pk}/join/").status_code == 302
    answer = api.post("/api/v1/applications/", {"position_id": position.pk}, format="json")
    assert (answer.status_code, Application.objects.count(), Ticket.objects.count()) == (201, 1, 1)


@pytest.mark.parametrize("status", ["draft", "in_review", "paused", "closed", "expired"])
def test_a_position_that_is_not_public_is_on_no_page_though_its_company_is(browser, position, status):
    Position.objects.update(status=status)
    reached = names_of(browser, position)
    assert reached <= {"search by company", "company", "fair", "hall"}
    for path in (f"/companies/{position.company_id}/", f"/fairs/{Booth.objects.get().fair_id}/hall/"):
        assert position.title not in browser.get(path).content.decode()


def test_interest_in_what_is_unreachable_is_not_noted(browser, position, company):
    suspend(company)
    answer = browser.post(f"/positions/{position.pk}/interest/", {"kind": "save"})
    assert answer.status_code == 404


def test_a_company_of_a_strange_school_is_named_to_visitors_and_not_to_students(browser, position):
    strange = PositionFactory(company=CompanyFactory(verified=True), published=True, title="异地焊接工")
    indexing.look_again([strange.pk])
    outbox.drain()
    paths = [
        f"/positions/{strange.pk}/",
        f"/positions/{strange.pk}/apply/",
        f"/companies/{strange.company_id}/",
    ]
    assert [browser.get(path).status_code for path in paths] == [404, 404, 404]
    assert Client().get(paths[0]).status_code == 200
    assert "异地焊接工" not in browser.get("/positions/", {"q": "焊接"}).content.decode()
