"""The connection to Elasticsearch and the names of what lies there."""

from typing import Any

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch
from elasticsearch.helpers import BulkIndexError

from search.engines import base


class Connection:
    """`<prefix>-positions-live` is read and written; `…-building`, while a rebuild runs, is written too."""

    def __init__(
        self, url: str, *, prefix: str, api_key: str = "", ca_certs: str = "", timeout: float = 2
    ) -> None:
        secure = ({"api_key": api_key} if api_key else {}) | ({"ca_certs": ca_certs} if ca_certs else {})
        self.client = Elasticsearch(url, request_timeout=timeout, max_retries=0, **secure)
        self.patient = self.client.options(request_timeout=60)
        self.base = f"{prefix}-positions"
        self.live, self.building = f"{self.base}-live", f"{self.base}-building"

    def call(self, function: Any, **arguments: Any) -> Any:
        try:
            return function(**arguments)
        except (ApiError, TransportError, BulkIndexError) as error:
            raise base.EngineUnavailable(str(error)[:300]) from error
