"""Nothing of an unverified, expired or suspended company, and nothing past its validity, on any path."""

from datetime import timedelta

import pytest
from django.test import Client

from backend.accounts.actor import actor_of
from backend.common import clock, outbox
from backend.companies import domain as companies
from backend.companies.models import Company
from backend.positions import domain, indexing, searching
from backend.positions.enums import PositionStatus
from backend.positions.queries import positions_visible_to
from search import api
from search.documents import visibility
from search.query import Filters, PositionQuery
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import CompanyFactory
from tests.factories.positions import PositionFactory
from tests.factories.students import StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


def student_of(school):
    student = StudentFactory(school=school)
    return MembershipFactory(of_student=True, student=student, school=school).user


def signed_in(user):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def ids_in_index():
    everything = PositionQuery(filters=Filters(school_ids=None), size=100, now=clock.now())
    return set(api.find_positions(everything).ids)


def paths_to(position, client):
    """Which paths lead this person to the position now."""
    title = position.title
    page = client.get("/positions/", {"q": title}).content.decode()
    detail = client.get(f"/positions/{position.pk}/")
    listed = client.get("/api/v1/positions/").json()
    one = client.get(f"/api/v1/positions/{position.pk}/")
    found = client.get("/api/v1/positions/search/", {"q": title}).json()
    company = client.get(f"/companies/{position.company_id}/")
    companies_listed = client.get("/api/v1/companies/").json()
    return {
        "search page": f"/positions/{position.pk}/" in page,
        "page": detail.status_code == 200,
        "api list": position.pk in [row["id"] for row in listed["results"]],
        "api": one.status_code == 200,
        "api search": position.pk in [row["id"] for row in found["results"]],
        "company page": company.status_code == 200,
        "api companies": position.company_id in [row["id"] for row in companies_listed["results"]],
    }


@pytest.fixture
def position():
    """A public position that search knows."""
    row = PositionFactory(company=CompanyFactory(verified=True), published=True)
    indexing.look_again([row.pk])
    outbox.drain()
    return row


@pytest.fixture(params=["visitor", "student"])
def client(request, position):
    """Somebody outside the company and the school's staff."""
    return Client() if request.param == "visitor" else signed_in(student_of(position.company.school))


def test_a_public_position_is_reached_on_every_path(position, client):
    assert paths_to(position, client) == dict.fromkeys(paths_to(position, client), True)


def suspend(position):
    clerk = actor_of(MembershipFactory(school=position.company.school).user)
    companies.suspend_company(actor=clerk, company_id=position.company_id, reason="x")


def let_vetting_end(position):
    clock.advance(timedelta(days=183))
    type(position).objects.update(expires_at=clock.now() + timedelta(days=1))


def unverify(position):
    type(position.company).objects.filter(pk=position.company_id).update(status="submitted")


def let_validity_end(position):
    clock.advance(timedelta(days=60))


def pause(position):
    type(position).objects.update(status=PositionStatus.PAUSED)


@pytest.mark.parametrize("relayed", [False, True], ids=["before the index hears", "after the index heard"])
@pytest.mark.parametrize("happening", [suspend, let_vetting_end, unverify])
def test_nothing_of_an_unreachable_company_is_reached_on_any_path(position, client, happening, relayed):
    happening(position)
    if relayed:
        companies.expire_vettings()
        indexing.look_again([position.pk])
        outbox.drain()
        assert ids_in_index() == set()
    assert paths_to(position, client) == dict.fromkeys(paths_to(position, client), False)


@pytest.mark.parametrize("happening", [let_validity_end, pause])
def test_a_position_that_is_over_is_reached_on_no_path(position, client, happening):
    happening(position)
    found = paths_to(position, client)
    assert {name for name, reached in found.items() if reached} <= {"company page", "api companies"}


def test_a_student_of_another_circle_reaches_nothing(position):
    other = signed_in(student_of(CompanyFactory().school))
    assert paths_to(position, other) == dict.fromkeys(paths_to(position, other), False)


def test_suspending_and_verifying_again_forgets_and_finds_again(position):
    suspend(position)
    outbox.drain()
    assert ids_in_index() == set()
    clerk = actor_of(MembershipFactory(school=position.company.school).user)
    seen = Company.objects.get(pk=position.company_id).version
    companies.decide_vetting(actor=clerk, company_id=position.company_id, seen=seen, outcome="verified")
    outbox.drain()
    assert ids_in_index() == {position.pk}


def test_every_step_of_a_position_reaches_the_index(recruiter, clerk, company):
    position = PositionFactory(company=company)
    trail = []
    for act, person, extra in [
        (domain.submit_position, recruiter, {}),
        (domain.decide_position, clerk, {"publish": True}),
        (domain.pause_position, recruiter, {}),
        (domain.resume_position, recruiter, {}),
        (domain.take_down_position, clerk, {"reason": "x"}),
        (domain.decide_position, clerk, {"publish": True}),
        (domain.close_position, recruiter, {}),
    ]:
        act(actor=person, position_id=position.pk, **extra)
        outbox.drain()
        trail.append(ids_in_index() == {position.pk})
    assert trail == [False, True, False, True, False, True, False]


def test_the_source_lists_what_should_be_findable(position):
    PositionFactory(company=CompanyFactory(suspended=True), published=True)
    documents = list(indexing.all_documents())
    standings = [(row.id, row.version, visibility(row.school_ids, row.expires_at)) for row in documents]
    assert standings == list(indexing.all_standings())
    (document,) = documents
    company = position.company
    assert (document.id, document.version) == (position.pk, position.version + company.version)
    assert document.school_ids == (company.school_id,)
    assert document.province_code == "310000"
    assert document.expires_at == min(position.expires_at, company.vetted_until)


def test_a_recruiter_finds_the_own_company_only(recruiter, company, position):
    own = PositionFactory(company=company, published=True, title="数控操作员")
    indexing.look_again([own.pk])
    outbox.drain()
    _page, found = searching.find(recruiter, searching.read_query({"q": "数控"}))
    assert found == [own]
    assert list(positions_visible_to(recruiter)) == [own]


@pytest.mark.parametrize(
    "params",
    [
        {"q": "x" * 500, "page": "0"},
        {"page": "999999", "sort": "rm -rf"},
        {"salary": "-1", "company": "9" * 30, "days": "²"},
        {"kind": "'; drop", "occupation": '"', "q": 'AND OR NOT "'},
    ],
)
def test_any_address_is_a_query(params):
    query = searching.read_query(params)
    assert isinstance(query, PositionQuery)
    assert Client().get("/positions/", params).status_code == 200


def test_read_query_takes_the_short_names():
    query = searching.read_query(
        {"q": "会计", "city": "310000", "salary": "5000", "kind": "internship", "sort": "date", "page": "2"}
    )
    assert query.filters == Filters(city_code="310000", salary_floor=5000, kind="internship")
    assert (query.text, query.sort, query.page) == ("会计", "date", 2)
    assert searching.chosen(query) == {"city": "310000", "salary": 5000, "kind": "internship"}
