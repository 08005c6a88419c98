"""The reading half of Elasticsearch: a query as it runs it, and what comes back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from search.engines import base
from search.engines.elasticsearch.connection import Connection
from search.query import MAX_WINDOW, Filters, PositionQuery, read_cursor, write_cursor
from search.results import Facet, Hit, SearchPage
from search.text import QueryTerms, analyse, normalise

SYNONYM_WEIGHT = 0.5
BOOST_WEIGHT = 0.1


class Reading(Connection):
    """Find, suggest, list and count."""

    def find(self, query: PositionQuery) -> SearchPage:
        terms = analyse(query.text, strict=query.sort != "relevance")
        answer = self.call(self.client.search, index=self.read, **self._body(query, terms))
        ranked = [
            (float(hit["sort"][0]), int(hit["_id"]), int(hit["_source"]["version"]))
            for hit in answer["hits"]["hits"]
        ]
        cursor = read_cursor(query.cursor)
        ranked = base.after(ranked, cursor) if cursor else ranked
        page = ranked[: query.size]
        return SearchPage(
            total=answer["hits"]["total"]["value"],
            hits=tuple(Hit(id=i, score=key, version=v) for key, i, v in page),
            facets=tuple(self._facet(name, answer["aggregations"]) for name in query.facets),
            engine=self.name,
            next_cursor=write_cursor(page[-1][0], page[-1][1]) if len(ranked) > query.size else "",
        )

    def _body(self, query: PositionQuery, terms: QueryTerms) -> dict[str, Any]:
        """Scores move while the index changes, so a relevance cursor reads the window and finds its place."""
        field = base.SORT_FIELDS.get(query.sort) or ("_score" if terms.units else "published")
        cursor = read_cursor(query.cursor)
        body: dict[str, Any] = {
            "query": self._query(query, terms),
            "sort": [{field: "desc"}, {"id": "desc"}],
            "size": query.size + 1,
            "track_total_hits": True,
            "source": ["version"],
        }
        if cursor and field == "_score":
            body["size"] = MAX_WINDOW
        elif cursor:
            body["search_after"] = [int(cursor[0]), cursor[1]]
        else:
            body["from_"] = (query.page - 1) * query.size
        return body | (self._faceted(query, terms) if query.facets else {})

    def suggest(
        self, text: str, limit: int, school_ids: tuple[int, ...] | None, now: datetime | None = None
    ) -> list[str]:
        prefix = normalise(text)
        if not prefix:
            return []
        scope = self._filters(PositionQuery(filters=Filters(school_ids=school_ids), now=now))
        answer = self.call(
            self.client.search,
            index=self.read,
            size=0,
            query={"bool": {"filter": [*scope, {"prefix": {"title_key": prefix}}]}},
            aggs={
                "t": {
                    "terms": {
                        "field": "title_key",
                        "size": limit,
                        "order": [{"_count": "desc"}, {"_key": "asc"}],
                    }
                }
            },
        )
        return [bucket["key"] for bucket in answer["aggregations"]["t"]["buckets"]]

    def count(self) -> int:
        answer = self.call(self.client.count, index=self.read, query={"term": {"live": 1}})
        return int(answer["count"])

    # Asking

    def _filters(self, query: PositionQuery, *, without: Sequence[str] = ()) -> list[dict[str, Any]]:
        clauses: list[dict[str, Any]] = [{"term": {"live": 1}}]
        for name, values in base.exact_filters(query.filters).items():
            if name not in without:
                clauses.append({"terms": {name: values}})
        clauses += [{"range": {name: {"gte": least}}} for name, least in base.lower_bounds(query).items()]
        return clauses

    def _query(self, query: PositionQuery, terms: QueryTerms) -> dict[str, Any]:
        """Filters of counted facets come after the counting (see `_faceted`)."""
        counted = [base.FACET_FILTERS[name] for name in query.facets]
        clauses: dict[str, Any] = {"filter": self._filters(query, without=counted)}
        if query.text.strip():
            clauses["must"] = [self._text(terms)]
        clauses["should"] = [self._term(word, BOOST_WEIGHT) for word in terms.boosts]
        return {"bool": clauses}

    def _faceted(self, query: PositionQuery, terms: QueryTerms) -> dict[str, Any]:
        chosen = base.exact_filters(query.filters)
        counted = {name: base.FACET_FILTERS[name] for name in query.facets}
        narrowing = {
            field: {"terms": {field: chosen[field]}} for field in counted.values() if field in chosen
        }
        aggregations = {}
        for name, field in counted.items():
            others = [clause for other, clause in narrowing.items() if other != field]
            values = {"terms": {"field": base.FACET_FIELDS[name], "size": base.FACET_LIMIT}}
            aggregations[name] = {"filter": {"bool": {"filter": others}}, "aggs": {"v": values}}
        return {"aggs": aggregations, "post_filter": {"bool": {"filter": list(narrowing.values())}}}

    @staticmethod
    def _facet(name: str, answer: Any) -> Facet:
        buckets = answer[name]["v"]["buckets"]
        counts = [(str(bucket["key"]), int(bucket["doc_count"])) for bucket in buckets if bucket["key"]]
        return Facet(name, tuple(sorted(counts, key=lambda count: (-count[1], count[0]))))

    def _text(self, terms: QueryTerms) -> dict[str, Any]:
        if not terms.units:
            return {"match_none": {}}
        units = [self._unit(unit) for unit in terms.units]
        return {"bool": {"should": units, "minimum_should_match": terms.needed}}

    def _unit(self, unit: tuple[tuple[str, ...], ...]) -> dict[str, Any]:
        weights = [1.0] + [SYNONYM_WEIGHT] * (len(unit) - 1)
        options = [
            {"bool": {"must": [self._term(token, 1.0) for token in alternative], "boost": weight}}
            for alternative, weight in zip(unit, weights, strict=True)
        ]
        return {"dis_max": {"queries": options}}

    @staticmethod
    def _term(token: str, weight: float) -> dict[str, Any]:
        fields = [
            {"term": {name: {"value": token, "boost": boost}}} for name, boost in base.TEXT_FIELDS.items()
        ]
        return {"dis_max": {"queries": fields, "boost": weight}}
