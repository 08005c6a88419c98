"""A group session: the first free students of a line are called together; each comes, declines once, or is a no-show."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from operator import attrgetter

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.audit import domain as audit
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.common.transitions import move
from fairs import groups, plans, queries, rules, turns
from fairs.domain import journal
from fairs.domain.booth import worked_booth
from fairs.domain.group_end import end_row
from fairs.domain.line import (
    CANDIDATES,
    UNCALLED,
    announce_all,
    free_in_line,
    freed,
    must_call,
    own_ticket,
    recruiter_free,
    set_ticket,
    user_ids,
)
from fairs.domain.meeting import close_row, tell_result, valid, wind_up
from fairs.domain.words import must_be_heard, written
from fairs.enums import BUSY, TICKET_TRANSITIONS, MeetingStatus, Outcome, TicketStatus
from fairs.group_models import LARGEST, LONGEST_LINE, LONGEST_TOPIC, SMALLEST
from fairs.models import Booth, GroupMessage, GroupSession, Meeting, Ticket
from fairs.protocol.events import GroupMoved, GroupSaid, MeetingEnded, MyGroupCalled


@transaction.atomic
def open_group(*, actor: Actor, booth_id: int, size: int, topic: str = "") -> GroupSession:
    """Call the first free students of the line together, at most `size`; none of them is called where fewer than two are."""
    booth = _held(worked_booth(actor, booth_id))
    must_call(booth)
    if not SMALLEST <= size <= LARGEST:
        limits = {"low": SMALLEST, "high": LARGEST}
        raise Invalid(fields={"size": [_("Between %(low)d and %(high)d.") % limits]})
    topic = written("topic", topic, LONGEST_TOPIC)
    if topic:
        must_be_heard(actor, booth.fair_id)
    recruiter_free(actor)
    now, fair = clock.now(), booth.fair
    # Planned from the last moment at which somebody may come.
    planned = timedelta(seconds=fair.no_show_grace_seconds, minutes=fair.meeting_minutes)
    row = GroupSession(
        booth=booth,
        recruiter_id=actor.user_id,
        size=size,
        topic=topic,
        started_at=now,
        ends_at=now + planned,
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Conflict("finish_first", _("Finish your present call or meeting first.")) from None
    if len(_call(actor, row, size, (GroupMoved(group=row.pk, status=row.status), booth.pk))) < SMALLEST:
        raise Conflict(
            "too_few_for_group", _("Fewer than two students are free for a group session at the moment.")
        )
    audit.record(actor=actor, verb="booths.group_opened", target=booth, data={"group": row.pk, "size": size})
    return row


@transaction.atomic
def fill_group(*, actor: Actor, group_id: int) -> list[Ticket]:
    """Call the next free students into the seats that nobody has taken, or that somebody declined or missed."""
    booth_id = _led(actor, group_id).booth_id
    # The booth before the session, as whoever opens one.
    booth = _held(worked_booth(actor, booth_id))
    session = _still_open(group_id)
    must_call(booth)
    session.booth = booth
    seats = session.size - session.tickets.filter(status__in=BUSY).count()
    called = _call(actor, session, seats) if seats > 0 else []
    if not called:
        raise Conflict("line_empty", _("Nobody in this line is free to come at the moment."))
    return called


@transaction.atomic
def decline_group(*, actor: Actor, ticket_id: int) -> Ticket:
    """The student would rather talk alone: the number waits again at the same place, and no group is asked of it any more."""
    ticket = own_ticket(actor, ticket_id)
    if ticket.status != TicketStatus.CALLED or ticket.group_id is None:
        raise Conflict("not_called", _("This number is not called at the moment."))
    return set_ticket(actor, ticket, TicketStatus.WAITING, **UNCALLED, alone=True)


@transaction.atomic
def say_to_group(*, actor: Actor, group_id: int, text: str) -> GroupMessage:
    """Say something that everybody in the session reads: its recruiters, and the students who came."""
    found = groups.groups_visible_to(actor).filter(pk=group_id).first()
    if found is None:
        raise NotFound
    ticket = groups.seat_of(actor, found)
    if ticket is None and not rules.can_meet_people(actor, found.booth):
        raise NotAllowed
    text = written("text", text, LONGEST_LINE, missing=_("Write something first."))
    # Behind the session's lock, which whoever silences takes too: nothing slips in after its end, or after a silence.
    session = _still_open(group_id)
    must_be_heard(actor, session.booth.fair_id)
    line = GroupMessage.objects.create(
        group=session, ticket=ticket, author_id=actor.user_id, text=text, at=clock.now()
    )
    journal.tell((GroupSaid(message=line.pk), session.pk))
    return line


@transaction.atomic
def end_group(
    *, actor: Actor, group_id: int, outcome: str = Outcome.PENDING, message: str = ""
) -> GroupSession:
    """End the session for all: one outcome for those who are still in it, or a date by which each gets one."""
    found = _led(actor, group_id)
    valid(outcome, message, None)
    session = _still_open(group_id)
    if message.strip():
        must_be_heard(actor, found.booth.fair_id)
    return _end(actor, session, outcome, message.strip())


def end_kindly(actor: Actor, session: GroupSession, successor: int | None) -> None:
    """End a session whose recruiter is gone; whoever stands in gives the answers that are due."""
    talks = list(Meeting.objects.filter(ticket__group=session, status=MeetingStatus.OPEN).values_list("pk"))
    _end(actor, session, Outcome.PENDING, "")
    if successor is not None:
        Meeting.objects.filter(pk__in=[pk for (pk,) in talks]).update(recruiter_id=successor)


def pass_group(actor: Actor, session: GroupSession, user_id: int) -> bool:
    """The session, whose row the caller holds, goes on with somebody else; False where that one is busy."""
    rows = Meeting.objects.select_for_update().filter(ticket__group=session, status=MeetingStatus.OPEN)
    talks = list(rows.order_by("pk").values_list("pk", flat=True))
    told = freed(actor, user_id)
    if told is None:
        return False
    before, now = session.recruiter_id, clock.now()
    session.recruiter_id = user_id
    session.save(update_fields=["recruiter", "updated_at"])
    Meeting.objects.filter(pk__in=talks).update(recruiter_id=user_id, updated_at=now)
    live = session.tickets.filter(status__in=BUSY)
    live.update(called_by_id=user_id, version=F("version") + 1, updated_at=now)
    audit.record(
        actor=actor,
        verb="booths.group_handed_over",
        target=session.booth,
        data={"group": session.pk, "user": user_id, "replaced": before},
    )
    journal.tell((GroupMoved(group=session.pk, status=session.status), session.booth_id), *told)
    return True


def held_of(booth: Booth, user_id: int) -> GroupSession | None:
    """The session that a recruiter leads at a booth, its row locked."""
    rows = GroupSession.objects.select_for_update(of=("self",)).select_related("booth__fair")
    return rows.filter(booth=booth, recruiter_id=user_id, status=MeetingStatus.OPEN).first()


def _led(actor: Actor, group_id: int) -> GroupSession:
    """A session of one's own booth."""
    found = groups.groups_visible_to(actor).filter(pk=group_id).first()
    if found is None:
        raise NotFound
    if not rules.can_meet_people(actor, found.booth):
        raise NotAllowed
    return found


def _held(booth: Booth) -> Booth:
    """The booth as it is once its row is locked: whoever joins, is blocked or loses the line holds it too."""
    list(Booth.objects.select_for_update().filter(pk=booth.pk).values_list("pk"))
    return Booth.objects.select_related("fair", "company").get(pk=booth.pk)


def _still_open(group_id: int) -> GroupSession:
    rows = GroupSession.objects.select_for_update(of=("self",)).select_related(
        "booth__fair", "booth__company"
    )
    session = rows.get(pk=group_id)
    if session.status != MeetingStatus.OPEN:
        raise Conflict("group_over", _("This group session is over."))
    return session


def _call(actor: Actor, session: GroupSession, seats: int, *more: journal.Told) -> list[Ticket]:
    """Call the first free students into the seats, all in one step; who was called elsewhere in this very moment is missing.

    The caller holds the booth. Written in order of students, so that sessions of two booths never wait for each other.
    """
    booth = session.booth
    own_talk = plans.planned_until(booth.fair, session.ends_at)
    free = free_in_line(booth).filter(planned__isnull=True, alone=False).exclude(student_id__in=own_talk)
    chosen = list(free[:seats])
    reasons = _reasons(booth, chosen)
    until = clock.now() + timedelta(seconds=booth.fair.no_show_grace_seconds)
    called = [
        ticket
        for ticket in sorted(chosen, key=attrgetter("student_id"))
        if _claim(session, ticket, reasons[ticket.pk], until)
    ]
    # In the order of the line: with all of them gone each one's place is the one it left.
    called.sort(key=attrgetter(*turns.ORDER))
    users = user_ids([ticket.student_id for ticket in called])
    told = list(more)
    for ticket in called:
        if ticket.student_id in users:
            told.append((MyGroupCalled(ticket=ticket.pk, group=session.pk), users[ticket.student_id]))
    announce_all(actor, [(ticket, TicketStatus.WAITING) for ticket in called], users, told)
    return called


def _claim(session: GroupSession, ticket: Ticket, reason: dict, until: datetime) -> bool:
    """Call one of them for whoever leads the session, unless somebody was faster."""
    try:
        with transaction.atomic():
            move(
                ticket,
                TicketStatus.CALLED,
                TICKET_TRANSITIONS,
                called_at=clock.now(),
                answer_by=until,
                called_by_id=session.recruiter_id,
                call_reason=reason,
                group=session,
            )
    except (Conflict, IntegrityError):
        return False
    return True


def _reasons(booth: Booth, chosen: Sequence[Ticket]) -> dict[int, dict]:
    """Why each is called: how long they waited, and which numbers before theirs were passed over."""
    waiting = list(
        queries.line_of(booth)
        .filter(status=TicketStatus.WAITING)
        .values_list(*turns.ORDER)[: 10 * CANDIDATES]
    )
    taken, now = {ticket.number for ticket in chosen}, clock.now()
    found = {}
    for ticket in chosen:
        place = (ticket.stands_since, ticket.number)
        passed = [number for since, number in waiting if (since, number) < place and number not in taken]
        found[ticket.pk] = {
            "rule": "group",
            "waited": int((now - ticket.joined_at).total_seconds()),
            "talks": ticket.talks_before,
            "bonus": ticket.bonus_minutes,
            "passed_over": passed[:CANDIDATES],
        }
    return found


def _end(actor: Actor, session: GroupSession, outcome: str, message: str) -> GroupSession:
    """The session's row, the talks of all who are in it, and back to their places with those who had not come yet."""
    now = clock.now()
    talks = _locked_talks(session)
    called = session.tickets.select_for_update(of=("self",)).select_related("booth__fair")
    called = list(called.filter(status=TicketStatus.CALLED).order_by("pk"))
    told = end_row(actor, session, len(talks))
    moved = []
    for ticket in called:
        moved.append((ticket, move(ticket, TicketStatus.WAITING, TICKET_TRANSITIONS, **UNCALLED)))
    for talk in talks:
        close_row(actor, talk, outcome=outcome, message=message)
        moved.append((talk.ticket, move(talk.ticket, TicketStatus.SERVED, TICKET_TRANSITIONS, ended_at=now)))
    moved.sort(key=lambda pair: (pair[0].stands_since, pair[0].number))
    users = user_ids([ticket.student_id for ticket, _before in moved])
    told = [*told, *((MeetingEnded(outcome=outcome, message=message), talk.pk) for talk in talks)]
    announce_all(actor, moved, users, told, {talk.ticket_id: talk.pk for talk in talks})
    for talk in talks:
        wind_up(talk)
        if outcome != Outcome.PENDING:
            tell_result(talk)
    return session


def _locked_talks(session: GroupSession) -> list[Meeting]:
    """The talks that go on in a session, their rows locked in one order."""
    rows = Meeting.objects.select_for_update(of=("self",)).filter(
        ticket__group=session, status=MeetingStatus.OPEN
    )
    rows = rows.select_related("ticket__booth__fair", "ticket__booth__company", "ticket__student")
    return list(rows.order_by("pk"))
