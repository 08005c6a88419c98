"""The outbox delivers at least once, absorbs equal keys, never to two relays at once, and gives up visibly."""

import threading
from datetime import timedelta

import pytest
from django.db import connections, transaction

from backend.common import clock, failpoints, outbox
from backend.common.models import OutboxEntry

TOPIC = "tests.topic"


class Crash(BaseException):
    """A process that dies: no handler of errors may catch it."""


@pytest.fixture
def delivered(monkeypatch):
    """Only our topic is registered; what its handler gets lands here, batch by batch."""
    monkeypatch.setattr(outbox, "_topics", {})
    batches: list[list] = []
    outbox.register(TOPIC, lambda payloads: batches.append([p["n"] for p in payloads]), batch=10)
    return batches


def put(*numbers: int, **options) -> None:
    """Record an entry for each number in one transaction."""
    with transaction.atomic():
        for n in numbers:
            outbox.put(TOPIC, {"n": n}, **options)


@pytest.mark.django_db
def test_entries_are_delivered_in_order_and_once(delivered):
    put(1, 2, 3)
    assert outbox.drain() == 3
    assert outbox.drain() == 0
    assert delivered == [[1, 2, 3]]
    assert outbox.waiting() == 0


@pytest.mark.django_db(transaction=True)
def test_an_entry_of_a_write_that_is_rolled_back_was_never_there(delivered):
    outbox.wake.clear()
    with transaction.atomic():
        outbox.put(TOPIC, {"n": 1})
        transaction.set_rollback(True)
    assert (outbox.drain(), delivered, outbox.wake.is_set()) == (0, [], False)


@pytest.mark.django_db(transaction=True)
def test_the_relay_is_woken_on_commit_not_before(delivered):
    outbox.wake.clear()
    with transaction.atomic():
        outbox.put(TOPIC, {"n": 1})
        assert outbox.wake.is_set() is False
    assert outbox.wake.is_set() is True


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.django_db(transaction=True)
def test_the_relay_is_not_woken_for_what_is_not_due(delivered, many):
    outbox.wake.clear()
    later = timedelta(seconds=2)
    if many:
        outbox.put_many(TOPIC, [({"n": 1}, None)], delay=later)
    else:
        put(1, delay=later)
    assert (outbox.wake.is_set(), outbox.waiting()) == (False, 1)


@pytest.mark.django_db
def test_a_round_in_which_nothing_is_due_asks_once_for_all_topics(
    delivered, frozen_now, django_assert_num_queries
):
    outbox.register("another", lambda payloads: None)
    put(1, delay=timedelta(minutes=5))
    with django_assert_num_queries(1):
        assert outbox.run_once() == 0


@pytest.mark.django_db
def test_an_equal_key_that_waits_absorbs_the_newer_entry(delivered):
    put(1, dedupe_key="row-7")
    put(2, dedupe_key="row-7")
    put(3, dedupe_key="row-8")
    outbox.drain()
    assert delivered == [[1, 3]]


@pytest.mark.django_db
def test_equal_keys_of_put_many_are_absorbed_too(delivered):
    with transaction.atomic():
        outbox.put_many(TOPIC, [({"n": 1}, "a"), ({"n": 2}, "a"), ({"n": 3}, None), ({"n": 4}, None)])
    outbox.drain()
    assert delivered == [[1, 3, 4]]


@pytest.mark.django_db
def test_a_key_is_free_again_while_its_entry_is_being_delivered(monkeypatch):
    """What was read before the newer write must be told once more."""
    monkeypatch.setattr(outbox, "_topics", {})
    seen = []

    def handle(payloads):
        seen.extend(p["n"] for p in payloads)
        if seen == [1]:
            put(2, dedupe_key="row-7")

    outbox.register(TOPIC, handle)
    put(1, dedupe_key="row-7")
    outbox.drain()
    assert seen == [1, 2]


@pytest.mark.django_db
def test_a_delayed_entry_waits(delivered, frozen_now):
    put(1, delay=timedelta(minutes=5))
    clock.advance(timedelta(minutes=4))
    assert outbox.drain() == 0
    clock.advance(timedelta(minutes=1))
    assert outbox.drain() == 1


@pytest.mark.django_db
def test_a_relay_that_dies_after_the_handler_delivers_again_after_the_lease(delivered, frozen_now):
    def die() -> None:
        raise Crash

    put(1)
    with failpoints.armed("outbox.after_handler", die), pytest.raises(Crash):
        outbox.run_once()
    assert outbox.waiting() == 1
    clock.advance(outbox.LEASE)
    assert outbox.run_once() == 0
    clock.advance(timedelta(seconds=1))
    assert outbox.run_once() == 1
    assert delivered == [[1], [1]]


@pytest.mark.django_db
def test_one_bad_entry_does_not_hold_up_its_batch(monkeypatch, frozen_now):
    monkeypatch.setattr(outbox, "_topics", {})
    good = []

    def handle(payloads):
        for payload in payloads:
            if payload["n"] == 2:
                raise ValueError("two is bad")
        good.extend(p["n"] for p in payloads)

    outbox.register(TOPIC, handle, batch=10)
    put(1, 2, 3)
    assert outbox.run_once() == 2
    assert good == [1, 3]
    left = OutboxEntry.objects.get()
    assert (left.payload, left.attempts, left.last_error, left.leased_until, left.dead_at) == (
        {"n": 2},
        1,
        "ValueError('two is bad')",
        None,
        None,
    )
    assert left.available_at == frozen_now + timedelta(seconds=2)


@pytest.fixture
def failing(monkeypatch, frozen_now):
    """A topic whose handler always fails; the number of its calls."""
    monkeypatch.setattr(outbox, "_topics", {})
    calls = []

    def handle(payloads):
        calls.append(payloads)
        raise ValueError("no")

    outbox.register(TOPIC, handle)
    return calls


@pytest.mark.django_db
def test_retries_wait_longer_each_time_and_end_in_the_dead_letter_list(failing):
    put(1)
    waits = []
    while True:
        outbox.run_once()
        entry = OutboxEntry.objects.get()
        if entry.dead_at is not None:
            break
        waits.append(int((entry.available_at - clock.now()).total_seconds()))
        clock.advance(entry.available_at - clock.now())
    assert waits == [2, 4, 8, 16, 32, 64, 128]
    assert (len(failing), entry.attempts, outbox.waiting()) == (outbox.MAX_ATTEMPTS, outbox.MAX_ATTEMPTS, 0)
    clock.advance(timedelta(days=1))
    assert outbox.run_once() == 0
    assert len(failing) == outbox.MAX_ATTEMPTS


@pytest.mark.django_db
def test_a_dead_entry_can_be_revived_once_and_a_live_one_not(delivered):
    put(1)
    entry = OutboxEntry.objects.get()
    assert outbox.revive(entry.pk) is False
    OutboxEntry.objects.update(dead_at=clock.now(), attempts=outbox.MAX_ATTEMPTS)
    assert outbox.drain() == 0
    assert outbox.revive(entry.pk) is True
    assert outbox.revive(entry.pk) is False
    assert outbox.drain() == 1
    assert delivered == [[1]]


@pytest.mark.django_db
def test_a_failed_entry_gives_up_its_key_so_that_a_newer_one_may_wait(failing):
    put(1, dedupe_key="row-7")
    outbox.run_once()
    put(2, dedupe_key="row-7")
    assert OutboxEntry.objects.count() == 2


def _relays(count: int, relay) -> None:
    """Run relays at the same moment, each on a connection of its own."""
    gate = threading.Barrier(count)

    def one() -> None:
        gate.wait()
        relay()
        connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_two_relays_never_take_the_same_entry(delivered):
    put(*range(60))
    _relays(2, outbox.drain)
    outbox.drain()
    seen = [n for batch in delivered for n in batch]
    assert sorted(seen) == list(range(60))


@pytest.mark.django_db(transaction=True)
def test_control_relays_without_a_lease_deliver_twice(delivered, monkeypatch):
    both_have_read = threading.Barrier(2)

    def read_only(topic):
        taken = list(OutboxEntry.objects.filter(topic=topic.name).order_by("id")[: topic.batch])
        both_have_read.wait()
        return taken

    monkeypatch.setattr(outbox, "_lease", read_only)
    put(1, 2, 3)
    _relays(2, outbox.run_once)
    assert delivered == [[1, 2, 3], [1, 2, 3]]


@pytest.mark.django_db
def test_a_postponed_batch_comes_again_uncounted_and_the_topic_rests(monkeypatch, frozen_now):
    monkeypatch.setattr(outbox, "_topics", {})
    asked: list[list[int]] = []

    def away(payloads):
        asked.append([payload["n"] for payload in payloads])
        raise outbox.Postponed(timedelta(seconds=5), "away")

    outbox.register(TOPIC, away, batch=2)
    put(1, 2, 3)
    assert [outbox.run_once(), outbox.run_once()] == [0, 0]
    assert asked == [[1, 2]]
    for _ in range(outbox.MAX_ATTEMPTS + 1):
        clock.advance(timedelta(seconds=6))
        outbox.run_once()
    assert set(OutboxEntry.objects.values_list("attempts", "dead_at")) == {(0, None)}
    outbox.register(TOPIC, lambda payloads: asked.append([p["n"] for p in payloads]), batch=10)
    clock.advance(timedelta(seconds=6))
    assert (outbox.run_once(), asked[-1]) == (3, [1, 2, 3])


@pytest.mark.django_db
def test_run_once_may_be_kept_to_some_topics(delivered):
    put(1)
    assert (outbox.run_once(["another"]), outbox.run_once([TOPIC]), delivered) == (0, 1, [[1]])


@pytest.mark.django_db
def test_a_topic_may_hold_its_entries_for_a_shorter_time(monkeypatch, frozen_now):
    """What a killed relay held comes again after the topic's own lease, not after the usual one."""
    seen: list[int] = []
    topic = outbox.Topic(
        "quick", lambda payloads: seen.extend(p["n"] for p in payloads), 10, timedelta(seconds=5)
    )
    monkeypatch.setattr(outbox, "_topics", {"quick": topic})
    outbox.put("quick", {"n": 1})
    assert [entry.leased_until for entry in outbox._lease(topic)] == [None]
    clock.advance(timedelta(seconds=5))
    assert (outbox.run_once(), seen) == (0, [])
    clock.advance(timedelta(microseconds=1))
    assert (outbox.run_once(), seen) == (1, [1])


@pytest.mark.django_db
def test_a_topic_that_is_apart_is_left_to_its_own_round(delivered):
    seen = []
    outbox.register(
        "tests.slow", lambda payloads: seen.append([p["n"] for p in payloads]), batch=2, apart=True
    )
    put(1)
    outbox.put_many("tests.slow", [({"n": n}, None) for n in (2, 3, 4)])
    assert (outbox.run_once(), delivered, seen) == (1, [[1]], [])
    assert (outbox.run_apart(), delivered, seen) == (3, [[1]], [[2, 3], [4]])
    assert outbox.run_apart() == 0


@pytest.mark.django_db
def test_a_topic_that_is_apart_runs_by_name_and_when_all_is_drained(delivered):
    seen = []
    outbox.register("tests.slow", lambda payloads: seen.append(len(payloads)), batch=2, apart=True)
    outbox.put("tests.slow", {})
    assert (outbox.run_once(["tests.slow"]), seen) == (1, [1])
    outbox.put("tests.slow", {})
    put(1)
    assert (outbox.drain(), seen, delivered) == (2, [1, 1], [[1]])


@pytest.mark.django_db
def test_without_topics_that_are_apart_nothing_is_delivered_for_them(delivered):
    put(1)
    assert (outbox.run_apart(), delivered) == (0, [])


@pytest.mark.django_db
@pytest.mark.parametrize("seconds", [0, 30])
def test_many_that_are_put_later_wait_and_absorb_equal_keys(delivered, frozen_now, seconds):
    delay = timedelta(seconds=seconds)
    for _ in range(2):
        outbox.put_many(TOPIC, [({"n": n}, str(n)) for n in (1, 2)], delay=delay)
    if seconds:
        assert outbox.drain() == 0
        clock.advance(delay)
    assert (outbox.drain(), delivered) == (2, [[1, 2]])
