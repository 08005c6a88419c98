"""Proof that a refusal leaves no trace: no row, no audit entry, nothing to send."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import models

from backend.audit.models import AuditEntry
from backend.common.errors import DomainError
from backend.common.models import OutboxEntry
from backend.notifications.models import Notification

TRACES = (AuditEntry, OutboxEntry, Notification)


def contents(*watched: type[models.Model]) -> dict[str, list[dict[str, Any]]]:
    """Every value of every row of these models and of what a write leaves behind."""
    return {
        model.__name__: list(model._default_manager.order_by("pk").values()) for model in (*TRACES, *watched)
    }


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
