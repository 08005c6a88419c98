"""The worker loop: wakes, goes on after a bad round, and stops when it is told, the entry in hand finished first."""

import os
import signal
import threading

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, connections

from backend.common import outbox, periodic, worker
from backend.common.models import OutboxEntry

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alone(monkeypatch):
    """No topics and no jobs but the test's own."""
    monkeypatch.setattr(outbox, "_topics", {})
    monkeypatch.setattr(periodic, "_jobs", {})


def test_the_loop_ends_at_the_stop_signal_and_finishes_what_it_holds(alone):
    stop, got = threading.Event(), []

    def deliver(payloads) -> None:
        stop.set()
        got.extend(payloads)

    outbox.register("tests.topic", deliver)
    for number in (1, 2):
        outbox.put("tests.topic", {"number": number})
    worker.loop(stop)
    assert got == [{"number": 1}]
    assert list(OutboxEntry.objects.values_list("payload", "leased_until")) == [({"number": 2}, None)]


def test_an_entry_put_while_the_loop_rests_wakes_it_at_once(alone, monkeypatch):
    """With a poll of an hour only the bell of `put` can bring it in time."""
    monkeypatch.setattr(worker, "POLL", worker.POLL * 7200)
    delivered, rested = threading.Event(), threading.Event()
    outbox.register("tests.topic", lambda payloads: delivered.set())
    periodic.register("rest", rested.set, every=worker.POLL)
    stop = worker.start_thread()
    assert rested.wait(10)
    outbox.put("tests.topic", {})
    assert delivered.wait(10)
    stop.set()
    outbox.wake.set()


def test_the_thread_closes_its_connection_when_it_ends(alone):
    used, done = [], threading.Event()

    def ask() -> None:
        connection.ensure_connection()
        used.extend([threading.current_thread(), connections["default"], connection.connection is not None])
        done.set()

    periodic.register("ask", ask, every=worker.POLL)
    stop = worker.start_thread()
    assert done.wait(10)
    stop.set()
    outbox.wake.set()
    thread, kept, was_open = used[:3]
    thread.join(10)
    assert (thread.is_alive(), was_open, kept.connection) == (False, True, None)


def test_a_round_that_fails_is_followed_by_another(alone, monkeypatch):
    """The database is away for a moment: the loop waits, and goes on."""
    stop, rounds = threading.Event(), []
    monkeypatch.setattr(stop, "wait", rounds.append)

    def run_once() -> int:
        rounds.append("asked")
        if rounds.count("asked") == 1:
            raise OperationalError("the database is restarting")
        stop.set()
        return 1

    monkeypatch.setattr(outbox, "run_once", run_once)
    worker.loop(stop)
    assert rounds == ["asked", 2, "asked"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_listens_to_both_signals(alone, number):
    kept = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
    periodic.register("kill", lambda: os.kill(os.getpid(), number), every=worker.POLL)
    outbox.wake.set()
    try:
        call_command("run_worker")
    finally:
        for one, handler in kept.items():
            signal.signal(one, handler)
    assert not any(job.last is None for job in periodic._jobs.values())
