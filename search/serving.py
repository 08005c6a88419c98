"""Answering: Elasticsearch where it is configured, the embedded engine, marked, where that gives no answer."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from search.engines.base import EngineUnavailable, SearchEngine
from search.engines.configured import embedded, remote
from search.query import PositionQuery
from search.results import SearchPage

T = TypeVar("T")
log = logging.getLogger(__name__)


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
