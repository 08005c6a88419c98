"""What a process reads in beside its serving, and that it says so until it is done."""

import gc
import threading

import pytest
from structlog.testing import capture_logs

from backend.common import warming


@pytest.fixture
def steps(monkeypatch):
    """Nothing is registered."""
    monkeypatch.setattr(warming, "_steps", {})


def test_every_step_is_done_once_in_order_and_told_until_then(steps):
    go_on, done = threading.Event(), []
    warming.register("encoder", lambda: (go_on.wait(10), done.append("encoder")))
    warming.register("rows", lambda: done.append(f"rows, with {warming.remaining()} to do"))
    assert warming.remaining() == []
    thread = warming.start_thread()
    assert warming.remaining() == ["encoder", "rows"]
    go_on.set()
    thread.join(10)
    assert done == ["encoder", "rows, with ['rows'] to do"]
    assert warming.remaining() == []


def test_a_step_that_fails_is_logged_and_the_next_is_done(steps):
    done = []
    warming.register("broken", lambda: 1 / 0)
    warming.register("fine", lambda: done.append(1))
    with capture_logs() as logs:
        warming.start_thread().join(10)
    assert [(log["event"], log["step"], log["log_level"]) for log in logs] == [
        ("warming_failed", "broken", "error"),
        ("warmed", "fine", "info"),
    ]
    assert (done, warming.remaining()) == ([1], [])


def test_what_was_read_is_looked_through_for_garbage_no_more(steps):
    kept = []
    warming.register("rows", lambda: kept.extend([number] for number in range(1000)))
    warming.start_thread().join(10)
    assert not any(found is kept for found in gc.get_objects())
    gc.unfreeze()
    assert any(found is kept for found in gc.get_objects())


@pytest.mark.django_db
def test_ready_says_what_is_still_read_in(steps, client, monkeypatch):
    def memory() -> tuple[int, str, str]:
        answer = client.get("/readyz")
        check = answer.json()["checks"]["memory"]
        return answer.status_code, check["state"], check["detail"]

    assert memory() == (200, "ok", "")
    monkeypatch.setattr(warming, "_doing", ["matches", "search"])
    assert memory() == (200, "warming", "matches, search")
    assert client.get("/readyz").json()["status"] == "degraded"
