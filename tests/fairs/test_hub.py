"""The hub without sockets: rings and their bounds, who follows what, and what is given back."""

import asyncio
import os
import signal
from contextlib import asynccontextmanager
from functools import partial

import pytest
from asgiref.sync import sync_to_async
from hypothesis import given, settings
from hypothesis import strategies as st

from fairs.domain import journal
from fairs.protocol.events import LineLeft
from fairs.realtime import ending, hub
from fairs.realtime.connection import Connection
from fairs.realtime.hub import Hub, Ring

BATCHES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 12)), max_size=25)


def _rows(first, last):
    return [(seq, f"frame {seq}") for seq in range(first, last + 1)]


class TestRing:
    def test_a_new_ring_stands_where_its_stream_stands(self):
        ring = Ring(7)
        assert (ring.start, ring.last, list(ring.frames), ring.after(7, 10)) == (7, 7, [], [])

    def test_rows_are_served_past_a_cursor(self):
        ring = Ring(7)
        ring.add(_rows(8, 11))
        assert ring.after(7, 10) == _rows(8, 11)
        assert ring.after(9, 10) == _rows(10, 11)
        assert ring.after(11, 10) == []

    @pytest.mark.parametrize(("limit", "served"), [(2, 2), (1, 1), (0, 0), (-5, 0), (99, 4)])
    def test_no_more_than_there_is_room_for(self, limit, served):
        ring = Ring(0)
        ring.add(_rows(1, 4))
        assert ring.after(0, limit) == _rows(1, served)

    @pytest.mark.parametrize("again", [_rows(1, 3), _rows(3, 3), _rows(5, 6), [(9, "x")], []])
    def test_known_rows_and_rows_behind_a_gap_are_not_taken(self, again):
        ring = Ring(0)
        ring.add(_rows(1, 3))
        ring.add(again)
        assert (list(ring.frames), ring.last) == (_rows(1, 3), 3)

    def test_what_is_too_much_falls_off_the_old_end(self, monkeypatch):
        monkeypatch.setattr(hub, "RING", 3)
        ring = Ring(0)
        ring.add(_rows(1, 5))
        assert (list(ring.frames), ring.start, ring.last) == (_rows(3, 5), 2, 5)
        assert ring.after(2, 9) == _rows(3, 5)

    def test_a_cursor_ahead_of_the_ring_waits_for_it(self):
        """A replay read further than the ring had come: nothing is sent twice."""
        ring = Ring(0)
        ring.add(_rows(1, 2))
        assert ring.after(4, 9) == []
        ring.add(_rows(3, 6))
        assert ring.after(4, 9) == _rows(5, 6)

    @given(steps=BATCHES, start=st.integers(0, 50))
    @settings(max_examples=60, deadline=None)
    def test_a_reader_within_the_ring_misses_nothing_and_sees_nothing_twice(self, steps, start):
        ring, cursor, seen = Ring(start), start, []
        for more, room in steps:
            ring.add(_rows(ring.last + 1, ring.last + more))
            for seq, _frame in ring.after(cursor, room):
                cursor = seq
                seen.append(seq)
        seen += [seq for seq, _frame in ring.after(cursor, 10**6)]
        assert seen == list(range(start + 1, ring.last + 1))
        assert len(ring.frames) <= hub.RING


def _connection(sent, closed=None, user=1, window=256):
    async def send(frame):
        sent.append(frame)

    async def close(code):
        (closed if closed is not None else sent).append(code)

    return Connection(user_id=user, session_key="", rights=(), send=send, close=close, window=window)


@asynccontextmanager
async def _served(here, *connections):
    """Connections in the hub, each with its pump."""
    for connection in connections:
        assert here.add(connection)
    pumps = [asyncio.create_task(here.pump(connection)) for connection in connections]
    try:
        yield
    finally:
        for connection in connections:
            await here.remove(connection)
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)


async def _until(condition):
    """Let the loop run until something holds."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


class TestWindow:
    def test_room_is_what_was_not_acknowledged_short_of_the_window(self):
        connection = _connection([], window=10)
        connection.sent = 7
        assert (connection.room, connection.acknowledge(5), connection.room) == (3, True, 8)

    @pytest.mark.parametrize(("count", "taken"), [(0, False), (3, False), (4, True), (7, True), (8, False)])
    def test_an_acknowledgement_goes_forward_and_not_beyond_what_was_sent(self, count, taken):
        connection = _connection([])
        connection.sent, connection.acknowledged = 7, 3
        assert connection.acknowledge(count) is taken
        assert connection.acknowledged == (count if taken else 3)

    @pytest.mark.parametrize(("unread", "may"), [(0, True), (10, True), (73, True), (74, False), (90, False)])
    def test_what_one_asks_for_may_go_the_reserve_further(self, unread, may):
        connection = _connection([], window=10)
        connection.sent = unread
        assert connection.may_ask is may


@pytest.mark.django_db(transaction=True)
class TestHub:
    async def test_followers_share_one_ring_and_the_last_takes_it_along(self):
        here = Hub(asyncio.get_running_loop())
        one, two = _connection([]), _connection([], user=2)
        for connection in (one, two):
            await here.open_rings(connection, ["line-1"])
            here.follow(connection, "line-1", 0)
        assert list(here.rings) == ["line-1"]
        assert here.rings["line-1"].followers == {one, two}
        here.unfollow(one, "line-1")
        assert (one.cursors, here.rings["line-1"].followers) == ({}, {two})
        here.unfollow(two, "line-1")
        assert here.rings == {}
        here.unfollow(two, "line-1")  # twice does no harm

    async def test_a_ring_opens_where_the_journal_stands(self):
        await sync_to_async(journal.append)(
            "line-1", LineLeft(number=1, place=1), LineLeft(number=2, place=1)
        )
        here = Hub(asyncio.get_running_loop())
        (ring,) = await here.open_rings(_connection([]), ["line-1"])
        assert (ring.start, ring.last) == (2, 2)

    async def test_two_that_open_one_ring_at_once_get_the_same(self):
        here = Hub(asyncio.get_running_loop())
        opened = await asyncio.gather(
            *[here.open_rings(_connection([], user=n), ["line-1"]) for n in range(4)]
        )
        rings = [ring for (ring,) in opened]
        assert len({id(ring) for ring in rings}) == 1
        assert len(rings[0].followers) == 4

    async def test_only_what_somebody_follows_and_lacks_is_read(self):
        here = Hub(asyncio.get_running_loop())
        await here.open_rings(_connection([]), ["line-1"])
        here.rings["line-1"].last = 5
        for reached in ({"line-2": 9}, {"line-1": 5}, {"line-1": 4}, {}):
            here.note(reached)
        assert (here._behind, here._wake.is_set()) == (set(), False)
        here.note({"line-1": 6, "line-2": 9})
        assert (here._behind, here._wake.is_set()) == ({"line-1"}, True)

    async def test_the_last_socket_stops_the_tasks_and_the_next_starts_them_again(self):
        here = Hub(asyncio.get_running_loop())
        one, two = _connection([]), _connection([], user=2)
        here.add(one)
        tasks = list(here._tasks)
        here.add(two)
        assert here._tasks == tasks
        await here.remove(one)
        assert not any(task.done() for task in tasks)
        await here.remove(two)
        assert all(task.cancelled() for task in tasks)
        here.add(one)
        assert len(here._tasks) == len(tasks)
        await here.remove(one)

    async def test_a_stream_read_in_parts_is_read_to_its_end(self, monkeypatch):
        from fairs.realtime import reader

        monkeypatch.setattr(reader, "BATCH", 4)
        here, sent = Hub(asyncio.get_running_loop()), []
        connection = _connection(sent)
        async with _served(here, connection):
            await here.open_rings(connection, ["line-1"])
            here.follow(connection, "line-1", 0)
            await sync_to_async(journal.append)("line-1", *[LineLeft(number=n, place=1) for n in range(11)])
            here.note({"line-1": 11})
            await _until(lambda: len(sent) == 11)
        assert [frame.count('"seq": ') for frame in sent] == [1] * 11

    async def test_many_streams_of_one_socket_each_in_order(self):
        here, sent = Hub(asyncio.get_running_loop()), []
        connection = _connection(sent)
        names = [f"line-{n}" for n in range(5)]
        async with _served(here, connection):
            for name in names:
                await here.open_rings(connection, [name])
                here.follow(connection, name, 0)
            for _ in range(4):
                for name in names:
                    reached = await sync_to_async(journal.append)(name, LineLeft(number=1, place=1))
                    here.note({name: reached})
            await _until(lambda: len(sent) == 20)
        for name in names:
            assert [f'"seq": {n}' for n in (1, 2, 3, 4)] == [
                part
                for frame in sent
                if f'"{name}"' in frame
                for part in frame.split(", ")
                if '"seq"' in part
            ]

    async def test_a_socket_that_does_not_take_its_close_holds_up_nobody(self):
        """A server that waits for a stalled reader: the others are judged and closed all the same."""
        here, never, closed = Hub(asyncio.get_running_loop()), asyncio.Event(), []
        stuck, other = _connection([]), _connection([], closed, user=2)

        async def hangs(code):
            await never.wait()

        stuck.close = hangs
        for connection in (stuck, other):
            here.connections.add(connection)
            await here.open_rings(connection, ["line-1"])
            here.follow(connection, "line-1", 0)
        async with asyncio.timeout(5):
            await here.check_rights()  # neither has a session
            await _until(lambda: closed == [4401])
        assert (here.rings, stuck.cursors, len(here._apart)) == ({}, {}, 1)
        never.set()
        await _until(lambda: not here._apart)

    async def test_everybody_is_judged_however_few_at_a_time(self, monkeypatch):
        monkeypatch.setattr(hub, "AT_ONCE", 2)
        here, closed = Hub(asyncio.get_running_loop()), []
        for user in range(5):
            here.connections.add(_connection([], closed, user=user))
        await here.check_rights()  # none has a session
        await _until(lambda: closed == [4401] * 5)

    async def test_what_is_acknowledged_while_a_send_waits_lets_the_rest_go(self):
        """The window is used up by a send that hangs; the acknowledgement comes before anybody knows that more waits."""
        here, sent, taken = Hub(asyncio.get_running_loop()), [], asyncio.Event()
        connection = _connection(sent, window=2)

        async def hangs(frame):
            sent.append(frame)
            await taken.wait()

        connection.send = hangs
        async with _served(here, connection):
            (ring,) = await here.open_rings(connection, ["line-1"])
            ring.add(_rows(1, 3))
            here.follow(connection, "line-1", 0)
            await _until(lambda: sent == ["frame 1"])
            assert connection.acknowledge(1) is True
            taken.set()
            await _until(lambda: sent == ["frame 1", "frame 2", "frame 3"])

    async def test_an_acknowledgement_wakes_only_who_has_no_room(self):
        here, sent = Hub(asyncio.get_running_loop()), []
        connection = _connection(sent, window=2)
        async with _served(here, connection):
            (ring,) = await here.open_rings(connection, ["line-1"])
            ring.add(_rows(1, 1))
            here.follow(connection, "line-1", 0)
            await _until(lambda: sent == ["frame 1"])
            assert (connection.acknowledge(1), connection.wake.is_set()) == (True, False)
            ring.add(_rows(2, 4))
            connection.wake.set()
            await _until(lambda: connection.full_since is not None)
            assert (connection.acknowledge(2), connection.wake.is_set()) == (True, True)
            await _until(lambda: sent == [frame for _seq, frame in _rows(1, 4)])

    async def test_hubs_of_closed_loops_are_forgotten(self):
        other = asyncio.new_event_loop()
        hub._hubs[other] = Hub(other)
        other.close()
        hub.wake_local({"line-1": 1})  # a closing loop has no readers left, and raises nothing
        assert hub.current() is hub.current()
        assert other not in hub._hubs


def test_frames_are_json_with_the_letters_as_they_are():
    assert hub.event_frame("line-1", 3, "line_left", {"number": 2, "note": "号"}) == (
        '{"type": "event", "stream": "line-1", "seq": 3, "kind": "line_left", "data": {"number": 2, "note": "号"}}'
    )


class TestEnding:
    async def test_everybody_is_sent_away_and_nobody_let_in(self):
        here, closed = Hub(asyncio.get_running_loop()), []
        for user in (1, 2, 3):
            connection = _connection([], user=user)
            connection.close = partial(_closed, closed, user)
            here.add(connection)
        await here.drain(0)
        await _until(lambda: len(closed) == 3)
        assert (sorted(closed), here.draining) == ([(1, 4503), (2, 4503), (3, 4503)], True)
        for connection in list(here.connections):
            await here.remove(connection)

    async def test_the_server_ends_after_its_sockets_and_when_asked_twice_at_once(self):
        happened, let_go = [], asyncio.Event()
        before = signal.signal(signal.SIGTERM, lambda *_: happened.append("server"))

        async def drain():
            happened.append("drain")
            await let_go.wait()

        try:
            ending.before_the_end(asyncio.get_running_loop(), drain)
            os.kill(os.getpid(), signal.SIGTERM)
            await _until(lambda: happened == ["drain"])
            os.kill(os.getpid(), signal.SIGTERM)
            await _until(lambda: happened == ["drain", "server"])
            let_go.set()
            await _until(lambda: happened == ["drain", "server", "server"])
        finally:
            signal.signal(signal.SIGTERM, before)


async def _closed(closed, user, code):
    closed.append((user, code))
