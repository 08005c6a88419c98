"""Staff shape their school: departments, majors, classes."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.audit.domain import record
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.schools.models import Department, Major, SchoolClass
from backend.schools.queries import (
    classes_visible_to,
    departments_visible_to,
    majors_visible_to,
    occupation_choices,
)
from backend.schools.rules import can_shape_school

LONGEST_SKILL = 40


@transaction.atomic
def save_department(*, actor: Actor, name: str, department_id: int | None = None) -> Department:
    """Add a department, or rename the one named."""
    _may_shape(actor)
    row = Department(school_id=actor.school_id)
    if department_id is not None:
        row = _found(departments_visible_to(actor), department_id)
    row.name = _tidy(name)
    return _saved(actor, row, "department")


@transaction.atomic
def save_major(
    *,
    actor: Actor,
    name: str,
    department_id: int,
    code: str = "",
    skills: Iterable[str] = (),
    occupation_codes: Iterable[str] = (),
    major_id: int | None = None,
) -> Major:
    """Add a major to a department, or correct the one named; its skills and occupations feed matching."""
    _may_shape(actor)
    department = _held(departments_visible_to(actor), department_id)
    if department is None:
        raise Invalid(fields={"department": [_("Choose one from the list.")]})
    row = Major(school_id=actor.school_id)
    if major_id is not None:
        row = _found(majors_visible_to(actor), major_id)
    row.department, row.name, row.code = department, _tidy(name), code.strip()
    row.skills = list(dict.fromkeys(text for text in map(_tidy, skills) if text))[:40]
    if any(len(text) > LONGEST_SKILL for text in row.skills):
        raise Invalid(
            fields={"skills": [_("A skill has at most %(most)d characters.") % {"most": LONGEST_SKILL}]}
        )
    row.occupation_codes = list(dict.fromkeys(occupation_codes))
    if set(row.occupation_codes) - dict(occupation_choices()).keys():
        raise Invalid(fields={"occupation_codes": [_("Choose from the list.")]})
    return _saved(actor, row, "major")


@transaction.atomic
def save_class(
    *, actor: Actor, major_id: int, name: str, graduation_year: int, class_id: int | None = None
) -> SchoolClass:
    """Add a class to a major, or correct the one named."""
    _may_shape(actor)
    major = _held(majors_visible_to(actor), major_id)
    if major is None:
        raise Invalid(fields={"major": [_("Choose one from the list.")]})
    row = SchoolClass() if class_id is None else _found(classes_visible_to(actor), class_id)
    row.major, row.name, row.graduation_year = major, _tidy(name), graduation_year
    if not 2000 <= graduation_year <= 2100:
        raise Invalid(fields={"graduation_year": [_("Give the year with four digits.")]})
    return _saved(actor, row, "class")


@transaction.atomic
def remove_department(*, actor: Actor, department_id: int) -> None:
    """Remove a department that has no majors."""
    _may_shape(actor)
    row = _held(departments_visible_to(actor), department_id)
    if row is None:
        raise NotFound()
    if row.majors.exists():
        raise Conflict("department_in_use", _("It still has majors. Move or remove them first."))
    _remove(actor, row, "department")


@transaction.atomic
def remove_major(*, actor: Actor, major_id: int) -> None:
    """Remove a major that has no students."""
    _may_shape(actor)
    row = _held(majors_visible_to(actor), major_id)
    if row is None:
        raise NotFound()
    _remove(actor, row, "major")


@transaction.atomic
def remove_class(*, actor: Actor, class_id: int) -> None:
    """Remove a class; its students stay in their major."""
    _may_shape(actor)
    _remove(actor, _found(classes_visible_to(actor), class_id), "class")


def _may_shape(actor: Actor) -> None:
    if not can_shape_school(actor):
        raise NotAllowed()


def _held(rows: models.QuerySet, pk: int) -> models.Model | None:
    """The row, locked: nothing is put into what somebody else removes at this moment, nor the other way round."""
    return rows.select_for_update(of=("self",)).filter(pk=pk).first()


def _found(rows: models.QuerySet, pk: int) -> models.Model:
    row = rows.filter(pk=pk).first()
    if row is None:
        raise NotFound()
    return row


def _tidy(text: str) -> str:
    return " ".join(text.split())


def _saved(actor: Actor, row: models.Model, noun: str) -> models.Model:
    """Validate and write; a name that is taken is said beside the field."""
    added = row.pk is None
    try:
        row.clean_fields(exclude=["skills", "occupation_codes"])
        with transaction.atomic():
            row.save()
    except ValidationError as error:
        raise Invalid(fields=error.message_dict) from error
    except IntegrityError as error:
        raise Invalid("name_taken", fields={"name": [_("This name is already in use.")]}) from error
    record(actor=actor, verb=f"{noun}.{'added' if added else 'changed'}", target=row)
    return row


def _remove(actor: Actor, row: models.Model, noun: str) -> None:
    try:
        with transaction.atomic():
            record(actor=actor, verb=f"{noun}.removed", target=row)
            row.delete()
    except ProtectedError as error:
        raise Conflict("major_in_use", _("It still has students. Move them first.")) from error
