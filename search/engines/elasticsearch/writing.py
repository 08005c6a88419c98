"""The writing half of Elasticsearch: bulk with external versions, rebuild beside and swap of the aliases."""

import contextlib
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from elastic_transport import TransportError
from elasticsearch import ApiError, BadRequestError, NotFoundError, dsl

from search import failpoints
from search.engines import base
from search.engines.elasticsearch.bulk import Bulk, Moved
from search.engines.elasticsearch.connection import Connection
from search.engines.elasticsearch.mapping import FILLING_REFRESH, LIVE_REFRESH, SETTINGS, mappings

# Seconds of trying again: short for a write, which the outbox brings back; long for a rebuild, which nobody waits for.
WRITE_PATIENCE, BUILD_PATIENCE = 1.0, 120.0
PAGE = 5_000
NUMBERS = ("id", "version", "visibility")
# From so many rows on a new index is merged into one segment: every segment has a graph of its own to be searched for what
# is near in meaning, which is most of the work of a search.
MERGED_FROM = 10_000


class Writing(Connection, base.Storage):
    """Write, build anew, list what is held."""

    def write(self, rows: Sequence[base.Row]) -> None:
        """Store rows in the index that takes writes and in the one being built; an older version changes nothing."""
        latest = base.newest(rows)
        if not latest:
            return
        failpoints.hit("search.elasticsearch.before_bulk")
        bulk = Bulk(self.writer, patience=WRITE_PATIENCE)
        try:
            bulk.send(self._targets(), latest)
        except Moved:
            # A rebuild ended between looking and writing; the new index must have these rows too.
            self.call_moved(bulk, latest)
        failpoints.hit("search.elasticsearch.after_bulk")

    def call_moved(self, bulk: Bulk, rows: Sequence[base.Row]) -> None:
        """Write once more to where the aliases point now."""
        try:
            bulk.send(self._targets(), rows)
        except Moved as error:
            raise base.EngineUnavailable(str(error)) from error

    def _targets(self) -> list[str]:
        """The aliases that take writes now; the first, empty index is begun where there is none."""
        there = self._behind(self.write_alias, self.building)
        if not there[self.write_alias]:
            self._begin()
        return [self.write_alias, self.building] if there[self.building] else [self.write_alias]

    def _behind(self, *aliases: str) -> dict[str, list[str]]:
        """Each alias with its indices."""
        try:
            found = self.writer.indices.get_alias(name=",".join(aliases)).body
        except NotFoundError as error:
            # Some aliases are missing, which is usual: the body still names the indices of the others.
            found = {name: value for name, value in error.body.items() if name.startswith(self.base)}
        except (ApiError, TransportError) as error:
            raise base.EngineUnavailable(str(error)[:300]) from error
        return {
            alias: sorted(name for name, value in found.items() if alias in value["aliases"])
            for alias in aliases
        }

    def _begin(self) -> None:
        """Without the read alias: it takes writes, but nobody is answered from it until a rebuild."""
        try:
            self.create(f"{self.base}-first", LIVE_REFRESH, [self.write_alias])
        except BadRequestError as error:
            if error.error != "resource_already_exists_exception":
                raise base.EngineUnavailable(str(error)[:300]) from error
        except (ApiError, TransportError) as error:
            raise base.EngineUnavailable(str(error)[:300]) from error

    def create(self, name: str, refresh: str, aliases: Sequence[str]) -> None:
        """An empty index behind these aliases."""
        settings = {**SETTINGS, "refresh_interval": refresh}
        self.patient.indices.create(
            index=name, mappings=mappings(), settings=settings, aliases={alias: {} for alias in aliases}
        )

    def refresh(self) -> None:
        """Make what was written findable now; otherwise it is within half a second."""
        self.call(self.patient.indices.refresh, index=f"{self.base}-*")

    def drop(self) -> None:
        """Remove every index of this prefix."""
        there = self.call(self.patient.indices.get, index=f"{self.family}*", ignore_unavailable=True)
        for name in there:
            self.call(self.patient.indices.delete, index=name, ignore_unavailable=True)

    def build(self) -> "ElasticsearchBuild":
        """Begin an index beside the one in use. Whatever an earlier rebuild left is removed, as it is dead."""
        return ElasticsearchBuild(self)

    def complete(self) -> bool:
        """Whether an index built from the database answers."""
        return bool(self._behind(self.read)[self.read])

    def standings(self, now: datetime | None = None) -> Iterator[base.Standing]:
        """Everything that can be found, by id, as of one moment."""
        return self.listed(
            self.read, dsl.Q("term", live=1) & dsl.Q("range", expires={"gte": base.unexpired(now)})
        )

    def listed(self, alias: str, wanted: dsl.query.Query) -> Iterator[base.Standing]:
        """(id, version, visibility) of the rows behind an alias, by id, from a point in time."""
        pit = self.call(self.patient.open_point_in_time, index=alias, keep_alive="1m")["id"]
        body: dict[str, Any] = {
            "query": {"bool": {"filter": [wanted.to_dict()]}},
            "sort": [{"id": "asc"}],
            "size": PAGE,
            "source": False,
            "docvalue_fields": list(NUMBERS),
            "track_total_hits": False,
        }
        try:
            while True:
                answer = self.call(self.patient.search, pit={"id": pit, "keep_alive": "1m"}, **body)
                hits = answer["hits"]["hits"]
                for hit in hits:
                    yield tuple(hit["fields"].get(name, [0])[0] for name in NUMBERS)  # type: ignore[misc]
                if len(hits) < PAGE:
                    return
                body["search_after"] = hits[-1]["sort"]
        finally:
            with contextlib.suppress(ApiError, TransportError):
                self.client.close_point_in_time(id=pit)


class ElasticsearchBuild:
    """A new index beside the one in use. It has an alias of its own, so that nobody else's rows end in it."""

    def __init__(self, engine: Writing) -> None:
        self.engine = engine
        self.index = f"{engine.base}-{uuid.uuid4().hex[:8]}"
        self.own = f"{self.index}-own"
        self.bulk = Bulk(engine.patient, patience=BUILD_PATIENCE)
        self.stored = 0
        delete = engine.patient.indices.delete
        for left in engine._behind(engine.building)[engine.building]:
            engine.call(delete, index=left, ignore_unavailable=True)
        engine.call(
            engine.create, name=self.index, refresh=FILLING_REFRESH, aliases=[engine.building, self.own]
        )

    def add(self, rows: Sequence[base.Row]) -> None:
        self._send(base.newest(rows))
        self.stored += len(rows)

    def _send(self, rows: Sequence[base.Row]) -> None:
        try:
            self.bulk.send([self.own], rows, over_equal=False)
        except Moved as error:
            raise base.EngineUnavailable(f"another rebuild took over: {error}") from error

    def finish(self) -> None:
        """Forgotten positions stay forgotten: their tombstones move along, then the aliases are swapped at once."""
        engine, upkeep = self.engine, self.engine.patient.indices
        engine.call(upkeep.put_settings, index=self.index, settings={"refresh_interval": LIVE_REFRESH})
        old = self._old()
        if engine._behind(engine.write_alias)[engine.write_alias]:
            engine.call(upkeep.refresh, index=engine.write_alias)
            gone = engine.listed(engine.write_alias, dsl.Q("term", live=0))
            for batch in base.batches(gone, base.BUILD_BATCH):
                self._send([base.tombstone(position_id, version) for position_id, version, _ in batch])
        engine.call(upkeep.refresh, index=self.index)
        failpoints.hit("search.elasticsearch.before_swap")
        engine.call(upkeep.update_aliases, actions=self._swap(old))
        failpoints.hit("search.elasticsearch.after_swap")
        if self.stored >= MERGED_FROM:
            self._merge()

    def _merge(self) -> None:
        """Have the server merge by itself; nobody waits, and without it searches are only slower."""
        with contextlib.suppress(ApiError, TransportError):
            self.engine.patient.indices.forcemerge(
                index=self.index, max_num_segments=1, wait_for_completion=False
            )

    def _old(self) -> list[str]:
        """Every other index of ours, of this schema and of earlier ones."""
        found = self.engine.call(self.engine.patient.indices.get_alias, index=f"{self.engine.family}*")
        return sorted(name for name in found if name != self.index)

    def _swap(self, old: list[str]) -> list[dict[str, Any]]:
        engine = self.engine
        actions: list[dict[str, Any]] = [
            {"add": {"index": self.index, "alias": alias}} for alias in (engine.read, engine.write_alias)
        ]
        actions += [
            {"remove": {"index": self.index, "alias": alias}} for alias in (engine.building, self.own)
        ]
        return actions + [{"remove_index": {"index": name}} for name in old]

    def discard(self) -> None:
        with contextlib.suppress(ApiError, TransportError):
            self.engine.writer.indices.delete(index=self.index, ignore_unavailable=True)
