"""A fair in figures: each is a count over rows, and the same query gives the rows behind it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from backend.companies.queries import reachable
from backend.positions.models import Position
from fairs.enums import BoothStatus, MeetingStatus, Outcome, TicketStatus
from fairs.models import Booth, Fair, FairRegistration, Meeting, Ticket
from fairs.queries import BoothFigures

CAME = Q(entered_at__isnull=False)
TICKETS = {"no_shows": Q(status=TicketStatus.NO_SHOW), "left": Q(status=TicketStatus.LEFT)}
TALKS = {
    "offers": Q(outcome=Outcome.OFFER),
    "interviews": Q(outcome__in=[Outcome.INTERVIEW, Outcome.OFFER]),
    "unanswered": Q(status=MeetingStatus.ENDED, outcome=Outcome.PENDING),
    "in_groups": Q(ticket__group__isnull=False),
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


def without_talk(fair: Fair) -> QuerySet[FairRegistration]:
    """Students who came and talked with nobody."""
    met = Meeting.objects.filter(ticket__booth__fair=fair).values("ticket__student_id")
    return visitors(fair).exclude(student__in=met)


ROWS: dict[str, Callable[[Fair], QuerySet[Any]]] = {
    "registered": registered,
    "visitors": visitors,
    "openings": positions,
    "tickets": tickets,
    "talks": talks,
    "in_groups": lambda fair: talks(fair).filter(TALKS["in_groups"]),
    "no_shows": lambda fair: tickets(fair).filter(TICKETS["no_shows"]),
    "left": lambda fair: tickets(fair).filter(TICKETS["left"]),
    "interviews": lambda fair: talks(fair).filter(TALKS["interviews"]),
    "offers": lambda fair: talks(fair).filter(TALKS["offers"]),
    "unanswered": lambda fair: talks(fair).filter(TALKS["unanswered"]),
    "without_talk": without_talk,
}
TITLES = {
    "registered": _("Students registered"),
    "visitors": _("Students who came"),
    "openings": _("Openings brought"),
    "tickets": _("Numbers drawn"),
    "talks": _("Meetings"),
    "in_groups": _("Meetings in group sessions"),
    "no_shows": _("Did not come when called"),
    "left": _("Left a line"),
    "interviews": _("Invited or offered"),
    "offers": _("Offers intended"),
    "unanswered": _("Meetings without an answer"),
    "without_talk": _("Students who came and had no meeting"),
}
KINDS = dict.fromkeys(("registered", "visitors", "without_talk"), "student") | {
    "openings": "position",
    "tickets": "ticket",
    "no_shows": "ticket",
    "left": "ticket",
    "talks": "meeting",
    "in_groups": "meeting",
    "interviews": "meeting",
    "offers": "meeting",
    "unanswered": "meeting",
}


def rows(fair: Fair, figure: str, booth: int | None = None) -> QuerySet[Any]:
    """The rows behind a figure, all or those of one booth (of which OF_A_BOOTH can be asked)."""
    found = ROWS[figure](fair)
    if booth is None:
        return found
    return found.filter(**{"booth" if KINDS[figure] == "ticket" else "ticket__booth": booth})


@dataclass(frozen=True)
class Waits:
    """How long those who talked had waited until they were called, in minutes; None where nobody has."""

    mean: float | None = None
    median: float | None = None
    most: float | None = None
    """Nine in ten waited no longer."""


@dataclass(frozen=True)
class Company:
    """What came of one booth."""

    booth: int
    name: str
    label: str
    values: dict[str, int]
    waits: Waits

    @property
    def cells(self) -> list[tuple[str, Any, int]]:
        """(name, title, value) of the figures a page shows of a booth; each opens into its rows."""
        shown = ("tickets", "talks", "no_shows", "interviews", "unanswered")
        return [(name, TITLES[name], self.values[name]) for name in shown]


@dataclass(frozen=True)
class Report:
    """The figures of a fair; the ratio says what it divides."""

    values: dict[str, int]
    companies: int
    talk_minutes: float | None
    waits: Waits
    rows: list[Company]

    @property
    def wait_minutes(self) -> float | None:
        """The mean wait."""
        return self.waits.mean

    @property
    def talks_per_student(self) -> float | None:
        """Meetings per student who came; None where nobody came."""
        came = self.values["visitors"]
        return round(self.values["talks"] / came, 2) if came else None

    @property
    def ratio(self) -> float | None:
        """Openings per student who came; None where nobody came."""
        came = self.values["visitors"]
        return round(self.values["openings"] / came, 2) if came else None

    @property
    def lines(self) -> list[tuple[str, Any, int]]:
        """(name, title, value) of every figure that opens."""
        return [(name, TITLES[name], self.values[name]) for name in ROWS]


OF_A_BOOTH = ("tickets", "talks", "in_groups", "no_shows", "left", "interviews", "offers", "unanswered")
"""The figures that are told booth by booth too."""


def figures(fair: Fair) -> Report:
    """Count everything, each table once and booth by booth; openings are the sum of the positions' headcounts."""
    people = FairRegistration.objects.filter(fair=fair).aggregate(
        registered=Count("pk"), visitors=Count("pk", filter=CAME)
    )
    drawn = Ticket.objects.filter(booth__fair=fair).order_by().values("booth_id")
    drawn = {row.pop("booth_id"): row for row in drawn.annotate(tickets=Count("pk"), **_counts_of(TICKETS))}
    held = Meeting.objects.filter(ticket__booth__fair=fair).order_by().values("ticket__booth_id")
    over = Q(ended_at__isnull=False)
    held = held.annotate(
        talks=Count("pk"),
        length=Sum(F("ended_at") - F("started_at"), filter=over),
        over=Count("pk", filter=over),
        **_counts_of(TALKS),
    )
    talked = {row.pop("ticket__booth_id"): row for row in held}
    lengths = [(row.pop("length"), row.pop("over")) for row in talked.values()]
    openings = positions(fair).aggregate(openings=Sum("openings", default=0))
    counted = {
        pk: dict.fromkeys(OF_A_BOOTH, 0) | drawn.get(pk, {}) | talked.get(pk, {}) for pk in {*drawn, *talked}
    }
    sums = {name: sum(row[name] for row in counted.values()) for name in OF_A_BOOTH}
    found = people | openings | sums | {"without_talk": without_talk(fair).count()}
    waited = _waited(fair)
    rows = _by_company(fair, counted, waited)
    finished = sum(number for _length, number in lengths)
    total = sum((length for length, _number in lengths if length is not None), timedelta())
    return Report(
        values={name: found[name] for name in ROWS},
        companies=len({company for company, _row in rows}),
        talk_minutes=_minutes(total / finished) if finished else None,
        waits=_waits([wait for times in waited.values() for wait in times]),
        rows=[row for _company, row in rows],
    )


def _by_company(
    fair: Fair, counted: dict[int, dict[str, int]], waited: dict[int, list[timedelta]]
) -> list[tuple[int, Company]]:
    """(company, its row) of every approved booth, in order of their numbers."""
    booths = Booth.objects.filter(fair=fair, status=BoothStatus.APPROVED).order_by("label", "pk")
    nothing = dict.fromkeys(OF_A_BOOTH, 0)
    return [
        (
            company,
            Company(
                pk,
                " · ".join(filter(None, names)),
                label,
                counted.get(pk, nothing),
                _waits(waited.get(pk, [])),
            ),
        )
        for pk, company, label, *names in booths.values_list(
            "pk", "company_id", "label", "company__name", "division__name"
        )
    ]


def _waited(fair: Fair) -> dict[int, list[timedelta]]:
    """Booth → how long each student who talked there had waited until the call."""
    rows = Ticket.objects.filter(booth__fair=fair, meeting__isnull=False, called_at__isnull=False)
    found: dict[int, list[timedelta]] = defaultdict(list)
    for booth, joined, called in rows.values_list("booth_id", "joined_at", "called_at"):
        found[booth].append(called - joined)
    return found


def _waits(times: Sequence[timedelta]) -> Waits:
    """Mean, median and the wait that nine in ten did not exceed, by nearest rank."""
    if not times:
        return Waits()
    ordered = sorted(times)
    at = [ordered[ceil(share * len(ordered)) - 1] for share in (0.5, 0.9)]
    return Waits(_minutes(sum(ordered, timedelta()) / len(ordered)), *map(_minutes, at))


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
