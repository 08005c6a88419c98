"""The doorbell: one ring at a time, what comes meanwhile merged, and no failure of the layer reaches a write."""

import asyncio
import threading

import pytest
from channels.layers import InMemoryChannelLayer

from fairs.domain import journal
from fairs.models import Event
from fairs.protocol.events import LineLeft
from fairs.realtime import doorbell
from fairs.realtime.doorbell import Ringer
from fairs.realtime.hub import GROUP


class Layer:
    """A shared layer that notes what it is asked to send; it can be held, or be broken."""

    def __init__(self, broken=False):
        self.sent, self.broken = [], broken
        self.free, self.asked = threading.Event(), threading.Semaphore(0)
        self.free.set()

    async def group_send(self, group, message):
        assert group == GROUP
        self.asked.release()
        while not self.free.is_set():
            await asyncio.sleep(0.002)
        if self.broken:
            raise ConnectionError("no layer")
        self.sent.append(message)

    def streams(self):
        return [message["streams"] for message in self.sent]


@pytest.fixture
def layer(monkeypatch):
    made = Layer()
    monkeypatch.setattr(doorbell, "get_channel_layer", lambda: made)
    return made


def _asked(layer):
    """Wait until the layer was asked once more."""
    assert layer.asked.acquire(timeout=5)


def _idle(ringer):
    """Wait until nothing is on its way."""

    async def done():
        async with asyncio.timeout(5):
            while ringer._sending:
                await asyncio.sleep(0.002)

    asyncio.run(done())


class TestRinger:
    def test_a_ring_says_what_was_reached_and_nothing_else(self, layer):
        ringer = Ringer()
        ringer.ring({"line-1": 4, "fair-2": 9})
        _idle(ringer)
        assert layer.sent == [{"type": "doorbell.ring", "streams": {"line-1": 4, "fair-2": 9}}]

    def test_what_comes_while_a_ring_is_on_its_way_goes_with_the_next(self, layer):
        ringer = Ringer()
        layer.free.clear()
        ringer.ring({"line-1": 1})
        _asked(layer)
        for seq in (2, 5, 4):
            ringer.ring({"line-1": seq, f"line-{seq}": 1})
        layer.free.set()
        _idle(ringer)
        assert layer.streams() == [{"line-1": 1}, {"line-1": 5, "line-2": 1, "line-5": 1, "line-4": 1}]

    def test_a_layer_that_hangs_heaps_up_one_entry_per_stream(self, layer):
        ringer = Ringer()
        layer.free.clear()
        ringer.ring({"line-1": 0})
        _asked(layer)
        for seq in range(5_000):
            ringer.ring({f"line-{seq % 7}": seq})
        assert len(ringer._next) == 7
        layer.free.set()
        _idle(ringer)
        assert len(layer.sent) == 2

    def test_a_layer_that_hangs_is_given_up_and_the_next_ring_is_tried(self, layer, monkeypatch):
        monkeypatch.setattr(doorbell, "PATIENCE", 0.02)
        ringer = Ringer()
        layer.free.clear()
        ringer.ring({"line-1": 1})
        _idle(ringer)
        layer.free.set()
        ringer.ring({"line-1": 2})
        _idle(ringer)
        assert layer.streams() == [{"line-1": 2}]

    def test_a_broken_layer_is_tried_again_at_the_next_ring(self, layer):
        layer.broken = True
        ringer = Ringer()
        ringer.ring({"line-1": 1})
        _idle(ringer)
        layer.broken = False
        ringer.ring({"line-1": 2})
        _idle(ringer)
        assert layer.streams() == [{"line-1": 2}]

    def test_nothing_reached_is_no_ring(self, layer):
        ringer = Ringer()
        ringer.ring({})
        _idle(ringer)
        assert layer.sent == []


@pytest.mark.django_db(transaction=True)
class TestRing:
    def test_a_write_rings_after_its_commit(self, layer):
        journal.append("line-1", LineLeft(number=1, place=1), LineLeft(number=2, place=1))
        _idle(doorbell._ringer)
        assert layer.streams() == [{"line-1": 2}]

    def test_a_broken_layer_does_not_undo_a_write(self, layer):
        layer.broken = True
        assert journal.append("line-1", LineLeft(number=1, place=1)) == 1
        _idle(doorbell._ringer)
        assert Event.objects.count() == 1

    def test_in_one_process_nothing_is_sent_over_a_layer(self, monkeypatch):
        class Untouched(InMemoryChannelLayer):
            async def group_send(self, group, message):
                raise AssertionError("the in-memory layer is not for other threads")

        monkeypatch.setattr(doorbell, "get_channel_layer", Untouched)
        journal.append("line-1", LineLeft(number=1, place=1))
        _idle(doorbell._ringer)
        assert doorbell._ringer._next == {}
