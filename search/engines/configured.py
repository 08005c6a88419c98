"""The engines that the settings name: the embedded one always, Elasticsearch with its breakers when it has an address."""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from search.breaker import Breaker
from search.engines.base import SearchEngine
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.tantivy import TantivyEngine


@dataclass(frozen=True)
class Remote:
    """Elasticsearch with one breaker for searches and one for writes: a full disk refuses writes, yet answers."""

    engine: ElasticsearchEngine
    reads: Breaker = field(default_factory=Breaker)
    writes: Breaker = field(default_factory=Breaker)


@lru_cache(maxsize=4)
def _embedded(folder: Path) -> TantivyEngine:
    return TantivyEngine(folder)


@lru_cache(maxsize=4)
def _remote(url: str, prefix: str, api_key: str, ca_certs: str, milliseconds: int) -> Remote:
    timeout = milliseconds / 1000
    return Remote(
        ElasticsearchEngine(url, prefix=prefix, api_key=api_key, ca_certs=ca_certs, timeout=timeout)
    )


def embedded() -> TantivyEngine:
    return _embedded(Path(settings.SEARCH_DIR))


def remote() -> Remote | None:
    """Elasticsearch, when it is configured."""
    if not settings.ELASTICSEARCH_URL:
        return None
    return _remote(
        settings.ELASTICSEARCH_URL,
        settings.SEARCH_INDEX_PREFIX,
        settings.ELASTICSEARCH_API_KEY,
        settings.ELASTICSEARCH_CA_CERTS,
        settings.ELASTICSEARCH_TIMEOUT_MS,
    )


def engines() -> list[SearchEngine]:
    """All engines that are fed, the embedded one first."""
    configured = remote()
    return [embedded()] if configured is None else [embedded(), configured.engine]
