"""Where a second factor is due nothing else is answered; codes are counted; secrets are stored encrypted."""

from datetime import timedelta

import pytest
from cryptography.fernet import InvalidToken
from django.test import Client
from rest_framework.test import APIClient

from backend.accounts.adapter import SecondFactorAdapter
from backend.accounts.limits import LIMITS
from backend.accounts.models import Membership, User
from backend.common import clock
from tests.backend.accounts.test_sign_in import code, set_up_second_factor
from tests.factories.accounts import PASSWORD, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
TRAITS = {
    "student": {"of_student": True},
    "recruiter": {"recruiter": True},
    "owner": {"owner": True},
    "staff": {},
    "operator": {"operator": True},
}
DUE = {"owner", "staff", "operator"}


@pytest.fixture
def overdue(settings, frozen_now):
    """A function that makes a member whose days of grace are over, where the second factor is enforced."""
    settings.REQUIRE_SECOND_FACTOR = True

    def make(who: str) -> User:
        user = MembershipFactory(**TRAITS[who]).user
        Membership.objects.update(created_at=clock.now() - timedelta(days=8))
        return user

    return make


@pytest.mark.parametrize("who", TRAITS)
@pytest.mark.parametrize("path", ["/account/", "/account/tokens/", "/account/export/", "/account/erase/"])
def test_pages_lead_to_the_set_up_whoever_must_have_it(overdue, who, path):
    client = Client()
    client.force_login(overdue(who))
    answer = client.get(path)
    assert (answer.status_code, answer.headers.get("Location")) == (
        (302, "/accounts/2fa/totp/activate/") if who in DUE else (200, None)
    )


@pytest.mark.parametrize("who", TRAITS)
def test_json_says_what_is_missing(overdue, who):
    client = APIClient()
    client.force_login(overdue(who))
    answer = client.get("/api/v1/tokens/")
    if who not in DUE:
        assert answer.status_code == 200
        return
    assert (answer.status_code, answer.json()["error"]) == (403, "second_factor_required")
    me = client.get("/api/v1/me/")
    assert (me.status_code, me.json()["second_factor_advised"]) == (200, True)


@pytest.mark.parametrize("path", ["/accounts/logout/", "/healthz"])
def test_some_ways_stay_open(overdue, path):
    client = Client()
    client.force_login(overdue("staff"))
    assert client.get(path).headers.get("Location") != "/accounts/2fa/totp/activate/"


def test_a_write_is_held_back_too(overdue):
    user = overdue("owner")
    client = Client()
    client.force_login(user)
    client.post("/account/", {"name": "geändert", "language": "en"})
    assert User.objects.get(pk=user.pk).name == user.name
    set_up_second_factor(user)
    client.post("/account/", {"name": "geändert", "language": "en"})
    assert User.objects.get(pk=user.pk).name == "geändert"


def test_right_codes_over_json_do_not_count_and_wrong_ones_do(frozen_now):
    user = UserFactory()
    secret = set_up_second_factor(user)
    body = {"email": user.email, "password": PASSWORD, "label": "t"}
    most = LIMITS["second_factor"].amount
    wrong = [
        APIClient().post("/api/v1/tokens/", body | {"code": "000000"}).json()["error"] for _ in range(most)
    ]
    assert set(wrong) == {"wrong_credentials"}
    late = APIClient().post("/api/v1/tokens/", body | {"code": code(secret)})
    assert (late.status_code, late.json()["error"]) == (403, "too_many_attempts")
    assert user.api_tokens.count() == 0


@pytest.mark.parametrize("secret", ["", "JBSWY3DPEHPK3PXP", "密钥"])
def test_a_secret_comes_back_as_it_was_and_differs_each_time(secret):
    adapter = SecondFactorAdapter()
    first, second = adapter.encrypt(secret), adapter.encrypt(secret)
    assert first != second
    assert (adapter.decrypt(first), adapter.decrypt(second)) == (secret, secret)
    assert not secret or secret not in first


def test_another_key_reads_no_secret(settings):
    adapter = SecondFactorAdapter()
    stored = adapter.encrypt("JBSWY3DPEHPK3PXP")
    settings.SECRET_KEY = "another key of at least fifty characters, made up here"
    with pytest.raises(InvalidToken):
        adapter.decrypt(stored)
