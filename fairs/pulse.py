"""What each server process knows of itself, written to a small row every few seconds: sockets, answers, faults, who was seen.

Nothing is written while a request waits: pages and sockets only note in memory, and a thread of the process writes.
"""

import os
import socket
import threading
from collections import deque
from datetime import datetime, timedelta

import structlog
from django.db import connections, transaction
from django_prometheus.middleware import Metrics

from backend.accounts.models import User
from backend.common import clock
from fairs.models import Booth, BoothPresence, ServerProcess
from fairs.realtime import hub

log = structlog.get_logger(__name__)

EVERY = 5.0
AGAIN = timedelta(minutes=1)
"""So often at most the row of one person at one booth is written."""
SPAN = timedelta(minutes=5)
"""The figures of a process are those of this last while."""
GONE = timedelta(minutes=1)
"""A process that has not beaten for so long is no longer counted; after a day its row goes."""

_guard = threading.Lock()
_seen: dict[tuple[int, int], datetime] = {}
_written: dict[tuple[int, int], datetime] = {}
_past: deque[tuple[datetime, int, int]] = deque()


def note(booth_id: int, user_id: int) -> None:
    """Somebody is at a booth at this moment."""
    with _guard:
        _seen[booth_id, user_id] = clock.now()


def start_thread() -> threading.Thread:
    """Beat in a daemon thread for as long as the process lives."""
    thread = threading.Thread(target=_beat_on, name="pulse", daemon=True)
    thread.start()
    return thread


def _beat_on() -> None:
    waiting = threading.Event()
    while not waiting.wait(EVERY):
        try:
            beat()
        except Exception:
            log.exception("pulse_not_written")
        finally:
            connections.close_all()


def beat() -> None:
    """Write what was noted, and how this process fares."""
    now = clock.now()
    sockets = hub.open_sockets()
    for user_id, streams in sockets:
        for stream in streams:
            audience, _, tail = stream.partition("-")
            if audience == "booth":
                note(int(tail), user_id)
    _write_seen(now)
    answers, errors = _answered()
    _past.append((now, answers, errors))
    while len(_past) > 1 and now - _past[0][0] > SPAN:
        _past.popleft()
    _when, answers_before, errors_before = _past[0]
    ServerProcess.objects.update_or_create(
        name=f"{socket.gethostname()[:60]}:{os.getpid()}",
        defaults={
            "sockets": len(sockets),
            "answers": answers - answers_before,
            "errors": errors - errors_before,
            "beat_at": now,
        },
    )
    ServerProcess.objects.filter(beat_at__lt=now - timedelta(days=1)).delete()


def _write_seen(now: datetime) -> None:
    with _guard:
        fresh = {
            pair: at for pair, at in _seen.items() if pair not in _written or at - _written[pair] >= AGAIN
        }
        _seen.clear()
        for pair in [pair for pair, at in _written.items() if now - at > AGAIN]:
            del _written[pair]
    if not fresh:
        return
    with transaction.atomic():
        booths = Booth.objects.filter(pk__in={booth for booth, _user in fresh})
        # Whoever has erased the account since leaves no trace here.
        users = User.objects.filter(pk__in={user for _booth, user in fresh}, is_active=True)
        there, people = (set(rows.values_list("pk", flat=True)) for rows in (booths, users))
        BoothPresence.objects.bulk_create(
            [
                BoothPresence(booth_id=booth, user_id=user, seen_at=at)
                for (booth, user), at in sorted(fresh.items())
                if booth in there and user in people
            ],
            update_conflicts=True,
            unique_fields=["booth", "user"],
            update_fields=["seen_at"],
        )
    # Only now: what could not be written is written when the person is next seen.
    with _guard:
        _written.update(fresh)


def _answered() -> tuple[int, int]:
    """How many answers this process has given since it began, and how many of them were faults of ours (5xx)."""
    answers = errors = 0
    for metric in Metrics.get_instance().responses_by_status.collect():
        for sample in metric.samples:
            if sample.name.endswith("_total"):
                answers += int(sample.value)
                errors += int(sample.value) if sample.labels["status"].startswith("5") else 0
    return answers, errors
