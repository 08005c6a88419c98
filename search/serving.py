"""Answering: Elasticsearch where it is configured, the embedded engine, marked, where that gives no answer.

A text whose words nobody wrote is read as what it seems to mean; filters that leave nothing are let go one by one.
Both are said in the answer, and neither happens to a query that is `exact`.
"""

import time
from dataclasses import replace
from datetime import datetime

from search.engines.configured import embedded
from search.failover import answered
from search.query import PositionQuery
from search.results import SearchPage
from search.spelling import Speller
from search.suggesting import Suggested
from search.widening import ENOUGH, steps, widest

# For how many seconds the words of the index are held before they are looked at again.
WORDS_HELD = 300.0
_spellers: dict[str, tuple[float, Speller]] = {}


def find_positions(query: PositionQuery) -> SearchPage:
    """One page of positions; ids are to be read again through the caller's visibility query."""
    page = _find(query)
    if query.exact:
        return page
    if query.text.strip() and not page.worded:
        page, query = _corrected(page, query)
    return page if page.total else _widened(page, query)


def suggest(
    text: str, limit: int = 8, *, school_ids: tuple[int, ...] | None = None, now: datetime | None = None
) -> list[Suggested]:
    """Titles, occupations, companies and skills that the text begins, typed as they are or in pinyin; give the scope of
    who asks. The embedded index answers, which is fed whatever else is configured."""
    return embedded().suggest(text, limit, school_ids, now)


def _find(query: PositionQuery) -> SearchPage:
    return answered(lambda engine: engine.find(query), lambda page: replace(page, degraded=True))


def _corrected(page: SearchPage, query: PositionQuery) -> tuple[SearchPage, PositionQuery]:
    """The page of what the text seems to mean, when that finds words, if need be under fewer filters; else the page as it is."""
    better = speller().correct(query.text)
    if not better:
        return page, query
    other = replace(query, text=better)
    found = _find(other)
    if found.worded or _find(replace(other, filters=widest(query.filters), facets=(), size=1)).worded:
        return replace(found, corrected=better), other
    return page, query


def _widened(page: SearchPage, query: PositionQuery) -> SearchPage:
    """The first page with enough hits on the way to no filters, or the one with the most; the page itself if none has more."""
    best, gone = page, []
    for name, filters in steps(query.filters):
        gone.append(name)
        wider = _find(replace(query, filters=filters))
        if wider.total > best.total:
            best = replace(wider, corrected=page.corrected, widened=tuple(gone))
        if best.total >= ENOUGH:
            break
    return best


def speller() -> Speller:
    """What corrects against the words of the embedded index, as they were at most five minutes ago."""
    engine = embedded()
    held = _spellers.get(str(engine.folder))
    if held is None or time.monotonic() - held[0] > WORDS_HELD:
        held = (time.monotonic(), Speller(engine.words()))
        _spellers[str(engine.folder)] = held
    return held[1]
