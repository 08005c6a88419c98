"""When a fair is open: its windows, whether it lies between two of them, and what a line is told then."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Case, DateTimeField, Exists, OuterRef, Q, QuerySet, Subquery, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.common import clock
from backend.common.errors import Conflict
from fairs.models import Fair, FairGuests, FairWindow

Span = tuple[datetime, datetime]


def opening_after(spans: Iterable[Span], now: datetime) -> datetime | None:
    """The next opening for whoever asks between two windows; None inside one, before the first and after the last.

    What lies before the first and after the last is for staff, who open and close the hall when they are ready.
    """
    rows = sorted(spans)
    if any(starts <= now < ends for starts, ends in rows) or not any(ends <= now for _starts, ends in rows):
        return None
    return next((starts for starts, _ends in rows if starts > now), None)


def told(rows: QuerySet[Fair]) -> QuerySet[Fair]:
    """Fairs as their pages tell them, in the one statement that reads them: `opens_at`, the next opening of a fair that is
    between two windows, `several`, whether it has more than one, and `invites`, whether it invites some students alone."""
    now = clock.now()
    of_the_fair = FairWindow.objects.filter(fair=OuterRef("pk"))
    inside = Exists(of_the_fair.filter(starts_at__lte=now, ends_at__gt=now))
    begun = Exists(of_the_fair.filter(ends_at__lte=now))
    coming = Subquery(of_the_fair.filter(starts_at__gt=now).order_by("starts_at").values("starts_at")[:1])
    return rows.annotate(
        opens_at=Case(When(~Q(inside) & Q(begun), then=coming), output_field=DateTimeField()),
        several=Exists(of_the_fair.filter(starts_at__gt=OuterRef("starts_at"))),
        invites=Exists(FairGuests.objects.filter(fair=OuterRef("pk"))),
    )


def next_opening(fair: Fair) -> datetime | None:
    """The next opening of a fair that is between two windows at this moment."""
    return opening_after(fair.hours(), clock.now())


def must_be_open(fair: Fair) -> None:
    """Conflict("between_windows") while a fair is between two of its windows: nobody joins a line, nobody is called."""
    opens = next_opening(fair)
    if opens is not None:
        raise Conflict(
            "between_windows",
            _("The fair is closed for now and goes on at %(time)s."),
            time=timezone.localtime(opens).strftime("%Y-%m-%d %H:%M"),
        )
