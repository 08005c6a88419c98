"""Small versions of what `manage.py chaos_search` does at full size, each beside a control with the guard off."""

import contextlib
import os
import socket
import threading
import uuid
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from backend.common import outbox
from backend.positions import indexing
from backend.positions.benchmark.figures import Check
from search.breaker import Breaker
from search.engines import configured
from search.engines.elasticsearch import ElasticsearchEngine
from tests.chaos import ground, guards, indexers, runs
from tests.conftest import missing

pytestmark = [pytest.mark.django_db(transaction=True)]
EMBEDDED = tuple(name for name in indexers.FAILPOINTS if "elasticsearch" not in name)


@pytest.fixture(autouse=True)
def embedded_only(settings):
    settings.ELASTICSEARCH_URL = ""


@pytest.fixture(autouse=True)
def short_lease(monkeypatch):
    """What a killed indexer held comes again after a quarter of a second."""
    for name in indexing.TOPICS:
        topic = replace(outbox._topics[name], lease=timedelta(seconds=0.25))
        monkeypatch.setitem(outbox._topics, name, topic)


class Line:
    """A TCP line to a server that can be cut, as by kill -9, and mended at the same address."""

    def __init__(self, url: str) -> None:
        self._to = (urlsplit(url).hostname, urlsplit(url).port)
        self._open: list[socket.socket] = []
        self.port = 0
        self.mend()

    def mend(self) -> None:
        self._listener = socket.socket()
        # An indexer that was forked meanwhile holds a copy of the old one.
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", self.port))
        self._listener.listen()
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        # shutdown wakes a thread that waits; close alone would not.
        for held in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)
            held.close()
        self._open.clear()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _address = listener.accept()
                far = socket.create_connection(self._to)
            except OSError:
                return
            self._open += [near, far]
            for ends in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=ends, daemon=True).start()

    @staticmethod
    def _carry(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65_536):
                target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


@pytest.fixture
def line(settings, monkeypatch):
    """Elasticsearch behind a line that can be cut, with breakers that rest for a fifth of a second."""
    url = os.environ.get("TEST_ELASTICSEARCH_URL")
    if not url:
        missing('TEST_ELASTICSEARCH_URL is not set: eval "$(python -m tests.servers env)"')
    held = Line(url)
    prefix = f"test-{uuid.uuid4().hex[:8]}"

    @lru_cache(maxsize=1)
    def remote(*_settings):
        engine = ElasticsearchEngine(settings.ELASTICSEARCH_URL, prefix=prefix, timeout=5)
        return configured.Remote(engine, Breaker(pause=0.2), Breaker(pause=0.2))

    monkeypatch.setattr(configured, "_remote", remote)
    settings.ELASTICSEARCH_URL = f"http://127.0.0.1:{held.port}"
    yield held
    held.cut()
    direct = ElasticsearchEngine(url, prefix=prefix)
    direct.client.indices.delete(index=",".join(direct.client.indices.get_alias(index=f"{prefix}-*")))


def missed(checks: list[Check]) -> list[str]:
    return [str(check) for check in checks if not check.kept]


def test_killed_indexers_leave_no_drift_in_the_embedded_index():
    laid = ground.lay(3, 6)
    assert missed(runs.crashes(laid, len(EMBEDDED), failpoints=EMBEDDED)) == []


def test_control_an_outbox_that_forgets_first_drifts():
    laid = ground.lay(3, 6)
    with guards.at_most_once():
        told = runs.crashes(laid, 2, failpoints=["search.embedded.before_commit"])
    assert [check.figure for check in told[:1]] == [2]
    assert any(line.startswith("MISSED embedded") for line in missed(told))


@pytest.mark.servers
def test_killed_indexers_leave_no_drift_in_either_engine(line):
    laid = ground.lay(3, 6)
    names = [name for name in indexers.FAILPOINTS if "elasticsearch" in name]
    assert missed(runs.crashes(laid, len(names), failpoints=names)) == []


@pytest.mark.servers
def test_no_search_fails_while_elasticsearch_dies_and_comes_back(line):
    laid = ground.lay(3, 8)
    told = runs.restarts(laid, [(line.cut, line.mend)] * 2, 20, calm=0.4, away=0.6)
    assert missed(told) == []
    assert next(check.figure for check in told if "embedded" in check.name) > 0


@pytest.mark.servers
def test_control_without_failover_searches_fail(line):
    laid = ground.lay(3, 8)
    with guards.no_failover():
        told = runs.restarts(laid, [(line.cut, line.mend)], 5, calm=0.1, away=4, patience=1)
    assert any(line.startswith("MISSED failed searches") for line in missed(told))


def test_writes_that_do_not_keep_their_pace_or_fail_are_told():
    """Three of four succeed, and none of a hundredth of a second keeps up with a thousand a second."""
    tried, enough = [], threading.Event()

    def write():
        tried.append(1)
        if len(tried) == 8:
            enough.set()
        threading.Event().wait(0.01)
        if len(tried) % 4 == 0:
            raise ValueError("no")

    with runs.Steady(SimpleNamespace(write=write, writes=1), 1000) as steady:
        assert enough.wait(10)
    assert steady.failed[:2] == ["ValueError('no')"] * 2
    assert len(tried) / steady.seconds < 200


def test_a_rebuild_in_a_process_of_its_own_tells_how_much_it_wrote():
    laid = ground.lay(2, 3)
    with indexers.rebuilding(2) as rebuild:
        assert rebuild() == 2 * len(laid.position_ids)
    assert missed(list(runs.drift())) == []


def test_a_rebuild_that_fails_is_told_and_one_that_nobody_wants_ends(monkeypatch):
    monkeypatch.setattr(indexers.api, "rebuild", lambda _documents: 1 / 0)
    with indexers.rebuilding(1) as rebuild:
        assert rebuild() == -1
    with indexers.rebuilding(1):
        pass


@pytest.mark.servers
def test_rebuilds_under_writes_lose_and_keep_nothing_wrongly(line):
    laid = ground.lay(4, 20)
    # How fast it goes is judged at full size, on a machine that does nothing else.
    assert missed(runs.rebuilds(laid, 2, 20, pace=0, patience=60)) == []
