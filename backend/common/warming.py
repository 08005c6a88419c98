"""What makes the first requests of a process as quick as the next: registered by apps in ready(), done beside the serving.

A server answers at once; what its first lists of matches would wait for (the encoder, the rows as arrays) is read in a
thread meanwhile, and `/readyz` says so until it is done. Who asks earlier waits for the same work, not for a second one.
"""

import gc
import threading
import time
from collections.abc import Callable

import structlog
from django.db import connections

log = structlog.get_logger(__name__)

_steps: dict[str, Callable[[], object]] = {}
_doing: list[str] = []


def register(name: str, run: Callable[[], object]) -> None:
    """Have every process that serves call `run` once, soon after its start."""
    _steps[name] = run


def start_thread() -> threading.Thread:
    """Do it all in a daemon thread."""
    _doing[:] = list(_steps)
    thread = threading.Thread(target=run, name="warming", daemon=True)
    thread.start()
    return thread


def remaining() -> list[str]:
    """What is not done yet; empty where all is, and in a process that warms nothing."""
    return list(_doing)


def run() -> None:
    """Do it all, in the order of registration.

    A step that fails is logged and left: the first request does the same, and shows what is wrong. What has been read
    stays as long as the process: it is set apart, or a request now and then waits a tenth of a second while all of it
    is looked through for garbage.
    """
    _doing[:] = list(_steps)
    try:
        while _doing:
            started = time.perf_counter()
            try:
                _steps[_doing[0]]()
            except Exception:
                log.exception("warming_failed", step=_doing[0])
            else:
                log.info("warmed", step=_doing[0], seconds=round(time.perf_counter() - started, 1))
            del _doing[0]
    finally:
        connections.close_all()
        gc.collect()
        gc.freeze()
