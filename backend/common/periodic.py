"""Work that comes round: registered by apps in ready(), run by the one worker loop."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from backend.common import clock

log = structlog.get_logger(__name__)


@dataclass
class Job:
    """A named function and how often it is due."""

    name: str
    run: Callable[[], object]
    every: timedelta
    last: datetime | None = None


_jobs: dict[str, Job] = {}


def register(name: str, run: Callable[[], object], *, every: timedelta) -> None:
    """Have the worker call `run` about once per `every`. It must be harmless when two workers call it at once."""
    _jobs[name] = Job(name, run, every)


def run_due() -> int:
    """Run what is due; the number of jobs run. A job that fails is logged and comes round again."""
    done = 0
    moment = clock.now()
    for job in _jobs.values():
        if job.last is not None and moment - job.last < job.every:
            continue
        job.last = moment
        try:
            job.run()
        except Exception:
            log.exception("periodic_job_failed", job=job.name)
        done += 1
    return done
