"""Fair turns: who stands before whom in a line, spelled once.

Who has waited longest is called first; who has had few talks at the fair today stands as if they had come earlier. That moment is
fixed when the number is drawn, so that nobody is overtaken later by what happens to others.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from backend.common import clock
from fairs.enums import TicketStatus
from fairs.models import Fair, Ticket

ORDER = ("stands_since", "number")
TALKS = 2
"""Each talk fewer than this today counts as the fair's bonus of waiting."""
PLANNED = datetime(2000, 1, 1, tzinfo=UTC)
"""Since when whoever has a planned talk stands: before everybody, among each other in order of numbers."""


def before(since: Any, number: Any) -> Q:
    """The condition "stands before whoever stands there since then with this number"."""
    # The first half lets the index find the rows; the second decides among those who stand there since the same moment.
    return Q(stands_since__lte=since) & (Q(stands_since__lt=since) | Q(number__lt=number))


def bonus_of(talks: int, each: int) -> int:
    """Minutes given to somebody who has had so many talks, where each talk fewer counts `each`."""
    return each * max(0, TALKS - talks)


def talks_today(fair: Fair, student_id: int | None) -> int:
    """A student's talks at a fair since midnight, with one that goes on; a group session is no talk of one's own."""
    midnight = timezone.localtime(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    talked = Ticket.objects.filter(
        booth__fair=fair,
        student_id=student_id,
        status__in=[TicketStatus.MEETING, TicketStatus.SERVED],
        group__isnull=True,
    )
    return talked.filter(called_at__gte=midnight).count()


def standing(fair: Fair, student_id: int | None) -> dict[str, Any]:
    """The columns of a ticket drawn now: since when the student stands there, and why."""
    now, talks = clock.now(), talks_today(fair, student_id)
    bonus = bonus_of(talks, fair.turn_bonus_minutes)
    return {
        "joined_at": now,
        "stands_since": now - timedelta(minutes=bonus),
        "talks_before": talks,
        "bonus_minutes": bonus,
    }
