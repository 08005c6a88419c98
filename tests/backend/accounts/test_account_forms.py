"""Fields of the account at their bounds, on pages and as JSON; tokens; exact bodies of refusals."""

from datetime import timedelta

import pytest
from django.utils.html import escape
from rest_framework.test import APIClient

from backend.accounts import domain
from backend.accounts.actor import ANONYMOUS, actor_of
from backend.accounts.domain.token import MOST
from backend.accounts.interfaces.forms import (
    EraseForm,
    NewAccountForm,
    ProfileForm,
    RecruiterInvitationForm,
    SchoolStaffInvitationForm,
    StaffInvitationForm,
    TokenForm,
)
from backend.accounts.interfaces.serializers import CredentialsInput, InvitationInput, ProfileInput
from backend.accounts.limits import LIMITS, consume, forget_ended, give_back
from backend.accounts.models import AttemptCount, Invitation, Membership
from backend.api.models import ApiToken
from backend.common import clock
from backend.common.errors import Conflict, NotFound
from tests.backend.refusals import contents, last_trail, refused
from tests.factories.accounts import InvitationFactory, MembershipFactory, UserFactory
from tests.factories.schools import DepartmentFactory

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert('x')</script>"
NOT_FOUND = {"error": "not_found", "message": "This does not exist, or you may not see it.", "params": {}}
NOT_ALLOWED = {"error": "not_allowed", "message": "You may not do this.", "params": {}}
UNKNOWN = {"error": "not_authenticated", "message": "Sign in first.", "params": {}}


def api(user=None) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_ACCEPT_LANGUAGE="en")
    if user is not None:
        client.force_login(user)
    return client


@pytest.mark.parametrize(
    ("form", "data", "wrong"),
    [
        (ProfileForm, {"name": "", "language": "en"}, []),
        (ProfileForm, {"name": "名" * 60, "language": "zh-hans"}, []),
        (ProfileForm, {"name": "名" * 61, "language": "en"}, ["name"]),
        (ProfileForm, {"name": "x", "language": "fr"}, ["language"]),
        (ProfileForm, {}, ["language"]),
        (RecruiterInvitationForm, {"email": "a@example.org"}, []),
        (RecruiterInvitationForm, {"email": "a@example.org", "is_owner": "on"}, []),
        (RecruiterInvitationForm, {"email": "nobody"}, ["email"]),
        (RecruiterInvitationForm, {"email": "a@example.org\nBcc: b@example.org"}, ["email"]),
        (RecruiterInvitationForm, {"email": f"{'a' * 180}@example.org"}, ["email"]),
        (RecruiterInvitationForm, {"email": ""}, ["email"]),
        (SchoolStaffInvitationForm, {"email": "a@example.org"}, ["school"]),
        (SchoolStaffInvitationForm, {"email": "a@example.org", "school": "0"}, ["school"]),
        (NewAccountForm, {"name": "王", "password": " x "}, []),
        (NewAccountForm, {"name": "", "password": "x"}, ["name"]),
        (NewAccountForm, {"name": "名" * 61, "password": "x"}, ["name"]),
        (NewAccountForm, {"name": "王", "password": ""}, ["password"]),
        (NewAccountForm, {"name": "王", "password": "x" * 129}, ["password"]),
        (TokenForm, {"label": "x" * 60}, []),
        (TokenForm, {"label": "x" * 61}, ["label"]),
        (TokenForm, {"label": "  "}, ["label"]),
        (EraseForm, {"password": ""}, ["password"]),
        (EraseForm, {"password": "x" * 129}, ["password"]),
    ],
)
def test_each_field_at_its_bounds(form, data, wrong):
    assert sorted(form(data).errors) == wrong


def test_blanks_of_a_password_are_kept():
    form = NewAccountForm({"name": " 王 ", "password": " x "})
    assert form.is_valid()
    assert form.cleaned_data == {"name": "王", "password": " x "}


def test_staff_choose_departments_of_one_school_only():
    own, foreign = DepartmentFactory(), DepartmentFactory()
    data = {"email": "a@example.org", "department": own.pk}
    assert StaffInvitationForm(data, school_id=own.school_id).is_valid()
    assert list(StaffInvitationForm(data, school_id=foreign.school_id).errors) == ["department"]
    assert list(StaffInvitationForm(data, school_id=None).errors) == ["department"]


@pytest.mark.parametrize(
    ("kind", "changed", "wrong"),
    [
        (ProfileInput, {}, []),
        (ProfileInput, {"name": "名" * 61}, ["name"]),
        (ProfileInput, {"language": "klingon"}, ["language"]),
        (CredentialsInput, {}, []),
        (CredentialsInput, {"email": "nobody"}, ["email"]),
        (CredentialsInput, {"password": ""}, ["password"]),
        (CredentialsInput, {"password": "x" * 129}, ["password"]),
        (CredentialsInput, {"code": "1" * 21}, ["code"]),
        (CredentialsInput, {"label": ""}, ["label"]),
        (CredentialsInput, {"label": "x" * 61}, ["label"]),
        (InvitationInput, {}, []),
        (InvitationInput, {"role": "operator"}, ["role"]),
        (InvitationInput, {"role": "student"}, ["role"]),
        (InvitationInput, {"email": "x"}, ["email"]),
        (InvitationInput, {"school_id": 0}, ["school_id"]),
        (InvitationInput, {"department_id": -1}, ["department_id"]),
        (InvitationInput, {"is_owner": "maybe"}, ["is_owner"]),
    ],
)
def test_each_entry_of_json_at_its_bounds(kind, changed, wrong):
    right = {
        ProfileInput: {"name": "王", "language": "en"},
        CredentialsInput: {"email": "a@example.org", "password": " x ", "label": "timetable"},
        InvitationInput: {"email": "a@example.org", "role": "staff"},
    }
    given = kind(data=right[kind] | changed)
    given.is_valid()
    assert sorted(given.errors) == wrong


def test_tokens_are_bounded_and_ended_ones_do_not_count(frozen_now):
    actor = actor_of(MembershipFactory().user)
    for n in range(MOST):
        domain.create_token(actor=actor, label=f"t{n}")
    with refused(Conflict, "too_many_tokens", ApiToken):
        domain.create_token(actor=actor, label="one more")
    clock.advance(timedelta(days=90))
    row, text = domain.create_token(actor=actor, label=" later ")
    assert (row.label, row.expires_at, text in str(ApiToken.objects.values())) == (
        "later",
        clock.now() + timedelta(days=90),
        False,
    )
    assert last_trail() == ("token.created", "", "", "api.apitoken", row.pk)


def test_nobody_ends_anothers_token():
    mine, theirs = actor_of(MembershipFactory().user), actor_of(MembershipFactory().user)
    row, _text = domain.create_token(actor=mine, label="t")
    for actor in (theirs, ANONYMOUS):
        with refused(NotFound, "not_found", ApiToken):
            domain.revoke_token(actor=actor, token_id=row.pk)
    domain.revoke_token(actor=mine, token_id=row.pk)
    assert last_trail() == ("token.revoked", "", "", "api.apitoken", row.pk)
    with refused(NotFound, "not_found", ApiToken):
        domain.revoke_token(actor=mine, token_id=row.pk)


@pytest.mark.parametrize("call", [domain.change_profile, domain.create_token])
def test_visitors_have_no_account_to_change(call):
    values = {"name": "x", "language": "en"} if call is domain.change_profile else {"label": "x"}
    with refused(NotFound, "not_found", ApiToken):
        call(actor=ANONYMOUS, **values)


@pytest.mark.parametrize("name", sorted(LIMITS))
def test_every_limit_gives_exactly_its_amount_and_then_rests(name, frozen_now):
    limit = LIMITS[name]
    assert [consume(name, "Key") for _ in range(limit.amount + 2)] == [True] * limit.amount + [False] * 2
    assert consume(name, "another") is True
    assert consume(name, " kEY ") is False
    clock.advance(limit.window - timedelta(seconds=1))
    assert consume(name, "key") is False
    clock.advance(timedelta(seconds=1))
    assert consume(name, "key") is True


def test_what_is_given_back_can_be_used_again_but_never_goes_below_zero(frozen_now):
    for _ in range(3):
        give_back("login_address", "a")
    assert [consume("login_address", "a") for _ in range(9)] == [True] * 8 + [False]
    give_back("login_address", "a")
    assert [consume("login_address", "a") for _ in range(2)] == [True, False]


def test_counters_hold_no_address_and_are_forgotten(frozen_now):
    consume("login_address", "secret@example.org")
    assert "secret" not in str(list(AttemptCount.objects.values()))
    assert forget_ended() == 0
    clock.advance(LIMITS["login_address"].window)
    assert (forget_ended(), AttemptCount.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "me"),
        ("put", "me"),
        ("get", "tokens"),
        ("get", "members"),
        ("get", "members/1"),
        ("delete", "members/1"),
        ("get", "invitations"),
        ("post", "invitations"),
        ("delete", "invitations/1"),
    ],
)
def test_visitors_get_one_body(method, path):
    answer = getattr(api(), method)(f"/api/v1/{path}/", {}, format="json")
    assert (answer.status_code, answer.json()) == (401, UNKNOWN)
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize("traits", [{"of_student": True}, None])
@pytest.mark.parametrize("path", ["members", "invitations"])
def test_who_has_no_team_is_refused(traits, path):
    user = UserFactory() if traits is None else MembershipFactory(**traits).user
    answer = api(user).get(f"/api/v1/{path}/")
    assert (answer.status_code, answer.json()) == (403, NOT_ALLOWED)


def test_a_member_has_exactly_these_fields(frozen_now):
    owner = MembershipFactory(owner=True)
    assert api(owner.user).get(f"/api/v1/members/{owner.pk}/").json() == {
        "id": owner.pk,
        "name": owner.user.name,
        "email": owner.user.email,
        "role": "recruiter",
        "school_id": None,
        "department_id": None,
        "company_id": owner.company_id,
        "is_owner": True,
        "created_at": "2026-03-02T09:00:00+08:00",
    }


def test_an_invitation_has_exactly_these_fields(frozen_now):
    owner = MembershipFactory(owner=True)
    row = InvitationFactory(recruiter=True, company=owner.company)
    assert api(owner.user).get(f"/api/v1/invitations/{row.pk}/").json() == {
        "id": row.pk,
        "email": row.email,
        "role": "recruiter",
        "school_id": None,
        "department_id": None,
        "company_id": owner.company_id,
        "is_owner": False,
        "created_at": "2026-03-02T09:00:00+08:00",
        "expires_at": "2026-03-16T09:00:00+08:00",
    }


@pytest.mark.parametrize("path", ["members", "invitations"])
def test_rows_of_another_place_do_not_exist(path):
    rows = {
        "members": MembershipFactory(recruiter=True),
        "invitations": InvitationFactory(recruiter=True),
    }
    for traits in ({"owner": True}, {}, {"operator": True}):
        client = api(MembershipFactory(**traits).user)
        before = contents(Invitation, Membership)
        for method in ("get", "delete"):
            answer = getattr(client, method)(f"/api/v1/{path}/{rows[path].pk}/")
            assert (answer.status_code, answer.json()) == (404, NOT_FOUND)
        assert contents(Invitation, Membership) == before


def test_an_open_invitation_is_a_422_with_its_field():
    owner = MembershipFactory(owner=True)
    InvitationFactory(recruiter=True, company=owner.company, email="a@example.org")
    answer = api(owner.user).post("/api/v1/invitations/", {"email": "A@example.org", "role": "recruiter"})
    assert (answer.status_code, answer.json()) == (
        422,
        {
            "error": "already_invited",
            "message": "Some entries need correcting.",
            "params": {},
            "fields": {"email": ["This address has an open invitation."]},
        },
    )


def test_the_last_in_charge_is_a_409():
    operator, last = MembershipFactory(operator=True), MembershipFactory()
    answer = api(operator.user).delete(f"/api/v1/members/{last.pk}/")
    assert (answer.status_code, answer.json()) == (
        409,
        {
            "error": "last_in_charge",
            "message": f"{last.school} would have no staff in charge. Invite another person first.",
            "params": {"place": str(last.school)},
        },
    )
    last.refresh_from_db()
    assert last.ended_at is None


def test_another_body_under_the_same_key_is_refused():
    owner = api(MembershipFactory(owner=True).user)
    send = [
        owner.post("/api/v1/invitations/", {"email": mail, "role": "recruiter"}, HTTP_IDEMPOTENCY_KEY="k")
        for mail in ("a@example.org", "b@example.org")
    ]
    assert [answer.status_code for answer in send] == [201, 422]
    assert send[1].json()["error"] == "idempotency_key_reused"
    assert list(Invitation.objects.values_list("email", flat=True)) == ["a@example.org"]


@pytest.mark.parametrize("path", ["/account/", "/team/", "/account/tokens/"])
def test_hostile_names_are_shown_as_text(signed_in, path):
    owner, client = signed_in(owner=True, user__name=HOSTILE)
    owner.company.name = HOSTILE
    owner.company.save()
    domain.create_token(actor=actor_of(owner.user), label=HOSTILE)
    page = client.get(path).content.decode()
    assert HOSTILE not in page
    assert escape(HOSTILE) in page


@pytest.mark.parametrize(
    "path",
    ["/account/tokens/1/revoke/", "/team/members/1/end/", "/team/invitations/1/revoke/"],
)
def test_what_changes_something_is_a_post(signed_in, path):
    _owner, client = signed_in(owner=True)
    assert client.get(path).status_code == 405


@pytest.mark.parametrize("rows", [1, 3])
def test_the_tokens_page_costs_the_same_whatever_the_rows(signed_in, rows, django_assert_num_queries):
    member, client = signed_in()
    for n in range(rows):
        domain.create_token(actor=actor_of(member.user), label=f"t{n}")
    client.get("/account/tokens/")
    with django_assert_num_queries(5):
        assert len(client.get("/account/tokens/").context["rows"]) == rows
