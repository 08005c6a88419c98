"""The least an engine must do for an answer: the same words, filters and facets as one prepared query, nothing around it.

What is prepared outside the clock is what the product does inside it: analysis, building the query, reading the answer.
"""

from collections.abc import Callable

from search.engines import base
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.tantivy import TantivyEngine
from search.query import PositionQuery
from search.terms import analyse

Ask = Callable[[], int]


def prepared(engine: TantivyEngine | ElasticsearchEngine, query: PositionQuery) -> Ask:
    """A call that runs the query once; it gives the number of hits."""
    if isinstance(engine, TantivyEngine):
        return _embedded(engine, query)
    return _elasticsearch(engine, query)


def _embedded(engine: TantivyEngine, query: PositionQuery) -> Ask:
    matching = engine._query(query, analyse(query.text))
    facets = {
        name: {"terms": {"field": base.FACET_FIELDS[name], "size": base.FACET_LIMIT}} for name in query.facets
    }
    index = engine.opened()

    def ask() -> int:
        searcher = index.searcher()
        found = searcher.search(matching, limit=query.size, count=True)
        searcher.aggregate(matching, facets)
        return int(found.count or 0)

    return ask


def _elasticsearch(engine: ElasticsearchEngine, query: PositionQuery) -> Ask:
    terms = analyse(query.text)
    clauses = {**engine._query(query, terms)["bool"], "filter": engine._filters(query)}
    body = {
        "query": {"bool": clauses},
        "aggs": {
            name: {"terms": {"field": base.FACET_FIELDS[name], "size": base.FACET_LIMIT}}
            for name in query.facets
        },
        "size": query.size,
        "track_total_hits": True,
        "source": False,
    }
    search, index = engine.client.search, engine.read

    def ask() -> int:
        return int(search(index=index, **body)["hits"]["total"]["value"])

    return ask
