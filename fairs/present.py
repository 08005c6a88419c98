"""Who is in the hall, as a booth may look for them: by major and skill, the best fit first, and without a name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.core.cache import cache
from django.db.models import Exists, OuterRef, Prefetch, QuerySet, Subquery

from backend.accounts.actor import Actor
from backend.recommendations.queries import at_booth, fits_at_booth, sides_with
from backend.students.enums import Education, GrantField, StudentStatus
from backend.students.models import Experience
from backend.students.queries import live_grants
from fairs import plans, queries
from fairs.blocking import not_blocked
from fairs.enums import LIVE_TICKET, RUNNING, InvitationStatus
from fairs.models import Booth, FairRegistration, Invitation, Ticket

KEPT = 2 * 60
"""Seconds for which a booth's order by fit stands; who may be seen is read each time."""


@dataclass(frozen=True)
class Wanted:
    """What a recruiter looks for; an empty value leaves a condition out."""

    skill: str = ""
    major: int | None = None
    department: int | None = None
    education: str = ""


@dataclass(frozen=True)
class Seen:
    """A student as a booth finds them in the hall: the number is of the fair's registration, nothing leads to a person.

    `name` is empty unless the student disclosed it to this company. `state` says why no invitation can be sent:
    `in_line`, `invited`, `declined`, `closed`; empty where one can.
    """

    number: int
    name: str
    school: str
    major: str
    education: str
    year: int
    skills: tuple[str, ...]
    percent: int | None
    position: str
    reasons: tuple[str, ...]
    state: str


class Visitor(NamedTuple):
    """What is compared of somebody in the hall; major and department with number and name."""

    number: int
    student: int
    skills: list[str]
    personalised: bool
    education: str
    major: tuple[int, str]
    department: tuple[int, str]


def in_the_hall(actor: Actor, booth: Booth) -> QuerySet[FairRegistration]:
    """Who has entered a running fair and is seen by companies there, as the planner has it; not who is blocked."""
    return FairRegistration.objects.filter(
        not_blocked(booth.company_id),
        fair=booth.fair_id,
        fair__status__in=RUNNING,
        entered_at__isnull=False,
        student__status=StudentStatus.CONFIRMED,
        student__school__in=actor.school_ids,
        student__seeking=True,
        student__visibility__in=plans.OPEN_TO_COMPANIES,
    )


def visitors(actor: Actor, booth: Booth) -> list[Visitor]:
    """Everybody a booth may find, in the order of registration, in one query."""
    fields = (
        "pk", "student_id", "student__skills", "student__personalised", "student__education",
        "student__major_id", "student__major__name",
        "student__major__department_id", "student__major__department__name",
    )  # fmt: skip
    rows = in_the_hall(actor, booth).order_by("pk").values_list(*fields)
    return [
        Visitor(pk, student, skills, by_fit, education, (major, name), (department, called))
        for pk, student, skills, by_fit, education, major, name, department, called in rows
    ]


def found(booth: Booth, people: Sequence[Visitor], wanted: Wanted) -> list[int]:
    """Registrations of those who are looked for, the best fit first; who is not ordered by fit comes last."""
    skill = wanted.skill.strip().casefold()
    kept = [
        one
        for one in people
        if wanted.major in (None, one.major[0])
        and wanted.department in (None, one.department[0])
        and wanted.education in ("", one.education)
        and (not skill or any(skill in str(name).casefold() for name in one.skills))
    ]
    fits = _fits(booth, [one.student for one in kept if one.personalised])
    # A cached order says nothing of whoever has switched it off since.
    score = {one.number: fits.get(one.student, -1.0) if one.personalised else -1.0 for one in kept}
    return sorted(score, key=lambda number: (-score[number], number))


def shown(actor: Actor, booth: Booth, numbers: Sequence[int]) -> list[Seen]:
    """These registrations as the booth sees them, in their order, in four queries."""
    experiences = Prefetch("student__experiences", Experience.objects.order_by("-started_on", "-pk"))
    rows = in_the_hall(actor, booth).filter(pk__in=list(numbers)).prefetch_related(experiences)
    rows = rows.select_related("student__school", "student__major").annotate(**_between(booth))
    held = {row.pk: row for row in rows.annotate(**sides_with(booth.company_id))}
    people = [held[pk] for pk in numbers if pk in held]
    students = [row.student_id for row in people]
    grants = live_grants().filter(company_id=booth.company_id, student_id__in=students)
    disclosed = grants.values_list("student_id", "fields")
    named = {student for student, fields in disclosed if GrantField.NAME in fields}
    sides = {row.student_id: (row.follows, row.noticed) for row in people}
    fits = at_booth([row.student for row in people], list(queries.offered_at(booth)), sides)
    return [
        Seen(
            number=row.pk,
            name=row.student.name if row.student_id in named else "",
            school=row.student.school.name,
            major=row.student.major.name,
            education=str(Education(row.student.education).label),
            year=row.student.graduation_year,
            skills=tuple(row.student.skills),
            percent=fit.percent,
            position=fit.position.title if fit.position else "",
            reasons=tuple(fit.reasons),
            state=_state(row),
        )
        for row, fit in zip(people, fits, strict=True)
    ]


def choices(people: Sequence[Visitor]) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """Majors and departments of those who may be found, to choose from, by name."""
    majors, departments = {one.major for one in people}, {one.department for one in people}
    return sorted(majors, key=lambda one: (one[1], one[0])), sorted(
        departments, key=lambda one: (one[1], one[0])
    )


def _between(booth: Booth) -> dict[str, Exists | Subquery]:
    """Columns of a registration: whether the student stands in the booth's line, and what became of its invitation."""
    standing = Ticket.objects.filter(booth=booth, student_id=OuterRef("student_id"), status__in=LIVE_TICKET)
    asked = Invitation.objects.filter(
        booth=booth,
        student_id=OuterRef("student_id"),
        status__in=[InvitationStatus.OPEN, InvitationStatus.DECLINED],
    )
    return {"standing": Exists(standing), "asked": Subquery(asked.values("status")[:1])}


def _state(row: Any) -> str:
    if row.standing:
        return "in_line"
    if row.asked:
        return "invited" if row.asked == InvitationStatus.OPEN else "declined"
    return "" if row.invitable else "closed"


def _fits(booth: Booth, students: Sequence[int]) -> dict[int, float]:
    """Student → how well they fit the booth's best position."""
    key = f"present:{booth.pk}"
    kept: dict[int, float] = cache.get(key) or {}
    missing = [student for student in students if student not in kept]
    if missing:
        offered = list(queries.offered_at(booth).values_list("pk", flat=True))
        kept = kept | fits_at_booth(missing, offered)
        cache.set(key, kept, KEPT)
    return kept
