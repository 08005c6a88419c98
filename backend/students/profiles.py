"""What one audience sees of a student: a frozen value, so that nothing else can leak."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.common import clock
from backend.schools.queries import city_name, occupation_name
from backend.students.enums import Education, GrantField, PositionKind, StudentStatus, Visibility
from backend.students.levels import with_levels
from backend.students.models import DisclosureGrant, Experience, Resume, Student
from backend.students.rules import sees_everything


@dataclass(frozen=True)
class ExperienceView:
    """A period of work as an audience sees it."""

    title: str
    organisation: str
    started_on: date
    ended_on: date | None
    description: str
    occupation: str


@dataclass(frozen=True)
class ResumeView:
    """A resume the audience may open."""

    id: int
    title: str


@dataclass(frozen=True)
class StudentProfile:
    """A student as one audience sees them; contact fields are empty where nothing was disclosed."""

    id: int
    name: str
    anonymous: bool
    number: str
    email: str
    phone: str
    school_id: int
    school: str
    department: str
    major: str
    class_name: str
    education: str
    education_label: str
    graduation_year: int
    status: str
    visibility: str
    seeking: bool
    about: str
    skills: tuple[str, ...]
    skill_levels: Mapping[str, int]
    certificates: tuple[str, ...]
    experiences: tuple[ExperienceView, ...]
    wanted_occupations: tuple[str, ...]
    wanted_cities: tuple[str, ...]
    wanted_kinds: tuple[str, ...]
    salary_floor: int | None
    salary_hope: int | None
    based_in: str
    available_from: date | None
    resumes: tuple[ResumeView, ...]

    @property
    def contact_open(self) -> bool:
        """Whether any way of getting in touch is disclosed."""
        return bool(self.email or self.phone)

    @property
    def skills_said(self) -> list[str]:
        """The skills in words, each with its level where one was stated."""
        return with_levels(self.skills, self.skill_levels)


def live_grants() -> QuerySet[DisclosureGrant]:
    """Consents that hold at this moment."""
    return DisclosureGrant.objects.filter(revoked_at__isnull=True, expires_at__gt=clock.now())


def profile_for(actor: Actor, student: Student) -> StudentProfile:
    """The view of one student, who must have been loaded through `students_visible_to(actor)`."""
    return profiles_for(actor, [student])[0]


def profiles_for(actor: Actor, students: Sequence[Student]) -> list[StudentProfile]:
    """The views of several students, in their order, with a fixed number of queries."""
    ids = [student.pk for student in students]
    rows = complete(Student.objects.filter(pk__in=ids))
    loaded = {row.pk: row for row in rows}
    return profiles_of(actor, [loaded[pk] for pk in ids])


def complete(rows: QuerySet, path: str = "") -> QuerySet:
    """Students, or at `path` ("student__") the students of other rows, with everything a view needs."""
    return rows.select_related(
        f"{path}school", f"{path}major__department", f"{path}school_class"
    ).prefetch_related(*_belongings(path))


def completed(student: Student) -> Student:
    """A student loaded with school, department and class, now with everything else a view needs."""
    prefetch_related_objects([student], *_belongings())
    return student


def _belongings(path: str = "") -> list[Prefetch]:
    return [
        Prefetch(f"{path}experiences", Experience.objects.order_by("-started_on", "-pk")),
        Prefetch(f"{path}resumes", Resume.objects.filter(deleted_at__isnull=True).order_by("-pk")),
    ]


def profiles_of(actor: Actor, students: Sequence[Student]) -> list[StudentProfile]:
    """The views of students loaded with `complete`, in their order, with one query more for a company."""
    ids = [student.pk for student in students]
    grants: dict[int, list[DisclosureGrant]] = {}
    if actor.role == Role.RECRUITER and actor.company_id:
        for grant in live_grants().filter(student_id__in=ids, company_id=actor.company_id):
            grants.setdefault(grant.student_id, []).append(grant)
    return [_view(actor, student, grants.get(student.pk, ())) for student in students]


def _view(actor: Actor, student: Student, grants: Iterable[DisclosureGrant]) -> StudentProfile:
    """Everything to those who see everything; to companies what visibility and grants open."""
    full = sees_everything(actor, student)
    open_fields = {name for grant in grants for name in grant.fields}
    open_resumes = {grant.resume_id for grant in grants if grant.resume_id}
    # A school may leave the alliance after its students applied: to those outside, only a consent gives the name.
    shown = student.school_id in actor.school_ids and student.visibility in {
        Visibility.VISIBLE,
        Visibility.FAIRS,
    }
    named = full or shown or GrantField.NAME in open_fields
    return StudentProfile(
        id=student.pk,
        name=student.name if named else _("Student no. %(id)s") % {"id": student.pk},
        anonymous=not named,
        number=student.number if full else "",
        email=student.email if full or GrantField.EMAIL in open_fields else "",
        phone=student.phone if full or GrantField.PHONE in open_fields else "",
        school_id=student.school_id,
        school=student.school.name,
        department=student.major.department.name,
        major=student.major.name,
        class_name=student.school_class.name if full and student.school_class else "",
        education=student.education,
        education_label=str(Education(student.education).label),
        graduation_year=student.graduation_year,
        status=student.status if full else StudentStatus.CONFIRMED.value,
        visibility=student.visibility if full else "",
        seeking=student.seeking,
        # Free text may name the person, so it goes only where the name goes.
        about=student.about if named else "",
        skills=tuple(student.skills),
        skill_levels=dict(student.skill_levels),
        certificates=tuple(student.certificates),
        experiences=tuple(_experience(row, named) for row in student.experiences.all()),
        wanted_occupations=tuple(occupation_name(code) for code in student.wanted_occupations),
        wanted_cities=tuple(city_name(code) for code in student.wanted_cities),
        wanted_kinds=tuple(str(PositionKind(kind).label) for kind in student.wanted_kinds),
        # What somebody would take or hopes for, and where they live, is nobody's business across the table.
        salary_floor=student.salary_floor if full else None,
        salary_hope=student.salary_hope if full else None,
        based_in=city_name(student.based_in) if full else "",
        available_from=student.available_from,
        resumes=tuple(
            ResumeView(row.pk, row.title) for row in student.resumes.all() if full or row.pk in open_resumes
        ),
    )


def _experience(row: Experience, named: bool) -> ExperienceView:
    return ExperienceView(
        row.title,
        row.organisation if named else "",
        row.started_on,
        row.ended_on,
        row.description if named else "",
        occupation_name(row.occupation_id) if row.occupation_id else "",
    )
