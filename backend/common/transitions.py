"""One explicit state machine per workflow: a table, and one conditional setter (rules 10 and 12)."""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from backend.common import clock
from backend.common.errors import Conflict

Table = Mapping[str, frozenset[str]]


def move(
    row: models.Model,
    to: str,
    table: Table,
    *,
    field: str = "status",
    seen: int | None = None,
    **also: Any,
) -> str:
    """Set `field` of `row` to `to` if the table allows it from the present status; returns the status before.

    The write is conditional on the status read, so that of several simultaneous callers exactly one wins, on SQLite
    as on PostgreSQL; the others get Conflict. `also` sets further columns in the same statement. A model with a
    `version` column has it raised; `seen` is the version somebody looked at while deciding, and another one is a
    Conflict too. Call inside transaction.atomic, write the audit row next.
    """
    before = getattr(row, field)
    if to not in table.get(before, frozenset()):
        raise Conflict(
            "wrong_state",
            _("Not possible from “%(before)s”."),
            before=_label(row, field, before),
            after=_label(row, field, to),
        )
    values = {field: to, "updated_at": clock.now(), **also}
    if any(column.name == "version" for column in row._meta.concrete_fields):
        values["version"] = models.F("version") + 1
    expected = {field: before} | ({} if seen is None else {"version": seen})
    changed = type(row)._default_manager.filter(pk=row.pk, **expected).update(**values)
    if not changed:
        raise Conflict()
    row.refresh_from_db(fields=list(values))
    return before


def _label(row: models.Model, field: str, value: str) -> str:
    choices = dict(row._meta.get_field(field).flatchoices)
    return str(choices.get(value, value))
