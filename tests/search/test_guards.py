"""Controls: each guard of the index turned off, and what goes wrong then; the contract holds what goes right."""

import contextlib
import os
import uuid

import pytest

from search.engines import base
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.tantivy import TantivyEngine
from tests.chaos import guards
from tests.conftest import missing
from tests.search.contract import document, versions


@pytest.fixture(params=["embedded", pytest.param("elasticsearch", marks=pytest.mark.servers)])
def engine(request, tmp_path):
    """Each engine, its index built and empty."""
    if request.param == "embedded":
        made = TantivyEngine(tmp_path / "index")
        made.rebuild([])
        yield made
        return
    url = os.environ.get("TEST_ELASTICSEARCH_URL")
    if not url:
        missing('TEST_ELASTICSEARCH_URL is not set: eval "$(python -m tests.servers env)"')
    made = ElasticsearchEngine(url, prefix=f"test-{uuid.uuid4().hex[:8]}", timeout=20)
    made.rebuild([])
    yield made
    made.client.indices.delete(index=",".join(made.client.indices.get_alias(index=f"{made.family}*")))
    made.client.close()


def settle(engine) -> list[tuple[int, int]]:
    if isinstance(engine, ElasticsearchEngine):
        engine.refresh()
    return versions(engine)


def late_write(engine) -> None:
    """An indexer that was held up writes what it read before the position was hidden."""
    engine.index([document(1, version=1)])
    engine.forget([(1, 2)])
    engine.index([document(1, version=1)])


def old_read(engine) -> None:
    """A rebuild stores what it read before a write."""
    build = engine.build()
    engine.index([document(1, version=2)])
    build.add(base.rows([document(1, version=1)]))
    build.finish()


def old_read_of_hidden(engine) -> None:
    """A rebuild stores what it read before a position was hidden."""
    build = engine.build()
    engine.forget([(1, 2)])
    build.add(base.rows([document(1, version=1)]))
    build.finish()


def late_write_of_a_rebuild(engine) -> None:
    """The held-up indexer writes while an index is built from what the rows have said since."""
    build = engine.build()
    build.add(base.rows([document(1, version=2)]))
    engine.index([document(1, version=1)])
    build.finish()


def late_write_after_rebuild(engine) -> None:
    """The held-up indexer writes after a rebuild, into an index that never knew the position."""
    engine.index([document(1, version=1)])
    engine.forget([(1, 2)])
    engine.rebuild([])
    engine.index([document(1, version=1)])


@contextlib.contextmanager
def no_order():
    """A write that is noted for the embedded build, and stored at its end, would mend what the missing versions spoilt."""
    with guards.no_versions(), guards.no_notes():
        yield


@contextlib.contextmanager
def nothing():
    """As would a tombstone that is carried over at the end."""
    with no_order(), guards.no_tombstones():
        yield


CASES = [
    (late_write, guards.no_versions, [], [(1, 1)]),
    (old_read, no_order, [(1, 2)], [(1, 1)]),
    (old_read_of_hidden, nothing, [], [(1, 1)]),
    (late_write_of_a_rebuild, guards.no_versions, [(1, 2)], [(1, 1)]),
    (late_write_after_rebuild, guards.no_tombstones, [], [(1, 1)]),
]


@pytest.mark.parametrize(("happens", "found"), [(case[0], case[2]) for case in CASES])
def test_what_comes_late_changes_nothing(engine, happens, found):
    happens(engine)
    assert settle(engine) == found


@pytest.mark.parametrize(("happens", "guard", "found"), [(case[0], case[1], case[3]) for case in CASES])
def test_control_with_the_guard_off_it_does(engine, happens, guard, found):
    with guard():
        happens(engine)
    assert settle(engine) == found
