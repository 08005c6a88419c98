"""Jobs come round when due, and one that breaks does not stop the others."""

import threading
from datetime import timedelta

import pytest

from backend.common import clock, outbox, periodic, worker


@pytest.fixture
def jobs():
    kept = dict(periodic._jobs)
    periodic._jobs.clear()
    yield periodic._jobs
    periodic._jobs.clear()
    periodic._jobs.update(kept)


def test_a_job_runs_at_once_and_again_when_due(jobs, frozen_now):
    runs = []
    periodic.register("count", lambda: runs.append(clock.now()), every=timedelta(minutes=5))
    assert (periodic.run_due(), periodic.run_due()) == (1, 0)
    clock.advance(timedelta(minutes=4))
    assert periodic.run_due() == 0
    clock.advance(timedelta(minutes=1))
    assert periodic.run_due() == 1
    assert runs == [frozen_now, frozen_now + timedelta(minutes=5)]


def test_a_broken_job_does_not_stop_the_next(jobs, frozen_now):
    runs = []
    periodic.register("broken", lambda: 1 / 0, every=timedelta(minutes=5))
    periodic.register("fine", lambda: runs.append(1), every=timedelta(minutes=5))
    assert periodic.run_due() == 2
    assert runs == [1]


def test_a_long_job_apart_holds_nobody_up_and_is_not_begun_twice(jobs, frozen_now):
    go_on, runs = threading.Event(), []

    def long() -> None:
        runs.append(threading.current_thread().name)
        go_on.wait(10)

    periodic.register("long", long, every=timedelta(minutes=1), apart=True)
    periodic.register("short", lambda: runs.append("short"), every=timedelta(minutes=1))
    assert periodic.run_due() == 2
    clock.advance(timedelta(minutes=5))
    assert periodic.run_due() == 1
    go_on.set()
    jobs["long"].thread.join()
    assert sorted(runs) == ["long", "short", "short"]
    clock.advance(timedelta(minutes=1))
    assert periodic.run_due() == 2
    jobs["long"].thread.join()
    assert runs.count("long") == 2


def test_a_long_job_that_breaks_comes_round_again(jobs, frozen_now):
    periodic.register("broken", lambda: 1 / 0, every=timedelta(minutes=5), apart=True)
    periodic.run_due()
    jobs["broken"].thread.join()
    assert periodic.run_due() == 0
    clock.advance(timedelta(minutes=5))
    assert periodic.run_due() == 1
    jobs["broken"].thread.join()


@pytest.mark.django_db(transaction=True)
def test_mail_goes_out_while_the_index_is_rebuilt(jobs, monkeypatch):
    """The worker loop itself: what is in the outbox is delivered while a rebuild takes its time."""
    rebuilding, delivered, stop = threading.Event(), threading.Event(), threading.Event()

    def rebuild() -> None:
        rebuilding.set()
        delivered.wait(10)

    def deliver(_payloads) -> None:
        # Not before the rebuild is in hand: otherwise this would prove nothing.
        assert rebuilding.wait(10)
        delivered.set()
        stop.set()

    periodic.register("rebuild", rebuild, every=timedelta(minutes=1), apart=True)
    monkeypatch.setattr(outbox, "_topics", {"mail": outbox.Topic("mail", deliver, 1, outbox.LEASE)})
    periodic.run_due()
    outbox.put("mail", {"to": "somebody"})
    worker.loop(stop)
    jobs["rebuild"].thread.join()
    assert (delivered.is_set(), outbox.waiting()) == (True, 0)


def test_the_index_is_completed_and_messages_are_told_apart():
    apart = [job.name for job in periodic._jobs.values() if job.apart]
    assert apart == [
        "outbox.apart",
        "positions.complete_index",
        "searches.digest",
        "recommendations.digest",
    ]
