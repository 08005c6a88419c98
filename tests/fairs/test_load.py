"""The measuring itself: its client against real servers, its count of what is lost, its comparison with the journal.

The runs are `manage.py bench_fair` and `manage.py chaos_fair`, too long for a suite.
"""

import asyncio
import contextlib
import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from websockets.asyncio.server import broadcast, serve
from websockets.exceptions import ConnectionClosed

from backend.accounts.actor import actor_of
from backend.accounts.models import User
from fairs import snapshots
from fairs.domain import line
from fairs.models import Booth, CommandReceipt, Event, Meeting, Message, Ticket
from fairs.protocol import commands
from fairs.realtime import handlers
from tests.load import ground, verify
from tests.load.client import Client
from tests.load.room import FRAME, Caller, filled
from tests.load.tally import Tally
from tests.load.wire import Door, Refused, open_wire


@contextlib.asynccontextmanager
async def speaking(enter):
    """The door of a server of another make, each of whose connections `enter` serves."""
    async with serve(enter, "127.0.0.1", 0, compression=None) as server:
        yield Door(server.sockets[0].getsockname()[1])


class TestWire:
    @pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 100_000])
    async def test_frames_of_every_size_come_whole(self, size):
        heard = asyncio.get_running_loop().create_future()

        async def enter(connection):
            await connection.send(await connection.recv() * size)
            await connection.wait_closed()

        async with speaking(enter) as door:
            wire = await open_wire(door, "", heard.set_result)
            wire.send(b"x")
            assert await asyncio.wait_for(heard, 5) == b"x" * size
            wire.cut()

    async def test_the_close_code_is_told_and_pings_are_answered(self):
        async def enter(connection):
            await (await connection.ping())
            await connection.close(4408)

        async with speaking(enter) as door:
            wire = await open_wire(door, "", print)
            assert await asyncio.wait_for(wire.closed, 5) == 4408

    async def test_a_handshake_that_is_refused_says_the_status(self):
        async def no(connection, _request):
            return connection.respond(503, "")

        async with serve(print, "127.0.0.1", 0, process_request=no) as server:
            with pytest.raises(Refused) as refusal:
                await open_wire(Door(server.sockets[0].getsockname()[1]), "", print)
        assert refusal.value.status == 503

    async def test_a_frame_split_anywhere_is_one_frame(self):
        from tests.load.wire import Wire

        heard = []
        wire = Wire(Door(1), "", heard.append)
        wire.opened.set_result(None)
        sent = b"\x81\x02hi" + b"\x81\x7e\x00\x80" + b"y" * 128
        for n in range(len(sent)):
            wire.data_received(sent[n : n + 1])
        assert heard == [b"hi", b"y" * 128]


class TestTally:
    @pytest.mark.parametrize(
        ("seqs", "wrong"),
        [
            ([1, 2, 3], {}),
            ([1, 3], {"gap": 1}),
            ([1, 1], {"again": 1}),
            ([1, 3, 2, 4], {"gap": 1, "again": 1}),
        ],
    )
    def test_a_gap_a_repeat_and_a_reorder_are_seen(self, seqs, wrong):
        tally, seen = Tally(), 0
        for seq in seqs:
            if tally.event("s", seen, seq):
                seen = seq
        assert (tally.delivered, dict(tally.wrong)) == (len(seqs), wrong)

    def test_a_snapshot_jumps_ahead_and_never_back(self):
        tally = Tally()
        tally.snapshot(3, 9)
        assert not tally.wrong
        tally.snapshot(3, 2)
        assert dict(tally.wrong) == {"back": 1}

    def test_the_delay_counts_from_the_journals_row_and_leaves_out_what_was_replayed(self):
        tally = Tally()
        tally.received("a", 1, at=10.5, since=9.0)
        tally.received("b", 1, at=20.0, since=19.0)
        tally.received("b", 2, at=21.0, since=19.0)
        journal = [("a", 1, 10.0), ("b", 1, 18.0), ("b", 2, 20.0), ("c", 1, 0.0)]
        assert list(tally.latencies(journal)) == [0.5, 1.0]


class Stage:
    """A server that says what a test tells it to, frame by frame, and keeps what it was told."""

    def __init__(self):
        self.heard, self.connections = [], []
        self.told = asyncio.Queue()

    async def enter(self, connection):
        self.connections.append(connection)
        with contextlib.suppress(ConnectionClosed):
            async for text in connection:
                frame = json.loads(text)
                self.heard.append(frame)
                if frame["type"] == "command":
                    await self.told.put(frame)

    async def say(self, **frame):
        await self.connections[-1].send(json.dumps(frame))

    async def answer(self, ok=True):
        """Answer the next command; its frame."""
        frame = await asyncio.wait_for(self.told.get(), 5)
        await self.say(type="answer", id=frame["id"], ok=ok, **({"result": {}} if ok else {"error": "x"}))
        return frame


class TestClient:
    async def test_what_was_not_answered_is_asked_again_with_the_same_id_and_the_streams_go_on(self):
        stage = Stage()
        async with speaking(stage.enter) as door:
            client = Client(door, "", ["fair-1"], Tally(), seed=7).start()
            await stage.answer(ok=False)  # the mark behind the hello
            await client.back.wait()
            await stage.say(type="snapshot", stream="fair-1", seq=4, state={})
            await stage.say(type="event", stream="fair-1", seq=5, kind="k", data={})
            asked = asyncio.create_task(client.command("join_line", booth=1))
            first = await asyncio.wait_for(stage.told.get(), 5)
            await stage.connections[0].close(1001)
            client._random = SimpleNamespace(random=lambda: 0.0)
            await stage.answer(ok=False)
            again = await stage.answer()
            assert (await asked)["ok"] is True
            await client.leave()
        hellos = [frame["streams"] for frame in stage.heard if frame["type"] == "hello"]
        assert (first, hellos) == (again, [{"fair-1": 0}, {"fair-1": 5}])
        assert list(client.acknowledged) == [first["id"]]
        assert dict(client.tally.wrong) == {}

    async def test_it_acknowledges_like_a_page_and_gives_up_like_a_page(self):
        stage = Stage()
        async with speaking(stage.enter) as door:
            client = Client(door, "", ["fair-1"], Tally()).start()
            await stage.answer(ok=False)
            for seq in range(1, 64):
                await stage.say(type="event", stream="fair-1", seq=seq, kind="k", data={})
            await stage.connections[0].close(4401)
            await asyncio.wait_for(client._task, 5)
        assert [frame for frame in stage.heard if frame["type"] == "ack"] == [
            {"type": "ack", "count": 32},
            {"type": "ack", "count": 64},
        ]
        assert (client.gone, client.tally.delivered) == (4401, 63)


async def test_a_room_on_the_bare_server_hears_what_is_shouted_once():
    room = set()

    async def enter(connection):
        room.add(connection)
        async for message in connection:
            broadcast(room, message)

    async with (
        speaking(enter) as door,
        filled(door, [""] * 3, "line-1", fair=False) as full,
    ):
        caller = await Caller(door).connect()
        for seq in (1, 2, 4):
            caller.shout(seq, FRAME)
        await full.reached(4, patience=5)
    assert (full.tally.delivered, dict(full.tally.wrong)) == (9, {"gap": 3})


@pytest.mark.django_db
class TestGround:
    def test_everybody_is_signed_in_and_stands_where_it_says(self):
        laid = ground.lay(booths=2, recruiters=3, students=4, lines=1)
        for person in [*laid.recruiters, *laid.students]:
            store = SessionStore(person.cookie.removeprefix(f"{settings.SESSION_COOKIE_NAME}="))
            assert get_user(SimpleNamespace(session=store)).pk == person.user_id
        assert [person.booth for person in laid.recruiters] == [
            laid.booths[0],
            laid.booths[1],
            laid.booths[0],
        ]
        first = actor_of(User.objects.get(pk=laid.students[2].user_id))
        seq, state = snapshots.take(first, f"line-{laid.booths[0]}")
        assert (seq, state) == (0, {"length": 2, "paused": False, "message": "", "number": 2, "place": 2})
        drawn = line.join_line(actor=first, booth_id=laid.booths[1])
        assert drawn.number == 3

    def test_talks_are_open_to_both_sides(self):
        laid = ground.lay(booths=1, recruiters=2, students=2, lines=0)
        for student, recruiter, meeting in ground.talks(laid, 2):
            for person in (student, recruiter):
                actor = actor_of(User.objects.get(pk=person.user_id))
                assert snapshots.may_follow(actor, f"meeting-{meeting}")
        assert list(Booth.objects.values_list("last_number", flat=True)) == [2]
        assert Meeting.objects.count() == Ticket.objects.filter(status="meeting").count() == 2


@pytest.mark.django_db
class TestVerify:
    """A talk of two, told to two tabs by hand; then one thing is taken away."""

    @pytest.fixture
    def people(self, frozen_now):
        laid = ground.lay(booths=1, recruiters=1, students=1, lines=0)
        (recruiter,), (student,), booth = laid.recruiters, laid.students, laid.booths[0]
        tabs = {
            person.user_id: SimpleNamespace(acknowledged={}, seen={}, states={})
            for person in (recruiter, student)
        }

        def ask(person, name, **args):
            tab = tabs[person.user_id]
            command_id = f"c{len(tab.acknowledged)}"
            answer = handlers.run(person.user_id, command_id, commands.parse(name, args))
            assert answer["ok"], answer
            frame = {"type": "answer", "id": command_id, **json.loads(json.dumps(answer))}
            tab.acknowledged[command_id] = {"name": name, "args": args}, frame
            return answer["result"]

        ticket = ask(student, "join_line", booth=booth)["ticket"]
        ask(student, "step_away", ticket=ticket)
        ask(student, "come_back", ticket=ticket)
        ask(recruiter, "call_next", booth=booth)
        ask(recruiter, "put_back", ticket=ticket)
        ask(recruiter, "call_next", booth=booth)
        meeting = ask(student, "accept_call", ticket=ticket)["meeting"]
        ask(student, "send_message", meeting=meeting, text="您好")
        ask(recruiter, "end_meeting", meeting=meeting, outcome="offer")
        for person, streams in (
            (recruiter, [f"booth-{booth}"]),
            (student, [f"meeting-{meeting}", f"line-{booth}"]),
        ):
            actor = actor_of(User.objects.get(pk=person.user_id))
            for stream in [*streams, f"person-{person.user_id}"]:
                tab = tabs[person.user_id]
                tab.seen[stream], tab.states[stream] = snapshots.take(actor, stream)
        return list(tabs.items())

    def look(self, people):
        found = verify.with_everybody(people, verify.in_journal(people))
        return (
            len(found.without_receipt), len(found.without_event), len(found.doubled), len(found.behind), len(found.differing),
        )  # fmt: skip

    def test_a_whole_day_is_whole(self, people):
        assert self.look(people) == (0, 0, 0, 0, 0)
        assert verify.in_journal(people).acknowledged == 9

    def test_each_loss_is_found_for_what_it_is(self, people):
        CommandReceipt.objects.filter(answer__result__has_key="number").first().delete()
        assert self.look(people) == (1, 0, 0, 0, 0)
        Event.objects.filter(kind="message_sent").delete()
        assert self.look(people) == (1, 1, 0, 0, 0)
        message = Message.objects.get()
        Message.objects.create(
            meeting=message.meeting, author=message.author, text="您好", at=datetime.now(UTC)
        )
        assert self.look(people) == (1, 1, 1, 0, 1)  # and who talked has not heard of the second
        (_recruiter, console), (_student, page) = people
        console.seen[next(iter(console.seen))] -= 1
        assert self.look(people) == (1, 1, 1, 1, 1)
        page.states[next(name for name in page.states if name.startswith("person"))] = {"tickets": {"1": []}}
        assert self.look(people) == (1, 1, 1, 1, 2)
