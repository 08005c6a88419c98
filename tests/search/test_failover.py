"""Who answers and who is counted for it: Elasticsearch as a server that says what a test wants, the embedded index behind it."""

import pytest

from search import api, failover, metrics
from search.breaker import Breaker
from search.engines import configured
from search.engines.base import EngineUnavailable
from search.query import PositionQuery
from search.results import State
from tests.search.contract import ALL, NOW, document
from tests.search.servers import EMPTY, Server

HIT = {
    "_score": 2.0,
    "sort": [2.0, 7],
    "fields": {"id": [7], "version": [1], "published": [0], "openings": [1], "meaning": [5]},
}
PAGE = {"hits": {"total": {"value": 1}, "hits": [HIT]}, "count": 1}
# The best hits and what is counted are two searches of one request.
SEVEN = PAGE | {"responses": [PAGE, PAGE]}
COUNTED = {
    "elasticsearch": metrics.SEARCHES.labels("elasticsearch"),
    "embedded": metrics.SEARCHES.labels("embedded"),
    "degraded": metrics.DEGRADED,
    "failed": metrics.FAILURES.labels("elasticsearch", "search"),
}


@pytest.fixture
def server(settings, monkeypatch):
    """A server that holds position 7; the embedded index holds 1 and 2. No source of positions is registered."""
    monkeypatch.setattr("search.feeding._sources", [])
    settings.ELASTICSEARCH_URL = ""
    api.rebuild([document(1), document(2)])
    made = Server(answer=lambda _asked: (200, SEVEN))
    settings.ELASTICSEARCH_URL, settings.SEARCH_INDEX_PREFIX = made.url, "failover"
    yield made
    made.close()


@pytest.fixture
def now(server, monkeypatch):
    """The breaker of searches goes by this clock."""
    moment = [0.0]
    breaker = Breaker(clock=lambda: moment[0], draw=lambda _low, high: high)
    object.__setattr__(configured.remote(), "reads", breaker)
    return moment


class Counts:
    """How much each counter has grown since."""

    def __init__(self) -> None:
        self.before = self.now()

    @staticmethod
    def now() -> dict[str, float]:
        return {name: counter._value.get() for name, counter in COUNTED.items()}

    def grown(self) -> dict[str, int]:
        return {
            name: int(value - self.before[name])
            for name, value in self.now().items()
            if value > self.before[name]
        }


def find():
    page = api.find_positions(PositionQuery("电工", ALL, now=NOW, exact=True))
    return page.ids, page.engine, page.degraded


OURS, THEIRS = ([2, 1], "embedded", True), ([7], "elasticsearch", False)


def test_elasticsearch_answers_and_is_counted(server, now):
    counts = Counts()
    assert [find(), find()] == [THEIRS, THEIRS]
    assert counts.grown() == {"elasticsearch": 2}


@pytest.mark.parametrize(
    "answer", [(503, {"error": "red"}), (500, {}), (404, {"error": "no such index"}), (200, b"not json")]
)
def test_a_failure_is_answered_for_at_once_and_counted_on_both_sides(server, now, answer):
    server.answer = lambda _asked: answer
    counts = Counts()
    assert find() == OURS
    assert counts.grown() == {"embedded": 1, "degraded": 1, "failed": 1}
    assert configured.remote().reads.state == "closed"


def test_the_whole_life_of_an_outage(server, now):
    """Three failures, a pause without a question, a try that fails, another pause, a try that succeeds."""
    server.answer = lambda _asked: (503, {"error": "red"})
    counts, asked = Counts(), []

    def step(seconds: float = 0) -> tuple:
        now[0] += seconds
        before = len(server.asked)
        answer = find()
        asked.append(len(server.asked) - before)
        return answer

    assert [step() for _ in range(5)] == [OURS] * 5
    assert asked == [1, 1, 1, 0, 0]
    assert step(5) == OURS
    assert step(4.9) == OURS
    server.answer = lambda _asked: (200, SEVEN)
    assert step(0.2) == THEIRS
    assert step() == THEIRS
    assert asked == [1, 1, 1, 0, 0, 1, 0, 1, 1]
    assert counts.grown() == {"elasticsearch": 2, "embedded": 7, "degraded": 7, "failed": 4}


def test_an_empty_answer_is_an_answer(server, now):
    """Nobody is shown what the reserve holds because the other engine found nothing."""
    server.answer = lambda _asked: (200, EMPTY)
    assert find() == ([], "elasticsearch", False)


def test_a_fault_of_ours_is_not_taken_for_an_outage(server, now):
    def ask(_engine):
        raise KeyError("a bug")

    counts = Counts()
    with pytest.raises(KeyError):
        failover.answered(ask, lambda answer: answer)
    assert (configured.remote().reads.state, counts.grown()) == ("closed", {})


def test_when_the_reserve_fails_too_the_error_is_said(server, now):
    def ask(engine):
        raise EngineUnavailable(f"{engine.name} is away")

    with pytest.raises(EngineUnavailable, match="embedded is away"):
        failover.answered(ask, lambda answer: answer)


def test_what_the_reserve_answers_is_marked_and_nothing_else_is(server, now, settings):
    assert failover.answered(lambda engine: engine.name, lambda name: f"{name}, marked") == "elasticsearch"
    server.answer = lambda _asked: (503, {})
    assert (
        failover.answered(lambda engine: str(engine.count()), lambda count: f"{count}, marked") == "2, marked"
    )
    settings.ELASTICSEARCH_URL = ""
    assert failover.answered(lambda engine: str(engine.count()), lambda count: f"{count}, marked") == "2"


def test_the_state_follows_the_outage(server, now):
    assert api.state() == State("elasticsearch", False, 1)
    server.answer = lambda _asked: (503, {"error": "red"})
    for _ in range(3):
        find()
    away = api.state()
    assert (away.engine, away.degraded, away.documents, away.breaker) == ("embedded", True, 2, "open")
    assert list(away.detail) == ["elasticsearch"]
    now[0] = 5.0
    assert (api.state().breaker, api.state().degraded) == ("open", True)
    server.answer = lambda _asked: (200, SEVEN)
    assert api.state() == State("embedded", True, 2, {}, {}, "open")
    now[0] = 10.0
    assert api.state() == State("elasticsearch", False, 1)
    assert find() == THEIRS


def test_gauges_show_the_breaker_and_what_the_reserve_holds(server, now):
    server.answer = lambda _asked: (503, {"error": "red"})
    seen = []
    for _ in range(4):
        api.observe()
        seen.append(metrics.BREAKER.labels("search")._value.get())
        find()
    assert (seen, metrics.BREAKER.labels("write")._value.get()) == ([0, 0, 0, 1], 0)
    assert metrics.DOCUMENTS.labels("embedded")._value.get() == 2


def test_words_are_corrected_by_the_embedded_index_whoever_answers(server, now, settings):
    settings.ELASTICSEARCH_URL = ""
    api.rebuild([document(1, "Java 工程师")])
    settings.ELASTICSEARCH_URL = server.url
    page = api.find_positions(PositionQuery("java 工成师", ALL, now=NOW))
    assert (page.corrected, page.ids, page.engine) == ("java 工程师", [7], "elasticsearch")
