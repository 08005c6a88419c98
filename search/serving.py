"""Answering: Elasticsearch where it is configured, the embedded engine, marked, where that gives no answer.

A text whose words nobody wrote, or the one word of several that nobody wrote, is read as what it seems to mean; filters that
leave nothing are let go one by one. Both are said in the answer, and neither happens to a query that is `exact`.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from django.conf import settings

from search.engines.base import EngineUnavailable
from search.engines.configured import embedded, embedded_in, vocabulary
from search.failover import answered
from search.query import MAX_SIZE, PositionQuery
from search.results import SearchPage
from search.spelling import Speller
from search.suggesting import Suggested
from search.terms import Tokens
from search.text import exact, loose, pieces
from search.tree import parse, rewritten
from search.widening import ENOUGH, steps, widest

Find: TypeAlias = Callable[[PositionQuery], SearchPage]


@dataclass(frozen=True)
class Known:
    """The words of an index: what corrects against them, and of which of some rows of tokens no position has all."""

    speller: Callable[[], Speller]
    without: Callable[[Collection[Tokens]], set[Tokens]]


def find_positions(query: PositionQuery) -> SearchPage:
    """One page of positions; ids are to be read again through the caller's visibility query."""
    return understood(query, _find, Known(lambda: vocabulary().speller(), _without))


def understood(query: PositionQuery, find: Find, known: Known) -> SearchPage:
    """What `find` gives for a query, or for what it seems to mean by the words that are `known`, or under fewer filters."""
    if query.exact:
        return find(query)
    read = _mended(query, find, known)
    page = find(read)
    if read is not query:
        page = replace(page, corrected=read.text)
    elif query.text.strip() and not page.worded:
        page, read = _corrected(page, query, find, known)
    return page if page.total else _widened(page, read, find)


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


def _without(rows: Collection[Tokens]) -> set[Tokens]:
    """By the embedded index, unless that is still to be built and knows too few words to say what nobody wrote."""
    index = embedded()
    try:
        return index.without(rows) if index.complete() else set()
    except EngineUnavailable:
        return set()


def _mended(query: PositionQuery, find: Find, known: Known) -> PositionQuery:
    """Where some of its words stand in the index: the query with the others read as what they seem to mean, when that is found
    in the scope; else itself."""
    if not (missing := _missing(query, known)):
        return query
    better = rewritten(query.text, lambda said: known.speller().correct(said, missing), words_only=True)
    said = set(pieces(query.text))
    if new := [piece for piece in pieces(better) if piece not in said]:
        filters = widest(query.filters)
        alone = replace(query, text=" ".join(new), filters=filters, facets=(), page=1, size=1, cursor="")
        if find(alone).worded:
            return replace(query, text=better)
    return query


def _missing(query: PositionQuery, known: Known) -> set[str]:
    """Tokens of the words of a query that no position has, nor one of their synonyms; none where that is so of all words.

    Characters that are no word may stand apart in many texts (施工成本, 完成师傅的…): those that no position has together.
    """
    units = query.terms.units
    runs = [exact(run) for piece in pieces(" ".join(parse(query.text).words)) for run in loose(piece)]
    absent = known.without({(token,) for unit in units for row in unit for token in row} | {*runs})
    alone = {token for row in absent if len(row) == 1 for token in row}
    nowhere = [unit for unit in units if not any(alone.isdisjoint(row) for row in unit)]
    missing = {token for unit in nowhere for token in unit[0]} | {
        t for run in runs if run in absent for t in run
    }
    return missing if len(nowhere) < len(units) else set()


def _corrected(
    page: SearchPage, query: PositionQuery, find: Find, known: Known
) -> tuple[SearchPage, PositionQuery]:
    """The page of what the text seems to mean, when that finds words, if need be under fewer filters; else the page as it is."""
    better = rewritten(query.text, lambda said: known.speller().correct(said))
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
