"""The sender of many writes: pace, repeats of what found no room, and what is nobody's fault but the row's."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from elastic_transport import ConnectionError as Unreachable

from search.engines.base import DocumentRefused, EngineUnavailable
from search.engines.elasticsearch.bulk import MAX_ROWS, MIN_ROWS, Bulk, Moved
from search.engines.elasticsearch.mapping import body

ROWS = [{"id": number, "version": 1} for number in (1, 2, 3)]


class Server:
    """Answers each request with the next of the prepared lists of statuses; keeps what was sent."""

    def __init__(self, *answers: list[int] | Exception) -> None:
        self.answers = list(answers)
        self.sent: list[list[tuple[str, str]]] = []
        self.kinds: set[str] = set()
        self.required: set[bool] = set()

    def bulk(self, *, operations: list[dict[str, Any]], require_alias: bool) -> dict[str, Any]:
        places = [operation["index"] for operation in operations[::2]]
        self.sent.append([(place["_index"], place["_id"]) for place in places])
        self.kinds |= {place["version_type"] for place in places}
        self.required.add(require_alias)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return {"items": [{"index": {"status": status, "error": "why"}} for status in answer]}


def sender(server: Server, patience: float = 60) -> tuple[Bulk, list[float]]:
    waits: list[float] = []
    sleep: Callable[[float], None] = waits.append
    return Bulk(server, patience=patience, sleep=sleep), waits  # type: ignore[arg-type]


def test_every_row_goes_behind_every_alias_and_the_alias_is_required():
    server = Server([201, 200, 201, 409])
    bulk, waits = sender(server)
    bulk.send(["write", "building"], ROWS[:2])
    assert server.sent == [[("write", "1"), ("building", "1"), ("write", "2"), ("building", "2")]]
    assert (server.kinds, server.required, waits) == ({"external_gte"}, {True}, [])


def test_a_vector_travels_as_hexadecimal_digits_and_what_only_the_embedded_engine_needs_not_at_all():
    row = {"id": 1, "vector": np.array([1, -1, 127, -128], np.int8), "vocabulary": ["电工"], "suggested": []}
    assert body(row) == {"id": 1, "vector": "01ff7f80"}


def test_rows_of_a_rebuild_never_replace_an_equal_version():
    server = Server([201, 201, 201])
    sender(server)[0].send(["own"], ROWS, over_equal=False)
    assert server.kinds == {"external"}


def test_only_what_found_no_room_is_sent_again_and_chunks_shrink():
    server = Server([201, 429, 429], [429, 201], [201])
    bulk, waits = sender(server)
    bulk.send(["write"], ROWS)
    assert server.sent == [[("write", n) for n in ids] for ids in (("1", "2", "3"), ("2", "3"), ("2",))]
    assert len(waits) == 2
    assert bulk.size == MAX_ROWS // 4 + MIN_ROWS


def test_a_connection_that_breaks_is_tried_again():
    server = Server(Unreachable("gone"), [201, 201, 201])
    bulk, waits = sender(server)
    bulk.send(["write"], ROWS)
    assert (len(server.sent), len(waits)) == (2, 1)


def test_patience_ends_as_unavailable():
    server = Server(Unreachable("gone"))
    with pytest.raises(EngineUnavailable, match="Connection error"):
        sender(server, patience=0)[0].send(["write"], ROWS)
    assert len(server.sent) == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, DocumentRefused), (404, Moved), (401, EngineUnavailable), (403, EngineUnavailable)],
)
def test_other_answers_are_told_apart(status, error):
    server = Server([201, status, 201])
    bulk, waits = sender(server)
    with pytest.raises(error, match="position 2"):
        bulk.send(["write"], ROWS)
    assert (len(server.sent), waits) == (1, [])


def test_chunks_hold_no_more_than_the_size():
    server = Server([201] * 2, [201])
    bulk, _waits = sender(server)
    bulk.size = 2
    bulk.send(["write"], ROWS)
    assert [len(chunk) for chunk in server.sent] == [2, 1]
