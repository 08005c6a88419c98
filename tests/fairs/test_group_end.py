"""How a group session ends: for all, for each, because its recruiter is gone, or because everybody has left."""

from datetime import timedelta

import pytest

from backend.accounts.actor import SYSTEM
from backend.common import clock
from backend.common.errors import Conflict, Invalid
from backend.notifications.models import Notification
from fairs.domain import fair as fairs
from fairs.domain import group, group_end, handover, line, meeting, safety, stand_in
from fairs.models import GroupSession, Meeting, Ticket
from tests import scenes
from tests.factories.fairs import recruiter_at
from tests.fairs.group_hall import Hall
from tests.fairs.support import refused, told, trail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


made, hall = scenes.fixtures(Hall)


WAITS = "waiting"


class TestEnd:
    def test_everybody_in_it_gets_the_day_by_which_an_answer_is_due(self, hall):
        session = hall.open(size=3)
        hall.come(0, 1)
        group.end_group(actor=hall.colleague, group_id=session.pk)
        due = clock.now() + meeting.ANSWER_WITHIN
        rows = Meeting.objects.order_by("ticket__number")
        assert list(rows.values_list("status", "outcome", "due_at")) == [("ended", "pending", due)] * 2
        assert hall.stands()[:3] == [(1, "served", True), (2, "served", True), (3, WAITS, False)]
        session.refresh_from_db()
        assert (session.status, session.ended_at) == ("ended", clock.now())
        assert told(f"group-{session.pk}") == [("group_ended", {"status": "ended"})]

    def test_or_one_outcome_and_everybody_is_told(self, hall):
        session = hall.open(size=2)
        talks = hall.come(0, 1)
        group.end_group(actor=hall.leader, group_id=session.pk, outcome="interview", message=" 周五见 ")
        rows = Meeting.objects.order_by("ticket__number")
        assert list(rows.values_list("outcome", "message", "due_at")) == [("interview", "周五见", None)] * 2
        told_of = Notification.objects.filter(kind="fairs.result").order_by("user_id")
        assert list(told_of.values_list("user_id", flat=True)) == [a.user_id for a in hall.students[:2]]
        assert told(f"meeting-{talks[1].pk}") == [
            ("meeting_ended", {"outcome": "interview", "message": "周五见"})
        ]

    def test_who_had_an_outcome_of_their_own_or_left_keeps_it(self, hall):
        session = hall.open(size=3)
        talks = hall.come(0, 1, 2)
        meeting.end_meeting(actor=hall.leader, meeting_id=talks[0].pk, outcome="offer")
        meeting.end_meeting(actor=hall.students[1], meeting_id=talks[1].pk)
        group.end_group(actor=hall.leader, group_id=session.pk, outcome="declined")
        rows = Meeting.objects.order_by("ticket__number")
        assert list(rows.values_list("outcome", flat=True)) == ["offer", "pending", "declined"]

    def test_the_places_of_those_who_had_not_come_are_true_by_the_events_alone(self, hall):
        session = hall.open(size=4)
        hall.come(1)
        seen = len(told(f"line-{hall.booth.pk}"))
        group.end_group(actor=hall.leader, group_id=session.pk)
        assert told(f"line-{hall.booth.pk}", seen) == [
            ("line_joined", {"number": 1, "place": 1}),
            ("line_joined", {"number": 3, "place": 2}),
            ("line_joined", {"number": 4, "place": 3}),
        ]

    def test_it_ends_once(self, hall):
        session = hall.open(size=2)
        group.end_group(actor=hall.leader, group_id=session.pk)
        with refused(Conflict, "group_over"):
            group.end_group(actor=hall.leader, group_id=session.pk)
        assert line.call_next(actor=hall.leader, booth_id=hall.booth.pk).number == 1

    @pytest.mark.parametrize(
        ("values", "field"), [({"outcome": "hired"}, "outcome"), ({"message": "长" * 1001}, "message")]
    )
    def test_what_it_ends_with_is_valid(self, hall, values, field):
        session = hall.open(size=2)
        with refused(Invalid, "invalid") as refusal:
            group.end_group(actor=hall.leader, group_id=session.pk, **values)
        assert list(refusal.value.fields) == [field]

    def test_a_fair_that_closes_ends_the_calls_and_lets_the_session_finish(self, hall):
        session = hall.open(size=2)
        hall.come(0)
        fairs.move_fair(actor=hall.staff, fair_id=hall.fair.pk, to="closed")
        assert hall.stands()[:2] == [(1, "meeting", True), (2, "left", True)]
        assert group.end_group(actor=hall.leader, group_id=session.pk).status == "ended"

    def test_a_block_takes_that_student_out_and_the_others_go_on(self, hall):
        session = hall.open(size=2)
        talks = hall.come(0, 1)
        safety.block_person(actor=hall.students[0], meeting_id=talks[0].pk)
        assert hall.stands()[:2] == [(1, "served", True), (2, "meeting", True)]
        session.refresh_from_db()
        assert session.status == "open"


class TestVanished:
    """The leader is gone."""

    def test_a_colleague_who_is_free_goes_on_with_the_session(self, hall):
        session = hall.open(size=2)
        talks = hall.come(0)
        said = {"user_id": hall.colleague.user_id, "replaced_id": hall.leader.user_id}
        stand_in.stand_in(actor=hall.staff, booth_id=hall.booth.pk, **said)
        session.refresh_from_db()
        assert (session.status, session.recruiter_id) == ("open", hall.colleague.user_id)
        assert Meeting.objects.get(pk=talks[0].pk).recruiter_id == hall.colleague.user_id
        live = Ticket.objects.filter(group=session).order_by("number")
        assert list(live.values_list("called_by_id", flat=True)) == [hall.colleague.user_id] * 2
        assert line.free_to_call(hall.leader.user_id) is True

    def test_one_who_talks_gives_the_answers_that_are_due(self, hall):
        hall.open(size=2)
        hall.come(0)
        line.call_next(actor=hall.colleague, booth_id=hall.booth.pk)
        said = {"user_id": hall.colleague.user_id, "replaced_id": hall.leader.user_id}
        stand_in.stand_in(actor=hall.staff, booth_id=hall.booth.pk, **said)
        talk = Meeting.objects.get()
        assert (talk.status, talk.outcome, talk.recruiter_id) == ("ended", "pending", hall.colleague.user_id)
        assert hall.stands()[:3] == [(1, "served", True), (2, WAITS, False), (3, "called", False)]

    def test_where_nobody_stands_in_it_ends_kindly(self, hall):
        session = hall.open(size=2)
        hall.come(0)
        freed = {"booth_id": hall.booth.pk, "user_id": hall.leader.user_id}
        assert stand_in.free_recruiter(actor=hall.staff, **freed) == "ended"
        session.refresh_from_db()
        assert session.status == "ended"
        assert Meeting.objects.get().due_at == clock.now() + meeting.ANSWER_WITHIN


class TestLeft:
    """Nobody is called or talks any more."""

    @pytest.fixture
    def left(self, hall):
        session = hall.open(size=2)
        (talk,) = hall.come(0)
        line.leave_line(actor=hall.students[1], ticket_id=hall.tickets[1].pk)
        meeting.end_meeting(actor=hall.students[0], meeting_id=talk.pk)
        return session

    def test_its_recruiter_calls_the_next_and_it_is_over(self, hall, left):
        seen = len(told(f"booth-{hall.booth.pk}"))
        assert line.call_next(actor=hall.leader, booth_id=hall.booth.pk).number == 3
        left.refresh_from_db()
        assert (left.status, left.ended_at) == ("ended", clock.now())
        assert told(f"group-{left.pk}") == [("group_ended", {"status": "ended"})]
        assert told(f"booth-{hall.booth.pk}", seen)[0] == (
            "group_moved",
            {"group": left.pk, "status": "ended"},
        )
        assert [row[0] for row in trail("fairs.booth")] == ["booths.group_opened", "booths.group_ended"]

    def test_or_opens_another(self, hall, left):
        hall.open(size=2)
        assert list(GroupSession.objects.order_by("pk").values_list("status", flat=True)) == ["ended", "open"]

    def test_or_is_handed_a_talk(self, hall, left):
        line.call_next(actor=hall.colleague, booth_id=hall.booth.pk)
        (talk,) = hall.come(2)
        seen = len(told(f"booth-{hall.booth.pk}"))
        handover.hand_meeting(actor=hall.colleague, meeting_id=talk.pk, user_id=hall.leader.user_id)
        assert Meeting.objects.get(pk=talk.pk).recruiter_id == hall.leader.user_id
        left.refresh_from_db()
        assert (left.status, left.ended_at) == ("ended", clock.now())
        assert told(f"group-{left.pk}") == [("group_ended", {"status": "ended"})]
        assert [kind for kind, _data in told(f"booth-{hall.booth.pk}", seen)] == [
            "ticket_moved",
            "group_moved",
        ]

    def test_or_is_given_the_session_of_another(self, hall, left):
        other = hall.open(actor=hall.colleague, size=2)
        said = {"user_id": hall.leader.user_id, "replaced_id": hall.colleague.user_id}
        stand_in.stand_in(actor=hall.staff, booth_id=hall.booth.pk, **said)
        rows = GroupSession.objects.order_by("pk").values_list("pk", "status", "recruiter_id")
        assert list(rows) == [
            (left.pk, "ended", hall.leader.user_id),
            (other.pk, "open", hall.leader.user_id),
        ]
        assert told(f"group-{left.pk}") == [("group_ended", {"status": "ended"})]

    def test_one_refused_hand_over_ends_nothing(self, hall, left):
        line.call_next(actor=hall.colleague, booth_id=hall.booth.pk)
        (talk,) = hall.come(2)
        beside = hall.open(actor=recruiter_at(hall.booth), size=2)
        busy = {"user_id": beside.recruiter_id}
        with refused(Conflict, "colleague_busy"):
            handover.hand_meeting(actor=hall.colleague, meeting_id=talk.pk, **busy)
        assert set(GroupSession.objects.values_list("status", flat=True)) == {"open"}
        assert Meeting.objects.get(pk=talk.pk).recruiter_id == hall.colleague.user_id

    def test_where_nobody_can_be_called_instead_it_stays(self, hall, left):
        for n in (2, 3, 4):
            line.leave_line(actor=hall.students[n], ticket_id=hall.tickets[n].pk)
        with refused(Conflict, "line_empty"):
            line.call_next(actor=hall.leader, booth_id=hall.booth.pk)
        left.refresh_from_db()
        assert left.status == "open"

    @pytest.mark.parametrize(("late", "ended"), [(-1, 0), (0, 0), (1, 1)])
    def test_by_itself_it_ends_once_its_planned_time_is_over(self, hall, left, late, ended):
        clock.advance(left.ends_at - clock.now() + timedelta(seconds=late))
        assert (group_end.end_left(), group_end.end_left()) == (ended, 0)
        left.refresh_from_db()
        assert left.status == ("ended" if ended else "open")

    @pytest.mark.parametrize("inside", ["called", "talks"])
    def test_with_somebody_in_it_it_goes_on(self, hall, inside):
        session = hall.open(size=2)
        line.leave_line(actor=hall.students[1], ticket_id=hall.tickets[1].pk)
        if inside == "talks":
            hall.come(0)
        clock.advance(timedelta(hours=1))
        assert group_end.end_left() == 0
        # Nor where somebody came between the look at all and the one at this.
        assert group_end.end_emptied(SYSTEM, pk=session.pk) is None
        session.refresh_from_db()
        assert session.status == "open"
