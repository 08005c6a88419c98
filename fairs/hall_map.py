"""The hall as a schematic map: zones, and in each its booths in the order they stand; drawn from zone, order and label."""

from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import QuerySet

from backend.accounts.actor import Actor
from backend.students.models import Student
from fairs import queries, screens
from fairs.blocking import with_barred
from fairs.models import Booth, Fair
from fairs.queries import BoothFigures

KEPT = 5
"""Seconds for which the figures of a whole hall stand: hundreds look at the same map, and each reads it every few seconds."""


@dataclass(frozen=True)
class Map:
    """Zones shown, the names of all, and how many booths hire for the student's major; None: there is none to ask for."""

    zones: list[screens.Zone]
    names: list[str]
    hiring: int | None


def drawn(actor: Actor, fair: Fair, *, zone: str | None = None, hiring: bool = False) -> Map:
    """The map; of one zone, or of the booths that hire for one's major, where that is asked for.

    Each booth has its `figures`, whether it is `for_me`, that is whether a position it brings names the student's major, and
    whether it is `barred`: its company and the student do not meet.
    """
    booths = list(with_barred(_in_place(fair), actor.student_id))
    names = list(dict.fromkeys(booth.zone for booth in booths))
    major = _major(actor)
    figures = _figures(fair, booths)
    for booth in booths:
        booth.figures = figures.get(booth.pk, BoothFigures())
        booth.for_me = any(major & set(position.majors) for position in booth.positions.all())
    shown = [
        booth for booth in booths if (zone is None or booth.zone == zone) and (booth.for_me or not hiring)
    ]
    return Map(screens.by_zone(shown), names, sum(booth.for_me for booth in booths) if major else None)


def _in_place(fair: Fair) -> QuerySet[Booth]:
    rows = Booth.objects.filter(queries.open_booths(), fair=fair).select_related(
        "fair", "company", "division"
    )
    return queries.with_offers(rows).order_by("zone", "order", "label", "pk")


def _major(actor: Actor) -> set[str]:
    """Name and code of the student's major: what positions call it."""
    if actor.student_id is None:
        return set()
    row = Student.objects.filter(pk=actor.student_id).values_list("major__name", "major__code").first()
    return {word for word in row or () if word}


def _figures(fair: Fair, booths: list[Booth]) -> dict[int, BoothFigures]:
    key = f"map:{fair.pk}"
    found: dict[int, BoothFigures] | None = cache.get(key)
    if found is None:
        found = queries.figures_of(booths)
        cache.set(key, found, KEPT)
    return found
