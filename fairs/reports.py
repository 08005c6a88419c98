"""A fair in figures: each is a count over rows, and the same query gives the rows behind it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Avg, Count, F, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from backend.companies.queries import reachable
from backend.positions.models import Position
from fairs.enums import BoothStatus, MeetingStatus, Outcome, TicketStatus
from fairs.models import Booth, Fair, FairRegistration, Meeting, Ticket
from fairs.queries import BoothFigures

CAME = Q(entered_at__isnull=False)
TICKETS = {"no_shows": Q(status=TicketStatus.NO_SHOW), "left": Q(status=TicketStatus.LEFT)}
TALKS = {
    "interviews": Q(outcome__in=[Outcome.INTERVIEW, Outcome.OFFER]),
    "unanswered": Q(status=MeetingStatus.ENDED, outcome=Outcome.PENDING),
}
"""Which rows of a table a figure counts: one condition for the figure and for the rows it opens into."""


def positions(fair: Fair) -> QuerySet[Position]:
    """The positions brought to approved booths, each once."""
    brought = Booth.objects.filter(fair=fair, status=BoothStatus.APPROVED).values("positions")
    return Position.objects.filter(pk__in=brought).select_related("company").order_by("company__name", "pk")


def visitors(fair: Fair) -> QuerySet[FairRegistration]:
    """Registered students who entered the running hall or drew a number."""
    return (
        FairRegistration.objects.filter(CAME, fair=fair)
        .select_related("student__major")
        .order_by("entered_at", "pk")
    )


def registered(fair: Fair) -> QuerySet[FairRegistration]:
    """Everybody who registered."""
    return (
        FairRegistration.objects.filter(fair=fair)
        .select_related("student__major")
        .order_by("created_at", "pk")
    )


def tickets(fair: Fair) -> QuerySet[Ticket]:
    """Every number drawn."""
    rows = Ticket.objects.filter(booth__fair=fair)
    return rows.select_related("booth__company", "student__major").order_by("joined_at", "pk")


def talks(fair: Fair) -> QuerySet[Meeting]:
    """Every talk."""
    rows = Meeting.objects.filter(ticket__booth__fair=fair)
    return rows.select_related("ticket__booth__company", "ticket__student__major").order_by(
        "started_at", "pk"
    )


ROWS: dict[str, Callable[[Fair], QuerySet[Any]]] = {
    "registered": registered,
    "visitors": visitors,
    "openings": positions,
    "tickets": tickets,
    "talks": talks,
    "no_shows": lambda fair: tickets(fair).filter(TICKETS["no_shows"]),
    "left": lambda fair: tickets(fair).filter(TICKETS["left"]),
    "interviews": lambda fair: talks(fair).filter(TALKS["interviews"]),
    "unanswered": lambda fair: talks(fair).filter(TALKS["unanswered"]),
}
TITLES = {
    "registered": _("Students registered"),
    "visitors": _("Students who came"),
    "openings": _("Openings brought"),
    "tickets": _("Numbers drawn"),
    "talks": _("Meetings"),
    "no_shows": _("Did not come when called"),
    "left": _("Left a line"),
    "interviews": _("Invited or offered"),
    "unanswered": _("Meetings without an answer"),
}
KINDS = dict.fromkeys(("registered", "visitors"), "student") | {
    "openings": "position",
    "tickets": "ticket",
    "no_shows": "ticket",
    "left": "ticket",
    "talks": "meeting",
    "interviews": "meeting",
    "unanswered": "meeting",
}


def rows(fair: Fair, figure: str) -> QuerySet[Any]:
    """The rows behind a figure."""
    return ROWS[figure](fair)


@dataclass(frozen=True)
class Report:
    """The figures of a fair; the ratio says what it divides."""

    values: dict[str, int]
    companies: int
    talk_minutes: float | None
    wait_minutes: float | None

    @property
    def ratio(self) -> float | None:
        """Openings per student who came; None where nobody came."""
        came = self.values["visitors"]
        return round(self.values["openings"] / came, 2) if came else None

    @property
    def lines(self) -> list[tuple[str, Any, int]]:
        """(name, title, value) of every figure that opens."""
        return [(name, TITLES[name], self.values[name]) for name in ROWS]


def figures(fair: Fair) -> Report:
    """Count everything, each table once; openings are the sum of the positions' headcounts."""
    people = FairRegistration.objects.filter(fair=fair).aggregate(
        registered=Count("pk"), visitors=Count("pk", filter=CAME)
    )
    drawn = Ticket.objects.filter(booth__fair=fair).aggregate(
        tickets=Count("pk"),
        mean=Avg(F("called_at") - F("joined_at"), filter=Q(meeting__isnull=False, called_at__isnull=False)),
        **_counts_of(TICKETS),
    )
    held = Meeting.objects.filter(ticket__booth__fair=fair).aggregate(
        talks=Count("pk"),
        mean=Avg(F("ended_at") - F("started_at"), filter=Q(ended_at__isnull=False)),
        **_counts_of(TALKS),
    )
    openings = positions(fair).aggregate(openings=Sum("openings", default=0))
    found = people | openings | drawn | held
    return Report(
        values={name: found[name] for name in ROWS},
        companies=Booth.objects.filter(fair=fair, status=BoothStatus.APPROVED).aggregate(
            n=Count("company", distinct=True)
        )["n"],
        talk_minutes=_minutes(held["mean"]),
        wait_minutes=_minutes(drawn["mean"]),
    )


def _counts_of(conditions: dict[str, Q]) -> dict[str, Count]:
    return {name: Count("pk", filter=condition) for name, condition in conditions.items()}


def counts(fair: Fair) -> dict[str, int]:
    """The public figures of a fair: companies, openings, registered students, students who came."""
    booths = Booth.objects.filter(Q(status=BoothStatus.APPROVED) & reachable("company__"), fair=fair)
    brought = Position.objects.filter(pk__in=booths.values("positions"))
    people = FairRegistration.objects.filter(fair=fair).aggregate(all=Count("pk"), came=Count("entered_at"))
    return {
        "companies": booths.aggregate(n=Count("company", distinct=True))["n"],
        "openings": brought.aggregate(n=Sum("openings"))["n"] or 0,
        "registered": people["all"],
        "came": people["came"],
    }


def totals(figures_now: Iterable[BoothFigures]) -> dict[str, int]:
    """The whole hall at this moment."""
    found = list(figures_now)
    return {
        name: sum(getattr(figure, name) for figure in found)
        for name in ("waiting", "called", "meetings", "served", "no_shows")
    }


def _minutes(length: timedelta | None) -> float | None:
    return None if length is None else round(length.total_seconds() / 60, 1)
