"""The transactional outbox: `put` in a write's transaction, handlers run afterwards, at least once (rule 8).

One mechanism drives the search index, notifications, mail and the fair's doorbell. A handler gets a batch of payloads and must be
idempotent: an entry comes again when a relay died between the handler and the deletion. A failing batch is retried entry by entry
with growing delay, and after MAX_ATTEMPTS lies in the dead-letter list that staff can see and send again.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet

from backend.common import clock, failpoints
from backend.common.models import OutboxEntry

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 8

Handler = Callable[[Sequence[dict[str, Any]]], None]
SchoolOf = Callable[[dict[str, Any]], int | None]


@dataclass(frozen=True)
class Topic:
    """A registered topic: handler, entries per call, for how long they are its own, whose school a payload is of, and
    whether it is delivered beside the others."""

    name: str
    handle: Handler
    batch: int
    lease: timedelta
    school_of: SchoolOf | None = None
    apart: bool = False


class Postponed(Exception):
    """Raised by a handler whose receiver is away: the batch comes again after `delay`, uncounted, however long it takes.

    Until then the topic rests, so that thousands of waiting entries cost one attempt.
    """

    def __init__(self, delay: timedelta, reason: str = "") -> None:
        super().__init__(reason)
        self.delay = delay


_topics: dict[str, Topic] = {}
_resting: dict[str, datetime] = {}
wake = threading.Event()
"""Set on commit after `put`, so that a relay in this process need not wait for its next poll."""


def register(
    name: str,
    handle: Handler,
    *,
    batch: int = 1,
    lease: timedelta = LEASE,
    school_of: SchoolOf | None = None,
    apart: bool = False,
) -> None:
    """Name the one handler of a topic; called from an app's ready().

    What a killed relay held waits until its lease ends. Give a short one where delivering twice costs nothing: a
    handler that takes longer than its lease may see its entries handled by another relay too. `school_of` is asked
    when an entry is given up: that school's staff see it in the dead-letter list. `apart` is for batches that may take
    seconds: the other topics go on beside it.
    """
    _topics[name] = Topic(name, handle, batch, lease, school_of, apart)


def put(
    topic: str, payload: dict[str, Any], *, dedupe_key: str | None = None, delay: timedelta = timedelta()
) -> None:
    """Record an entry in the running transaction; an equal key that still waits absorbs it.

    The absorbed payload is dropped: entries with a key say "look at row N again", they carry no value.
    """
    entries = _entries(topic, [(payload, dedupe_key)], delay)
    OutboxEntry.objects.bulk_create(entries, ignore_conflicts=dedupe_key is not None)
    _wake(delay)


def put_many(
    topic: str, rows: Sequence[tuple[dict[str, Any], str | None]], *, delay: timedelta = timedelta()
) -> None:
    """Record many (payload, dedupe_key) entries in one statement per thousand."""
    entries = _entries(topic, rows, delay)
    OutboxEntry.objects.bulk_create(entries, ignore_conflicts=True, batch_size=1000)
    _wake(delay)


def _wake(delay: timedelta) -> None:
    """What is not due yet is found by the poll: a relay woken for it would look in vain."""
    if delay <= timedelta():
        transaction.on_commit(wake.set)


def _entries(
    topic: str, rows: Sequence[tuple[dict[str, Any], str | None]], delay: timedelta
) -> list[OutboxEntry]:
    moment = clock.now()
    return [
        OutboxEntry(
            topic=topic, payload=payload, dedupe_key=key, created_at=moment, available_at=moment + delay
        )
        for payload, key in rows
    ]


def run_once(only: Sequence[str] = ()) -> int:
    """Deliver what is due, topic by topic, or of these topics alone; the number of entries delivered.

    Without names the topics that are apart are left to `run_apart`.
    """
    named = only or [topic.name for topic in _topics.values() if not topic.apart]
    due = set(_due().filter(topic__in=named).values_list("topic", flat=True).distinct())
    return sum(_run_topic(topic) for topic in _topics.values() if topic.name in due)


def run_apart() -> int:
    """Deliver what is due of the topics that are apart, until nothing is; the number of entries delivered."""
    names = [topic.name for topic in _topics.values() if topic.apart]
    total = 0
    while names and (done := run_once(names)):
        total += done
    return total


def drain(limit: int = 10_000) -> int:
    """Deliver until nothing is due (tests, demo build); the number delivered."""
    total = 0
    while total < limit:
        done = run_once() + run_apart()
        if not done:
            break
        total += done
    return total


def waiting() -> int:
    """How many live entries wait or are being delivered."""
    return OutboxEntry.objects.filter(dead_at__isnull=True).count()


def revive(entry_id: int) -> bool:
    """Send a dead entry again; False when it is not in the dead-letter list."""
    return bool(
        OutboxEntry.objects.filter(pk=entry_id, dead_at__isnull=False).update(
            dead_at=None, attempts=0, dedupe_key=None, leased_until=None, available_at=clock.now()
        )
    )


def _run_topic(topic: Topic) -> int:
    entries = [] if _rests(topic) else _lease(topic)
    return _deliver(topic, entries) if entries else 0


def _deliver(topic: Topic, entries: Sequence[OutboxEntry]) -> int:
    """Hand entries over and take them off; when a batch fails, one by one, so that only the bad ones wait."""
    try:
        topic.handle([entry.payload for entry in entries])
    except Postponed as later:
        return _postpone(topic, entries, later)
    except Exception as error:  # noqa: BLE001 - a handler may fail in any way; the entry keeps the reason and is retried
        if len(entries) > 1:
            return sum(_deliver(topic, [entry]) for entry in entries)
        _failed(topic, entries[0], error)
        return 0
    failpoints.hit("outbox.after_handler")
    OutboxEntry.objects.filter(pk__in=[entry.pk for entry in entries]).delete()
    return len(entries)


def _rests(topic: Topic) -> bool:
    return topic.name in _resting and clock.now() < _resting[topic.name]


def _postpone(topic: Topic, entries: Sequence[OutboxEntry], later: Postponed) -> int:
    """Let the lease of these entries end after the delay; their keys stay theirs."""
    until = clock.now() + later.delay
    _resting[topic.name] = until
    OutboxEntry.objects.filter(pk__in=[entry.pk for entry in entries]).update(leased_until=until)
    log.info("outbox_postponed", topic=topic.name, entries=len(entries), error=str(later)[:300])
    return 0


def _due() -> QuerySet[OutboxEntry]:
    """What may be taken at this moment."""
    moment = clock.now()
    free = Q(leased_until__isnull=True) | Q(leased_until__lt=moment)
    return OutboxEntry.objects.filter(free, dead_at__isnull=True, available_at__lte=moment)


def _lease(topic: Topic) -> list[OutboxEntry]:
    """Take due entries for the topic's lease; two relays never take the same one."""
    moment = clock.now()
    with transaction.atomic():
        # SQLite serialises by BEGIN IMMEDIATE and ignores the lock hint (trap 12); PostgreSQL skips others' rows.
        due = _due().filter(topic=topic.name).select_for_update(skip_locked=True)
        taken = list(due.order_by("id")[: topic.batch])
        OutboxEntry.objects.filter(pk__in=[entry.pk for entry in taken]).update(
            leased_until=moment + topic.lease
        )
    return taken


def _failed(topic: Topic, entry: OutboxEntry, error: Exception) -> None:
    """Release an entry with a growing delay, or lay it into the dead-letter list."""
    attempts = entry.attempts + 1
    dead = attempts >= MAX_ATTEMPTS
    log.warning(
        "outbox_delivery_failed",
        topic=entry.topic,
        entry=entry.pk,
        attempts=attempts,
        dead=dead,
        error=repr(error),
    )
    OutboxEntry.objects.filter(pk=entry.pk).update(
        attempts=attempts,
        last_error=repr(error)[:2000],
        dead_at=clock.now() if dead else None,
        school_id=topic.school_of(entry.payload) if dead and topic.school_of else None,
        # The key is given up: a newer entry with the same key may already wait.
        dedupe_key=None,
        leased_until=None,
        available_at=clock.now() + timedelta(seconds=2**attempts),
    )
