"""Which students may this person see, and what of them?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, Q, QuerySet

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.companies.models import Company
from backend.companies.queries import companies_visible_to, reachable
from backend.students.completeness import Completeness, completeness
from backend.students.enums import StudentStatus, Visibility
from backend.students.models import DisclosureGrant, ProfileView, Resume, RosterImport, Student
from backend.students.profiles import (
    StudentProfile,
    complete,
    live_grants,
    profile_for,
    profiles_for,
    profiles_of,
)

__all__ = [
    "Completeness",
    "StudentFilter",
    "StudentProfile",
    "companies_to_grant",
    "complete",
    "completeness",
    "grants_of",
    "grants_visible_to",
    "imports_listed",
    "imports_visible_to",
    "live_grants",
    "pending_visible_to",
    "profile_for",
    "profiles_for",
    "profiles_of",
    "register_reach",
    "resumes_visible_to",
    "students_found",
    "students_visible_to",
    "who_saw",
]

_reaches: dict[str, Callable[[int], Q]] = {}


def register_reach(name: str, reach: Callable[[int], Q]) -> None:
    """Let an upper app open students to a company: `reach(company_id)` is a condition on Student.

    It must not multiply rows: say `Q(pk__in=<subquery of student ids>)`. Applications name their applicants
    so, fairs the visitors of a fair. Called from an app's ready().
    """
    _reaches[name] = reach


def students_visible_to(actor: Actor) -> QuerySet[Student]:
    """Students see themselves, staff their school or department, recruiters whom somebody opened to them."""
    rows = Student.objects.select_related("school", "major__department")
    match actor.role:
        case Role.OPERATOR | Role.SYSTEM:
            return rows
        case Role.STUDENT:
            return rows.filter(pk=actor.student_id)
        case Role.STAFF:
            rows = rows.filter(school_id=actor.school_id)
            return rows.filter(major__department_id=actor.department_id) if actor.department_id else rows
        case Role.RECRUITER if actor.company_id:
            return rows.filter(_open_to(actor))
        case _:
            return rows.none()


def _open_to(actor: Actor) -> Q:
    """What a recruiter of a verified company reaches: the alliance circle's confirmed students."""
    company = Company.objects.filter(reachable(), pk=actor.company_id)
    seen = Q(visibility__in=[Visibility.VISIBLE, Visibility.ANONYMOUS], seeking=True)
    seen |= Q(pk__in=live_grants().filter(company_id=actor.company_id).values("student_id"))
    for reach in _reaches.values():
        seen |= reach(actor.company_id)
    return Q(Exists(company)) & Q(school_id__in=actor.school_ids, status=StudentStatus.CONFIRMED) & seen


@dataclass(frozen=True)
class StudentFilter:
    """What staff look for; an empty value leaves a condition out."""

    text: str = ""
    status: str = ""
    department: int | None = None
    major: int | None = None
    year: int | None = None


def students_found(actor: Actor, wanted: StudentFilter) -> QuerySet[Student]:
    """The visible students that fit, in order of number; recruiters cannot search by name or number."""
    rows = students_visible_to(actor).select_related("school_class")
    if wanted.text and actor.role != Role.RECRUITER:
        text = wanted.text.strip()
        rows = rows.filter(
            Q(name__icontains=text) | Q(number__istartswith=text) | Q(major__name__icontains=text)
        )
    exact: Mapping[str, Any] = {
        "status": wanted.status,
        "major__department_id": wanted.department,
        "major_id": wanted.major,
        "graduation_year": wanted.year,
    }
    return rows.filter(**{field: value for field, value in exact.items() if value}).order_by("number", "pk")


def pending_visible_to(actor: Actor) -> QuerySet[Student]:
    """Who waits for the school's word, first come first."""
    rows = students_visible_to(actor) if actor.role == Role.STAFF else Student.objects.none()
    return rows.filter(status=StudentStatus.PENDING).order_by("updated_at", "pk")


def resumes_visible_to(actor: Actor) -> QuerySet[Resume]:
    """Resumes one may open: one's own, those of one's school's students, those a live consent names."""
    rows = Resume.objects.filter(deleted_at__isnull=True).select_related("student")
    if actor.role == Role.RECRUITER:
        named = live_grants().filter(company_id=actor.company_id, resume__isnull=False)
        rows = rows.filter(pk__in=named.values("resume_id"))
    return rows.filter(student__in=students_visible_to(actor).order_by()).order_by("-pk")


def grants_of(student: Student) -> QuerySet[DisclosureGrant]:
    """Every consent of a student, live ones first."""
    return student.grants.select_related("company", "resume").order_by(
        F("revoked_at").asc(nulls_first=True), "-expires_at", "-pk"
    )


def grants_visible_to(actor: Actor) -> QuerySet[DisclosureGrant]:
    """A student's own consents."""
    rows = DisclosureGrant.objects.select_related("company", "resume")
    return rows.filter(student_id=actor.student_id) if actor.role == Role.STUDENT else rows.none()


def who_saw(student: Student) -> QuerySet[ProfileView]:
    """Which companies looked at a student, on which day and how often, latest first."""
    return student.views.select_related("company").order_by("-day", "-pk")


def companies_to_grant(actor: Actor) -> QuerySet[Company]:
    """Companies a student can disclose something to: those that can be reached."""
    return companies_visible_to(actor).order_by("name")


def imports_visible_to(actor: Actor) -> QuerySet[RosterImport]:
    """Uploaded rosters of staff's own school; staff of one department see what they uploaded themselves."""
    rows = RosterImport.objects.select_related("uploaded_by").order_by("-pk")
    if actor.role != Role.STAFF:
        return rows.none()
    rows = rows.filter(school_id=actor.school_id)
    return rows.filter(uploaded_by_id=actor.user_id) if actor.department_id else rows


def imports_listed(actor: Actor) -> QuerySet[RosterImport]:
    """The same without the rows, which are large."""
    return imports_visible_to(actor).defer("rows", "problems")
