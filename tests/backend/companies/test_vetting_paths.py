"""A vetting that ends, is suspended or waits: what closes on the company's own pages, at fairs and over JSON, to the second."""

from datetime import timedelta

import pytest
from django.test import Client

from backend.accounts.actor import actor_of
from backend.common import clock
from backend.companies import domain
from backend.companies.models import Company
from backend.students.models import Student
from fairs.models import Booth, FairRegistration, Ticket
from fairs.snapshots import may_follow
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import CompanyFactory, RecruiterFactory
from tests.factories.fairs import BoothFactory, FairFactory, MeetingFactory, TicketFactory
from tests.factories.positions import PositionFactory
from tests.factories.students import StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
NAME = "金丝雀同学"


class Stand:
    """A verified company with a recruiter, a booth at a live fair, and a student who waits there."""

    def __init__(self) -> None:
        self.company = CompanyFactory(verified=True)
        school = self.company.school
        self.owner = RecruiterFactory(company=self.company, owner=True)
        self.clerk = actor_of(MembershipFactory(school=school).user)
        self.position = PositionFactory(published=True, company=self.company, majors=[])
        self.live, self.open = FairFactory(school=school), FairFactory(school=school, sign_up=True)
        self.booth = BoothFactory(fair=self.live, company=self.company)
        self.student = StudentFactory(school=school, name=NAME)
        self.member = MembershipFactory(of_student=True, student=self.student)
        FairRegistration.objects.create(fair=self.live, student=self.student)
        self.ticket = TicketFactory(booth=self.booth, student=self.student)
        self.recruiter, self.visitor = client(self.owner.user), client(self.member.user)


def client(user) -> Client:
    made = Client(HTTP_ACCEPT_LANGUAGE="en")
    made.force_login(user)
    return made


@pytest.fixture
def stand() -> Stand:
    return Stand()


def end(stand: Stand, how: str) -> None:
    """Have the vetting end in one of the ways it can."""
    if how == "runs out":
        clock.advance(timedelta(days=183))
    elif how == "runs out, and the worker has seen it":
        clock.advance(timedelta(days=183))
        domain.expire_vettings()
    elif how == "is suspended":
        domain.suspend_company(actor=stand.clerk, company_id=stand.company.pk, reason="投诉")
    elif how == "waits after another name":
        values = {"name": "别的有限公司"}
        domain.update_company(actor=actor_of(stand.owner.user), company_id=stand.company.pk, values=values)


WAYS = ("runs out", "runs out, and the worker has seen it", "is suspended", "waits after another name")


def state(stand: Stand) -> tuple:
    return (
        list(Booth.objects.order_by("pk").values("fair_id", "status", "paused")),
        list(Ticket.objects.order_by("pk").values("status", "called_by_id")),
    )


def ask_for_booth(stand: Stand) -> int:
    data = {"positions": [stand.position.pk]}
    return stand.recruiter.post(f"/fairs/{stand.open.pk}/sign-up/", data).status_code


def test_while_it_holds_everything_is_open(stand):
    """The control of everything below."""
    assert ask_for_booth(stand) == 302
    assert NAME in stand.recruiter.get(f"/company/fairs/booths/{stand.booth.pk}/").content.decode()
    assert stand.visitor.get(f"/companies/{stand.company.pk}/").status_code == 200
    assert stand.company.name in stand.visitor.get(f"/fairs/{stand.live.pk}/hall/").content.decode()
    assert stand.recruiter.post(f"/company/fairs/booths/{stand.booth.pk}/call/").status_code == 302
    assert Ticket.objects.get().status == "called"


@pytest.mark.parametrize("how", WAYS)
def test_no_new_booth_and_no_call(stand, how):
    end(stand, how)
    before = state(stand)
    assert ask_for_booth(stand) in {403, 422}
    for act in ("call", "pause"):
        assert stand.recruiter.post(f"/company/fairs/booths/{stand.booth.pk}/{act}/").status_code in {
            403,
            404,
        }
    api = {"fair": stand.open.pk, "fair_id": stand.open.pk, "position_ids": [stand.position.pk]}
    answer = stand.recruiter.post("/api/v1/fairs/booths/", api, content_type="application/json")
    assert answer.status_code in {403, 404, 405, 422}
    assert state(stand) == before


@pytest.mark.parametrize("how", WAYS)
def test_the_booth_is_out_of_sight_and_nobody_joins_its_line(stand, how):
    end(stand, how)
    company = Company.objects.get(pk=stand.company.pk)
    hall = stand.visitor.get(f"/fairs/{stand.live.pk}/hall/")
    assert company.name not in hall.content.decode()
    newcomer = MembershipFactory(of_student=True, student__school=stand.company.school)
    FairRegistration.objects.create(fair=stand.live, student=newcomer.student)
    before = state(stand)
    assert client(newcomer.user).post(f"/fairs/booths/{stand.booth.pk}/join/").status_code == 404
    assert stand.visitor.get(f"/api/v1/fairs/booths/{stand.booth.pk}/").status_code == 404
    assert state(stand) == before


@pytest.mark.parametrize("how", WAYS)
def test_the_company_no_longer_reads_who_waits(stand, how):
    """A suspension in the middle of a fair closes the console and the sockets of booth and meeting."""
    talk = MeetingFactory(
        ticket=TicketFactory(booth=stand.booth, student__name=NAME, status="meeting"),
        recruiter=stand.owner.user,
    )
    streams = (f"booth-{stand.booth.pk}", f"meeting-{talk.pk}")
    actor = actor_of(stand.owner.user)
    assert [may_follow(actor, stream) for stream in streams] == [True, True]
    end(stand, how)
    assert [may_follow(actor, stream) for stream in streams] == [False, False]
    assert stand.recruiter.get(f"/fairs/meetings/{talk.pk}/").status_code in {403, 404}
    for path in (
        f"/company/fairs/booths/{stand.booth.pk}/",
        f"/company/fairs/booths/{stand.booth.pk}/rows/",
        f"/students/{stand.student.pk}/",
        f"/api/v1/students/{stand.student.pk}/",
        f"/company/positions/{stand.position.pk}/students/",
        "/company/fairs/",
        "/api/v1/fairs/tickets/",
        "/api/v1/fairs/meetings/",
        "/applications/",
    ):
        assert NAME not in stand.recruiter.get(path).content.decode(), path


@pytest.mark.parametrize("how", WAYS)
def test_the_company_still_mends_its_own(stand, how):
    """Home, entries, licence and team stay, and say how it stands: that is the way back."""
    end(stand, how)
    for path in ("/company/", "/company/profile/", "/company/licence/", "/company/divisions/", "/team/"):
        assert stand.recruiter.get(path).status_code == 200, path
    company = Company.objects.get(pk=stand.company.pk)
    assert stand.recruiter.get(f"/api/v1/companies/{company.pk}/").json()["status"] == company.status
    assert stand.visitor.get(f"/companies/{company.pk}/").status_code == 404
    assert stand.visitor.get(f"/positions/{stand.position.pk}/").status_code == 404


@pytest.mark.parametrize("how", WAYS)
def test_verified_again_everything_is_back(stand, how):
    end(stand, how)
    domain.expire_vettings()
    company = Company.objects.get(pk=stand.company.pk)
    domain.decide_vetting(actor=stand.clerk, company_id=company.pk, outcome="verified", seen=company.version)
    company.refresh_from_db()
    assert (company.status, company.vetted_until) == ("verified", clock.now() + timedelta(days=183))
    assert stand.visitor.get(f"/companies/{company.pk}/").status_code == 200
    assert NAME in stand.recruiter.get(f"/company/fairs/booths/{stand.booth.pk}/").content.decode()
    assert Student.objects.count() == 1


@pytest.mark.parametrize(("seconds", "open_still"), [(-1, True), (0, False), (1, False)])
def test_the_console_closes_to_the_second(stand, seconds, open_still):
    clock.advance(timedelta(days=183, seconds=seconds))
    page = stand.recruiter.get(f"/company/fairs/booths/{stand.booth.pk}/").content.decode()
    assert (NAME in page) is open_still
