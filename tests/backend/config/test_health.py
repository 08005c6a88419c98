"""Answers for machines."""

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.test import RequestFactory, override_settings

from backend.common import clock, outbox
from backend.config import health
from backend.positions import indexing
from search import api as search
from search.query import PositionQuery


@pytest.mark.django_db
def test_live_asks_nothing(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_ready_names_each_dependency_with_its_state(client):
    body = client.get("/readyz").json()
    assert set(body["checks"]) == {"database", "cache", "search", "outbox", "memory"}
    assert body["checks"]["database"]["state"] == "ok"
    assert all(set(check) == {"state", "detail", "ms"} for check in body["checks"].values())


@pytest.mark.django_db
def test_metrics_are_for_this_machine_only(client):
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 404
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 404


@pytest.mark.django_db
def test_metrics_with_a_token_need_it():
    from django.test import Client

    with override_settings(METRICS_TOKEN="let-me-in"):
        assert Client().get("/metrics").status_code == 404
        assert Client().get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 404
        assert Client().get("/metrics", headers={"Authorization": "Bearer let-me-in"}).status_code == 200


def test_a_request_id_is_kept_when_it_looks_like_one(client):
    assert (
        client.get("/healthz", headers={"X-Request-ID": "abcd-1234-efgh"})["X-Request-ID"] == "abcd-1234-efgh"
    )
    made = client.get("/healthz", headers={"X-Request-ID": "bad id\n"})["X-Request-ID"]
    assert len(made) == 32


@pytest.fixture
def searched(settings):
    """The embedded engine alone, its index built."""
    settings.ELASTICSEARCH_URL = ""
    search.rebuild(indexing.all_documents())


@pytest.fixture
def dead_elasticsearch(settings, searched):
    """An address where nothing listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        settings.ELASTICSEARCH_URL = f"http://127.0.0.1:{held.getsockname()[1]}"
        yield


def search_check(client) -> tuple[int, str, str]:
    """Status of the whole, state of search, and its detail."""
    answer = client.get("/readyz")
    check = answer.json()["checks"]["search"]
    return answer.status_code, check["state"], check["detail"]


@pytest.mark.django_db
def test_ready_says_which_engine_answers(client, searched):
    assert search_check(client) == (200, "ok", "embedded")


@pytest.mark.django_db
def test_ready_says_that_the_index_is_being_built(client, settings):
    settings.ELASTICSEARCH_URL = ""
    assert search_check(client) == (200, "degraded", "embedded, index being built")


@pytest.mark.django_db
def test_ready_stays_usable_without_elasticsearch_and_says_so(client, dead_elasticsearch):
    assert search_check(client) == (200, "degraded", "embedded")
    for _ in range(3):
        search.find_positions(PositionQuery("会计"))
    status, state, detail = search_check(client)
    assert (status, state, detail) == (200, "degraded", "embedded, breaker open")


@pytest.mark.django_db
def test_ready_says_for_how_long_writes_have_waited(client, dead_elasticsearch, frozen_now):
    outbox.put_many(indexing.CATCH_UP, [({"position": 1, "engine": "elasticsearch"}, "elasticsearch:1")])
    clock.advance(timedelta(seconds=90))
    assert search_check(client) == (200, "degraded", "embedded, elasticsearch 90 s behind")


@pytest.mark.django_db
def test_metrics_tell_engines_breakers_lag_and_failures(client, dead_elasticsearch, frozen_now):
    def value(line: str) -> float:
        lines = client.get("/metrics").content.decode().splitlines()
        return next((float(found.rpartition(" ")[2]) for found in lines if found.startswith(line + " ")), 0.0)

    names = {
        "answered": 'fairway_searches_total{engine="embedded"}',
        "degraded": "fairway_searches_degraded_total",
        "failed": 'fairway_search_engine_failures_total{engine="elasticsearch",what="search"}',
        "open": 'fairway_search_breaker_open{what="search"}',
        "lag": 'fairway_search_lag_seconds{engine="elasticsearch"}',
        "documents": 'fairway_search_documents{engine="embedded"}',
    }
    before = {name: value(line) for name, line in names.items()}
    outbox.put_many(indexing.CATCH_UP, [({"position": 1, "engine": "elasticsearch"}, "elasticsearch:1")])
    clock.advance(timedelta(seconds=30))
    for _ in range(5):
        search.find_positions(PositionQuery("会计"))
    after = {name: value(line) for name, line in names.items()}
    # After three failures the breaker asks no more.
    grown = {name: after[name] - before[name] for name in ("answered", "degraded", "failed")}
    assert grown == {"answered": 5, "degraded": 5, "failed": 3}
    assert (after["open"], after["lag"], after["documents"]) == (1, 30, 0)


@pytest.fixture
def without_database():
    """The answer of a thread whose connection leads to a database that is not there."""

    def ask() -> tuple[int, dict]:
        connection = connections["default"]
        connection.settings_dict = connection.settings_dict | {"NAME": "/nowhere/at-all"}
        try:
            answer = health.ready(RequestFactory().get("/readyz"))
        finally:
            connection.close()
        return answer.status_code, json.loads(answer.content)

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(ask).result()


@pytest.mark.django_db
def test_without_the_database_nobody_can_work_and_the_process_still_lives(without_database, client):
    status, body = without_database
    states = {name: check["state"] for name, check in body["checks"].items()}
    assert (status, body["status"]) == (503, "unavailable")
    assert (states["database"], states["cache"], states["outbox"]) == ("down", "ok", "down")
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
def test_without_redis_people_go_on_and_the_answer_says_so(client, settings):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        address = f"redis://127.0.0.1:{held.getsockname()[1]}"
        settings.CACHES = {
            "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": address}
        }
        settings.REDIS_URL = address
        answer = client.get("/readyz")
    check = answer.json()["checks"]["cache"]
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert (check["state"], check["detail"]) == ("down", "redis")


@pytest.mark.django_db
@pytest.mark.parametrize(("number", "state"), [(999, "ok"), (1000, "behind")])
def test_an_outbox_that_piles_up_is_said(client, number, state):
    outbox.put_many("tests.waiting", [({}, None)] * number)
    check = client.get("/readyz").json()["checks"]["outbox"]
    assert (check["state"], check["detail"]) == (state, f"{number} waiting")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_machines_only_read(client, path):
    assert client.head(path).status_code == 200
    assert client.post(path).status_code == 405
