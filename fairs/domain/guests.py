"""Whom a fair invites: students of the school or of its alliance, of all or of some departments, majors and years."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.common.errors import Conflict, Invalid
from backend.schools.models import Department, Major
from backend.students.models import Student
from fairs.enums import FairEntry
from fairs.models import Fair, FairGuests, FairRegistration

KINDS = ("departments", "majors", "years")
YEARS = (2000, 2100)
"""Between which a year of graduation lies."""


def invites(fair: Fair, student: Student) -> bool:
    """Whether a student may come: of a school that may, in an invited department or major, and of an invited year.

    `student` with its major. Who registered while invited stays registered.
    """
    if fair.entry == FairEntry.SCHOOL and student.school_id != fair.school_id:
        return False
    rows = list(fair.guests.all())
    places = [row for row in rows if row.year is None]
    years = {row.year for row in rows} - {None}
    here = not places or any(
        student.major_id == row.major_id or student.major.department_id == row.department_id for row in places
    )
    return here and (not years or student.graduation_year in years)


def must_be_invited(fair: Fair, student: Student) -> None:
    """Conflict("not_invited") for whom the fair does not invite."""
    if not invites(fair, student):
        raise Conflict("not_invited", _("This fair does not invite you: see on its page who may come."))


def must_be_let_in(actor: Actor, fair: Fair) -> None:
    """Conflict("not_invited") in the hall for a student who is neither registered nor invited."""
    if FairRegistration.objects.filter(fair=fair, student_id=actor.student_id).exists():
        return
    student = Student.objects.select_related("major").filter(pk=actor.student_id).first()
    if student is not None:
        must_be_invited(fair, student)


def write_guests(fair: Fair, values: dict[str, Any]) -> None:
    """Replace what these values name: ids of `departments` and `majors`, and `years`; the rest stays."""
    for kind, column, known in (
        ("departments", "department_id", Department.objects.filter(school__in=_schools(fair))),
        ("majors", "major_id", Major.objects.filter(school__in=_schools(fair))),
    ):
        if kind in values:
            wanted = sorted(set(values[kind]))
            if known.filter(pk__in=wanted).count() != len(wanted):
                raise Invalid(fields={kind: [_("Choose one from the list.")]})
            _replace(fair, column, wanted)
    if "years" in values:
        years = sorted(set(values["years"]))
        if any(not YEARS[0] <= year <= YEARS[1] for year in years):
            raise Invalid(
                fields={
                    "years": [
                        _("Between %(low)d and %(high)d.") % dict(zip(("low", "high"), YEARS, strict=True))
                    ]
                }
            )
        _replace(fair, "year", years)


def _replace(fair: Fair, column: str, wanted: Sequence[int]) -> None:
    rows = fair.guests.filter(**{f"{column}__isnull": False})
    rows.exclude(**{f"{column}__in": wanted}).delete()
    kept = set(rows.values_list(column, flat=True))
    FairGuests.objects.bulk_create(
        [FairGuests(fair=fair, **{column: one}) for one in wanted if one not in kept]
    )


def _schools(fair: Fair) -> list[int]:
    """The school of a fair and, where it invites the alliance, all schools of that."""
    school = fair.school
    if fair.entry == FairEntry.SCHOOL or school.alliance_id is None:
        return [school.pk]
    return list(type(school).objects.filter(alliance=school.alliance_id).values_list("pk", flat=True))
