"""The writing half of the embedded engine: batches under the folder's lock, newest version wins, rebuild beside."""

import contextlib
import json
import shutil
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime

import tantivy
from tantivy import FieldType, Occur, Query

from search import failpoints
from search.engines import base
from search.engines.tantivy.folder import PREFIX, Folder

HEAP = 64_000_000
# Beside an index that is being built: a row a line.
NOTES = "notes.jsonl"
# A rebuild goes through the notes so often, until so few came meanwhile that writers may wait for them.
ROUNDS, FEW = 20, 50


class Writing(Folder, base.Storage):
    """Write, build anew, list what is held."""

    def write(self, rows: Sequence[base.Row]) -> None:
        """Store rows in the index in use, and note them for the one being built; an older version changes nothing."""
        latest = base.newest(rows)
        if not latest:
            return
        with self.locked():
            self.store(self.ensure(), latest)
            if building := self._building():
                self.note(building, latest)

    def store(self, name: str, rows: Sequence[base.Row], *, over_equal: bool = True) -> None:
        """Put rows that are newer than what is there (or equal, where that may replace) into one index."""
        index = self.open_named(name)
        known = self._versions_of(index, [row["id"] for row in rows])
        fresh = [row for row in rows if self.wins(row, known, over_equal=over_equal)]
        if not fresh:
            return
        writer = index.writer(HEAP, 1)
        for row in fresh:
            self.put(writer, row, known)
        self.commit(writer)

    @staticmethod
    def commit(writer: tantivy.IndexWriter) -> None:
        """Make what a writer was given findable, and let its index go."""
        failpoints.hit("search.embedded.before_commit")
        writer.commit()
        failpoints.hit("search.embedded.after_commit")
        writer.wait_merging_threads()

    def put(self, writer: tantivy.IndexWriter, row: base.Row, known: dict[int, int]) -> None:
        """Hand a row to a writer, in the place of the one that is known."""
        if row["id"] in known:
            writer.delete_documents_by_query(Query.term_query(self.schema, "id", row["id"]))
        writer.add_document(self._document(row))

    @staticmethod
    def wins(row: base.Row, known: dict[int, int], *, over_equal: bool) -> bool:
        if row["id"] not in known:
            return True
        return row["version"] > known[row["id"]] or (over_equal and row["version"] == known[row["id"]])

    def _versions_of(self, index: tantivy.Index, ids: list[int]) -> dict[int, int]:
        searcher = index.searcher()
        if not searcher.num_docs:
            return {}
        wanted = Query.term_set_query(self.schema, "id", ids)
        addresses = [address for _, address in searcher.search(wanted, limit=len(ids), count=False).hits]
        found = searcher.fast_field_values("id", addresses)
        return dict(zip(found, searcher.fast_field_values("version", addresses), strict=True))

    def _document(self, row: base.Row) -> tantivy.Document:
        stored = {name: value for name, value in row.items() if name != "vector" and value != []}
        if row["live"]:
            stored[base.EVERYWHERE] = " ".join(base.everywhere(row))
        return tantivy.Document.from_dict(stored, self.schema)

    def note(self, name: str, rows: Sequence[base.Row]) -> None:
        """Put down rows for the index that is being built. The write lock must be held.

        The line begins a new one: what a killed writer left of its last line stands by itself.
        """
        lines = [json.dumps({key: value for key, value in row.items() if key != "vector"}) for row in rows]
        with (self.folder / name / NOTES).open("a") as file:
            file.write("\n" + "\n".join(lines) + "\n")

    def noted(self, name: str, start: int) -> tuple[list[base.Row], int]:
        """The rows that were noted from this place of the file on, and where the last whole line ends."""
        path = self.folder / name / NOTES
        if not path.exists():
            return [], start
        with path.open("rb") as file:
            file.seek(start)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        rows = []
        for line in whole.splitlines():
            # Half a line is what a killed writer left; its rows come again from the outbox.
            with contextlib.suppress(json.JSONDecodeError):
                rows += [json.loads(line)] if line else []
        return rows, start + len(whole)

    def _building(self) -> str:
        """The index that a rebuild alive is filling; what a killed one left is removed."""
        name = self.named("building")
        if not name:
            return ""
        with self.rebuilding() as ours:
            if not ours:
                return name
            (self.folder / "building").unlink(missing_ok=True)
            self.tidy()
            return ""

    def drop(self) -> None:
        """Remove the index with its folder."""
        with self.locked():
            shutil.rmtree(self.folder)

    def build(self) -> "EmbeddedBuild":
        """Begin an index beside the one in use; EngineUnavailable while another rebuild runs."""
        return EmbeddedBuild(self)

    def standings(self, now: datetime | None = None) -> Iterator[base.Standing]:
        """Everything that can be found, by id."""
        live = Query.term_query(self.schema, "live", 1)
        valid = Query.range_query(self.schema, "expires", FieldType.Integer, lower_bound=base.unexpired(now))
        both = Query.boolean_query([(Occur.Must, live), (Occur.Must, valid)])
        return iter(sorted(self._standings(self.opened(), both)))

    def tombstones(self) -> list[base.Row]:
        """What stays of the forgotten."""
        gone = self._standings(self.opened(), Query.term_query(self.schema, "live", 0))
        return [base.tombstone(position_id, version) for position_id, version, _ in gone]

    @staticmethod
    def _standings(index: tantivy.Index, wanted: Query) -> list[base.Standing]:
        searcher = index.searcher()
        found = searcher.search(wanted, limit=max(1, searcher.num_docs), count=False).hits
        addresses = [address for _, address in found]
        columns = (searcher.fast_field_values(name, addresses) for name in ("id", "version", "visibility"))
        return list(zip(*columns, strict=True))


class EmbeddedBuild:
    """A new index beside the one in use, which nobody else opens, so that no writer waits while it is filled.

    What others write meanwhile they note beside it (`Writing.note`). The notes are gone through before the swap, and
    only the last of them while writers wait.
    """

    def __init__(self, engine: Writing) -> None:
        self.engine = engine
        self.name = f"{PREFIX}{uuid.uuid4().hex[:8]}"
        self._held = contextlib.ExitStack()
        # A writer that tidies up after a killed rebuild holds this lock for a moment.
        if not self._held.enter_context(engine.rebuilding(patience=1)):
            self._held.close()
            raise base.EngineUnavailable("another rebuild is running")
        with engine.locked():
            engine.create(self.name)
            engine.point("building", self.name)
            engine.tidy()
        self._writer = engine.open_named(self.name).writer(HEAP, 1)
        self._added: dict[int, int] = {}
        self._heard = 0

    def add(self, rows: Sequence[base.Row]) -> None:
        for row in base.newest(rows):
            if self.engine.wins(row, self._added, over_equal=False):
                self.engine.put(self._writer, row, self._added)
                self._added[row["id"]] = row["version"]

    def finish(self) -> None:
        """Forgotten positions stay forgotten: their tombstones move along, then the name is swapped."""
        with self._held:
            self._close()
            # What is forgotten from now on is noted.
            if gone := self.engine.tombstones():
                self.engine.store(self.name, gone, over_equal=False)
            for _ in range(ROUNDS):
                if self._catch_up() <= FEW:
                    break
            with self.engine.locked():
                self._catch_up()
                failpoints.hit("search.embedded.before_swap")
                self.engine.point("current", self.name)
                failpoints.hit("search.embedded.after_swap")
                (self.engine.folder / "building").unlink(missing_ok=True)
                # All of it is in the index, which stays for long: so would texts of what is forgotten since.
                (self.engine.folder / self.name / NOTES).unlink(missing_ok=True)
                self.engine.tidy()

    def _close(self) -> None:
        """Commit what was added and let the index go, so that it can be opened for what follows."""
        self.engine.commit(self._writer)
        del self._writer

    def _catch_up(self) -> int:
        """Store what was noted since the last time; the number of rows."""
        rows, self._heard = self.engine.noted(self.name, self._heard)
        if rows:
            self.engine.store(self.name, base.newest(rows))
        return len(rows)

    def discard(self) -> None:
        """Remove what was built; where a writer holds the index for long, the next one does it (`Writing._building`)."""
        vars(self).pop("_writer", None)
        with self._held, contextlib.suppress(base.EngineUnavailable), self.engine.locked():
            # Where the swap failed, the right to rebuild is given up already and another may have begun.
            if self.engine.named("building") == self.name:
                (self.engine.folder / "building").unlink(missing_ok=True)
            self.engine.tidy()
