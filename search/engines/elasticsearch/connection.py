"""The connection to Elasticsearch and the names of what lies there.

    <prefix>-positions-v<schema>-read      the index that answers; set only when a rebuild has filled it
    <prefix>-positions-v<schema>-write     the index that takes writes
    <prefix>-positions-v<schema>-building  the index that a rebuild fills; every write goes there too

All three are aliases. A write names an alias and requires it, so that a late one can never create an index.
"""

from typing import Any

import orjson
from elastic_transport import ConnectionError as Unreachable
from elastic_transport import ConnectionTimeout, SerializationError, TransportError
from elasticsearch import ApiError, Elasticsearch
from elasticsearch.serializer import CompatibilityModeJsonSerializer

from search.documents import SCHEMA_VERSION
from search.engines import base


class Answers(CompatibilityModeJsonSerializer):
    """Answers read by orjson, in a third of the time: a search brings up to four hundred hits."""

    def loads(self, data: bytes) -> Any:
        """What the bytes say."""
        try:
            return orjson.loads(data)
        except orjson.JSONDecodeError as error:
            raise SerializationError(f"no JSON: {data[:100]!r}", errors=(error,)) from error


class Connection:
    """Three clients on one pool: short of patience for searches, longer for writes, long for upkeep."""

    name = "elasticsearch"

    def __init__(
        self, url: str, *, prefix: str, api_key: str = "", ca_certs: str = "", timeout: float = 1.5
    ) -> None:
        secure = ({"api_key": api_key} if api_key else {}) | ({"ca_certs": ca_certs} if ca_certs else {})
        self.client = Elasticsearch(
            url,
            request_timeout=timeout,
            max_retries=0,
            http_compress=False,
            serializers={Answers.mimetype: Answers()},
            **secure,
        )
        self.writer = self.client.options(request_timeout=max(timeout, 10))
        self.patient = self.client.options(request_timeout=60)
        self.family = f"{prefix}-positions-v"
        self.base = f"{self.family}{SCHEMA_VERSION}"
        self.read, self.write_alias = f"{self.base}-read", f"{self.base}-write"
        self.building = f"{self.base}-building"

    def call(self, function: Any, **arguments: Any) -> Any:
        """The answer, or EngineUnavailable. A connection that broke is tried once more: it may have been an old one."""
        try:
            try:
                return function(**arguments)
            except ConnectionTimeout:
                raise
            except Unreachable:
                return function(**arguments)
        except (ApiError, TransportError) as error:
            raise base.EngineUnavailable(f"{type(error).__name__}: {error}"[:300]) from error
