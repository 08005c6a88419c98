"""Flow control is ours: the window, the ring, lost bells, gaps, and readers that stall."""

import asyncio
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async

from backend.common import clock
from fairs.domain import journal, line
from fairs.models import Event
from fairs.protocol import RESERVE, WINDOW
from fairs.protocol.events import LineLeft, LinePaused
from fairs.realtime import entrance, handlers, hub
from fairs.realtime.connection import STALLED_AFTER
from tests.fairs.tab import PATIENCE, line_with, tab

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hall():
    return line_with()


def _say(stream, times):
    """That many events at once on a stream."""
    return journal.append(stream, *[LinePaused(paused=bool(n % 2)) for n in range(times)])


say = sync_to_async(_say)


async def _numbers(opened, count):
    return [(await opened.read())["seq"] for _ in range(count)]


class TestReplay:
    @pytest.mark.parametrize("known", [1, 50])
    async def test_what_fits_into_the_window_is_replayed(self, hall, known):
        booth, people, _recruiter = hall
        stream = f"line-{booth.pk}"
        reached = await say(stream, known + WINDOW - 1)
        async with tab(people[0]) as opened:
            await opened.hello(**{stream.replace("-", "_"): known})
            assert (await opened.read())["type"] == "welcome"
            assert await _numbers(opened, WINDOW - 1) == list(range(known + 1, reached + 1))

    async def test_one_more_than_fits_is_a_snapshot(self, hall):
        booth, people, _recruiter = hall
        reached = await say(f"line-{booth.pk}", WINDOW + 1)
        async with tab(people[0]) as opened:
            await opened.hello(**{f"line_{booth.pk}": 1})
            await opened.read()
            frame = await opened.read()
            assert (frame["type"], frame["seq"]) == ("snapshot", reached)

    async def test_two_streams_share_one_window(self, hall):
        booth, _people, recruiter = hall
        for name in ("line", "booth"):
            await say(f"{name}-{booth.pk}", 200)
        async with tab(recruiter) as opened:
            await opened.hello(**{f"line_{booth.pk}": 1, f"booth_{booth.pk}": 1})
            frames = [await opened.read() for _ in range(1 + 199 + 1)]
            kinds = [(frame["type"], frame.get("stream")) for frame in frames]
            assert kinds == [
                ("welcome", None),
                *[("event", f"line-{booth.pk}")] * 199,
                ("snapshot", f"booth-{booth.pk}"),
            ]

    async def test_events_between_hello_and_serving_are_neither_lost_nor_doubled(self, hall):
        """Somebody writes all the while: the numbers after the snapshot go on without a gap."""
        booth, people, _recruiter = hall
        stream = f"line-{booth.pk}"
        await say(stream, 3)
        async with tab(people[0]) as opened:
            await opened.hello(**{f"line_{booth.pk}": 0})
            for _ in range(10):
                await say(stream, 2)
            await opened.read()
            first = (await opened.read())["seq"]
            assert await _numbers(opened, 23 - first) == list(range(first + 1, 24))
            assert await opened.silent(0.05)

    async def test_a_second_hello_of_the_same_stream_starts_again_from_there(self, hall):
        booth, people, _recruiter = hall
        stream = f"line-{booth.pk}"
        await say(stream, 5)
        async with tab(people[0]) as opened:
            await opened.following(**{f"line_{booth.pk}": 0})
            await opened.hello(**{f"line_{booth.pk}": 3})
            await opened.read()
            assert await _numbers(opened, 2) == [4, 5]
            await say(stream, 1)
            assert await _numbers(opened, 1) == [6]
            assert await opened.silent(0.05)

    async def test_fifty_streams_are_allowed_and_one_more_closes(self, hall):
        async with tab(hall[1][0]) as opened:
            await opened.hello(**{f"line_{n}": 0 for n in range(1000, 1051)})
            assert await opened.closed() == 4400

    @pytest.mark.parametrize("alias", ["line_0{}", "line_+{}", "line_{}_", "line_²", "Line_{}", "line_{}e0"])
    async def test_a_stream_has_one_spelling(self, hall, alias):
        from fairs.models import Stream

        booth, people, _recruiter = hall
        async with tab(people[0]) as opened:
            name = alias.format(booth.pk)
            await opened.hello(**{name: 0})
            if not name.isascii():
                assert await opened.closed() == 4400
                return
            await opened.read()
            assert (await opened.read())["type"] == "refused"
        assert await sync_to_async(Stream.objects.count)() == 0


class TestWindow:
    async def test_acknowledging_nothing_new_closes(self, hall):
        async with tab(hall[1][0]) as opened:
            await opened.hello()
            await opened.read()
            await opened.send(type="ack", count=1)
            await opened.send(type="ack", count=1)
            assert await opened.closed() == 4400

    @pytest.mark.parametrize("count", [0, -1, 2, True, 1.0, "1", None, 2**70])
    async def test_impossible_acknowledgements_close(self, hall, count):
        async with tab(hall[1][0]) as opened:
            await opened.hello()
            await opened.read()
            await opened.send(type="ack", count=count)
            assert await opened.closed() == 4400

    async def test_who_never_reads_gets_no_answers_heaped_up(self, hall):
        async with tab(hall[1][0]) as opened:
            await opened.following()
            (connection,) = hub.current().connections
            connection.window = 2 - RESERVE
            await opened.command("join_line", booth=1)  # the second frame: the reserve is used up
            await opened.send(type="command", id="c2", name="join_line", args={"booth": 1})
            assert await opened.closed() == 4408

    async def test_answers_come_while_events_wait_for_room(self, hall):
        booth, people, _recruiter = hall
        async with tab(people[0]) as opened:
            await opened.following(**{f"line_{booth.pk}": 0})
            (connection,) = hub.current().connections
            connection.window = 2
            answer = await opened.command("join_line", booth=booth.pk)
            assert answer["ok"] is True
            assert await opened.silent(0.05)
            await opened.send(type="ack", count=3)
            assert (await opened.read())["kind"] == "line_joined"

    async def test_a_reader_that_stalls_is_closed_and_holds_up_nobody(self, hall):
        booth, people, _recruiter = hall
        async with tab(people[0]) as slow, tab(people[1]) as quick:
            for opened in (slow, quick):
                await opened.following(**{f"line_{booth.pk}": 0})
            (stalled,) = [c for c in hub.current().connections if c.user_id == people[0].user_id]
            stalled.window = 3
            await say(f"line-{booth.pk}", 5)
            assert await _numbers(quick, 5) == [1, 2, 3, 4, 5]
            assert await _numbers(slow, 1) == [1]
            assert await slow.silent(0.05)
            stalled.full_since -= STALLED_AFTER + 1
            assert await slow.closed() == 4408
            await say(f"line-{booth.pk}", 1)
            assert await _numbers(quick, 1) == [6]

    async def test_a_full_window_that_is_acknowledged_in_time_stays_open(self, hall):
        booth, people, _recruiter = hall
        async with tab(people[0]) as opened:
            await opened.following(**{f"line_{booth.pk}": 0})
            (connection,) = hub.current().connections
            connection.window = 3
            await say(f"line-{booth.pk}", 2)
            await _numbers(opened, 1)
            connection.full_since -= STALLED_AFTER - 5
            await opened.send(type="ack", count=3)
            assert await _numbers(opened, 1) == [2]
            assert (connection.full_since, connection.room) == (None, 2)

    async def test_a_reader_the_ring_has_passed_is_closed(self, hall, monkeypatch):
        monkeypatch.setattr(hub, "RING", 4)
        booth, people, _recruiter = hall
        async with tab(people[0]) as opened:
            await opened.following(**{f"line_{booth.pk}": 0})
            (connection,) = hub.current().connections
            connection.window = 2
            await say(f"line-{booth.pk}", 6)
            assert await opened.closed() == 4408
        # Whoever comes back with the last number it had gets what it missed.
        async with tab(people[0]) as again:
            await again.hello(**{f"line_{booth.pk}": 2})
            await again.read()
            assert await _numbers(again, 4) == [3, 4, 5, 6]


class TestLostBells:
    """The doorbell is lost: the poll asks what was reached, by the injected clock."""

    async def test_the_poll_mends_within_two_seconds_of_the_clock(self, hall, frozen_now, monkeypatch):
        booth, people, _recruiter = hall
        async with tab(people[0]) as opened:
            await opened.following(**{f"line_{booth.pk}": 0})
            monkeypatch.setattr(journal, "bells", [])
            await say(f"line-{booth.pk}", 2)
            assert await opened.silent(0.6)
            clock.advance(timedelta(seconds=1.5))
            assert await _numbers(opened, 2) == [1, 2]

    async def test_a_bell_that_comes_late_or_twice_changes_nothing(self, hall):
        booth, people, _recruiter = hall
        stream = f"line-{booth.pk}"
        async with tab(people[0]) as opened:
            await opened.following(**{f"line_{booth.pk}": 0})
            await say(stream, 3)
            assert await _numbers(opened, 3) == [1, 2, 3]
            for reached in (1, 3, 2):
                hub.wake_local({stream: reached, "line-999999": 8})
            assert await opened.silent(0.1)
            assert "line-999999" not in hub.current().rings

    async def test_a_bell_ahead_of_the_rows_is_no_event(self, hall):
        booth, people, _recruiter = hall
        stream = f"line-{booth.pk}"
        async with tab(people[0]) as opened:
            await opened.following(**{f"line_{booth.pk}": 0})
            hub.wake_local({stream: 5})
            assert await opened.silent(0.1)
            await say(stream, 1)
            assert await _numbers(opened, 1) == [1]

    async def test_what_was_erased_in_between_sends_the_reader_back_for_a_snapshot(self, hall, monkeypatch):
        booth, people, _recruiter = hall
        stream = f"line-{booth.pk}"
        async with tab(people[0]) as opened:
            await opened.following(**{f"line_{booth.pk}": 0})
            bells, journal.bells[:] = list(journal.bells), []
            await say(stream, 3)
            await sync_to_async(Event.objects.filter(seq__lte=2).delete)()
            journal.bells[:] = bells
            hub.wake_local({stream: 3})
            assert await opened.closed() == 4408
        async with tab(people[0]) as again:
            await again.hello(**{f"line_{booth.pk}": 1})
            await again.read()
            assert (await again.read())["type"] == "snapshot"

    async def test_a_rolled_back_write_rings_nothing_and_leaves_no_gap(self, hall):
        from django.db import transaction

        booth, people, _recruiter = hall
        stream = f"line-{booth.pk}"

        def undone():
            with transaction.atomic():
                journal.append(stream, LineLeft(number=1, place=1))
                transaction.set_rollback(True)

        async with tab(people[0]) as opened:
            await opened.following(**{f"line_{booth.pk}": 0})
            await sync_to_async(undone)()
            assert await opened.silent(0.1)
            await sync_to_async(line.join_line)(actor=people[1], booth_id=booth.pk)
            frame = await opened.read()
            assert (frame["seq"], frame["kind"]) == (1, "line_joined")

    async def test_a_database_away_for_a_moment_is_asked_again(self, hall, frozen_now, monkeypatch):
        from fairs.realtime import reader

        booth, people, _recruiter = hall
        stream, real, asked = f"line-{booth.pk}", reader.events_after, []

        def away_once(known):
            asked.append(known)
            if len(asked) == 1:
                raise OSError("the database is away")
            return real(known)

        async with tab(people[0]) as opened:
            await opened.following(**{f"line_{booth.pk}": 0})
            monkeypatch.setattr(reader, "events_after", away_once)
            # One ring alone: over Redis a process hears its own again, and would ask before the poll does.
            monkeypatch.setattr(journal, "bells", [])
            await say(stream, 1)
            hub.wake_local({stream: 1})
            assert await opened.silent(0.1)
            clock.advance(timedelta(seconds=2))
            assert await _numbers(opened, 1) == [1]


class TestFaults:
    """A handler that breaks ends its socket; nothing of it may stay behind, or its person is locked out at eight."""

    @pytest.mark.parametrize(
        ("broken", "step"), [(handlers, "run"), (entrance, "enter")], ids=["run", "enter"]
    )
    async def test_a_fault_gives_everything_back(self, hall, monkeypatch, broken, step):
        booth, people, _recruiter = hall

        def breaks(*_given):
            raise RuntimeError("the handler is broken")

        async def ask():
            async with tab(people[0]) as opened:
                await opened.following(**{f"fair_{booth.fair_id}": 0})
                monkeypatch.setattr(broken, step, breaks)
                if step == "run":
                    await opened.send(type="command", id="c1", name="join_line", args={"booth": booth.pk})
                else:
                    await opened.hello(**{f"line_{booth.pk}": 0})
                await asyncio.wait({opened.wire.future}, timeout=PATIENCE)
                opened.wire.future.result()

        with pytest.raises(RuntimeError, match="broken"):
            await ask()
        assert hub.current().connections == set()
        assert hub.current().rings == {}
