"""Taking one's data along, erasing the account and opening resumes over JSON."""

import io
import json
import zipfile

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from backend.accounts.limits import LIMITS
from backend.accounts.models import Membership, User
from backend.common import clock
from backend.students.models import ProfileView
from tests.backend.refusals import contents
from tests.factories.accounts import PASSWORD, MembershipFactory
from tests.factories.companies import CompanyFactory, RecruiterFactory
from tests.factories.students import DisclosureGrantFactory, ResumeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


def program(user) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(user)
    cache.clear()
    return client


def test_the_copy_is_the_same_archive_as_on_the_page():
    member = MembershipFactory(of_student=True)
    resume = ResumeFactory(student=member.student)
    answer = program(member.user).get("/api/v1/me/export/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert sorted(archive.namelist()) == ["account.json", f"files/students.resume/{resume.pk}.pdf"]
        assert json.loads(archive.read("account.json"))["students.student"][0]["name"] == member.student.name


def test_erasing_over_json():
    member = MembershipFactory(of_student=True)
    client = program(member.user)
    assert client.post("/api/v1/me/erase/", {"password": PASSWORD}, format="json").status_code == 204
    assert User.objects.get(pk=member.user_id).is_active is False
    assert client.get("/api/v1/me/").status_code == 401


@pytest.mark.parametrize(
    ("traits", "body", "status", "code"),
    [
        ({"of_student": True}, {}, 422, "invalid"),
        ({"of_student": True}, {"password": "wrong"}, 422, "wrong_password"),
        ({"owner": True}, {"password": PASSWORD}, 409, "last_in_charge"),
        ({}, {"password": PASSWORD}, 409, "last_in_charge"),
    ],
)
def test_erasing_is_refused_without_a_trace(traits, body, status, code):
    member = MembershipFactory(**traits)
    client = program(member.user)
    before = contents(User, Membership)
    answer = client.post("/api/v1/me/erase/", body, format="json")
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert contents(User, Membership) == before


def test_guessing_the_password_of_an_open_session_ends_after_eight(frozen_now):
    member = MembershipFactory(of_student=True)
    client = program(member.user)
    before = contents(User, Membership)

    def guess(password):
        return client.post("/api/v1/me/erase/", {"password": password}, format="json")

    assert [guess("wrong").json()["error"] for _ in range(8)] == ["wrong_password"] * 8
    late = guess(PASSWORD)
    assert (late.status_code, late.json()["error"]) == (403, "too_many_attempts")
    assert contents(User, Membership) == before
    clock.advance(LIMITS["own_password"].window)
    assert guess(PASSWORD).status_code == 204


@pytest.mark.parametrize(("method", "path"), [("get", "export"), ("post", "erase")])
def test_a_visitor_has_nothing_to_take_or_erase(method, path):
    assert getattr(APIClient(), method)(f"/api/v1/me/{path}/").status_code == 401


OPENS = {
    "the student": 200,
    "staff": 200,
    "a company with consent": 200,
    "a company without": 404,
    "another student": 404,
    "staff elsewhere": 404,
    "nobody": 401,
}


@pytest.mark.parametrize("who", OPENS)
def test_the_file_of_a_resume_over_json(who):
    member = MembershipFactory(of_student=True)
    student, school = member.student, member.student.school
    resume = ResumeFactory(student=student)
    company = CompanyFactory(school=school, verified=True)
    if who == "a company with consent":
        DisclosureGrantFactory(student=student, company=company, resume=resume)
    user = {
        "the student": lambda: member.user,
        "staff": lambda: MembershipFactory(school=school).user,
        "a company with consent": lambda: RecruiterFactory(company=company).user,
        "a company without": lambda: RecruiterFactory(company=company).user,
        "another student": lambda: MembershipFactory(of_student=True, student__school=school).user,
        "staff elsewhere": lambda: MembershipFactory().user,
        "nobody": lambda: None,
    }[who]()
    client = APIClient() if user is None else program(user)
    answer = client.get(f"/api/v1/resumes/{resume.pk}/file/")
    assert answer.status_code == OPENS[who]
    assert (answer.content == b"%PDF-1.4\n%%EOF\n") is (OPENS[who] == 200)
    assert ProfileView.objects.count() == (1 if who == "a company with consent" else 0)
    if OPENS[who] == 200:
        assert answer["Content-Disposition"].startswith("attachment;")
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
