"""Rows behind the demand/supply ratio, for the staff who ask."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.applications.enums import ApplicationStatus
from backend.applications.models import Application
from backend.common import clock
from backend.common.errors import NotAllowed
from backend.companies.queries import reachable
from backend.insights.enums import Dimension, Side
from backend.insights.ratio import ANY, Item, Table, members, ratio_table
from backend.positions.enums import PositionStatus
from backend.positions.models import Position
from backend.positions.queries import open_now, positions_visible_to
from backend.schools.queries import city_name, occupation_name
from backend.students.enums import Education, PositionKind, StudentStatus
from backend.students.models import Student
from backend.students.queries import students_visible_to


@dataclass(frozen=True)
class Exclusion:
    """Rows that are left out of the figure, and why."""

    reason: str
    number: int


@dataclass(frozen=True)
class Observation:
    """A table with its moment, the items behind it, labels and what was left out."""

    dimension: Dimension
    at: datetime
    table: Table
    demand: tuple[Item, ...]
    supply: tuple[Item, ...]
    labels: dict[str, str]
    excluded: tuple[Exclusion, ...]

    def label(self, key: str) -> str:
        """The name of a group."""
        return self.labels.get(key, key)


def observer(actor: Actor) -> None:
    """Staff and operators look at demand and supply; nobody else."""
    if actor.role not in {Role.STAFF, Role.OPERATOR}:
        raise NotAllowed()


def open_positions(actor: Actor) -> QuerySet[Position]:
    """The numerator's rows: published, valid, of a verified company of the circle, deadline not past."""
    return positions_visible_to(actor).filter(open_now(), deadline__gte=clock.today())


def seekers(actor: Actor) -> QuerySet[Student]:
    """The denominator's rows: confirmed students who look and have not been hired through an application."""
    hired = Application.objects.filter(status=ApplicationStatus.HIRED).values("student_id")
    return (
        students_visible_to(actor).filter(status=StudentStatus.CONFIRMED, seeking=True).exclude(pk__in=hired)
    )


def observe(actor: Actor, dimension: Dimension) -> Observation:
    """Demand and supply by one dimension, at this moment."""
    observer(actor)
    demand, supply = demand_items(actor, dimension), supply_items(actor, dimension)
    table = ratio_table(demand, supply)
    labels = _labels(dimension, [group.key for group in table.groups])
    excluded = _exclusions(actor, positions=len(demand), students=len(supply))
    return Observation(dimension, clock.now(), table, demand, supply, labels, excluded)


def rows_behind(actor: Actor, observation: Observation, side: Side, key: str) -> QuerySet[Any]:
    """The positions or students that make one figure."""
    observer(actor)
    if side == Side.OPENINGS:
        return (
            open_positions(actor).filter(pk__in=members(observation.demand, key)).order_by("-openings", "pk")
        )
    return seekers(actor).filter(pk__in=members(observation.supply, key)).order_by("number", "pk")


def demand_items(actor: Actor, dimension: Dimension) -> tuple[Item, ...]:
    """Open positions with the groups each counts in."""
    column, groups = _DEMAND[dimension]
    rows = open_positions(actor).order_by("pk").values_list("pk", "openings", column)
    return tuple(Item(pk, openings, groups(value)) for pk, openings, value in rows)


def supply_items(actor: Actor, dimension: Dimension) -> tuple[Item, ...]:
    """Seekers with the groups each counts in."""
    column, groups = _SUPPLY[dimension]
    rows = seekers(actor).order_by("pk").values_list("pk", column)
    return tuple(Item(pk, 1, groups(value)) for pk, value in rows)


Groups = Callable[[Any], tuple[str, ...]]


def _one(value: str) -> tuple[str, ...]:
    return (value,)


def _level(value: str) -> tuple[str, ...]:
    return () if value == Education.ANY else (value,)


def _major_groups(codes: list[str] | str) -> tuple[str, ...]:
    """Occupation codes as the eight major groups of the classification: "2-02-10-01" counts in "2-00-00-00"."""
    listed = [codes] if isinstance(codes, str) else codes
    return tuple(dict.fromkeys(f"{code[:1]}-00-00-00" for code in listed if code))


_DEMAND: dict[Dimension, tuple[str, Groups]] = {
    Dimension.OCCUPATION: ("occupation_id", _major_groups),
    Dimension.MAJOR: ("majors", tuple),
    Dimension.CITY: ("city_code", _one),
    Dimension.EDUCATION: ("education", _level),
    Dimension.KIND: ("kind", _one),
}
_SUPPLY: dict[Dimension, tuple[str, Groups]] = {
    Dimension.OCCUPATION: ("wanted_occupations", _major_groups),
    Dimension.MAJOR: ("major__name", _one),
    Dimension.CITY: ("wanted_cities", tuple),
    Dimension.EDUCATION: ("education", _one),
    Dimension.KIND: ("wanted_kinds", tuple),
}


def _labels(dimension: Dimension, keys: list[str]) -> dict[str, str]:
    """Names of the groups in the active language."""
    match dimension:
        case Dimension.OCCUPATION:
            found = {key: occupation_name(key) for key in keys}
        case Dimension.CITY:
            found = {key: city_name(key) for key in keys}
        case Dimension.EDUCATION:
            found = {level.value: str(level.label) for level in Education}
        case Dimension.KIND:
            found = {kind.value: str(kind.label) for kind in PositionKind}
        case _:
            found = {}
    return {**found, ANY: _("Nothing named")}


def _exclusions(actor: Actor, *, positions: int, students: int) -> tuple[Exclusion, ...]:
    """What is visible but not counted, each row under its first reason; the numbers counted are known already."""
    confirmed = Q(status=StudentStatus.CONFIRMED)
    people = students_visible_to(actor).aggregate(
        everybody=Count("pk"),
        confirmed=Count("pk", filter=confirmed),
        looking=Count("pk", filter=confirmed & Q(seeking=True)),
    )
    published = positions_visible_to(actor).filter(
        status=PositionStatus.PUBLISHED, expires_at__gt=clock.now()
    )
    places = published.aggregate(published=Count("pk"), vetted=Count("pk", filter=reachable("company__")))
    return (
        Exclusion(_("students the school has not confirmed"), people["everybody"] - people["confirmed"]),
        Exclusion(_("students who do not look for a position"), people["confirmed"] - people["looking"]),
        Exclusion(_("students who accepted an offer"), people["looking"] - students),
        Exclusion(
            _("published positions of companies without valid vetting"),
            places["published"] - places["vetted"],
        ),
        Exclusion(_("published positions past their deadline"), places["vetted"] - positions),
    )
