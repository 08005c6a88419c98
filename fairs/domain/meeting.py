"""Meetings: opened when the student comes, ended kindly, and never without an outcome or a date for one."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.accounts.models import User
from backend.audit import domain as audit
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.common.transitions import move
from backend.notifications import domain as notifications
from backend.recommendations.domain import record_talk
from backend.students.domain import departing
from fairs import queries, rules
from fairs.domain import journal
from fairs.domain.line import leave_line, set_ticket, user_ids
from fairs.domain.words import must_be_heard
from fairs.enums import LIVE_TICKET, MEETING_TRANSITIONS, MeetingStatus, Outcome, TicketStatus
from fairs.models import GroupSession, Meeting, Ticket
from fairs.protocol.events import MeetingEnded

LONGEST_STEP = 200
ANSWER_WITHIN = timedelta(days=3)


@transaction.atomic
def accept_call(*, actor: Actor, ticket_id: int) -> Meeting:
    """The student comes: the meeting opens, for as long as the fair plans."""
    ticket = queries.tickets_visible_to(actor).filter(pk=ticket_id).first()
    if ticket is None:
        raise NotFound
    if not rules.owns_ticket(actor, ticket):
        raise NotAllowed
    now = clock.now()
    if ticket.status != TicketStatus.CALLED:
        raise Conflict("not_called", _("This number is not called at the moment."))
    if ticket.answer_by < now:
        raise Conflict("too_late", _("The time to come is over. Join the line again if you like."))
    ends_at = now + timedelta(minutes=ticket.booth.fair.meeting_minutes)
    if ticket.group_id is not None:
        ends_at = _into_group(ticket.group_id)
    meeting = Meeting(ticket=ticket, recruiter_id=ticket.called_by_id, started_at=now, ends_at=ends_at)
    # Saved first, because the events name it; a ticket moved by somebody faster rolls both back.
    try:
        with transaction.atomic():
            meeting.save()
    except IntegrityError:
        # The same student came from another tab in this very moment: one meeting per ticket.
        raise Conflict("not_called", _("This number is not called at the moment.")) from None
    set_ticket(actor, ticket, TicketStatus.MEETING, meeting=meeting.pk)
    audit.record(actor=actor, verb="meetings.opened", target=meeting, after=meeting.status)
    return meeting


@transaction.atomic
def end_meeting(
    *,
    actor: Actor,
    meeting_id: int,
    outcome: str = Outcome.PENDING,
    message: str = "",
    note: str = "",
    rating: int | None = None,
    next_step: str = "",
    next_step_due: date | None = None,
) -> Meeting:
    """End a talk; the recruiter says what came of it, now or within three days. A student may end it too."""
    meeting = part_of(actor, meeting_id)
    if not rules.can_work_booth(actor, meeting.ticket.booth):
        outcome, message, note, rating = Outcome.PENDING, "", "", None
        next_step, next_step_due = "", None
    valid(outcome, message, rating)
    if message.strip():
        must_be_heard(actor, meeting.ticket.booth.fair_id)
    step = _step(next_step, next_step_due)
    said = {"outcome": outcome, "message": message.strip(), "note": note.strip(), "rating": rating}
    _end(actor, meeting, **said, **step)
    if outcome != Outcome.PENDING:
        tell_result(meeting)
    return meeting


def end_kindly(actor: Actor, meeting: Meeting) -> None:
    """End a talk whose recruiter is gone, for somebody who takes no part in it: the answer is due as ever."""
    _end(actor, meeting)


def _end(actor: Actor, meeting: Meeting, *, outcome: str = Outcome.PENDING, **said: Any) -> None:
    """How a talk ends: its ticket is served, both sides hear it, and what set up its call is emptied."""
    now = close_row(actor, meeting, outcome=outcome, **said)
    set_ticket(actor, meeting.ticket, TicketStatus.SERVED, ended_at=now, meeting=meeting.pk)
    journal.tell((MeetingEnded(outcome=outcome, message=meeting.message), meeting.pk))
    wind_up(meeting)


def close_row(actor: Actor, meeting: Meeting, *, outcome: str, **said: Any) -> datetime:
    """End a talk's own row, which keeps its outcome or the day one is due; the moment of its end. Nobody is told yet."""
    now = clock.now()
    due_at = now + ANSWER_WITHIN if outcome == Outcome.PENDING else None
    before = move(
        meeting,
        MeetingStatus.ENDED,
        MEETING_TRANSITIONS,
        ended_at=now,
        outcome=outcome,
        due_at=due_at,
        **said,
    )
    audit.record(actor=actor, verb="meetings.ended", target=meeting, before=before, after=meeting.status)
    return now


def wind_up(meeting: Meeting) -> None:
    """What follows the end of every talk: its call's signals are emptied, and the ranker learns of it."""
    journal.forget_signals(meeting.pk)
    _teach(meeting)


@transaction.atomic
def answer_meeting(
    *,
    actor: Actor,
    meeting_id: int,
    outcome: str,
    message: str = "",
    note: str = "",
    rating: int | None = None,
    next_step: str = "",
    next_step_due: date | None = None,
) -> Meeting:
    """Give the outcome of a talk that ended without one; the student is told. Of note, rating and step, what is not given stays."""
    meeting = part_of(actor, meeting_id)
    if not rules.can_work_booth(actor, meeting.ticket.booth):
        raise NotAllowed
    if outcome == Outcome.PENDING:
        raise Invalid(fields={"outcome": [_("Say what came of the talk.")]})
    valid(outcome, message, rating)
    if message.strip():
        must_be_heard(actor, meeting.ticket.booth.fair_id)
    kept = _step(next_step, next_step_due)
    if note.strip():
        kept["note"] = note.strip()
    if rating is not None:
        kept["rating"] = rating
    changed = Meeting.objects.filter(
        pk=meeting.pk, status=MeetingStatus.ENDED, outcome=Outcome.PENDING
    ).update(outcome=outcome, message=message.strip(), due_at=None, **kept, updated_at=clock.now())
    if not changed:
        raise Conflict("already_answered", _("This talk has its answer, or is not over."))
    meeting.refresh_from_db()
    audit.record(actor=actor, verb="meetings.answered", target=meeting, before=Outcome.PENDING, after=outcome)
    journal.tell((MeetingEnded(outcome=outcome, message=meeting.message), meeting.pk))
    _teach(meeting)
    tell_result(meeting)
    return meeting


def end_visitor(user: User) -> None:
    """Whoever erases the account leaves every line and ends a talk that is going on."""
    for actor in departing(user):
        rows = Ticket.objects.filter(student_id=actor.student_id, status__in=LIVE_TICKET)
        for ticket in rows.select_related("meeting"):
            if ticket.status == TicketStatus.MEETING:
                end_meeting(actor=actor, meeting_id=ticket.meeting.pk)
            else:
                leave_line(actor=actor, ticket_id=ticket.pk)


def _teach(meeting: Meeting) -> None:
    """The ranker learns that the student talked about the positions of the booth, and whether it led on."""
    ticket = meeting.ticket
    record_talk(
        student_id=ticket.student_id,
        position_ids=list(ticket.booth.positions.order_by("pk").values_list("pk", flat=True)),
        led_on=meeting.outcome in {Outcome.INTERVIEW, Outcome.OFFER},
    )


def _into_group(group_id: int) -> datetime:
    """When the group session ends that a called student comes into; its row stays locked: nobody ends it meanwhile."""
    rows = GroupSession.objects.select_for_update().filter(pk=group_id, status=MeetingStatus.OPEN)
    session = rows.first()
    if session is None:
        raise Conflict("not_called", _("This number is not called at the moment."))
    return session.ends_at


def part_of(actor: Actor, meeting_id: int) -> Meeting:
    """A meeting one takes part in; else NotFound or NotAllowed."""
    meeting = queries.meetings_visible_to(actor).filter(pk=meeting_id).first()
    if meeting is None:
        raise NotFound
    if not rules.takes_part(actor, meeting):
        raise NotAllowed
    return meeting


def valid(outcome: str, message: str, rating: int | None) -> None:
    """Invalid where the outcome is none, the message too long, or the rating out of range."""
    problems = {}
    if outcome not in Outcome.values:
        problems["outcome"] = [_("Choose one of the outcomes.")]
    if len(message) > 1000:
        problems["message"] = [_("At most %(limit)d characters.") % {"limit": 1000}]
    if rating is not None and not 1 <= rating <= 5:
        problems["rating"] = [_("Between %(low)d and %(high)d.") % {"low": 1, "high": 5}]
    if problems:
        raise Invalid(fields=problems)


def _step(text: str, due: date | None) -> dict[str, Any]:
    """The company's next step and its day, each of which needs the other; nothing said, nothing written."""
    text = text.strip()
    if not text and due is None:
        return {}
    problems = {}
    if not text:
        problems["next_step"] = [_("Say what the next step is.")]
    elif len(text) > LONGEST_STEP:
        problems["next_step"] = [_("At most %(limit)d characters.") % {"limit": LONGEST_STEP}]
    if due is None:
        problems["next_step_due"] = [_("Say by when.")]
    elif due < clock.today():
        problems["next_step_due"] = [_("This day is over.")]
    if problems:
        raise Invalid(fields=problems)
    return {"next_step": text, "next_step_due": due}


def tell_result(meeting: Meeting) -> None:
    """The student hears that there is an answer."""
    ticket = meeting.ticket
    notifications.notify(
        user_ids=list(user_ids([ticket.student_id]).values()),
        kind="fairs.result",
        dedupe_key=f"fairs.result:{meeting.pk}:{meeting.outcome}",
        url=f"/fairs/meetings/{meeting.pk}/",
        company=ticket.booth.company.name,
    )
