"""The control room read: every line with what is wrong at it, how servers fare, the day in openings and people."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Max, Min, Q

from backend.common import clock
from backend.positions.models import Position
from fairs import pulse, queries
from fairs.enums import IN_LINE, RUNNING, BoothStatus, FairStatus, MeetingStatus, TicketStatus
from fairs.models import (
    Booth,
    BoothPresence,
    Fair,
    FairRegistration,
    FairSample,
    Meeting,
    ServerProcess,
    Ticket,
)
from fairs.queries import BoothFigures

IDLE_AFTER = timedelta(minutes=10)
"""People wait, nobody talks, and nobody was called for so long: the booth is idle."""
ABSENT_AFTER = timedelta(minutes=5)
"""Nobody of the company had the booth open for so long: its recruiters are absent."""
FLAGS = ("idle", "absent", "paused", "closed")
SAMPLED = timedelta(minutes=5)


@dataclass(frozen=True)
class Watched:
    """One line as the control room shows it; `flags` in the order of FLAGS."""

    booth: Booth
    figures: BoothFigures
    last_call: datetime | None
    seen: datetime | None
    flags: tuple[str, ...]

    @property
    def is_flagged(self) -> bool:
        """Whether staff should look there: a line that was closed on purpose is nothing to mend."""
        return bool({*self.flags} - {"closed"})


def watched(fair: Fair) -> list[Watched]:
    """Every approved booth of a fair with its line, in five queries."""
    booths = list(
        Booth.objects.filter(fair=fair, status=BoothStatus.APPROVED)
        .select_related("company", "division", "fair")
        .order_by("label", "pk")
    )
    figures = queries.figures_of(booths)
    calls = _calls(fair)
    seen = _seen(fair)
    found = []
    for booth in booths:
        last, since = calls.get(booth.pk, (None, None))
        flags = _flags(booth, figures[booth.pk], last, since, seen.get(booth.pk))
        found.append(Watched(booth, figures[booth.pk], last, seen.get(booth.pk), flags))
    return found


def _calls(fair: Fair) -> dict[int, tuple[datetime | None, datetime | None]]:
    """For each booth the last call, and since when the first of those who wait does."""
    rows = Ticket.objects.filter(booth__fair=fair).order_by().values_list("booth_id")
    rows = rows.annotate(last=Max("called_at"), since=Min("joined_at", filter=Q(status=TicketStatus.WAITING)))
    return {booth: (last, since) for booth, last, since in rows}


def _seen(fair: Fair) -> dict[int, datetime]:
    """When somebody who works there now was last seen at each booth."""
    rows = BoothPresence.objects.filter(
        booth__fair=fair,
        user__memberships__ended_at__isnull=True,
        user__memberships__company=F("booth__company"),
    )
    return dict(rows.order_by().values_list("booth_id").annotate(at=Max("seen_at")))


def _flags(
    booth: Booth,
    figures: BoothFigures,
    last: datetime | None,
    since: datetime | None,
    seen: datetime | None,
) -> tuple[str, ...]:
    now = clock.now()
    live = booth.fair.status == FairStatus.LIVE
    stood = max((at for at in (last, since, booth.fair.opened_at) if at is not None), default=None)
    nobody_called = since is not None and not figures.busy and stood is not None and now - stood >= IDLE_AFTER
    # Who has closed the line and served it may go home.
    needed = figures.waiting > 0 or not booth.line_closed
    raised = {
        "idle": live and not booth.paused and nobody_called,
        "absent": live and needed and (seen is None or now - seen >= ABSENT_AFTER),
        "paused": booth.paused,
        "closed": booth.line_closed,
    }
    return tuple(flag for flag in FLAGS if raised[flag])


def _moment(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0


SORTS = {
    "line": lambda row: (-row.figures.waiting, row.booth.label),
    "wait": lambda row: (-(row.figures.wait.high if row.figures.wait else 0), row.booth.label),
    "talks": lambda row: (-row.figures.meetings, row.booth.label),
    "call": lambda row: (_moment(row.last_call), row.booth.label),
    "number": lambda row: (row.booth.label, row.booth.pk),
}
"""Orders of the lines; the longest line first where nothing is asked, the call longest ago first in `call`."""


def chosen(rows: Iterable[Watched], *, sort: str, zone: str, flagged: bool) -> list[Watched]:
    """The lines of a zone, or those with something wrong alone, in order."""
    kept = [row for row in rows if (not zone or row.booth.zone == zone) and (row.is_flagged or not flagged)]
    return sorted(kept, key=SORTS.get(sort, SORTS["line"]))


@dataclass(frozen=True)
class Servers:
    """All processes that serve at this moment; `errors` of `answers` were faults of ours."""

    processes: int
    sockets: int
    answers: int
    errors: int

    @property
    def error_rate(self) -> float | None:
        """Faults per hundred answers; None where nobody asked."""
        return round(100 * self.errors / self.answers, 2) if self.answers else None


def servers() -> Servers:
    """The last five minutes of every process that still beats."""
    rows = ServerProcess.objects.filter(beat_at__gte=clock.now() - pulse.GONE)
    found = list(rows.values_list("sockets", "answers", "errors"))
    return Servers(len(found), *(sum(row[n] for row in found) for n in range(3)))


def openings_of(fairs: Iterable[int]) -> dict[int, int]:
    """Openings of the open positions at open booths of each fair, each position once."""
    booths = Booth.objects.filter(queries.open_booths(), fair__in=list(fairs))
    pairs = set(booths.filter(positions__isnull=False).values_list("fair_id", "positions"))
    sizes = dict(
        Position.objects.filter(
            queries.open_now(), pk__in={position for _fair, position in pairs}
        ).values_list("pk", "openings")
    )
    total: dict[int, int] = defaultdict(int)
    for fair, position in pairs:
        total[fair] += sizes.get(position, 0)
    return total


def sample_fairs() -> int:
    """Note openings and people of each running fair, once in five minutes however many workers ask; the number noted."""
    seconds = int(SAMPLED.total_seconds())
    at = datetime.fromtimestamp(int(clock.now().timestamp()) // seconds * seconds, tz=clock.now().tzinfo)
    known = FairSample.objects.filter(at=at).values("fair_id")
    fairs = list(
        Fair.objects.filter(status__in=RUNNING)
        .exclude(pk__in=known)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    openings = openings_of(fairs)
    rows = [
        FairSample(
            fair_id=fair,
            at=at,
            openings=openings.get(fair, 0),
            seekers=FairRegistration.objects.filter(fair=fair, entered_at__isnull=False).count(),
            waiting=Ticket.objects.filter(booth__fair=fair, status__in=IN_LINE).count(),
            meetings=Meeting.objects.filter(ticket__booth__fair=fair, status=MeetingStatus.OPEN).count(),
        )
        for fair in fairs
    ]
    FairSample.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


@dataclass(frozen=True)
class Course:
    """A fair's day: openings, seekers who came, their ratio, and how it went, as points of a drawing 600 × 120."""

    openings: int
    seekers: int
    samples: tuple[FairSample, ...]

    WIDTH, HEIGHT = 600, 120

    @property
    def ratio(self) -> float | None:
        """Openings per seeker who came; None where nobody came."""
        return round(self.openings / self.seekers, 2) if self.seekers else None

    @property
    def top(self) -> int:
        """The largest number drawn."""
        return max((max(one.openings, one.seekers) for one in self.samples), default=0) or 1

    def points(self, name: str) -> str:
        """The line of one figure, from the first sample to the last."""
        first, last = self.samples[0].at, self.samples[-1].at
        span = (last - first).total_seconds() or 1
        return " ".join(
            f"{self.WIDTH * (one.at - first).total_seconds() / span:.0f},"
            f"{self.HEIGHT - self.HEIGHT * getattr(one, name) / self.top:.0f}"
            for one in self.samples
        )

    @property
    def openings_line(self) -> str:
        """Points of the openings."""
        return self.points("openings")

    @property
    def seekers_line(self) -> str:
        """Points of the seekers."""
        return self.points("seekers")


def course(fair: Fair) -> Course:
    """The day of a fair so far, in three queries and one for the openings."""
    seekers = FairRegistration.objects.filter(fair=fair, entered_at__isnull=False).count()
    samples = tuple(fair.samples.order_by("at"))
    return Course(openings_of([fair.pk]).get(fair.pk, 0), seekers, samples)
