"""The three runs; each returns its figures beside their bars."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from django.db import connections

from backend.common import outbox
from backend.common.models import OutboxEntry
from backend.positions import indexing
from backend.positions.benchmark.figures import Check
from search import api
from search.engines import configured
from tests.chaos import indexers
from tests.chaos.ground import Ground, Writer
from tests.chaos.searches import Searchers

# How to take Elasticsearch away, and how to bring it back.
Cut: TypeAlias = tuple[Callable[[], None], Callable[[], None]]
# Seconds after which index and database must agree.
SETTLE = 10.0


def crashes(
    ground: Ground,
    count: int,
    *,
    failpoints: Sequence[str] = indexers.FAILPOINTS,
    seed: int = 1,
    patience: float = SETTLE,
) -> list[Check]:
    """Kill an indexer at a failpoint `count` times while rows change; then one that lives, and look for drift."""
    drawn, writer = random.Random(seed), Writer(ground, seed)
    killed = tried = 0
    while killed < count and tried < count + 10:
        failpoint = failpoints[tried % len(failpoints)]
        tried += 1
        for _ in range(drawn.randint(1, 4)):
            writer.write()
        # A rebuild passes its failpoint once; the rest is passed as often as there is something to write.
        passages = 0 if failpoint.endswith("_swap") else drawn.choice((0, 0, 1))
        pid = indexers.crashing(failpoint, passages)
        while (killed_now := indexers.ended(pid)) is None:
            writer.write()
            threading.Event().wait(0.05)
        killed += killed_now
    ended = time.monotonic()
    with indexers.running():
        settled(ended + patience)
        return [
            Check("indexers killed at failpoints", killed, count, floor=True),
            Check("writes meanwhile", writer.writes),
            Check("of the seconds allowed, used", round(time.monotonic() - ended, 1)),
            *drift(),
        ]


def settled(deadline: float) -> None:
    """Until the outbox is empty, but no longer than the deadline."""
    while outbox.waiting() and time.monotonic() < deadline:
        threading.Event().wait(0.05)


def drift() -> Iterator[Check]:
    """What differs now between the database and each engine, and what waits for nobody any more."""
    if remote := configured.remote():
        remote.engine.refresh()
    for name, found in api.verify(indexing.all_standings).items():
        yield Check(f"{name}: missing", len(found.missing), 0)
        yield Check(f"{name}: ghosts", len(found.ghosts), 0)
        yield Check(f"{name}: stale", len(found.stale) + len(found.visibility), 0)
    yield Check("dead letters", OutboxEntry.objects.filter(dead_at__isnull=False).count(), 0)


def restarts(
    ground: Ground,
    cuts: Sequence[Cut],
    rate: float,
    *,
    calm: float = 1.0,
    away: float = 2.0,
    patience: float = 60.0,
) -> list[Check]:
    """Take Elasticsearch away and bring it back, pair by pair, under searches and writes; nobody may notice.

    All times in seconds; `patience`: how long to wait for answers from Elasticsearch after each return.
    """
    writer = Writer(ground, 2)
    returned = 0
    with indexers.running(), Searchers(rate) as answers:
        for kill, start in cuts:
            _for(calm, writer)
            kill()
            _for(away, writer)
            start()
            returned += answered_again(patience, writer)
        settled(time.monotonic() + SETTLE)
        drifted = list(drift())
    return [
        Check("searches", len(answers.seconds)),
        Check("failed searches", len(answers.failed), 0),
        Check("answered by the embedded index", answers.degraded),
        Check("slowest answer, ms", answers.milliseconds(1)),
        Check("p95, ms", answers.milliseconds(0.95)),
        Check("times Elasticsearch answered again", returned, len(cuts), floor=True),
        *drifted,
    ]


def _for(seconds: float, writer: Writer, rate: float = 5.0) -> None:
    """Write at a steady pace for a while."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        writer.write()
        threading.Event().wait(1 / rate)


def answered_again(seconds: float, writer: Writer) -> bool:
    """Go on writing until searches are answered by Elasticsearch; whether that came in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not api.state().degraded:
            return True
        _for(0.2, writer)
    return False


def rebuilds(ground: Ground, count: int, rate: float) -> list[Check]:
    """Rebuild every engine `count` times under writes and searches; then nothing is missing, too much or refused."""
    writer, stop = Writer(ground, 3), threading.Event()
    errors: list[str] = []

    def write_on() -> None:
        due = time.monotonic()
        while not stop.wait(max(0.0, due - time.monotonic())):
            due += 1 / rate
            try:
                writer.write()
            except Exception as error:  # noqa: BLE001 - whatever a write meets is what this run counts
                errors.append(repr(error))
        connections.close_all()

    began = time.monotonic()
    with indexers.running(), Searchers(rate) as answers:
        writing = threading.Thread(target=write_on)
        writing.start()
        documents = sum(api.rebuild(indexing.all_documents()) for _ in range(count))
        stop.set()
        writing.join()
        took = time.monotonic() - began
        settled(time.monotonic() + SETTLE)
        drifted = list(drift())
    return [
        Check("documents written by the rebuilds", documents),
        Check("writes a second meanwhile", round(writer.writes / took, 1)),
        Check("failed writes", len(errors), 0),
        Check("searches", len(answers.seconds)),
        Check("failed searches", len(answers.failed), 0),
        Check("slowest answer, ms", answers.milliseconds(1)),
        *drifted,
    ]
