"""In which order the booths of the hall stand: by number, the shortest line first, or the best fit first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.cache import cache
from django.core.paginator import Page
from django.db.models import Count, Exists, Q, QuerySet

from backend.accounts.actor import Actor
from backend.recommendations.domain import record_places
from backend.recommendations.enums import Surface
from backend.recommendations.queries import BoothFit, booths_by_fit
from backend.students.models import Student
from fairs.enums import IN_LINE
from fairs.models import Booth, BoothPosition, Fair

SORTS = ("number", "line", "fit")
KEPT = 10 * 60
"""Seconds for which a student's order by fit stands: the hall is read again every few seconds."""


@dataclass(frozen=True)
class Order:
    """Booths, or their ids, in order; with `fit` by booth where they stand by it, `refused` where they cannot."""

    rows: Any
    fits: dict[int, BoothFit] = field(default_factory=dict)
    refused: bool = False


def ordered(actor: Actor, fair: Fair, rows: QuerySet[Booth], sort: str) -> Order:
    """The booths in the order asked for; by number where that makes no sense."""
    if sort == "line":
        waiting = Count("tickets", filter=Q(tickets__status__in=IN_LINE))
        return Order(rows.annotate(in_line=waiting).order_by("in_line", "label", "pk"))
    if sort != "fit":
        return Order(rows)
    # The switch is read with the booths: an order that was kept says nothing of whoever has switched it off since.
    switched_on = Exists(Student.objects.filter(pk=actor.student_id, personalised=True))
    asked = dict(rows.annotate(by_fit=switched_on).values_list("pk", "by_fit"))
    found = _by_fit(actor, fair) if all(asked.values()) else None
    if not found:
        return Order(rows, refused=found is None)
    fits = {one.booth: one for one in found}
    known = [pk for pk in fits if pk in asked]
    return Order([*known, *(pk for pk in asked if pk not in fits)], fits)


def _by_fit(actor: Actor, fair: Fair) -> list[BoothFit] | None:
    key = f"hall:{actor.school_id}:{actor.student_id}:{fair.pk}"
    found: list[BoothFit] | None = cache.get(key)
    if found is None:
        offers: dict[int, list[int]] = {}
        brought = BoothPosition.objects.filter(booth__fair=fair).order_by("booth__label", "booth_id")
        for booth, position in brought.values_list("booth_id", "position_id"):
            offers.setdefault(booth, []).append(position)
        found = booths_by_fit(actor, offers)
        if found:
            cache.set(key, found, KEPT)
    return found


def record_shown(actor: Actor, rows: Page) -> int:
    """Keep at which places of the order by fit a student was shown the best positions of these booths; the number.

    Each has its booth's place, also behind booths that bring nothing. What two booths bring counts where it stood first.
    """
    placed, told = [], set()
    for rank, booth in enumerate(rows, rows.start_index()):
        grounds = booth.best and booth.best.grounds
        if grounds and grounds.position not in told:
            told.add(grounds.position)
            placed.append((rank, grounds))
    return record_places(actor=actor, placed=placed, surface=Surface.HALL)


def loaded(rows: QuerySet[Booth], ids: Sequence[int]) -> list[Booth]:
    """The booths of these ids, in their order."""
    held = {booth.pk: booth for booth in rows.filter(pk__in=list(ids))}
    return [held[pk] for pk in ids if pk in held]
