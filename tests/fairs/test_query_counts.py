"""What each page, JSON list and snapshot of the fair costs: a literal number of queries, whatever the number of rows."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backend.accounts.models import User
from backend.common import clock
from backend.students.domain.grants import record_profile_view
from backend.students.models import Student
from fairs import snapshots
from fairs.domain import digest
from fairs.domain import fair as fairs
from fairs.models import (
    Block,
    BoothPosition,
    Fair,
    FairRegistration,
    Meeting,
    Message,
    Report,
    TeamMessage,
    Ticket,
)
from tests.factories.companies import CompanyFactory
from tests.factories.fairs import (
    BoothFactory,
    FairFactory,
    InvitationFactory,
    recruiter_at,
    staff_of,
    student_at,
)
from tests.factories.positions import PositionFactory
from tests.factories.students import StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
SIZES = (1, 3, 30)
MOST = 12


class Hall:
    """A live fair that grows: n booths with positions and lines, n waiting at ours, n talks, n messages."""

    def __init__(self):
        self.booth = BoothFactory(label="0")
        self.fair = self.booth.fair
        self.student = student_at(self.fair)
        self.recruiter, self.staff = recruiter_at(self.booth), staff_of(self.fair)
        self.position = PositionFactory(company=self.booth.company, published=True)
        BoothPosition.objects.create(booth=self.booth, position=self.position)
        Fair.objects.update(lines_per_student=20)
        self.talk = None
        self.size = 0

    def grow(self, size):
        """Fill the hall up to `size` rows of everything."""
        for n in range(self.size, size):
            self._one_more(n)
        self.size = size

    def _one_more(self, n):
        now = clock.now()
        people = [StudentFactory(school=self.fair.school, skills=["焊接"]) for _ in range(3)]
        booth = BoothFactory(fair=self.fair, label=f"A{n:03d}")
        BoothPosition.objects.create(
            booth=booth, position=PositionFactory(company=booth.company, published=True)
        )
        BoothFactory(fair=FairFactory(school=self.fair.school), company=self.booth.company)
        FairRegistration.objects.bulk_create(
            FairRegistration(fair=self.fair, student=person, entered_at=now) for person in people
        )
        Ticket.objects.create(booth=self.booth, student=people[0], number=10 * n + 1)
        Ticket.objects.create(booth=self.booth, student=people[1], number=10 * n + 2, status="away")
        over = {"status": "served", "ended_at": now, "called_at": now, "answer_by": now}
        for number, where in ((10 * n + 3, self.booth), (10 * n + 4, booth)):
            served = Ticket.objects.create(booth=where, student=people[2], number=number, **over)
            self._talk(served, status="ended", ended_at=now, due_at=now)
        if n < 15:
            Ticket.objects.create(booth=booth, student_id=self.student.student_id, number=10 * n + 6)
        mine = Ticket.objects.create(
            booth=booth, student_id=self.student.student_id, number=10 * n + 5, **over
        )
        self._talk(mine, status="ended", ended_at=now, outcome="interview")
        if self.talk is None:
            open_one = Ticket.objects.create(
                booth=self.booth,
                student_id=self.student.student_id,
                number=9000,
                status="meeting",
                called_by_id=self.recruiter.user_id,
                called_at=now,
                answer_by=now,
            )
            self.talk = self._talk(open_one, recruiter_id=self.recruiter.user_id)
        Message.objects.create(meeting=self.talk, author_id=self.student.user_id, text="您好")
        self._around(n, booth, served)

    def _around(self, n, booth, served):
        """An invitation of ours and one to our student, a word to the team, a report and a block of each side."""
        InvitationFactory(booth=self.booth, student=StudentFactory(school=self.fair.school))
        InvitationFactory(booth=booth, student=Student.objects.get(pk=self.student.student_id))
        TeamMessage.objects.create(booth=self.booth, author_id=self.recruiter.user_id, text="好")
        Report.objects.create(meeting=served.meeting, by_student=True, reason="rude")
        Block.objects.create(student_id=self.student.student_id, company=CompanyFactory(), by_student=True)
        Block.objects.create(
            student=StudentFactory(school=self.fair.school), company=self.booth.company, by_student=False
        )

    def _talk(self, ticket, **fields):
        now = clock.now()
        return Meeting.objects.create(
            ticket=ticket, started_at=now, ends_at=now + timedelta(minutes=8), **fields
        )


def _urls(hall):
    """(who, name of the page, address) of everything that is read."""
    fair, booth, talk = [hall.fair.pk], [hall.booth.pk], [hall.talk.pk]
    pages = [
        (None, "list", []),
        (None, "detail", fair),
        ("student", "list", []),
        ("student", "detail", fair),
        ("student", "hall", fair),
        ("student", "hall_rows", fair),
        ("student", "lines", fair),
        ("student", "lines_rows", fair),
        ("student", "invited", fair),
        ("student", "blocks", []),
        ("student", "meeting", talk),
        ("student", "meeting_talk", talk),
        ("recruiter", "list", []),
        ("recruiter", "detail", fair),
        ("recruiter", "booths_mine", []),
        ("recruiter", "console", booth),
        ("recruiter", "console_rows", booth),
        ("recruiter", "team_said", booth),
        ("recruiter", "talks", booth),
        ("recruiter", "blocks", []),
        ("recruiter", "meeting", talk),
        ("staff", "list", []),
        ("staff", "detail", fair),
        ("staff", "edit", fair),
        ("staff", "booths", fair),
        ("staff", "control", fair),
        ("staff", "control_rows", fair),
        ("staff", "report", fair),
        ("staff", "reports", fair),
    ]
    found = [(who, name, reverse(f"fairs:{name}", args=args)) for who, name, args in pages]
    for figure in ("registered", "visitors", "openings", "tickets", "talks", "interviews", "unanswered"):
        url = reverse("fairs:report_rows", args=[hall.fair.pk, figure])
        found.append(("staff", f"report {figure}", url))
    for who, path in [
        (None, ""),
        (None, "booths/"),
        ("student", "tickets/"),
        ("student", "meetings/"),
        ("recruiter", "tickets/"),
        ("recruiter", "meetings/"),
        ("staff", "tickets/"),
    ]:
        found.append((who, f"api {path}", f"/api/v1/fairs/{path}"))
    return found


PAGES = {
    "anybody: list": 2,
    "anybody: detail": 7,
    "student: list": 6,
    "student: detail": 12,
    "student: hall": 12,
    "student: hall_rows": 10,
    "student: lines": 12,
    "student: lines_rows": 10,
    "student: invited": 5,
    "student: blocks": 6,
    "student: meeting": 7,
    "student: meeting_talk": 5,
    "recruiter: list": 6,
    "recruiter: detail": 12,
    "recruiter: booths_mine": 6,
    "recruiter: console": 12,
    "recruiter: console_rows": 11,
    "recruiter: team_said": 6,
    "recruiter: talks": 11,
    "recruiter: blocks": 10,
    "recruiter: meeting": 12,
    "staff: list": 6,
    "staff: detail": 11,
    "staff: edit": 9,
    "staff: booths": 9,
    "staff: control": 11,
    "staff: control_rows": 10,
    "staff: report": 12,
    "staff: reports": 7,
    "staff: report registered": 7,
    "staff: report visitors": 7,
    "staff: report openings": 7,
    "staff: report tickets": 7,
    "staff: report talks": 7,
    "staff: report interviews": 7,
    "staff: report unanswered": 7,
    "anybody: api ": 1,
    "anybody: api booths/": 2,
    "student: api tickets/": 4,
    "student: api meetings/": 4,
    "recruiter: api tickets/": 4,
    "recruiter: api meetings/": 4,
    "staff: api tickets/": 4,
}
SNAPSHOTS = {
    "student: fair": 7,
    "student: line": 7,
    "student: person": 5,
    "student: meeting": 5,
    "recruiter: booth": 7,
    "recruiter: meeting": 5,
    "staff: fair": 6,
    "staff: booth": 7,
}


def _costs(client, hall):
    """Queries of every address, each read by its own person."""
    found, present = {}, None
    for who, name, url in _urls(hall):
        if who is None:
            client.logout()
        elif who != present:
            client.force_login(User.objects.get(pk=getattr(hall, who).user_id))
        present = who
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200, url
        found[f"{who or 'anybody'}: {name}"] = len(captured)
    return found


def test_pages_and_lists_cost_the_same_whatever_the_number_of_rows(client):
    hall = Hall()
    hall.grow(1)
    # The first visit of the hall notes that somebody came, the first look at a student that a company looked.
    fairs.enter_fair(actor=hall.student, fair_id=hall.fair.pk)
    record_profile_view(actor=hall.recruiter, student=hall.talk.ticket.student, where="fair")
    for size in SIZES:
        hall.grow(size)
        assert (size, _costs(client, hall)) == (size, PAGES)
    assert max(PAGES.values()) <= MOST


def test_who_is_in_the_hall_costs_the_same_whatever_the_number(client):
    """Once the order by fit is made, which stands for two minutes."""
    hall = Hall()
    client.force_login(User.objects.get(pk=hall.recruiter.user_id))
    for size in (1, 3):
        hall.grow(size)
        url = reverse("fairs:present", args=[hall.booth.pk])
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert len(client.get(url).context["rows"]) == 3 * size
        assert (size, len(captured)) == (size, 11)


def test_snapshots_cost_the_same_whatever_the_number_of_rows():
    hall = Hall()
    hall.grow(1)
    streams = {
        "student: fair": (hall.student, hall.fair.pk),
        "student: line": (hall.student, hall.booth.pk),
        "student: person": (hall.student, hall.student.user_id),
        "student: meeting": (hall.student, hall.talk.pk),
        "recruiter: booth": (hall.recruiter, hall.booth.pk),
        "recruiter: meeting": (hall.recruiter, hall.talk.pk),
        "staff: fair": (hall.staff, hall.fair.pk),
        "staff: booth": (hall.staff, hall.booth.pk),
    }
    for size in SIZES:
        hall.grow(size)
        found = {}
        for name, (actor, number) in streams.items():
            with CaptureQueriesContext(connection) as captured:
                snapshots.take(actor, f"{name.partition(': ')[2]}-{number}")
            found[name] = len(captured)
        assert (size, found) == (size, SNAPSHOTS)
    assert max(SNAPSHOTS.values()) <= MOST


def test_a_digest_costs_the_same_whatever_the_number_of_booths():
    """The booths, their counts, and an event: no ticket is read."""
    hall = Hall()
    for size in (1, 3):
        hall.grow(size)
        booths = [{"fair": hall.fair.pk, "booth": booth.pk} for booth in hall.fair.booths.all()]
        digest.publish(booths)
        with CaptureQueriesContext(connection) as captured:
            digest.publish(booths)
        assert (len(booths), len(captured)) == (size + 1, 6)
