"""Feeding: documents in and out of every engine, rebuilt, compared with the database; and the state of it all."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from search.documents import PositionDocument
from search.engines.base import EngineUnavailable
from search.engines.configured import embedded, engines, remote
from search.results import Drift, State


@dataclass(frozen=True)
class Source:
    """Where all documents, and all (id, version) pairs that should be findable, come from."""

    documents: Callable[[], Iterable[PositionDocument]]
    versions: Callable[[], Iterable[tuple[int, int]]]


_sources: list[Source] = []


def register_source(
    documents: Callable[[], Iterable[PositionDocument]], versions: Callable[[], Iterable[tuple[int, int]]]
) -> None:
    """Called once by the app that owns positions, when it is ready."""
    _sources[:] = [Source(documents, versions)]


def source() -> Source:
    if not _sources:
        raise LookupError("no source of positions is registered")
    return _sources[0]


def engine_names() -> list[str]:
    """The names of all engines that are fed."""
    return [engine.name for engine in engines()]


def index(documents: Sequence[PositionDocument]) -> None:
    """Store documents. Repeats and old versions are harmless; EngineUnavailable: deliver again later."""
    for engine in engines():
        engine.index(documents)


def forget(versions: Sequence[tuple[int, int]]) -> None:
    """Make positions unfindable from these (id, version) on; same delivery rules as `index`."""
    for engine in engines():
        engine.forget(versions)


def rebuild(documents: Iterable[PositionDocument], progress: Callable[[int], None] | None = None) -> int:
    """Build every engine's index anew beside the old one and swap; returns the number of documents."""
    engines_now = engines()
    rows = list(documents) if len(engines_now) > 1 else documents
    written = 0
    for engine in engines_now:
        written = engine.rebuild(_counted(rows, progress))
    return written


def _counted(
    documents: Iterable[PositionDocument], progress: Callable[[int], None] | None
) -> Iterator[PositionDocument]:
    for number, document in enumerate(documents, start=1):
        yield document
        if progress and number % 500 == 0:
            progress(number)


def verify(versions: Iterable[tuple[int, int]]) -> dict[str, Drift]:
    """Compare what should be findable with what is, both ways, per engine."""
    wanted = dict(versions)
    return {engine.name: _drift(wanted, dict(engine.versions())) for engine in engines()}


def _drift(wanted: dict[int, int], held: dict[int, int]) -> Drift:
    return Drift(
        missing=tuple(sorted(wanted.keys() - held.keys())),
        ghosts=tuple(sorted(held.keys() - wanted.keys())),
        stale=tuple(sorted(i for i in wanted.keys() & held.keys() if wanted[i] != held[i])),
    )


def state() -> State:
    """Who answers now and how much it holds; asks Elasticsearch, so that a health check sees it come back."""
    configured = remote()
    if configured is not None:
        engine, breaker = configured
        try:
            return State(engine.name, False, engine.count())
        except EngineUnavailable as error:
            breaker.failed()
            return State("embedded", True, embedded().count(), {engine.name: str(error)})
    return State("embedded", False, embedded().count())
