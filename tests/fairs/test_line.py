"""The line: numbers, places, calls, no-shows, and the events everybody hears."""

from datetime import timedelta
from itertools import pairwise

import pytest

from backend.accounts.actor import ANONYMOUS
from backend.audit.models import AuditEntry
from backend.common import clock
from backend.common.errors import Conflict, NotAllowed, NotFound
from fairs import queries, snapshots
from fairs.domain import booth as booths
from fairs.domain import fair as fairs
from fairs.domain import line, meeting
from fairs.enums import LIVE_TICKET, TICKET_TRANSITIONS, TicketStatus
from fairs.models import Event, FairRegistration, Meeting, Ticket
from fairs.protocol import events
from fairs.protocol.state import apply
from tests.factories.fairs import BoothFactory, FairFactory, TicketFactory, recruiter_at, staff_of, student_at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


def _numbers(booth):
    return list(queries.line_of(booth).values_list("number", "status"))


def _refused(error, code, call):
    """The refusal has this code, and left no ticket, event or audit row behind."""
    before = (list(Ticket.objects.values()), Event.objects.count(), AuditEntry.objects.count())
    with pytest.raises(error) as refusal:
        call()
    assert refusal.value.code == code
    assert (list(Ticket.objects.values()), Event.objects.count(), AuditEntry.objects.count()) == before


class TestJoin:
    def test_numbers_are_drawn_in_order(self):
        booth = BoothFactory()
        tickets = [line.join_line(actor=student_at(booth.fair), booth_id=booth.pk) for _ in range(3)]
        assert [ticket.number for ticket in tickets] == [1, 2, 3]
        assert [queries.place_of(ticket) for ticket in tickets] == [1, 2, 3]

    def test_first_visit_is_noted(self, frozen_now):
        booth = BoothFactory()
        student = student_at(booth.fair)
        line.join_line(actor=student, booth_id=booth.pk)
        assert FairRegistration.objects.get(student_id=student.student_id).entered_at == frozen_now

    def test_twice_is_refused(self):
        booth = BoothFactory()
        student = student_at(booth.fair)
        line.join_line(actor=student, booth_id=booth.pk)
        _refused(Conflict, "already_in_line", lambda: line.join_line(actor=student, booth_id=booth.pk))

    def test_more_lines_than_allowed_are_refused(self):
        fair = FairFactory(lines_per_student=2)
        student = student_at(fair)
        for _ in range(2):
            line.join_line(actor=student, booth_id=BoothFactory(fair=fair).pk)
        third = BoothFactory(fair=fair)
        _refused(Conflict, "too_many_lines", lambda: line.join_line(actor=student, booth_id=third.pk))

    def test_without_registration_is_refused(self):
        booth = BoothFactory()
        student = student_at(booth.fair, registered=False)
        _refused(Conflict, "not_registered", lambda: line.join_line(actor=student, booth_id=booth.pk))

    @pytest.mark.parametrize(
        ("status", "code"),
        [("ready", "fair_not_live"), ("paused", "fair_paused"), ("closed", "fair_not_live")],
    )
    def test_outside_the_live_fair_is_refused(self, status, code):
        booth = BoothFactory(fair__status=status)
        student = student_at(booth.fair)
        _refused(Conflict, code, lambda: line.join_line(actor=student, booth_id=booth.pk))

    def test_people_of_other_roles_are_refused(self):
        booth = BoothFactory()
        for actor in (recruiter_at(booth), staff_of(booth.fair)):
            _refused(NotAllowed, "not_allowed", lambda a=actor: line.join_line(actor=a, booth_id=booth.pk))
        _refused(NotAllowed, "not_allowed", lambda: line.join_line(actor=ANONYMOUS, booth_id=booth.pk))

    def test_another_schools_booth_does_not_exist(self):
        stranger = student_at(FairFactory())
        booth = BoothFactory()
        _refused(NotFound, "not_found", lambda: line.join_line(actor=stranger, booth_id=booth.pk))

    @pytest.mark.parametrize("change", [{"requested": True}, {"company__status": "suspended"}])
    def test_a_booth_that_is_not_open_does_not_exist(self, change):
        booth = BoothFactory(**change)
        student = student_at(booth.fair)
        _refused(NotFound, "not_found", lambda: line.join_line(actor=student, booth_id=booth.pk))

    def test_an_expired_company_does_not_exist(self):
        booth = BoothFactory()
        student = student_at(booth.fair)
        clock.advance(timedelta(days=184))
        _refused(NotFound, "not_found", lambda: line.join_line(actor=student, booth_id=booth.pk))


class TestPlaces:
    def test_stepping_away_keeps_the_place(self):
        booth = BoothFactory()
        students = [student_at(booth.fair) for _ in range(3)]
        tickets = [line.join_line(actor=s, booth_id=booth.pk) for s in students]
        line.step_away(actor=students[0], ticket_id=tickets[0].pk)
        assert _numbers(booth) == [(1, "away"), (2, "waiting"), (3, "waiting")]
        assert line.call_next(actor=recruiter_at(booth), booth_id=booth.pk).number == 2
        line.come_back(actor=students[0], ticket_id=tickets[0].pk)
        assert line.call_next(actor=recruiter_at(booth), booth_id=booth.pk).number == 1

    def test_leaving_moves_the_others_up(self):
        booth = BoothFactory()
        students = [student_at(booth.fair) for _ in range(3)]
        tickets = [line.join_line(actor=s, booth_id=booth.pk) for s in students]
        line.leave_line(actor=students[1], ticket_id=tickets[1].pk)
        assert _numbers(booth) == [(1, "waiting"), (3, "waiting")]
        assert queries.place_of(tickets[2]) == 2

    def test_somebody_elses_ticket_does_not_exist(self):
        ticket = TicketFactory()
        other = student_at(ticket.booth.fair)
        for change in (line.step_away, line.come_back, line.leave_line):
            _refused(NotFound, "not_found", lambda c=change: c(actor=other, ticket_id=ticket.pk))

    def test_after_leaving_one_may_join_again_behind(self):
        booth = BoothFactory()
        one, two = student_at(booth.fair), student_at(booth.fair)
        first = line.join_line(actor=one, booth_id=booth.pk)
        line.join_line(actor=two, booth_id=booth.pk)
        line.leave_line(actor=one, ticket_id=first.pk)
        again = line.join_line(actor=one, booth_id=booth.pk)
        assert (again.number, queries.place_of(again)) == (3, 2)


class TestCall:
    def test_first_is_called_and_told(self, frozen_now):
        booth = BoothFactory(fair__no_show_grace_seconds=90)
        student, recruiter = student_at(booth.fair), recruiter_at(booth)
        ticket = line.join_line(actor=student, booth_id=booth.pk)
        clock.advance(timedelta(seconds=40))
        called = line.call_next(actor=recruiter, booth_id=booth.pk)
        assert called.pk == ticket.pk
        assert called.status == TicketStatus.CALLED
        assert called.called_by_id == recruiter.user_id
        assert called.answer_by == frozen_now + timedelta(seconds=130)
        assert called.call_reason == {
            "rule": "fair_turn",
            "talks": 0,
            "bonus": 10,
            "waited": 40,
            "passed_over": [],
        }
        told = Event.objects.filter(stream__name=f"person-{student.user_id}").latest("seq")
        assert told.payload == {
            "ticket": ticket.pk,
            "booth": booth.pk,
            "number": 1,
            "status": "called",
            "answer_by": called.answer_by.isoformat(),
            "meeting": None,
        }

    def test_who_is_busy_elsewhere_is_passed_over_and_keeps_the_place(self):
        fair = FairFactory()
        here, there = BoothFactory(fair=fair), BoothFactory(fair=fair)
        busy, free = student_at(fair), student_at(fair)
        line.join_line(actor=busy, booth_id=there.pk)
        mine = line.join_line(actor=busy, booth_id=here.pk)
        line.join_line(actor=free, booth_id=here.pk)
        line.call_next(actor=recruiter_at(there), booth_id=there.pk)
        called = line.call_next(actor=recruiter_at(here), booth_id=here.pk)
        assert (called.number, called.call_reason["passed_over"]) == (2, [1])
        assert queries.place_of(mine) == 1

    def test_one_recruiter_calls_one_at_a_time(self):
        booth = BoothFactory()
        recruiter = recruiter_at(booth)
        for _ in range(2):
            line.join_line(actor=student_at(booth.fair), booth_id=booth.pk)
        line.call_next(actor=recruiter, booth_id=booth.pk)
        _refused(Conflict, "finish_first", lambda: line.call_next(actor=recruiter, booth_id=booth.pk))

    def test_an_empty_line_says_so(self):
        booth = BoothFactory()
        _refused(Conflict, "line_empty", lambda: line.call_next(actor=recruiter_at(booth), booth_id=booth.pk))

    def test_a_paused_booth_calls_nobody(self):
        booth = BoothFactory()
        recruiter = recruiter_at(booth)
        line.join_line(actor=student_at(booth.fair), booth_id=booth.pk)
        booths.pause_booth(actor=recruiter, booth_id=booth.pk, paused=True)
        _refused(Conflict, "booth_paused", lambda: line.call_next(actor=recruiter, booth_id=booth.pk))

    def test_another_companys_booth_is_not_ours_to_call(self):
        fair = FairFactory()
        ours, theirs = BoothFactory(fair=fair), BoothFactory(fair=fair)
        line.join_line(actor=student_at(fair), booth_id=theirs.pk)
        _refused(
            NotAllowed, "not_allowed", lambda: line.call_next(actor=recruiter_at(ours), booth_id=theirs.pk)
        )

    def test_a_company_whose_vetting_expired_calls_nobody(self):
        booth = BoothFactory()
        recruiter = recruiter_at(booth)
        line.join_line(actor=student_at(booth.fair), booth_id=booth.pk)
        clock.advance(timedelta(days=184))
        _refused(NotAllowed, "company_unverified", lambda: line.call_next(actor=recruiter, booth_id=booth.pk))

    def test_put_back_keeps_the_place(self):
        booth = BoothFactory()
        recruiter = recruiter_at(booth)
        for _ in range(2):
            line.join_line(actor=student_at(booth.fair), booth_id=booth.pk)
        called = line.call_next(actor=recruiter, booth_id=booth.pk)
        line.put_back(actor=recruiter, ticket_id=called.pk)
        assert _numbers(booth) == [(1, "waiting"), (2, "waiting")]
        assert line.call_next(actor=recruiter, booth_id=booth.pk).number == 1


class TestNoShow:
    def test_who_does_not_come_within_the_grace_is_a_no_show(self):
        booth = BoothFactory(fair__no_show_grace_seconds=60)
        line.join_line(actor=student_at(booth.fair), booth_id=booth.pk)
        called = line.call_next(actor=recruiter_at(booth), booth_id=booth.pk)
        clock.advance(timedelta(seconds=60))
        assert line.expire_calls() == 0
        clock.advance(timedelta(seconds=1))
        assert line.expire_calls() == 1
        called.refresh_from_db()
        assert (called.status, called.ended_at) == (TicketStatus.NO_SHOW, clock.now())
        assert line.expire_calls() == 0

    def test_after_the_grace_the_call_cannot_be_accepted(self):
        booth = BoothFactory(fair__no_show_grace_seconds=60)
        student = student_at(booth.fair)
        ticket = line.join_line(actor=student, booth_id=booth.pk)
        line.call_next(actor=recruiter_at(booth), booth_id=booth.pk)
        clock.advance(timedelta(seconds=61))
        _refused(Conflict, "too_late", lambda: meeting.accept_call(actor=student, ticket_id=ticket.pk))
        assert Meeting.objects.count() == 0


class TestClosing:
    def test_closing_ends_every_line_and_lets_talks_finish(self):
        booth = BoothFactory()
        staff, recruiter = staff_of(booth.fair), recruiter_at(booth)
        students = [student_at(booth.fair) for _ in range(4)]
        tickets = [line.join_line(actor=s, booth_id=booth.pk) for s in students]
        line.call_next(actor=recruiter, booth_id=booth.pk)
        talk = meeting.accept_call(actor=students[0], ticket_id=tickets[0].pk)
        line.call_next(actor=recruiter_at(booth), booth_id=booth.pk)
        line.step_away(actor=students[2], ticket_id=tickets[2].pk)
        fairs.move_fair(actor=staff, fair_id=booth.fair_id, to="closed")
        statuses = Ticket.objects.order_by("number").values_list("status", flat=True)
        assert list(statuses) == ["meeting", "left", "left", "left"]
        ended = meeting.end_meeting(actor=recruiter, meeting_id=talk.pk, outcome="interview")
        assert ended.status == "ended"
        told = Event.objects.filter(stream__name=f"person-{students[3].user_id}").latest("seq")
        assert told.payload["status"] == "left"


def test_state_and_events_make_state():
    """Snapshots carried forward by the journal equal fresh snapshots, for every audience, after every command."""
    booth = BoothFactory()
    students = [student_at(booth.fair) for _ in range(4)]
    recruiter, staff = recruiter_at(booth), staff_of(booth.fair)
    watched = [
        (actor, f"{audience}-{number}")
        for actor, audience, number in [
            (recruiter, "booth", booth.pk),
            (recruiter, "line", booth.pk),
            (staff, "fair", booth.fair_id),
            *[(s, "line", booth.pk) for s in students[1:]],
            *[(s, "person", s.user_id) for s in students],
        ]
    ]
    tickets = [line.join_line(actor=s, booth_id=booth.pk) for s in students[:3]]
    states = {key: snapshots.take(*key) for key in watched}
    fourth = []

    def late_join():
        fourth.append(line.join_line(actor=students[3], booth_id=booth.pk))

    steps = [
        lambda: line.step_away(actor=students[1], ticket_id=tickets[1].pk),
        lambda: line.call_next(actor=recruiter, booth_id=booth.pk),
        lambda: line.put_back(actor=recruiter, ticket_id=tickets[0].pk),
        lambda: line.call_next(actor=recruiter, booth_id=booth.pk),
        lambda: line.come_back(actor=students[1], ticket_id=tickets[1].pk),
        lambda: booths.pause_booth(actor=recruiter, booth_id=booth.pk, paused=True),
        lambda: meeting.accept_call(actor=students[0], ticket_id=tickets[0].pk),
        lambda: line.leave_line(actor=students[2], ticket_id=tickets[2].pk),
        lambda: meeting.end_meeting(actor=recruiter, meeting_id=Meeting.objects.get().pk, outcome="declined"),
        lambda: fairs.move_fair(actor=staff, fair_id=booth.fair_id, to="closed"),
    ]
    for step in steps:
        step()
        for key in watched:
            seq, state = states[key]
            rows = Event.objects.filter(stream__name=key[1], seq__gt=seq).order_by("seq")
            for row in rows:
                state, seq = apply(state, events.read(row.kind, row.payload)), row.seq
            states[key] = (seq, state)
            fresh = snapshots.take(*key)
            expected = _told(key[1], fresh[1])
            assert (seq, _told(key[1], state)) == (fresh[0], expected), (key, step)


def _told(stream, state):
    """What the journal promises: counters of the hall come with the digest, one's number with one's own stream."""
    if stream.startswith("fair-"):
        return state["status"]
    if stream.startswith("line-"):
        return {**state, "number": None}
    return state


def test_sequence_numbers_have_no_gap():
    booth = BoothFactory()
    recruiter = recruiter_at(booth)
    for _ in range(3):
        line.join_line(actor=student_at(booth.fair), booth_id=booth.pk)
    line.call_next(actor=recruiter, booth_id=booth.pk)
    for name in (f"line-{booth.pk}", f"booth-{booth.pk}"):
        seqs = list(Event.objects.filter(stream__name=name).order_by("seq").values_list("seq", flat=True))
        assert seqs[0] == 1
        assert all(b == a + 1 for a, b in pairwise(seqs))


def test_live_statuses_are_those_that_can_still_move():
    assert {s for s, after in TICKET_TRANSITIONS.items() if after} == set(LIVE_TICKET)
