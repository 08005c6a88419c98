"""Fair turns: who has had fewer talks today stands earlier, by what is published, stored and told."""

from datetime import timedelta
from functools import partial, reduce

import pytest
from django.db import IntegrityError, transaction
from django.utils.translation import override

from backend.common import clock
from fairs import queries, snapshots, turns
from fairs.domain import journal, line, meeting
from fairs.interfaces import turn_words
from fairs.models import Event, Fair, Ticket
from fairs.protocol import events
from fairs.protocol.events import LineLeft
from fairs.protocol.state import apply
from tests.factories.fairs import BoothFactory, FairFactory, TicketFactory, recruiter_at, student_at
from tests.racing import codes, race

OF_A_RACE = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("talks", "bonus"), [(0, 14), (1, 7), (2, 0), (3, 0)])
def test_each_talk_fewer_than_two_counts(talks, bonus):
    assert turns.bonus_of(talks, 7) == bonus


def talked(student, fair, times, **fields):
    """So many talks of a student at a booth of their own at the fair."""
    served = {"status": "served", "called_at": clock.now()} | fields
    TicketFactory.create_batch(times, booth=BoothFactory(fair=fair), student_id=student.student_id, **served)


@pytest.mark.django_db
class TestPlaces:
    @pytest.mark.parametrize(
        ("each", "later", "order"),
        [(5, 4, [2, 1]), (5, 5, [1, 2]), (5, 6, [1, 2]), (0, 4, [1, 2])],
        ids=["a bonus overtakes", "a draw goes to the lower number", "waited longer", "no bonus"],
    )
    def test_who_has_had_fewer_talks_stands_as_if_they_had_come_earlier(self, frozen_now, each, later, order):
        booth = BoothFactory(fair__turn_bonus_minutes=each)
        first, second = student_at(booth.fair), student_at(booth.fair)
        talked(first, booth.fair, 2)
        talked(second, booth.fair, 1)
        tickets = [line.join_line(actor=first, booth_id=booth.pk)]
        clock.advance(timedelta(minutes=later))
        tickets.append(line.join_line(actor=second, booth_id=booth.pk))
        assert list(queries.line_of(booth).values_list("number", flat=True)) == order
        assert [queries.place_of(ticket) for ticket in tickets] == [order.index(n) + 1 for n in (1, 2)]
        placed = queries.with_place(Ticket.objects.filter(booth=booth)).order_by("number")
        assert [ticket.place for ticket in placed] == [order.index(n) + 1 for n in (1, 2)]
        called = [line.call_next(actor=recruiter_at(booth), booth_id=booth.pk) for _ in order]
        assert [ticket.number for ticket in called] == order
        of_second = next(ticket for ticket in called if ticket.number == 2)
        assert of_second.call_reason == {
            "rule": "fair_turn", "waited": 0, "talks": 1, "bonus": each, "passed_over": [],
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("fields", "counted"),
        [
            ({}, 1),
            ({"status": "meeting", "answer_by": clock.now()}, 1),
            ({"status": "no_show"}, 0),
            ({"status": "left"}, 0),
            ({"called_at": None}, 0),
        ],
        ids=["served", "going on", "did not come", "left", "never called"],
    )
    def test_talks_of_today_at_this_fair_count(self, frozen_now, fields, counted):
        fair = FairFactory()
        student = student_at(fair)
        talked(student, fair, 1, **fields)
        talked(student, FairFactory(), 1)
        talked(student_at(fair), fair, 1)
        assert turns.talks_today(fair, student.student_id) == counted

    def test_yesterdays_talks_of_a_fair_of_several_days_do_not_count(self, frozen_now):
        fair = FairFactory()
        student = student_at(fair)
        talked(student, fair, 2, called_at=clock.now() - timedelta(days=1))
        assert turns.talks_today(fair, student.student_id) == 0

    def test_the_place_is_fixed_when_the_number_is_drawn(self, frozen_now):
        booth, other = (BoothFactory(fair=fair) for fair in [FairFactory()] * 2)
        student = student_at(booth.fair)
        ticket = line.join_line(actor=student, booth_id=booth.pk)
        line.join_line(actor=student, booth_id=other.pk)
        called = line.call_next(actor=recruiter_at(other), booth_id=other.pk)
        talk = meeting.accept_call(actor=student, ticket_id=called.pk)
        meeting.end_meeting(actor=student, meeting_id=talk.pk)
        Fair.objects.update(turn_bonus_minutes=0)
        ticket.refresh_from_db()
        assert (ticket.stands_since, ticket.talks_before, ticket.bonus_minutes) == (
            frozen_now - timedelta(minutes=10), 0, 10,
        )  # fmt: skip

    @pytest.mark.parametrize(
        "wrong", [{"stands_since": clock.now() + timedelta(hours=1)}, {"bonus_minutes": 121}]
    )
    def test_the_database_refuses(self, frozen_now, wrong):
        ticket = TicketFactory()
        with pytest.raises(IntegrityError), transaction.atomic():
            Ticket.objects.filter(pk=ticket.pk).update(**wrong)

    def test_in_words(self, frozen_now):
        fair = FairFactory(turn_bonus_minutes=5)
        ticket = TicketFactory.build(booth__fair=fair, talks_before=1, bonus_minutes=5)
        ticket.stands_since -= timedelta(minutes=5)
        ticket.call_reason = {"rule": "fair_turn", "waited": 125, "talks": 1, "bonus": 5, "passed_over": []}
        with override("en"):
            said = turn_words.rule(fair), turn_words.place(ticket), turn_words.call(ticket)
        joined, since = (
            f"{moment:%H:%M}"
            for moment in map(turns.timezone.localtime, (ticket.joined_at, ticket.stands_since))
        )
        assert said == (
            "Whoever has waited longest is called first. Each talk fewer than two today counts as 5 minutes of waiting.",
            f"Joined at {joined} with talks so far: 1. That counts 5 minutes: in line as since {since}.",
            "Called after waiting 2 minutes. Talks before: 1, which counted 5 minutes more.",
        )


def followed(actor, booth, first, state):
    """The state of a line carried forward by its events alone."""
    rows = Event.objects.filter(stream__name=f"line-{booth.pk}", seq__gt=first).order_by("seq")
    return reduce(apply, [events.read(row.kind, row.payload) for row in rows], state)


@OF_A_RACE
class TestPlacesTold:
    """Everybody's place by events alone, while many come and go at once."""

    def test_places_told_are_true_whoever_comes_and_goes_at_once(self):
        booth = BoothFactory(fair__turn_bonus_minutes=1)
        here = [student_at(booth.fair) for _ in range(6)]
        for student in here[:3]:
            talked(student, booth.fair, 2)
        tickets = [line.join_line(actor=actor, booth_id=booth.pk) for actor in here]
        stream = f"line-{booth.pk}"
        watched = {actor: snapshots.take(actor, stream) for actor in here}
        new = [student_at(booth.fair) for _ in range(3)]
        results = race(
            *[
                partial(line.leave_line, actor=a, ticket_id=t.pk)
                for a, t in list(zip(here, tickets, strict=True))[::2]
            ],
            *[partial(line.join_line, actor=actor, booth_id=booth.pk) for actor in new],
        )
        assert codes(results) == []
        for actor, (seq, state) in watched.items():
            assert followed(actor, booth, seq, state) == snapshots.take(actor, stream)[1]

    def test_control_a_place_counted_before_the_stream_is_held_is_wrong(self):
        booth = BoothFactory()
        tickets = [TicketFactory(booth=booth, number=n) for n in (1, 2)]
        last = student_at(booth.fair)
        TicketFactory(booth=booth, number=3, student_id=last.student_id)
        seq, state = snapshots.take(last, f"line-{booth.pk}")
        places = [queries.place_of(ticket) for ticket in tickets]
        for ticket, place in zip(tickets, places, strict=True):
            Ticket.objects.filter(pk=ticket.pk).update(status="left")
            journal.append(f"line-{booth.pk}", LineLeft(number=ticket.number, place=place))
        assert followed(last, booth, seq, state) != snapshots.take(last, f"line-{booth.pk}")[1]
