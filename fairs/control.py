"""The control room read: every line with what is wrong at it, how servers fare, the day in openings and people."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Max, Min, Q, QuerySet
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.accounts.models import Membership
from backend.common import clock
from backend.positions.models import Position
from backend.students.queries import students_visible_to
from fairs import groups, pulse, queries
from fairs.enums import BUSY, IN_LINE, RUNNING, BoothStatus, FairStatus, MeetingStatus, TicketStatus
from fairs.models import (
    Booth,
    BoothPresence,
    Fair,
    FairRegistration,
    FairSample,
    Meeting,
    ServerProcess,
    StandIn,
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
        .annotate(in_group=groups.goes_on())
        .order_by("label", "pk")
    )
    figures = queries.figures_of(booths)
    calls = _calls(fair)
    seen = _seen(BoothPresence.objects.filter(booth__fair=fair))
    found = []
    for booth in booths:
        last, since = calls.get(booth.pk, (None, None))
        flags = _flags(booth, figures[booth.pk], last, since, seen.get(booth.pk))
        found.append(Watched(booth, figures[booth.pk], last, seen.get(booth.pk), flags))
    return found


def overdue(fair: Fair) -> int:
    """How many talks of a fair have no answer, and it is due."""
    return queries.unanswered().filter(ticket__booth__fair=fair, due_at__lt=clock.now()).count()


def _calls(fair: Fair) -> dict[int, tuple[datetime | None, datetime | None]]:
    """For each booth the last call, and since when the first of those who wait does."""
    rows = Ticket.objects.filter(booth__fair=fair).order_by().values_list("booth_id")
    rows = rows.annotate(last=Max("called_at"), since=Min("joined_at", filter=Q(status=TicketStatus.WAITING)))
    return {booth: (last, since) for booth, last, since in rows}


def _seen(presences: QuerySet[BoothPresence]) -> dict[int, datetime]:
    """When somebody who works there now was last seen at each booth."""
    rows = presences.filter(
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


def watched_booth(booth: Booth) -> Watched:
    """One booth as above."""
    figures = queries.figures_of([booth])[booth.pk]
    times = Ticket.objects.filter(booth=booth).aggregate(
        last=Max("called_at"), since=Min("joined_at", filter=Q(status=TicketStatus.WAITING))
    )
    seen = _seen(BoothPresence.objects.filter(booth=booth)).get(booth.pk)
    flags = _flags(booth, figures, times["last"], times["since"], seen)
    return Watched(booth, figures, times["last"], seen, flags)


@dataclass(frozen=True)
class Teammate:
    """A recruiter of the company that keeps a booth: when seen there, whom they call or talk with, for whom they stand in."""

    user_id: int
    name: str
    seen: datetime | None
    number: int | None
    talking: bool
    stands_in: bool


def team_of(booth: Booth, *, named: bool) -> list[Teammate]:
    """The recruiters of a booth's company, who was seen last first, in four queries; without names for who only watches."""
    members = Membership.objects.filter(
        company_id=booth.company_id, role=Role.RECRUITER, ended_at__isnull=True, user__is_active=True
    )
    seen = dict(BoothPresence.objects.filter(booth=booth).values_list("user_id", "seen_at"))
    busy = {
        user: (number, status)
        for user, number, status in Ticket.objects.filter(booth=booth, status__in=BUSY).values_list(
            "called_by_id", "number", "status"
        )
    }
    standing = set(StandIn.objects.filter(booth=booth).values_list("user_id", flat=True))
    found = []
    for user, name in members.order_by("pk").values_list("user_id", "user__name"):
        number, status = busy.get(user, (None, ""))
        talking = status == TicketStatus.MEETING
        found.append(Teammate(user, name if named else "", seen.get(user), number, talking, user in standing))
    return sorted(found, key=lambda one: -_moment(one.seen))


@dataclass(frozen=True)
class Person:
    """Somebody who takes part in a fair, by name, and as what."""

    user_id: int
    name: str
    what: str
    reason: str = ""


def people(actor: Actor, fair: Fair, text: str) -> list[Person]:
    """Students of the fair whom this person may see, and recruiters of its booths, by a part of the name; at most 30."""
    text = text.strip()
    if not text:
        return []
    here = FairRegistration.objects.filter(fair=fair).values("student_id")
    visible = students_visible_to(actor).filter(pk__in=here).values("pk")
    companies = Booth.objects.filter(fair=fair, status=BoothStatus.APPROVED).values("company_id")
    members = Membership.objects.filter(ended_at__isnull=True).filter(
        Q(student__in=visible, student__name__icontains=text)
        | Q(role=Role.RECRUITER, company__in=companies, user__name__icontains=text)
    )
    return [_person(one) for one in members.select_related(*NAMED).order_by("pk")[:30]]


def silenced(actor: Actor, fair: Fair) -> list[Person]:
    """Who may not write at a fair; a student whom this person may not see has no name."""
    rows = dict(fair.silences.filter(lifted_at__isnull=True).values_list("user_id", "reason"))
    members = Membership.objects.filter(user__in=rows, ended_at__isnull=True).select_related(*NAMED)
    seen = set(students_visible_to(actor).filter(membership__user__in=rows).values_list("pk", flat=True))
    return [
        _person(one, rows[one.user_id], hidden=one.student_id is not None and one.student_id not in seen)
        for one in members.order_by("pk")
    ]


NAMED = ("user", "student", "company")


def _person(member: Membership, reason: str = "", *, hidden: bool = False) -> Person:
    if member.student is not None:
        return Person(member.user_id, "—" if hidden else member.student.name, _("Student"), reason)
    return Person(member.user_id, member.user.name, member.company.name if member.company else "", reason)
