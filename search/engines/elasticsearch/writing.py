"""The writing half of Elasticsearch: bulk with external versions, rebuild beside and swap of the alias."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from elastic_transport import TransportError
from elasticsearch import ApiError, NotFoundError
from elasticsearch.helpers import bulk

from search.documents import SCHEMA_VERSION, PositionDocument
from search.engines import base
from search.engines.elasticsearch.connection import Connection
from search.engines.elasticsearch.mapping import mappings


class Writing(Connection):
    """Index, forget, rebuild."""

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
        return found or [self.create(self.live)]

    def _create(self, alias: str) -> str:
        name = f"{self.base}-v{SCHEMA_VERSION}-{uuid.uuid4().hex[:8]}"
        settings = {"number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": "500ms"}
        create = self.patient.indices.create
        self.call(create, index=name, mappings=mappings(), settings=settings, aliases={alias: {}})
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
        self.call(self.patient.indices.refresh, index=f"{self.base}-*")

    def rebuild(self, documents: Iterable[PositionDocument]) -> int:
        """Build beside while writes go to both, then swap the alias in one step."""
        old = self._targets()
        new = self.create(self.building)
        written = 0

        def rows() -> Iterator[dict[str, Any]]:
            nonlocal written
            for document in documents:
                written += 1
                yield base.stored(document)

        self._write(rows(), [new])
        self.call(self.patient.indices.refresh, index=new)
        actions: list[dict[str, Any]] = [
            {"add": {"index": new, "alias": self.live}},
            {"remove": {"index": new, "alias": self.building}},
        ]
        actions += [{"remove_index": {"index": name}} for name in old]
        self.call(self.patient.indices.update_aliases, actions=actions)
        return written
