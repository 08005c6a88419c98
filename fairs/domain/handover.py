"""Hand over: a student goes on at another booth of the company and keeps the place, or a colleague goes on with the talk."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.accounts.models import Membership, User
from backend.audit import domain as audit
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.common.transitions import move
from backend.notifications import domain as notifications
from fairs import plans, queries, rules, turns
from fairs.blocking import blocked
from fairs.domain import chat, journal
from fairs.domain.booth import worked_booth
from fairs.domain.hours import must_be_open
from fairs.domain.line import (
    announce_all,
    draw,
    freed,
    must_be_live,
    not_planned,
    own_ticket,
    user_ids,
)
from fairs.domain.words import must_still_be_heard
from fairs.enums import (
    HANDOVER_TRANSITIONS,
    IN_LINE,
    LIVE_TICKET,
    TICKET_TRANSITIONS,
    HandoverStatus,
    MessageKind,
    TicketStatus,
)
from fairs.handover_models import LONGEST_REASON
from fairs.models import Booth, Handover, Meeting, Ticket
from fairs.protocol.events import HandoverMoved, MyHandoverMoved, TicketMoved

JUST_MET = timedelta(minutes=30)
"""How long after a talk its student may still be handed over."""


@transaction.atomic
def ask_handover(*, actor: Actor, ticket_id: int, booth_id: int, reason: str) -> Handover:
    """A recruiter asks a student who waits, is called, talks or has just talked to go on at another booth of the company."""
    ticket = queries.tickets_visible_to(actor).filter(pk=ticket_id).first()
    if ticket is None:
        raise NotFound
    worked_booth(actor, ticket.booth_id)
    must_be_live(ticket.booth.fair)
    target = booths_beside(ticket.booth).filter(pk=booth_id).first()
    if target is None:
        raise NotFound
    if not may_go_on(ticket):
        raise Conflict("not_to_hand_over", _("This student is no longer here."))
    must_be_open(target)
    _not_there(ticket, target)
    must_still_be_heard(actor, ticket.booth.fair_id)
    reason = reason.strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        raise Invalid(
            fields={
                "reason": [_("Give the reason, in at most %(limit)d characters.") % {"limit": LONGEST_REASON}]
            }
        )
    try:
        with transaction.atomic():
            made = Handover.objects.create(
                ticket=ticket, booth=target, asked_by_id=actor.user_id, reason=reason
            )
    except IntegrityError:
        raise Conflict("handover_asked", _("This student has been asked already.")) from None
    made.ticket = ticket
    audit.record(actor=actor, verb="handovers.asked", target=made, after=made.status)
    users = user_ids([ticket.student_id])
    journal.tell(*_told(made, users.get(ticket.student_id)))
    notifications.notify(
        user_ids=list(users.values()),
        kind="fairs.handover",
        dedupe_key=f"fairs.handover:{made.pk}",
        url=f"/fairs/{ticket.booth.fair_id}/lines/",
        company=ticket.booth.company.name,
        label=target.label,
    )
    return made


@transaction.atomic
def answer_handover(*, actor: Actor, ticket_id: int, agree: bool) -> Handover:
    """The student agrees, and stands at the other booth since the same moment as at this one; or stays."""
    ticket = own_ticket(actor, ticket_id)
    rows = Handover.objects.select_related("ticket__booth__fair", "booth__fair")
    asked = rows.filter(ticket=ticket, status=HandoverStatus.ASKED).first()
    if asked is None:
        raise Conflict("nothing_to_answer", _("Nobody asks you to go elsewhere."))
    if not agree:
        before = move(asked, HandoverStatus.DECLINED, HANDOVER_TRANSITIONS, answered_at=clock.now())
        audit.record(actor=actor, verb="handovers.answered", target=asked, before=before, after=asked.status)
        journal.tell(*_told(asked, actor.user_id))
        return asked
    must_be_live(asked.booth.fair)
    if not booths_beside(asked.ticket.booth).filter(pk=asked.booth_id).exists():
        raise Conflict("booth_not_approved", _("This booth is not approved."))
    must_be_open(asked.booth)
    not_planned(actor, asked.booth)
    # The booth's row first, as everybody who joins; then the ticket as it is by now.
    drawn = draw(asked.booth)
    old = asked.ticket
    old.refresh_from_db(fields=["status", "ended_at", "version"])
    if not may_go_on(old):
        raise Conflict("not_to_hand_over", _("Your place there has ended."))
    if blocked(actor.student_id, drawn.company_id):
        raise Conflict("blocked", _("You and this company do not meet: one of you wanted it so."))
    new = _stand(old, drawn)
    also = {"answered_at": clock.now(), "new_ticket": new}
    before = move(asked, HandoverStatus.AGREED, HANDOVER_TRANSITIONS, **also)
    audit.record(actor=actor, verb="handovers.answered", target=asked, before=before, after=asked.status)
    moved = [(new, "")]
    if old.status in [*IN_LINE, TicketStatus.CALLED]:
        moved.append((old, move(old, TicketStatus.LEFT, TICKET_TRANSITIONS, ended_at=clock.now())))
    announce_all(actor, moved, {old.student_id: actor.user_id}, _told(asked, actor.user_id))
    return asked


@transaction.atomic
def hand_meeting(*, actor: Actor, meeting_id: int, user_id: int) -> Meeting:
    """A colleague who is free goes on with the talk; the student reads it in the talk, the colleague is told."""
    meeting = chat.open_alone(actor, meeting_id)
    ticket = meeting.ticket
    if not rules.can_work_booth(actor, ticket.booth):
        raise NotAllowed
    if not successors(ticket).filter(pk=user_id).exists():
        raise Invalid(fields={"user": [_("Choose another recruiter of this company.")]})
    if not pass_on(actor, meeting, user_id):
        raise Conflict("colleague_busy", _("This colleague calls or talks with somebody at the moment."))
    notifications.notify(
        user_ids=[user_id],
        kind="fairs.meeting_handed",
        dedupe_key=f"fairs.meeting_handed:{meeting.pk}:{ticket.pk}:{clock.now().timestamp()}",
        url=f"/fairs/meetings/{meeting.pk}/",
        number=ticket.number,
    )
    return meeting


def pass_on(actor: Actor, meeting: Meeting, user_id: int) -> bool:
    """The talk, whose row the caller holds, goes on with somebody else; False where the database says that one is busy."""
    told = freed(actor, user_id)
    if told is None:
        return False
    ticket = meeting.ticket
    before = ticket.called_by_id
    here = Ticket.objects.filter(pk=ticket.pk, status=TicketStatus.MEETING, called_by_id=before)
    try:
        with transaction.atomic():
            changed = here.update(called_by_id=user_id, version=F("version") + 1, updated_at=clock.now())
    except IntegrityError:
        journal.tell(*told)
        return False
    if not changed:
        raise Conflict
    Meeting.objects.filter(pk=meeting.pk).update(recruiter_id=user_id, updated_at=clock.now())
    meeting.recruiter_id = ticket.called_by_id = user_id
    said = {"before": before, "after": user_id}
    audit.record(actor=actor, verb="meetings.handed_over", target=meeting, data=said)
    moved = TicketMoved(ticket=ticket.pk, number=ticket.number, status=ticket.status)
    chat.say(actor, meeting, MessageKind.HANDED, "", (moved, ticket.booth_id), *told)
    return True


def booths_beside(booth: Booth) -> QuerySet[Booth]:
    """The other booths that the company has open at the same fair."""
    rows = Booth.objects.filter(queries.open_booths(), fair=booth.fair_id, company=booth.company_id)
    return rows.exclude(pk=booth.pk).select_related("fair", "division").order_by("label", "pk")


def colleagues(booth: Booth) -> QuerySet[User]:
    """The accounts of the recruiters of a booth's company."""
    team = Membership.objects.filter(company_id=booth.company_id, role=Role.RECRUITER, ended_at__isnull=True)
    return User.objects.filter(pk__in=team.values("user_id"), is_active=True).order_by("pk")


def successors(ticket: Ticket) -> QuerySet[User]:
    """The same without whoever has the talk now."""
    return colleagues(ticket.booth).exclude(pk=ticket.called_by_id)


def may_go_on(ticket: Ticket) -> bool:
    """Whether its student is still here: in line, called, talking, or met a short while ago."""
    if ticket.status == TicketStatus.SERVED:
        return ticket.ended_at is not None and ticket.ended_at > clock.now() - JUST_MET
    return ticket.status in LIVE_TICKET


def asks() -> Exists:
    """Whether a ticket's student is asked to go on with it elsewhere, for a query of tickets: the list is read only then."""
    return Exists(Handover.objects.filter(ticket=OuterRef("pk"), status=HandoverStatus.ASKED))


def open_handovers(actor: Actor, fair_id: int) -> QuerySet[Handover]:
    """What a student is asked at a fair and can still answer."""
    here = Q(ticket__status__in=LIVE_TICKET) | Q(
        ticket__status=TicketStatus.SERVED, ticket__ended_at__gt=clock.now() - JUST_MET
    )
    rows = Handover.objects.filter(here, ticket__in=queries.tickets_visible_to(actor), status="asked")
    rows = rows.filter(ticket__student_id=actor.student_id, booth__fair=fair_id)
    return rows.select_related("booth__company", "booth__division", "ticket__booth").order_by("pk")


def _not_there(ticket: Ticket, target: Booth) -> None:
    if Ticket.objects.filter(booth=target, student_id=ticket.student_id, status__in=LIVE_TICKET).exists():
        raise Conflict("stands_there", _("The student stands in that line already."))
    if plans.planned_later(target, ticket.student_id):
        raise Conflict("planned_here", _("The student has a talk planned there already."))


def _stand(old: Ticket, drawn: Booth) -> Ticket:
    """A number at the other booth, standing there since the same moment: the place is not lost."""
    now = clock.now()
    # Who came for a planned talk keeps the moment of it: "before everybody" was for that booth's plan.
    since = old.joined_at if old.stands_since == turns.PLANNED else old.stands_since
    try:
        with transaction.atomic():
            return Ticket.objects.create(
                booth=drawn,
                student_id=old.student_id,
                number=drawn.last_number,
                stands_since=since,
                joined_at=now,
                talks_before=old.talks_before,
                bonus_minutes=old.bonus_minutes,
            )
    except IntegrityError:
        raise Conflict("stands_there", _("The student stands in that line already.")) from None


def _told(asked: Handover, user_id: int | None) -> list[journal.Told]:
    said = {"handover": asked.pk, "ticket": asked.ticket_id, "booth": asked.booth_id, "status": asked.status}
    told: list[journal.Told] = [(HandoverMoved(**said), asked.ticket.booth_id)]
    return told if user_id is None else [*told, (MyHandoverMoved(**said), user_id)]
