"""How any engine answers a query: listed by a field, or ranked by words and meaning together."""

import abc
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from search.engines import base
from search.fusion import WINDOW, Found, Ranked, fuse
from search.query import MAX_WINDOW, PositionQuery, read_cursor, write_cursor
from search.results import Facet, Hit, SearchPage
from search.semantics import Vectors, key_of
from search.terms import QueryTerms
from search.vectors import VectorFile


class Worded(NamedTuple):
    """Hits by words, best first, how many there are in all, and the facets asked for."""

    hits: Sequence[Found]
    total: int
    facets: tuple[Facet, ...]


class Finding(abc.ABC):
    """Find; a subclass says how it lists, and how it finds by words and by meaning."""

    name: str
    vectors: VectorFile | None = None

    def find(self, query: PositionQuery) -> SearchPage:
        """One page of hits, their number, and facets."""
        if query.sort == "fit":
            query = replace(query, sort="relevance")
        terms = query.terms
        if query.text.strip() and not terms:
            return SearchPage(
                0, (), tuple(Facet(name, ()) for name in query.facets), self.name, updating=self.updating()
            )
        if query.sort == "relevance" and terms.ranked:
            return self._ranked(query, terms)
        found = self.ordered(query, terms)
        return replace(found, worded=found.total)

    def updating(self) -> bool:
        """Whether the index that answers is still to be built from the database."""
        return False

    @abc.abstractmethod
    def ordered(self, query: PositionQuery, terms: QueryTerms) -> SearchPage:
        """Hits in the order of a field."""

    @abc.abstractmethod
    def by_words(self, query: PositionQuery, terms: QueryTerms, limit: int) -> Worded:
        """The best hits by words."""

    @abc.abstractmethod
    def both(
        self, query: PositionQuery, terms: QueryTerms, vector: Vectors, limit: int
    ) -> tuple[Worded, Sequence[Found]]:
        """The same, and the best 200 hits by meaning under the same filters, their scores being cosines."""

    def _ranked(self, query: PositionQuery, terms: QueryTerms) -> SearchPage:
        """Words and meaning in one order. After it come the rest of the hits by words, as far as a window reaches."""
        deep = bool(query.cursor) or query.page * query.size >= WINDOW
        limit = MAX_WINDOW if deep else WINDOW
        vector = self._vector(query, terms)
        meant: Sequence[Found] = ()
        cosines: Mapping[int, float] = {}
        if vector is None:
            worded = self.by_words(query, terms, limit)
        else:
            worded, meant = self.both(query, terms, vector, limit)
            cosines = self._cosines(vector, worded.hits[:WINDOW], meant)
        now, exact = int((query.now or datetime.now(UTC)).timestamp()), key_of(query.text)
        ranked = fuse(worded.hits, meant, now=now, exact=exact, worded=worded.total, cosines=cosines)
        total = len(ranked) if worded.total <= len(worded.hits) else worded.total
        return replace(self.page(query, ranked, total, worded.facets), worded=worded.total)

    def _vector(self, query: PositionQuery, terms: QueryTerms) -> Vectors | None:
        """What the query means; None where meaning is off, and for what has no words."""
        if self.vectors is None or not (terms.units or terms.phrases):
            return None
        return self.vectors.of_query(terms.text)

    def _cosines(self, vector: Vectors, hits: Sequence[Found], meant: Sequence[Found]) -> Mapping[int, float]:
        """By the key of a title, how near hits by words are in meaning that are not among the nearest."""
        near = {hit.id for hit in meant}
        far = [hit.key for hit in hits if hit.id not in near]
        return self.vectors.cosines(vector, far) if self.vectors and far else {}

    def page(
        self, query: PositionQuery, ranked: Sequence[Ranked], total: int, facets: tuple[Facet, ...]
    ) -> SearchPage:
        """The part of an order that a query asks for."""
        cursor = read_cursor(query.cursor)
        left = base.after(ranked, cursor) if cursor else ranked[(query.page - 1) * query.size :]
        shown = left[: query.size]
        more = len(left) > query.size
        return SearchPage(
            total=total,
            hits=tuple(Hit(id=hit.id, score=hit.key, version=hit.version) for hit in shown),
            facets=facets,
            engine=self.name,
            updating=self.updating(),
            next_cursor=write_cursor(shown[-1].key, shown[-1].id) if more and shown else "",
        )
