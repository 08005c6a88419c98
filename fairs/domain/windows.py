"""A fair's windows written, its lines ended between two of them, and a fair that opens and closes by the clock."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import SYSTEM
from backend.common import clock
from backend.common.errors import Conflict, Invalid
from fairs import windows
from fairs.domain import journal
from fairs.domain.line import close_tickets
from fairs.enums import IN_LINE, RUNNING, FairStatus, TicketStatus
from fairs.models import Fair, FairWindow, Ticket
from fairs.window_models import MOST_WINDOWS

log = structlog.get_logger(__name__)


def spanned(fair: Fair, values: dict[str, Any]) -> list[windows.Span]:
    """The windows of a fair as these values want them, in order; start and end of the fair are set to span them.

    `windows`: pairs (start, end). Where none are given start and end of the fair are its one window.
    """
    if "windows" in values:
        rows = sorted(values["windows"])
        if not rows:
            raise Invalid(fields={"windows": [_("Say when the fair is open.")]})
        fair.starts_at, fair.ends_at = rows[0][0], max(ends for _starts, ends in rows)
        _in_order(rows)
        return rows
    rows = fair.hours() if fair.pk else []
    if len(rows) < 2:
        return [(fair.starts_at, fair.ends_at)]
    if (rows[0][0], rows[-1][1]) != (fair.starts_at, fair.ends_at):
        raise Invalid(fields={"ends_at": [_("This fair has several windows: change those.")]})
    return rows


def write_windows(fair: Fair, rows: Sequence[windows.Span]) -> None:
    """Have a fair, whose row the caller holds or has just made, these windows and no other."""
    if sorted((row.starts_at, row.ends_at) for row in fair.windows.all()) != list(rows):
        fair.windows.all().delete()
        FairWindow.objects.bulk_create(
            [FairWindow(fair=fair, starts_at=starts, ends_at=ends) for starts, ends in rows]
        )


def end_lines() -> int:
    """End the lines of running fairs that are between two windows; those who stood in them are told when it goes on."""
    standing = Ticket.objects.filter(status__in=[*IN_LINE, TicketStatus.CALLED]).values("booth__fair")
    rows = Fair.objects.filter(status__in=RUNNING, pk__in=standing, windows__ends_at__lte=clock.now())
    return sum(_end_lines(pk) for pk in list(rows.distinct().order_by("pk").values_list("pk", flat=True)))


@transaction.atomic
def _end_lines(pk: int) -> bool:
    fair = Fair.objects.select_for_update().filter(pk=pk, status__in=RUNNING).first()
    opens = windows.next_opening(fair) if fair else None
    if fair is None or opens is None:
        return False
    said = timezone.localtime(opens).strftime("%Y-%m-%d %H:%M")
    key = f"fairs.window_closed:{pk}:{opens.isoformat()}"
    journal.tell(*close_tickets(SYSTEM, fair, kind="fairs.window_closed", key=key, time=said))
    return True


def follow_clock() -> int:
    """Open fairs that staff declared ready, and close running ones, where they ticked "by the clock"; how many moved."""
    now = clock.now()
    ready = Q(status=FairStatus.READY, starts_at__lte=now, ends_at__gt=now)
    over = Q(status__in=RUNNING, ends_at__lte=now)
    moved, due = 0, Fair.objects.filter(ready | over, by_clock=True)
    for pk in list(due.order_by("pk").values_list("pk", flat=True)):
        try:
            moved += _follow(pk, due)
        except Conflict:  # one fair that staff move in this very moment may not keep the others waiting
            log.warning("fairs.not_moved_by_clock", fair=pk)
    return moved


@transaction.atomic
def _follow(pk: int, due: QuerySet[Fair]) -> bool:
    """Open or close one fair, unless staff moved or extended it while those before it were moved."""
    # Read in here: a fair's own moves write its windows.
    from fairs.domain.fair import move_fair

    fair = due.select_for_update().filter(pk=pk).first()
    if fair is not None:
        to = FairStatus.LIVE if fair.status == FairStatus.READY else FairStatus.CLOSED
        move_fair(actor=SYSTEM, fair_id=pk, to=to)
    return fair is not None


def _in_order(rows: Sequence[windows.Span]) -> None:
    wrong = []
    if len(rows) > MOST_WINDOWS:
        wrong.append(_("At most %(limit)d windows.") % {"limit": MOST_WINDOWS})
    if len(rows) > 1 and any(ends <= starts for starts, ends in rows):
        wrong.append(_("The end lies before the start."))
    if any(later[0] < before[1] for before, later in pairwise(rows)):
        wrong.append(_("Two windows overlap."))
    if wrong:
        raise Invalid(fields={"windows": wrong})
