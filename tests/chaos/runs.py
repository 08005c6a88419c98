"""The three runs; each returns its figures beside their bars."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
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
# Seconds that a write may wait for an engine while indices are rebuilt: it must be found within two.
WAIT = 2.0


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


@dataclass
class Steady:
    """Somebody who writes `rate` times a second in a thread, looking now and then how long the oldest write has waited."""

    writer: Writer
    rate: float
    failed: list[str] = field(default_factory=list)
    waited: float = 0.0
    seconds: float = 0.0

    def __enter__(self) -> "Steady":
        self._stop, self._began = threading.Event(), time.monotonic()
        self._thread = threading.Thread(target=self._write_on)
        self._thread.start()
        return self

    def __exit__(self, *_ended: object) -> None:
        self.seconds = time.monotonic() - self._began
        self._stop.set()
        self._thread.join()

    def _write_on(self) -> None:
        due = time.monotonic()
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            due += 1 / self.rate
            try:
                self.writer.write()
                if self.writer.writes % 10 == 0:
                    self.waited = max([self.waited, *indexing.waiting().values()])
            except Exception as error:  # noqa: BLE001 - whatever a write meets is what this run counts
                self.failed.append(repr(error))
        connections.close_all()


def rebuilds(
    ground: Ground, count: int, rate: float, *, pace: float = 0.95, patience: float = WAIT
) -> list[Check]:
    """Rebuild every engine `count` times under writes and searches; then nothing is missing, too much or refused.

    `pace` is the share of `rate` that writes must keep, `patience` the longest that one may wait for an engine, in seconds.
    """
    with indexers.running(), indexers.rebuilding(count) as rebuild, Searchers(rate) as answers:
        with Steady(Writer(ground, 3), rate) as steady:
            documents = rebuild()
        settled(time.monotonic() + SETTLE)
        drifted = list(drift())
    return [
        Check("documents written by the rebuilds", documents, 0, floor=True),
        Check("seconds of the rebuilds", round(steady.seconds, 1)),
        Check(
            "writes a second meanwhile",
            round(steady.writer.writes / steady.seconds, 1),
            rate * pace,
            floor=True,
        ),
        Check("failed writes", len(steady.failed), 0),
        Check("longest wait of a write for an engine, s", round(steady.waited, 2), patience),
        Check("searches", len(answers.seconds)),
        Check("failed searches", len(answers.failed), 0),
        Check("p95, ms", answers.milliseconds(0.95)),
        Check("slowest answer, ms", answers.milliseconds(1)),
        *drifted,
    ]
