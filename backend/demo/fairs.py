"""The demo's fairs: one live at this moment, one open for sign-up, one over with its talks, and a draft of two days."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from backend.accounts.actor import actor_of
from backend.accounts.enums import Role
from backend.accounts.models import Membership
from backend.common import clock
from backend.common.models import OutboxEntry
from backend.companies.enums import CompanyStatus
from backend.companies.models import Company
from backend.demo.group import build_group
from backend.demo.steering import steer
from backend.notifications.domain import MAIL_TOPIC
from backend.positions.enums import PositionStatus
from backend.positions.models import Position
from backend.schools.models import School
from backend.students.models import Student
from fairs.domain import plan, windows
from fairs.enums import BoothStatus, FairStatus, MeetingStatus, MessageKind, Outcome, TicketStatus
from fairs.models import (
    Booth,
    BoothChoice,
    BoothPosition,
    BoothTeam,
    CameraCheck,
    CheckIn,
    Fair,
    FairGuests,
    FairRegistration,
    FairWindow,
    Invitation,
    Meeting,
    Message,
    Report,
    TeamMessage,
    Ticket,
)

TALK = timedelta(minutes=10)
LIVE_CODE = "秋季双选会"
GUEST = "student@demo.fairway.invalid"
"""The account of whoever tries the demo as a student."""
PHRASES = (
    ("您好，我对贵公司的岗位很感兴趣。", "欢迎！先介绍一下你的实训经历吧。"),
    ("我在校内做过两个项目，动手能力比较强。", "不错，能接受先从基础岗位做起吗？"),
    ("可以的，想请问入职后有师傅带吗？", "有的，前三个月一对一带教。"),
)


@transaction.atomic
def build_fairs(rng: random.Random, school: School, share: float = 1.0) -> None:
    """Make the fairs, with booths, sign-ups, lines and talks that fit their state; `share` of the full size."""
    now = clock.now()
    companies = list(Company.objects.filter(status=CompanyStatus.VERIFIED).order_by("id"))
    students = list(Student.objects.filter(seeking=True).order_by("id"))

    def part(number: int) -> int:
        return round(number * share)

    over = _fair(school, f"{now:%Y}届毕业生夏季双选会", FairStatus.CLOSED, now - timedelta(days=70))
    live = _fair(school, f"{now:%Y}年{LIVE_CODE}", FairStatus.LIVE, now - timedelta(hours=1))
    morning = timezone.localtime(now + timedelta(days=12)).replace(hour=9, minute=0, second=0, microsecond=0)
    soon = _fair(school, "智能制造与数字商贸专场双选会", FairStatus.SIGN_UP, morning)
    _draft(school, morning + timedelta(days=40))
    guest = Student.objects.filter(membership__user__email=GUEST).first()
    _register(rng, live, students, part(1100), entered=part(340), last=guest)
    _register(rng, soon, students, part(260), entered=0)
    _register(rng, over, students, part(900), entered=part(760))
    stands = _booths(live, companies[: part(120)])
    _line_up(rng, stands, live)
    build_group(stands[0])
    steer(live)
    _invite_guest(stands, live)
    _booths(soon, companies[: part(45)], requested_from=part(30))
    _try_cameras([live, soon])
    _history(rng, _booths(over, companies[part(30) : part(100)]), over)
    _report(over)


def _invite_guest(booths: list[Booth], live: Fair) -> None:
    """The demo's student is invited into a line of the live hall; the first booth's team has said something."""
    guest = Membership.objects.filter(user__email=GUEST).first()
    if guest is None or len(booths) < 4:
        return
    Invitation.objects.create(
        booth=booths[3],
        student_id=guest.student_id,
        expires_at=live.ends_at,
        text="您的技能与我们的岗位很匹配，欢迎来聊聊。",
    )
    owner = Membership.objects.filter(company_id=booths[0].company_id, is_owner=True).first()
    if owner is not None:
        TeamMessage.objects.create(
            booth=booths[0], author_id=owner.user_id, text="我先去接待A区，麻烦叫下一位。"
        )


def _report(over: Fair) -> None:
    """One report of the finished fair waits for the school's decision."""
    talk = Meeting.objects.filter(ticket__booth__fair=over).order_by("pk").first()
    if talk is not None:
        Report.objects.create(
            meeting=talk, by_student=True, reason="untrue", text="现场说的岗位与公告不一致。"
        )


@transaction.atomic
def build_plan(rng: random.Random, school: School) -> str:
    """What both sides of the fair to come wish, and its plan, published; how many talks."""
    soon = Fair.objects.get(school=school, status=FairStatus.SIGN_UP)
    booths = list(soon.booths.filter(status=BoothStatus.APPROVED).order_by("pk"))
    guest = Membership.objects.filter(user__email=GUEST).first()
    if guest is not None:
        FairRegistration.objects.get_or_create(fair=soon, student_id=guest.student_id)
    rows = list(soon.registrations.order_by("pk"))
    choosing = {
        *rng.sample(rows, k=len(rows) // 2),
        *(row for row in rows if guest and row.student_id == guest.student_id),
    }
    BoothChoice.objects.bulk_create(
        BoothChoice(registration=row, booth=booth, rank=rank)
        for row in sorted(choosing, key=lambda row: row.pk)
        for rank, booth in enumerate(rng.sample(booths, k=min(len(booths), rng.randint(1, 4))), 1)
    )
    BoothTeam.objects.bulk_create(BoothTeam(booth=booth, recruiters=2) for booth in booths[::4])
    staff = (
        Membership.objects.filter(role=Role.STAFF, school=school, department__isnull=True)
        .order_by("pk")
        .first()
    )
    if staff is None:
        return ""
    actor = actor_of(staff.user)
    plan.propose_plan(actor=actor, fair_id=soon.pk, values={"most": 4, "breath": 5})
    published = plan.publish_plan(actor=actor, fair_id=soon.pk)
    # Nobody made up reads mail: what is told stands in the notifications.
    OutboxEntry.objects.filter(topic=MAIL_TOPIC).delete()
    return f"{published.talks.count()} talks"


def keep_live() -> None:
    """Have the live fair end six hours from now, so that a demo started again is still live."""
    ends = clock.now() + timedelta(hours=6)
    live = Fair.objects.filter(name__endswith=LIVE_CODE, status=FairStatus.LIVE)
    FairWindow.objects.filter(fair__in=live).update(ends_at=ends)
    live.update(ends_at=ends)


def _fair(school: School, name: str, status: str, starts: datetime) -> Fair:
    closed = status == FairStatus.CLOSED
    return Fair.objects.create(
        school=school,
        name=name,
        description="面向联盟三校毕业生，线上线下同时举行。请提前完善简历，按时进场；一人可同时排多个展位。",
        address="云浦职业技术学院体育馆",
        starts_at=starts,
        ends_at=starts + timedelta(hours=4 if closed else 7),
        status=status,
        created_at=min(starts, clock.now()) - timedelta(days=30),
        opened_at=starts if status in (FairStatus.LIVE, FairStatus.CLOSED) else None,
        closed_at=starts + timedelta(hours=4) if closed else None,
    )


def _draft(school: School, morning: datetime) -> Fair:
    """Two days, the second in the morning alone, for those who finish next year."""
    fair = _fair(school, "明年春季双选会", FairStatus.DRAFT, morning)
    days = [
        (morning, morning + timedelta(hours=7)),
        (morning + timedelta(days=1), morning + timedelta(hours=27)),
    ]
    windows.write_windows(fair, days)
    Fair.objects.filter(pk=fair.pk).update(ends_at=days[-1][1])
    FairGuests.objects.create(fair=fair, year=morning.year)
    return fair


def _booths(fair: Fair, companies: list[Company], requested_from: int = 10_000) -> list[Booth]:
    zones = ("A区", "B区", "C区", "D区")
    booths = Booth.objects.bulk_create(
        Booth(
            fair=fair,
            company=company,
            label=f"{zones[index % 4][0]}{index // 4 + 1:02d}",
            zone=zones[index % 4],
            order=index // 4 + 1,
            status=BoothStatus.REQUESTED if index >= requested_from else BoothStatus.APPROVED,
            created_at=min(fair.starts_at, clock.now()) - timedelta(days=20),
        )
        for index, company in enumerate(companies)
    )
    by_company: dict[int, list[Position]] = {}
    for position in Position.objects.filter(status=PositionStatus.PUBLISHED, company__in=companies):
        by_company.setdefault(position.company_id, []).append(position)
    BoothPosition.objects.bulk_create(
        BoothPosition(booth=booth, position=position)
        for booth in booths
        for position in by_company.get(booth.company_id, [])
    )
    return booths


def _register(
    rng: random.Random,
    fair: Fair,
    students: list[Student],
    count: int,
    *,
    entered: int,
    last: Student | None = None,
) -> None:
    """So many sign up, the first of them have come; `last` is among those who have not."""
    chosen = rng.sample(students, k=count)
    if last is not None:
        chosen = [*[student for student in chosen if student != last][: count - 1], last]
    rows = FairRegistration.objects.bulk_create(
        [
            FairRegistration(
                fair=fair,
                student=student,
                created_at=min(fair.starts_at, clock.now()) - timedelta(days=rng.uniform(0.1, 9)),
                entered_at=fair.starts_at + timedelta(minutes=rng.uniform(0, 55))
                if index < entered
                else None,
            )
            for index, student in enumerate(chosen)
        ],
        batch_size=500,
    )
    # Two of three came through the door, the others from home.
    CheckIn.objects.bulk_create(
        CheckIn(fair=fair, registration=row, at=row.entered_at, scan=UUID(int=row.pk))
        for index, row in enumerate(rows[:entered])
        if index % 3
    )


def _joining(
    rng: random.Random, booths: list[Booth], fair: Fair, most: int, after: Callable[[datetime], datetime]
) -> list[Ticket]:
    """A ticket for each line that each student who came joins, numbered in the order of joining."""
    rows = fair.registrations.filter(entered_at__isnull=False).select_related("student").order_by("id")
    tickets = [
        Ticket(booth=booth, student=row.student, joined_at=joined, stands_since=joined)
        for row in rows
        for booth in rng.sample(booths, k=rng.randint(1, most))
        for joined in (after(row.entered_at),)
    ]
    tickets.sort(key=lambda ticket: ticket.joined_at)
    for ticket in tickets:
        ticket.booth.last_number += 1
        ticket.number = ticket.booth.last_number
    Booth.objects.bulk_update(booths, ["last_number"])
    return tickets


def _line_up(rng: random.Random, booths: list[Booth], fair: Fair) -> None:
    """Lines of the live fair: each student who came waits at one or two booths."""
    now = clock.now()
    tickets = _joining(
        rng, booths, fair, 2, lambda entered: max(entered, now - timedelta(minutes=rng.uniform(1, 30)))
    )
    Ticket.objects.bulk_create(tickets, batch_size=500)


def _try_cameras(fairs: list[Fair]) -> None:
    """Two of three companies have tried camera and microphone; the readiness list names the others."""
    owners = Membership.objects.filter(role=Role.RECRUITER, is_owner=True)
    by_company = dict(owners.values_list("company_id", "user_id"))
    booths = Booth.objects.filter(fair__in=fairs, status=BoothStatus.APPROVED, division__isnull=True)
    CameraCheck.objects.bulk_create(
        CameraCheck(fair_id=booth.fair_id, user_id=by_company[booth.company_id])
        for n, booth in enumerate(booths.order_by("pk"))
        if n % 3 and booth.company_id in by_company
    )


def _history(rng: random.Random, booths: list[Booth], fair: Fair) -> None:
    """The finished fair: served tickets with ended talks and their outcomes, some who did not come."""
    recruiters = {
        row.company_id: row.user_id
        for row in Membership.objects.filter(role=Role.RECRUITER, is_owner=True).only("company_id", "user_id")
    }
    tickets = _joining(rng, booths, fair, 3, lambda entered: entered + timedelta(minutes=rng.uniform(1, 95)))
    free: dict[Booth | Student, datetime] = {}
    for ticket in tickets:
        _happened(rng, ticket, free, fair)
    Ticket.objects.bulk_create(tickets, batch_size=500)
    served = [ticket for ticket in tickets if ticket.status == TicketStatus.SERVED]
    meetings = Meeting.objects.bulk_create(
        [_meeting(rng, ticket, recruiters) for ticket in served], batch_size=500
    )
    _talk(rng, meetings)


def _happened(rng: random.Random, ticket: Ticket, free: dict[Booth | Student, datetime], fair: Fair) -> None:
    """How a ticket ended; a booth and a student have one talk at a time, `free` says from when."""
    status = rng.choices((TicketStatus.SERVED, TicketStatus.NO_SHOW, TicketStatus.LEFT), weights=(80, 7, 13))[
        0
    ]
    waited = ticket.joined_at + timedelta(minutes=rng.uniform(2, 10))
    called = max(waited, *(free.get(side, waited) for side in (ticket.booth, ticket.student)))
    if status == TicketStatus.LEFT or called + TALK > fair.closed_at:
        ticket.status = TicketStatus.LEFT
        ticket.ended_at = min(ticket.joined_at + timedelta(minutes=rng.uniform(15, 60)), fair.closed_at)
        return
    ticket.status, ticket.called_at = status, called
    ticket.ended_at = called + (
        timedelta(minutes=rng.uniform(5, 9)) if status == TicketStatus.SERVED else timedelta(minutes=2)
    )
    free[ticket.booth] = ticket.ended_at + timedelta(seconds=rng.uniform(20, 90))
    if status == TicketStatus.SERVED:
        free[ticket.student] = ticket.ended_at


def _meeting(rng: random.Random, ticket: Ticket, recruiters: dict[int, int]) -> Meeting:
    started = ticket.called_at + timedelta(seconds=rng.uniform(10, 60))
    outcome = rng.choice([choice for choice in Outcome.values if choice != Outcome.PENDING])
    return Meeting(
        ticket=ticket,
        recruiter_id=recruiters[ticket.booth.company_id],
        status=MeetingStatus.ENDED,
        started_at=started,
        ends_at=started + timedelta(minutes=8),
        ended_at=ticket.ended_at,
        outcome=outcome,
        next_step="约定面试时间" if outcome == Outcome.INTERVIEW else "",
        next_step_due=started.date() + timedelta(days=7) if outcome == Outcome.INTERVIEW else None,
    )


def _talk(rng: random.Random, meetings: list[Meeting]) -> None:
    students = dict(
        Membership.objects.filter(
            student__in=[meeting.ticket.student_id for meeting in meetings]
        ).values_list("student_id", "user_id")
    )
    rows = []
    for meeting in meetings:
        at, said = meeting.started_at, PHRASES[: rng.randint(1, 3)]
        pause = (meeting.ended_at - at) / (2 * len(said) + 1)
        for question, answer in said:
            for text, by_student in ((question, True), (answer, False)):
                at += pause * rng.uniform(0.6, 1)
                author = students.get(meeting.ticket.student_id) if by_student else meeting.recruiter_id
                rows.append(
                    Message(
                        meeting=meeting,
                        author_id=author,
                        by_student=by_student,
                        kind=MessageKind.TEXT,
                        text=text,
                        at=at,
                    )
                )
    Message.objects.bulk_create(rows, batch_size=1000)
