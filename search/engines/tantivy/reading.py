"""The reading half of the embedded engine: a query as tantivy runs it, and what comes back."""

from datetime import datetime

import tantivy
from tantivy import FieldType, Occur, Query

from search.engines import base
from search.engines.tantivy.folder import Folder
from search.query import MAX_WINDOW, Filters, PositionQuery, read_cursor, write_cursor
from search.results import Facet, Hit, SearchPage
from search.text import QueryTerms, analyse, normalise

SYNONYM_WEIGHT = 0.5
BOOST_WEIGHT = 0.1


class Reading(Folder):
    """Find, suggest, list and count."""

    name = "embedded"

    def find(self, query: PositionQuery) -> SearchPage:
        index = self.opened()
        searcher = index.searcher()
        terms = analyse(query.text, strict=query.sort != "relevance")
        matching = self._query(query, terms)
        field = base.SORT_FIELDS.get(query.sort) or (None if terms.units else "published")
        total = searcher.search(matching, limit=1, count=True).count or 0
        ranked = self._ranked(searcher, matching, field, query)
        page = ranked[: query.size]
        more = len(ranked) > query.size
        return SearchPage(
            total=total,
            hits=tuple(Hit(id=i, score=float(key), version=v) for key, i, v in page),
            facets=tuple(self._facet(searcher, name, query, terms) for name in query.facets),
            engine=self.name,
            updating=not self.complete(),
            next_cursor=write_cursor(page[-1][0], page[-1][1]) if more and page else "",
        )

    def _ranked(
        self, searcher: tantivy.Searcher, matching: Query, field: str | None, query: PositionQuery
    ) -> list[tuple[float, int, int]]:
        """Hits in the order (key, id), both falling, from the page or the cursor on."""
        found = searcher.search(matching, limit=MAX_WINDOW, order_by_field=field, count=False).hits
        addresses = [address for _, address in found]
        ids = searcher.fast_field_values("id", addresses)
        versions = searcher.fast_field_values("version", addresses)
        keys = [round(float(key), 4) for key, _ in found]
        ranked = sorted(zip(keys, ids, versions, strict=True), key=lambda hit: (-hit[0], -hit[1]))
        cursor = read_cursor(query.cursor)
        if cursor is not None:
            return base.after(ranked, cursor)
        return ranked[(query.page - 1) * query.size :]

    def suggest(
        self, text: str, limit: int, school_ids: tuple[int, ...] | None, now: datetime | None = None
    ) -> list[str]:
        prefix = normalise(text)
        if not prefix:
            return []
        query = PositionQuery(filters=Filters(school_ids=school_ids), now=now)
        scope = self._query(query, QueryTerms())
        found = self.opened().searcher().terms_with_prefix("title_key", prefix, filter_query=scope)
        return [term for term, count in found if count][:limit]

    def count(self) -> int:
        searcher = self.opened().searcher()
        return searcher.search(Query.term_query(self.schema, "live", 1), limit=1, count=True).count or 0

    # Asking

    def _query(self, query: PositionQuery, terms: QueryTerms, *, without: str = "") -> Query:
        clauses = [(Occur.Must, self._scored(Query.term_query(self.schema, "live", 1)))]
        for name, values in base.exact_filters(query.filters).items():
            if name != without:
                options = [(Occur.Should, Query.term_query(self.schema, name, value)) for value in values]
                any_of = Query.boolean_query(options) if options else Query.empty_query()
                clauses.append((Occur.Must, self._scored(any_of)))
        for name, least in base.lower_bounds(query).items():
            bound = Query.range_query(self.schema, name, FieldType.Integer, lower_bound=least)
            clauses.append((Occur.Must, self._scored(bound)))
        if query.text.strip():
            clauses.append((Occur.Must, self._text(terms)))
        clauses += [
            (Occur.Should, Query.boost_query(self._term(word), BOOST_WEIGHT)) for word in terms.boosts
        ]
        return Query.boolean_query(clauses)

    @staticmethod
    def _scored(query: Query) -> Query:
        """Filters decide who is in, never who is first."""
        return Query.const_score_query(query, 0.0)

    def _text(self, terms: QueryTerms) -> Query:
        if not terms.units:
            return Query.empty_query()
        units = [(Occur.Should, self._unit(unit)) for unit in terms.units]
        return Query.boolean_query(units, minimum_number_should_match=terms.needed)

    def _unit(self, unit: tuple[tuple[str, ...], ...]) -> Query:
        own, *others = [self._all_of(alternative) for alternative in unit]
        return Query.disjunction_max_query([own, *(Query.boost_query(q, SYNONYM_WEIGHT) for q in others)])

    def _all_of(self, alternative: tuple[str, ...]) -> Query:
        return Query.boolean_query([(Occur.Must, self._term(token)) for token in alternative])

    def _term(self, token: str) -> Query:
        return Query.disjunction_max_query(
            [
                Query.boost_query(Query.term_query(self.schema, name, token, "freq"), weight)
                for name, weight in base.TEXT_FIELDS.items()
            ]
        )

    def _facet(self, searcher: tantivy.Searcher, name: str, query: PositionQuery, terms: QueryTerms) -> Facet:
        matching = self._query(query, terms, without=base.FACET_FILTERS[name])
        wanted = {"f": {"terms": {"field": base.FACET_FIELDS[name], "size": base.FACET_LIMIT}}}
        buckets = searcher.aggregate(matching, wanted)["f"]["buckets"]
        counts = [(str(bucket["key"]), int(bucket["doc_count"])) for bucket in buckets if bucket["key"]]
        return Facet(name, tuple(sorted(counts, key=lambda count: (-count[1], count[0]))))
