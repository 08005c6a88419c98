"""The socket: hello, replay, snapshot, commands, limits, rights; over channels' own test client and real sessions."""

import asyncio
import json
import threading
from datetime import timedelta
from itertools import pairwise

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session

from backend.accounts.models import Membership, User
from backend.common import clock
from fairs.domain import group, journal, line, meeting
from fairs.models import Event, Ticket
from fairs.protocol import MAX_FRAME, RATE_BURST, events
from fairs.protocol.events import FairChanged, LineLeft
from fairs.protocol.state import apply
from fairs.realtime import consumers, entrance, hub, reader
from tests.fairs.group_hall import Hall
from tests.fairs.tab import PATIENCE, Tab, cookie_of, line_with, tab

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hall():
    return line_with()


class TestHandshake:
    async def test_foreign_origin_is_refused(self, hall):
        _booth, people, _recruiter = hall
        opened = Tab(await sync_to_async(cookie_of)(people[0]), b"http://evil.example")
        connected, _code = await opened.wire.connect(timeout=PATIENCE)
        assert connected is False

    async def test_nobody_signed_in_is_closed_with_4401(self, hall):
        async with tab() as opened:
            assert await opened.closed() == 4401

    async def test_another_version_is_closed_with_4426(self, hall):
        async with tab(hall[1][0]) as opened:
            await opened.hello(version=99)
            assert await opened.closed() == 4426

    async def test_ninth_socket_of_a_person_is_closed(self, hall):
        opened = []
        cookie = await sync_to_async(cookie_of)(hall[1][0])
        for number in range(1, 10):
            opened.append(Tab(cookie, b"http://localhost"))
            await opened[-1].wire.connect(timeout=PATIENCE)
            if number < 9:  # taken in for sure, which comes after accepting
                await opened[-1].hello()
                assert await opened[-1].read() == {"type": "welcome", "version": 1}
        assert await opened[-1].closed() == 4430
        for one in opened:
            await one.wire.disconnect()


class TestStreams:
    async def test_more_streams_than_one_look_takes_in_are_all_answered_in_their_order(self, hall):
        booth, people, _recruiter = hall
        strange = [f"meeting-{n}" for n in range(1, 2 * consumers.STREAMS_AT_ONCE)]
        names = [f"line-{booth.pk}", *strange, f"fair-{booth.fair_id}"]
        async with tab(people[0]) as opened:
            await opened.send(type="hello", version=1, streams=dict.fromkeys(names, 0))
            frames = [await opened.read() for _ in range(1 + len(names))]
            assert [frame.get("stream") for frame in frames] == [None, *names]
            assert [frame["type"] for frame in frames] == [
                "welcome", "snapshot", *["refused"] * len(strange), "snapshot",
            ]  # fmt: skip
            assert set(hub.current().rings) == {names[0], names[-1]}

    def test_what_is_replayed_of_one_stream_leaves_less_room_for_the_next(self, hall):
        booth, people, _recruiter = hall
        for name in ("line", "fair"):
            for _ in range(3):
                told = LineLeft(number=1, place=1) if name == "line" else FairChanged(status="live")
                journal.tell((told, booth.pk if name == "line" else booth.fair_id))
        missed = {f"line-{booth.pk}": 1, f"fair-{booth.fair_id}": 1}
        asked = [entrance.Asked(people[0].user_id, missed, room) for room in (4, 3)]
        kinds = [
            [[json.loads(frame)["type"] for frame in entry.frames] for entry in entries.values()]
            for entries in entrance.enter(asked)
        ]
        assert kinds == [[["event"] * 2, ["event"] * 2], [["event"] * 2, ["snapshot"]]]

    async def test_snapshot_then_events(self, hall):
        booth, people, _recruiter = hall
        async with tab(people[0]) as opened:
            await opened.hello(**{f"line_{booth.pk}": 0})
            assert await opened.read() == {"type": "welcome", "version": 1}
            first = await opened.read()
            assert first == {
                "type": "snapshot",
                "stream": f"line-{booth.pk}",
                "seq": 0,
                "state": {"length": 0, "paused": False, "message": "", "number": None, "place": None},
            }
            await sync_to_async(line.join_line)(actor=people[1], booth_id=booth.pk)
            assert await opened.read() == {
                "type": "event",
                "stream": f"line-{booth.pk}",
                "seq": 1,
                "kind": "line_joined",
                "data": {"number": 1, "place": 1},
            }

    async def test_replay_from_where_one_was(self, hall):
        booth, people, recruiter = hall
        for person in people:
            await sync_to_async(line.join_line)(actor=person, booth_id=booth.pk)
        await sync_to_async(line.call_next)(actor=recruiter, booth_id=booth.pk)
        async with tab(people[0]) as opened:
            await opened.hello(**{f"line_{booth.pk}": 1})
            await opened.read()
            got = [await opened.read() for _ in range(2)]
            assert [(f["seq"], f["kind"]) for f in got] == [(2, "line_joined"), (3, "line_left")]

    async def test_a_number_from_the_future_gets_a_snapshot(self, hall):
        booth, people, _recruiter = hall
        async with tab(people[0]) as opened:
            await opened.hello(**{f"line_{booth.pk}": 77})
            await opened.read()
            assert (await opened.read())["type"] == "snapshot"

    async def test_erased_history_gets_a_snapshot(self, hall):
        booth, people, _recruiter = hall
        for person in people:
            await sync_to_async(line.join_line)(actor=person, booth_id=booth.pk)
        await sync_to_async(Event.objects.all().delete)()
        async with tab(people[0]) as opened:
            await opened.hello(**{f"line_{booth.pk}": 1})
            await opened.read()
            got = await opened.read()
            assert (got["type"], got["seq"], got["state"]["place"]) == ("snapshot", 2, 1)

    async def test_other_peoples_streams_are_refused(self, hall):
        booth, people, _recruiter = hall
        async with tab(people[0]) as opened:
            names = [f"person_{people[1].user_id}", f"booth_{booth.pk}", "meeting_1", "nonsense_1"]
            await opened.hello(**dict.fromkeys(names, 0))
            await opened.read()
            for name in names:
                refused = {"type": "refused", "stream": name.replace("_", "-"), "error": "not_found"}
                assert await opened.read() == refused
            await sync_to_async(line.join_line)(actor=people[1], booth_id=booth.pk)
            assert await opened.wire.receive_nothing(timeout=0.3)

    async def test_two_tabs_end_with_the_same_state_nothing_lost_or_doubled(self, hall):
        booth, people, recruiter = hall
        name = f"line-{booth.pk}"
        async with tab(people[0]) as one, tab(recruiter) as two:
            states = []
            for opened in (one, two):
                await opened.hello(**{name: 0})
                await opened.read()
                states.append((await opened.read())["state"])
            for person in people:
                await sync_to_async(line.join_line)(actor=person, booth_id=booth.pk)
            called = await sync_to_async(line.call_next)(actor=recruiter, booth_id=booth.pk)
            await sync_to_async(line.put_back)(actor=recruiter, ticket_id=called.pk)
            ends = []
            for opened, state in zip((one, two), states, strict=True):
                got = [await opened.read() for _ in range(4)]
                assert all(b["seq"] == a["seq"] + 1 for a, b in pairwise(got))
                for frame in got:
                    state = apply(state, events.read(frame["kind"], frame["data"]))  # noqa: PLW2901 - folded
                ends.append(state["length"])
            assert ends == [2, 2]

    async def test_a_lost_bell_is_mended_by_the_poll(self, hall, monkeypatch):
        booth, people, _recruiter = hall
        async with tab(people[0]) as opened:
            await opened.hello(**{f"line_{booth.pk}": 0})
            await opened.read()
            await opened.read()
            # Another process wrote, and its bell never rang here.
            monkeypatch.setattr(journal, "bells", [])
            await sync_to_async(line.join_line)(actor=people[1], booth_id=booth.pk)
            assert (await opened.read())["kind"] == "line_joined"


class TestWindow:
    async def test_unacknowledged_events_stop_at_the_window_and_go_on(self, hall):
        booth, people, recruiter = hall
        async with tab(people[0]) as opened:
            await opened.hello(**{f"line_{booth.pk}": 0})
            await opened.read()
            await opened.read()
            (connection,) = hub.current().connections
            connection.window = 4  # welcome and snapshot are two of them
            for person in people:
                await sync_to_async(line.join_line)(actor=person, booth_id=booth.pk)
            await sync_to_async(line.call_next)(actor=recruiter, booth_id=booth.pk)
            assert [(await opened.read())["seq"] for _ in range(2)] == [1, 2]
            assert await opened.wire.receive_nothing(timeout=0.3)
            await opened.send(type="ack", count=4)
            assert (await opened.read())["seq"] == 3

    async def test_an_acknowledgement_of_what_was_never_sent_closes(self, hall):
        async with tab(hall[1][0]) as opened:
            await opened.send(type="ack", count=5)
            assert await opened.closed() == 4400

    async def test_a_request_that_hangs_in_the_thread_of_the_pages_holds_up_no_frame(self, hall):
        """Django's sync views of a server share a thread; what a socket says needs none until it is a command."""
        free = threading.Event()
        async with tab(hall[1][0]) as opened:
            await opened.following(**{f"line_{hall[0].pk}": 0})
            (connection,) = hub.current().connections
            hanging = asyncio.ensure_future(sync_to_async(free.wait)())
            try:
                await opened.send(type="ack", count=2)
                answer = await opened.command("fly")
                assert (answer["error"], connection.acknowledged) == ("bad_command", 2)
            finally:
                free.set()
                await hanging


class TestCommands:
    async def test_answer_comes_after_commit(self, hall):
        booth, people, _recruiter = hall
        async with tab(people[0]) as opened:
            answer = await opened.command("join_line", booth=booth.pk)
            ticket = await sync_to_async(Ticket.objects.get)()
            assert answer == {
                "type": "answer",
                "id": "c1",
                "ok": True,
                "result": {"ticket": ticket.pk, "number": 1},
            }

    async def test_a_repeated_id_gets_the_first_answer_even_on_another_socket(self, hall):
        booth, people, _recruiter = hall
        async with tab(people[0]) as opened:
            first = await opened.command("join_line", "same", booth=booth.pk)
        async with tab(people[0]) as again:
            assert await again.command("join_line", "same", booth=booth.pk) == first
        assert await sync_to_async(Ticket.objects.count)() == 1

    async def test_a_refusal_is_an_answer_with_a_code_and_stays(self, hall):
        booth, people, recruiter = hall
        async with tab(recruiter) as opened:
            refused = await opened.command("call_next", "r1", booth=booth.pk)
            assert (refused["ok"], refused["error"]) == (False, "line_empty")
            await sync_to_async(line.join_line)(actor=people[0], booth_id=booth.pk)
            assert await opened.command("call_next", "r1", booth=booth.pk) == refused
            assert (await opened.command("call_next", "r2", booth=booth.pk))["ok"] is True

    async def test_every_command_is_authorised_afresh(self, hall):
        booth, people, recruiter = hall
        await sync_to_async(line.join_line)(actor=people[0], booth_id=booth.pk)
        async with tab(recruiter) as opened:
            ended = Membership.objects.filter(user_id=recruiter.user_id)
            await sync_to_async(ended.update)(ended_at=clock.now())
            answer = await opened.command("call_next", booth=booth.pk)
            assert (answer["ok"], answer["error"]) == (False, "not_allowed")

    @pytest.mark.parametrize(
        ("name", "args", "message"),
        [
            ("fly", {}, "unknown command"),
            ("join_line", {}, "missing field booth"),
            ("join_line", {"booth": "1"}, "field booth must be int"),
            ("join_line", {"booth": True}, "field booth must be int"),
            ("join_line", {"booth": 1, "as": 2}, "unknown field as"),
            ("join_line", {"booth": -1}, "field booth is out of range"),
            ("send_message", {"meeting": 1, "text": 5}, "field text must be str"),
        ],
    )
    async def test_what_is_not_in_the_protocol_is_a_bad_command(self, hall, name, args, message):
        async with tab(hall[1][0]) as opened:
            answer = await opened.command(name, **args)
            assert (answer["error"], answer["message"]) == ("bad_command", message)


class TestLimits:
    @pytest.mark.parametrize(
        "text",
        [
            "{",
            "[]",
            "null",
            '{"type":"fly"}',
            '{"type":"hello"}',
            '{"type":"command","id":""}',
            "[" * 9999,
        ],
    )
    async def test_broken_frames_close_with_4400(self, hall, text):
        async with tab(hall[1][0]) as opened:
            await opened.wire.send_to(text_data=text)
            assert await opened.closed() == 4400

    async def test_a_frame_too_large_closes_with_4409(self, hall):
        async with tab(hall[1][0]) as opened:
            await opened.wire.send_to(text_data='"' + "字" * (MAX_FRAME // 3) + '"')
            assert await opened.closed() == 4409

    async def test_a_flood_closes_with_4429(self, hall):
        async with tab(hall[1][0]) as opened:
            for _ in range(RATE_BURST + 15):
                await opened.send(type="hello", version=1, streams={})
            assert await opened.closed() == 4429


class TestRevocation:
    """Each way to lose a right closes the socket within five seconds of the clock."""

    @pytest.mark.parametrize(
        ("revoke", "code"),
        [("session", 4401), ("inactive", 4401), ("password", 4401), ("membership", 4403), ("company", 4403)],
    )
    async def test_within_five_seconds(self, hall, frozen_now, revoke, code):
        booth, _people, recruiter = hall
        async with tab(recruiter) as opened:
            await opened.hello(**{f"booth_{booth.pk}": 0})
            await opened.read()
            await opened.read()
            await sync_to_async(_revoke)(revoke, booth, recruiter)
            clock.advance(timedelta(seconds=5))
            assert await opened.closed() == code

    async def test_who_keeps_the_right_stays(self, hall, frozen_now):
        booth, people, recruiter = hall
        async with tab(recruiter) as opened:
            await opened.hello(**{f"booth_{booth.pk}": 0})
            await opened.read()
            await opened.read()
            clock.advance(timedelta(seconds=60))
            await hub.current().check_rights()
            await sync_to_async(line.join_line)(actor=people[0], booth_id=booth.pk)
            assert (await opened.read())["kind"] == "ticket_moved"


class TestGroup:
    """Who is in a group session no more loses its stream within five seconds of the clock, and keeps the socket."""

    @pytest.fixture
    def session(self):
        hall = Hall()
        session = hall.open(size=3)
        return hall, session, hall.come(0, 1)

    @pytest.mark.parametrize("how", ["leaves", "over for one", "over for all"])
    async def test_who_left_hears_no_more_of_it(self, session, frozen_now, how):
        hall, led, talks = session
        stream = f"group-{led.pk}"
        async with tab(hall.students[0]) as gone, tab(hall.students[1]) as other, tab(hall.leader) as leader:
            for one in (gone, other, leader):
                await one.following(**{stream.replace("-", "_"): 0})
            if how == "over for all":
                await sync_to_async(group.end_group)(actor=hall.leader, group_id=led.pk)
                ended = [await one.read() for one in (gone, other, leader)]
                assert {frame["kind"] for frame in ended} == {"group_ended"}
            else:
                by = hall.students[0] if how == "leaves" else hall.leader
                await sync_to_async(meeting.end_meeting)(actor=by, meeting_id=talks[0].pk)
            clock.advance(timedelta(seconds=5))
            refused = {"type": "refused", "stream": stream, "error": "not_found"}
            assert await gone.read() == refused
            if how == "over for all":
                assert await other.read() == refused
            else:
                await sync_to_async(group.say_to_group)(actor=hall.leader, group_id=led.pk, text="还在的同学")
                assert (await other.read())["kind"] == (await leader.read())["kind"] == "group_said"
            assert await gone.silent()
            assert await leader.silent()
            await gone.hello(**{f"person_{hall.students[0].user_id}": 0})
            assert [(await gone.read())["type"] for _ in range(2)] == ["welcome", "snapshot"]

    async def test_the_control_asks_for_no_seats(self, session, frozen_now, monkeypatch):
        hall, led, talks = session
        everybody = {(actor.user_id, led.pk) for actor in hall.students}
        monkeypatch.setattr(reader.groups, "seated", lambda _sessions: everybody)
        async with tab(hall.students[0]) as gone:
            await gone.following(**{f"group_{led.pk}": 0})
            await sync_to_async(meeting.end_meeting)(actor=hall.students[0], meeting_id=talks[0].pk)
            clock.advance(timedelta(seconds=5))
            await hub.current().check_rights()
            await sync_to_async(group.say_to_group)(actor=hall.leader, group_id=led.pk, text="还在的同学")
            assert (await gone.read())["kind"] == "group_said"


def _revoke(how, booth, recruiter):
    user = User.objects.get(pk=recruiter.user_id)
    match how:
        case "session":
            Session.objects.all().delete()
        case "inactive":
            User.objects.filter(pk=user.pk).update(is_active=False)
        case "password":
            user.set_password("another long password")
            user.save()
        case "membership":
            Membership.objects.filter(user=user).update(ended_at=clock.now())
        case "company":
            booth.fair.status = "archived"
            booth.fair.save()
            booth.company.status = "suspended"
            booth.company.save()
