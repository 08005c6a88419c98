"""Elasticsearch: versioned indices behind a live alias, the same analysed words, no plugin and no script."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch, NotFoundError
from elasticsearch.helpers import BulkIndexError, bulk, scan

from search.documents import SCHEMA_VERSION, PositionDocument
from search.engines import base
from search.query import MAX_WINDOW, Filters, PositionQuery, read_cursor, write_cursor
from search.results import Facet, Hit, SearchPage
from search.text import QueryTerms, analyse, normalise

SYNONYM_WEIGHT = 0.5
BOOST_WEIGHT = 0.1


def mappings() -> dict[str, Any]:
    text = {"type": "text", "analyzer": "whitespace", "norms": True, "index_options": "freqs"}
    fields: dict[str, Any] = dict.fromkeys(base.TEXT_FIELDS, text)
    fields |= {name: {"type": "keyword", "ignore_above": 200} for name in base.KEYWORDS}
    fields |= {name: {"type": "long"} for name in ("id", "version", *base.NUMBERS, *base.NUMBER_LISTS)}
    return {"dynamic": "strict", "properties": fields}


class ElasticsearchEngine:
    """`<prefix>-positions-live` is read and written; `…-building`, while a rebuild runs, is written too."""

    name = "elasticsearch"

    def __init__(
        self, url: str, *, prefix: str, api_key: str = "", ca_certs: str = "", timeout: float = 2
    ) -> None:
        secure = ({"api_key": api_key} if api_key else {}) | ({"ca_certs": ca_certs} if ca_certs else {})
        self.client = Elasticsearch(url, request_timeout=timeout, max_retries=0, **secure)
        self.patient = self.client.options(request_timeout=60)
        self.base = f"{prefix}-positions"
        self.live, self.building = f"{self.base}-live", f"{self.base}-building"

    def _call(self, function: Any, **arguments: Any) -> Any:
        try:
            return function(**arguments)
        except (ApiError, TransportError, BulkIndexError) as error:
            raise base.EngineUnavailable(str(error)[:300]) from error

    # Reading

    def find(self, query: PositionQuery) -> SearchPage:
        terms = analyse(query.text, strict=query.sort != "relevance")
        answer = self._call(self.client.search, index=self.live, **self._body(query, terms))
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

    def suggest(self, text: str, limit: int, school_ids: tuple[int, ...] | None) -> list[str]:
        prefix = normalise(text)
        if not prefix:
            return []
        scope = self._filters(PositionQuery(filters=Filters(school_ids=school_ids)))
        answer = self._call(
            self.client.search,
            index=self.live,
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

    def versions(self) -> Iterator[tuple[int, int]]:
        query = {"query": {"term": {"live": 1}}, "_source": ["version"]}
        try:
            for hit in scan(self.patient, index=self.live, query=query, size=5_000):
                yield int(hit["_id"]), hit["_source"]["version"]
        except (ApiError, TransportError) as error:
            raise base.EngineUnavailable(str(error)[:300]) from error

    def count(self) -> int:
        answer = self._call(self.client.count, index=self.live, query={"term": {"live": 1}})
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

    # Writing

    def index(self, documents: Sequence[PositionDocument]) -> None:
        self._write([base.stored(document) for document in documents], self._targets())

    def forget(self, versions: Sequence[tuple[int, int]]) -> None:
        self._write([base.tombstone(i, version) for i, version in versions], self._targets())

    def _targets(self) -> list[str]:
        """Indices behind the two aliases; the first one is made when there is none."""
        try:
            found = sorted(self.client.indices.get_alias(name=f"{self.live},{self.building}"))
        except NotFoundError as error:
            # One alias missing is usual: the body names the indices of the other.
            found = sorted(name for name in error.body if name.startswith(self.base))
        except (ApiError, TransportError) as error:
            raise base.EngineUnavailable(str(error)[:300]) from error
        return found or [self._create(self.live)]

    def _create(self, alias: str) -> str:
        name = f"{self.base}-v{SCHEMA_VERSION}-{uuid.uuid4().hex[:8]}"
        settings = {"number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": "500ms"}
        create = self.patient.indices.create
        self._call(create, index=name, mappings=mappings(), settings=settings, aliases={alias: {}})
        return name

    def _write(self, rows: Iterable[dict[str, Any]], targets: list[str]) -> None:
        """External versions: an older write gets 409 and changes nothing, which is what it should do."""
        actions = (
            {
                "_op_type": "index",
                "_index": target,
                "_id": str(row["id"]),
                "version": row["version"],
                "version_type": "external_gte",
                "_source": row,
            }
            for row in rows
            for target in targets
        )
        try:
            _, errors = bulk(self.patient, actions, chunk_size=1_000, raise_on_error=False, max_retries=2)
        except (ApiError, TransportError) as error:
            raise base.EngineUnavailable(str(error)[:300]) from error
        failed = [error for error in errors if error["index"]["status"] != 409]
        if failed:
            raise base.EngineUnavailable(f"{len(failed)} documents were refused: {failed[0]}"[:500])

    def refresh(self) -> None:
        """Make what was written findable now; otherwise it is within half a second."""
        self._call(self.patient.indices.refresh, index=f"{self.base}-*")

    def rebuild(self, documents: Iterable[PositionDocument]) -> int:
        """Build beside while writes go to both, then swap the alias in one step."""
        old = self._targets()
        new = self._create(self.building)
        written = 0

        def rows() -> Iterator[dict[str, Any]]:
            nonlocal written
            for document in documents:
                written += 1
                yield base.stored(document)

        self._write(rows(), [new])
        self._call(self.patient.indices.refresh, index=new)
        actions: list[dict[str, Any]] = [
            {"add": {"index": new, "alias": self.live}},
            {"remove": {"index": new, "alias": self.building}},
        ]
        actions += [{"remove_index": {"index": name}} for name in old]
        self._call(self.patient.indices.update_aliases, actions=actions)
        return written
