"""Team, invitation and account pages: each role, each refusal, both languages, no trace where refused."""

import pytest
from django.core import mail
from django.test import Client
from django.utils.html import escape

from backend.accounts.actor import actor_of
from backend.accounts.enums import Role
from backend.accounts.models import Invitation, Membership, User
from backend.api.models import ApiToken
from backend.common import clock, outbox
from tests.backend.refusals import contents
from tests.factories.accounts import PASSWORD, TOKEN, InvitationFactory, MembershipFactory, UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import DepartmentFactory, SchoolFactory

pytestmark = pytest.mark.django_db
ROWS = (User, Membership, Invitation, ApiToken)
HOSTILE = "<script>alert('x')</script>"
TRAITS = {
    "student": {"of_student": True},
    "recruiter": {"recruiter": True},
    "owner": {"owner": True},
    "staff": {},
    "operator": {"operator": True},
}


@pytest.mark.parametrize(
    ("path", "answers"),
    [
        ("/account/", {"student": 200, "recruiter": 200, "owner": 200, "staff": 200, "operator": 200}),
        ("/account/tokens/", {"student": 200, "recruiter": 200, "owner": 200, "staff": 200, "operator": 200}),
        ("/account/export/", {"student": 200, "recruiter": 200, "owner": 200, "staff": 200, "operator": 200}),
        ("/account/erase/", {"student": 200, "recruiter": 200, "owner": 200, "staff": 200, "operator": 200}),
        ("/team/", {"student": 404, "recruiter": 200, "owner": 200, "staff": 200, "operator": 200}),
    ],
)
def test_each_page_for_each_role(signed_in, path, answers):
    assert {who: signed_in(**TRAITS[who])[1].get(path).status_code for who in TRAITS} == answers


def test_who_has_no_place_has_an_account_but_no_team():
    client = Client()
    client.force_login(UserFactory())
    assert (client.get("/account/").status_code, client.get("/team/").status_code) == (200, 404)


@pytest.mark.parametrize(
    ("who", "fields"),
    [
        ("recruiter", None),
        ("owner", ["email", "is_owner"]),
        ("staff", ["email", "department"]),
        ("operator", ["school", "email"]),
    ],
)
def test_the_form_fits_the_role(signed_in, who, fields):
    form = signed_in(**TRAITS[who])[1].get("/team/").context["form"]
    assert (form and list(form.fields)) == fields


def test_a_dean_sees_the_team_but_no_form(signed_in):
    department = DepartmentFactory()
    _dean, client = signed_in(school=department.school, department=department)
    page = client.get("/team/")
    assert (page.context["form"], [row.may_end for row in page.context["rows"]]) == (None, [False])
    before = contents(*ROWS)
    client.post("/team/", {"email": "a@example.org"})
    assert contents(*ROWS) == before


@pytest.mark.parametrize(
    ("who", "body", "wrong"),
    [
        ("owner", {"email": "nobody"}, ["email"]),
        ("owner", {"email": "", "is_owner": "on"}, ["email"]),
        ("staff", {"email": "a@example.org", "department": "999999"}, ["department"]),
        ("staff", {"email": "nobody", "department": "x"}, ["department", "email"]),
        ("operator", {"email": "a@example.org"}, ["school"]),
        ("operator", {"email": "a@example.org", "school": "x"}, ["school"]),
    ],
)
def test_a_wrong_invitation_is_shown_again(signed_in, who, body, wrong):
    _member, client = signed_in(**TRAITS[who])
    before = contents(*ROWS)
    answer = client.post("/team/", body)
    assert (answer.status_code, sorted(answer.context["form"].errors)) == (422, wrong)
    assert contents(*ROWS) == before


@pytest.mark.parametrize(("ticked", "is_owner"), [({}, False), ({"is_owner": "on"}, True)])
def test_an_owner_invites_with_the_rights_ticked(signed_in, ticked, is_owner):
    owner, client = signed_in(owner=True)
    client.post("/team/", {"email": "New@Example.org", **ticked})
    row = Invitation.objects.get()
    assert (row.email, row.role, row.is_owner, row.company_id, row.invited_by_id) == (
        "new@example.org",
        Role.RECRUITER,
        is_owner,
        owner.company_id,
        owner.user_id,
    )


def test_only_what_one_may_end_has_a_button(signed_in):
    owner, client = signed_in(owner=True)
    member = MembershipFactory(recruiter=True, company=owner.company)
    rows = {row.pk: row.may_end for row in client.get("/team/").context["rows"]}
    assert rows == {owner.pk: False, member.pk: True}
    page = client.get("/team/").content.decode()
    assert f"/team/members/{member.pk}/end/" in page
    assert f"/team/members/{owner.pk}/end/" not in page


@pytest.mark.parametrize(
    ("who", "status"), [("student", 404), ("recruiter", 403), ("staff", 404), ("operator", 404)]
)
def test_a_refused_farewell_on_the_page(signed_in, who, status):
    company = CompanyFactory()
    MembershipFactory(owner=True, company=company)
    target = MembershipFactory(recruiter=True, company=company)
    traits = TRAITS[who] | ({"company": company} if who == "recruiter" else {})
    _member, client = signed_in(**traits)
    before = contents(*ROWS)
    assert client.post(f"/team/members/{target.pk}/end/").status_code == status
    assert contents(*ROWS) == before


def test_the_last_in_charge_is_told_so_on_the_page(signed_in):
    last = MembershipFactory()
    _operator, client = signed_in(operator=True)
    answer = client.post(f"/team/members/{last.pk}/end/")
    assert answer.status_code == 409
    assert "would have no staff in charge" in answer.content.decode()


@pytest.mark.parametrize("who", ["student", "recruiter", "staff", "operator"])
def test_nobody_else_withdraws_an_invitation(signed_in, who):
    row = InvitationFactory(recruiter=True)
    _member, client = signed_in(**TRAITS[who])
    before = contents(*ROWS)
    assert client.post(f"/team/invitations/{row.pk}/revoke/").status_code == 404
    assert contents(*ROWS) == before


@pytest.mark.parametrize("state", ["expired", "accepted", "revoked", "unknown"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_that_is_over_reads_like_one_that_never_was(state, method):
    stamps = {
        "expired": {"expired": True},
        "accepted": {"accepted_at": clock.now()},
        "revoked": {"revoked_at": clock.now()},
        "unknown": {"token": "another"},
    }
    InvitationFactory(**stamps[state])
    before = contents(*ROWS)
    answer = getattr(Client(HTTP_ACCEPT_LANGUAGE="en"), method)(f"/invitations/{TOKEN}/")
    assert answer.status_code == 404
    assert "This invitation does not exist, was used, or has ended." in answer.content.decode()
    assert contents(*ROWS) == before


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"name": "", "password": PASSWORD}, ["name"]),
        ({"name": "名" * 61, "password": PASSWORD}, ["name"]),
        ({"name": "王敏", "password": ""}, ["password"]),
        ({"name": "王敏", "password": "12345678901"}, ["password"]),
        ({"name": "王敏", "password": "x" * 129}, ["password"]),
    ],
)
def test_a_wrong_new_account_is_shown_again_and_the_link_lives(body, wrong):
    InvitationFactory()
    before = contents(*ROWS)
    answer = Client().post(f"/invitations/{TOKEN}/", body)
    assert (answer.status_code, sorted(answer.context["form"].errors)) == (422, wrong)
    assert contents(*ROWS) == before


@pytest.mark.parametrize(("language", "chosen"), [("en", "en"), ("zh-hans", "zh-hans"), ("fr", "zh-hans")])
def test_the_new_account_speaks_the_language_of_the_page(language, chosen):
    invitation = InvitationFactory()
    client = Client(HTTP_ACCEPT_LANGUAGE=language)
    client.post(f"/invitations/{TOKEN}/", {"name": "王敏", "password": PASSWORD})
    user = User.objects.get(email=invitation.email)
    assert (user.language, user.name, actor_of(user).school_id) == (chosen, "王敏", invitation.school_id)


def test_an_invitation_of_an_owner_makes_an_owner_and_of_a_department_its_staff():
    company, department = CompanyFactory(), DepartmentFactory()
    rows = [
        InvitationFactory(recruiter=True, company=company, is_owner=True, token="1"),
        InvitationFactory(school=department.school, department=department, token="2"),
    ]
    for token, row in zip("12", rows, strict=True):
        client = Client()
        client.force_login(UserFactory(email=row.email))
        assert client.post(f"/invitations/{token}/")["Location"] == "/"
    owner, dean = [actor_of(User.objects.get(email=row.email)) for row in rows]
    assert (owner.role, owner.company_id, owner.is_owner) == ("recruiter", company.pk, True)
    assert (dean.role, dean.school_id, dean.department_id) == ("staff", department.school_id, department.pk)


def test_the_page_of_a_link_names_the_place_as_text_and_no_address_of_others():
    company = CompanyFactory(name=HOSTILE)
    row = InvitationFactory(recruiter=True, company=company, invited_by__email="inviter@example.org")
    page = Client().get(f"/invitations/{TOKEN}/").content.decode()
    assert HOSTILE not in page
    assert escape(HOSTILE) in page
    assert "inviter@example.org" not in page
    assert row.token_digest not in page


@pytest.mark.parametrize(
    ("language", "subject"), [("en", "云湖学院 invites you to Fairway"), ("zh-hans", "云湖学院")]
)
def test_the_link_is_mailed_in_the_readers_language(signed_in, language, subject):
    UserFactory(email="new@example.org", language=language)
    _staff, client = signed_in(school=SchoolFactory(name="云湖学院"))
    client.post("/team/", {"email": "new@example.org"})
    outbox.drain()
    assert [message.to for message in mail.outbox] == [["new@example.org"]]
    assert subject in mail.outbox[0].subject
    assert ("invites you" in mail.outbox[0].subject) is (language == "en")


def test_a_line_break_in_a_name_cannot_add_a_header(signed_in):
    _staff, client = signed_in(school=SchoolFactory(name="学院\nBcc: evil@example.org"))
    client.post("/team/", {"email": "new@example.org"})
    outbox.drain()
    assert [message.recipients() for message in mail.outbox] in ([], [["new@example.org"]])


@pytest.mark.parametrize(
    ("body", "wrong"),
    [({"label": ""}, ["label"]), ({"label": "x" * 61}, ["label"]), ({"label": " "}, ["label"])],
)
def test_a_token_needs_a_name(signed_in, body, wrong):
    _member, client = signed_in()
    answer = client.post("/account/tokens/", body)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, wrong)
    assert ApiToken.objects.count() == 0


def test_another_persons_token_is_not_revoked(signed_in):
    member, client = signed_in()
    client.post("/account/tokens/", {"label": "t"})
    token = ApiToken.objects.get()
    _other, stranger = signed_in()
    assert stranger.post(f"/account/tokens/{token.pk}/revoke/").status_code == 404
    assert list(member.user.api_tokens.all()) == [token]


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD.upper(), f" {PASSWORD}"])
def test_erasing_needs_the_password_to_the_letter(signed_in, password):
    _member, client = signed_in()
    before = contents(*ROWS)
    assert client.post("/account/erase/", {"password": password}).status_code == 422
    assert contents(*ROWS) == before


@pytest.mark.parametrize("path", ["/account/", "/account/tokens/", "/account/erase/", "/team/"])
def test_forms_carry_the_token_and_need_it(path):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(MembershipFactory(owner=True).user)
    assert "csrfmiddlewaretoken" in strict.get(path).content.decode()
    before = contents(*ROWS)
    assert (
        strict.post(path, {"label": "x", "password": PASSWORD, "email": "a@example.org"}).status_code == 403
    )
    assert contents(*ROWS) == before
