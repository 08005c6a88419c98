"""The only door to position search: find, suggest, feed, rebuild, verify, state.

The embedded index is always fed. With ELASTICSEARCH_URL set, Elasticsearch is fed too and answers; when it
does not, the embedded index does, and the page says `degraded`.
"""

from search.engines.base import DocumentRefused, EngineUnavailable
from search.failpoints import connect as connect_failpoints
from search.feeding import (
    engine_names,
    feed,
    feed_all,
    forget,
    incomplete,
    index,
    observe,
    rebuild,
    register_source,
    source,
    state,
    verify,
)
from search.semantics import installed as encoder
from search.serving import find_positions, matching, prepare, suggest
from search.synonyms import Table
from search.synonyms import extended as synonyms_with
from search.synonyms import key as synonym_key
from search.synonyms import shipped as shipped_synonyms
from search.terms import analyse

__all__ = [
    "DocumentRefused", "EngineUnavailable", "Table", "analyse", "connect_failpoints", "encoder", "engine_names", "feed", "feed_all", "find_positions", "forget",
    "incomplete", "index", "matching", "observe", "prepare", "rebuild", "register_source",
    "shipped_synonyms", "source", "state", "suggest", "synonym_key", "synonyms_with", "verify",
]  # fmt: skip
