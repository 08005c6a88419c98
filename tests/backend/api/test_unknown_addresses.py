"""Beneath /api/ every answer is JSON: also where no view takes the address, and where a view breaks."""

import json

import pytest
from django.test import Client, RequestFactory

from backend.web import views
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "path",
    ["nothing/", "matches/-1/", "interactions/1/ADORE!/", "fairs/1/hall/nothing/"],
)
@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The page does not exist, or you may not see it."),
        ("zh-hans", "该页面不存在，或者您无权查看。"),
    ],
)
def test_an_unknown_address_is_answered_in_json(path, language, sentence):
    for headers in ({}, {"HX-Request": "true"}):
        answer = Client(HTTP_ACCEPT_LANGUAGE=language).get(f"/api/v1/{path}", headers=headers)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/json")
        assert answer.json() == {"error": "not_found", "message": sentence, "params": {}}


def test_a_page_is_still_a_page():
    answer = Client().get("/nothing/")
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("view", "status", "code"),
    [
        (views.bad_request, 400, "bad_request"),
        (views.forbidden, 403, "not_allowed"),
        (views.not_found, 404, "not_found"),
        (views.csrf_failure, 403, "not_allowed"),
        (views.server_error, 500, "server_error"),
    ],
)
def test_what_no_view_answered_is_json_by_its_address(view, status, code):
    for path, kind in (("/api/v1/x/", "application/json"), ("/api", "text/html; charset=utf-8")):
        request = RequestFactory().get(path, headers={"HX-Request": "true"})
        answer = view(request)
        assert (answer.status_code, answer["Content-Type"]) == (status, kind)
    body = json.loads(view(RequestFactory().get("/api/v1/x/")).content)
    assert (body["error"], body["params"], set(body)) == (code, {}, {"error", "message", "params"})
    assert body["message"]


def test_a_fault_says_no_more_than_that_it_was_noted(monkeypatch):
    def breaks(*_args, **_kwargs):
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr("backend.accounts.interfaces.api.MeView.get", breaks)
    client = Client(raise_request_exception=False, HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(UserFactory())
    answer = client.get("/api/v1/me/")
    assert (answer.status_code, answer.json()) == (
        500,
        {
            "error": "server_error",
            "message": "We have noted it. Please try again in a moment.",
            "params": {},
        },
    )
