"""Answers for machines."""

import pytest
from django.test import override_settings


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
