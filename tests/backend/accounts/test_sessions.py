"""/api/v1/me/sessions/ and accepting an invitation over JSON."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from rest_framework.test import APIClient

from backend.accounts.actor import actor_of
from backend.accounts.domain import create_token
from backend.accounts.enums import Role
from backend.accounts.models import Membership
from backend.common import clock
from tests.backend.accounts.test_sign_in import sign_in
from tests.backend.refusals import contents, last_trail
from tests.factories.accounts import PASSWORD, InvitationFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
SESSIONS = "/api/v1/me/sessions/"


def browser(user, agent: str) -> APIClient:
    """A browser in which the person has signed in by the form, which is when it is noted."""
    client = APIClient(HTTP_ACCEPT_LANGUAGE="en", HTTP_USER_AGENT=agent)
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD}, format="multipart")
    return client


@pytest.fixture
def person():
    return MembershipFactory().user


def listed(client) -> list[tuple[str, bool]]:
    return [(row["user_agent"], row["current"]) for row in client.get(SESSIONS).json()["results"]]


def test_one_sees_ones_own_browsers_newest_first(person):
    phone, laptop = browser(person, "Phone"), browser(person, "Laptop")
    browser(MembershipFactory().user, "Somebody else's")
    assert listed(phone) == [("Laptop", False), ("Phone", True)]
    assert listed(laptop) == [("Laptop", True), ("Phone", False)]
    assert set(phone.get(SESSIONS).json()["results"][0]) == {
        "id", "ip", "user_agent", "created_at", "last_seen_at", "current"
    }  # fmt: skip


def test_who_signed_out_or_stayed_away_is_signed_in_no_more(person):
    phone, laptop, tablet = (browser(person, name) for name in ("Phone", "Laptop", "Tablet"))
    laptop.post("/accounts/logout/")
    Session.objects.filter(session_key=tablet.session.session_key).update(expire_date=clock.now())
    assert listed(phone) == [("Phone", True)]
    ended = UserSession.objects.get(user_agent="Laptop")
    assert phone.delete(f"{SESSIONS}{ended.pk}/").status_code == 404


def test_one_browser_is_signed_out(person):
    phone, laptop = browser(person, "Phone"), browser(person, "Laptop")
    row = UserSession.objects.get(user_agent="Laptop")
    assert phone.delete(f"{SESSIONS}{row.pk}/").status_code == 204
    assert laptop.get(SESSIONS).status_code == 401
    assert listed(phone) == [("Phone", True)]
    assert last_trail() == ("sign_in.ended", "", "", "accounts.user", person.pk)


def test_everywhere_else_is_signed_out(person):
    phone, laptop, tablet = (browser(person, name) for name in ("Phone", "Laptop", "Tablet"))
    other = browser(MembershipFactory().user, "Somebody else's")
    assert phone.post(f"{SESSIONS}end-others/").status_code == 204
    assert [client.get(SESSIONS).status_code for client in (laptop, tablet, phone, other)] == [
        401,
        401,
        200,
        200,
    ]
    assert Session.objects.count() == 2
    before = contents(UserSession)
    assert (
        phone.post(f"{SESSIONS}end-others/").status_code == 204
    )  # nothing left to end: no line in the trail
    assert contents(UserSession)["AuditEntry"] == before["AuditEntry"]


def test_a_program_signs_all_browsers_out(person):
    phone = browser(person, "Phone")
    _row, text = create_token(actor=actor_of(person), label="timetable")
    program = APIClient()
    program.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    assert [row["current"] for row in program.get(SESSIONS).json()["results"]] == [False]
    assert program.post(f"{SESSIONS}end-others/").status_code == 204
    assert phone.get(SESSIONS).status_code == 401
    assert program.get(SESSIONS).json()["results"] == []


def test_somebody_elses_browser_does_not_exist(person):
    phone = browser(person, "Phone")
    browser(MembershipFactory().user, "Somebody else's")
    row = UserSession.objects.get(user_agent="Somebody else's")
    before = contents(UserSession)
    answer = phone.delete(f"{SESSIONS}{row.pk}/")
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
    assert contents(UserSession) == before


def test_a_visitor_has_none():
    client = APIClient()
    assert client.get(SESSIONS).status_code == 401
    assert client.post(f"{SESSIONS}end-others/").status_code == 401


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_whatever_the_rows(person, count, django_assert_num_queries):
    clients = [browser(person, f"Browser {n}") for n in range(count)]
    with django_assert_num_queries(4):
        clients[0].get(SESSIONS)


ACCEPT = "/api/v1/invitations/accept/"


def test_the_invited_person_joins_over_json():
    user = UserFactory()
    invitation = InvitationFactory(email=user.email, token="secret")
    client = browser(user, "Phone")
    answer = client.post(ACCEPT, {"token": "secret"})
    membership = Membership.objects.get(user=user)
    assert (answer.status_code, answer.json()["id"]) == (200, membership.pk)
    assert (membership.role, membership.school_id) == (Role.STAFF, invitation.school_id)
    assert client.get("/api/v1/me/").json()["role"] == Role.STAFF
    again = client.post(ACCEPT, {"token": "secret"})
    assert (again.status_code, again.json()["error"]) == (404, "invitation_gone")


def test_another_person_does_not_join():
    InvitationFactory(email="somebody@example.org", token="secret")
    client = browser(UserFactory(), "Phone")
    before = contents(Membership)
    answer = client.post(ACCEPT, {"token": "secret"})
    assert (answer.status_code, answer.json()["error"]) == (403, "other_address")
    assert contents(Membership) == before


def test_a_link_that_ended_is_gone(frozen_now):
    user = UserFactory()
    InvitationFactory(email=user.email, token="secret", expires_at=clock.now() + timedelta(days=1))
    clock.advance(timedelta(days=1, seconds=1))
    answer = browser(user, "Phone").post(ACCEPT, {"token": "secret"})
    assert (answer.status_code, answer.json()["error"]) == (404, "invitation_gone")


def test_a_token_is_needed(person):
    answer = browser(person, "Phone").post(ACCEPT, {})
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["token"])


def test_what_json_ended_is_ended_for_pages(person):
    laptop = Client()
    sign_in(laptop, person.email)
    assert laptop.get("/account/").status_code == 200
    browser(person, "Tablet").post(f"{SESSIONS}end-others/")
    assert laptop.get("/account/").status_code == 302
