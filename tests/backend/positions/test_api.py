"""Positions as JSON: one shape per audience, every step, one body for errors."""

import pytest
from rest_framework.test import APIClient

from backend.common import outbox
from backend.positions import indexing
from backend.positions.enums import PositionStatus
from backend.positions.models import Position
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import RecruiterFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import OccupationFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
INSIDE = {"status", "review_reason", "version"}


def api(user=None):
    client = APIClient()
    if user is not None:
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def hr(company):
    return api(RecruiterFactory(company=company).user)


@pytest.fixture
def office(company):
    return api(MembershipFactory(school=company.school).user)


def body(**changed):
    return {
        "title": "数控操作员",
        "occupation": OccupationFactory(code="6-18-01-07").pk,
        "openings": 3,
        "duties": "操作数控车床。",
        "conditions": "两班倒。",
        "city_code": "310000",
        "place": "东方路1号",
        "salary_min": 5000,
        "salary_max": 8000,
        "deadline": "2026-06-30",
        **changed,
    }


def test_the_life_of_a_position(hr, office):
    made = hr.post("/api/v1/positions/", body(), format="json")
    assert made.status_code == 201
    address = f"/api/v1/positions/{made.json()['id']}/"
    steps = [
        (hr, "submit/", {}, "in_review"),
        (hr, "withdraw/", {}, "draft"),
        (hr, "submit/", {}, "in_review"),
        (office, "review/", {"publish": True}, "published"),
        (hr, "pause/", {}, "paused"),
        (hr, "resume/", {}, "published"),
        (office, "take-down/", {"reason": "核实"}, "in_review"),
        (office, "review/", {"publish": False, "reason": "不实"}, "draft"),
        (hr, "close/", {}, "closed"),
    ]
    reached = [
        client.post(address + step, data, format="json").json()["status"] for client, step, data, _ in steps
    ]
    assert reached == [status for *_, status in steps]


def test_a_step_that_is_not_possible_is_a_409_and_changes_nothing(hr, company):
    position = PositionFactory(company=company)
    answer = hr.post(f"/api/v1/positions/{position.pk}/pause/")
    assert (answer.status_code, answer.json()["error"]) == (409, "wrong_state")
    position.refresh_from_db()
    assert (position.status, position.version) == (PositionStatus.DRAFT, 1)


def test_unlawful_texts_are_a_422_that_names_the_field(hr, company):
    position = PositionFactory(company=company, duties="限男性")
    answer = hr.post(f"/api/v1/positions/{position.pk}/submit/")
    assert (answer.status_code, answer.json()["error"], list(answer.json()["fields"])) == (
        422,
        "unlawful",
        ["duties"],
    )


def test_visitors_see_open_positions_without_inner_fields(company):
    position = PositionFactory(company=company, published=True)
    PositionFactory(company=company, in_review=True)
    rows = api().get("/api/v1/positions/").json()["results"]
    assert [row["id"] for row in rows] == [position.pk]
    assert INSIDE & set(rows[0]) == set()


def test_the_company_sees_inner_fields(hr, company):
    position = PositionFactory(company=company)
    assert set(hr.get(f"/api/v1/positions/{position.pk}/").json()) >= INSIDE


def test_an_older_version_is_a_409(hr, company):
    position = PositionFactory(company=company)
    address = f"/api/v1/positions/{position.pk}/"
    assert hr.patch(address, {"openings": 4, "version": 1}, format="json").status_code == 200
    assert hr.patch(address, {"openings": 5, "version": 1}, format="json").status_code == 409
    position.refresh_from_db()
    assert position.openings == 4


def test_search_answers_rows_and_facets(company):
    position = PositionFactory(company=company, published=True, title="会计")
    indexing.look_again([position.pk])
    outbox.drain()
    answer = api().get("/api/v1/positions/search/", {"q": "会计"}).json()
    assert (answer["total"], answer["page"], answer["degraded"]) == (1, 1, False)
    assert [row["id"] for row in answer["results"]] == [position.pk]
    city = next(facet for facet in answer["facets"] if facet["name"] == "city")
    assert city["values"] == [{"value": "310000", "label": "上海", "count": 1}]


def test_lint_lists_findings_and_stores_nothing(hr):
    answer = hr.post("/api/v1/positions/lint/", {"title": "限男性"}, format="json")
    assert [(row["field"], row["term"], row["severity"]) for row in answer.json()] == [
        ("title", "限男性", "hard")
    ]
    assert Position.objects.count() == 0


def test_the_same_idempotency_key_writes_once(hr):
    headers = {"HTTP_IDEMPOTENCY_KEY": "0d9f8a6e-once"}
    data = body()
    first = hr.post("/api/v1/positions/", data, format="json", **headers)
    second = hr.post("/api/v1/positions/", data, format="json", **headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    assert Position.objects.count() == 1


@pytest.mark.parametrize(
    "step", ["submit", "withdraw", "pause", "resume", "close", "copy", "review", "take-down"]
)
def test_visitors_may_do_nothing(company, step):
    position = PositionFactory(company=company, published=True)
    assert api().post(f"/api/v1/positions/{position.pk}/{step}/").status_code in (401, 403)
    position.refresh_from_db()
    assert position.status == PositionStatus.PUBLISHED


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_the_same_queries(company, django_assert_num_queries, rows):
    PositionFactory.create_batch(rows, company=company, published=True)
    client = api()
    with django_assert_num_queries(1):
        answer = client.get("/api/v1/positions/")
    assert len(answer.json()["results"]) == rows
