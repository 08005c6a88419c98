"""Plans read: what the planner is told about a fair, who has no talk and why, and the timetables of both sides."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor, actors_of
from backend.accounts.enums import Role
from backend.accounts.models import Membership
from backend.common import clock
from backend.companies.queries import reachable
from backend.recommendations.queries import mutual_at_booths
from backend.students.enums import StudentStatus, Visibility
from backend.students.models import Student
from backend.students.queries import students_visible_to
from fairs import queries, rules
from fairs.blocking import barred_pairs
from fairs.enums import RUNNING, FairStatus, PlanStatus
from fairs.models import (
    Booth,
    BoothChoice,
    BoothMark,
    BoothPosition,
    Fair,
    FairRegistration,
    Plan,
    PlannedTalk,
)
from fairs.planning.problem import Floats, Problem, Seeker, Stand, Wishes, worth_of

BEFORE = [FairStatus.DRAFT, FairStatus.SIGN_UP, FairStatus.READY]
"""States of a fair in which it is planned; once lines are drawn, a plan is only mended."""
OPEN_TO_COMPANIES = [Visibility.VISIBLE, Visibility.ANONYMOUS, Visibility.FAIRS]

UNCONFIRMED, NOT_OPEN, NO_TIME, NO_SEAT = "unconfirmed", "not_open", "no_time", "no_seat"
BOOTH_GONE, NOT_REGISTERED, SHUT = "booth_gone", "not_registered", "shut"
BOOTH_AWAY, STUDENT_AWAY, BARRED = "booth_away", "student_away", "barred"
WHY = {
    UNCONFIRMED: _("The school has not confirmed the student."),
    NOT_OPEN: _(
        "Hidden from companies, not looking for a position or not ordered by fit, and no booth was chosen."
    ),
    NO_TIME: _("The time in which the student can come holds no talk."),
    NO_SEAT: _("No booth that fits had a free time."),
    BOOTH_GONE: _("The booth does not come any more."),
    NOT_REGISTERED: _("The student is not registered any more."),
    SHUT: _("The fair is closed at this time."),
    BOOTH_AWAY: _("The booth has fewer recruiters, or nobody there at this time."),
    STUDENT_AWAY: _("The student cannot come at this time."),
    BARRED: _("These two do not meet: one of them wanted it so."),
}
"""Why a registered student has no talk (NO_SEAT is for those who could have had one), or why a planned one no longer holds."""


@dataclass(frozen=True)
class Gathered:
    """Everything a proposal is made from; `left_out`: student → why nothing could be planned."""

    problem: Problem
    fit: Floats
    choices: dict[int, list[int]]
    marks: dict[tuple[int, int], str]
    left_out: dict[int, str]


def gather(plan: Plan) -> Gathered:
    """Read the fair of a plan (saved or not) as the planner knows it, in a fixed number of queries and one per marking company."""
    fair = plan.fair
    booths = list(
        Booth.objects.filter(queries.open_booths(), fair=fair).select_related("team").order_by("pk")
    )
    stands = [stand(plan, booth) for booth in booths]
    left_out, registrations = {}, []
    choices = choices_of(fair, {booth.pk for booth in booths})
    for row in registered(fair):
        why = reason_without(plan, row, chose=row.student_id in choices)
        if why:
            left_out[row.student_id] = why
        else:
            registrations.append(row)
    students = [row.student_id for row in registrations]
    offers: dict[int, list[int]] = {booth.pk: [] for booth in booths}
    brought = BoothPosition.objects.filter(booth__in=booths).order_by("pk")
    for booth_id, position in brought.values_list("booth_id", "position_id"):
        offers[booth_id].append(position)
    fit = mutual_at_booths(students, offers)
    marks = _marks(booths, registrations)
    closed = [row.student_id for row in registrations if not open_to_companies(row.student)]
    wished = {pk: choices[pk] for pk in students if pk in choices}
    wishes = Wishes(wished, marks, closed, barred_pairs(booths))
    worth = worth_of(fit, students, list(offers), wishes)
    seekers = [Seeker(row.student_id, *window(plan, row.free_from, row.free_until)) for row in registrations]
    shut = frozenset(range(plan.slots)) - plan.open_slots
    problem = Problem(plan.slots, seekers, stands, worth, most=plan.most, breath=plan.breath, shut=shut)
    return Gathered(problem, fit, wished, marks, left_out)


def registered(fair: Fair) -> QuerySet[FairRegistration]:
    """Who signed up, with the student, in order of the student."""
    return FairRegistration.objects.filter(fair=fair).select_related("student").order_by("student_id")


def choices_of(fair: Fair, booths: Collection[int] | QuerySet) -> dict[int, list[int]]:
    """Student → the booths of these (numbers, or a query of them) that were chosen, the dearest first."""
    found: dict[int, list[int]] = defaultdict(list)
    rows = BoothChoice.objects.filter(registration__fair=fair, booth_id__in=booths).order_by("rank")
    for student, booth in rows.values_list("registration__student_id", "booth_id"):
        found[student].append(booth)
    return dict(found)


def open_to_companies(student: Student) -> bool:
    """Whether somebody may be planned with booths they did not choose: seen by companies, seeking, ordered by fit."""
    return student.seeking and student.personalised and student.visibility in OPEN_TO_COMPANIES


def reason_without(plan: Plan, row: FairRegistration, *, chose: bool) -> str:
    """Why nothing can be planned for a registered student; empty for whoever is eligible."""
    if row.student.status != StudentStatus.CONFIRMED:
        return UNCONFIRMED
    if not chose and not open_to_companies(row.student):
        return NOT_OPEN
    first, last = window(plan, row.free_from, row.free_until)
    return "" if any(slot in plan.open_slots for slot in range(first, last)) else NO_TIME


def window(plan: Plan, begins: datetime | None, ends: datetime | None) -> tuple[int, int]:
    """The first slot that lies between two moments, and the one after the last; without a moment the plan's own."""
    step = timedelta(minutes=plan.minutes)
    first = ceil((begins - plan.starts_at) / step) if begins else 0
    last = (ends - plan.starts_at) // step if ends else plan.slots
    return max(first, 0), min(last, plan.slots)


def stand(plan: Plan, booth: Booth) -> Stand:
    """A booth, read with its team, as the planner knows it."""
    team = getattr(booth, "team", None)
    if team is None:
        return Stand(booth.pk, 1, 0, plan.slots)
    return Stand(booth.pk, team.recruiters, *window(plan, team.starts_at, team.ends_at))


def _marks(booths: Sequence[Booth], registrations: Sequence[FairRegistration]) -> dict[tuple[int, int], str]:
    """(booth, student) → what the company has marked; a student only while the company may still see them."""
    majors: dict[int, list[int]] = defaultdict(list)
    for row in registrations:
        majors[row.student.major_id].append(row.student_id)
    found: dict[tuple[int, int], str] = {}
    people: dict[int, list[tuple[int, int]]] = defaultdict(list)
    rows = BoothMark.objects.filter(booth__in=booths).order_by("pk")
    for booth, company, student, major in rows.values_list(
        "booth_id", "booth__company_id", "student_id", "major_id"
    ):
        if student is None:
            found |= {(booth, one): "major" for one in majors[major]}
        else:
            people[company].append((booth, student))
    teams = _one_of_each_team(people)
    for company, pairs in people.items():
        if company in teams:
            seen = students_visible_to(teams[company]).filter(pk__in=[student for _, student in pairs])
            known = set(seen.values_list("pk", flat=True))
            found |= {pair: "student" for pair in pairs if pair[1] in known}
    return found


def _one_of_each_team(companies: Iterable[int]) -> dict[int, Actor]:
    team = Membership.objects.filter(
        company_id__in=list(companies), role=Role.RECRUITER, ended_at__isnull=True, user__is_active=True
    )
    actors = actors_of(list(team.values_list("user_id", flat=True)))
    return {actor.company_id: actor for actor in actors.values() if actor.company_id is not None}


def plans_visible_to(actor: Actor) -> QuerySet[Plan]:
    """The school that holds the fair sees its plan as it grows; everybody else at the fair once it is published."""
    rows = Plan.objects.filter(fair__in=queries.fairs_visible_to(actor)).select_related("fair__school")
    match actor.role:
        case Role.OPERATOR | Role.SYSTEM:
            return rows
        case Role.STAFF:
            return rows.filter(Q(fair__school_id=actor.school_id) | Q(status=PlanStatus.PUBLISHED))
        case Role.STUDENT | Role.RECRUITER:
            return rows.filter(status=PlanStatus.PUBLISHED)
        case _:
            return rows.none()


def talks_visible_to(actor: Actor) -> QuerySet[PlannedTalk]:
    """Planned talks of the plans one sees, in order of time: a student's own, a company's own, and for staff all of their
    own school's fairs, elsewhere those of the students they see."""
    rows = PlannedTalk.objects.filter(plan__in=plans_visible_to(actor)).select_related(
        "plan__fair", "booth__company", "booth__fair", "student__major", "ticket"
    )
    rows = rows.order_by("slot", "booth__label", "booth_id", "seat")
    match actor.role:
        case Role.STUDENT:
            return rows.filter(student_id=actor.student_id)
        case Role.RECRUITER:
            return rows.filter(reachable("booth__company__"), booth__company_id=actor.company_id)
        case Role.STAFF if not rules.can_run_fairs(actor):
            return rows.filter(student__in=students_visible_to(actor))
        case Role.STAFF:
            return rows.filter(
                Q(plan__fair__school_id=actor.school_id) | Q(student__in=students_visible_to(actor))
            )
        case _:
            return rows


def my_talks(actor: Actor, fair: Fair) -> list[PlannedTalk]:
    """A student's timetable at a fair."""
    if not rules.can_stand_in_line(actor):
        return []
    return list(talks_visible_to(actor).filter(plan__fair=fair))


def talks_at(actor: Actor, booth: Booth) -> QuerySet[PlannedTalk]:
    """The timetable of a booth."""
    return talks_visible_to(actor).filter(booth=booth)


def coming(rows: Iterable[PlannedTalk]) -> list[PlannedTalk]:
    """Those whose time is not over and whose number is not drawn."""
    now = clock.now()
    return [talk for talk in rows if talk.ticket_id is None and talk.ends_at > now]


def without_talk(plan: Plan) -> QuerySet[FairRegistration]:
    """Registered students without a talk."""
    rows = registered(plan.fair).exclude(student__planned_talks__plan=plan)
    return rows.select_related("student__major")


def without_talk_visible_to(actor: Actor, plan: Plan) -> QuerySet[FairRegistration]:
    """The same for one who looks: all of them for who plans the fair, to other staff those of the students they see."""
    rows = without_talk(plan)
    if rules.can_manage_fair(actor, plan.fair):
        return rows
    return rows.filter(student__in=students_visible_to(actor))


def unplanned_at(booth: Booth) -> QuerySet[FairRegistration]:
    """Registered students who have no talk at this booth, in order of their numbers."""
    rows = registered(booth.fair).exclude(student__planned_talks__booth=booth)
    return rows.order_by("student__number", "student_id")


def reasons_given(plan: Plan, rows: Iterable[FairRegistration]) -> list[FairRegistration]:
    """These registrations, each with `why` nothing is planned."""
    chose = choices_of(plan.fair, Booth.objects.filter(queries.open_booths(), fair=plan.fair).values("pk"))
    found = list(rows)
    for row in found:
        row.why = WHY[reason_without(plan, row, chose=row.student_id in chose) or NO_SEAT]
    return found


def off_hours(plan: Plan) -> QuerySet[PlannedTalk]:
    """Talks of a plan at times in which the fair, as it stands by now, is closed."""
    return plan.talks.exclude(slot__in=plan.open_slots)


def outdated(plan: Plan) -> list[PlannedTalk]:
    """Talks that could not be planned by hand any more, each with `why`: booths, teams, students or hours have changed since."""
    booths = Booth.objects.filter(queries.open_booths(), fair=plan.fair).select_related("team")
    stands = {booth.pk: stand(plan, booth) for booth in booths}
    barred = barred_pairs(list(booths))
    chose = choices_of(plan.fair, stands)
    people = {row.student_id: row for row in registered(plan.fair)}
    found = []
    for talk in plan.talks.select_related("booth__company", "student").order_by("slot", "booth_id", "seat"):
        here, row = stands.get(talk.booth_id), people.get(talk.student_id)
        chosen = talk.booth_id in chose.get(talk.student_id, ())
        why = _against(plan, talk, here, row, chosen)
        if not why and (talk.booth_id, talk.student_id) in barred:
            why = BARRED
        if why:
            talk.plan, talk.why = plan, WHY[why]
            found.append(talk)
    return found


def _against(
    plan: Plan, talk: PlannedTalk, here: Stand | None, row: FairRegistration | None, chosen: bool
) -> str:
    """Why a talk could not be planned by hand any more; empty where it could."""
    if here is None:
        return BOOTH_GONE
    if row is None:
        return NOT_REGISTERED
    if talk.slot not in plan.open_slots:
        return SHUT
    if not here.first <= talk.slot < here.last or talk.seat >= here.seats:
        return BOOTH_AWAY
    first, last = window(plan, row.free_from, row.free_until)
    return reason_without(plan, row, chose=chosen) or ("" if first <= talk.slot < last else STUDENT_AWAY)


def on_one_day(plan: Plan) -> bool:
    """Whether all times of a plan lie on one date."""
    first, last = timezone.localtime(plan.starts_at), timezone.localtime(plan.at(plan.slots - 1))
    return first.date() == last.date()


def times_of(plan: Plan) -> list[tuple[int, datetime]]:
    """The grid: each slot in which the fair is open, and when it begins."""
    return [(slot, plan.at(slot)) for slot in sorted(plan.open_slots)]


def published_for(company_id: int) -> Q:
    """The condition on Student "has a talk with this company in the published plan of a fair that is not over".

    Whoever hides after the plan was published stays open to the companies they chose, and to no other.
    """
    planned = PlannedTalk.objects.filter(
        Q(chosen=True) | Q(student__visibility__in=OPEN_TO_COMPANIES),
        booth__company_id=company_id,
        plan__status=PlanStatus.PUBLISHED,
        plan__fair__status__in=[*BEFORE, *RUNNING],
    )
    return Q(pk__in=planned.values("student_id"))


def talks_by_student(actor: Actor, plan: Plan) -> dict[int, int]:
    """How many of the talks one sees each student has who has one, in order of their numbers."""
    rows = talks_visible_to(actor).filter(plan=plan).values("student_id").annotate(n=Count("pk"))
    return dict(rows.order_by("student__number", "student_id").values_list("student_id", "n"))


def planned_until(fair: Fair, until: datetime) -> QuerySet[PlannedTalk]:
    """The students of a fair's published talks that go on or begin before that moment and whose number is not drawn."""
    now = clock.now()
    plan = Plan.objects.filter(fair=fair, status=PlanStatus.PUBLISHED).first()
    if plan is None:
        return PlannedTalk.objects.none().values("student_id")
    step = timedelta(minutes=plan.minutes)
    last = ceil((until - plan.starts_at) / step)
    rows = plan.talks.filter(ticket__isnull=True, slot__gte=(now - plan.starts_at) // step, slot__lt=last)
    return rows.values("student_id")


def planned_later(booth: Booth, student_id: int | None) -> PlannedTalk | None:
    """A student's published talk at a booth whose number is not drawn and whose time is not over."""
    rows = PlannedTalk.objects.filter(
        booth=booth, student_id=student_id, ticket__isnull=True, plan__status=PlanStatus.PUBLISHED
    )
    return next(iter(coming(rows.select_related("plan"))), None)
