"""The only door to position search: find, suggest, index, forget, rebuild, verify, state.

The embedded index is always fed. With ELASTICSEARCH_URL set, Elasticsearch is fed too and answers; when it
does not, the embedded index does, and the page says `degraded`.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from django.conf import settings

from search.breaker import Breaker
from search.documents import PositionDocument
from search.engines.base import EngineUnavailable, SearchEngine
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.tantivy import TantivyEngine
from search.query import PositionQuery
from search.results import Drift, SearchPage, State

__all__ = [
    "EngineUnavailable", "find_positions", "forget", "index", "rebuild", "register_source", "source",
    "state", "suggest", "verify",
]  # fmt: skip

T = TypeVar("T")
log = logging.getLogger(__name__)


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


@lru_cache(maxsize=4)
def _embedded(folder: Path) -> TantivyEngine:
    return TantivyEngine(folder)


@lru_cache(maxsize=4)
def _remote(url: str, prefix: str, api_key: str, ca_certs: str) -> tuple[ElasticsearchEngine, Breaker]:
    return ElasticsearchEngine(url, prefix=prefix, api_key=api_key, ca_certs=ca_certs), Breaker()


def embedded() -> TantivyEngine:
    return _embedded(Path(settings.SEARCH_DIR))


def remote() -> tuple[ElasticsearchEngine, Breaker] | None:
    """Elasticsearch with its breaker, when it is configured."""
    if not settings.ELASTICSEARCH_URL:
        return None
    keys = ("ELASTICSEARCH_URL", "SEARCH_INDEX_PREFIX", "ELASTICSEARCH_API_KEY", "ELASTICSEARCH_CA_CERTS")
    return _remote(*(getattr(settings, key) for key in keys))


def engines() -> list[SearchEngine]:
    """All engines that are fed, the embedded one first."""
    configured = remote()
    return [embedded()] if configured is None else [embedded(), configured[0]]


def find_positions(query: PositionQuery) -> SearchPage:
    """One page of positions; ids are to be read again through the caller's visibility query."""
    return _answered(lambda engine: engine.find(query), lambda page: replace(page, degraded=True))


def suggest(text: str, limit: int = 8, *, school_ids: tuple[int, ...] | None = None) -> list[str]:
    """Titles that begin with the text, most frequent first; give the scope of who asks."""
    return _answered(lambda engine: engine.suggest(text, limit, school_ids), lambda found: found)


def _answered(ask: Callable[[SearchEngine], T], mark: Callable[[T], T]) -> T:
    """Elasticsearch's answer, or the embedded engine's, marked, when it gives none."""
    configured = remote()
    if configured is None:
        return ask(embedded())
    engine, breaker = configured
    if breaker.allows():
        try:
            answer = ask(engine)
        except EngineUnavailable as error:
            breaker.failed()
            log.warning("search: elasticsearch did not answer, the embedded index does: %s", error)
        else:
            breaker.succeeded()
            return answer
    return mark(ask(embedded()))


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
