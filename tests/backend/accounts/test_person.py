"""The account: made, changed, handed out, erased; tokens of programs."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from axes.models import AccessAttempt, AccessLog
from django.test import Client

from backend.accounts import domain, hooks
from backend.accounts.actor import ANONYMOUS, actor_of
from backend.accounts.domain.invitation import open_invitation
from backend.accounts.limits import LIMITS
from backend.api.models import ApiToken
from backend.audit.models import AuditEntry
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotFound
from tests.factories.accounts import PASSWORD, TOKEN, InvitationFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_a_made_account_can_sign_in_with_its_lower_case_address():
    user = domain.create_user(email=" New@Example.org ", password=PASSWORD, name="王敏")
    client = Client()
    client.post("/accounts/login/", {"login": "new@example.org", "password": PASSWORD})
    assert client.session["_auth_user_id"] == str(user.pk)


def test_an_address_has_one_account():
    UserFactory(email="known@example.org")
    with pytest.raises(Conflict) as caught:
        domain.create_user(email="Known@example.org", password=PASSWORD)
    assert caught.value.code == "address_taken"
    assert EmailAddress.objects.count() == 1


def test_a_password_like_the_address_is_refused():
    with pytest.raises(Invalid) as caught:
        domain.create_user(email="chrysanthemum@example.org", password="chrysanthemum")
    assert list(caught.value.fields) == ["password"]


def test_changing_name_and_language():
    user = UserFactory()
    domain.change_profile(actor=actor_of(user), name=" 李华 ", language="en")
    user.refresh_from_db()
    assert (user.name, user.language) == ("李华", "en")
    assert AuditEntry.objects.get().verb == "account.changed"


def test_a_visitor_has_no_account_to_change_or_take():
    for call in (
        lambda: domain.change_profile(actor=ANONYMOUS, name="x", language="en"),
        lambda: domain.export_account(actor=ANONYMOUS),
        lambda: domain.erase_account(actor=ANONYMOUS, password="x"),
        lambda: domain.create_token(actor=ANONYMOUS, label="x"),
    ):
        with pytest.raises(NotFound):
            call()


def test_the_copy_holds_the_account_and_what_the_libraries_keep():
    member = MembershipFactory()
    client = Client(HTTP_USER_AGENT="Firefox")
    client.post("/accounts/login/", {"login": member.user.email, "password": PASSWORD})
    domain.create_token(actor=actor_of(member.user), label="timetable")
    data = domain.export_account(actor=actor_of(member.user))
    (user,) = data["accounts.user"]
    assert (user["email"], user["name"], "password" in user) == (member.user.email, member.user.name, False)
    assert [(row["role"], row["school"]) for row in data["accounts.membership"]] == [
        ("staff", member.school.name)
    ]
    assert [(row["label"], "digest" in row) for row in data["api.apitoken"]] == [("timetable", False)]
    assert data["addresses"] == [{"email": member.user.email, "verified": True, "primary": True}]
    assert [row["user_agent"] for row in data["sessions"]] == ["Firefox"]
    assert data["second_factors"] == []


def test_apps_end_what_goes_on_in_their_order(monkeypatch):
    monkeypatch.setattr(hooks, "_leaving", {})
    left = []
    hooks.register_leaving("last", lambda user: left.append("last"), order=9)
    hooks.register_leaving("first", lambda user: left.append("first"), order=1)
    hooks.register_leaving("first", lambda user: left.append(user.email), order=1)
    user = UserFactory(email="goes@example.org")
    domain.erase_account(actor=actor_of(user), password=PASSWORD)
    assert left == ["goes@example.org", "last"]


def test_erasing_forgets_the_person_everywhere_and_ends_every_session():
    member = MembershipFactory(recruiter=True)
    user, client = member.user, Client()
    address = user.email
    client.post("/accounts/login/", {"login": address, "password": PASSWORD})
    Client().post("/accounts/login/", {"login": address, "password": "wrong"})
    domain.create_token(actor=actor_of(user), label="timetable")
    invitation = InvitationFactory(email=address, accepted_at=clock.now())
    domain.erase_account(actor=actor_of(user), password=PASSWORD)
    user.refresh_from_db()
    member.refresh_from_db()
    invitation.refresh_from_db()
    assert (user.email, user.name, user.is_active) == (f"erased-{user.pk}@fairway.invalid", "", False)
    assert invitation.email == f"erased-{invitation.pk}@fairway.invalid"
    assert member.ended_at is not None
    assert EmailAddress.objects.filter(user=user).count() == 0
    assert ApiToken.objects.count() == 0
    assert [m.objects.filter(username=address).count() for m in (AccessAttempt, AccessLog)] == [0, 0]
    assert client.get("/account/").status_code == 302


def test_no_link_to_the_forgotten_address_opens_any_more(frozen_now):
    user = UserFactory()
    mine, other = InvitationFactory(email=user.email), InvitationFactory(token="another")
    domain.erase_account(actor=actor_of(user), password=PASSWORD)
    with pytest.raises(NotFound) as caught:
        domain.register_invited(token=TOKEN, name="x", password=PASSWORD, language="en")
    assert caught.value.code == "invitation_gone"
    mine.refresh_from_db()
    assert (mine.revoked_at, mine.email) == (frozen_now, f"erased-{mine.pk}@fairway.invalid")
    assert open_invitation("another") == other


def test_a_right_password_is_no_guess(frozen_now):
    """Refused for another reason, as often as one likes: only wrong passwords count."""
    actor = actor_of(MembershipFactory(owner=True).user)
    for _ in range(LIMITS["own_password"].amount + 1):
        with pytest.raises(Conflict):
            domain.erase_account(actor=actor, password=PASSWORD)


def test_erasing_needs_the_password():
    user = UserFactory()
    with pytest.raises(Invalid) as caught:
        domain.erase_account(actor=actor_of(user), password="wrong")
    assert caught.value.code == "wrong_password"
    user.refresh_from_db()
    assert user.is_active
    assert AuditEntry.objects.count() == 0


def test_a_person_has_at_most_ten_live_tokens(frozen_now):
    actor = actor_of(UserFactory())
    rows = [domain.create_token(actor=actor, label="x")[0] for _ in range(10)]
    with pytest.raises(Conflict) as caught:
        domain.create_token(actor=actor, label="x")
    assert (caught.value.code, ApiToken.objects.count()) == ("too_many_tokens", 10)
    domain.revoke_token(actor=actor, token_id=rows[0].pk)
    domain.create_token(actor=actor, label="x")
    clock.advance(timedelta(days=90))
    assert domain.create_token(actor=actor, label="x")[1]


def test_tokens_of_others_do_not_exist():
    row, _text = domain.create_token(actor=actor_of(UserFactory()), label="x")
    with pytest.raises(NotFound):
        domain.revoke_token(actor=actor_of(UserFactory()), token_id=row.pk)
    assert ApiToken.objects.count() == 1
