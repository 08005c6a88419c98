"""Many writes in few requests, at the pace that Elasticsearch can take.

One chunk is in flight at a time, which is the backpressure: who calls waits. What was refused for want of room is sent
again, alone, after a random pause (full jitter: between nothing and a bound that doubles), in smaller chunks.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from search.engines import base
from search.engines.elasticsearch.mapping import body

MAX_ROWS, MIN_ROWS, MAX_CHARACTERS = 1_000, 50, 4_000_000
BUSY = frozenset({429, 502, 503, 504})
AWAY = frozenset({401, 403})
STORED, OLDER, MOVED = frozenset({200, 201}), 409, 404

# The alias to write to, and the row.
Action: TypeAlias = tuple[str, base.Row]


class Busy(Exception):
    """Not now; worth another try soon."""


class Moved(Exception):
    """An alias was gone: a rebuild ended in between, so the targets must be looked up again."""


class Bulk:
    """A sender that remembers which size of chunk went through."""

    def __init__(
        self, client: Elasticsearch, *, patience: float, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.client, self.patience, self.sleep = client, patience, sleep
        self.size = MAX_ROWS

    def send(self, targets: Sequence[str], rows: Sequence[base.Row], *, over_equal: bool = True) -> None:
        """Store every row behind every alias; a row older than what is there changes nothing.

        Raises EngineUnavailable when it takes longer than the patience, Moved when an alias is gone, and
        DocumentRefused when a row itself is at fault.
        """
        kind = "external_gte" if over_equal else "external"
        left = [(target, row) for row in rows for target in targets]
        while left:
            chunk = list(self._chunk(left))
            self._deliver(chunk, kind)
            left = left[len(chunk) :]

    def _chunk(self, actions: Sequence[Action]) -> Iterator[Action]:
        characters = 0
        for number, action in enumerate(actions):
            characters += sum(len(value) for value in action[1].values() if isinstance(value, str))
            if number and (number >= self.size or characters > MAX_CHARACTERS):
                return
            yield action

    def _deliver(self, chunk: list[Action], kind: str) -> None:
        left = chunk
        retrying = Retrying(
            sleep=self.sleep,
            stop=stop_after_delay(self.patience),
            wait=wait_random_exponential(multiplier=0.1, max=5),
            retry=retry_if_exception_type(Busy),
            reraise=True,
        )
        try:
            for attempt in retrying:
                with attempt:
                    left = self._once(left, kind)
                    if left:
                        self.size = max(MIN_ROWS, self.size // 2)
                        raise Busy(f"{len(left)} of {len(chunk)} writes found no room")
        except Busy as error:
            raise base.EngineUnavailable(str(error)[:300]) from error
        self.size = min(MAX_ROWS, self.size + MIN_ROWS)

    def _once(self, chunk: list[Action], kind: str) -> list[Action]:
        """Send a chunk; what found no room."""
        operations: list[dict[str, Any]] = []
        for target, row in chunk:
            place = {"_index": target, "_id": str(row["id"]), "version": row["version"], "version_type": kind}
            operations += [{"index": place}, body(row)]
        try:
            answer = self.client.bulk(operations=operations, require_alias=True)
        except TransportError as error:
            raise Busy(f"{type(error).__name__}: {error}") from error
        except ApiError as error:
            if error.status_code in BUSY:
                raise Busy(str(error)) from error
            raise base.EngineUnavailable(str(error)[:300]) from error
        return self._judged(chunk, [item["index"] for item in answer["items"]])

    @staticmethod
    def _judged(chunk: list[Action], results: list[dict[str, Any]]) -> list[Action]:
        again = []
        for action, result in zip(chunk, results, strict=True):
            status = result["status"]
            if status in STORED or status == OLDER:
                continue
            reason = f"position {action[1]['id']}: {result.get('error')}"[:300]
            if status in BUSY:
                again.append(action)
            elif status == MOVED:
                raise Moved(reason)
            elif status in AWAY:
                raise base.EngineUnavailable(reason)
            else:
                raise base.DocumentRefused(reason)
        return again
