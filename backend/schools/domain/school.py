"""The operator opens schools, corrects their entries, suspends them and opens them again."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.accounts.domain import invite_person
from backend.accounts.enums import Role
from backend.audit.domain import record
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.schools import hooks
from backend.schools.models import School
from backend.schools.queries import cities, districts_of, schools_visible_to
from backend.schools.rules import can_run_platform

ENTRIES = ("name", "code", "city_code", "district_code")


@transaction.atomic
def open_school(
    *, actor: Actor, name: str, code: str, city_code: str, staff_email: str, district_code: str = ""
) -> School:
    """Add a school and send its first member of staff an invitation; both or neither."""
    check_operator(actor)
    school = School()
    _save(school, {"name": name, "code": code, "city_code": city_code, "district_code": district_code})
    record(actor=actor, verb="school.opened", target=school)
    try:
        invite_person(actor=actor, email=staff_email, role=Role.STAFF, school_id=school.pk)
    except Invalid as error:
        error.fields = {"staff_email": error.fields.get("email", [error.text])}
        raise
    return school


@transaction.atomic
def change_school(*, actor: Actor, school_id: int, values: dict[str, Any]) -> School:
    """Correct name, short code, city or district; a district goes with its city unless another is named."""
    school = school_of(actor, school_id)
    before = {field: getattr(school, field) for field in ENTRIES}
    moved = values.get("city_code", school.city_code) != school.city_code
    _save(school, {**before, **({"district_code": ""} if moved else {}), **values})
    changed = [field for field in ENTRIES if getattr(school, field) != before[field]]
    if changed:
        record(actor=actor, verb="school.changed", target=school, data={"fields": changed})
    return school


@transaction.atomic
def suspend_school(*, actor: Actor, school_id: int, reason: str) -> School:
    """Close a school for the time being: its people keep only their accounts, and nothing of it is reachable."""
    school = school_of(actor, school_id)
    reason = reason.strip()
    if not reason or len(reason) > 500:
        raise Invalid(
            fields={"reason": [_("Give a reason of at most 500 characters: the school's people read it.")]}
        )
    _set_suspended(school, suspended_at=clock.now(), suspended_reason=reason)
    record(actor=actor, verb="school.suspended", target=school, reason=reason)
    return school


@transaction.atomic
def reopen_school(*, actor: Actor, school_id: int) -> School:
    """Everything is as it was before the suspension."""
    school = school_of(actor, school_id)
    _set_suspended(school, suspended_at=None, suspended_reason="")
    record(actor=actor, verb="school.reopened", target=school)
    return school


def check_operator(actor: Actor) -> None:
    """Only whoever runs the platform."""
    if not can_run_platform(actor):
        raise NotAllowed()


def school_of(actor: Actor, school_id: int) -> School:
    """The school the operator means."""
    school = schools_visible_to(actor).filter(pk=school_id).first()
    if school is None:
        raise NotFound()
    check_operator(actor)
    return school


def _set_suspended(school: School, **values: Any) -> None:
    """Of two operators who suspend or reopen at once one does."""
    open_now = values["suspended_at"] is not None
    rows = School.objects.filter(pk=school.pk, suspended_at__isnull=open_now)
    if not rows.update(updated_at=clock.now(), **values):
        text = _("This school is suspended already.") if open_now else _("This school is open.")
        raise Conflict("school_unchanged", text)
    school.refresh_from_db()
    hooks.announce([school.pk])


def _save(school: School, values: dict[str, Any]) -> None:
    """Validate and write; a name or code that is taken is said beside the field."""
    school.name = " ".join(str(values["name"]).split())
    school.code = str(values["code"]).strip().lower()
    school.city_code = str(values["city_code"])
    school.district_code = str(values["district_code"])
    problems: dict[str, list[Any]] = {}
    try:
        school.clean_fields(exclude=["alliance", "suspended_reason"])
    except ValidationError as error:
        problems |= error.message_dict
    if school.city_code not in dict(cities()):
        problems["city_code"] = [_("Choose a city from the list.")]
    elif school.district_code and school.district_code not in dict(districts_of(school.city_code)):
        problems["district_code"] = [_("Choose a district of the city.")]
    problems |= _taken(school)
    if problems:
        raise Invalid(fields=problems)
    try:
        with transaction.atomic():
            school.save()
    except IntegrityError as error:  # somebody took it a moment ago
        raise Invalid("name_taken", fields=_taken(school)) from error


def _taken(school: School) -> dict[str, list[Any]]:
    """Which of its names another school has."""
    others = School.objects.exclude(pk=school.pk)
    return {
        field: [_("Another school has this already.")]
        for field in ("name", "code")
        if others.filter(**{field: getattr(school, field)}).exists()
    }
