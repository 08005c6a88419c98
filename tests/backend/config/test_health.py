"""Answers for machines."""

import socket
from datetime import timedelta

import pytest
from django.test import override_settings

from backend.common import clock, outbox
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
    assert set(body["checks"]) == {"database", "cache", "search", "outbox"}
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
