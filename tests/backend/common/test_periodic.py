"""Jobs come round when due, and one that breaks does not stop the others."""

from datetime import timedelta

import pytest

from backend.common import clock, periodic


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
