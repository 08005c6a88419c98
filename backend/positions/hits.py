"""Rows of hits for lists that show few columns: read by one prepared query, as every search asks for some."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from types import SimpleNamespace

from django.db import connection

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.common import clock
from backend.common.prepared import Prepared
from backend.positions.models import Position
from backend.positions.queries import open_positions_visible_to

PREPARED = frozenset({Role.ANONYMOUS, Role.STUDENT})
"""Who searches most; what others see hangs on more than their schools."""
# What stands for the values while the SQL is made: no row has such an id, nor is it ever that moment again.
MOMENT, SCHOOL = datetime(1970, 1, 1, tzinfo=UTC), -1_000_000


class Row(SimpleNamespace):
    """A position with the columns that were asked for."""

    @property
    def pk(self) -> int:
        """As a model says it."""
        return int(self.id)


def read(actor: Actor, ids: Sequence[int], columns: tuple[str, ...]) -> dict[int, Position | Row]:
    """By id, those of the positions that this person sees among the open ones at this moment, with these columns.

    Columns are names of fields, `id` first, or of `company__` or `occupation__` fields. Of a model any other costs a query
    for each row; a `Row` has no other.
    """
    if actor.role not in PREPARED:
        return open_positions_visible_to(actor, by_id=True).only(*columns).in_bulk(ids)
    schools = actor.school_ids if actor.role == Role.STUDENT else ()
    if not ids or (actor.role == Role.STUDENT and not schools):
        return {}
    statement = _statement(connection.vendor, Role(actor.role), len(schools), len(ids), columns)
    values = {"now": clock.now()}
    values |= {f"school{place}": pk for place, pk in enumerate(schools)}
    values |= {f"id{place}": pk for place, pk in enumerate(ids)}
    return {row[0]: _row(columns, row) for row in statement.run(values)}


@lru_cache(maxsize=256)
def _statement(vendor: str, role: Role, schools: int, many: int, columns: tuple[str, ...]) -> Prepared:
    """For anybody with this role and so many schools in the circle, and so many ids."""
    marks = {MOMENT: "now"}
    marks |= {SCHOOL - place: f"school{place}" for place in range(schools)}
    marks |= {-1 - place: f"id{place}" for place in range(many)}
    actor = Actor(role=role, school_ids=tuple(SCHOOL - place for place in range(schools)))
    rows = open_positions_visible_to(actor, by_id=True, now=MOMENT)
    wanted = rows.filter(pk__in=[-1 - place for place in range(many)]).order_by()
    return Prepared(wanted.values_list(*columns), marks)


def _row(columns: Sequence[str], values: Sequence[object]) -> Row:
    row = Row(company=SimpleNamespace(), occupation=SimpleNamespace())
    for column, value in zip(columns, values, strict=True):
        place, _, name = column.rpartition("__")
        setattr(getattr(row, place) if place else row, name, value)
    return row
