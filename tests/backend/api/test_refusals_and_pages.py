"""One body for every refusal, in both languages; pages that stay put; and the brake on eager programs."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions

from backend.accounts.actor import actor_of
from backend.accounts.models import User
from backend.api.authentication import issue_token
from backend.api.errors import EDGE, body_of, exception_handler
from backend.api.throttling import PersonRateThrottle
from backend.common.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound
from backend.notifications.queries import dead_deliveries_visible_to
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.notifications import DeadEntryFactory

NOT_FOUND = {"error": "not_found", "message": "This does not exist, or you may not see it.", "params": {}}
NOT_ALLOWED = {"error": "not_allowed", "message": "You may not do this.", "params": {}}
INVALID = {"error": "invalid", "message": "Some entries need correcting.", "params": {}}


# Bodies


@pytest.mark.parametrize(
    ("error", "status", "body"),
    [
        (Http404(), 404, NOT_FOUND),
        (exceptions.NotFound("Invalid cursor"), 404, NOT_FOUND),
        (NotFound(), 404, NOT_FOUND),
        (PermissionDenied("x"), 403, NOT_ALLOWED),
        (exceptions.PermissionDenied("x"), 403, NOT_ALLOWED),
        (NotAllowed(), 403, NOT_ALLOWED),
        (NotAllowed("owners_only", "Only %(who)s.", who="owners"), 403, {"error": "owners_only", "message": "Only owners.", "params": {"who": "owners"}}),
        (exceptions.ValidationError({"a": ["x"]}), 422, INVALID | {"fields": {"a": ["x"]}}),
        (exceptions.ValidationError({"a": {"b": ["x"]}}), 422, INVALID | {"fields": {"a": {"b": ["x"]}}}),
        (exceptions.ValidationError(["x"]), 422, INVALID | {"fields": {"non_field_errors": ["x"]}}),
        (exceptions.ValidationError("x"), 422, INVALID | {"fields": {"non_field_errors": ["x"]}}),
        (DjangoValidationError({"a": ["x"]}), 422, INVALID | {"fields": {"a": ["x"]}}),
        (DjangoValidationError(["x", "y"]), 422, INVALID | {"fields": {"non_field_errors": ["x", "y"]}}),
        (DjangoValidationError("%(n)s is x", params={"n": 3}), 422, INVALID | {"fields": {"non_field_errors": ["3 is x"]}}),
        (exceptions.ParseError("JSON parse error - line 1"), 400, {"error": "malformed", "message": "The body cannot be read.", "params": {}}),
        (exceptions.Throttled(wait=3.2), 429, {"error": "too_many_requests", "message": "Too many requests: wait a moment.", "params": {"wait": 4}}),
        (exceptions.Throttled(), 429, {"error": "too_many_requests", "message": "Too many requests: wait a moment.", "params": {}}),
        (exceptions.APIException("out of order"), 500, {"error": "error", "message": "out of order", "params": {}}),
    ],
)  # fmt: skip
def test_whatever_refuses_has_the_one_body(error, status, body):
    with translation.override("en"):
        answer = exception_handler(error, {})
    assert (answer.status_code, answer.data) == (status, body)


@pytest.mark.parametrize("error", [RuntimeError("x"), KeyError("x"), AssertionError(), ValueError()])
def test_a_fault_stays_a_fault(error):
    """Nothing of it is answered: the server logs it and says 500."""
    assert exception_handler(error, {}) is None


@pytest.mark.parametrize("error", EDGE)
def test_the_edge_speaks_both_languages_and_never_of_its_insides(error):
    said = {}
    for language in ("en", "zh-hans"):
        with translation.override(language):
            instance = (
                error(wait=None)
                if error is exceptions.Throttled
                else error(detail="/srv/app.py line 3")
                if error not in {exceptions.MethodNotAllowed, exceptions.UnsupportedMediaType}
                else error("GET")
            )
            said[language] = exception_handler(instance, {}).data["message"]
    assert said["en"].isascii()
    assert not said["zh-hans"].isascii()
    assert "srv" not in said["en"] + said["zh-hans"]


@pytest.mark.parametrize("family", [DomainError, NotFound, NotAllowed, Conflict, Invalid])
def test_a_family_says_its_own_sentence_in_both_languages_and_another_where_given(family):
    with translation.override("en"):
        english = family().text
    with translation.override("zh-hans"):
        assert family().text != english
    other = family("code_x", "%(n)s of %(most)s", n=2, most=3)
    assert (other.code, other.text, str(other), other.status) == ("code_x", "2 of 3", "code_x", family.status)
    # A sentence without places for params is left alone, whatever signs it holds.
    assert family("x", "100 %", n=1).text == "100 %"
    assert family("x", "%(n)s").text == "%(n)s"


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        (3, 3),
        (0.5, 0.5),
        (True, True),
        (None, None),
        ("x", "x"),
        (Decimal("1.50"), "1.50"),
        (date(2026, 3, 2), "2026-03-02"),
        (_("You may not do this."), "You may not do this."),
        ((1, "a"), [1, "a"]),
        ({3}, [3]),
        ({"a": {"b": (Decimal(1),)}}, {"a": {"b": ["1"]}}),
        ({1: "x"}, {"1": "x"}),
    ],
)
def test_params_and_fields_are_plain_json(given, plain):
    with translation.override("en"):
        assert body_of(Conflict("x", "y", value=given))["params"] == {"value": plain}
        assert body_of(Invalid(fields={"value": given}))["fields"] == {"value": plain}


# Pages


def ids(page):
    return [row["id"] for row in page["results"]]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("size", "rows"),
    [("1", 1), ("30", 30), ("0", 25), ("-1", 25), ("x", 25), ("", 25), ("1e1", 25), ("30.0", 25)],
)
def test_a_page_has_the_size_asked_for_or_the_usual_one(api, size, rows):
    UserFactory.create_batch(31)
    assert len(ids(api.get(f"/api/public/?page_size={size}").json())) == rows


@pytest.mark.django_db
@pytest.mark.parametrize("gone", ["before", "at", "behind"])
def test_a_row_that_goes_between_two_pages_hides_no_other(api, gone):
    users = UserFactory.create_batch(6)[::-1]
    first = api.get("/api/public/?page_size=2").json()
    User.objects.filter(pk=users[{"before": 0, "at": 1, "behind": 2}[gone]].pk).delete()
    rest = api.get(first["next"]).json()
    wanted = [user.pk for user in (users[3:5] if gone == "behind" else users[2:4])]
    assert ids(rest) == wanted


@pytest.mark.django_db
def test_the_way_back_leads_over_the_same_rows(api):
    users = [user.pk for user in UserFactory.create_batch(5)[::-1]]
    first = api.get("/api/public/?page_size=2").json()
    second = api.get(first["next"]).json()
    third = api.get(second["next"]).json()
    assert [first["previous"], third["next"]] == [None, None]
    UserFactory()
    back = api.get(third["previous"]).json()
    assert (ids(back), ids(api.get(back["previous"]).json())) == (users[2:4], users[:2])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "%00",
        "cD0x",
        "cD0lMjc%3D",
        "cD0lMDA%3D",
        "cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk5",
        "bz05OTk5OTk5OTk5OTk5",
        "cj0x",
        "cj14",
        "x" * 5000,
    ],
)
def test_a_cursor_of_somebody_s_own_making_breaks_nothing(api, cursor):
    UserFactory()
    answer = api.get(f"/api/public/?cursor={cursor}")
    if answer.status_code == 200:
        assert set(answer.json()) == {"next", "previous", "results"}
    else:
        assert (answer.status_code, answer.json()["error"]) in [(404, "not_found"), (422, "invalid")]


@pytest.mark.django_db
def test_rows_of_one_moment_are_each_shown_once(frozen_now):
    """The dead letters are in the order of their end, which many share: the number decides then."""
    from rest_framework.test import APIClient

    operator = MembershipFactory(operator=True).user
    entries = DeadEntryFactory.create_batch(7)
    client = APIClient()
    client.force_login(operator)
    seen, address = [], "/api/v1/deliveries/?page_size=3"
    while address:
        answer = client.get(address).json()
        seen, address = seen + ids(answer), answer["next"]
    assert seen == [entry.pk for entry in reversed(entries)]
    assert seen == [row.pk for row in dead_deliveries_visible_to(actor_of(operator))]


def test_every_order_of_a_list_ends_in_a_column_that_no_two_rows_share():
    from django.urls import get_resolver

    from backend.api.pagination import CursorPage
    from backend.api.views import Edge

    views, waiting = set(), list(get_resolver("backend.config.urls").url_patterns)
    while waiting:
        pattern = waiting.pop()
        waiting += getattr(pattern, "url_patterns", [])
        view = getattr(getattr(pattern, "callback", None), "cls", None)
        if view is not None and issubclass(view, Edge) and view.model and view.pagination_class:
            views.add(view)
    assert len(views) > 10
    for view in views:
        last = getattr(view, "page_ordering", CursorPage.ordering)[-1].removeprefix("-")
        field = view.model._meta.get_field("id" if last == "pk" else last)
        assert field.unique, view


# The brake


@pytest.fixture
def brake(monkeypatch):
    """Two a minute for a visitor, three for a person; the seconds can be moved."""
    monkeypatch.setattr(PersonRateThrottle, "THROTTLE_RATES", {"anonymous": "2/min", "person": "3/min"})
    seconds = [1000.0]
    monkeypatch.setattr(PersonRateThrottle, "timer", lambda _self: seconds[0])
    return seconds


def statuses(api, times, **options):
    return [api.get("/api/public/", **options).status_code for _ in range(times)]


@pytest.mark.django_db
def test_the_wait_grows_shorter_and_ends(api, brake):
    assert statuses(api, 3) == [200, 200, 429]
    waits = []
    for _second in range(3):
        brake[0] += 15
        waits.append(int(api.get("/api/public/")["Retry-After"]))
    assert waits == [45, 30, 15]
    brake[0] += 15
    assert statuses(api, 3) == [200, 200, 429]


@pytest.mark.django_db
def test_each_address_and_each_person_has_a_count_of_their_own(api, brake):
    assert statuses(api, 3, REMOTE_ADDR="192.0.2.1") == [200, 200, 429]
    assert statuses(api, 3, REMOTE_ADDR="192.0.2.2") == [200, 200, 429]
    for user in UserFactory.create_batch(2):
        api.force_login(user)
        assert statuses(api, 4, REMOTE_ADDR="192.0.2.1") == [200, 200, 200, 429]


@pytest.mark.django_db
def test_more_tokens_and_addresses_give_a_person_no_more(api, brake):
    user = UserFactory()
    api.force_login(user)
    assert statuses(api, 2) == [200, 200]
    api.logout()
    tokens = [issue_token(user, "x")[1] for _ in range(2)]
    found = [
        api.get("/api/public/", HTTP_AUTHORIZATION=f"Bearer {text}", REMOTE_ADDR=f"192.0.2.{n}").status_code
        for n, text in enumerate(tokens)
    ]
    assert found == [200, 429]


@pytest.mark.django_db
def test_what_is_refused_by_the_brake_does_nothing(api, brake):
    statuses(api, 2)
    answer = api.post("/api/public/", {"name": "新"})
    assert (answer.status_code, answer.json()["error"]) == (429, "too_many_requests")
    assert not User.objects.filter(name="新").exists()
