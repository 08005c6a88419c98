"""The least an engine must do for an answer, as prepared queries with nothing around them.

`words` is the lexical query: the same tokens, filters and facets. `both` is that and what meaning asks of the engine: the
product of the query's vector with all of them, and the positions nearest by it. What is prepared outside the clock is what
the product does inside it: analysis, the vector of the query, building queries, reading answers, one order out of two.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tantivy import Occur, Query

from search.engines import base
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.tantivy import TantivyEngine
from search.engines.tantivy.reading import FIRST
from search.fusion import WINDOW
from search.query import PositionQuery
from search.terms import analyse

Ask = Callable[[], int]


def words(engine: TantivyEngine | ElasticsearchEngine, query: PositionQuery) -> Ask:
    """A call that runs the lexical query once; it gives the number of hits."""
    if isinstance(engine, TantivyEngine):
        return _embedded(engine, query)
    search, body = engine.client.search, _body(engine, query)
    return lambda: int(search(index=engine.read, body=body)["hits"]["total"]["value"])


def both(engine: TantivyEngine | ElasticsearchEngine, query: PositionQuery) -> Ask:
    """The same with the nearest in meaning, where the product looks for them too; it gives the number of hits by words."""
    terms = analyse(query.text, table=query.synonyms)
    if engine.vectors is None or query.sort != "relevance" or not (terms.units or terms.phrases):
        return words(engine, query)
    vector = engine.vectors.of_query(terms.text)
    if isinstance(engine, ElasticsearchEngine):
        asked = [
            part
            for body in (_body(engine, query), engine._by_meaning(query, terms, vector))
            for part in ({}, body)
        ]
        send = engine.client.msearch
        return lambda: int(send(index=engine.read, searches=asked)["responses"][0]["hits"]["total"]["value"])
    lexical, vectors, schema, index = _embedded(engine, query), engine.vectors, engine.schema, engine.opened()
    allowed = engine._query(query, replace(terms, units=(), boosts=()))

    def ask() -> int:
        found = lexical()
        titles = Query.term_set_query(schema, "meaning", list(vectors.nearest(vector, FIRST)))
        near = Query.boolean_query(
            [(Occur.Must, allowed), (Occur.Must, Query.const_score_query(titles, 0.0))]
        )
        index.searcher().search(near, limit=WINDOW, count=False)
        return found

    return ask


def _embedded(engine: TantivyEngine, query: PositionQuery) -> Ask:
    matching = engine._query(query, analyse(query.text, table=query.synonyms))
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


def _body(engine: ElasticsearchEngine, query: PositionQuery) -> dict[str, Any]:
    return {
        "query": engine._query(query, analyse(query.text, table=query.synonyms)),
        "aggs": {
            name: {"terms": {"field": base.FACET_FIELDS[name], "size": base.FACET_LIMIT}}
            for name in query.facets
        },
        "size": query.size,
        "track_total_hits": True,
        "_source": False,
    }
