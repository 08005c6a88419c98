"""A recruiter has vanished: a colleague stands in, and whoever was called or talking is not left alone."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.audit import domain as audit
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.notifications import domain as notifications
from fairs import queries, rules
from fairs.domain import group
from fairs.domain.handover import colleagues, pass_on
from fairs.domain.line import UNCALLED, set_ticket
from fairs.domain.meeting import end_kindly
from fairs.enums import BoothStatus, MeetingStatus, TicketStatus
from fairs.models import Booth, Meeting, StandIn, Ticket


def may_substitute(actor: Actor, booth: Booth) -> bool:
    """Staff who run the fair, and the owner of the company that keeps the booth."""
    return rules.can_manage_fair(actor, booth.fair) or (rules.can_work_booth(actor, booth) and actor.is_owner)


@transaction.atomic
def stand_in(*, actor: Actor, booth_id: int, user_id: int, replaced_id: int | None = None) -> StandIn:
    """Another recruiter of the company works at the booth today; whom the replaced one talks with, they go on with."""
    booth = _booth(actor, booth_id)
    if user_id == replaced_id or not colleagues(booth).filter(pk=user_id).exists():
        raise Invalid(fields={"user": [_("Choose another recruiter of this company.")]})
    # Somebody who has left since is replaced too; of anybody else the timeline would tell the name.
    if replaced_id is not None and not booth.company.memberships.filter(user_id=replaced_id).exists():
        raise Invalid(fields={"replaced": [_("Choose another recruiter of this company.")]})
    row, _new = StandIn.objects.update_or_create(
        booth=booth, user_id=user_id, defaults={"replaced_id": replaced_id}
    )
    audit.record(
        actor=actor,
        verb="booths.substituted",
        target=booth,
        data={"user": user_id, "replaced": replaced_id, "stand_in": row.pk},
    )
    if replaced_id is not None:
        _relieve(actor, booth, replaced_id, user_id)
    notifications.notify(
        user_ids=[user_id],
        kind="fairs.stand_in",
        dedupe_key=f"fairs.stand_in:{row.pk}:{replaced_id or 0}",
        url=f"/company/fairs/booths/{booth.pk}/",
        fair=booth.fair.name,
        label=booth.label,
    )
    return row


@transaction.atomic
def free_recruiter(*, actor: Actor, booth_id: int, user_id: int) -> str:
    """Nobody stands in: a call goes back to its place in line, a talk ends kindly with a date for its answer.

    What became of it: "put_back" or "ended"; Conflict where the recruiter is free.
    """
    booth = _booth(actor, booth_id)
    done = _relieve(actor, booth, user_id, None)
    if not done:
        raise Conflict("recruiter_free", _("This recruiter neither calls nor talks at this booth."))
    audit.record(actor=actor, verb="booths.recruiter_freed", target=booth, after=done, data={"user": user_id})
    return done


def _relieve(actor: Actor, booth: Booth, user_id: int, successor: int | None) -> str:
    """Take the call, the talk or the group off a recruiter; it goes to the successor, where that one is free, a call to the line."""
    session = group.held_of(booth, user_id)
    if session is not None:
        if successor is not None and group.pass_group(actor, session, successor):
            return "handed_over"
        group.end_kindly(actor, session, successor)
        return "ended"
    calls = Ticket.objects.select_for_update(of=("self",)).select_related("booth__fair")
    ticket = calls.filter(booth=booth, called_by_id=user_id, status=TicketStatus.CALLED).first()
    if ticket is not None:
        set_ticket(actor, ticket, TicketStatus.WAITING, **UNCALLED)
        return "put_back"
    # The meeting's row before its ticket's, as everybody who ends a talk or hands it on: nobody waits for the other.
    talks = Meeting.objects.select_for_update(of=("self",)).select_related("ticket__booth__fair")
    here = talks.filter(ticket__booth=booth, recruiter_id=user_id, status=MeetingStatus.OPEN)
    meeting = here.first()
    if meeting is None:
        return ""
    if successor is not None and pass_on(actor, meeting, successor):
        return "handed_over"
    end_kindly(actor, meeting)
    if successor is not None:
        # Whoever is there gives the answer that is due.
        Meeting.objects.filter(pk=meeting.pk).update(recruiter_id=successor)
    return "ended"


def _booth(actor: Actor, booth_id: int) -> Booth:
    booth = queries.booths_visible_to(actor).filter(pk=booth_id, status=BoothStatus.APPROVED).first()
    if booth is None:
        raise NotFound
    if not may_substitute(actor, booth):
        raise NotAllowed
    return booth
