"""The engines that the settings name: the embedded one always, Elasticsearch with its breakers when it has an address."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from search import semantics
from search.breaker import Breaker
from search.engines.base import SearchEngine
from search.engines.tantivy import TantivyEngine
from search.vectors import VectorFile
from search.vocabulary import Vocabulary

if TYPE_CHECKING:
    from search.engines.elasticsearch import ElasticsearchEngine


@dataclass(frozen=True)
class Remote:
    """Elasticsearch with one breaker for searches and one for writes: a full disk refuses writes, yet answers."""

    engine: ElasticsearchEngine
    reads: Breaker = field(default_factory=Breaker)
    writes: Breaker = field(default_factory=Breaker)


@lru_cache(maxsize=4)
def embedded_in(folder: Path) -> TantivyEngine:
    """The embedded engine of a folder, the same one every time."""
    return TantivyEngine(folder)


@lru_cache(maxsize=4)
def vocabulary_in(folder: Path) -> Vocabulary:
    """What corrects against the words of the embedded index in a folder."""
    return Vocabulary(lambda: embedded_in(folder).words())


def vocabulary() -> Vocabulary:
    return vocabulary_in(Path(settings.SEARCH_DIR))


@lru_cache(maxsize=4)
def vectors_in(folder: Path) -> VectorFile | None:
    """The vectors kept in a folder; None where the encoder is not installed."""
    encoder = semantics.installed()
    return VectorFile(folder, encoder) if encoder else None


def vectors() -> VectorFile | None:
    """The vectors of titles, where meaning is switched on and its package is installed."""
    return vectors_in(Path(settings.SEARCH_DIR)) if settings.SEARCH_SEMANTICS else None


def remote_named(prefix: str, *, timeout: float | None = None) -> ElasticsearchEngine:
    """Elasticsearch under another prefix of its indices, for a run that must not touch the product's.

    `timeout` is in seconds; None is that of the settings, for which nobody waits long.
    """
    # Read in here: the client takes a quarter of a second and 20 MB where no server is configured.
    from search.engines.elasticsearch import ElasticsearchEngine

    return ElasticsearchEngine(
        settings.ELASTICSEARCH_URL,
        prefix=prefix,
        api_key=settings.ELASTICSEARCH_API_KEY,
        ca_certs=settings.ELASTICSEARCH_CA_CERTS,
        timeout=settings.ELASTICSEARCH_TIMEOUT_MS / 1000 if timeout is None else timeout,
    )


@lru_cache(maxsize=4)
def _remote(url: str, prefix: str, api_key: str, ca_certs: str, milliseconds: int) -> Remote:
    """One for each set of settings, which tests change."""
    return Remote(remote_named(prefix))


def embedded() -> TantivyEngine:
    engine = embedded_in(Path(settings.SEARCH_DIR))
    engine.vectors = vectors()
    return engine


def remote() -> Remote | None:
    """Elasticsearch, when it is configured."""
    if not settings.ELASTICSEARCH_URL:
        return None
    found = _remote(
        settings.ELASTICSEARCH_URL,
        settings.SEARCH_INDEX_PREFIX,
        settings.ELASTICSEARCH_API_KEY,
        settings.ELASTICSEARCH_CA_CERTS,
        settings.ELASTICSEARCH_TIMEOUT_MS,
    )
    found.engine.vectors = vectors()
    return found


def engines() -> list[SearchEngine]:
    """All engines that are fed, the embedded one first."""
    configured = remote()
    return [embedded()] if configured is None else [embedded(), configured.engine]
