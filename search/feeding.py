"""Feeding: documents in and out of every engine, rebuilt, compared with the database; and the state of it all."""

import heapq
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from search import metrics
from search.documents import PositionDocument
from search.engines import base
from search.engines.base import DocumentRefused, EngineUnavailable, SearchEngine, Standing
from search.engines.configured import embedded, engines, remote, vectors
from search.results import Drift, State

log = logging.getLogger(__name__)


def _nobody_waits() -> Mapping[str, float]:
    return {}


@dataclass(frozen=True)
class Source:
    """Where all documents come from, what of them should be findable, by id, and for how long writes have waited.

    `waiting` gives seconds by engine name; an engine that is not named has everything.
    """

    documents: Callable[[], Iterable[PositionDocument]]
    standings: Callable[[], Iterable[Standing]]
    waiting: Callable[[], Mapping[str, float]] = _nobody_waits


_sources: list[Source] = []


def register_source(
    documents: Callable[[], Iterable[PositionDocument]],
    standings: Callable[[], Iterable[Standing]],
    waiting: Callable[[], Mapping[str, float]] = _nobody_waits,
) -> None:
    """Called once by the app that owns positions, when it is ready."""
    _sources[:] = [Source(documents, standings, waiting)]


def source() -> Source:
    if not _sources:
        raise LookupError("no source of positions is registered")
    return _sources[0]


def engine_names() -> list[str]:
    """The names of all engines that are fed, the embedded one first."""
    return [engine.name for engine in engines()]


def feed(
    engine_name: str, documents: Sequence[PositionDocument], gone: Sequence[tuple[int, int]] = ()
) -> None:
    """Give one engine documents, and (id, version) of what is to be found no more.

    Repeats and old versions are harmless. EngineUnavailable: deliver again later; DocumentRefused: the engine will
    not take one of these, however often it comes.
    """
    _store(engine_name, _rows(documents, gone))


def feed_all(
    documents: Sequence[PositionDocument], gone: Sequence[tuple[int, int]] = ()
) -> dict[str, EngineUnavailable | DocumentRefused]:
    """Give every engine the same, analysed once, each on its own; by name what one did not take and why."""
    rows, failed = _rows(documents, gone), {}
    for name in engine_names():
        try:
            _store(name, rows)
        except (EngineUnavailable, DocumentRefused) as error:
            failed[name] = error
    return failed


def _rows(documents: Sequence[PositionDocument], gone: Sequence[tuple[int, int]]) -> list[base.Row]:
    return [*base.rows(documents, vectors()), *(base.tombstone(i, version) for i, version in gone)]


def _store(engine_name: str, rows: Sequence[base.Row]) -> None:
    """Past its breaker, where it has one."""
    configured = remote()
    guard = configured.writes if configured and configured.engine.name == engine_name else None
    if guard and not guard.allows():
        raise EngineUnavailable(f"{engine_name} is left in peace for a while")
    try:
        _named(engine_name).write(rows)
    except EngineUnavailable:
        metrics.FAILURES.labels(engine_name, "write").inc()
        if guard:
            guard.failed()
        raise
    except DocumentRefused:
        if guard:
            guard.succeeded()
        raise
    if guard:
        guard.succeeded()
    metrics.WRITTEN.labels(engine_name).inc(len(rows))


def _named(name: str) -> SearchEngine:
    for engine in engines():
        if engine.name == name:
            return engine
    raise EngineUnavailable(f"no engine {name} is configured")


def index(documents: Sequence[PositionDocument]) -> None:
    """Store documents in every engine; for callers that have no outbox (evaluation, tests)."""
    for name in engine_names():
        feed(name, documents)


def forget(versions: Sequence[tuple[int, int]]) -> None:
    """Make positions unfindable in every engine from these (id, version) on."""
    for name in engine_names():
        feed(name, (), versions)


def rebuild(
    documents: Iterable[PositionDocument],
    progress: Callable[[int], None] | None = None,
    *,
    only: Sequence[str] = (),
) -> int:
    """Build the index of every engine (or of those named) anew beside the old one and swap; the number of documents.

    Writes and searches go on. `documents` is read after the builds have begun, so what changes meanwhile reaches
    them as writes. An engine that gives up keeps its old index; EngineUnavailable names it when the others are done.
    """
    builds, failed = [], []
    for engine in engines():
        if only and engine.name not in only:
            continue
        try:
            builds.append(engine.build())
        except EngineUnavailable as error:
            failed.append(f"{engine.name}: {error}")
    if not builds:
        raise EngineUnavailable("; ".join(failed) or "no such engine")
    written = base.fill(builds, _counted(documents, progress), vectors())
    if failed:
        raise EngineUnavailable("; ".join(failed))
    return written


def _counted(
    documents: Iterable[PositionDocument], progress: Callable[[int], None] | None
) -> Iterator[PositionDocument]:
    for number, document in enumerate(documents, start=1):
        yield document
        if progress and number % 500 == 0:
            progress(number)


def incomplete() -> list[str]:
    """Names of engines that can be reached and whose index was never built from the database, or is gone."""
    found = []
    for engine in engines():
        try:
            if not engine.complete():
                found.append(engine.name)
        except EngineUnavailable as error:
            log.info("search: %s cannot be asked whether it is complete: %s", engine.name, error)
    return found


def verify(standings: Callable[[], Iterable[Standing]], now: datetime | None = None) -> dict[str, Drift]:
    """Compare what should be findable now with what is, both ways, per engine; both sides come in order of id."""
    return {engine.name: drift_of(standings(), engine.standings(now)) for engine in engines()}


def drift_of(wanted: Iterable[Standing], held: Iterable[Standing]) -> Drift:
    """Walk both lists side by side, so that a million rows need no memory."""
    missing, ghosts, stale, visibility = [], [], [], []
    sides: dict[str, Standing] = {}
    merged = heapq.merge(((row, "wanted") for row in wanted), ((row, "held") for row in held), key=_id_first)
    for (position_id, version, checksum), side in merged:
        other = sides.get("held" if side == "wanted" else "wanted")
        if other is not None and other[0] == position_id:
            if other[1] != version:
                stale.append(position_id)
            elif other[2] != checksum:
                visibility.append(position_id)
            sides.clear()
            continue
        _alone(sides, missing, ghosts)
        sides[side] = (position_id, version, checksum)
    _alone(sides, missing, ghosts)
    return Drift(tuple(missing), tuple(ghosts), tuple(stale), tuple(visibility))


def _id_first(pair: tuple[Standing, str]) -> int:
    return pair[0][0]


def _alone(sides: dict[str, Standing], missing: list[int], ghosts: list[int]) -> None:
    """What stood on one side only."""
    for side, (position_id, _version, _checksum) in sides.items():
        (missing if side == "wanted" else ghosts).append(position_id)
    sides.clear()


def state() -> State:
    """Who answers now and how much it holds; asks Elasticsearch, so that a health check sees it fall and come back.

    Where a breaker would let a search try, this is the try: at night nobody searches for hours after a server is back.
    """
    configured, behind = remote(), dict(source().waiting()) if _sources else {}
    if configured is None:
        fallback = embedded()
        updating = not fallback.complete()
        return State(fallback.name, updating, fallback.count(), behind=behind, updating=updating)
    trying = configured.reads.open and configured.reads.allows()
    try:
        documents = configured.engine.count()
    except EngineUnavailable as error:
        if trying:
            configured.reads.failed()
        detail = {configured.engine.name: str(error)}
        return _reserve(detail, behind, configured.reads.state)
    if trying:
        configured.reads.succeeded()
    if configured.reads.open:
        return _reserve({}, behind, configured.reads.state)
    return State(configured.engine.name, False, documents, {}, behind, configured.reads.state)


def _reserve(detail: dict[str, str], behind: dict[str, float], breaker: str) -> State:
    fallback = embedded()
    return State(fallback.name, True, fallback.count(), detail, behind, breaker, not fallback.complete())


def observe() -> None:
    """Set the gauges that a scrape reads."""
    configured = remote()
    if configured is not None:
        metrics.BREAKER.labels("search").set(configured.reads.open)
        metrics.BREAKER.labels("write").set(configured.writes.open)
    behind = source().waiting() if _sources else {}
    for engine in engines():
        metrics.LAG.labels(engine.name).set(behind.get(engine.name, 0))
    metrics.DOCUMENTS.labels("embedded").set(embedded().count())
