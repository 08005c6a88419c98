"""Answering: Elasticsearch where it is configured, the embedded engine, marked, where that gives no answer.

A text whose words nobody wrote is read as what it seems to mean; filters that leave nothing are let go one by one.
Both are said in the answer, and neither happens to a query that is `exact`.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from django.conf import settings

from search.engines.configured import embedded, embedded_in, vocabulary
from search.failover import answered
from search.query import MAX_SIZE, PositionQuery
from search.results import SearchPage
from search.suggesting import Suggested
from search.tree import rewritten
from search.widening import ENOUGH, steps, widest

Find: TypeAlias = Callable[[PositionQuery], SearchPage]


def find_positions(query: PositionQuery) -> SearchPage:
    """One page of positions; ids are to be read again through the caller's visibility query."""
    return understood(query, _find, lambda said: vocabulary().speller().correct(said))


def understood(query: PositionQuery, find: Find, correct: Callable[[str], str]) -> SearchPage:
    """What `find` gives for a query, or for what it seems to mean by `correct`, or under fewer filters."""
    page = find(query)
    if query.exact:
        return page
    if query.text.strip() and not page.worded:
        page, query = _corrected(page, query, find, correct)
    return page if page.total else _widened(page, query, find)


def suggest(
    text: str, limit: int = 8, *, school_ids: tuple[int, ...] | None = None, now: datetime | None = None
) -> list[Suggested]:
    """Titles, occupations, companies and skills that the text begins, typed as they are or in pinyin; give the scope of
    who asks. The embedded index answers, which is fed whatever else is configured."""
    return embedded().suggest(text, limit, school_ids, now)


def matching(query: PositionQuery, ids: Collection[int]) -> set[int]:
    """Which of these positions a query finds when the newest come first: by its words and filters, not by meaning alone,
    neither corrected nor widened. The embedded index answers; EngineUnavailable where it cannot."""
    wanted, found = sorted(ids), set()
    for start in range(0, len(wanted), MAX_SIZE):
        filters = replace(query.filters, ids=tuple(wanted[start : start + MAX_SIZE]))
        asked = replace(query, filters=filters, facets=(), sort="date", page=1, size=MAX_SIZE, cursor="")
        found.update(embedded().find(asked).ids)
    return found


def prepare() -> None:
    """Have a process that begins read the words of a built index, so that its first request need not wait for them."""
    if embedded_in(Path(settings.SEARCH_DIR)).complete():  # without the encoder, which takes a second to load
        vocabulary().refresh()


def _find(query: PositionQuery) -> SearchPage:
    return answered(lambda engine: engine.find(query), lambda page: replace(page, degraded=True))


def _corrected(
    page: SearchPage, query: PositionQuery, find: Find, correct: Callable[[str], str]
) -> tuple[SearchPage, PositionQuery]:
    """The page of what the text seems to mean, when that finds words, if need be under fewer filters; else the page as it is."""
    better = rewritten(query.text, correct)
    if not better:
        return page, query
    other = replace(query, text=better)
    found = find(other)
    if found.worded or find(replace(other, filters=widest(query.filters), facets=(), size=1)).worded:
        return replace(found, corrected=better), other
    return page, query


def _widened(page: SearchPage, query: PositionQuery, find: Find) -> SearchPage:
    """The first page with enough hits on the way to no filters, or the one with the most; the page itself if none has more."""
    best, gone = page, []
    for name, filters in steps(query.filters):
        gone.append(name)
        wider = find(replace(query, filters=filters))
        if wider.total > best.total:
            best = replace(wider, corrected=page.corrected, widened=tuple(gone))
        if best.total >= ENOUGH:
            break
    return best
