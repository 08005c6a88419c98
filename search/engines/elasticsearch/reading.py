"""The reading half of Elasticsearch: a query as it runs it, and what comes back.

Bodies are plain dictionaries here: a search is built hundreds of times a second, and objects of the DSL would cost more than
all the rest of ours.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from search.engines import base
from search.engines.elasticsearch.connection import Connection
from search.engines.elasticsearch.shares import Shares
from search.engines.finding import Finding, Worded
from search.fusion import WINDOW, Found, Ranked, by_place
from search.query import Filters, PositionQuery, read_cursor
from search.results import Facet, SearchPage
from search.semantics import Vectors
from search.terms import QueryTerms, Tokens

CANDIDATES = 400
# From this share of all positions on, those that a filter leaves are picked out of the nearest instead of being searched for.
MOST_OF_ALL = 0.6
LIVE: dict[str, Any] = {"term": {"live": 1}}
COLUMNS = ("version", "published", "openings", "meaning")
# What every hit is told with. Ids are read as a column too: as a stored field each would have the block unpacked that holds
# its whole source, which cost as much as finding it.
TOLD = {"stored_fields": "_none_", "docvalue_fields": ["id", *COLUMNS]}


class Reading(Connection, Finding):
    """Find, list and count."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.shares = Shares()

    def ordered(self, query: PositionQuery, terms: QueryTerms) -> SearchPage:
        body = self._counted(query, terms) | {
            **TOLD,
            "size": query.size + 1,
            "sort": [{base.SORT_FIELDS.get(query.sort, "published"): "desc"}, {"id": "desc"}],
        }
        cursor = read_cursor(query.cursor)
        if cursor:
            body["search_after"] = [int(cursor[0]), cursor[1]]
        else:
            body["from"] = (query.page - 1) * query.size
        answer = self.call(self.client.search, index=self.read, body=body)
        ranked = [
            Ranked(float(hit["sort"][0]), int(hit["fields"]["id"][0]), int(hit["fields"]["version"][0]))
            for hit in answer["hits"]["hits"]
        ]
        # The server has left out what comes before the page.
        here = replace(query, page=1, cursor="")
        return self.page(here, ranked, answer["hits"]["total"]["value"], _facets(query, answer))

    def by_words(self, query: PositionQuery, terms: QueryTerms, limit: int) -> Worded:
        return _worded(query, *self._ask(self._by_words(query, terms, limit), self._counted(query, terms)))

    def both(
        self, query: PositionQuery, terms: QueryTerms, vector: Vectors, limit: int
    ) -> tuple[Worded, Sequence[Found]]:
        # What only some of the words leave is for each query another share.
        said = terms.phrases or terms.fields or terms.excluded
        narrowing = [] if said else self._narrowing(query, terms)
        picked = bool(narrowing) and self.shares.of(narrowing) >= MOST_OF_ALL
        unknown = self.shares.unknown(narrowing)
        words, counts, meaning, *shares = self._ask(
            self._by_words(query, terms, limit),
            self._counted(query, terms),
            self._by_meaning(query, terms, vector, picked=picked),
            *([_number(LIVE)] if unknown else []),
            *(_number(LIVE, clause) for clause in unknown),
        )
        if shares:
            total, *left = (answer["hits"]["total"]["value"] for answer in shares)
            self.shares.learn(unknown, left, total)
        near = _found(meaning)
        # What is near may be just what the filters leave out.
        if picked and len(near) < min(WINDOW, meaning["aggregations"]["all"]["value"] / 2):
            near = _found(*self._ask(self._by_meaning(query, terms, vector)))
        near = [found._replace(score=2 * found.score - 1) for found in near]
        return _worded(query, words, counts), near

    def _ask(self, *bodies: dict[str, Any]) -> list[Any]:
        """The answers of several searches in one request."""
        asked = [part for body in bodies for part in ({}, body)]
        answers = self.call(self.client.msearch, index=self.read, searches=asked)["responses"]
        for answer in answers:
            if "error" in answer:
                raise base.EngineUnavailable(str(answer["error"])[:300])
        return list(answers)

    def count(self) -> int:
        answer = self.call(self.client.count, index=self.read, query=LIVE)
        return int(answer["count"])

    # Asking

    def _by_words(self, query: PositionQuery, terms: QueryTerms, limit: int) -> dict[str, Any]:
        """The best by words, and nothing counted, so that what cannot be among them need not be scored.

        What only raises a hit is looked for in the best 200 alone: asked for with the rest, it would have every hit scored, and
        in more than these where more are asked for, a hit would stand on another page.
        Scores move while the index changes, so a cursor reads the window and finds its place.
        """
        asked = self._query(query, terms)
        raising = asked["bool"].pop("should")
        body = {
            **TOLD,
            "query": asked,
            "size": limit,
            "track_total_hits": False,
        }
        if raising:
            body["rescore"] = {
                "window_size": WINDOW,
                "query": {"rescore_query": {"bool": {"should": raising}}},
            }
        return body

    def _counted(self, query: PositionQuery, terms: QueryTerms) -> dict[str, Any]:
        """How many are found, and the facets; filters of counted facets come after the counting."""
        counted = {field for name in query.facets for field in base.FACET_FILTERS[name]}
        clauses = _text(terms, counted=True)
        clauses["filter"] = [*clauses.pop("must"), *self._filters(query, without=counted)]
        body = {"query": {"bool": clauses}, "size": 0, "track_total_hits": True, "_source": False}
        return body | (self._faceted(query) if query.facets else {})

    def _by_meaning(
        self, query: PositionQuery, terms: QueryTerms, vector: Vectors, *, picked: bool = False
    ) -> dict[str, Any]:
        """The nearest by meaning among all that the filters let pass.

        Where nothing is asked for but what everybody asks for, that it is there and has not expired, the nearest are
        found first and those that have expired since left out: they are few, and a filter has the graph searched for twice as long.
        So it is with filters that leave most of all (`picked`): where many of a million had one title, the server gave the graph up
        and compared with every one that passed, thirty times as long. Twice the hits are found first then, and counted.
        """
        near = {
            "field": "vector",
            "query_vector": vector.tolist(),
            "k": CANDIDATES if picked else WINDOW,
            "num_candidates": CANDIDATES,
        }
        narrowing, always = self._narrowing(query, terms), self._always(query)
        if narrowing and not picked:
            near["filter"] = narrowing
        asked = {"bool": {"must": [{"knn": near}], "filter": always}}
        body = {**TOLD, "query": asked, "size": WINDOW, "track_total_hits": False}
        if picked:
            counted = {"all": {"value_count": {"field": "id"}}}
            body |= {"post_filter": {"bool": {"filter": narrowing}}, "aggs": counted}
        return body

    def _always(self, query: PositionQuery) -> list[dict[str, Any]]:
        """What everybody asks for."""
        return self._filters(replace(query, filters=Filters(school_ids=None)))

    def _narrowing(self, query: PositionQuery, terms: QueryTerms) -> list[dict[str, Any]]:
        """What is asked for beside that, but for words that may be there or not."""
        always = self._always(query)
        narrowing = [clause for clause in self._filters(query) if clause not in always]
        text = _text(replace(terms, units=(), boosts=()))
        return [*narrowing, {"bool": text}] if text["must"] or text["must_not"] else narrowing

    def _filters(self, query: PositionQuery, *, without: Sequence[str] = ()) -> list[dict[str, Any]]:
        clauses: list[dict[str, Any]] = [LIVE]
        for name, values in base.exact_filters(query.filters).items():
            if name not in without:
                clauses.append({"terms": {name: values}})
        clauses += [{"range": {name: {"gte": least}}} for name, least in base.lower_bounds(query).items()]
        for alternatives in base.qualifying(query.filters):
            options = [
                {"terms": {name: list(values)}} if most is None else {"range": {name: {"lte": most}}}
                for name, values, most in alternatives
            ]
            clauses.append({"bool": {"should": options}})
        return clauses

    def _query(self, query: PositionQuery, terms: QueryTerms) -> dict[str, Any]:
        return {"bool": _text(terms) | {"filter": self._filters(query)}}

    def _faceted(self, query: PositionQuery) -> dict[str, Any]:
        chosen = base.exact_filters(query.filters)
        counted = {name: base.FACET_FILTERS[name] for name in query.facets}
        narrowing = {
            field: {"terms": {field: chosen[field]}}
            for fields in counted.values()
            for field in fields
            if field in chosen
        }
        aggregations = {}
        for name, fields in counted.items():
            others = [clause for other, clause in narrowing.items() if other not in fields]
            values = {"terms": {"field": base.FACET_FIELDS[name], "size": base.FACET_LIMIT}}
            within = {"filter": {"bool": {"filter": others}}, "aggs": {"v": values}}
            aggregations[name] = within if others else values
        if not narrowing:
            return {"aggs": aggregations}
        return {"aggs": aggregations, "post_filter": {"bool": {"filter": list(narrowing.values())}}}


def _text(terms: QueryTerms, *, counted: bool = False) -> dict[str, Any]:
    """The clauses of what was typed; `counted` where nothing has to be first."""
    must: list[dict[str, Any]] = []
    if terms.units:
        units = [(_met if counted else _unit)(unit) for unit in terms.units]
        must.append({"bool": {"should": units, "minimum_should_match": terms.needed}})
    must += [_in_one_field(tokens) for tokens in terms.phrases]
    must += [_in_field(name, tokens) for name, tokens in terms.fields]
    excluded = [_in_one_field(tokens) for tokens in terms.excluded]
    raising = [] if counted else [_raise(word) for word in terms.boosts]
    return {"must": must, "must_not": excluded, "should": raising}


def _unit(unit: tuple[Tokens, ...]) -> dict[str, Any]:
    weights = [1.0] + [base.SYNONYM_WEIGHT] * (len(unit) - 1)
    options = [
        {"bool": {"must": [_term(token, 1.0) for token in alternative], "boost": weight}}
        for alternative, weight in zip(unit, weights, strict=True)
    ]
    return {"dis_max": {"queries": options}}


def _met(unit: tuple[Tokens, ...]) -> dict[str, Any]:
    """The same positions as of `_unit`, in one list of positions a word instead of one in every field."""
    options = [{"bool": {"filter": [{"term": {base.EVERYWHERE: t}} for t in tokens]}} for tokens in unit]
    return {"bool": {"should": options}}


def _number(*clauses: dict[str, Any]) -> dict[str, Any]:
    return {"query": {"bool": {"filter": list(clauses)}}, "size": 0, "track_total_hits": True}


def _worded(query: PositionQuery, words: Any, counts: Any) -> Worded:
    return Worded(by_place(_found(words)), counts["hits"]["total"]["value"], _facets(query, counts))


def _facets(query: PositionQuery, answer: Any) -> tuple[Facet, ...]:
    return tuple(_facet(name, answer["aggregations"]) for name in query.facets)


def _found(answer: Any) -> list[Found]:
    return [
        Found(
            float(hit["_score"]),
            int(hit["fields"]["id"][0]),
            *(int(hit["fields"].get(name, [0])[0]) for name in COLUMNS),
        )
        for hit in answer["hits"]["hits"]
    ]


def _facet(name: str, answer: Any) -> Facet:
    return base.facet(name, answer[name].get("v", answer[name])["buckets"])


def _term(token: str, weight: float) -> dict[str, Any]:
    fields = [
        {"term": {name: {"value": token, "boost": boost}}} for name, boost in base.SCORED_FIELDS.items()
    ]
    return {"dis_max": {"queries": fields, "boost": weight}}


def _raise(token: str) -> dict[str, Any]:
    weight = base.RAISING_WEIGHT * base.SCORED_FIELDS[base.RAISING_FIELD]
    return {"term": {base.RAISING_FIELD: {"value": token, "boost": weight}}}


def _in_one_field(tokens: Tokens) -> dict[str, Any]:
    return {"dis_max": {"queries": [_in_field(name, tokens) for name in base.TEXT_FIELDS]}}


def _in_field(name: str, tokens: Tokens) -> dict[str, Any]:
    found = [{"term": {name: {"value": token}}} for token in tokens]
    return {"bool": {"must": found, "boost": base.TEXT_FIELDS[name]}}
