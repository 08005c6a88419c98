"""A crowd that comes in one moment: read together, told apart, and each state true at its number."""

import asyncio
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fairs import snapshots
from fairs.domain import journal, line
from fairs.models import Event
from fairs.protocol.events import LineLeft, LinePaused
from fairs.realtime import entrance
from fairs.realtime.together import Together
from tests.factories.fairs import BoothFactory, FairFactory, recruiter_at, staff_of, student_at
from tests.factories.schools import AllianceFactory, SchoolFactory
from tests.fairs.support import talk_at


def _asked(actor, streams, room=256):
    return entrance.Asked(
        actor.user_id, dict.fromkeys(streams, 0) if isinstance(streams, list) else streams, room
    )


@pytest.fixture
def crowd():
    """People of every kind, each with a place or a talk of their own, and the streams of all of them."""
    booth = BoothFactory()
    in_talk, recruiter, talk = talk_at(booth)
    waiting = [student_at(booth.fair) for _ in range(3)]
    for student in waiting:
        line.join_line(actor=student, booth_id=booth.pk)
    foreign = student_at(FairFactory())
    people = [
        *waiting,
        in_talk,
        recruiter,
        recruiter_at(BoothFactory(fair=booth.fair)),
        staff_of(booth.fair),
        foreign,
    ]
    streams = [f"fair-{booth.fair_id}", f"line-{booth.pk}", f"booth-{booth.pk}", f"meeting-{talk.pk}"]
    return (
        booth,
        people,
        [*streams, *(f"person-{person.user_id}" for person in people), "meeting-77", "line-07"],
    )


def _told(entries):
    """By person and stream what came: state, numbers of events, or None."""
    return [
        {name: entry and [json.loads(frame) for frame in entry.frames] for name, entry in one.items()}
        for one in entries
    ]


@pytest.mark.django_db
class TestTogether:
    def test_each_is_told_what_is_told_to_who_comes_alone(self, crowd):
        booth, people, streams = crowd
        asked = [_asked(person, streams) for person in people]
        together = _told(entrance.enter(asked))
        assert together == [_told(entrance.enter([one]))[0] for one in asked]
        places = [one[f"line-{booth.pk}"][0]["state"]["place"] for one in together[:-1]]
        assert places == [1, 2, 3, None, None, None, None]
        assert {name for name, told in together[-1].items() if told} == {f"person-{people[-1].user_id}"}

    def test_control_a_state_that_is_anothers_shows(self, crowd, monkeypatch):
        """What the test above finds where a line's state is shared like a hall's."""
        _booth, people, streams = crowd
        own = snapshots._STATES["line"]
        monkeypatch.setitem(
            snapshots._STATES, "line", lambda wanted: dict.fromkeys(wanted, next(iter(own(wanted).values())))
        )
        asked = [_asked(person, streams) for person in people]
        assert _told(entrance.enter(asked)) != [_told(entrance.enter([one]))[0] for one in asked]

    def test_of_two_alike_the_one_who_registered_before_is_let_in_alone(self):
        school = SchoolFactory(alliance=AllianceFactory())
        fair = FairFactory(school=school, entry="school")
        booth = BoothFactory(fair=fair)
        home = FairFactory(school=SchoolFactory(alliance=school.alliance))
        neighbours = [student_at(home, registered=False) for _ in range(2)]
        fair.registrations.create(student_id=neighbours[1].student_id)
        streams = [f"fair-{fair.pk}", f"line-{booth.pk}"]
        pairs = [(actor, stream) for actor in neighbours for stream in streams]
        assert snapshots.followable(pairs) == set(pairs[2:])
        assert snapshots.followable(reversed(pairs)) == set(pairs[2:])

    def test_replay_to_some_and_a_snapshot_to_others(self, crowd):
        booth, people, _streams = crowd
        name = f"line-{booth.pk}"
        reached = journal.append(name, LineLeft(number=9, place=1), LinePaused(paused=True))
        known = [reached, reached - 1, reached - 2, 0, reached + 1]
        entries = entrance.enter(
            [_asked(person, {name: last}) for person, last in zip(people, known, strict=False)]
        )
        kinds = [[(f["type"], f["seq"]) for f in one[name]] for one in _told(entries)]
        event, snapshot = ("event", reached), ("snapshot", reached)
        assert kinds == [[], [event], [("event", reached - 1), event], [snapshot], [snapshot]]
        assert [one[name].seq for one in entries] == [reached] * 5
        Event.objects.filter(seq=reached - 1).delete()
        entries = entrance.enter([_asked(people[0], {name: last}) for last in (reached - 1, reached - 2)])
        assert [_told([one])[0][name][0]["type"] for one in entries] == ["event", "snapshot"]

    @pytest.mark.parametrize("people", [1, 3, 30])
    def test_a_crowd_costs_the_queries_of_one(self, people):
        booth = BoothFactory()
        students = [student_at(booth.fair) for _ in range(people)]
        mine = [f"fair-{booth.fair_id}", f"line-{booth.pk}"]
        asked = [_asked(one, [*mine, f"person-{one.user_id}"]) for one in students]
        with CaptureQueriesContext(connection) as captured:
            entries = entrance.enter(asked)
        assert all(entry for one in entries for entry in one.values())
        assert len({id(one[mine[0]].frames[0]) for one in entries}) == 1
        assert len(captured) == 16


@pytest.mark.django_db
class TestNumber:
    """Somebody joins between the look at the number and the look at the rows, as often as it takes."""

    def _joining(self, monkeypatch, times):
        booth = BoothFactory()
        comers = [student_at(booth.fair) for _ in range(times)]
        read = snapshots._STATES["line"]

        def join_first(wanted):
            if comers:
                line.join_line(actor=comers.pop(), booth_id=booth.pk)
            return read(wanted)

        monkeypatch.setitem(snapshots._STATES, "line", join_first)
        return staff_of(booth.fair), f"line-{booth.pk}"

    @pytest.mark.parametrize("times", [1, snapshots.TRIES - 1, snapshots.TRIES])
    def test_a_state_stands_at_its_number(self, monkeypatch, times):
        seq, state = snapshots.take(*self._joining(monkeypatch, times))
        assert (seq, state["length"]) == (times, times)

    def test_control_with_one_look_it_stands_at_an_older_one(self, monkeypatch):
        asked = self._joining(monkeypatch, 1)
        monkeypatch.setattr(journal, "reached", lambda streams: {})
        seq, state = snapshots.take(*asked)
        assert (seq, state["length"]) == (0, 1)


class TestHops:
    def _together(self, at_most=10):
        hops, gate = [], asyncio.Event()

        async def hop(questions):
            hops.append(list(questions))
            await gate.wait()
            return [10 // question for question in questions]

        return Together(hop, at_most), hops, gate

    async def _asking(self, together, questions):
        tasks = [asyncio.create_task(together.ask(question)) for question in questions]
        for _ in range(3):
            await asyncio.sleep(0)
        return tasks

    async def test_what_comes_during_a_hop_goes_together_in_the_next(self):
        together, hops, gate = self._together(at_most=2)
        tasks = await self._asking(together, [1])
        tasks += await self._asking(together, [2, 5, 10])
        gate.set()
        assert (await asyncio.gather(*tasks), hops) == ([10, 5, 2, 1], [[1], [2, 5], [10]])
        assert await together.ask(1) == 10

    async def test_one_that_cannot_be_answered_spoils_no_others(self):
        together, hops, gate = self._together()
        tasks = await self._asking(together, [1])
        tasks += await self._asking(together, [2, 0, 5])
        gate.set()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert ([*found[:2], found[3]], type(found[2])) == ([10, 5, 2], ZeroDivisionError)
        assert hops == [[1], [2, 0, 5], [2], [0], [5]]

    async def test_who_went_meanwhile_is_not_asked_for(self):
        together, hops, gate = self._together()
        tasks = await self._asking(together, [1])
        tasks += await self._asking(together, [2, 5])
        tasks[1].cancel()
        await asyncio.sleep(0)
        gate.set()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert ([found[0], found[2]], type(found[1]), hops) == ([10, 2], asyncio.CancelledError, [[1], [5]])
