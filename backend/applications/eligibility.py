"""May this student apply for this position? A pure function that names every failing field."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.common import clock
from backend.companies.enums import CompanyStatus
from backend.positions.enums import PositionStatus
from backend.positions.models import Position
from backend.students.enums import EDUCATION_ORDER, Education, StudentStatus
from backend.students.models import Student
from search.query import Qualification


@dataclass(frozen=True)
class Failing:
    """One field that stands in the way: its name, the sentence, and the values that fill it."""

    field: str
    message: Any
    params: tuple[tuple[str, Any], ...] = ()

    @property
    def text(self) -> str:
        """The sentence in the active language."""
        return str(self.message) % {key: str(value) for key, value in self.params}


def eligibility(student: Student, position: Position, *, at: datetime | None = None) -> list[Failing]:
    """Every field that keeps the student from applying; experience and skills never do."""
    moment = at or clock.now()
    checks = (
        _status(student),
        _open(position, moment),
        _deadline(position, moment),
        _education(student, position),
        _major(student, position),
        _graduation_year(student, position),
    )
    return [failing for failing in checks if failing is not None]


def qualification_of(student: Student) -> Qualification:
    """The same rule as search asks it of many positions at once: what `eligibility` compares of a student's profile.

    What search finds with it fails in none of the fields education, major and graduation_year, and the other way round.
    """
    own = (student.major.name, student.major.code)
    return Qualification(student.education, None, own, (student.graduation_year,))


def _status(student: Student) -> Failing | None:
    if student.status == StudentStatus.CONFIRMED:
        return None
    return Failing(
        "status", _("Your school has not confirmed you (%(now)s)."), (("now", student.get_status_display()),)
    )


def _open(position: Position, moment: datetime) -> Failing | None:
    company = position.company
    vetted = (
        company.status == CompanyStatus.VERIFIED and company.vetted_until and company.vetted_until > moment
    )
    if not vetted:
        return Failing("company", _("The company's vetting is not valid at present."))
    if position.status == PositionStatus.PUBLISHED and position.expires_at and position.expires_at > moment:
        return None
    return Failing("position", _("The position is not open."))


def _deadline(position: Position, moment: datetime) -> Failing | None:
    if timezone.localdate(moment) <= position.deadline:
        return None
    return Failing(
        "deadline", _("Applications closed on %(day)s."), (("day", position.deadline.isoformat()),)
    )


def _education(student: Student, position: Position) -> Failing | None:
    if EDUCATION_ORDER.index(student.education) >= EDUCATION_ORDER.index(position.education):
        return None
    asked = Education(position.education).label
    return Failing(
        "education",
        _("Asks for at least: %(asked)s. Your profile says: %(yours)s."),
        (("asked", asked), ("yours", Education(student.education).label)),
    )


def _major(student: Student, position: Position) -> Failing | None:
    if not position.majors or {student.major.name, student.major.code} & set(position.majors):
        return None
    return Failing(
        "major",
        _("Asks for the majors %(asked)s. Yours is %(yours)s."),
        (("asked", "、".join(position.majors)), ("yours", student.major.name)),
    )


def _graduation_year(student: Student, position: Position) -> Failing | None:
    years = [int(year) for year in position.graduation_years]
    if not years or student.graduation_year in years:
        return None
    asked = "、".join(str(year) for year in sorted(years))
    return Failing(
        "graduation_year",
        _("Asks for graduation in %(asked)s. Yours is %(yours)s."),
        (("asked", asked), ("yours", student.graduation_year)),
    )
