"""Each guard turned off for the length of a block: what chaos must then find."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any
from unittest.mock import patch

from backend.common import outbox
from backend.common.models import OutboxEntry
from search import failover
from search.engines.elasticsearch import writing as elasticsearch
from search.engines.elasticsearch.bulk import Bulk
from search.engines.tantivy.writing import Writing


@contextlib.contextmanager
def at_most_once() -> Iterator[None]:
    """An entry leaves the outbox before it is handled, so a crash loses it."""
    lease = outbox._lease

    def taken(topic: outbox.Topic) -> list[OutboxEntry]:
        entries = lease(topic)
        OutboxEntry.objects.filter(pk__in=[entry.pk for entry in entries]).delete()
        return entries

    with patch.object(outbox, "_lease", taken):
        yield


@contextlib.contextmanager
def no_failover() -> Iterator[None]:
    """Nobody answers for Elasticsearch."""

    def answered(ask: Any, mark: Any) -> Any:
        return ask(failover.remote().engine)

    with patch("search.serving.answered", answered):
        yield


@contextlib.contextmanager
def no_versions() -> Iterator[None]:
    """Whoever writes last wins, in both engines."""
    once = Bulk._once

    def unversioned(self: Bulk, chunk: list[Any], kind: str) -> list[Any]:
        client, self.client = self.client, _Unversioned(self.client)
        try:
            return once(self, chunk, kind)
        finally:
            self.client = client

    with (
        patch.object(Writing, "wins", staticmethod(lambda row, known, over_equal: True)),
        patch.object(Bulk, "_once", unversioned),
    ):
        yield


class _Unversioned:
    """A client whose bulk requests say nothing of versions."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def bulk(self, *, operations: Sequence[dict[str, Any]], **options: Any) -> Any:
        for place in operations[::2]:
            place["index"].pop("version")
            place["index"].pop("version_type")
        return self._client.bulk(operations=operations, **options)


@contextlib.contextmanager
def no_notes() -> Iterator[None]:
    """What is written while the embedded index is built anew is not put down for the new one."""
    with patch.object(Writing, "note", lambda self, name, rows: None):
        yield


@contextlib.contextmanager
def no_tombstones() -> Iterator[None]:
    """The forgotten are not carried into a new index."""
    with (
        patch.object(Writing, "tombstones", lambda self: []),
        patch.object(elasticsearch.Writing, "listed", lambda self, alias, wanted: iter(())),
    ):
        yield
