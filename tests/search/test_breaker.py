"""The breaker: when it opens, who may try, and that many threads are one try."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


# Every state with everything that can happen in it: what is answered, and the state after it.
LIMIT, PAUSE = 2, 10.0
REACHED = {
    "closed": [],
    "closed after a failure": ["failed"],
    "open": ["failed", "failed"],
    "half-open": ["failed", "failed", "waits"],
    "trying": ["failed", "failed", "waits", "allows"],
    "trying for long": ["failed", "failed", "waits", "allows", "waits"],
}
TRANSITIONS = [
    ("closed", "allows", True, "closed"),
    ("closed", "succeeded", None, "closed"),
    ("closed", "failed", None, "closed"),
    ("closed", "waits", None, "closed"),
    ("closed after a failure", "allows", True, "closed"),
    ("closed after a failure", "succeeded", None, "closed"),
    ("closed after a failure", "failed", None, "open"),
    ("closed after a failure", "waits", None, "closed"),
    ("open", "allows", False, "open"),
    ("open", "succeeded", None, "closed"),  # a call that was under way when it opened
    ("open", "failed", None, "open"),
    ("open", "waits", None, "half-open"),
    ("half-open", "allows", True, "half-open"),
    ("half-open", "succeeded", None, "closed"),
    ("half-open", "failed", None, "open"),
    ("half-open", "waits", None, "half-open"),
    ("trying", "allows", False, "half-open"),
    ("trying", "succeeded", None, "closed"),
    ("trying", "failed", None, "open"),
    ("trying", "waits", None, "half-open"),
    ("trying for long", "allows", True, "half-open"),
    ("trying for long", "succeeded", None, "closed"),
    ("trying for long", "failed", None, "open"),
    ("trying for long", "waits", None, "half-open"),
]


def does(breaker: Breaker, now: list[float], event: str) -> bool | None:
    if event == "waits":
        now[0] += PAUSE
        return None
    return getattr(breaker, event)()


def test_the_table_holds_every_state_with_everything_that_can_happen():
    events = ("allows", "succeeded", "failed", "waits")
    assert [(state, event) for state, event, *_ in TRANSITIONS] == [
        (state, event) for state in REACHED for event in events
    ]


@pytest.mark.parametrize("row", TRANSITIONS, ids=lambda row: f"{row[0]}, {row[1]}")
def test_each_transition(breaker, now, row):
    state, event, answer, after = row
    for step in REACHED[state]:
        does(breaker, now, step)
    assert does(breaker, now, event) is answer
    assert (breaker.state, breaker.open) == (after, after != "closed")


@pytest.mark.parametrize("state", sorted(REACHED))
def test_one_success_forgets_all_failures(breaker, now, state):
    for step in [*REACHED[state], "succeeded", "failed"]:
        does(breaker, now, step)
    assert breaker.state == "closed"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["ask", "fails", "answers", "waits"]), max_size=30))
def test_a_dead_server_is_never_asked_twice_within_a_pause(events):
    """Whatever happens, between two tries of an open breaker lies a whole pause, or a success."""
    now = [0.0]
    breaker = Breaker(failures=LIMIT, pause=PAUSE, clock=lambda: now[0], draw=lambda _low, high: high)
    last_rest = None
    for event in events:
        if event == "waits":
            now[0] += PAUSE / 2
        elif event == "answers":
            breaker.succeeded()
            last_rest = None
        elif event == "fails":
            breaker.failed()
            last_rest = now[0]
        else:
            was_open = breaker.open
            if breaker.allows() and was_open:
                assert last_rest is not None
                assert now[0] - last_rest >= PAUSE
                last_rest = now[0]


def test_many_processes_do_not_come_back_at_the_same_moment():
    now = [0.0]
    breakers = [Breaker(failures=1, pause=PAUSE, clock=lambda: now[0]) for _ in range(40)]
    for breaker in breakers:
        breaker.failed()
    back = []
    for tenths in range(51, 101):
        now[0] = tenths / 10
        back.append(sum(breaker.state == "half-open" for breaker in breakers))
    assert back[-1] == 40
    assert 5 < back[24] < 35
