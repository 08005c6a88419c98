"""Which fairs, booths, tickets and meetings may this person see? And the figures of a hall."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import (
    Case,
    Count,
    F,
    FilteredRelation,
    FloatField,
    Func,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.applications.enums import LIVE
from backend.common import clock
from backend.companies.queries import reachable
from backend.positions.models import Position
from backend.positions.queries import open_now
from fairs import turns
from fairs.enums import (
    BUSY,
    IN_LINE,
    LIVE_TICKET,
    PUBLIC_FAIR,
    RUNNING,
    BoothStatus,
    FairEntry,
    FairStatus,
    MeetingStatus,
    Outcome,
    PlanStatus,
    TicketStatus,
)
from fairs.models import (
    Booth,
    BoothPosition,
    Fair,
    FairRegistration,
    GroupSession,
    Meeting,
    Message,
    PlannedTalk,
    Ticket,
)
from fairs.protocol import MESSAGES
from fairs.wait import Record, Turn, Wait, estimate


def fairs_visible_to(actor: Actor) -> QuerySet[Fair]:
    """Staff see their school's fairs in any state and their circle's public ones; others public ones."""
    rows = Fair.objects.select_related("school")
    match actor.role:
        case Role.OPERATOR | Role.SYSTEM:
            return rows
        case Role.STAFF:
            return rows.filter(
                Q(school_id=actor.school_id) | Q(school_id__in=actor.school_ids, status__in=PUBLIC_FAIR)
            )
        case Role.RECRUITER:
            return rows.filter(school_id__in=actor.school_ids, status__in=PUBLIC_FAIR)
        case Role.STUDENT:
            # A fair for its own school alone is no fair of its neighbours, but for those who registered before it was.
            mine = FairRegistration.objects.filter(student_id=actor.student_id).values("fair_id")
            own = Q(school_id=actor.school_id) | Q(entry=FairEntry.ALLIANCE) | Q(pk__in=mine)
            return rows.filter(own, school_id__in=actor.school_ids, status__in=PUBLIC_FAIR)
        case _:
            return rows.filter(status__in=PUBLIC_FAIR, school__suspended_at__isnull=True)


def open_booths(prefix: str = "") -> Q:
    """The condition "approved, and of a company that is verified at this moment"; `prefix` is the way to the booth."""
    return Q(**{f"{prefix}status": BoothStatus.APPROVED}) & reachable(f"{prefix}company__")


def booths_visible_to(actor: Actor) -> QuerySet[Booth]:
    """Booths of the fairs one sees: staff all, recruiters their own in any state, others the open ones."""
    rows = Booth.objects.filter(fair__in=fairs_visible_to(actor)).select_related(
        "fair", "company", "division"
    )
    match actor.role:
        case Role.OPERATOR | Role.SYSTEM | Role.STAFF:
            return rows
        case Role.RECRUITER:
            return rows.filter(open_booths() | Q(company_id=actor.company_id))
        case _:
            return rows.filter(open_booths())


def booths_worked_by(actor: Actor) -> QuerySet[Booth]:
    """The booths a recruiter's company keeps, at fairs that are public."""
    if actor.role != Role.RECRUITER:
        return Booth.objects.none()
    return booths_visible_to(actor).filter(company_id=actor.company_id)


def tickets_visible_to(actor: Actor) -> QuerySet[Ticket]:
    """A student's own tickets; a recruiter's company's lines; a circle's lines for staff."""
    rows = Ticket.objects.select_related("booth__fair", "booth__company", "student__major")
    match actor.role:
        case Role.OPERATOR | Role.SYSTEM:
            return rows
        case Role.STUDENT:
            return rows.filter(student_id=actor.student_id)
        case Role.RECRUITER:
            return rows.filter(booth__company_id=actor.company_id)
        case Role.STAFF:
            return rows.filter(booth__fair__in=fairs_visible_to(actor))
        case _:
            return rows.none()


def meetings_visible_to(actor: Actor) -> QuerySet[Meeting]:
    """The meetings of the tickets one sees."""
    return Meeting.objects.filter(ticket__in=tickets_visible_to(actor)).select_related(
        "ticket__booth__fair", "ticket__booth__company", "ticket__student__major", "recruiter"
    )


def line_of(booth: Booth) -> QuerySet[Ticket]:
    """Who stands in line at a booth, first first; who stepped away keeps the place."""
    return Ticket.objects.filter(booth=booth, status__in=IN_LINE).order_by(*turns.ORDER)


def ahead_of(ticket: Ticket) -> int:
    """How many stand in line before a ticket, whether it stands there itself or not."""
    line = Ticket.objects.filter(booth_id=ticket.booth_id, status__in=IN_LINE)
    return line.filter(turns.before(ticket.stands_since, ticket.number)).count()


def place_of(ticket: Ticket) -> int | None:
    """The place of a ticket in its line, 1 for the next; None when it no longer waits."""
    return 1 + ahead_of(ticket) if ticket.status in IN_LINE else None


def with_place(rows: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """Tickets with their `place` as above, all counted in the one statement that reads them."""
    before = (
        Ticket.objects.filter(booth_id=OuterRef("booth_id"), status__in=IN_LINE)
        .filter(turns.before(OuterRef("stands_since"), OuterRef("number")))
        .order_by()
        .values("booth_id")
        .annotate(n=Count("pk"))
        .values("n")
    )
    ahead = Coalesce(Subquery(before, output_field=IntegerField()), 0)
    return rows.annotate(place=Case(When(status__in=IN_LINE, then=ahead + 1), output_field=IntegerField()))


@dataclass(frozen=True)
class BoothFigures:
    """What the hall shows of a line: how many wait and talk, and the wait of whoever joins now."""

    waiting: int = 0
    called: int = 0
    meetings: int = 0
    served: int = 0
    no_shows: int = 0
    wait: Wait | None = None

    @property
    def busy(self) -> int:
        """How many are called or talk."""
        return self.called + self.meetings


@dataclass(frozen=True)
class Coming:
    """A planned talk whose number is yet to be drawn."""

    fair: int
    booth: int
    student: int
    starts_at: datetime
    label: str
    company: str


def coming_talks(booths: Iterable[int], student_id: int | None = None) -> list[Coming]:
    """Published talks at these booths, and a student's own at any booth, whose time is not over; in order of time."""
    whose = Q(booth_id__in=list(booths))
    if student_id is not None:
        whose |= Q(student_id=student_id)
    rows = PlannedTalk.objects.filter(whose, plan__status=PlanStatus.PUBLISHED, ticket__isnull=True)
    now, found = clock.now(), []
    for fair, booth, student, slot, begins, minutes, label, company in rows.order_by(
        "slot", "pk"
    ).values_list(
        "plan__fair_id",
        "booth_id",
        "student_id",
        "slot",
        "plan__starts_at",
        "plan__minutes",
        "booth__label",
        "booth__company__name",
    ):
        at = begins + timedelta(minutes=minutes * slot)
        if at + timedelta(minutes=minutes) > now:
            found.append(Coming(fair, booth, student, at, label, company))
    return found


class Seconds(Func):
    """A moment as seconds of the clock of `clock.now().timestamp()`; on SQLite to the millisecond."""

    output_field = FloatField()

    def as_sqlite(self, compiler, connection, **context):
        """Days of the Julian calendar, of which SQLite counts milliseconds."""
        template = "ROUND((julianday(%(expressions)s) - 2440587.5) * 86400.0, 3)"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler, connection, **context):
        """The epoch, not as the exact number that PostgreSQL makes of it."""
        template = "EXTRACT(EPOCH FROM %(expressions)s)::double precision"
        return self.as_sql(compiler, connection, template=template, **context)


def records_of(booths: Iterable[Booth]) -> dict[int, Record]:
    """The day of each booth so far, in two queries, and one more where groups met; seconds of the clock of `clock.now().timestamp()`."""
    return {pk: record for pk, (record, _count) in _days_of(booths).items()}


def _days_of(
    booths: Iterable[Booth], coming: list[Coming] | None = None
) -> dict[int, tuple[Record, dict[str, int]]]:
    """The day of each booth so far, and how many of its tickets are in each status."""
    plans = {booth.pk: booth.fair.meeting_minutes for booth in booths}
    turns: dict[int, list[Turn]] = defaultdict(list)
    gone: dict[int, int] = defaultdict(int)
    stood: dict[int, float] = defaultdict(float)
    counts: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    sessions: set[int] = set()
    now = clock.now().timestamp()
    rows = Ticket.objects.filter(booth_id__in=plans).order_by("number")
    # Seconds from the database: most of the time would go into making moments of thousands of tickets.
    moments = (Seconds("joined_at"), Seconds("called_at"), Seconds("ended_at"))
    for booth, status, by, joined, called, ended, group in rows.values_list(
        "booth_id", "status", "called_by_id", *moments, "group_id"
    ):
        counts[booth][status] += 1
        stood[booth] += (called or ended or now) - joined
        if group is not None:
            sessions.add(group)
        elif called is not None:
            turns[booth].append(Turn(by or 0, called, ended))
        elif ended is not None:
            gone[booth] += 1
    for booth, turn in _group_turns(sessions):
        turns[booth].append(turn)
    expected: dict[int, list[float]] = defaultdict(list)
    for talk in coming_talks(plans) if coming is None else coming:
        expected[talk.booth].append(talk.starts_at.timestamp())
    return {
        pk: (Record(turns[pk], gone[pk], stood[pk], plan, expected.get(pk, ())), counts[pk])
        for pk, plan in plans.items()
    }


def _group_turns(sessions: Collection[int]) -> Iterable[tuple[int, Turn]]:
    """(booth, turn) of group sessions: one turn however many take part; asks nothing where there are none."""
    if not sessions:
        return
    moments = (Seconds("started_at"), Seconds("ended_at"), Seconds("ends_at"))
    rows = GroupSession.objects.filter(pk__in=sessions).order_by("pk")
    for booth, by, *its in rows.values_list("booth_id", "recruiter_id", *moments):
        yield booth, Turn(by or 0, *its)


def figures_of(booths: Iterable[Booth], coming: list[Coming] | None = None) -> dict[int, BoothFigures]:
    """Figures of many booths of one fair in two queries, in one where the planned talks were read already; one more where groups met."""
    days = _days_of(list(booths), coming)
    return {pk: _figures(count, record) for pk, (record, count) in days.items()}


def status_counts(booths: Iterable[int]) -> dict[int, dict[str, int]]:
    """How many tickets of each booth are in each status; nothing stands for none."""
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    rows = Ticket.objects.filter(booth_id__in=booths).values_list("booth_id", "status")
    for booth, status, number in rows.annotate(n=Count("pk")).order_by():
        counts[booth][status] = number
    return counts


def figures_without_wait(booths: Iterable[Booth]) -> dict[int, BoothFigures]:
    """The figures of booths that tell nobody how long to wait, in one query: no ticket is read for them."""
    ids = [booth.pk for booth in booths]
    counts = status_counts(ids)
    return {pk: _counted(counts[pk]) for pk in ids}


def _figures(count: dict[str, int], record: Record) -> BoothFigures:
    found = _counted(count)
    return replace(found, wait=estimate(ahead=found.waiting, now=clock.now().timestamp(), record=record))


def _counted(count: dict[str, int]) -> BoothFigures:
    return BoothFigures(
        waiting=sum(count.get(status, 0) for status in IN_LINE),
        called=count.get(TicketStatus.CALLED, 0),
        meetings=count.get(TicketStatus.MEETING, 0),
        served=count.get(TicketStatus.SERVED, 0),
        no_shows=count.get(TicketStatus.NO_SHOW, 0),
    )


def offered_at(booth: Booth) -> QuerySet[Position]:
    """The open positions a booth brings, each with how many live `applicants` it has."""
    live = Count("applications", filter=Q(applications__status__in=LIVE))
    return Position.objects.filter(open_now(), booths=booth).annotate(applicants=live).order_by("pk")


def fairs_listed(actor: Actor) -> QuerySet[Fair]:
    """The list of fairs: live ones first, then the coming, then the past; each with its companies."""
    order = Case(
        When(status__in=RUNNING, then=0),
        When(status__in=[FairStatus.SIGN_UP, FairStatus.READY, FairStatus.DRAFT], then=1),
        default=2,
    )
    companies = Count("booths__company", filter=Q(booths__status=BoothStatus.APPROVED), distinct=True)
    return (
        fairs_visible_to(actor)
        .annotate(order=order, companies=companies)
        .order_by("order", "-starts_at", "-pk")
    )


def hall_booths(actor: Actor, fair: Fair, *, text: str = "") -> QuerySet[Booth]:
    """The open booths of a fair by number; `text` is a part of a company's or position's name."""
    rows = Booth.objects.filter(open_booths(), fair=fair).select_related("fair", "company", "division")
    text = text.strip()
    if text:
        wanted = BoothPosition.objects.filter(position__title__icontains=text).values("booth_id")
        rows = rows.filter(Q(company__name__icontains=text) | Q(pk__in=wanted))
    return with_offers(rows).order_by("label", "pk")


def with_offers(rows: QuerySet[Booth]) -> QuerySet[Booth]:
    """Booths with the open positions they bring, in one query more whatever their number."""
    return rows.prefetch_related(Prefetch("positions", Position.objects.filter(open_now()).order_by("pk")))


def my_live_tickets(actor: Actor, fair: Fair, **also: Any) -> list[Ticket]:
    """A student's places at a fair, calls first; `also` is read with them."""
    rows = tickets_visible_to(actor).filter(
        booth__fair=fair, student_id=actor.student_id, status__in=LIVE_TICKET
    )
    rows = with_place(rows.annotate(**also).select_related("meeting", "planned__plan", "group"))
    return sorted(rows, key=lambda t: (t.status not in BUSY, t.joined_at, t.pk))


def with_waits(tickets: list[Ticket]) -> list[Ticket]:
    """Give each waiting ticket the `wait` of its place, in one query whatever their number."""
    booths = {ticket.booth_id: ticket.booth for ticket in tickets if ticket.place is not None}
    records = records_of(booths.values()) if booths else {}
    now = clock.now().timestamp()
    for ticket in tickets:
        ticket.wait = None
        if ticket.place is not None:
            ticket.wait = estimate(ahead=ticket.place - 1, now=now, record=records[ticket.booth_id])
    return tickets


def booth_tabs(fair: Fair, current: str) -> list[tuple[Any, str, bool, int]]:
    """The statuses of a fair's booths as tabs with counts."""
    counts = dict(Booth.objects.filter(fair=fair).values_list("status").annotate(n=Count("pk")).order_by())
    tabs: list[tuple[Any, str, bool, int]] = [(_("All"), "?", not current, sum(counts.values()))]
    for status in BoothStatus:
        tabs.append((status.label, f"?status={status}", current == status, counts.get(status, 0)))
    return tabs


def live_tickets(booth: Booth) -> QuerySet[Ticket]:
    """Everybody who waits, is called or talks at a booth."""
    return Ticket.objects.filter(booth=booth, status__in=LIVE_TICKET).order_by(*turns.ORDER)


def unanswered() -> QuerySet[Meeting]:
    """Ended meetings whose student has no answer yet."""
    return Meeting.objects.filter(status=MeetingStatus.ENDED, outcome=Outcome.PENDING).order_by(
        "due_at", "pk"
    )


def newest_messages(meeting: Meeting, *, everything: bool = False) -> list[Message]:
    """What was said, oldest first: the newest MESSAGES, as in the snapshot, or all of it."""
    newest = meeting.messages.order_by("-pk")
    return list(newest if everything else newest[:MESSAGES])[::-1]


def guests_named(fair: Fair) -> list[str]:
    """Departments, majors and years that a fair invites, in words: places first, then years."""
    rows = fair.guests.select_related("department", "major").order_by("year", "pk")
    return [str(row.department or row.major or row.year) for row in rows]


class Asked(NamedTuple):
    """A question for more time that waits for the other side's answer."""

    by_student: bool
    minutes: int


def with_extension(rows: QuerySet[Meeting]) -> QuerySet[Meeting]:
    """Meetings with what `extension_asked` reads, in the statement that reads them: at most one question is open."""
    waiting = FilteredRelation("extensions", condition=Q(extensions__agreed__isnull=True))
    return rows.annotate(asking=waiting).annotate(
        asked_by_student=F("asking__by_student"), asked_minutes=F("asking__minutes")
    )


def extension_asked(meeting: Meeting) -> Asked | None:
    """The question for more time of a meeting read by `with_extension`; an ended meeting has none."""
    if meeting.status != MeetingStatus.OPEN or meeting.asked_minutes is None:
        return None
    return Asked(meeting.asked_by_student, meeting.asked_minutes)


def live_fairs() -> QuerySet[Fair]:
    """Fairs whose hall is open at this moment."""
    return Fair.objects.filter(status=FairStatus.LIVE).order_by("pk")


def students_met_by(company_id: int) -> Q:
    """The condition on Student "stands in a line of this company's, or talked with it"."""
    at_booth = Ticket.objects.filter(booth__company_id=company_id).filter(
        Q(status__in=LIVE_TICKET) | Q(status=TicketStatus.SERVED)
    )
    return Q(pk__in=at_booth.values("student_id"))
