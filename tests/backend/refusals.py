"""Proof that a refusal leaves no trace: no row, no audit entry, nothing to send."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, models

from backend.audit.models import AuditEntry
from backend.common.errors import DomainError
from backend.common.models import OutboxEntry
from backend.notifications.models import Notification

TRACES = (AuditEntry, OutboxEntry, Notification)


def contents(*watched: type[models.Model]) -> dict[str, list[dict[str, Any]]]:
    """Every value, as the database has it, of every row of these models and of what a write leaves behind.

    Asked past the ORM, which takes ten times as long to say the same; hundreds of tests look twice.
    """
    return {model.__name__: _rows(model) for model in (*TRACES, *watched)}


def _rows(model: type[models.Model]) -> list[dict[str, Any]]:
    quote = connection.ops.quote_name
    table, key = quote(model._meta.db_table), quote(model._meta.pk.column)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY {key}")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@contextmanager
def refused(
    family: type[DomainError], code: str, *watched: type[models.Model], fields: list[str] | None = None
) -> Iterator[Any]:
    """The block raises exactly this refusal, naming these fields, and changes nothing in the watched models."""
    before = contents(*watched)
    with pytest.raises(DomainError) as caught:
        yield caught
    assert (type(caught.value), caught.value.code) == (family, code)
    if fields is not None:
        assert sorted(caught.value.fields) == sorted(fields)
    assert contents(*watched) == before


def last_trail() -> tuple[str, str, str, str, int]:
    """(verb, before, after, target, target id) of the newest audit entry."""
    entry = AuditEntry.objects.latest("pk")
    return entry.verb, entry.before, entry.after, entry.target, entry.target_id
