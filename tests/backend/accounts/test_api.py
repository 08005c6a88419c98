"""/api/v1/: me, tokens, members, invitations."""

import pytest
from rest_framework.test import APIClient

from backend.accounts.enums import Role
from backend.accounts.limits import LIMITS
from backend.accounts.models import Invitation, Membership
from backend.api.models import ApiToken
from tests.backend.accounts.test_sign_in import code, set_up_second_factor
from tests.factories.accounts import PASSWORD, InvitationFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def api() -> APIClient:
    """Nobody, who reads English."""
    client = APIClient()
    client.credentials(HTTP_ACCEPT_LANGUAGE="en")
    return client


def credentials(user, **changes) -> dict[str, str]:
    """What a program sends for a token."""
    return {"email": user.email, "password": PASSWORD, "label": "timetable"} | changes


def test_me_says_who_in_which_scope(api):
    owner = MembershipFactory(owner=True)
    api.force_login(owner.user)
    assert api.get("/api/v1/me/").json() == {
        "email": owner.user.email,
        "name": owner.user.name,
        "language": "zh-hans",
        "role": Role.RECRUITER,
        "school_id": owner.company.school_id,
        "department_id": None,
        "company_id": owner.company_id,
        "student_id": None,
        "is_owner": True,
        "second_factor": False,
        "second_factor_advised": True,
    }


def test_me_can_be_changed(api):
    user = UserFactory()
    api.force_login(user)
    assert api.put("/api/v1/me/", {"name": "李华", "language": "en"}).json()["name"] == "李华"
    response = api.put("/api/v1/me/", {"name": "x", "language": "klingon"})
    assert (response.status_code, list(response.json()["fields"])) == (422, ["language"])


@pytest.mark.parametrize("path", ["me", "tokens", "members", "invitations"])
def test_visitors_are_refused(api, path):
    assert api.get(f"/api/v1/{path}/").status_code == 401


def test_a_token_is_made_with_the_password_and_works(api):
    member = MembershipFactory()
    response = api.post("/api/v1/tokens/", credentials(member.user))
    assert response.status_code == 201
    assert set(response.json()) == {"id", "label", "created_at", "expires_at", "token"}
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {response.json()['token']}")
    assert api.get("/api/v1/me/").json()["role"] == Role.STAFF
    listed = api.get("/api/v1/tokens/").json()["results"]
    assert [set(row) for row in listed] == [{"id", "label", "created_at", "expires_at"}]
    assert api.delete(f"/api/v1/tokens/{listed[0]['id']}/").status_code == 204
    assert api.get("/api/v1/me/").status_code == 401


def test_every_wrong_credential_has_one_answer(api):
    user, unconfirmed = UserFactory(), UserFactory(confirmed=False)
    inactive = UserFactory(is_active=False)
    protected = UserFactory()
    set_up_second_factor(protected)
    answers = [
        api.post("/api/v1/tokens/", body)
        for body in (
            credentials(user, password="wrong"),
            credentials(user, email="nobody@example.org"),
            credentials(unconfirmed),
            credentials(inactive),
            credentials(protected),
            credentials(protected, code="000000"),
        )
    ]
    body = {"error": "wrong_credentials", "message": "Address, password or code are wrong.", "params": {}}
    assert [(answer.status_code, answer.json()) for answer in answers] == [(403, body)] * 6
    assert ApiToken.objects.count() == 0


def test_a_second_factor_is_needed_where_there_is_one(api):
    user = UserFactory()
    secret = set_up_second_factor(user)
    assert api.post("/api/v1/tokens/", credentials(user, code=code(secret))).status_code == 201


def test_guessing_is_limited_together_with_the_sign_in_page(api):
    user = UserFactory()
    for _ in range(LIMITS["login_address"].amount):
        api.post("/api/v1/tokens/", credentials(user, password="wrong"))
    response = api.post("/api/v1/tokens/", credentials(user))
    assert (response.status_code, response.json()["error"]) == (403, "too_many_attempts")


def test_a_broken_token_does_not_keep_one_from_getting_a_new_one(api):
    api.credentials(HTTP_AUTHORIZATION="Bearer broken")
    assert api.post("/api/v1/tokens/", credentials(UserFactory())).status_code == 201


def test_members_are_those_of_the_own_place(api):
    owner = MembershipFactory(owner=True)
    member = MembershipFactory(recruiter=True, company=owner.company)
    stranger = MembershipFactory(recruiter=True)
    api.force_login(owner.user)
    assert [row["id"] for row in api.get("/api/v1/members/").json()["results"]] == [member.pk, owner.pk]
    assert api.get(f"/api/v1/members/{stranger.pk}/").status_code == 404
    assert api.delete(f"/api/v1/members/{stranger.pk}/").status_code == 404
    assert api.delete(f"/api/v1/members/{member.pk}/").status_code == 204
    assert Membership.objects.get(pk=member.pk).ended_at is not None


@pytest.mark.parametrize("rows", [1, 3])
def test_members_cost_the_same_queries_whatever_the_rows(api, rows, django_assert_num_queries):
    owner = MembershipFactory(owner=True)
    MembershipFactory.create_batch(rows, recruiter=True, company=owner.company)
    api.force_login(owner.user)
    with django_assert_num_queries(4):  # session, user, membership, rows
        assert len(api.get("/api/v1/members/").json()["results"]) == rows + 1


def test_inviting_once_per_key(api):
    owner = MembershipFactory(owner=True)
    api.force_login(owner.user)
    body = {"email": "new@example.org", "role": "recruiter"}
    answers = [api.post("/api/v1/invitations/", body, HTTP_IDEMPOTENCY_KEY="k") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert Invitation.objects.count() == 1
    assert "token" not in str(answers[0].json())


@pytest.mark.parametrize(
    ("traits", "body", "status"),
    [
        ({"owner": True}, {"email": "n@example.org", "role": "staff"}, 403),
        ({"recruiter": True}, {"email": "n@example.org", "role": "recruiter"}, 403),
        ({"of_student": True}, {"email": "n@example.org", "role": "recruiter"}, 403),
        ({}, {"email": "n@example.org", "role": "operator"}, 422),
        ({}, {"email": "not an address", "role": "staff"}, 422),
        ({}, {"email": "n@example.org", "role": "staff", "department_id": 999999}, 422),
        ({"operator": True}, {"email": "n@example.org", "role": "staff", "school_id": 2**40}, 422),
    ],
)
def test_refused_invitations_leave_nothing(api, traits, body, status):
    api.force_login(MembershipFactory(**traits).user)
    assert api.post("/api/v1/invitations/", body).status_code == status
    assert Invitation.objects.count() == 0


def test_withdrawing(api):
    owner = MembershipFactory(owner=True)
    invitation = InvitationFactory(recruiter=True, company=owner.company)
    foreign = InvitationFactory(recruiter=True, token="other")
    api.force_login(owner.user)
    assert api.delete(f"/api/v1/invitations/{foreign.pk}/").status_code == 404
    assert api.delete(f"/api/v1/invitations/{invitation.pk}/").status_code == 204
    assert api.get("/api/v1/invitations/").json()["results"] == []
