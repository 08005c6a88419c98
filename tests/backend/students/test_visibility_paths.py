"""What a company learns of a student, over every path: visibility × how they met × consent, as one table."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import product

import pytest
from django.test import Client

from backend.accounts.models import User
from backend.common import clock
from backend.companies.models import Company
from backend.positions.models import Position
from backend.students.enums import Visibility
from backend.students.models import DisclosureGrant, ProfileView, Resume, Student
from fairs.models import Booth, FairRegistration
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import ApplicationFactory
from tests.factories.companies import CompanyFactory, RecruiterFactory
from tests.factories.fairs import BoothFactory, FairFactory, TicketFactory
from tests.factories.positions import PositionFactory
from tests.factories.students import DisclosureGrantFactory, ResumeFactory, StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
NAME, MAIL, PHONE = "金丝雀同学", "kanarie@students.invalid", "13987654321"
ABOUT, FIRM, TITLE = "金丝雀自述", "金丝雀旧东家", "金丝雀简历"
MEETINGS = ("never", "applied", "in line")
PAIRS = list(product(Visibility.values, MEETINGS))
CONSENTS = {
    # consent: (fields, with the resume, whether it holds)
    "none": ((), False, False),
    "name": (("name",), False, True),
    "contact": (("name", "email", "phone"), False, True),
    "mail only": (("email",), False, True),
    "resume": (("resume",), True, True),
    "expired": (("name", "email", "phone"), True, False),
    "taken back": (("name", "email", "phone"), True, False),
    "to another company": (("name", "email", "phone"), True, False),
}
# Enough for lists, whose entries are the same profiles: nothing, everything, and everything taken back.
TELLING = ("none", "contact", "taken back")


@dataclass
class Met:
    """A student and a company that meets them, with everything a path needs."""

    student: Student
    resume: Resume
    company: Company
    position: Position
    booth: Booth
    recruiter: User
    client: Client


@pytest.fixture
def met() -> Met:
    student = StudentFactory(name=NAME, email=MAIL, phone=PHONE, about=ABOUT)
    MembershipFactory(of_student=True, student=student)
    student.experiences.create(title="x", organisation=FIRM, started_on="2025-01-01")
    company = CompanyFactory(school=student.school, verified=True)
    recruiter = RecruiterFactory(company=company).user
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(recruiter)
    booth = BoothFactory(fair=FairFactory(school=student.school), company=company)
    return Met(
        student,
        ResumeFactory(student=student, title=TITLE),
        company,
        PositionFactory(published=True, company=company, majors=[]),
        booth,
        recruiter,
        client,
    )


def arrange(met: Met, visibility: str, how: str) -> None:
    Student.objects.filter(pk=met.student.pk).update(visibility=visibility)
    if how == "applied":
        ApplicationFactory(student=met.student, position=PositionFactory(published=True, company=met.company))
    if how == "in line":
        FairRegistration.objects.create(fair=met.booth.fair, student=met.student)
        TicketFactory(booth=met.booth, student=met.student)


def consent(met: Met, kind: str) -> None:
    DisclosureGrant.objects.all().delete()
    if kind == "none":
        return
    fields, with_resume, _holds = CONSENTS[kind]
    DisclosureGrantFactory(
        student=met.student,
        company=CompanyFactory(school=met.student.school) if kind == "to another company" else met.company,
        fields=list(fields),
        resume=met.resume if with_resume else None,
        purpose="contact",
        expires_at=clock.now() if kind == "expired" else clock.now() + timedelta(days=1),
        revoked_at=clock.now() if kind == "taken back" else None,
    )


def expected(visibility: str, how: str, kind: str) -> dict[str, object]:
    """What the words of the levels mean, said once more and apart from the code."""
    fields, with_resume, holds = CONSENTS[kind]
    fields = set(fields) if holds else set()
    shown = visibility in {"visible", "anonymous"} or how != "never" or holds
    named = shown and ("name" in fields or visibility in {"visible", "fairs"})
    return {
        "shown": shown,
        "name": named,
        "free text": named,
        "mail": shown and "email" in fields,
        "phone": shown and "phone" in fields,
        "resume": holds and with_resume,
    }


def seen_on(met: Met, path: str) -> dict[str, object]:
    answer = met.client.get(path)
    text = answer.content.decode()
    return {
        "shown": answer.status_code == 200,
        "name": NAME in text,
        "free text": ABOUT in text and FIRM in text,
        "mail": MAIL in text,
        "phone": PHONE in text,
        "resume": TITLE in text,
    }


@pytest.mark.parametrize(("visibility", "how"), PAIRS)
def test_the_page_and_json_say_exactly_what_level_and_consent_open(met, visibility, how):
    arrange(met, visibility, how)
    for kind in CONSENTS:
        consent(met, kind)
        wanted = expected(visibility, how, kind)
        for path in (f"/students/{met.student.pk}/", f"/api/v1/students/{met.student.pk}/"):
            assert seen_on(met, path) == wanted, (kind, path)


@pytest.mark.parametrize(("visibility", "how"), PAIRS)
def test_a_resume_opens_by_a_consent_that_names_it_and_by_nothing_else(met, visibility, how):
    arrange(met, visibility, how)
    for kind in CONSENTS:
        consent(met, kind)
        opened = expected(visibility, how, kind)["resume"]
        assert met.client.get(f"/resumes/{met.resume.pk}/").status_code == (200 if opened else 404), kind
        listed = met.client.get("/api/v1/resumes/").json()["results"]
        assert [row["id"] for row in listed] == ([met.resume.pk] if opened else []), kind


@pytest.mark.parametrize(("visibility", "how"), PAIRS)
def test_the_list_of_fitting_students_names_nobody_whom_the_page_does_not(met, visibility, how):
    """The ranking is over everybody; who may not be seen is not in it, and who is anonymous has no name there."""
    arrange(met, visibility, how)
    for kind in TELLING:
        consent(met, kind)
        wanted = expected(visibility, how, kind)
        for path in (
            f"/company/positions/{met.position.pk}/students/",
            f"/api/v1/matches/positions/{met.position.pk}/students/",
        ):
            seen = seen_on(met, path)
            assert (seen["shown"], seen["name"]) == (True, wanted["name"]), (kind, path)
            for part in ("mail", "phone", "resume"):
                assert not seen[part] or wanted[part], (kind, path, part)


@pytest.mark.parametrize("visibility", Visibility.values)
def test_the_booth_console_says_no_more_than_the_page(met, visibility):
    arrange(met, visibility, "in line")
    for kind in TELLING:
        consent(met, kind)
        wanted = expected(visibility, "in line", kind)
        for path in (f"/company/fairs/booths/{met.booth.pk}/", f"/company/fairs/booths/{met.booth.pk}/rows/"):
            seen = seen_on(met, path)
            assert (seen["shown"], seen["name"]) == (True, wanted["name"]), (kind, path)
            for part in ("mail", "phone", "resume", "free text"):
                assert not seen[part] or wanted[part], (kind, path, part)


@pytest.mark.parametrize("visibility", Visibility.values)
@pytest.mark.parametrize("state", ["suspended", "expired", "submitted"])
def test_a_company_that_is_not_reachable_sees_nobody_whatever_was_opened(met, visibility, state):
    arrange(met, visibility, "applied")
    consent(met, "contact")
    changes = {
        "suspended": {"status": "suspended"},
        "expired": {"vetted_until": clock.now()},
        "submitted": {"status": "submitted"},
    }[state]
    Company.objects.filter(pk=met.company.pk).update(**changes)
    paths = [
        f"/students/{met.student.pk}/",
        f"/api/v1/students/{met.student.pk}/",
        f"/resumes/{met.resume.pk}/",
    ]
    assert [met.client.get(path).status_code for path in paths] == [404, 404, 404]
    for path in (f"/company/positions/{met.position.pk}/students/", "/api/v1/resumes/", "/applications/"):
        assert NAME not in met.client.get(path).content.decode(), path


@pytest.mark.parametrize("status", ["roster", "pending", "refused", "left"])
def test_only_confirmed_students_are_seen_at_all(met, status):
    arrange(met, "visible", "never")
    consent(met, "contact")
    Student.objects.filter(pk=met.student.pk).update(status=status)
    assert seen_on(met, f"/students/{met.student.pk}/")["shown"] is False
    assert NAME not in met.client.get(f"/company/positions/{met.position.pk}/students/").content.decode()


@pytest.mark.parametrize("visibility", ["visible", "anonymous"])
def test_whoever_is_not_looking_is_found_by_nobody_new(met, visibility):
    arrange(met, visibility, "never")
    Student.objects.filter(pk=met.student.pk).update(seeking=False)
    assert seen_on(met, f"/students/{met.student.pk}/")["shown"] is False
    consent(met, "name")
    assert seen_on(met, f"/students/{met.student.pk}/")["shown"] is True


def test_every_look_at_a_profile_is_counted_and_shown_to_the_student(met):
    arrange(met, "visible", "never")
    consent(met, "resume")
    for path in (
        f"/students/{met.student.pk}/",
        f"/api/v1/students/{met.student.pk}/",
        f"/resumes/{met.resume.pk}/",
    ):
        assert met.client.get(path).status_code == 200
    row = ProfileView.objects.get()
    assert (row.company, row.count, row.day) == (met.company, 3, clock.today())
    student = Client(HTTP_ACCEPT_LANGUAGE="en")
    student.force_login(met.student.membership.user)
    assert met.company.name in student.get("/me/seen/").content.decode()
    clock.advance(timedelta(days=1))
    met.client.get(f"/students/{met.student.pk}/")
    assert [view.count for view in ProfileView.objects.order_by("day")] == [3, 1]


@pytest.mark.parametrize("who", ["staff", "the student"])
def test_looks_of_ones_own_school_are_nobodys_look(met, who):
    client = Client()
    user = (
        met.student.membership.user
        if who == "the student"
        else MembershipFactory(school=met.student.school).user
    )
    client.force_login(user)
    client.get(f"/students/{met.student.pk}/")
    client.get(f"/resumes/{met.resume.pk}/")
    assert ProfileView.objects.count() == 0


def test_a_look_that_is_refused_is_not_counted(met):
    arrange(met, "hidden", "never")
    assert met.client.get(f"/students/{met.student.pk}/").status_code == 404
    assert ProfileView.objects.count() == 0
