"""Steps away from a line are limited by the fair's rule: who stays away too long is warned, then gives the place up."""

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet

from backend.accounts.actor import SYSTEM
from backend.common import clock
from backend.notifications import domain as notifications
from fairs.domain.line import set_ticket, user_ids
from fairs.enums import IN_LINE, FairStatus, TicketStatus
from fairs.models import Ticket

WARNED = timedelta(minutes=2)
"""How long before the place is lost the student is told."""
AT_ONCE = 200


def watch() -> int:
    """Warn those whose time away is nearly over, end the place of those whose time is, and lines of booths that closed."""
    now = clock.now()
    live = Ticket.objects.filter(booth__fair__status=FairStatus.LIVE)
    away = live.filter(status=TicketStatus.AWAY)
    shut = live.filter(status__in=IN_LINE, booth__closes_at__lte=now)
    return (
        _each(away.filter(away_until__lte=now), _gone("fairs.away_over"))
        + _each(shut, _gone("fairs.booth_closed"))
        + _each(away.filter(away_until__lte=now + WARNED, away_warned=False), _warn)
    )


def _each(due: QuerySet[Ticket], act: Callable[[Ticket], None]) -> int:
    """Do it for each ticket that is still due, in a transaction of its own."""
    done = 0
    for pk in list(due.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            rows = due.select_for_update(of=("self",)).select_related("booth__fair", "booth__company")
            ticket = rows.filter(pk=pk).first()
            if ticket is not None:
                act(ticket)
                done += 1
    return done


def _gone(kind: str) -> Callable[[Ticket], None]:
    def end(ticket: Ticket) -> None:
        set_ticket(SYSTEM, ticket, TicketStatus.LEFT, ended_at=clock.now())
        _tell(ticket, kind)

    return end


def _warn(ticket: Ticket) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(away_warned=True)
    _tell(ticket, "fairs.away_warning")


def _tell(ticket: Ticket, kind: str) -> None:
    notifications.notify(
        user_ids=list(user_ids([ticket.student_id]).values()),
        kind=kind,
        dedupe_key=f"{kind}:{ticket.pk}:{ticket.steps_away}",
        url=f"/fairs/{ticket.booth.fair_id}/lines/",
        company=ticket.booth.company.name,
    )
