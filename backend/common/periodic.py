"""Work that comes round: registered by apps in ready(), run by the one worker loop or, where it is long, beside it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import connections

from backend.common import clock

log = structlog.get_logger(__name__)


@dataclass
class Job:
    """A named function, how often it is due, and whether it runs in a thread of its own."""

    name: str
    run: Callable[[], object]
    every: timedelta
    apart: bool = False
    last: datetime | None = None
    thread: threading.Thread | None = None


_jobs: dict[str, Job] = {}


def register(name: str, run: Callable[[], object], *, every: timedelta, apart: bool = False) -> None:
    """Have the worker call `run` about once per `every`. It must be harmless when two workers call it at once.

    `apart` is for what may take minutes: mail and everything else in the outbox go on beside it. While it still runs
    it is not begun again. It ends with its process, at any point, so it must bear being killed.
    """
    _jobs[name] = Job(name, run, every, apart)


def run_due() -> int:
    """Run what is due; the number of jobs run or begun. A job that fails is logged and comes round again."""
    done = 0
    moment = clock.now()
    for job in _jobs.values():
        if job.last is not None and moment - job.last < job.every:
            continue
        if job.thread is not None and job.thread.is_alive():
            continue
        job.last = moment
        if job.apart:
            job.thread = threading.Thread(target=_run_apart, args=(job,), name=job.name, daemon=True)
            job.thread.start()
        else:
            _run(job)
        done += 1
    return done


def _run(job: Job) -> None:
    """Whatever it raises is logged and goes no further: the worker and the other jobs go on."""
    try:
        job.run()
    except Exception:
        log.exception("periodic_job_failed", job=job.name)


def _run_apart(job: Job) -> None:
    """A thread has database connections of its own, which nobody else would close."""
    try:
        _run(job)
    finally:
        connections.close_all()
