"""Alliances: schools that share companies and fairs."""

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.audit.domain import record
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotFound
from backend.schools import hooks
from backend.schools.domain.school import check_operator, school_of
from backend.schools.models import Alliance, School
from backend.schools.queries import alliances_visible_to


@transaction.atomic
def create_alliance(*, actor: Actor, name: str) -> Alliance:
    """Add an alliance without schools."""
    check_operator(actor)
    alliance = _saved(Alliance(), name)
    record(actor=actor, verb="alliance.added", target=alliance)
    return alliance


@transaction.atomic
def rename_alliance(*, actor: Actor, alliance_id: int, name: str) -> Alliance:
    """Give an alliance another name."""
    alliance = _saved(_found(actor, alliance_id), name)
    record(actor=actor, verb="alliance.changed", target=alliance)
    return alliance


@transaction.atomic
def dissolve_alliance(*, actor: Actor, alliance_id: int) -> None:
    """Remove an alliance that no school belongs to any more."""
    _lock([alliance_id])
    alliance = _found(actor, alliance_id)
    if alliance.schools.exists():
        raise Conflict("alliance_in_use", _("Schools still belong to it. Take them out first."))
    record(actor=actor, verb="alliance.removed", target=alliance)
    alliance.delete()


@transaction.atomic
def set_alliance(*, actor: Actor, school_id: int, alliance_id: int | None) -> School:
    """Put a school into an alliance, or with None out of the one it is in.

    A school changes from one alliance to another in two steps, so that nobody shares by mistake.
    """
    school = school_of(actor, school_id)
    before = school.alliance_id
    _lock([before, alliance_id])
    target = None if alliance_id is None else _found(actor, alliance_id)
    if (before is None) == (target is None):
        raise Conflict(
            "alliance_unchanged",
            _("This school is in no alliance.")
            if target is None
            else _("Take the school out of its alliance first."),
        )
    affected = _members(before) | {school.pk}
    rows = School.objects.filter(pk=school.pk, alliance_id=before)
    if not rows.update(alliance=target, updated_at=clock.now()):
        raise Conflict()
    school.refresh_from_db()
    verb = "school.left_alliance" if target is None else "school.joined_alliance"
    record(actor=actor, verb=verb, target=school, data={"alliance": before or alliance_id})
    hooks.announce(affected | _members(alliance_id))
    return school


def _lock(alliance_ids: Iterable[int | None]) -> None:
    """Joining, leaving and dissolving come one after the other: who is in an alliance holds until the commit."""
    rows = Alliance.objects.filter(pk__in=[pk for pk in alliance_ids if pk is not None])
    list(rows.order_by("pk").select_for_update().values_list("pk"))


def _members(alliance_id: int | None) -> set[int]:
    if alliance_id is None:
        return set()
    return set(School.objects.filter(alliance_id=alliance_id).values_list("pk", flat=True))


def _found(actor: Actor, alliance_id: int) -> Alliance:
    alliance = alliances_visible_to(actor).filter(pk=alliance_id).first()
    if alliance is None:
        raise NotFound()
    return alliance


def _saved(alliance: Alliance, name: str) -> Alliance:
    alliance.name = " ".join(name.split())
    problem: Any = None
    if not alliance.name or len(alliance.name) > 100:
        problem = _("Enter a name of at most 100 characters.")
    elif Alliance.objects.exclude(pk=alliance.pk).filter(name=alliance.name).exists():
        problem = _("This name is already in use.")
    if problem is not None:
        raise Invalid(fields={"name": [problem]})
    try:
        with transaction.atomic():
            alliance.save()
    except IntegrityError as error:
        raise Invalid("name_taken", fields={"name": [_("This name is already in use.")]}) from error
    return alliance
