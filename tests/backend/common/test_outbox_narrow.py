"""The outbox where it gets narrow: bad and slow handlers, other topics, dying between steps, two relays, the last try."""

from datetime import timedelta
from itertools import chain

import pytest
from django.db import transaction

from backend.common import clock, failpoints, outbox
from backend.common.models import OutboxEntry
from tests.racing import race

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


OURS = dict(outbox._topics)


class Crash(BaseException):
    """A process that dies."""


def die() -> None:
    raise Crash


@pytest.fixture(autouse=True)
def _alone(monkeypatch):
    """Only the test's own topics."""
    monkeypatch.setattr(outbox, "_topics", {})


def topic(name="t", *, batch=10, bad=(), error=ValueError, **options):
    """A topic whose handler notes what it is given and raises when something bad is among it."""
    given: list[list] = []

    def handle(payloads):
        given.append([payload["n"] for payload in payloads])
        for payload in payloads:
            if payload["n"] in bad:
                raise error(f"{payload['n']} is bad")

    outbox.register(name, handle, batch=batch, **options)
    return given


def put(*numbers, name="t", **options):
    with transaction.atomic():
        for number in numbers:
            outbox.put(name, {"n": number}, **options)


def waiting(name="t"):
    return list(
        OutboxEntry.objects.filter(topic=name, dead_at=None)
        .order_by("pk")
        .values_list("payload__n", flat=True)
    )


# Order and amounts


def test_a_batch_is_the_oldest_entries_that_are_due():
    given = topic(batch=2)
    put(1, delay=timedelta(minutes=1))
    put(2, 3, 4, 5)
    assert [outbox.run_once(), outbox.run_once(), outbox.run_once()] == [2, 2, 0]
    clock.advance(timedelta(minutes=1))
    assert outbox.run_once() == 1
    assert given == [[2, 3], [4, 5], [1]]


def test_each_topic_has_its_turn_however_much_waits_in_another():
    much, little = topic("a", batch=2), topic("b", batch=2)
    put(*range(10), name="a")
    put(1, name="b")
    assert outbox.run_once() == 3
    assert (much, little) == ([[0, 1]], [[1]])


def test_draining_ends_where_it_is_told():
    topic(batch=3)
    put(*range(10))
    assert outbox.drain(limit=4) == 6
    assert waiting() == [6, 7, 8, 9]


def test_an_entry_of_a_topic_nobody_handles_waits_for_a_version_that_does():
    put(1)
    assert (outbox.run_once(), outbox.drain(), waiting()) == (0, 0, [1])
    assert topic() == []
    assert outbox.run_once() == 1


def test_what_a_handler_puts_is_delivered_in_its_turn():
    second = topic("second")
    outbox.register("first", lambda payloads: put(*[p["n"] + 1 for p in payloads], name="second"))
    put(1, 5, name="first")
    assert outbox.drain() == 4
    assert sorted(chain(*second)) == [2, 6]


# Handlers that fail


def test_bad_ones_are_held_back_alone_whatever_their_number():
    given = topic(bad={2, 4})
    put(1, 2, 3, 4, 5)
    assert outbox.run_once() == 3
    assert given == [[1, 2, 3, 4, 5], [1], [2], [3], [4], [5]]
    assert (waiting(), set(OutboxEntry.objects.values_list("attempts", "leased_until"))) == (
        [2, 4],
        {(1, None)},
    )


def test_a_topic_that_fails_stops_no_other():
    topic("a", bad={1})
    other = topic("b")
    put(1, name="a")
    put(2, name="b")
    assert (outbox.run_once(), other) == (1, [[2]])


def test_the_reason_is_kept_short_and_the_newest():
    topic(bad={1}, error=lambda text: ValueError(text + "x" * 5000))
    put(1)
    OutboxEntry.objects.update(last_error="older")
    outbox.run_once()
    entry = OutboxEntry.objects.get()
    assert (len(entry.last_error), entry.last_error[:21]) == (2000, "ValueError('1 is badx")


def test_one_of_a_failed_batch_may_be_postponed_while_the_others_go():
    given: list[list] = []

    def handle(payloads):
        numbers = [payload["n"] for payload in payloads]
        given.append(numbers)
        if len(numbers) > 1:
            raise ValueError("not all at once")
        if numbers == [2]:
            raise outbox.Postponed(timedelta(minutes=1), "away")

    outbox.register("t", handle, batch=10)
    put(1, 2, 3)
    assert outbox.run_once() == 2
    assert list(OutboxEntry.objects.values_list("payload__n", "attempts", "leased_until")) == [
        (2, 0, clock.now() + timedelta(minutes=1))
    ]


def test_a_topic_that_rests_lets_the_others_run():
    def away(payloads):
        raise outbox.Postponed(timedelta(minutes=1))

    outbox.register("a", away)
    other = topic("b")
    put(1, name="a")
    outbox.run_once()
    put(2, name="a")
    put(3, name="b")
    assert (outbox.run_once(), other, waiting("a")) == (1, [[3]], [1, 2])


# The last try


@pytest.mark.parametrize(
    ("payload", "school"), [({"n": 1, "school": 7}, 7), ({"n": 1}, None), ({"n": 1, "school": None}, None)]
)
def test_what_is_given_up_lies_with_its_school(payload, school):
    topic(bad={1}, school_of=lambda given: given.get("school"))
    outbox.put("t", payload)
    OutboxEntry.objects.update(attempts=outbox.MAX_ATTEMPTS - 1)
    outbox.run_once()
    entry = OutboxEntry.objects.get()
    assert (entry.dead_at, entry.school_id, entry.attempts) == (clock.now(), school, outbox.MAX_ATTEMPTS)


def test_nobody_s_school_is_asked_before_the_last_try():
    asked = []
    topic(bad={1}, school_of=asked.append)
    put(1)
    for _ in range(outbox.MAX_ATTEMPTS):
        assert asked == []
        outbox.run_once()
        clock.advance(timedelta(minutes=10))
    assert asked == [{"n": 1}]


def test_every_topic_of_ours_names_a_school_for_any_payload():
    """Asked at the worst moment: what it raised would stop the relay, again and again."""
    asked = {name: known.school_of for name, known in OURS.items() if known.school_of}
    assert set(asked) == {"notifications.mail", "positions.import"}
    for school_of in asked.values():
        assert [school_of(payload) for payload in ({}, {"user": 0}, {"import": 0}, {"x": None})] == [None] * 4


def test_a_revived_entry_begins_anew_and_takes_no_key_from_a_newer_one():
    given = topic(bad={1})
    put(1, dedupe_key="row")
    OutboxEntry.objects.update(attempts=outbox.MAX_ATTEMPTS - 1)
    outbox.run_once()
    put(2, dedupe_key="row")
    dead = OutboxEntry.objects.get(payload__n=1)
    assert outbox.revive(dead.pk) is True
    dead.refresh_from_db()
    assert (dead.attempts, dead.dead_at, dead.dedupe_key, dead.available_at) == (0, None, None, clock.now())
    assert outbox.run_once() == 1
    assert (given[-1], waiting()) == ([2], [1])


def test_a_dead_entry_holds_no_key():
    topic()
    put(1, dedupe_key="row")
    OutboxEntry.objects.update(dead_at=clock.now())
    put(2, dedupe_key="row")
    assert waiting() == [2]


# Dying between the steps


def test_dying_in_a_handler_costs_no_attempt_and_comes_again_after_the_lease():
    outbox.register("t", lambda payloads: die(), batch=10)
    put(1, 2)
    with pytest.raises(Crash):
        outbox.run_once()
    assert set(OutboxEntry.objects.values_list("attempts", "last_error", "dead_at")) == {(0, "", None)}
    given = topic()
    assert outbox.run_once() == 0
    clock.advance(outbox.LEASE + timedelta(microseconds=1))
    assert (outbox.run_once(), given) == (2, [[1, 2]])


def test_dying_after_one_of_a_failed_batch_loses_none_and_repeats_only_the_rest():
    given = topic(bad={3})
    put(1, 2, 3)

    def die_after_the_second() -> None:
        if len(given) == 3:
            die()

    with failpoints.armed("outbox.after_handler", die_after_the_second), pytest.raises(Crash):
        outbox.run_once()
    assert (given, waiting()) == ([[1, 2, 3], [1], [2]], [2, 3])
    clock.advance(outbox.LEASE * 2)
    assert outbox.run_once() == 1
    assert (given[3:], waiting()) == ([[2, 3], [2], [3]], [3])


def test_an_equal_entry_of_a_dead_relay_is_told_beside_the_newer_one():
    """What the dead one had read may be older than the newer write: both are told, in order."""
    given = topic(batch=1)
    put(1, dedupe_key="row")
    with failpoints.armed("outbox.after_handler", die), pytest.raises(Crash):
        outbox.run_once()
    put(2, dedupe_key="row")
    clock.advance(outbox.LEASE * 2)
    assert outbox.drain() == 2
    assert given == [[1], [1], [2]]


# Two relays


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("relays", [2, 4])
def test_relays_share_the_work_and_lose_or_double_none(relays):
    given = topic(batch=7)
    put(*range(100))
    assert sum(race(*[outbox.drain] * relays)) + outbox.drain() == 100
    assert sorted(chain(*given)) == list(range(100))


@pytest.mark.django_db(transaction=True)
def test_a_relay_slower_than_its_lease_is_overtaken_and_breaks_nothing():
    """Delivered twice, as a handler must bear; the entry is gone once."""
    given: list[int] = []

    def slow(payloads):
        given.append(payloads[0]["n"])
        if len(given) == 1:
            clock.advance(outbox.LEASE * 2)
            assert race(outbox.run_once) == [1]

    outbox.register("t", slow)
    put(1)
    assert outbox.run_once() == 1
    assert (given, OutboxEntry.objects.count()) == ([1, 1], 0)


@pytest.mark.django_db(transaction=True)
def test_two_writers_of_one_key_leave_one_entry():
    topic()
    assert race(*[lambda n=n: put(n, dedupe_key="row") for n in range(4)]) == [None] * 4
    assert len(waiting()) == 1
