"""Group sessions: who is called into one, who declines or misses it, what is said in it."""

from datetime import timedelta

import pytest
from django.db.models import Q

from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from fairs import groups, queries, snapshots, turns
from fairs.domain import call, extension, group, handover, line, meeting
from fairs.models import Block, GroupMessage, GroupSession, Meeting, Ticket
from fairs.wait import Record, Turn, interval
from tests import scenes
from tests.factories.fairs import (
    FairFactory,
    PlanFactory,
    PlannedTalkFactory,
    recruiter_at,
    staff_of,
)
from tests.fairs.group_hall import Hall
from tests.fairs.support import refused, talk_at, told, trail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


made, hall = scenes.fixtures(Hall)


WAITS = "waiting"


class TestOpen:
    def test_the_first_free_are_called_together_each_with_the_usual_grace(self, hall):
        session = hall.open(size=3, topic="校招宣讲")
        assert hall.stands() == [
            (1, "called", True), (2, "called", True), (3, "called", True), (4, WAITS, False), (5, WAITS, False),
        ]  # fmt: skip
        now = clock.now()
        assert (session.recruiter_id, session.size, session.topic, session.status) == (
            hall.leader.user_id,
            3,
            "校招宣讲",
            "open",
        )
        assert session.ends_at == now + timedelta(seconds=90, minutes=8)
        ticket = Ticket.objects.get(pk=hall.tickets[1].pk)
        assert (ticket.called_at, ticket.answer_by) == (now, now + timedelta(seconds=90))
        assert (ticket.called_by_id, ticket.group_id) == (hall.leader.user_id, session.pk)
        assert ticket.call_reason == {
            "rule": "group",
            "waited": 0,
            "talks": 0,
            "bonus": 10,
            "passed_over": [],
        }

    def test_line_team_and_students_hear_it_in_the_order_of_the_line(self, hall):
        at = {
            name: len(told(name))
            for name in (
                f"line-{hall.booth.pk}",
                f"booth-{hall.booth.pk}",
                f"person-{hall.students[1].user_id}",
            )
        }
        session = hall.open(size=2)
        line_heard, team_heard, mine = (told(name, seen) for name, seen in at.items())
        assert line_heard == [
            ("line_left", {"number": 1, "place": 1}),
            ("line_left", {"number": 2, "place": 1}),
        ]
        assert team_heard == [
            ("group_moved", {"group": session.pk, "status": "open"}),
            ("ticket_moved", {"ticket": hall.tickets[0].pk, "number": 1, "status": "called"}),
            ("ticket_moved", {"ticket": hall.tickets[1].pk, "number": 2, "status": "called"}),
        ]
        assert [kind for kind, _data in mine] == ["my_group_called", "my_ticket_moved"]
        assert mine[0][1] == {"ticket": hall.tickets[1].pk, "group": session.pk}

    def test_who_is_away_busy_elsewhere_or_blocked_is_passed_over_and_keeps_the_place(self, hall):
        line.step_away(actor=hall.students[0], ticket_id=hall.tickets[0].pk)
        talk_at(hall.other, student=hall.students[1])
        Block.objects.create(
            student_id=hall.students[2].student_id, company_id=hall.booth.company_id, by_student=True
        )
        hall.open(size=2)
        assert hall.stands() == [
            (1, "away", False), (2, WAITS, False), (3, WAITS, False), (4, "called", True), (5, "called", True),
        ]  # fmt: skip
        assert Ticket.objects.get(pk=hall.tickets[3].pk).call_reason["passed_over"] == [2, 3]

    def test_control_without_the_look_at_blocks_the_pair_would_meet(self, hall, monkeypatch):
        Block.objects.create(
            student_id=hall.students[0].student_id, company_id=hall.booth.company_id, by_student=False
        )
        monkeypatch.setattr(line, "not_blocked", lambda _company: Q())
        hall.open(size=2)
        assert hall.stands()[0] == (1, "called", True)

    @pytest.mark.parametrize(("slot", "taken"), [(0, False), (1, False), (2, True), (3, True)])
    def test_who_has_a_talk_of_their_own_meanwhile_is_not_taken(self, hall, slot, taken):
        """Ten minutes from talk to talk, the session planned for 9.5 minutes from the fifth minute on."""
        plan = PlanFactory(
            fair=hall.fair, starts_at=clock.now() - timedelta(minutes=5), minutes=10, status="published",
            published_at=clock.now(),
        )  # fmt: skip
        PlannedTalkFactory(plan=plan, booth=hall.other, student_id=hall.students[0].student_id, slot=slot)
        hall.open(size=2)
        assert hall.stands()[0] == (1, "called" if taken else WAITS, taken)

    def test_whoever_stands_there_for_a_planned_talk_gets_that_talk(self, hall):
        plan = PlanFactory(
            fair=hall.fair, starts_at=clock.now() - timedelta(hours=1), status="published",
            published_at=clock.now(),
        )  # fmt: skip
        PlannedTalkFactory(
            plan=plan, booth=hall.booth, student_id=hall.students[0].student_id, ticket=hall.tickets[0]
        )
        hall.open(size=5)
        assert [number for number, status, _group in hall.stands() if status == WAITS] == [1]

    @pytest.mark.parametrize(
        ("size", "problem"), [(1, Invalid), (21, Invalid), (0, Invalid), (2, None), (20, None)]
    )
    def test_the_size_is_two_to_twenty(self, hall, size, problem):
        if problem is None:
            assert hall.open(size=size).size == size
            return
        with refused(Invalid, "invalid") as refusal:
            hall.open(size=size)
        assert list(refusal.value.fields) == ["size"]

    def test_the_topic_is_short(self, hall):
        with refused(Invalid, "invalid") as refusal:
            hall.open(topic="长" * 121)
        assert list(refusal.value.fields) == ["topic"]

    def test_with_one_free_student_nobody_is_called(self, hall):
        for n in range(4):
            line.leave_line(actor=hall.students[n], ticket_id=hall.tickets[n].pk)
        with refused(Conflict, "too_few_for_group"):
            hall.open()

    @pytest.mark.parametrize("before", ["call", "group"])
    def test_a_recruiter_has_one_call_talk_or_group(self, hall, before):
        if before == "call":
            line.call_next(actor=hall.leader, booth_id=hall.booth.pk)
        else:
            hall.open(size=2)
        with refused(Conflict, "finish_first"):
            hall.open(size=2)
        with refused(Conflict, "finish_first"):
            line.call_next(actor=hall.leader, booth_id=hall.booth.pk)
        # A colleague goes on with the line meanwhile.
        assert line.call_next(actor=hall.colleague, booth_id=hall.booth.pk).status == "called"

    @pytest.mark.parametrize(("who", "code"), [("students", NotAllowed), ("staff", NotAllowed)])
    def test_only_the_booths_recruiters_open_one(self, hall, who, code):
        actor = hall.students[0] if who == "students" else hall.staff
        with refused(code, "not_allowed"):
            hall.open(actor=actor)

    def test_another_company_finds_no_such_booth_to_work_at(self, hall):
        with refused(NotAllowed, "not_allowed"):
            hall.open(actor=recruiter_at(hall.other))


class TestDecline:
    def test_the_place_is_kept_and_no_group_is_asked_of_it_again(self, hall):
        session = hall.open(size=3)
        seen = len(told(f"line-{hall.booth.pk}"))
        back = group.decline_group(actor=hall.students[0], ticket_id=hall.tickets[0].pk)
        assert (back.status, back.group_id, back.called_by_id, back.answer_by, back.alone) == (
            WAITS,
            None,
            None,
            None,
            True,
        )
        assert told(f"line-{hall.booth.pk}", seen) == [("line_joined", {"number": 1, "place": 1})]
        group.fill_group(actor=hall.leader, group_id=session.pk)
        assert hall.stands() == [
            (1, WAITS, False), (2, "called", True), (3, "called", True), (4, "called", True), (5, WAITS, False),
        ]  # fmt: skip
        # Alone they are the first.
        assert line.call_next(actor=hall.colleague, booth_id=hall.booth.pk).pk == back.pk

    @pytest.mark.parametrize("state", ["waiting", "called alone", "in the group", "no show"])
    def test_only_a_call_into_a_group_can_be_declined(self, hall, state):
        if state == "called alone":
            line.call_next(actor=hall.leader, booth_id=hall.booth.pk)
        elif state != "waiting":
            hall.open(size=2)
        if state == "in the group":
            hall.come(0)
        if state == "no show":
            clock.advance(timedelta(seconds=91))
            line.expire_calls()
        with refused(Conflict, "not_called"):
            group.decline_group(actor=hall.students[0], ticket_id=hall.tickets[0].pk)

    def test_nobody_declines_for_another(self, hall):
        hall.open(size=2)
        with refused(NotFound, "not_found"):
            group.decline_group(actor=hall.students[1], ticket_id=hall.tickets[0].pk)

    def test_a_recruiter_takes_one_call_back_the_same_way_and_may_ask_again(self, hall):
        session = hall.open(size=2)
        back = line.put_back(actor=hall.leader, ticket_id=hall.tickets[0].pk)
        assert (back.status, back.group_id, back.alone) == (WAITS, None, False)
        called = group.fill_group(actor=hall.leader, group_id=session.pk)
        assert [ticket.pk for ticket in called] == [back.pk]


class TestCome:
    def test_who_comes_is_in_a_talk_of_their_own_until_the_sessions_end(self, hall):
        session = hall.open(size=2)
        (talk,) = hall.come(0)
        assert (talk.recruiter_id, talk.ends_at, talk.status) == (
            hall.leader.user_id,
            session.ends_at,
            "open",
        )
        assert hall.stands()[:2] == [(1, "meeting", True), (2, "called", True)]

    def test_who_does_not_come_is_a_no_show_and_the_seat_is_free(self, hall):
        session = hall.open(size=2)
        hall.come(0)
        clock.advance(timedelta(seconds=91))
        assert line.expire_calls() == 1
        assert hall.stands()[1] == (2, "no_show", True)
        with refused(Conflict, "not_called"):
            hall.come(1)
        # Whoever calls them in, they come to the leader.
        called = group.fill_group(actor=hall.colleague, group_id=session.pk)
        assert [(ticket.number, ticket.called_by_id) for ticket in called] == [(3, hall.leader.user_id)]

    def test_a_full_session_takes_nobody_more(self, hall):
        session = hall.open(size=2)
        hall.come(0)
        with refused(Conflict, "line_empty"):
            group.fill_group(actor=hall.leader, group_id=session.pk)

    def test_a_paused_line_fills_no_seats(self, hall):
        session = hall.open(size=3)
        line_booth = hall.booth
        type(line_booth).objects.filter(pk=line_booth.pk).update(paused=True)
        with refused(Conflict, "booth_paused"):
            group.fill_group(actor=hall.leader, group_id=session.pk)

    def test_a_talk_in_a_group_is_neither_extended_nor_handed_on_nor_a_call(self, hall):
        hall.open(size=2)
        (talk,) = hall.come(0)
        with refused(Conflict, "in_group"):
            extension.ask_extension(actor=hall.leader, meeting_id=talk.pk, minutes=5)
        with refused(Conflict, "in_group"):
            handover.hand_meeting(actor=hall.leader, meeting_id=talk.pk, user_id=hall.colleague.user_id)
        with refused(Conflict, "in_group"):
            call.send_signal(actor=hall.students[0], meeting_id=talk.pk, call="c", what="ring", data="")

    def test_no_talk_is_handed_to_whoever_leads_a_group(self, hall):
        hall.open(size=2)
        talk = talk_at(hall.other)[2]
        beside = recruiter_at(hall.booth)
        line.call_next(actor=beside, booth_id=hall.booth.pk)
        (mine,) = hall.come(2)
        with refused(Conflict, "colleague_busy"):
            handover.hand_meeting(actor=beside, meeting_id=mine.pk, user_id=hall.leader.user_id)
        assert Meeting.objects.get(pk=talk.pk).status == "open"


class TestSay:
    def said(self):
        rows = GroupMessage.objects.order_by("pk")
        return list(rows.values_list("ticket__number", "text"))

    def test_everybody_in_it_is_told_that_something_was_said_and_not_what(self, hall):
        session = hall.open(size=3)
        hall.come(0, 1)
        first = group.say_to_group(actor=hall.leader, group_id=session.pk, text=" 欢迎 ")
        second = group.say_to_group(actor=hall.students[1], group_id=session.pk, text="工作地点在哪里")
        assert self.said() == [(None, "欢迎"), (2, "工作地点在哪里")]
        assert told(f"group-{session.pk}") == [
            ("group_said", {"message": first.pk}),
            ("group_said", {"message": second.pk}),
        ]
        for actor in (hall.students[0], hall.leader, hall.colleague):
            state = snapshots.take(actor, f"group-{session.pk}")[1]
            assert state == {"status": "open", "said": second.pk}

    @pytest.mark.parametrize("who", ["called", "waiting", "staff", "other company", "left"])
    def test_nobody_else_writes_or_follows(self, hall, who):
        session = hall.open(size=2)
        talks = hall.come(0)
        actor, error = {
            "called": (hall.students[1], NotAllowed),
            "waiting": (hall.students[4], NotFound),
            "staff": (hall.staff, NotAllowed),
            "other company": (recruiter_at(hall.other), NotFound),
            "left": (hall.students[0], NotAllowed),
        }[who]
        if who == "left":
            meeting.end_meeting(actor=actor, meeting_id=talks[0].pk)
        with refused(error, error.code):
            group.say_to_group(actor=actor, group_id=session.pk, text="你好")
        assert not snapshots.may_follow(actor, f"group-{session.pk}")

    @pytest.mark.parametrize("text", ["", "  ", "长" * 2001])
    def test_it_says_something_and_not_too_much(self, hall, text):
        session = hall.open(size=2)
        with refused(Invalid, "invalid") as refusal:
            group.say_to_group(actor=hall.leader, group_id=session.pk, text=text)
        assert list(refusal.value.fields) == ["text"]

    def test_after_the_end_nothing_is_said(self, hall):
        session = hall.open(size=2)
        hall.come(0)
        group.end_group(actor=hall.leader, group_id=session.pk)
        with refused(Conflict, "group_over"):
            group.say_to_group(actor=hall.leader, group_id=session.pk, text="还有一句")


class TestCounts:
    def test_a_group_is_no_talk_for_fair_turns(self, hall):
        session = hall.open(size=2)
        hall.come(0, 1)
        assert turns.talks_today(hall.fair, hall.students[0].student_id) == 0
        group.end_group(actor=hall.leader, group_id=session.pk)
        assert line.join_line(actor=hall.students[0], booth_id=hall.booth.pk).bonus_minutes == 10
        talk_at(hall.other, student=hall.students[1])
        assert turns.talks_today(hall.fair, hall.students[1].student_id) == 1

    def test_a_group_is_one_turn_of_its_recruiter_for_the_wait(self, hall):
        session = hall.open(size=3)
        hall.come(0, 1)
        record = queries.records_of([hall.booth])[hall.booth.pk]
        begun, until = session.started_at.timestamp(), session.ends_at.timestamp()
        assert list(record.turns) == [Turn(hall.leader.user_id, begun, None, until)]
        clock.advance(timedelta(minutes=4))
        group.end_group(actor=hall.leader, group_id=session.pk)
        record = queries.records_of([hall.booth])[hall.booth.pk]
        assert list(record.turns) == [Turn(hall.leader.user_id, begun, begun + 240, until)]
        figures = queries.figures_of([hall.booth])[hall.booth.pk]
        assert (figures.waiting, figures.served) == (3, 2)

    def test_its_length_says_nothing_of_how_long_talks_last(self):
        talks = [Turn(1, 1000.0 * n, 1000.0 * n + 480) for n in range(5)]
        long_ago = Turn(1, 6000.0, 9600.0, 9000.0)
        now = 9700.0
        (low, high), (low_with, high_with) = (
            interval(ahead=3, now=now, record=Record(turns_, 0, 0.0, 8))
            for turns_ in (talks, [*talks, long_ago])
        )
        # A talk of an hour among five of eight minutes would have doubled the wait.
        assert (abs(low_with - low), abs(high_with - high)) < (120.0, 240.0)

    def test_while_it_goes_on_the_wait_lasts_to_its_planned_end(self):
        def ends(until):
            return interval(ahead=0, now=600.0, record=Record([Turn(1, 0.0, None, until)], 0, 0.0, 8))

        assert ends(1200.0)[1] > 2 * ends(700.0)[1]


class TestTrail:
    def test_opening_and_ending_stand_in_the_booths_trail(self, hall):
        session = hall.open(size=2)
        hall.come(0)
        group.end_group(actor=hall.leader, group_id=session.pk)
        booths = [row[0] for row in trail("fairs.booth")]
        assert booths == ["booths.group_opened", "booths.group_ended"]
        assert GroupSession.objects.count() == 1


def test_who_sees_a_session(hall):
    session = hall.open(size=2)
    seen = {
        "called": hall.students[0],
        "waiting": hall.students[4],
        "recruiter": hall.colleague,
        "other company": recruiter_at(hall.other),
        "staff": hall.staff,
        "another school": staff_of(FairFactory()),
    }
    found = {
        who: groups.groups_visible_to(actor).filter(pk=session.pk).exists() for who, actor in seen.items()
    }
    assert found == {
        "called": True,
        "waiting": False,
        "recruiter": True,
        "other company": False,
        "staff": True,
        "another school": False,
    }
