"""Who is answered, how refusals read, how lists are paged."""

from datetime import timedelta

import pytest
from django.test import override_settings

from backend.accounts.enums import Role
from backend.api.authentication import issue_token
from backend.api.models import ApiToken
from backend.common import clock
from tests.factories.accounts import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


def bearer(text: str) -> dict[str, str]:
    return {"HTTP_AUTHORIZATION": f"Bearer {text}"}


def test_public_view_answers_everybody(api):
    assert api.get("/api/public/").status_code == 200


def test_undeclared_view_answers_nobody(api):
    assert api.get("/api/undeclared/").status_code == 401
    api.force_login(MembershipFactory(operator=True).user)
    response = api.get("/api/undeclared/")
    assert (response.status_code, response.json()["error"]) == (403, "not_allowed")


def test_signed_in_view_refuses_a_visitor_and_says_how_to_sign_in(api):
    response = api.get("/api/signed-in/")
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'
    assert response.json() == {"error": "not_authenticated", "message": "Sign in first.", "params": {}}


def test_signed_in_view_answers_a_person_without_a_role(api):
    user = UserFactory()
    api.force_login(user)
    assert api.get("/api/signed-in/").json() == {"role": "anonymous", "user": user.pk}


def test_post_with_a_session_needs_the_csrf_token(settings):
    from rest_framework.test import APIClient

    settings.ROOT_URLCONF = "tests.backend.api.endpoints"
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(MembershipFactory(operator=True).user)
    assert client.post("/api/staff/").status_code == 403


def test_token_signs_in_with_the_role_of_its_person(api):
    member = MembershipFactory()
    _row, text = issue_token(member.user, "timetable")
    assert api.get("/api/signed-in/", **bearer(text)).json() == {"role": Role.STAFF, "user": member.user_id}
    assert api.get("/api/staff/", **bearer(text)).status_code == 200


def test_token_wins_over_the_session_of_another_person(api):
    api.force_login(MembershipFactory(operator=True).user)
    member = MembershipFactory()
    _row, text = issue_token(member.user, "timetable")
    assert api.get("/api/signed-in/", **bearer(text)).json() == {"role": Role.STAFF, "user": member.user_id}


def test_only_the_digest_of_a_token_is_stored():
    row, text = issue_token(UserFactory(), "timetable")
    stored = ApiToken.objects.values().get(pk=row.pk)
    assert text not in str(stored)
    assert len(stored["digest"]) == 64


@pytest.mark.parametrize("header", ["Bearer", "Bearer nonsense", "Bearer two words", "bearer x"])
def test_a_bad_token_is_refused_even_where_everybody_is_answered(api, header):
    response = api.get("/api/public/", HTTP_AUTHORIZATION=header)
    assert (response.status_code, response.json()["error"]) == (401, "bad_token")


def test_another_scheme_is_no_token(api):
    assert api.get("/api/public/", HTTP_AUTHORIZATION="Basic eDp5").status_code == 200


def test_token_ends_with_its_lifetime_and_with_its_person(api, frozen_now):
    user = UserFactory()
    _row, text = issue_token(user, "timetable")
    clock.advance(timedelta(days=90) - timedelta(seconds=1))
    assert api.get("/api/signed-in/", **bearer(text)).status_code == 200
    clock.advance(timedelta(seconds=1))
    assert api.get("/api/signed-in/", **bearer(text)).status_code == 401

    _row, second = issue_token(user, "other")
    user.is_active = False
    user.save()
    assert api.get("/api/signed-in/", **bearer(second)).status_code == 401


@override_settings(REQUIRE_SECOND_FACTOR=True)
def test_missing_second_factor_closes_the_interface_after_the_grace(api, frozen_now):
    member = MembershipFactory()
    _row, text = issue_token(member.user, "timetable")
    assert api.get("/api/staff/", **bearer(text)).status_code == 200
    clock.advance(timedelta(days=7, seconds=1))
    response = api.get("/api/staff/", **bearer(text))
    assert (response.status_code, response.json()["error"]) == (403, "second_factor_required")
    api.force_login(member.user)
    assert api.get("/api/staff/").status_code == 403


@pytest.mark.parametrize(
    ("what", "status", "body"),
    [
        (
            "not_found",
            404,
            {"error": "not_found", "message": "This does not exist, or you may not see it.", "params": {}},
        ),
        (
            "http404",
            404,
            {"error": "not_found", "message": "This does not exist, or you may not see it.", "params": {}},
        ),
        ("not_allowed", 403, {"error": "not_allowed", "message": "You may not do this.", "params": {}}),
        ("conflict", 409, {"error": "slot_taken", "message": "Slot 3 is taken.", "params": {"slot": 3}}),
        (
            "invalid",
            422,
            {
                "error": "invalid",
                "message": "Some entries need correcting.",
                "params": {},
                "fields": {"name": ["Too long."]},
            },
        ),
    ],
)
def test_each_family_has_its_answer(api, what, status, body):
    response = api.get(f"/api/refusing/{what}/")
    assert (response.status_code, response.json()) == (status, body)


def test_a_wrong_body_names_the_fields(api):
    response = api.post("/api/public/", {"name": "much too long"})
    assert response.status_code == 422
    assert response.json() == {
        "error": "invalid",
        "message": "Some entries need correcting.",
        "params": {},
        "fields": {"name": ["Ensure this field has no more than 5 characters."]},
    }


def test_a_body_that_is_a_list_is_a_422(api):
    response = api.post("/api/public/", [1, 2], format="json")
    assert (response.status_code, list(response.json()["fields"])) == (422, ["non_field_errors"])


@pytest.mark.parametrize(
    ("call", "status", "code"),
    [
        (lambda api: api.post("/api/public/", "{", content_type="application/json"), 400, "malformed"),
        (lambda api: api.delete("/api/public/"), 405, "method_not_allowed"),
        (lambda api: api.post("/api/public/", "x", content_type="text/plain"), 415, "unsupported_media_type"),
        (lambda api: api.get("/api/public/", HTTP_ACCEPT="text/html"), 406, "not_acceptable"),
        (lambda api: api.get("/api/public/?cursor=nonsense"), 404, "not_found"),
    ],
)
def test_the_edge_refuses_in_the_same_shape(api, call, status, code):
    response = call(api)
    assert response.status_code == status
    assert (response.json()["error"], set(response.json())) == (code, {"error", "message", "params"})


def test_sentences_are_in_the_readers_language(api):
    api.credentials(HTTP_ACCEPT_LANGUAGE="zh-hans")
    assert api.get("/api/signed-in/").json()["message"] == "请先登录。"


def test_throttle_says_how_long_to_wait(api, settings, monkeypatch):
    from backend.api.throttling import PersonRateThrottle

    monkeypatch.setattr(PersonRateThrottle, "THROTTLE_RATES", {"anonymous": "2/min", "person": "3/min"})
    assert [api.get("/api/public/").status_code for _ in range(3)] == [200, 200, 429]
    response = api.get("/api/public/")
    assert response.json()["error"] == "too_many_requests"
    assert 1 <= int(response["Retry-After"]) <= 61
    api.force_login(UserFactory())
    assert [api.get("/api/public/").status_code for _ in range(4)] == [200, 200, 200, 429]


def test_lists_are_paged_by_cursor_and_stay_stable_while_rows_are_added(api):
    users = UserFactory.create_batch(5)
    first = api.get("/api/public/?page_size=2").json()
    UserFactory()
    second = api.get(first["next"]).json()
    third = api.get(second["next"]).json()
    found = [row["id"] for page in (first, second, third) for row in page["results"]]
    assert found == [user.pk for user in reversed(users)]
    assert third["next"] is None


def test_page_size_has_a_ceiling(api):
    UserFactory.create_batch(101)
    assert len(api.get("/api/public/?page_size=5000").json()["results"]) == 100


def test_list_starts_at_the_visibility_query(api):
    UserFactory(name="hidden")
    shown = UserFactory()
    assert api.get("/api/public/").json()["results"] == [{"id": shown.pk, "name": shown.name}]


@pytest.mark.parametrize("rows", [1, 3])
def test_list_costs_the_same_queries_whatever_the_rows(api, rows, django_assert_num_queries):
    UserFactory.create_batch(rows)
    with django_assert_num_queries(1):
        assert len(api.get("/api/public/").json()["results"]) == rows
