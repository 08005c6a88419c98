"""Who answers: Elasticsearch where it is configured, the embedded engine, marked, where that gives no answer."""

import logging
from collections.abc import Callable
from typing import TypeVar

from search import metrics
from search.engines.base import EngineUnavailable, SearchEngine
from search.engines.configured import embedded, remote

T = TypeVar("T")
log = logging.getLogger(__name__)


def answered(ask: Callable[[SearchEngine], T], mark: Callable[[T], T]) -> T:
    """Elasticsearch's answer, or the embedded engine's after `mark`, which says so on the page.

    A failing call is answered for at once; after some of them in a row the breaker spares people the waiting.
    """
    configured = remote()
    if configured is None:
        return _embedded(ask)
    if configured.reads.allows():
        try:
            answer = ask(configured.engine)
        except EngineUnavailable as error:
            configured.reads.failed()
            metrics.FAILURES.labels(configured.engine.name, "search").inc()
            log.warning("search: elasticsearch did not answer, the embedded index does: %s", error)
        else:
            configured.reads.succeeded()
            metrics.SEARCHES.labels(configured.engine.name).inc()
            return answer
    metrics.DEGRADED.inc()
    return mark(_embedded(ask))


def _embedded(ask: Callable[[SearchEngine], T]) -> T:
    engine = embedded()
    metrics.SEARCHES.labels(engine.name).inc()
    return ask(engine)
