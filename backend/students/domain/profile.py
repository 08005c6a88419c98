"""A student changes the profile, the experiences and who may look."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.audit.domain import record
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.common.telephones import telephone_error
from backend.schools.queries import cities, is_city_or_district, occupation_choices
from backend.students.enums import PositionKind, Visibility
from backend.students.levels import levels_of
from backend.students.models import Experience, Student
from backend.students.queries import students_visible_to
from backend.students.rules import can_edit_profile

MOST_ENTRIES = 30
LONGEST_ENTRY = 40
MOST_EXPERIENCES = 20


@transaction.atomic
def update_profile(
    *,
    actor: Actor,
    phone: str,
    email: str,
    about: str,
    skills: Iterable[str],
    certificates: Iterable[str],
    wanted_occupations: Iterable[str],
    wanted_cities: Iterable[str],
    wanted_kinds: Iterable[str],
    salary_floor: int | None,
    available_from: date | None,
    skill_levels: Mapping[str, int] | None = None,
    salary_hope: int | None = None,
    based_in: str = "",
    version: int | None = None,
) -> Student:
    """Replace what students write about themselves; a `version` that has been overtaken is refused."""
    student = own_student(actor)
    named = tidy(skills)
    values: dict[str, Any] = {
        "phone": phone.strip(),
        "email": email.strip(),
        "about": about.strip(),
        "skills": named,
        "skill_levels": levels_of(skill_levels or {}, named),
        "certificates": tidy(certificates),
        "wanted_occupations": tidy(wanted_occupations),
        "wanted_cities": tidy(wanted_cities),
        "wanted_kinds": tidy(wanted_kinds),
        "salary_floor": salary_floor,
        "salary_hope": salary_hope,
        "based_in": based_in.strip(),
        "available_from": available_from,
    }
    _check_entries(values)
    _write(student, values, version)
    record(actor=actor, verb="student.profile_changed", target=student)
    return student


@transaction.atomic
def set_visibility(*, actor: Actor, visibility: str, seeking: bool, personalised: bool) -> Student:
    """Choose how much companies see, pause or resume the search, and whether positions are ordered by fit."""
    student = own_student(actor)
    if visibility not in Visibility.values:
        raise Invalid(fields={"visibility": [_("Choose one from the list.")]})
    before = student.visibility
    _write(student, {"visibility": visibility, "seeking": seeking, "personalised": personalised}, None)
    record(actor=actor, verb="student.visibility_changed", target=student, before=before, after=visibility)
    return student


@transaction.atomic
def save_experience(
    *,
    actor: Actor,
    title: str,
    organisation: str,
    started_on: date,
    ended_on: date | None,
    description: str = "",
    occupation_id: str | None = None,
    experience_id: int | None = None,
) -> Experience:
    """Add a period of work, or correct the one named."""
    student = own_student(actor)
    if experience_id is None and student.experiences.count() >= MOST_EXPERIENCES:
        raise Conflict("too_many_experiences", _("%(most)d entries are the most."), most=MOST_EXPERIENCES)
    row = Experience(student=student) if experience_id is None else own_experience(actor, experience_id)
    row.title, row.organisation, row.description = title.strip(), organisation.strip(), description.strip()
    row.started_on, row.ended_on, row.occupation_id = started_on, ended_on, occupation_id or None
    if row.occupation_id and row.occupation_id not in dict(occupation_choices()):
        raise Invalid(fields={"occupation": [_("Choose from the list.")]})
    if ended_on is not None and ended_on < started_on:
        raise Invalid(fields={"ended_on": [_("The end lies before the beginning.")]})
    _validated(row)
    row.save()
    _touch(student)
    record(actor=actor, verb="student.experience_saved", target=row)
    return row


@transaction.atomic
def remove_experience(*, actor: Actor, experience_id: int) -> None:
    """Take a period of work out of the profile."""
    row = own_experience(actor, experience_id)
    record(actor=actor, verb="student.experience_removed", target=row)
    _touch(row.student)
    row.delete()


def own_student(actor: Actor) -> Student:
    """The student asking; NotFound for everybody who is none."""
    student = students_visible_to(actor).filter(pk=actor.student_id).first() if actor.student_id else None
    if student is None:
        raise NotFound()
    if not can_edit_profile(actor, student):
        raise NotAllowed()
    return student


def own_experience(actor: Actor, experience_id: int) -> Experience:
    """One of the student's own periods of work."""
    row = own_student(actor).experiences.filter(pk=experience_id).first()
    if row is None:
        raise NotFound()
    return row


def tidy(entries: Iterable[str]) -> list[str]:
    """Entries without blanks and repetitions (in any case of letters), in their order."""
    seen: dict[str, str] = {}
    for entry in entries:
        text = " ".join(str(entry).split())
        if text:
            seen.setdefault(text.casefold(), text)
    return list(seen.values())


def _check_entries(values: dict[str, Any]) -> None:
    """Refuse what is no telephone, lists that are too long, entries that are no short words, and unknown codes."""
    problems = _contradictions(values)
    if values["phone"] and (error := telephone_error(values["phone"])):
        problems["phone"] = [error]
    for field in ("skills", "certificates"):
        if len(values[field]) > MOST_ENTRIES or any(len(entry) > LONGEST_ENTRY for entry in values[field]):
            problems[field] = [
                _("At most %(most)d entries of at most %(longest)d characters.")
                % {"most": MOST_ENTRIES, "longest": LONGEST_ENTRY}
            ]
    known = {
        "wanted_occupations": dict(occupation_choices()),
        "wanted_cities": dict(cities()),
        "wanted_kinds": dict(PositionKind.choices),
    }
    for field, choices in known.items():
        if len(values[field]) > MOST_ENTRIES or any(entry not in choices for entry in values[field]):
            problems[field] = [_("Choose from the list.")]
    if problems:
        raise Invalid(fields=problems)


def _contradictions(values: dict[str, Any]) -> dict[str, list[Any]]:
    """What is no level, no place to start from, or a hope below the least that would do."""
    problems: dict[str, list[Any]] = {}
    floor, hope = values["salary_floor"], values["salary_hope"]
    if floor is not None and hope is not None and hope < floor:
        problems["salary_hope"] = [_("What you hope for lies below the lowest salary you wish.")]
    if values["based_in"] and not is_city_or_district(values["based_in"]):
        problems["based_in"] = [_("Choose a city or a district from the list.")]
    if values["skill_levels"] is None:
        problems["skill_levels"] = [_("Choose from the list.")]
    return problems


def _write(student: Student, values: dict[str, Any], version: int | None) -> None:
    """Set columns in one conditional statement, so that of two tabs the slower one is told."""
    for field, value in values.items():
        setattr(student, field, value)
    _validated(student)
    expected = student.version if version is None else version
    changed = Student.objects.filter(pk=student.pk, version=expected).update(
        **values, version=F("version") + 1, updated_at=clock.now()
    )
    if not changed:
        raise Conflict()
    student.version = expected + 1


def _touch(student: Student) -> None:
    Student.objects.filter(pk=student.pk).update(version=F("version") + 1, updated_at=clock.now())


def _validated(row: models.Model) -> None:
    """Lengths and formats as the model states them; lists have been checked, and may be empty."""
    columns = row._meta.concrete_fields
    lists = [column.name for column in columns if isinstance(column, models.JSONField)]
    # The database does not bound text columns, nor does the model's own check.
    long = {
        column.name: [_("At most %(most)d characters.") % {"most": column.max_length}]
        for column in columns
        if isinstance(column, models.TextField)
        and column.max_length
        and len(getattr(row, column.name)) > column.max_length
    }
    if long:
        raise Invalid(fields=long)
    try:
        row.clean_fields(exclude=lists)
    except ValidationError as error:
        raise Invalid(fields=error.message_dict) from error
