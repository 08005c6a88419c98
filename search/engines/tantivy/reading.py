"""The reading half of the embedded engine: a query as tantivy runs it, and what comes back."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
import tantivy
from tantivy import FieldType, Occur, Query

from search import suggesting
from search.engines import base
from search.engines.finding import Finding, Worded
from search.engines.tantivy.folder import Folder
from search.fusion import WINDOW, Found, Ranked, by_place, floor
from search.query import Cursor, Filters, PositionQuery, read_cursor
from search.results import Facet, SearchPage
from search.semantics import Vectors
from search.suggesting import Suggested
from search.terms import QueryTerms, Tokens

# Under so many positions the nearest in meaning are looked for among all that the filters leave, else among the titles
# that are nearest of all.
FEW = 4_000
TITLES = 1_000
# How many of the nearest titles are looked up first: as a rule they have the two hundred positions that are wanted.
FIRST = 100
COLUMNS = ("id", "version", "published", "openings", "meaning")


class Reading(Folder, Finding):
    """Find, suggest, list and count."""

    name = "embedded"

    def ordered(self, query: PositionQuery, terms: QueryTerms) -> SearchPage:
        searcher = self.opened().searcher()
        matching = self._query(query, terms)
        field = base.SORT_FIELDS.get(query.sort, "published")
        cursor = read_cursor(query.cursor)
        left = matching if cursor is None else self._behind(matching, field, cursor)
        # A cursor wins over a page, and what is left begins after it.
        here = query if cursor is None else replace(query, page=1, cursor="")
        ranked = self._first(searcher, left, field, here.page * here.size + 1)
        total = searcher.search(matching, limit=1, count=True).count or 0
        return self.page(here, ranked, total, self._facets(searcher, query, terms))

    def _behind(self, matching: Query, field: str, cursor: Cursor) -> Query:
        """What comes after a place in the order, whether its hit still stands there or not."""
        value, position_id = int(cursor[0]), cursor[1]
        less = Query.range_query(
            self.schema, field, FieldType.Integer, upper_bound=value, include_upper=False
        )
        same = Query.term_query(self.schema, field, value)
        earlier = Query.range_query(
            self.schema, "id", FieldType.Unsigned, upper_bound=position_id, include_upper=False
        )
        tied = Query.boolean_query([(Occur.Must, same), (Occur.Must, earlier)])
        place = Query.boolean_query([(Occur.Should, less), (Occur.Should, tied)])
        return Query.boolean_query([(Occur.Must, matching), (Occur.Must, place)])

    def _first(self, searcher: tantivy.Searcher, matching: Query, field: str, wanted: int) -> list[Ranked]:
        """The first `wanted` hits, greater values first, equal ones by id.

        The engine breaks ties by where a document lies, so those of the last value are asked for once more, by id.
        """
        hits = searcher.search(matching, limit=wanted, order_by_field=field, count=False).hits
        if len(hits) == wanted:
            last = hits[-1][0]
            hits = [hit for hit in hits if hit[0] > last]
            tied = Query.boolean_query(
                [(Occur.Must, matching), (Occur.Must, Query.term_query(self.schema, field, last))]
            )
            by_id = searcher.search(tied, limit=wanted - len(hits), order_by_field="id", count=False).hits
            hits += [(last, address) for _, address in by_id]
        addresses = [address for _, address in hits]
        ids, versions = (searcher.fast_field_values(name, addresses) for name in ("id", "version"))
        keys = [float(key) for key, _ in hits]
        ranked = [Ranked(*hit) for hit in zip(keys, ids, versions, strict=True)]
        return sorted(ranked, key=lambda hit: (-hit.key, -hit.id))

    def updating(self) -> bool:
        return not self.complete()

    def by_words(self, query: PositionQuery, terms: QueryTerms, limit: int) -> Worded:
        return self._worded(self.opened().searcher(), query, terms, limit)

    def both(
        self, query: PositionQuery, terms: QueryTerms, vector: Vectors, limit: int
    ) -> tuple[Worded, Sequence[Found]]:
        searcher = self.opened().searcher()
        worded = self._worded(searcher, query, terms, limit)
        allowed = self._query(query, replace(terms, units=(), boosts=()))
        narrowed = bool(terms.phrases or terms.fields or terms.excluded) or query.filters.narrow
        few = narrowed and self._few(searcher, allowed)
        return worded, self._by_meaning(searcher, allowed, vector, few)

    def _worded(
        self, searcher: tantivy.Searcher, query: PositionQuery, terms: QueryTerms, limit: int
    ) -> Worded:
        matching = self._query(query, terms)
        found = searcher.search(matching, limit=limit, count=True)
        hits = by_place(self._found(searcher, found.hits))
        return Worded(hits, found.count or 0, self._facets(searcher, query, terms))

    def _by_meaning(
        self, searcher: tantivy.Searcher, allowed: Query, vector: Vectors, few: bool
    ) -> list[Found]:
        """The best 200 of what is allowed: of all where that is few, else of what has the nearest titles.

        Those are looked up in two goes, as each title costs a look into every segment.
        """
        if few:
            return self._best_of_all(searcher, allowed, vector)
        cosines = self.vectors.nearest(vector, TITLES, least=floor)
        titles = list(cosines)
        addresses = self._titled(searcher, allowed, titles[:FIRST])
        if len(addresses) < WINDOW and len(titles) > FIRST:
            if len(titles) == TITLES and self._few(searcher, allowed):
                return self._best_of_all(searcher, allowed, vector)
            addresses += self._titled(searcher, allowed, titles[FIRST:])
        return self._best(searcher, addresses, cosines)

    @staticmethod
    def _few(searcher: tantivy.Searcher, allowed: Query) -> bool:
        return (searcher.search(allowed, limit=1, count=True).count or 0) <= FEW

    def _best_of_all(self, searcher: tantivy.Searcher, allowed: Query, vector: Vectors) -> list[Found]:
        addresses = _addresses(searcher, allowed)
        cosines = self.vectors.cosines(vector, searcher.fast_field_values("meaning", addresses))
        return self._best(searcher, addresses, cosines)

    def _titled(
        self, searcher: tantivy.Searcher, allowed: Query, titles: Sequence[int]
    ) -> list[tantivy.DocAddress]:
        """Where what has one of these titles lies; where that is too much, of the nearer ones first, until there is enough."""
        near = self._scored(Query.term_set_query(self.schema, "meaning", list(titles)))
        found = _addresses(searcher, Query.boolean_query([(Occur.Must, allowed), (Occur.Must, near)]))
        if len(found) < FEW or len(titles) == 1:
            return found
        half = len(titles) // 2
        found = self._titled(searcher, allowed, titles[:half])
        return found if len(found) >= WINDOW else found + self._titled(searcher, allowed, titles[half:])

    def _best(
        self,
        searcher: tantivy.Searcher,
        addresses: Sequence[tantivy.DocAddress],
        cosines: Mapping[int, float],
    ) -> list[Found]:
        keys = searcher.fast_field_values("meaning", addresses)
        known = np.array([cosines.get(key, np.nan) for key in keys])
        ids = np.array(searcher.fast_field_values("id", addresses), np.int64)
        # Of thousands that are allowed only the best are made into hits; what is not known comes last.
        best = np.lexsort((-ids, -known))[: min(WINDOW, np.count_nonzero(~np.isnan(known)))]
        return self._found(searcher, [(known[place], addresses[place]) for place in best.tolist()])

    @staticmethod
    def _found(searcher: tantivy.Searcher, hits: Sequence[tuple[float, tantivy.DocAddress]]) -> list[Found]:
        scores, addresses = [float(score) for score, _ in hits], [address for _, address in hits]
        columns = (searcher.fast_field_values(name, addresses) for name in COLUMNS)
        return [Found._make(row) for row in zip(scores, *columns, strict=True)]

    def suggest(
        self, text: str, limit: int, school_ids: tuple[int, ...] | None, now: datetime | None = None
    ) -> list[Suggested]:
        """Names that complete a text, among positions of this scope."""
        prefix = suggesting.prefix(text)
        if not prefix:
            return []
        scope = self._query(PositionQuery(filters=Filters(school_ids=school_ids), now=now), QueryTerms())
        searcher = self.opened().searcher()
        found = searcher.terms_with_prefix(base.SUGGESTED, prefix, filter_query=scope, limit=limit * 4)
        return suggesting.read([(term, count) for term, count in found if count], limit)

    def words(self) -> dict[str, int]:
        """The words of all positions and in how many each stands."""
        return dict(self.opened().searcher().terms_with_prefix(base.VOCABULARY, ""))

    def without(self, rows: Collection[Tokens]) -> set[Tokens]:
        """Of which of these rows no position, open or not, has all tokens."""
        searcher = self.opened().searcher()
        return {row for row in rows if not self._together(searcher, row)}

    def _together(self, searcher: tantivy.Searcher, row: Tokens) -> bool:
        if not all(searcher.doc_freq(base.EVERYWHERE, token) for token in row):
            return False
        return len(row) == 1 or bool(searcher.search(self._met((row,)), limit=1, count=False).hits)

    def count(self) -> int:
        searcher = self.opened().searcher()
        return searcher.search(Query.term_query(self.schema, "live", 1), limit=1, count=True).count or 0

    # Asking

    def _query(
        self,
        query: PositionQuery,
        terms: QueryTerms,
        *,
        without: Collection[str] = (),
        counted: bool = False,
    ) -> Query:
        """What is found, of these filters those that are not left out; `counted` where nothing has to be first.

        Tombstones have no fields but their version, so the bound of `expires` leaves them out.
        """
        clauses = []
        for name, values in base.exact_filters(query.filters).items():
            if name not in without:
                clauses.append((Occur.Must, self._scored(self._any_of(name, values))))
        for name, least in base.lower_bounds(query).items():
            bound = Query.range_query(self.schema, name, FieldType.Integer, lower_bound=least)
            clauses.append((Occur.Must, self._scored(bound)))
        clauses += [(Occur.Must, self._scored(rule)) for rule in self._qualified(query.filters)]
        clauses += self._text(terms, counted)
        return Query.boolean_query(clauses)

    def _any_of(self, name: str, values: Sequence[object]) -> Query:
        options = [(Occur.Should, Query.term_query(self.schema, name, value)) for value in values]
        return Query.boolean_query(options) if options else Query.empty_query()

    def _qualified(self, filters: Filters) -> list[Query]:
        """One query for each condition that the person must meet: something of theirs, or nothing asked for."""
        rules = []
        for alternatives in base.qualifying(filters):
            options = []
            for name, values, most in alternatives:
                if most is None:
                    options.append(self._any_of(name, values))
                else:
                    options.append(Query.range_query(self.schema, name, FieldType.Integer, upper_bound=most))
            rules.append(Query.boolean_query([(Occur.Should, option) for option in options]))
        return rules

    @staticmethod
    def _scored(query: Query) -> Query:
        """Filters decide who is in, never who is first."""
        return Query.const_score_query(query, 0.0)

    def _text(self, terms: QueryTerms, counted: bool) -> list[tuple[Occur, Query]]:
        clauses = []
        if terms.units:
            met = self._met if counted else self._unit
            units = [(Occur.Should, met(unit)) for unit in terms.units]
            clauses.append((Occur.Must, Query.boolean_query(units, minimum_number_should_match=terms.needed)))
        clauses += [(Occur.Must, self._in_one_field(tokens)) for tokens in terms.phrases]
        clauses += [(Occur.Must, self._in_field(name, tokens)) for name, tokens in terms.fields]
        clauses += [(Occur.MustNot, self._in_one_field(tokens)) for tokens in terms.excluded]
        for word in () if counted else terms.boosts:
            clauses.append((Occur.Should, self._raise(word)))
        return clauses

    def _unit(self, unit: tuple[Tokens, ...]) -> Query:
        own, *others = [self._all_of(alternative) for alternative in unit]
        return Query.disjunction_max_query(
            [own, *(Query.boost_query(query, base.SYNONYM_WEIGHT) for query in others)]
        )

    def _met(self, unit: tuple[Tokens, ...]) -> Query:
        """The same positions as of `_unit`, in one list of positions a word instead of one in every field."""
        options = []
        for tokens in unit:
            words = [Query.term_query(self.schema, base.EVERYWHERE, token, "basic") for token in tokens]
            one = words[0] if len(words) == 1 else Query.boolean_query([(Occur.Must, word) for word in words])
            options.append((Occur.Should, one))
        return options[0][1] if len(options) == 1 else Query.boolean_query(options)

    def _all_of(self, alternative: Tokens) -> Query:
        return Query.boolean_query([(Occur.Must, self._term(token)) for token in alternative])

    def _term(self, token: str) -> Query:
        return Query.disjunction_max_query(
            [
                Query.boost_query(Query.term_query(self.schema, name, token, "freq"), weight)
                for name, weight in base.SCORED_FIELDS.items()
            ]
        )

    def _raise(self, token: str) -> Query:
        weight = base.RAISING_WEIGHT * base.SCORED_FIELDS[base.RAISING_FIELD]
        return Query.boost_query(Query.term_query(self.schema, base.RAISING_FIELD, token, "freq"), weight)

    def _in_one_field(self, tokens: Tokens) -> Query:
        return Query.disjunction_max_query([self._in_field(name, tokens) for name in base.TEXT_FIELDS])

    def _in_field(self, name: str, tokens: Tokens) -> Query:
        found = [(Occur.Must, Query.term_query(self.schema, name, token, "freq")) for token in tokens]
        return Query.boost_query(Query.boolean_query(found), base.TEXT_FIELDS[name])

    def _facets(
        self, searcher: tantivy.Searcher, query: PositionQuery, terms: QueryTerms
    ) -> tuple[Facet, ...]:
        """All facets in one walk over the hits; those that a filter is left out for take a walk of their own."""
        chosen = base.exact_filters(query.filters)
        walks: dict[frozenset[str], list[str]] = {}
        for name in query.facets:
            walks.setdefault(frozenset(chosen.keys() & base.FACET_FILTERS[name]), []).append(name)
        counted: dict[str, Facet] = {}
        for left_out, names in walks.items():
            hits = self._query(query, terms, without=left_out, counted=True)
            counted |= _counted(searcher, hits, names)
        return tuple(counted[name] for name in query.facets)


def _addresses(searcher: tantivy.Searcher, allowed: Query) -> list[tantivy.DocAddress]:
    return [address for _, address in searcher.search(allowed, limit=FEW, count=False).hits]


def _counted(searcher: tantivy.Searcher, matching: Query, names: Sequence[str]) -> dict[str, Facet]:
    wanted = {name: {"terms": {"field": base.FACET_FIELDS[name], "size": base.FACET_LIMIT}} for name in names}
    answer = searcher.aggregate(matching, wanted)
    return {name: base.facet(name, answer[name]["buckets"]) for name in names}
