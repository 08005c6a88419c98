"""Indexers as processes of their own, forked so that a hundred of them take seconds; some die where they are told to."""

import contextlib
import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator

from django.db import connections

from backend.common import failpoints, worker
from backend.positions import indexing
from search import api
from search.engines import configured
from search.failpoints import NAMES

FAILPOINTS = (*NAMES, "outbox.after_handler")
# Seconds after which an indexer that did not pass its failpoint gives up.
PATIENCE = 8.0


def fork(work: Callable[[], None]) -> int:
    """Run `work` in a child that shares no connection, client or open index with us; its pid."""
    connections.close_all()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        configured._remote.cache_clear()
        configured.embedded_in.cache_clear()
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(code)


def deliver(stop: threading.Event | None = None) -> None:
    """The product's worker loop, until SIGTERM."""
    stop = stop or threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    worker.loop(stop)


@contextlib.contextmanager
def running() -> Iterator[int]:
    """An indexer works while the block does."""
    pid = fork(deliver)
    try:
        yield pid
    finally:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)


@contextlib.contextmanager
def rebuilding(count: int) -> Iterator[Callable[[], int]]:
    """A process that rebuilds every engine `count` times once it is told to, as the worker or an operator's command does.

    It is forked before anybody has threads, whose locks a child would inherit. Calling what is given tells it, waits
    for it and gives the number of documents written, -1 where it failed.
    """
    wait, go = os.pipe()
    heard, tell = os.pipe()

    def work() -> None:
        # With the child's own end left open it would wait for itself when nobody tells it anything.
        os.close(go)
        if os.read(wait, 1):
            written = sum(api.rebuild(indexing.all_documents()) for _ in range(count))
            os.write(tell, str(written).encode())

    pid = fork(work)
    os.close(tell)

    def rebuild() -> int:
        os.write(go, b"!")
        return int(os.read(heard, 100) or -1)

    try:
        yield rebuild
    finally:
        for end in (go, wait, heard):
            os.close(end)
        os.waitpid(pid, 0)


def crashing(failpoint: str, passages: int) -> int:
    """Fork an indexer that is killed by SIGKILL when it passes the failpoint for the (passages + 1)th time."""
    left = [passages]

    def die() -> None:
        if left[0]:
            left[0] -= 1
        else:
            os.kill(os.getpid(), signal.SIGKILL)

    def work() -> None:
        stop = threading.Event()
        threading.Timer(PATIENCE, stop.set).start()
        with failpoints.armed(failpoint, die):
            if failpoint.endswith("_swap"):
                api.rebuild(indexing.all_documents())
            deliver(stop)

    return fork(work)


def ended(pid: int) -> bool | None:
    """Whether SIGKILL ended this child; None while it lives."""
    found, status = os.waitpid(pid, os.WNOHANG)
    if not found:
        return None
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
