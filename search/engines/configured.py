"""The engines that the settings name: the embedded one always, Elasticsearch with its breaker when it has an address."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from search.breaker import Breaker
from search.engines.base import SearchEngine
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.tantivy import TantivyEngine


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
