"""The one worker loop: outbox relay and periodic jobs; a process of its own at scale, a thread in the demo."""

import threading
from datetime import timedelta

import structlog
from django.db import close_old_connections, connections

from backend.common import lasting, outbox, periodic

log = structlog.get_logger(__name__)
POLL = timedelta(milliseconds=500)


def loop(stop: threading.Event) -> None:
    """Deliver and run jobs until `stop` is set; wakes at once when this process puts something in the outbox."""
    log.info("worker_started")
    while not stop.is_set():
        close_old_connections()
        outbox.wake.clear()
        try:
            busy = outbox.run_once()
            periodic.run_due()
        except Exception:
            log.exception("worker_round_failed")
            stop.wait(2)
            continue
        if not busy:
            outbox.wake.wait(POLL.total_seconds())
    log.info("worker_stopped")


def start_thread() -> threading.Event:
    """Run the loop in a daemon thread; returns the event that stops it."""
    stop = threading.Event()
    threading.Thread(target=_lasting, args=(stop,), name="worker", daemon=True).start()
    return stop


def _lasting(stop: threading.Event) -> None:
    lasting.last()
    try:
        loop(stop)
    finally:
        connections.close_all()
