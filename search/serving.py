"""Answering: Elasticsearch where it is configured, the embedded engine, marked, where that gives no answer."""

from dataclasses import replace
from datetime import datetime

from search.failover import answered
from search.query import PositionQuery
from search.results import SearchPage


def find_positions(query: PositionQuery) -> SearchPage:
    """One page of positions; ids are to be read again through the caller's visibility query."""
    return answered(lambda engine: engine.find(query), lambda page: replace(page, degraded=True))


def suggest(
    text: str, limit: int = 8, *, school_ids: tuple[int, ...] | None = None, now: datetime | None = None
) -> list[str]:
    """Titles that begin with the text, most frequent first; give the scope of who asks."""
    return answered(lambda engine: engine.suggest(text, limit, school_ids, now), lambda found: found)
