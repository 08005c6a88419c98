"""The breaker: when it opens, who may try, and that many threads are one try."""

import threading

import pytest

from search.breaker import Breaker


@pytest.fixture
def now():
    return [0.0]


@pytest.fixture
def breaker(now):
    """Opens after two failures for ten seconds exactly."""
    return Breaker(failures=2, pause=10, clock=lambda: now[0], draw=lambda _low, high: high)


def test_failures_must_follow_each_other(breaker):
    breaker.failed()
    breaker.succeeded()
    breaker.failed()
    assert (breaker.allows(), breaker.state) == (True, "closed")


def test_open_refuses_until_the_pause_is_over(breaker, now):
    breaker.failed()
    breaker.failed()
    seen = [(breaker.state, breaker.allows())]
    now[0] = 9.9
    seen.append((breaker.state, breaker.allows()))
    now[0] = 10.0
    seen.append((breaker.state, breaker.allows()))
    assert seen == [("open", False), ("open", False), ("half-open", True)]


def test_a_failed_try_opens_it_for_another_pause(breaker, now):
    breaker.failed()
    breaker.failed()
    now[0] = 10.0
    breaker.allows()
    breaker.failed()
    now[0] = 19.9
    assert (breaker.allows(), breaker.state) == (False, "open")


def test_a_try_that_never_reports_is_replaced_after_a_pause(breaker, now):
    breaker.failed()
    breaker.failed()
    now[0] = 10.0
    assert [breaker.allows(), breaker.allows()] == [True, False]
    now[0] = 20.0
    assert breaker.allows() is True


def test_one_thread_of_many_gets_the_try(breaker, now):
    breaker.failed()
    breaker.failed()
    now[0] = 10.0
    start, told = threading.Barrier(8), []

    def ask() -> None:
        start.wait()
        told.append(breaker.allows())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [False] * 7 + [True]


def test_the_pause_is_drawn_between_half_and_whole():
    drawn = []
    breaker = Breaker(failures=1, pause=4, draw=lambda low, high: drawn.append((low, high)) or high)
    breaker.failed()
    assert drawn == [(2.0, 4)]
