"""Pages: what each role is shown, what forms say, and that a page costs the same whatever the rows."""

import io
import json
import zipfile

import pytest
from django.test import Client

from backend.accounts.models import Invitation, Membership, User
from backend.api.models import ApiToken
from tests.factories.accounts import PASSWORD, TOKEN, InvitationFactory, MembershipFactory, UserFactory
from tests.factories.schools import DepartmentFactory

pytestmark = pytest.mark.django_db

PRIVATE = ["/account/", "/account/tokens/", "/account/export/", "/account/erase/", "/team/"]


@pytest.mark.parametrize("path", PRIVATE)
def test_visitors_are_led_to_sign_in(path):
    response = Client().get(path)
    assert (response.status_code, response["Location"]) == (302, f"/accounts/login/?next={path}")


def test_saving_name_and_language_changes_the_language_at_once(signed_in):
    member, client = signed_in()
    response = client.post("/account/", {"name": "李华", "language": "zh-hans"}, follow=True)
    assert "已保存" in response.content.decode()
    assert User.objects.get(pk=member.user_id).name == "李华"


def test_a_wrong_language_is_said_beside_the_field(signed_in):
    _member, client = signed_in()
    response = client.post("/account/", {"name": "x", "language": "klingon"})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["language"]


def test_the_notice_about_the_second_factor_is_shown_to_whom_it_concerns(signed_in):
    assert "Protect this account" in signed_in()[1].get("/account/").content.decode()
    assert "Protect this account" not in signed_in(of_student=True)[1].get("/account/").content.decode()


def test_a_token_is_shown_once_and_can_be_revoked(signed_in):
    _member, client = signed_in()
    page = client.post("/account/tokens/", {"label": "timetable"})
    text = page.context["text"]
    assert text in page.content.decode()
    assert text not in client.get("/account/tokens/").content.decode()
    client.post(f"/account/tokens/{ApiToken.objects.get().pk}/revoke/")
    assert ApiToken.objects.count() == 0


def test_the_copy_of_the_data_is_a_file(signed_in):
    member, client = signed_in()
    response = client.get("/account/export/")
    assert response["Content-Disposition"] == 'attachment; filename="fairway-account.zip"'
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert archive.namelist() == ["account.json"]
        data = json.loads(archive.read("account.json"))
    assert data["accounts.user"][0]["email"] == member.user.email


def test_erasing_from_the_page(signed_in):
    member, client = signed_in()
    MembershipFactory(school=member.school)
    assert client.post("/account/erase/", {"password": "wrong"}).status_code == 422
    assert client.post("/account/erase/", {"password": PASSWORD})["Location"] == "/"
    assert client.get("/account/").status_code == 302
    assert User.objects.get(pk=member.user_id).is_active is False


@pytest.mark.parametrize(("traits", "status"), [({"of_student": True}, 404), ({"recruiter": True}, 200)])
def test_students_have_no_team(signed_in, traits, status):
    assert signed_in(**traits)[1].get("/team/").status_code == status


def test_owner_invites_from_the_page_and_withdraws(signed_in):
    owner, client = signed_in(owner=True)
    assert client.post("/team/", {"email": "new@example.org"})["Location"] == "/team/"
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.company_id) == ("new@example.org", owner.company_id)
    again = client.post("/team/", {"email": "new@example.org"})
    assert again.status_code == 422
    assert again.context["form"].errors == {"email": ["This address has an open invitation."]}
    client.post(f"/team/invitations/{invitation.pk}/revoke/")
    invitation.refresh_from_db()
    assert invitation.revoked_at is not None


def test_staff_choose_among_departments_of_their_own_school(signed_in):
    staff, client = signed_in()
    own, foreign = DepartmentFactory(school=staff.school), DepartmentFactory()
    page = client.get("/team/")
    assert list(page.context["form"].fields["department"].queryset) == [own]
    assert client.post("/team/", {"email": "a@example.org", "department": foreign.pk}).status_code == 422
    assert client.post("/team/", {"email": "a@example.org", "department": own.pk}).status_code == 302
    assert Invitation.objects.get().department == own


def test_operator_invites_the_first_staff_of_a_school(signed_in):
    _operator, client = signed_in(operator=True)
    school = DepartmentFactory().school
    client.post("/team/", {"email": "a@example.org", "school": school.pk})
    assert Invitation.objects.get().school == school


def test_a_plain_recruiter_sees_colleagues_but_no_forms(signed_in):
    member, client = signed_in(recruiter=True)
    MembershipFactory(owner=True, company=member.company)
    page = client.get("/team/")
    assert page.context["form"] is None
    assert len(page.context["rows"]) == 2
    assert client.post("/team/", {"email": "a@example.org"}).status_code == 200
    assert Invitation.objects.count() == 0


def test_removing_from_the_page(signed_in):
    owner, client = signed_in(owner=True)
    member = MembershipFactory(recruiter=True, company=owner.company)
    client.post(f"/team/members/{member.pk}/end/")
    assert Membership.objects.get(pk=member.pk).ended_at is not None
    stranger = MembershipFactory(recruiter=True)
    assert client.post(f"/team/members/{stranger.pk}/end/").status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_the_team_page_costs_the_same_whatever_the_rows(signed_in, rows, django_assert_num_queries):
    owner, client = signed_in(owner=True)
    MembershipFactory.create_batch(rows, recruiter=True, company=owner.company)
    for n in range(rows):
        InvitationFactory(recruiter=True, company=owner.company, token=str(n))
    with django_assert_num_queries(TEAM_QUERIES):
        assert len(client.get("/team/").context["rows"]) == rows + 1


TEAM_QUERIES = 7
"""Session, user, membership with its place, count and page of members, invitations, unread notifications."""


def test_an_invited_person_makes_an_account_and_is_signed_in():
    invitation = InvitationFactory()
    client = Client()
    assert client.get(f"/invitations/{TOKEN}/").status_code == 200
    response = client.post(f"/invitations/{TOKEN}/", {"name": "王敏", "password": PASSWORD})
    assert response["Location"] == "/"
    assert client.session["_auth_user_id"] == str(User.objects.get(email=invitation.email).pk)
    assert client.get(f"/invitations/{TOKEN}/").status_code == 404


def test_a_weak_password_is_said_beside_the_field():
    InvitationFactory()
    response = Client().post(f"/invitations/{TOKEN}/", {"name": "王敏", "password": "short"})
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["password"])
    assert Membership.objects.count() == 0


def test_an_invited_person_with_an_account_signs_in_and_joins():
    invitation = InvitationFactory()
    user = UserFactory(email=invitation.email)
    client = Client()
    page = client.get(f"/invitations/{TOKEN}/")
    assert page.context["form"] is None
    assert f"/accounts/login/?next=/invitations/{TOKEN}/" in page.content.decode()
    client.force_login(user)
    assert client.get(f"/invitations/{TOKEN}/").status_code == 200
    client.post(f"/invitations/{TOKEN}/")
    assert user.memberships.get().school == invitation.school


def test_somebody_else_who_is_signed_in_cannot_join():
    InvitationFactory()
    client = Client()
    client.force_login(UserFactory())
    assert client.get(f"/invitations/{TOKEN}/").status_code == 200
    assert client.post(f"/invitations/{TOKEN}/").status_code == 403
    assert Membership.objects.count() == 0
