"""How a group session's own row ends, and the end of one that everybody has left."""

from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from backend.accounts.actor import SYSTEM, Actor
from backend.audit import domain as audit
from backend.common import clock
from backend.common.transitions import move
from fairs.domain import journal
from fairs.enums import BUSY, MEETING_TRANSITIONS, MeetingStatus
from fairs.models import GroupSession, Ticket
from fairs.protocol.events import GroupEnded, GroupMoved


def end_row(actor: Actor, session: GroupSession, came: int) -> list[journal.Told]:
    """End a session's row, which the caller holds, with so many still in it; the events to append."""
    move(session, MeetingStatus.ENDED, MEETING_TRANSITIONS, ended_at=clock.now())
    data = {"group": session.pk, "came": came}
    audit.record(actor=actor, verb="booths.group_ended", target=session.booth, data=data)
    return [
        (GroupMoved(group=session.pk, status=session.status), session.booth_id),
        (GroupEnded(status=session.status), session.pk),
    ]


def end_emptied(actor: Actor, **which: Any) -> list[journal.Told] | None:
    """End one open session in which nobody is called or talks any more, the events to append; None where there is none.

    Somebody who holds its row is calling into it or coming: then it is not waited for, and goes on.
    """
    rows = GroupSession.objects.select_for_update(of=("self",), skip_locked=True).select_related("booth")
    session = rows.filter(status=MeetingStatus.OPEN, **which).order_by("pk").first()
    # Looked at behind the lock: in one statement with it, PostgreSQL would count those from before.
    if session is None or session.tickets.filter(status__in=BUSY).exists():
        return None
    return end_row(actor, session, 0)


def end_left() -> int:
    """End the sessions that everybody has left and whose planned time is over, each in a transaction of its own."""
    busy = Ticket.objects.filter(group=OuterRef("pk"), status__in=BUSY)
    rows = GroupSession.objects.filter(~Exists(busy), status=MeetingStatus.OPEN, ends_at__lt=clock.now())
    return sum(_end_left(pk) for pk in list(rows.order_by("pk").values_list("pk", flat=True)[:200]))


@transaction.atomic
def _end_left(pk: int) -> bool:
    told = end_emptied(SYSTEM, pk=pk)
    journal.tell(*told or ())
    return told is not None
