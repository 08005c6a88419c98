"""The door: both engines fed, a dead Elasticsearch answered for, drift found."""

import os
import socket
import uuid

import pytest
from django.core.management import CommandError, call_command

from search import api, feeding
from search.breaker import Breaker
from search.documents import visibility
from search.engines import configured
from search.engines.base import EngineUnavailable
from search.engines.tantivy import folder
from search.query import PositionQuery
from search.results import Drift, State
from search.suggesting import Suggested
from tests.conftest import missing
from tests.search.contract import ALL, NOW, document

QUERY = PositionQuery("电工", ALL, now=NOW)


def standing(row):
    """What the database would say of a document."""
    return (row.id, row.version, visibility(row.school_ids, row.expires_at))


@pytest.fixture(autouse=True)
def embedded_only(settings):
    settings.ELASTICSEARCH_URL = ""


@pytest.fixture(autouse=True)
def no_source():
    """Nothing is registered: these tests need no database."""
    before = list(feeding._sources)
    feeding._sources.clear()
    yield
    feeding._sources[:] = before


@pytest.fixture
def dead_elasticsearch(settings):
    """An address where nothing listens: the port was ours a moment ago."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        settings.ELASTICSEARCH_URL = f"http://127.0.0.1:{held.getsockname()[1]}"
        yield


@pytest.fixture
def source():
    rows = [document(1), document(2, version=3)]
    api.register_source(lambda: rows, lambda: [standing(row) for row in rows])
    return rows


def test_embedded_index_answers_alone():
    api.rebuild([])
    api.index([document(1)])
    page = api.find_positions(QUERY)
    assert (page.ids, page.engine, page.degraded, page.updating) == ([1], "embedded", False, False)
    assert api.suggest("电", school_ids=(1,)) == [Suggested("title", "电工", 1)]
    assert api.state() == State("embedded", False, 1)


def test_an_index_that_is_still_to_be_built_says_so():
    api.index([document(1)])
    page = api.find_positions(QUERY)
    assert (page.ids, page.degraded, page.updating) == ([1], False, True)
    assert api.state() == State("embedded", True, 1, updating=True)
    api.rebuild([document(1)])
    assert (api.find_positions(QUERY).updating, api.state()) == (False, State("embedded", False, 1))


def test_after_a_change_of_the_schema_the_page_says_that_it_is_incomplete(monkeypatch):
    """The old index cannot be read by the new code: better little with a word than little as if it were all."""
    api.rebuild([document(1), document(2)])
    configured.embedded_in.cache_clear()
    monkeypatch.setattr(folder, "PREFIX", "positions-9999-")
    monkeypatch.setattr(folder, "FIRST", "positions-9999-first")
    api.index([document(2)])
    page = api.find_positions(QUERY)
    assert (page.ids, page.updating, api.incomplete()) == ([2], True, ["embedded"])


def test_the_reserve_says_too_that_it_is_still_to_be_built(dead_elasticsearch):
    page = api.find_positions(QUERY)
    assert (page.degraded, page.updating) == (True, True)
    state = api.state()
    assert (state.degraded, state.updating) == (True, True)


def test_dead_elasticsearch_is_answered_for_and_visible(dead_elasticsearch):
    with pytest.raises(EngineUnavailable):
        api.index([document(1)])
    pages = [api.find_positions(QUERY) for _ in range(5)]
    assert [(page.ids, page.engine, page.degraded) for page in pages] == [([1], "embedded", True)] * 5
    assert configured.remote().reads.open
    state = api.state()
    assert (state.engine, state.degraded, state.documents, list(state.detail)) == (
        "embedded",
        True,
        1,
        ["elasticsearch"],
    )


def test_verify_names_missing_ghosts_and_stale():
    api.index([document(1), document(2), document(3)])
    wanted = [standing(document(1)), standing(document(2, version=2)), standing(document(4))]
    assert api.verify(lambda: wanted, NOW) == {"embedded": Drift(missing=(4,), ghosts=(3,), stale=(2,))}


def test_commands_find_drift_and_mend_it(source, capsys):
    api.index([document(9)])
    with pytest.raises(CommandError, match="differs"):
        call_command("verify_index", "--fail-on-drift")
    call_command("rebuild_index")
    call_command("verify_index", "--fail-on-drift")
    assert capsys.readouterr().out.splitlines() == [
        "embedded: missing 2, ghosts 1, stale 0, visibility 0",
        "2 positions indexed in embedded",
        "embedded: missing 0, ghosts 0, stale 0, visibility 0",
    ]


def test_breaker_opens_rests_and_lets_one_try():
    now = [0.0]
    breaker = Breaker(failures=2, pause=10, clock=lambda: now[0])
    seen = [breaker.allows()]
    breaker.failed()
    breaker.failed()
    seen.append(breaker.allows())
    now[0] = 10.0
    seen += [breaker.allows(), breaker.allows()]
    breaker.succeeded()
    seen.append(breaker.allows())
    assert (seen, breaker.open) == ([True, False, True, False, True], False)


@pytest.mark.servers
def test_both_engines_are_fed_and_give_the_same_first_page(settings):
    url = os.environ.get("TEST_ELASTICSEARCH_URL")
    if not url:
        missing('TEST_ELASTICSEARCH_URL is not set: eval "$(python -m tests.servers env)"')
    settings.ELASTICSEARCH_URL = url
    settings.SEARCH_INDEX_PREFIX = f"test-{uuid.uuid4().hex[:8]}"
    titles = ("电工", "高级电工", "维修电工学徒", "保洁", "电气工程师")
    api.rebuild([])
    api.index([document(number, title) for number, title in enumerate(titles, start=1)])
    remote = configured.remote().engine
    remote.refresh()
    page = api.find_positions(QUERY)
    assert (page.engine, page.degraded) == ("elasticsearch", False)
    assert page.ids == configured.embedded().find(QUERY).ids
    assert list(api.verify(lambda: [standing(document(n)) for n in range(1, 6)], NOW).values()) == [
        Drift(),
        Drift(),
    ]
    assert api.state() == State("elasticsearch", False, 5)
    remote.client.indices.delete(index=",".join(remote.client.indices.get_alias(name=remote.read)))
