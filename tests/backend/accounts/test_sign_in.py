"""Signing in: confirmation, reset, limits, equal work and answers for unknown people, second factor, sessions."""

import re
import time
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.usersessions.models import UserSession
from django.conf import settings as django_settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core import mail
from django.test import Client

from backend.accounts import hooks
from backend.accounts.limits import LIMITS, Limit
from backend.accounts.models import User
from backend.common import clock, outbox
from tests.factories.accounts import PASSWORD, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor() -> Client:
    """Nobody, who reads English."""
    return Client(HTTP_ACCEPT_LANGUAGE="en")


def sign_in(client: Client, email: str, password: str = PASSWORD):
    """Send the sign-in form."""
    return client.post("/accounts/login/", {"login": email, "password": password})


def who(client: Client) -> str | None:
    """The id of the person signed in."""
    return client.session.get("_auth_user_id")


def set_up_second_factor(user: User) -> str:
    """Give a person an authenticator app; its secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def code(secret: str) -> str:
    """What the app shows now."""
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def test_passwords_are_argon2id_at_19_mib():
    encoded = UserFactory().password
    assert encoded.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


def test_sign_in_with_the_right_password_in_any_case_of_the_address(visitor):
    user = UserFactory(email="person@example.org", language="en")
    response = sign_in(visitor, "Person@Example.org")
    assert (response.status_code, response["Location"]) == (302, "/")
    assert who(visitor) == str(user.pk)
    assert response.cookies[django_settings.LANGUAGE_COOKIE_NAME].value == "en"


def test_registration_signs_nobody_in_before_the_address_is_confirmed(visitor):
    form = {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD}
    response = visitor.post("/accounts/signup/", form)
    assert (response.status_code, who(visitor)) == (302, None)
    outbox.drain()
    link = re.search(r"http://\S+(/accounts/confirm-email/\S+/)", mail.outbox[0].body).group(1)
    assert EmailAddress.objects.get(email="new@example.org").verified is False
    assert visitor.get(link).status_code == 200
    visitor.post(link)
    assert EmailAddress.objects.get(email="new@example.org").verified is True
    sign_in(visitor, "new@example.org")
    assert who(visitor) == str(User.objects.get(email="new@example.org").pk)


def test_an_unconfirmed_address_cannot_sign_in(visitor):
    user = UserFactory(confirmed=False)
    sign_in(visitor, user.email)
    assert who(visitor) is None


def test_registering_a_known_address_gives_the_same_page_and_tells_only_its_owner(visitor):
    UserFactory(email="known@example.org")
    answers = []
    for address in ("known@example.org", "unknown@example.org"):
        form = {"email": address, "password1": PASSWORD, "password2": PASSWORD}
        response = Client().post("/accounts/signup/", form)
        answers.append((response.status_code, response["Location"]))
    assert answers[0] == answers[1]
    assert User.objects.filter(email="known@example.org").count() == 1
    outbox.drain()
    assert [message.to for message in mail.outbox] == [["known@example.org"], ["unknown@example.org"]]


def test_wrong_password_and_unknown_address_have_one_answer(visitor):
    user = UserFactory()
    known, unknown = sign_in(visitor, user.email, "wrong"), sign_in(visitor, "nobody@example.org", "wrong")
    token = re.compile(r"[A-Za-z0-9]{64}|person\d+@example.org|nobody@example.org")
    assert known.status_code == unknown.status_code == 200
    assert token.sub("", known.content.decode()) == token.sub("", unknown.content.decode())


def test_unknown_addresses_cost_one_hash_like_known_ones(visitor, monkeypatch):
    """The work is counted in hashes, which is what takes the time; see also the next test."""
    user = UserFactory()
    hashes: list[str] = []
    original_encode, original_verify = Argon2PasswordHasher.encode, Argon2PasswordHasher.verify
    monkeypatch.setattr(
        Argon2PasswordHasher, "encode", lambda self, *a: hashes.append("encode") or original_encode(self, *a)
    )
    monkeypatch.setattr(
        Argon2PasswordHasher, "verify", lambda self, *a: hashes.append("verify") or original_verify(self, *a)
    )
    sign_in(visitor, user.email, "wrong")
    known = len(hashes)
    hashes.clear()
    sign_in(visitor, "nobody@example.org", "wrong")
    assert (known, len(hashes)) == (1, 1)


def test_unknown_addresses_take_as_long_as_known_ones(visitor):
    """Processor time of a whole sign-in, the least of four; a skipped hash would be a factor of several."""
    user = UserFactory()

    def best(address: str) -> float:
        times = []
        for _ in range(4):
            started = time.process_time()
            sign_in(visitor, address, "wrong")
            times.append(time.process_time() - started)
        return min(times)

    best("warm-up@example.org")
    ratio = best("nobody@example.org") / best(user.email)
    assert 0.5 < ratio < 2


def test_reset_gives_the_same_page_for_unknown_addresses(visitor):
    user = UserFactory()
    answers = [
        visitor.post("/accounts/password/reset/", {"email": a}) for a in (user.email, "nobody@example.org")
    ]
    assert [(a.status_code, a["Location"]) for a in answers] == [(302, "/accounts/password/reset/done/")] * 2


def test_reset_by_the_mailed_link_sets_a_new_password(visitor):
    user = UserFactory()
    visitor.post("/accounts/password/reset/", {"email": user.email})
    outbox.drain()
    link = re.search(r"http://\S+(/accounts/password/reset/key/\S+/)", mail.outbox[0].body).group(1)
    form = visitor.get(link)["Location"]
    assert visitor.get(form).status_code == 200
    visitor.post(form, {"password1": "another horse battery", "password2": "another horse battery"})
    user.refresh_from_db()
    assert user.check_password("another horse battery")
    assert visitor.get(link).status_code == 200


def test_mail_to_one_address_is_limited_while_the_page_says_the_same(visitor):
    amount = LIMITS["mail_address"].amount
    for _ in range(amount + 2):
        assert visitor.post("/accounts/password/reset/", {"email": "nobody@example.org"}).status_code == 302
    outbox.drain()
    assert len(mail.outbox) == amount


def test_guessing_is_stopped_even_for_the_right_password(visitor, frozen_now):
    user = UserFactory()
    limit = LIMITS["login_address"]
    for _ in range(limit.amount):
        sign_in(visitor, user.email, "wrong")
    sign_in(visitor, user.email)
    assert who(visitor) is None
    clock.advance(limit.window)
    sign_in(visitor, user.email)
    assert who(visitor) == str(user.pk)


def test_failures_of_one_person_do_not_lock_out_the_others_of_a_campus(visitor):
    for n in range(15):
        sign_in(visitor, f"nobody{n}@example.org", "wrong")
    user = UserFactory()
    sign_in(visitor, user.email)
    assert who(visitor) == str(user.pk)


def test_the_second_factor_is_set_up_with_the_code_of_the_secret_shown(visitor):
    user = UserFactory(language="en")
    sign_in(visitor, user.email)
    again = visitor.get("/accounts/2fa/totp/activate/")["Location"]
    assert again.startswith("/accounts/reauthenticate/")
    visitor.post(again, {"password": PASSWORD})
    page = visitor.get("/accounts/2fa/totp/activate/").content.decode()
    assert len(re.findall(r"<h1", page)) == 1
    secret = visitor.session["mfa.totp.secret"]
    assert secret in page
    response = visitor.post("/accounts/2fa/totp/activate/", {"code": code(secret)})
    assert response.status_code == 302
    assert Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).count() == 1
    assert visitor.get("/accounts/2fa/recovery-codes/").status_code == 200
    assert visitor.get("/accounts/2fa/").status_code == 200


def test_successes_do_not_count(visitor, monkeypatch):
    monkeypatch.setitem(LIMITS, "login_network", Limit(2, LIMITS["login_network"].window))
    for _ in range(4):
        client, user = Client(), UserFactory()
        sign_in(client, user.email)
        assert who(client) == str(user.pk)


@pytest.mark.parametrize(
    ("path", "name"),
    [("/accounts/signup/", "signup_network"), ("/accounts/password/reset/", "reset_network")],
)
def test_a_network_that_floods_is_answered_429(visitor, monkeypatch, path, name):
    monkeypatch.setitem(LIMITS, name, Limit(1, LIMITS[name].window))
    assert visitor.post(path, {}).status_code == 200
    assert visitor.post(path, {}).status_code == 429
    assert visitor.get(path).status_code == 200


def test_a_second_factor_is_asked_for_after_the_password(visitor):
    user = UserFactory()
    secret = set_up_second_factor(user)
    response = sign_in(visitor, user.email)
    assert (response["Location"], who(visitor)) == ("/accounts/2fa/authenticate/", None)
    assert visitor.get("/accounts/2fa/authenticate/").status_code == 200
    visitor.post("/accounts/2fa/authenticate/", {"code": code(secret)})
    assert who(visitor) == str(user.pk)


def test_wrong_codes_are_limited_across_sessions():
    user = UserFactory()
    secret = set_up_second_factor(user)
    for _ in range(LIMITS["second_factor"].amount):
        client = Client()
        sign_in(client, user.email)
        client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    client = Client()
    sign_in(client, user.email)
    client.post("/accounts/2fa/authenticate/", {"code": code(secret)})
    assert who(client) is None


def test_secrets_of_authenticator_apps_are_stored_encrypted():
    user = UserFactory()
    secret = set_up_second_factor(user)
    stored = Authenticator.objects.get(user=user).data["secret"]
    assert secret not in stored
    assert Authenticator.objects.get(user=user).wrap().validate_code(code(secret))


def test_where_it_is_enforced_staff_without_a_second_factor_are_led_to_the_set_up(settings, frozen_now):
    settings.REQUIRE_SECOND_FACTOR = True
    member, client = MembershipFactory(), Client()
    client.force_login(member.user)
    assert client.get("/account/").status_code == 200
    clock.advance(timedelta(days=8))
    response = client.get("/account/")
    assert (response.status_code, response["Location"]) == (302, "/accounts/2fa/totp/activate/")
    set_up_second_factor(member.user)
    assert client.get("/account/").status_code == 200


@pytest.mark.parametrize("traits", [{"of_student": True}, {"recruiter": True}])
def test_students_and_plain_recruiters_need_no_second_factor(settings, frozen_now, traits):
    settings.REQUIRE_SECOND_FACTOR = True
    member, client = MembershipFactory(**traits), Client()
    client.force_login(member.user)
    clock.advance(timedelta(days=8))
    assert client.get("/account/").status_code == 200


def test_signing_out_everywhere_else_ends_the_other_sessions():
    user = UserFactory()
    here, elsewhere = Client(), Client()
    sign_in(here, user.email)
    sign_in(elsewhere, user.email)
    assert UserSession.objects.filter(user=user).count() == 2
    assert here.get("/accounts/sessions/").status_code == 200
    here.post("/accounts/sessions/")
    assert here.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302


def test_the_demo_lists_its_accounts_and_nothing_else_does(visitor, settings, monkeypatch):
    monkeypatch.setattr(hooks, "_demo_accounts", [])
    hooks.set_demo_accounts(lambda: [hooks.DemoAccount("Student", "student@demo.invalid", "demo-password")])
    assert "student@demo.invalid" not in visitor.get("/accounts/login/").content.decode()
    settings.DEMO_MODE = True
    page = visitor.get("/accounts/login/").content.decode()
    assert "student@demo.invalid" in page
    assert "demo-password" in page


PAGES = [
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/confirm-email/",
    "/accounts/inactive/",
]
OWN_PAGES = [
    "/accounts/logout/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/reauthenticate/",
    "/accounts/sessions/",
    "/account/",
    "/account/tokens/",
    "/account/erase/",
    "/team/",
]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("path", [*PAGES, *OWN_PAGES])
def test_every_page_is_drawn_with_our_layout_and_has_one_heading(path, language):
    client = Client(HTTP_ACCEPT_LANGUAGE=language)
    if path in OWN_PAGES:
        sign_in(client, MembershipFactory(user__language=language).user.email)
    response = client.get(path)
    page = response.content.decode()
    assert response.status_code == 200
    assert f'lang="{"zh-Hans" if language == "zh-hans" else "en"}"'.lower() in page.lower()
    headings = [
        re.sub(r"<[^>]+>", "", found).strip() for found in re.findall(r"<h1[^>]*>(.*?)</h1>", page, re.S)
    ]
    assert len(headings) == 1
    assert headings[0]
    assert "<style" not in page
    assert " style=" not in page
