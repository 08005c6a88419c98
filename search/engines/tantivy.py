"""The embedded engine: a tantivy index in a folder, one writer at a time, any number of readers."""

import contextlib
import fcntl
import os
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import tantivy
from tantivy import FieldType, Occur, Query

from search.documents import SCHEMA_VERSION, PositionDocument
from search.engines import base
from search.query import MAX_WINDOW, Filters, PositionQuery, read_cursor, write_cursor
from search.results import Facet, Hit, SearchPage
from search.text import QueryTerms, analyse, normalise

HEAP = 64_000_000
SYNONYM_WEIGHT = 0.5
BOOST_WEIGHT = 0.1


def build_schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("id", stored=True, indexed=True, fast=True)
    builder.add_integer_field("version", stored=True, indexed=True, fast=True)
    for name in base.TEXT_FIELDS:
        builder.add_text_field(name, tokenizer_name="tokens", index_option="freq")
    for name in base.KEYWORDS:
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    for name in base.NUMBERS + base.NUMBER_LISTS:
        builder.add_integer_field(name, indexed=True, fast=True)
    return builder.build()


class TantivyEngine:
    """`current` in the folder names the index in use; a rebuild writes another one and swaps the name."""

    name = "embedded"

    def __init__(self, folder: Path, patience: float = 10) -> None:
        self.folder = Path(folder)
        self.patience = patience
        self._schema = build_schema()
        self._open: tuple[str, int, tantivy.Index] | None = None

    # Reading

    def find(self, query: PositionQuery) -> SearchPage:
        index = self._index()
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

    def suggest(self, text: str, limit: int, school_ids: tuple[int, ...] | None) -> list[str]:
        prefix = normalise(text)
        if not prefix:
            return []
        query = PositionQuery(filters=Filters(school_ids=school_ids))
        scope = self._query(query, QueryTerms())
        found = self._index().searcher().terms_with_prefix("title_key", prefix, filter_query=scope)
        return [term for term, count in found if count][:limit]

    def versions(self) -> Iterator[tuple[int, int]]:
        searcher = self._index().searcher()
        live = Query.term_query(self._schema, "live", 1)
        found = searcher.search(live, limit=max(1, searcher.num_docs), count=False).hits
        addresses = [address for _, address in found]
        ids = searcher.fast_field_values("id", addresses)
        return iter(zip(ids, searcher.fast_field_values("version", addresses), strict=True))

    def count(self) -> int:
        searcher = self._index().searcher()
        return searcher.search(Query.term_query(self._schema, "live", 1), limit=1, count=True).count or 0

    # Asking

    def _query(self, query: PositionQuery, terms: QueryTerms, *, without: str = "") -> Query:
        clauses = [(Occur.Must, self._scored(Query.term_query(self._schema, "live", 1)))]
        for name, values in base.exact_filters(query.filters).items():
            if name != without:
                options = [(Occur.Should, Query.term_query(self._schema, name, value)) for value in values]
                any_of = Query.boolean_query(options) if options else Query.empty_query()
                clauses.append((Occur.Must, self._scored(any_of)))
        for name, least in base.lower_bounds(query).items():
            bound = Query.range_query(self._schema, name, FieldType.Integer, lower_bound=least)
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
                Query.boost_query(Query.term_query(self._schema, name, token, "freq"), weight)
                for name, weight in base.TEXT_FIELDS.items()
            ]
        )

    def _facet(self, searcher: tantivy.Searcher, name: str, query: PositionQuery, terms: QueryTerms) -> Facet:
        matching = self._query(query, terms, without=base.FACET_FILTERS[name])
        wanted = {"f": {"terms": {"field": base.FACET_FIELDS[name], "size": base.FACET_LIMIT}}}
        buckets = searcher.aggregate(matching, wanted)["f"]["buckets"]
        counts = [(str(bucket["key"]), int(bucket["doc_count"])) for bucket in buckets if bucket["key"]]
        return Facet(name, tuple(sorted(counts, key=lambda count: (-count[1], count[0]))))

    # Writing

    def index(self, documents: Sequence[PositionDocument]) -> None:
        self._write([base.stored(document) for document in documents])

    def forget(self, versions: Sequence[tuple[int, int]]) -> None:
        self._write([base.tombstone(position_id, version) for position_id, version in versions])

    def _write(self, rows: list[dict[str, Any]]) -> None:
        newest: dict[int, dict[str, Any]] = {}
        for row in rows:
            if row["version"] >= newest.get(row["id"], row)["version"]:
                newest[row["id"]] = row
        if not newest:
            return
        with self._locked():
            index = self._index()
            known = self._known(index, list(newest))
            fresh = [row for row in newest.values() if row["version"] >= known.get(row["id"], row["version"])]
            writer = index.writer(HEAP, 1)
            for row in fresh:
                writer.delete_documents_by_query(Query.term_query(self._schema, "id", row["id"]))
                writer.add_document(self._document(row))
            writer.commit()
            writer.wait_merging_threads()

    def _known(self, index: tantivy.Index, ids: list[int]) -> dict[int, int]:
        index.reload()
        searcher = index.searcher()
        wanted = Query.term_set_query(self._schema, "id", ids)
        addresses = [address for _, address in searcher.search(wanted, limit=len(ids), count=False).hits]
        found = searcher.fast_field_values("id", addresses)
        return dict(zip(found, searcher.fast_field_values("version", addresses), strict=True))

    def _document(self, row: dict[str, Any]) -> tantivy.Document:
        return tantivy.Document.from_dict({k: v for k, v in row.items() if v != []}, self._schema)

    def rebuild(self, documents: Iterable[PositionDocument]) -> int:
        """Build beside, then swap the name; other writers wait, then write into the new index."""
        with self._locked():
            old = self._current()
            new = f"positions-{SCHEMA_VERSION}-{uuid.uuid4().hex[:8]}"
            index = self._create(new)
            writer = index.writer(HEAP, 1)
            written = 0
            rows = iter(documents)
            while batch := list(islice(rows, 2_000)):
                for document in batch:
                    writer.add_document(self._document(base.stored(document)))
                writer.commit()
                written += len(batch)
            writer.commit()
            writer.wait_merging_threads()
            self._point_to(new)
            if old:
                shutil.rmtree(self.folder / old, ignore_errors=True)
        return written

    # The folder

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One writer among all processes; who waits too long hears that the engine is busy."""
        self.folder.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + self.patience
        with (self.folder / "write.lock").open("w") as handle:
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError as error:
                    if time.monotonic() > deadline:
                        raise base.EngineUnavailable("another process holds the index") from error
                    time.sleep(0.02)
            yield

    def _current(self) -> str:
        path = self.folder / "current"
        name = path.read_text() if path.exists() else ""
        return name if name.startswith(f"positions-{SCHEMA_VERSION}-") else ""

    def _point_to(self, name: str) -> None:
        draft = self.folder / f"current.{os.getpid()}.{uuid.uuid4().hex[:6]}"
        draft.write_text(name)
        draft.replace(self.folder / "current")

    def _create(self, name: str) -> tantivy.Index:
        (self.folder / name).mkdir(parents=True, exist_ok=True)
        return self._register(tantivy.Index(self._schema, path=str(self.folder / name)))

    @staticmethod
    def _register(index: tantivy.Index) -> tantivy.Index:
        index.register_tokenizer(
            "tokens", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        )
        return index

    def _index(self) -> tantivy.Index:
        """The index in use, opened once and reloaded when another process has committed or swapped it."""
        name = self._current()
        if not name:
            name = f"positions-{SCHEMA_VERSION}-first"
            self._create(name)
            self._point_to(name)
        changed = (self.folder / name / "meta.json").stat().st_mtime_ns
        if self._open is None or self._open[0] != name:
            index = self._register(tantivy.Index.open(str(self.folder / name)))
            self._open = (name, changed, index)
        elif self._open[1] != changed:
            self._open[2].reload()
            self._open = (name, changed, self._open[2])
        return self._open[2]
