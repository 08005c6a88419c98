"""Who is answered: every role and every state of a person, at every kind of address, with a session and with a token."""

from itertools import product

import pytest

from backend.accounts.actor import actor_of
from backend.accounts.domain import erase_account
from backend.accounts.models import Membership
from backend.api.authentication import digest_of, issue_token
from backend.api.models import ApiToken
from backend.common import clock
from backend.schools.models import School
from tests.factories.accounts import PASSWORD, MembershipFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]

PEOPLE = ("visitor", "nobody", "student", "recruiter", "owner", "staff", "operator", "left", "suspended")
ADDRESSES = {
    # (method, address): who is answered with 200 or 201; everybody else is refused.
    ("get", "public"): set(PEOPLE),
    ("get", "signed-in"): set(PEOPLE) - {"visitor"},
    ("head", "signed-in"): set(PEOPLE) - {"visitor"},
    ("get", "staff"): {"staff"},
    ("head", "staff"): {"staff"},
    ("options", "staff"): {"staff"},
    ("post", "staff"): {"operator"},
    ("put", "staff"): set(),
    ("get", "undeclared"): set(),
    ("options", "undeclared"): set(),
}


def person(who):
    """Somebody in this role or state; None for a visitor."""
    if who == "visitor":
        return None
    if who == "nobody":
        return UserFactory()
    traits = {
        "student": {"of_student": True},
        "recruiter": {"recruiter": True},
        "owner": {"owner": True},
        "operator": {"operator": True},
        "left": {"ended": True},
    }.get(who, {})
    member = MembershipFactory(**traits)
    if who == "suspended":
        School.objects.filter(pk=member.school_id).update(suspended_at=clock.now(), suspended_reason="x")
    return member.user


def ask(api, method, address):
    return getattr(api, method)(f"/api/{address}/")


@pytest.mark.parametrize("sign_in", ["session", "token"])
@pytest.mark.parametrize(("who", "call"), [*product(PEOPLE, ADDRESSES)])
def test_an_address_answers_its_audience(api, who, call, sign_in):
    user = person(who)
    if user is not None and sign_in == "session":
        api.force_login(user)
    elif user is not None:
        api.credentials(HTTP_AUTHORIZATION=f"Bearer {issue_token(user, 'x')[1]}")
    answer = ask(api, *call)
    refusal = 401 if who == "visitor" else 403
    assert answer.status_code == (200 if who in ADDRESSES[call] else refusal)
    if answer.status_code >= 400 and call[0] != "head":
        assert answer.json()["error"] == {401: "not_authenticated", 403: "not_allowed"}[refusal]


@pytest.mark.parametrize(
    "ending", ["membership ended", "school suspended", "made inactive", "erased", "token deleted"]
)
def test_a_token_follows_its_person_from_one_request_to_the_next(api, ending):
    member = MembershipFactory(of_student=True)
    row, text = issue_token(member.user, "x")
    other, second = issue_token(member.user, "y")
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    assert ask(api, "get", "signed-in").json()["role"] == "student"
    match ending:
        case "membership ended":
            Membership.objects.update(ended_at=clock.now())
        case "school suspended":
            School.objects.update(suspended_at=clock.now(), suspended_reason="x")
        case "made inactive":
            type(member.user).objects.filter(pk=member.user_id).update(is_active=False)
        case "erased":
            erase_account(actor=actor_of(member.user), password=PASSWORD)
        case "token deleted":
            row.delete()
    answer = ask(api, "get", "signed-in")
    if ending in {"membership ended", "school suspended"}:
        assert (answer.status_code, answer.json()["role"]) == (200, "anonymous")
    else:
        assert (answer.status_code, answer.json()["error"]) == (401, "bad_token")
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {second}")
    alive = ending in {"membership ended", "school suspended", "token deleted"}
    assert ask(api, "get", "signed-in").status_code == (200 if alive else 401)
    assert ApiToken.objects.filter(pk=other.pk).exists() == (ending != "erased")


@pytest.mark.parametrize(
    "forge",
    [
        lambda text: f"Bearer {digest_of(text)}",
        lambda text: f"Bearer {text.swapcase()}",
        lambda text: f"Bearer {text[:-1]}",
        lambda text: f"Bearer {text}x",
        lambda text: f"Bearer {text} {text}",
        lambda text: f"Bearer {text},",
        lambda text: "Bearer " + "x" * 10_000,
        lambda text: "Bearer %",
        lambda text: "Bearer schlüssel",
        lambda text: "BEARER\tx",
    ],
    ids=["digest", "case", "short", "long", "twice", "comma", "huge", "sign", "umlaut", "tab"],
)
def test_what_is_nearly_a_token_is_none(api, forge):
    _row, text = issue_token(MembershipFactory().user, "x")
    api.credentials(HTTP_AUTHORIZATION=forge(text))
    answer = ask(api, "get", "public")
    assert (answer.status_code, answer.json()["error"]) == (401, "bad_token")
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize("header", ["bearer {}", "BEARER {}", "  Bearer   {}  "])
def test_the_word_before_a_token_may_be_written_in_any_way(api, header):
    member = MembershipFactory()
    api.credentials(HTTP_AUTHORIZATION=header.format(issue_token(member.user, "x")[1]))
    assert ask(api, "get", "signed-in").json() == {"role": "staff", "user": member.user_id}


@pytest.mark.parametrize("place", ["?token={}", "?access_token={}", "?Authorization=Bearer {}"])
def test_a_token_in_an_address_is_not_read(api, place):
    """Addresses are logged."""
    _row, text = issue_token(MembershipFactory().user, "x")
    assert api.get("/api/signed-in/" + place.format(text)).status_code == 401


def test_no_two_tokens_are_alike():
    user = UserFactory()
    texts = {issue_token(user, "x")[1] for _ in range(20)}
    assert len(texts) == 20
    assert {len(text) for text in texts} == {43}
    assert ApiToken.objects.filter(user=user).count() == 20


@pytest.mark.parametrize("character", ["\0", "a\0b"])
@pytest.mark.parametrize("where", ["value", "name"])
def test_an_address_with_nul_is_refused_before_anything_is_looked_up(
    api, character, where, django_assert_num_queries
):
    query = {"q": character} if where == "value" else {f"q{character}": "x"}
    with django_assert_num_queries(0):
        answer = api.get("/api/public/", query)
    assert answer.status_code == 422
    sentences = [sentence for of_field in answer.json()["fields"].values() for sentence in of_field]
    assert sentences == ["This may not hold the character NUL."]
    assert "\0" not in "".join(answer.json()["fields"])
