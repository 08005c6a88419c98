"""`/readyz` and `/metrics` where one thing after the other is really away, and what they tell whom."""

import itertools
from datetime import timedelta

import pytest
from django.test import override_settings

from backend.common import clock, outbox
from backend.config import health
from backend.positions import indexing
from search import api as search

pytestmark = pytest.mark.django_db


def body_of(client) -> tuple[int, dict]:
    answer = client.get("/readyz")
    return answer.status_code, answer.json()


@pytest.fixture
def whole(settings):
    """The embedded engine alone, its index built: nothing is wrong."""
    settings.ELASTICSEARCH_URL = ""
    search.rebuild(indexing.all_documents())


def test_when_nothing_is_wrong_it_says_ok(client, whole):
    status, body = body_of(client)
    assert (status, body["status"]) == (200, "ok")
    assert {name: (check["state"], check["detail"]) for name, check in body["checks"].items()} == {
        "database": ("ok", "sqlite" if "sqlite" in body["checks"]["database"]["detail"] else "postgresql"),
        "cache": ("ok", body["checks"]["cache"]["detail"]),
        "search": ("ok", "embedded"),
        "outbox": ("ok", f"{outbox.waiting()} waiting"),
        "memory": ("ok", ""),
    }
    assert all(0 <= check["ms"] < 60_000 for check in body["checks"].values())


def test_a_cache_that_forgets_at_once_is_down_and_people_go_on(client, settings, whole):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    settings.REDIS_URL = ""
    status, body = body_of(client)
    assert (status, body["status"]) == (200, "degraded")
    assert (body["checks"]["cache"]["state"], body["checks"]["cache"]["detail"]) == ("down", "in process")


def test_an_index_that_cannot_be_opened_is_said_and_people_go_on(client, settings, tmp_path):
    settings.ELASTICSEARCH_URL = ""
    (tmp_path / "no-folder").write_text("a file where a folder should be")
    settings.SEARCH_DIR = tmp_path / "no-folder"
    status, body = body_of(client)
    assert (status, body["status"]) == (200, "degraded")
    assert (body["checks"]["search"]["state"], body["checks"]["search"]["detail"]) == ("down", "")
    assert body["checks"]["database"]["state"] == "ok"


def test_the_outbox_counts_what_waits_and_not_what_was_done(client, whole, frozen_now):
    before = outbox.waiting()
    outbox.put("tests.waiting", {})
    outbox.put("tests.later", {}, delay=timedelta(hours=1))
    assert body_of(client)[1]["checks"]["outbox"]["detail"] == f"{before + 2} waiting"
    clock.advance(timedelta(minutes=1))
    outbox.drain()
    assert body_of(client)[1]["checks"]["outbox"]["detail"] == f"{outbox.waiting()} waiting"


STATES = {
    "database": ("ok", "down"),
    "cache": ("ok", "down"),
    "search": ("ok", "degraded", "down"),
    "outbox": ("ok", "behind", "down"),
}


@pytest.mark.parametrize("states", list(itertools.product(*STATES.values())), ids="-".join)
def test_only_without_the_database_is_the_process_not_ready(rf, monkeypatch, states):
    """Over every product of states: the status of the whole, by the table in the README."""
    for name, state in zip(STATES, states, strict=True):
        monkeypatch.setattr(health, f"_{name}", lambda state=state: (state, ""))
    answer = health.ready(rf.get("/readyz"))
    if states[0] == "down":
        wanted = (503, b'"unavailable"')
    else:
        wanted = (200, b'"ok"' if set(states) == {"ok"} else b'"degraded"')
    assert (answer.status_code, wanted[1] in answer.content.partition(b",")[0]) == (wanted[0], True)


def metrics(client, **headers) -> int:
    return client.get("/metrics", headers=headers).status_code


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ("Bearer let-me-in", 200),
        ("let-me-in", 404),
        ("bearer let-me-in", 404),
        ("Bearer  let-me-in", 404),
        ("Bearer let-me-i", 404),
        ("Bearer let-me-inn", 404),
        ("Bearer", 404),
        ("", 404),
        ("Basic bGV0LW1lLWlu", 404),
        ("Bearer 让我进来", 404),
        ("Bearer é", 404),
    ],
)
def test_metrics_open_to_the_whole_token_alone(client, given, status):
    """A token with other letters than ASCII was a fault of ours, not a refusal."""
    with override_settings(METRICS_TOKEN="let-me-in"):
        assert metrics(client, Authorization=given) == status


@pytest.mark.parametrize(("given", "status"), [("开门", 200), ("关门", 404), ("", 404)])
def test_a_token_of_any_letters_can_be_set(client, given, status):
    with override_settings(METRICS_TOKEN="开门"):
        assert metrics(client, Authorization=f"Bearer {given}") == status


@pytest.mark.parametrize(
    ("address", "forwarded", "status"),
    [
        ("127.0.0.1", None, 200),
        ("::1", None, 200),
        ("127.0.0.1", "127.0.0.1", 404),
        ("10.0.0.5", None, 404),
        ("127.0.0.2", None, 404),
        ("", None, 404),
        ("203.0.113.9", "127.0.0.1", 404),
    ],
)
def test_without_a_token_they_are_for_this_machine_and_nobody_behind_a_proxy(
    client, address, forwarded, status
):
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    with override_settings(METRICS_TOKEN=""):
        assert client.get("/metrics", REMOTE_ADDR=address, headers=headers).status_code == status


def test_this_machine_needs_the_token_too_where_one_is_set(client):
    with override_settings(METRICS_TOKEN="let-me-in"):
        assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 404


def figure(client, line: str) -> float:
    lines = client.get("/metrics").content.decode().splitlines()
    return next((float(found.rpartition(" ")[2]) for found in lines if found.startswith(line + " ")), 0.0)


@pytest.mark.parametrize(("path", "status"), [("/healthz", "200"), ("/nowhere/", "404"), ("/theme/", "405")])
def test_each_answer_is_counted_by_its_status(client, path, status):
    line = f'django_http_responses_total_by_status_total{{status="{status}"}}'
    before = figure(client, line)
    for _ in range(3):
        client.get(path)
    # The question for the figures is an answer of 200 itself.
    assert figure(client, line) - before == (4 if status == "200" else 3)


def test_the_figures_are_text_for_prometheus(client):
    answer = client.get("/metrics")
    assert answer["Content-Type"].startswith("text/plain; version=")
    kinds = [line.split()[2:4] for line in answer.content.decode().splitlines() if line.startswith("# TYPE")]
    assert {kind for _name, kind in kinds} <= {"counter", "gauge", "histogram", "summary", "info", "unknown"}
    assert "fairway_searches_total" in {name.removesuffix("_total") + "_total" for name, _kind in kinds}


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_machines_are_answered_without_a_session_and_are_sent_none(client, path):
    answer = client.get(path)
    assert (answer.status_code, dict(answer.cookies)) == (200, {})
