"""The only door to position search: find, suggest, index, forget, rebuild, verify, state.

The embedded index is always fed. With ELASTICSEARCH_URL set, Elasticsearch is fed too and answers; when it
does not, the embedded index does, and the page says `degraded`.
"""

from search.engines.base import EngineUnavailable
from search.feeding import engine_names, forget, index, rebuild, register_source, source, state, verify
from search.serving import find_positions, suggest

__all__ = [
    "EngineUnavailable", "engine_names", "find_positions", "forget", "index", "rebuild", "register_source",
    "source", "state", "suggest", "verify",
]  # fmt: skip
