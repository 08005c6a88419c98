"""Simulated people of a live demo fair: they come, wait, are called, talk and leave; about one step a second.

Only domain functions are used, so whatever a bot does a person could do, and every rule applies to it. The first
accounts (SPARED students, the first company) belong to people who try the demo: bots never act for them.
"""

import random
import threading
from collections.abc import Callable
from datetime import timedelta

import structlog
from django.db import DatabaseError, close_old_connections
from django.utils.translation import override

from backend.accounts.actor import Actor, actor_of
from backend.accounts.enums import Role
from backend.accounts.models import Membership
from backend.common import clock
from backend.common.errors import DomainError
from backend.students.enums import StudentStatus
from fairs import pulse, queries
from fairs.domain import chat, fair, line, meeting
from fairs.enums import IN_LINE, MeetingStatus, Outcome, TicketStatus
from fairs.models import Booth, Fair, Meeting, Ticket

log = structlog.get_logger(__name__)

PACE = 1.0
TALK = timedelta(minutes=3)
CROWD = 60
"""How many simulated students stand in lines at one time."""
SPARED = 2
"""The first student accounts belong to people who try the demo."""


STUDENT_SAYS = (
    "您好，我学的就是这个专业，想了解一下日常工作。",
    "请问实习期一般多久？可以转正吗？",
    "我做过类似的课程项目，负责其中的测试部分。",
    "公司提供住宿吗？离市区远不远？",
    "谢谢您的介绍，我对这个岗位很感兴趣。",
)
RECRUITER_SAYS = (
    "你好，欢迎来到我们展位，先介绍一下自己吧。",
    "这个岗位主要在现场，师傅会带三个月。",
    "实习期三个月，表现好可以提前转正。",
    "提供四人间宿舍和工作餐。",
    "好的，结果会在三天内告诉你。",
)


def start_thread(stop: threading.Event) -> threading.Thread:
    """Let the bots walk in a daemon thread until `stop` is set."""
    thread = threading.Thread(target=loop, args=(stop,), name="fair-bots", daemon=True)
    thread.start()
    return thread


def loop(stop: threading.Event) -> None:
    """One step about every PACE seconds; refusals are part of a fair day, a database away is waited out."""
    dice = random.Random()
    log.info("fair_bots_started")
    while not stop.wait(PACE):
        close_old_connections()
        try:
            with override("zh-hans"):
                step(dice)
        except DatabaseError:
            log.exception("fair_bots_database")
            stop.wait(5)
    log.info("fair_bots_stopped")


def step(dice: random.Random) -> str:
    """One thing happens at one live fair; its name, or "" where nothing could."""
    live = queries.live_fairs().first()
    if live is None:
        return ""
    acts: list[Callable[[Fair, random.Random], str]] = [_come, _call, _accept, _talk, _end, _leave]
    weights = [4, 4, 4, 6, 3, 1]
    if _standing(live) >= CROWD:
        weights[0] = 0
    try:
        return dice.choices(acts, weights)[0](live, dice)
    except DomainError as error:
        return f"refused:{error.code}"


def _standing(live: Fair) -> int:
    return Ticket.objects.filter(booth__fair=live, status__in=IN_LINE).count()


def _come(live: Fair, dice: random.Random) -> str:
    """A student registers where needed and joins a line, the busier booths of the front rows first."""
    students = Membership.objects.filter(
        role=Role.STUDENT,
        ended_at__isnull=True,
        school_id=live.school_id,
        student__status=StudentStatus.CONFIRMED,
    ).order_by("pk")
    count = students.count()
    booths = list(
        Booth.objects.filter(queries.open_booths(), fair=live).order_by("label").values_list("pk", flat=True)
    )
    if count <= SPARED or not booths:
        return ""
    actor = actor_of(students.select_related("user")[dice.randrange(SPARED, count)].user)
    fair.register_for_fair(actor=actor, fair_id=live.pk)
    row = min(int(dice.expovariate(4 / len(booths))), len(booths) - 1)
    line.join_line(actor=actor, booth_id=booths[row])
    return "come"


def _call(live: Fair, dice: random.Random) -> str:
    """A recruiter calls the next, where somebody waits and the booth is not a person's."""
    waiting = Ticket.objects.filter(booth__fair=live, status=TicketStatus.WAITING).order_by("joined_at", "pk")
    ticket = _one_of(waiting, dice)
    if ticket is None:
        return ""
    actor = _recruiter(ticket.booth.company_id)
    if actor is None:
        return ""
    pulse.note(ticket.booth_id, actor.user_id or 0)
    line.call_next(actor=actor, booth_id=ticket.booth_id)
    return "call"


def _accept(live: Fair, dice: random.Random) -> str:
    """Most who are called come; one in ten does not, and becomes a no-show."""
    called = Ticket.objects.filter(booth__fair=live, status=TicketStatus.CALLED, answer_by__gt=clock.now())
    ticket = _one_of(called, dice)
    if ticket is None or ticket.pk % 10 == 0:
        return ""
    actor = _student(ticket)
    if actor is None:
        return ""
    meeting.accept_call(actor=actor, ticket_id=ticket.pk)
    return "accept"


def _talk(live: Fair, dice: random.Random) -> str:
    """One side of a meeting says the next sentence; a student's question comes before a recruiter's answer."""
    talk = _one_of(_open_talks(live), dice)
    if talk is None:
        return ""
    said = talk.messages.count()
    if said >= 2 * len(STUDENT_SAYS):
        return ""
    by_student = said % 2 == 1
    actor = _student(talk.ticket) if by_student else _recruiter(talk.ticket.booth.company_id)
    if actor is None:
        return ""
    text = (STUDENT_SAYS if by_student else RECRUITER_SAYS)[said // 2]
    chat.send_message(actor=actor, meeting_id=talk.pk, text=text)
    return "talk"


def _end(live: Fair, dice: random.Random) -> str:
    """A meeting that has said enough, or lasts too long, ends with an outcome."""
    for talk in _open_talks(live).order_by("started_at")[:30]:
        actor = _recruiter(talk.ticket.booth.company_id)
        if actor is None or _student(talk.ticket) is None:
            continue
        long_enough = clock.now() - talk.started_at > TALK
        if (long_enough and talk.messages.count() >= 4) or talk.ends_at < clock.now():
            outcome = dice.choices(
                [Outcome.INTERVIEW, Outcome.PENDING, Outcome.DECLINED, Outcome.OFFER], [4, 3, 2, 1]
            )
            meeting.end_meeting(actor=actor, meeting_id=talk.pk, outcome=outcome[0], message="")
            return "end"
    return ""


def _leave(live: Fair, dice: random.Random) -> str:
    """Now and then somebody steps away, comes back, or gives up."""
    ticket = _one_of(Ticket.objects.filter(booth__fair=live, status__in=IN_LINE), dice)
    actor = _student(ticket) if ticket else None
    if ticket is None or actor is None:
        return ""
    if ticket.status == TicketStatus.AWAY:
        line.come_back(actor=actor, ticket_id=ticket.pk)
        return "come_back"
    act = dice.choice((line.step_away, line.step_away, line.leave_line))
    act(actor=actor, ticket_id=ticket.pk)
    return act.__name__


def _open_talks(live: Fair):
    # A group session is led by a person.
    rows = Meeting.objects.filter(ticket__booth__fair=live, status=MeetingStatus.OPEN)
    return rows.filter(ticket__group__isnull=True).select_related("ticket__booth")


def _one_of(rows, dice: random.Random):
    """Some row, one of the first twenty."""
    found = list(rows.select_related(*(["ticket__booth"] if rows.model is Meeting else ["booth"]))[:20])
    return dice.choice(found) if found else None


def _student(ticket: Ticket) -> Actor | None:
    """The bot behind a ticket; None for the accounts people use."""
    spared = Membership.objects.filter(
        role=Role.STUDENT, ended_at__isnull=True, school_id=ticket.booth.fair.school_id
    )
    people = set(spared.order_by("pk").values_list("student_id", flat=True)[:SPARED])
    if ticket.student_id in people:
        return None
    found = (
        Membership.objects.filter(student_id=ticket.student_id, ended_at__isnull=True)
        .select_related("user")
        .first()
    )
    return actor_of(found.user) if found else None


def _recruiter(company_id: int) -> Actor | None:
    """The last recruiter of a company; the first company's belong to people who try the demo."""
    team = Membership.objects.filter(role=Role.RECRUITER, ended_at__isnull=True)
    first = team.order_by("pk").values_list("company_id", flat=True).first()
    if company_id == first:
        return None
    found = team.filter(company_id=company_id).select_related("user").order_by("-pk").first()
    return actor_of(found.user) if found else None
