"""The writing half of the embedded engine: batches under the folder's lock, newest version wins, rebuild beside."""

import shutil
import uuid
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import tantivy
from tantivy import Query

from search.documents import SCHEMA_VERSION, PositionDocument
from search.engines import base
from search.engines.tantivy.folder import Folder

HEAP = 64_000_000


class Writing(Folder):
    """Index, forget, rebuild."""

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
        with self.locked():
            index = self.opened()
            known = self._known(index, list(newest))
            fresh = [row for row in newest.values() if row["version"] >= known.get(row["id"], row["version"])]
            writer = index.writer(HEAP, 1)
            for row in fresh:
                writer.delete_documents_by_query(Query.term_query(self.schema, "id", row["id"]))
                writer.add_document(self._document(row))
            writer.commit()
            writer.wait_merging_threads()

    def _known(self, index: tantivy.Index, ids: list[int]) -> dict[int, int]:
        index.reload()
        searcher = index.searcher()
        wanted = Query.term_set_query(self.schema, "id", ids)
        addresses = [address for _, address in searcher.search(wanted, limit=len(ids), count=False).hits]
        found = searcher.fast_field_values("id", addresses)
        return dict(zip(found, searcher.fast_field_values("version", addresses), strict=True))

    def _document(self, row: dict[str, Any]) -> tantivy.Document:
        return tantivy.Document.from_dict({k: v for k, v in row.items() if v != []}, self.schema)

    def rebuild(self, documents: Iterable[PositionDocument]) -> int:
        """Build beside, then swap the name; other writers wait, then write into the new index."""
        with self.locked():
            old = self.current()
            new = f"positions-{SCHEMA_VERSION}-{uuid.uuid4().hex[:8]}"
            index = self.create(new)
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
            self.point_to(new)
            if old:
                shutil.rmtree(self.folder / old, ignore_errors=True)
        return written
