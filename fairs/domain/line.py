"""The line: a number is drawn once, keeps its place, and is called by exactly one recruiter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from operator import attrgetter
from typing import Any, ClassVar

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import SYSTEM, Actor
from backend.accounts.models import Membership, User
from backend.audit import domain as audit
from backend.common import clock
from backend.common.errors import Conflict, NotAllowed, NotFound
from backend.common.transitions import move
from backend.notifications import domain as notifications
from fairs import plans, queries, rules, turns, windows
from fairs.blocking import blocked, not_blocked
from fairs.domain import digest, journal
from fairs.domain.booth import worked_booth
from fairs.domain.group_end import end_emptied
from fairs.domain.hours import must_be_open
from fairs.enums import (
    BUSY,
    IN_LINE,
    LIVE_TICKET,
    RUNNING,
    TICKET_TRANSITIONS,
    BoothStatus,
    FairStatus,
    MeetingStatus,
    TicketStatus,
)
from fairs.models import Booth, Fair, FairRegistration, GroupSession, Ticket
from fairs.protocol.events import LineEvent, LineJoined, LineLeft, MyTicketMoved, TicketMoved


@dataclass(frozen=True)
class Placed:
    """An event of a line, its place counted once the line's stream is held: then nobody can come or go in between."""

    audience: ClassVar[str] = "line"
    kind: type[LineJoined] | type[LineLeft]
    ticket: Ticket

    def __call__(self) -> LineEvent:
        """The event with the place at this moment."""
        return self.kind(number=self.ticket.number, place=1 + queries.ahead_of(self.ticket))


UNCALLED: dict[str, Any] = {"called_by": None, "called_at": None, "answer_by": None, "group": None}
"""The columns of a ticket whose call was taken back."""
CANDIDATES = 20
"""How many free students one call tries before it asks the recruiter to try again."""


@transaction.atomic
def join_line(*, actor: Actor, booth_id: int) -> Ticket:
    """A registered student draws a number at a booth of a live fair."""
    booth = joinable(actor, booth_id)
    within_limit(actor, booth.fair)
    ticket = take_number(actor, booth)
    announce(ticket, actor, before="", user_id=actor.user_id)
    return ticket


def joinable(actor: Actor, booth_id: int) -> Booth:
    """A booth whose line this student may join at this moment."""
    booth = queries.booths_visible_to(actor).filter(pk=booth_id, status=BoothStatus.APPROVED).first()
    if booth is None:
        raise NotFound
    if not rules.can_stand_in_line(actor):
        raise NotAllowed
    must_be_live(booth.fair)
    must_be_open(booth)
    not_planned(actor, booth)
    return booth


def take_number(actor: Actor, booth: Booth) -> Ticket:
    """A new number of the line, nobody told of it yet; the booth's row stays locked."""
    drawn = draw(booth)
    # Behind the booth's lock, which a block takes too: nobody joins beside it.
    if blocked(actor.student_id, booth.company_id):
        raise Conflict("blocked", _("You and this company do not meet: one of you wanted it so."))
    place = turns.standing(drawn.fair, actor.student_id)
    try:
        with transaction.atomic():
            ticket = Ticket.objects.create(
                booth=booth, student_id=actor.student_id, number=drawn.last_number, **place
            )
    except IntegrityError:
        raise Conflict("already_in_line", _("You stand in this line already.")) from None
    FairRegistration.objects.filter(
        fair=booth.fair, student_id=actor.student_id, entered_at__isnull=True
    ).update(entered_at=clock.now())
    return ticket


@transaction.atomic
def step_away(*, actor: Actor, ticket_id: int) -> Ticket:
    """Leave for a while; the place is kept, and nobody calls meanwhile."""
    ticket = own_ticket(actor, ticket_id)
    fair = ticket.booth.fair
    if ticket.status == TicketStatus.WAITING and ticket.steps_away >= fair.steps_away_max:
        raise Conflict(
            "too_many_steps",
            _("You may step away from a line %(limit)d times at most."),
            limit=fair.steps_away_max,
        )
    until = clock.now() + timedelta(minutes=fair.away_minutes_max)
    also = {"steps_away": F("steps_away") + 1, "away_until": until, "away_warned": False}
    return set_ticket(actor, ticket, TicketStatus.AWAY, **also)


@transaction.atomic
def come_back(*, actor: Actor, ticket_id: int) -> Ticket:
    """Be callable again, at the same place."""
    ticket = own_ticket(actor, ticket_id)
    if ticket.status != TicketStatus.AWAY:
        raise Conflict("not_away", _("You are not away from this line."))
    return set_ticket(actor, ticket, TicketStatus.WAITING, away_until=None)


@transaction.atomic
def leave_line(*, actor: Actor, ticket_id: int) -> Ticket:
    """Give the place up; also the answer "I will not come" to a call."""
    return set_ticket(actor, own_ticket(actor, ticket_id), TicketStatus.LEFT, ended_at=clock.now())


@transaction.atomic
def call_next(*, actor: Actor, booth_id: int) -> Ticket:
    """Call the first student of the line who is free; who is busy elsewhere is passed over.

    Several recruiters may do this at once: the status is set only where it is still "waiting", and the
    database allows one call per student and one per recruiter.
    """
    booth = worked_booth(actor, booth_id)
    must_call(booth)
    recruiter_free(actor)
    for ticket in free_in_line(booth)[:CANDIDATES]:
        if _claim(actor, booth, ticket):
            return ticket
    raise Conflict("line_empty", _("Nobody in this line is free to come at the moment."))


def must_call(booth: Booth) -> None:
    """Conflict where nobody of this booth's line may be called at the moment."""
    must_be_live(booth.fair)
    if booth.status != BoothStatus.APPROVED:
        raise Conflict("booth_not_approved", _("This booth is not approved."))
    must_be_open(booth)
    if booth.paused:
        raise Conflict("booth_paused", _("This line is paused: go on with it first."))


@transaction.atomic
def put_back(*, actor: Actor, ticket_id: int) -> Ticket:
    """Take a call back: the student waits again, at the same place."""
    ticket = queries.tickets_visible_to(actor).filter(pk=ticket_id).first()
    if ticket is None:
        raise NotFound
    if not rules.can_work_booth(actor, ticket.booth):
        raise NotAllowed
    if ticket.status != TicketStatus.CALLED:
        raise Conflict("not_called", _("This number is not called at the moment."))
    return set_ticket(actor, ticket, TicketStatus.WAITING, **UNCALLED)


def expire_calls() -> int:
    """Students who did not come within the grace: each is a no-show, each in a transaction of its own."""
    due = Ticket.objects.filter(status=TicketStatus.CALLED, answer_by__lt=clock.now()).order_by("pk")
    return sum(_expire(pk, due) for pk in list(due.values_list("pk", flat=True)[:200]))


def close_tickets(
    actor: Actor, fair: Fair, *, kind: str = "fairs.line_closed", key: str = "", **said: Any
) -> list[journal.Told]:
    """End every line of a fair that closes, for good or until its next window, and tell each student why; the events to append."""
    # Joining takes a booth's lock and then looks at the fair, closing the other way round: nobody slips in.
    list(Booth.objects.select_for_update().filter(fair=fair).order_by("pk").values_list("pk"))
    waiting = list(
        Ticket.objects.select_for_update(of=("self",))
        .filter(booth__fair=fair, status__in=[*IN_LINE, TicketStatus.CALLED])
        .select_related("booth__fair")
        .order_by("pk")
    )
    users = user_ids([ticket.student_id for ticket in waiting])
    told: list[journal.Told] = []
    # In the order of the line: with all of them gone each one's place was the first.
    for ticket in sorted(waiting, key=attrgetter("booth_id", *turns.ORDER)):
        before = move(ticket, TicketStatus.LEFT, TICKET_TRANSITIONS, ended_at=clock.now())
        audit.record(actor=actor, verb="tickets.moved", target=ticket, before=before, after=ticket.status)
        told += _events(ticket, before, users.get(ticket.student_id))
    notifications.notify(
        user_ids=sorted(set(users.values())),
        kind=kind,
        dedupe_key=key or f"{kind}:{fair.pk}:{fair.version}",
        url=f"/fairs/{fair.pk}/",
        fair=fair.name,
        **said,
    )
    for booth in {ticket.booth_id: ticket.booth for ticket in waiting}.values():
        digest.touch(booth)
    return told


def free_in_line(booth: Booth) -> QuerySet[Ticket]:
    """Who waits at a booth and is neither called nor in a meeting anywhere, first first."""
    busy = Ticket.objects.filter(student_id=OuterRef("student_id"), status__in=BUSY)
    return (
        Ticket.objects.filter(
            ~Exists(busy), not_blocked(booth.company_id), booth=booth, status=TicketStatus.WAITING
        )
        .select_related("booth__fair", "student", "planned__plan")
        .order_by(*turns.ORDER)
    )


def user_ids(students: Sequence[int]) -> dict[int, int]:
    """The account of each student who has one."""
    rows = Membership.objects.filter(student_id__in=students, ended_at__isnull=True)
    return dict(rows.values_list("student_id", "user_id"))


def set_ticket(actor: Actor, ticket: Ticket, to: str, *, meeting: int | None = None, **also: Any) -> Ticket:
    """The one setter of a ticket's status: table, audit row and events together."""
    before = move(ticket, to, TICKET_TRANSITIONS, **also)
    announce(
        ticket,
        actor,
        before=before,
        user_id=user_ids([ticket.student_id]).get(ticket.student_id),
        meeting=meeting,
    )
    return ticket


def draw(booth: Booth) -> Booth:
    """The booth with the next number of its line drawn; the update takes the booth's row lock: numbers are drawn one by one."""
    if not Booth.objects.filter(pk=booth.pk, status=BoothStatus.APPROVED).update(
        last_number=F("last_number") + 1
    ):
        raise NotFound  # refused in this very moment
    drawn = Booth.objects.select_related("fair").get(pk=booth.pk)
    must_be_live(drawn.fair)  # a fair that closed while this waited for the lock takes nobody in
    if drawn.line_closed:
        raise Conflict("line_closed", _("This line takes nobody in any more."))
    return drawn


def _expire(pk: int, due: QuerySet[Ticket]) -> bool:
    """Make one call a no-show, unless the student came or was called anew in this very moment."""
    with transaction.atomic():
        rows = due.select_for_update(of=("self",)).select_related("booth__fair")
        ticket = rows.filter(pk=pk).first()
        if ticket is not None:
            set_ticket(SYSTEM, ticket, TicketStatus.NO_SHOW, ended_at=clock.now())
    return ticket is not None


def _claim(actor: Actor, booth: Booth, ticket: Ticket) -> bool:
    """Try to be the one who calls this ticket."""
    now = clock.now()
    passed = list(
        queries.line_of(booth)
        .filter(turns.before(ticket.stands_since, ticket.number), status=TicketStatus.WAITING)
        .values_list("number", flat=True)[:CANDIDATES]
    )
    # Whoever has a planned talk stands before everybody, so the first free one is the planned one: the reason says which.
    planned = getattr(ticket, "planned", None)
    reason = {"waited": int((now - ticket.joined_at).total_seconds()), "passed_over": passed}
    if planned:
        reason |= {"rule": "planned", "planned_at": planned.starts_at.isoformat()}
    else:
        reason |= {"rule": "fair_turn", "talks": ticket.talks_before, "bonus": ticket.bonus_minutes}
    grace = timedelta(seconds=booth.fair.no_show_grace_seconds)
    try:
        with transaction.atomic():
            set_ticket(
                actor,
                ticket,
                TicketStatus.CALLED,
                called_at=now,
                answer_by=now + grace,
                called_by_id=actor.user_id,
                call_reason=reason,
            )
    except Conflict:
        return False
    except IntegrityError:
        # Called by another booth, or this recruiter called from another window, in this very moment.
        recruiter_free(actor)
        return False
    return True


def recruiter_free(actor: Actor) -> None:
    """Conflict while the recruiter calls, talks, or leads a group session; one that everybody has left ends here."""
    told = freed(actor, actor.user_id)
    if told is None:
        raise Conflict("finish_first", _("Finish your present call or meeting first."))
    journal.tell(*told)


def freed(actor: Actor, user_id: int | None) -> list[journal.Told] | None:
    """The events to append where a recruiter is free, or was kept by nothing but a group session that everybody has left,
    which has ended by this; None while they are busy."""
    if free_to_call(user_id):
        return []
    return end_emptied(actor, recruiter_id=user_id)


def free_to_call(user_id: int | None) -> bool:
    """Whether a recruiter has neither call nor talk nor group session, their row locked.

    Calls and groups are different tables, so that no constraint keeps the two apart: whoever begins either holds this row.
    """
    here = User.objects.filter(pk=user_id)
    list(here.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    busy = Ticket.objects.filter(called_by_id=user_id, status__in=BUSY)
    leads = GroupSession.objects.filter(recruiter_id=user_id, status=MeetingStatus.OPEN)
    return here.exclude(Exists(busy) | Exists(leads)).exists()


def own_ticket(actor: Actor, ticket_id: int) -> Ticket:
    """A student's own ticket, in whatever status."""
    ticket = queries.tickets_visible_to(actor).filter(pk=ticket_id).first()
    if ticket is None:
        raise NotFound
    if not rules.owns_ticket(actor, ticket):
        raise NotAllowed
    return ticket


def must_be_live(fair: Fair) -> None:
    """Conflict while the hall is not open."""
    if fair.status == FairStatus.PAUSED:
        raise Conflict("fair_paused", _("The fair is paused for a moment."))
    if fair.status not in RUNNING:
        raise Conflict("fair_not_live", _("The fair is not live."))
    windows.must_be_open(fair)


def not_planned(actor: Actor, booth: Booth) -> None:
    """Whoever has a talk here later draws no second number before it."""
    talk = plans.planned_later(booth, actor.student_id)
    if talk is not None:
        raise Conflict(
            "planned_here",
            _("You have a talk planned here at %(time)s: your number is drawn then."),
            time=timezone.localtime(talk.starts_at).strftime("%H:%M"),
        )


def within_limit(actor: Actor, fair: Fair, *, leaving: Ticket | None = None) -> None:
    """Registered, and in fewer lines than the fair allows; the registration's lock keeps two tabs apart."""
    registration = FairRegistration.objects.select_for_update().filter(fair=fair, student_id=actor.student_id)
    if registration.first() is None:
        raise Conflict("not_registered", _("Register for the fair first."))
    rows = Ticket.objects.filter(booth__fair=fair, student_id=actor.student_id, status__in=LIVE_TICKET)
    standing = rows.exclude(pk=leaving.pk if leaving else None).count()
    if standing >= fair.lines_per_student:
        raise Conflict(
            "too_many_lines", _("You may stand in %(limit)d lines at once."), limit=fair.lines_per_student
        )


def announce(
    ticket: Ticket, actor: Actor, *, before: str, user_id: int | None, meeting: int | None = None
) -> None:
    """Trail, digest and events of a ticket that has just got its status."""
    audit.record(actor=actor, verb="tickets.moved", target=ticket, before=before, after=ticket.status)
    digest.touch(ticket.booth)
    journal.tell(*_events(ticket, before, user_id, meeting))


def announce_all(
    actor: Actor,
    moved: Sequence[tuple[Ticket, str]],
    users: Mapping[int, int | None],
    more: Sequence[journal.Told] = (),
    meetings: Mapping[int, int] | None = None,
) -> None:
    """The same for several tickets of one step, with the status before of each, all locks taken in one order.

    Those of one line come in its order; `meetings`: the talk of each ticket that has one.
    """
    told = list(more)
    for ticket, before in sorted(moved, key=lambda pair: pair[0].booth_id):
        audit.record(actor=actor, verb="tickets.moved", target=ticket, before=before, after=ticket.status)
        digest.touch(ticket.booth)
        told += _events(ticket, before, users.get(ticket.student_id), (meetings or {}).get(ticket.pk))
    journal.tell(*told)


def _events(
    ticket: Ticket, before: str, user_id: int | None, meeting: int | None = None
) -> list[journal.Told]:
    """What line, team and student hear when a ticket goes from one status to another."""
    booth, number, status = ticket.booth_id, ticket.number, ticket.status
    told: list[journal.Told] = [(TicketMoved(ticket=ticket.pk, number=number, status=status), booth)]
    was, now_in = before in IN_LINE, status in IN_LINE
    if now_in and not was:
        told.append((Placed(LineJoined, ticket), booth))
    elif was and not now_in:
        told.append((Placed(LineLeft, ticket), booth))
    if user_id is not None:
        until = ticket.answer_by.isoformat() if status == TicketStatus.CALLED and ticket.answer_by else None
        mine = MyTicketMoved(
            ticket=ticket.pk, booth=booth, number=number, status=status, answer_by=until, meeting=meeting
        )
        told.append((mine, user_id))
    return told
