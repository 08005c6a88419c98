"""Limits hold exactly, also when attempts race; the control counts in Python and lets too many through."""

import threading
from datetime import timedelta

import pytest
from django.db import connections

from backend.accounts import limits
from backend.accounts.limits import LIMITS, Limit
from backend.accounts.models import AttemptCount
from backend.common import clock


@pytest.mark.django_db
def test_the_limit_is_reached_after_its_amount():
    amount = LIMITS["login_address"].amount
    assert [limits.consume("login_address", "a@example.org") for _ in range(amount + 2)] == [
        True
    ] * amount + [False] * 2


@pytest.mark.django_db
def test_counters_are_per_name_and_key_and_ignore_case():
    for _ in range(LIMITS["login_address"].amount):
        limits.consume("login_address", "a@example.org")
    assert limits.consume("login_address", " A@Example.org ") is False
    assert limits.consume("login_address", "b@example.org") is True
    assert limits.consume("second_factor", "a@example.org") is True


@pytest.mark.django_db
def test_the_window_starts_anew_when_it_is_over(frozen_now):
    limit = LIMITS["login_address"]
    for _ in range(limit.amount):
        limits.consume("login_address", "a")
    clock.advance(limit.window - timedelta(seconds=1))
    assert limits.consume("login_address", "a") is False
    clock.advance(timedelta(seconds=1))
    assert limits.consume("login_address", "a") is True
    assert AttemptCount.objects.get().count == 1


@pytest.mark.django_db
def test_a_success_is_given_back_but_never_below_zero():
    limits.give_back("login_address", "a")
    assert AttemptCount.objects.count() == 0
    limits.consume("login_address", "a")
    limits.give_back("login_address", "a")
    limits.give_back("login_address", "a")
    assert AttemptCount.objects.get().count == 0


@pytest.mark.django_db
def test_counters_hold_no_address_in_the_clear():
    limits.consume("login_address", "a@example.org")
    assert "example" not in str(AttemptCount.objects.values().get())


@pytest.mark.django_db
def test_ended_counters_are_forgotten(frozen_now):
    limits.consume("login_address", "a")
    assert limits.forget_ended() == 0
    clock.advance(LIMITS["login_address"].window)
    assert limits.forget_ended() == 1


def _race(attempt, threads: int = 8) -> int:
    """How many of simultaneous attempts on connections of their own were allowed."""
    gate, allowed = threading.Barrier(threads), []

    def one() -> None:
        gate.wait()
        allowed.append(attempt(gate))
        connections.close_all()

    running = [threading.Thread(target=one) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return sum(allowed)


@pytest.fixture
def limit_of_three(monkeypatch):
    """A limit of three per minute."""
    monkeypatch.setitem(LIMITS, "login_address", Limit(3, timedelta(minutes=1)))


@pytest.mark.django_db(transaction=True)
def test_of_racing_attempts_exactly_the_amount_is_allowed(limit_of_three):
    assert _race(lambda gate: limits.consume("login_address", "a")) == 3
    assert AttemptCount.objects.get().count == 3


@pytest.mark.django_db(transaction=True)
def test_of_racing_attempts_on_an_ended_window_exactly_the_amount_is_allowed(limit_of_three, frozen_now):
    limits.consume("login_address", "a")
    clock.advance(timedelta(minutes=1))
    assert _race(lambda gate: limits.consume("login_address", "a")) == 3


@pytest.mark.django_db(transaction=True)
def test_control_reading_first_and_writing_then_lets_too_many_through(limit_of_three):
    AttemptCount.objects.create(digest="d", count=0, ends_at=clock.now() + timedelta(minutes=1))

    def read_then_write(gate) -> bool:
        row = AttemptCount.objects.get(digest="d")
        gate.wait()
        if row.count >= 3:
            return False
        AttemptCount.objects.filter(pk=row.pk).update(count=row.count + 1)
        return True

    assert _race(read_then_write) == 8
