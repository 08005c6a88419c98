"""Everybody at once, over real connections; each race has a control that goes wrong with the guard off.

`python -m tests.fairs races` runs the first of them more often than the suite does.
"""

import os
from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from backend.audit.models import AuditEntry
from backend.common import clock
from backend.common.errors import Conflict
from backend.common.models import OutboxEntry
from backend.positions import indexing
from fairs import snapshots
from fairs.domain import booth as booths
from fairs.domain import fair as fairs
from fairs.domain import journal, line, meeting, steering
from fairs.enums import IN_LINE, LIVE_TICKET
from fairs.models import (
    Booth,
    BoothPosition,
    CommandReceipt,
    Event,
    Fair,
    FairRegistration,
    Meeting,
    Stream,
    Ticket,
)
from fairs.protocol.commands import JoinLine
from fairs.protocol.events import LineLeft
from fairs.realtime import handlers
from tests.factories.fairs import BoothFactory, FairFactory, TicketFactory, recruiter_at, staff_of, student_at
from tests.factories.positions import PositionFactory
from tests.racing import codes, meeting_point, race

pytestmark = pytest.mark.django_db(transaction=True)
SIX = 6
RACES = int(os.environ.get("FAIRWAY_RACES", "5"))


def _look_then_write(look, write, parties):
    """What a write without its guard is: everybody looks before anybody writes."""
    together = meeting_point(parties)

    def work():
        seen = look()
        together()
        return write(seen)

    return work


class TestCallNext:
    """Six recruiters press "next" at once."""

    def test_nobody_is_called_twice_and_nobody_is_forgotten(self):
        booth = BoothFactory()
        recruiters = [recruiter_at(booth) for _ in range(SIX)]
        for _ in range(RACES):
            for _ in range(SIX):
                TicketFactory(booth=booth)
            called = race(*[partial(line.call_next, actor=a, booth_id=booth.pk) for a in recruiters])
            assert codes(called) == []
            assert max(Counter(ticket.pk for ticket in called).values()) == 1
            assert Ticket.objects.filter(booth=booth, status="called").count() == SIX
            Ticket.objects.filter(booth=booth).delete()

    def test_three_in_line_are_called_by_three_and_three_hear_that_it_is_empty(self):
        booth = BoothFactory()
        recruiters = [recruiter_at(booth) for _ in range(SIX)]
        for _ in range(3):
            TicketFactory(booth=booth)
        called = race(*[partial(line.call_next, actor=a, booth_id=booth.pk) for a in recruiters])
        assert codes(called) == ["line_empty"] * 3
        callers = Ticket.objects.filter(status="called").values_list("called_by_id", flat=True)
        assert len(set(callers)) == 3

    def test_control_without_the_conditional_write_somebody_is_called_twice(self):
        booth = BoothFactory()
        recruiters = [recruiter_at(booth) for _ in range(SIX)]
        for _ in range(SIX):
            TicketFactory(booth=booth)
        together = meeting_point(SIX)

        def unguarded(actor):
            first = Ticket.objects.filter(booth=booth, status="waiting").order_by("number").first()
            together()
            Ticket.objects.filter(pk=first.pk).update(
                status="called", called_by_id=actor.user_id, called_at=clock.now(), answer_by=clock.now()
            )
            return first

        called = race(*[partial(unguarded, actor) for actor in recruiters])
        assert max(Counter(ticket.pk for ticket in called).values()) == SIX
        assert Ticket.objects.filter(status="called").count() == 1

    def test_one_student_in_two_lines_is_called_to_one(self):
        fair = FairFactory()
        here, there = BoothFactory(fair=fair), BoothFactory(fair=fair)
        student = student_at(fair)
        for booth in (here, there):
            line.join_line(actor=student, booth_id=booth.pk)
        works = [partial(line.call_next, actor=recruiter_at(b), booth_id=b.pk) for b in (here, there)]
        assert codes(race(*works)) == ["line_empty"]
        assert sorted(Ticket.objects.values_list("status", flat=True)) == ["called", "waiting"]

    def test_one_recruiter_in_two_windows_calls_one(self):
        booth = BoothFactory()
        recruiter = recruiter_at(booth)
        for _ in range(2):
            TicketFactory(booth=booth)
        results = race(*[partial(line.call_next, actor=recruiter, booth_id=booth.pk)] * 2)
        assert codes(results) == ["finish_first"]
        assert Ticket.objects.filter(status="called").count() == 1

    @pytest.mark.parametrize("same", ["student", "recruiter"])
    def test_the_database_has_the_last_word_on_who_is_busy(self, same):
        """Two blind writers: the constraint lets one through."""
        fair = FairFactory()
        booths_here = [BoothFactory(fair=fair), BoothFactory(fair=fair)]
        student = student_at(fair)
        caller = recruiter_at(booths_here[0])
        tickets = [
            TicketFactory(booth=b, **({"student_id": student.student_id} if same == "student" else {}))
            for b in booths_here
        ]
        callers = [caller, caller if same == "recruiter" else recruiter_at(booths_here[1])]

        def blind(ticket, actor):
            moment = clock.now()
            Ticket.objects.filter(pk=ticket.pk).update(
                status="called", called_by_id=actor.user_id, called_at=moment, answer_by=moment
            )

        results = race(*[partial(blind, t, a) for t, a in zip(tickets, callers, strict=True)])
        assert sorted(type(result).__name__ for result in results) == ["IntegrityError", "NoneType"]


class TestJoin:
    def test_two_tabs_of_one_student_draw_one_number(self):
        booth = BoothFactory()
        student = student_at(booth.fair)
        results = race(*[partial(line.join_line, actor=student, booth_id=booth.pk)] * 4)
        assert codes(results) == ["already_in_line"] * 3
        assert list(Ticket.objects.values_list("number", "status")) == [(1, "waiting")]
        booth.refresh_from_db()
        assert booth.last_number == 1

    def test_control_two_blind_tabs_meet_the_constraint(self):
        booth = BoothFactory()
        student = student_at(booth.fair)
        numbers = iter((1, 2))

        def look():
            return Ticket.objects.filter(student_id=student.student_id, status__in=LIVE_TICKET).exists()

        def write(seen):
            assert seen is False
            return Ticket.objects.create(booth=booth, student_id=student.student_id, number=next(numbers))

        results = race(*[_look_then_write(look, write, 2)] * 2)
        assert sorted(type(result).__name__ for result in results) == ["IntegrityError", "Ticket"]

    def test_twelve_students_draw_twelve_numbers_without_a_gap(self):
        booth = BoothFactory()
        students = [student_at(booth.fair) for _ in range(12)]
        tickets = race(*[partial(line.join_line, actor=s, booth_id=booth.pk) for s in students])
        assert codes(tickets) == []
        assert sorted(ticket.number for ticket in tickets) == list(range(1, 13))
        joined = Event.objects.filter(stream__name=f"line-{booth.pk}").order_by("seq")
        assert [row.payload for row in joined] == [{"number": n, "place": n} for n in range(1, 13)]

    def test_the_limit_of_lines_holds_across_booths(self):
        fair = FairFactory(lines_per_student=2)
        student = student_at(fair)
        works = [
            partial(line.join_line, actor=student, booth_id=BoothFactory(fair=fair).pk) for _ in range(5)
        ]
        assert codes(race(*works)) == ["too_many_lines"] * 3
        assert Ticket.objects.count() == 2

    def test_control_without_the_registrations_lock_the_limit_breaks(self):
        fair = FairFactory(lines_per_student=1)
        student = student_at(fair)
        places = [BoothFactory(fair=fair), BoothFactory(fair=fair)]
        together = meeting_point(2)

        def unguarded(booth):
            standing = Ticket.objects.filter(student_id=student.student_id, status__in=LIVE_TICKET).count()
            together()
            if standing < fair.lines_per_student:
                Ticket.objects.create(booth=booth, student_id=student.student_id, number=1)

        assert race(*[partial(unguarded, booth) for booth in places]) == [None, None]
        assert Ticket.objects.count() == 2


class TestAccept:
    def test_two_tabs_open_one_meeting(self):
        booth = BoothFactory()
        student = student_at(booth.fair)
        ticket = line.join_line(actor=student, booth_id=booth.pk)
        line.call_next(actor=recruiter_at(booth), booth_id=booth.pk)
        results = race(*[partial(meeting.accept_call, actor=student, ticket_id=ticket.pk)] * 4)
        assert codes(results) == ["not_called"] * 3
        assert Meeting.objects.count() == 1
        moved = Event.objects.filter(stream__name=f"booth-{booth.pk}", payload__status="meeting")
        assert moved.count() == 1

    def test_control_two_blind_tabs_meet_the_constraint(self):
        ticket = TicketFactory(status="called", called_at=clock.now(), answer_by=clock.now())

        def write(_seen):
            return Meeting.objects.create(ticket=ticket, ends_at=clock.now() + timedelta(minutes=8))

        results = race(*[_look_then_write(Meeting.objects.count, write, 2)] * 2)
        assert sorted(type(result).__name__ for result in results) == ["IntegrityError", "Meeting"]

    def test_accepted_taken_back_or_expired_but_only_one_of_them(self):
        """The student comes, the recruiter takes the call back and the grace ends, all in the same moment."""
        booth = BoothFactory()
        student, recruiter = student_at(booth.fair), recruiter_at(booth)
        for _ in range(6):
            ticket = line.join_line(actor=student, booth_id=booth.pk)
            line.call_next(actor=recruiter, booth_id=booth.pk)
            results = race(
                partial(meeting.accept_call, actor=student, ticket_id=ticket.pk),
                partial(line.put_back, actor=recruiter, ticket_id=ticket.pk),
                partial(line.leave_line, actor=student, ticket_id=ticket.pk),
            )
            ticket.refresh_from_db()
            assert set(codes(results)) <= {"not_called", "wrong_state", "conflict"}
            # Taken back and then left is two steps, one after the other; a talk excludes both.
            opened = Meeting.objects.filter(ticket=ticket).count()
            assert (ticket.status, opened) in {("meeting", 1), ("waiting", 0), ("left", 0)}
            Ticket.objects.filter(pk=ticket.pk).update(status="served")


class TestClosing:
    def test_a_fair_that_closes_keeps_nobody_in_a_line(self):
        """Twelve join, six call and staff close at the same moment: afterwards nobody waits and nobody is called."""
        booth = BoothFactory()
        students = [student_at(booth.fair) for _ in range(8)]
        recruiters = [recruiter_at(booth) for _ in range(3)]
        staff = staff_of(booth.fair)
        for _ in range(4):
            TicketFactory(booth=booth)
        results = race(
            *[partial(line.join_line, actor=student, booth_id=booth.pk) for student in students],
            *[partial(line.call_next, actor=recruiter, booth_id=booth.pk) for recruiter in recruiters],
            partial(fairs.move_fair, actor=staff, fair_id=booth.fair_id, to="closed"),
        )
        assert set(codes(results)) <= {"fair_not_live", "line_empty"}
        assert results[-1].status == "closed"
        assert Ticket.objects.filter(status__in=[*IN_LINE, "called"]).count() == 0

    def test_control_without_the_booths_lock_somebody_waits_at_a_closed_fair(self):
        booth = BoothFactory()
        student = student_at(booth.fair)
        together = meeting_point(2)

        def join():
            open_now = Fair.objects.get(pk=booth.fair_id).status == "live"
            together()
            if open_now:
                Ticket.objects.create(booth=booth, student_id=student.student_id, number=1)

        def close():
            together()
            Fair.objects.filter(pk=booth.fair_id).update(status="closed")

        assert race(join, close) == [None, None]
        assert Ticket.objects.filter(status="waiting", booth__fair__status="closed").count() == 1

    def test_two_staff_who_close_at_once_close_once(self):
        booth = BoothFactory()
        TicketFactory(booth=booth)
        works = [
            partial(fairs.move_fair, actor=staff_of(booth.fair), fair_id=booth.fair_id, to="closed")
            for _ in range(3)
        ]
        assert set(codes(race(*works))) <= {"conflict", "wrong_state"}
        assert Event.objects.filter(kind="fair_changed").count() == 1
        assert Event.objects.filter(kind="line_left").count() == 1

    def test_a_booth_is_refused_or_joined_never_both(self):
        for _ in range(4):
            booth = BoothFactory()
            student, staff = student_at(booth.fair), staff_of(booth.fair)
            results = race(
                partial(line.join_line, actor=student, booth_id=booth.pk),
                partial(booths.refuse_booth, actor=staff, booth_id=booth.pk, reason="x"),
            )
            booth.refresh_from_db()
            standing = Ticket.objects.filter(booth=booth).count()
            assert (booth.status, standing, codes(results)) in [
                ("refused", 0, ["not_found"]),
                ("approved", 1, ["line_not_empty"]),
            ]


class TestBooths:
    def test_two_staff_never_give_one_number_twice(self):
        fair = FairFactory(sign_up=True)
        asked = [BoothFactory(fair=fair, requested=True) for _ in range(4)]
        staff = staff_of(fair)
        results = race(*[partial(booths.approve_booth, actor=staff, booth_id=b.pk) for b in asked])
        assert set(codes(results)) <= {"label_taken"}
        labels = list(Booth.objects.filter(status="approved").values_list("label", flat=True))
        assert len(labels) == len(set(labels)) == 4 - len(codes(results))

    def test_control_the_database_refuses_a_number_given_twice(self):
        fair = FairFactory()
        one, two = BoothFactory(fair=fair), BoothFactory(fair=fair)
        with pytest.raises(IntegrityError), transaction.atomic():
            Booth.objects.filter(pk=two.pk).update(label=one.label)

    def test_of_two_who_choose_positions_at_once_the_later_sees_what_the_first_left(self):
        booth = BoothFactory()
        recruiter = recruiter_at(booth)
        old, *new = (PositionFactory(published=True, company=booth.company).pk for _ in range(3))
        for _ in range(5):
            booths.bring_positions(actor=recruiter, booth_id=booth.pk, position_ids=[old])
            OutboxEntry.objects.all().delete()
            choose = partial(booths.bring_positions, actor=recruiter, booth_id=booth.pk)
            assert codes(race(*[partial(choose, position_ids=[pk]) for pk in new])) == []
            last = AuditEntry.objects.latest("pk").data["positions"]
            assert list(BoothPosition.objects.values_list("position_id", flat=True)) == last
            told = OutboxEntry.objects.filter(topic=indexing.INDEX)
            assert {entry.payload["position"] for entry in told} == {old, *new}

    def test_control_without_the_lock_the_booth_brings_what_nobody_chose(self):
        booth = BoothFactory()
        new = [PositionFactory(published=True, company=booth.company).pk for _ in range(2)]
        together = meeting_point(2)

        def unguarded(position):
            BoothPosition.objects.filter(booth=booth).exclude(position_id=position).delete()
            together()
            BoothPosition.objects.create(booth=booth, position_id=position)

        assert codes(race(*[partial(unguarded, pk) for pk in new])) == []
        assert sorted(BoothPosition.objects.values_list("position_id", flat=True)) == new

    def test_registering_from_two_tabs_is_one_registration(self):
        fair = FairFactory()
        student = student_at(fair, registered=False)
        results = race(*[partial(fairs.register_for_fair, actor=student, fair_id=fair.pk)] * 4)
        assert codes(results) == []
        assert len({registration.pk for registration in results}) == FairRegistration.objects.count() == 1


class TestJournal:
    def test_numbers_are_given_once_and_without_a_gap(self):
        results = race(
            *[partial(journal.append, "line-1", LineLeft(number=1, place=1), LineLeft(number=2, place=1))] * 8
        )
        assert codes(results) == []
        seqs = list(Event.objects.order_by("seq").values_list("seq", flat=True))
        assert seqs == list(range(1, 17))
        assert Stream.objects.get().last_seq == 16

    def test_control_a_number_read_and_written_later_is_given_twice(self):
        stream = Stream.objects.create(name="line-1")

        def write(seen):
            return Event.objects.create(stream=stream, seq=seen + 1, kind="line_left")

        def look():
            return Stream.objects.get(name="line-1").last_seq

        results = race(*[_look_then_write(look, write, 3)] * 3)
        assert sorted(type(r).__name__ for r in results) == ["Event", "IntegrityError", "IntegrityError"]

    def test_writers_of_the_same_streams_never_wait_for_each_other_in_a_ring(self):
        """Two streams named in opposite orders: taken in one order, nobody deadlocks."""
        told = [(LineLeft(number=1, place=1), 1), (LineLeft(number=1, place=1), 2)]
        works = [partial(journal.tell, *told), partial(journal.tell, *reversed(told))] * 4
        assert race(*works) == [None] * 8
        assert set(Stream.objects.values_list("name", "last_seq")) == {("line-1", 8), ("line-2", 8)}

    def test_a_snapshot_stands_at_the_number_of_what_it_shows(self):
        """Joins and snapshots at once: a line's length is always the number of events up to the snapshot's seq."""
        booth = BoothFactory()
        students = [student_at(booth.fair) for _ in range(6)]
        looker, stream = staff_of(booth.fair), f"line-{booth.pk}"

        def look():
            seq, state = snapshots.take(looker, stream)
            return seq, state["length"]

        results = race(
            *[partial(line.join_line, actor=student, booth_id=booth.pk) for student in students], *[look] * 6
        )
        assert codes(results) == []
        assert all(seq == waiting for seq, waiting in results[6:])


class TestSteering:
    def test_booths_that_move_and_a_fair_that_closes_never_wait_for_each_other_in_a_ring(self):
        for _ in range(RACES):
            booths_of = BoothFactory.create_batch(3, fair=(fair := FairFactory()))
            staff = staff_of(fair)
            move = partial(steering.move_booth, actor=staff, zone="Z")
            works = [partial(move, booth_id=one.pk, label=f"Z{one.pk}") for one in booths_of]
            closing = partial(fairs.move_fair, actor=staff, fair_id=fair.pk, to="closed")
            assert codes(race(*works, closing)) == []
            assert set(Booth.objects.filter(fair=fair).values_list("zone", "fair__status")) == {
                ("Z", "closed")
            }


class TestCommands:
    def test_one_id_from_two_sockets_is_one_command_with_one_answer(self):
        booth = BoothFactory()
        student = student_at(booth.fair)
        answers = race(*[partial(handlers.run, student.user_id, "same", JoinLine(booth=booth.pk))] * 4)
        assert [answer["ok"] for answer in answers] == [True] * 4
        assert len({answer["result"]["ticket"] for answer in answers}) == 1
        assert (Ticket.objects.count(), CommandReceipt.objects.count()) == (1, 1)

    def test_control_without_the_receipt_each_socket_is_a_command(self):
        booth = BoothFactory()
        students = [student_at(booth.fair) for _ in range(2)]
        works = [partial(handlers.run, s.user_id, "same", JoinLine(booth=booth.pk)) for s in students]
        assert [answer["ok"] for answer in race(*works)] == [True, True]  # ids are a person's own
        assert Ticket.objects.count() == 2


def test_a_move_from_a_state_that_is_gone_says_conflict():
    booth = BoothFactory()
    student = student_at(booth.fair)
    ticket = line.join_line(actor=student, booth_id=booth.pk)
    stale = Ticket.objects.get(pk=ticket.pk)
    line.step_away(actor=student, ticket_id=ticket.pk)
    with pytest.raises(Conflict) as refusal, transaction.atomic():
        line.set_ticket(student, stale, "left")
    assert refusal.value.code == "conflict"
