"""The timetable on the day: a number is drawn when its time has come, and called before the line's own, with the reason stored."""

from datetime import timedelta

import pytest
from django.db import IntegrityError

from backend.common import clock
from backend.common.errors import Conflict
from backend.companies.enums import CompanyStatus
from backend.companies.models import Company
from fairs import queries, snapshots
from fairs.domain import line, timetable
from fairs.domain import plan as planner
from fairs.models import Booth, BoothTeam, Fair, FairRegistration, PlannedTalk, Ticket
from fairs.protocol import events
from fairs.protocol.state import apply
from fairs.wait import Record, Turn, interval
from tests.factories.fairs import BoothFactory, PlannedTalkFactory, recruiter_at, staff_of, student_at
from tests.fairs.support import refused, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def talk():
    """Published, at the third time of a live fair whose hall the student has entered; two recruiters."""
    made = PlannedTalkFactory(slot=2)
    student = student_at(made.plan.fair, registered=False)
    FairRegistration.objects.update(student_id=student.student_id)
    PlannedTalk.objects.update(student_id=student.student_id)
    BoothTeam.objects.create(booth=made.booth, recruiters=2)
    planner.publish_plan(actor=staff_of(made.plan.fair), fair_id=made.plan.fair_id)
    go_live(made)
    made.actor = student
    return made


def go_live(talk):
    """The fair opens on time, and everybody registered is there."""
    clock.advance(timedelta(hours=1))
    Fair.objects.update(status="live")
    FairRegistration.objects.update(entered_at=clock.now())


def numbers(booth):
    return list(queries.line_of(booth).values_list("number", "student_id"))


def drawn(talk):
    return PlannedTalk.objects.values_list("ticket__number", flat=True).get(pk=talk.pk)


@pytest.mark.parametrize(
    ("minutes", "number"),
    [(19.9, None), (20, 5), (29.9, 5), (30, None)],
    ids=["before", "begins", "last", "over"],
)
def test_the_number_is_drawn_while_it_is_the_time(talk, minutes, number):
    """The third time of two recruiters: numbers 5 and 6 are kept for it, and the line's own begin behind 36."""
    clock.advance(timedelta(minutes=minutes))
    assert timetable.begin_due() == (number is not None)
    assert drawn(talk) == number
    assert timetable.begin_due() == 0
    walker = line.join_line(actor=student_at(talk.plan.fair), booth_id=talk.booth_id)
    assert walker.number == 37


def test_one_that_cannot_begin_keeps_no_other_waiting(talk, monkeypatch):
    other = PlannedTalkFactory(plan=talk.plan, slot=2)
    begin, broken = timetable._begin, min(talk.pk, other.pk)

    def breaks(pk):
        if pk == broken:
            raise IntegrityError("two talks with one number")
        return begin(pk)

    FairRegistration.objects.update(entered_at=clock.now())
    clock.advance(timedelta(minutes=21))
    monkeypatch.setattr(timetable, "_begin", breaks)
    assert timetable.begin_due() == 1
    assert (drawn(talk) is None) != (drawn(other) is None)


@pytest.mark.parametrize("gone", ["student", "fair", "booth", "company", "draft"])
def test_nobody_is_called_into_the_void(talk, gone):
    clock.advance(timedelta(minutes=21))
    if gone == "student":
        FairRegistration.objects.update(entered_at=None)
    elif gone == "fair":
        Fair.objects.update(status="paused")
    elif gone == "company":
        Company.objects.update(status=CompanyStatus.SUSPENDED)
    elif gone == "booth":
        Booth.objects.update(status="refused")
    else:
        type(talk.plan).objects.update(status="draft")
    assert (timetable.begin_due(), Ticket.objects.count()) == (0, 0)


def test_who_comes_late_gets_the_number_while_the_time_lasts(talk):
    FairRegistration.objects.update(entered_at=None)
    clock.advance(timedelta(minutes=25))
    assert timetable.begin_due() == 0
    FairRegistration.objects.update(entered_at=clock.now())
    assert (timetable.begin_due(), drawn(talk)) == (1, 5)


def test_the_planned_one_is_called_first_and_the_reason_says_so(talk):
    walker = line.join_line(actor=student_at(talk.plan.fair), booth_id=talk.booth_id)
    clock.advance(timedelta(minutes=21))
    timetable.begin_due()
    assert numbers(talk.booth) == [(5, talk.actor.student_id), (37, walker.student_id)]
    first = line.call_next(actor=recruiter_at(talk.booth), booth_id=talk.booth_id)
    second = line.call_next(actor=recruiter_at(talk.booth), booth_id=talk.booth_id)
    assert first.call_reason == {
        "rule": "planned", "planned_at": talk.starts_at.isoformat(), "waited": 0, "passed_over": [],
    }  # fmt: skip
    assert second.call_reason == {
        "rule": "fair_turn", "talks": 0, "bonus": 10, "waited": 21 * 60, "passed_over": [],
    }  # fmt: skip


def test_a_walker_is_called_before_the_time_of_a_planned_talk(talk):
    """A plan keeps no recruiter idle: until the time comes, the line goes on."""
    walker = line.join_line(actor=student_at(talk.plan.fair), booth_id=talk.booth_id)
    clock.advance(timedelta(minutes=19))
    timetable.begin_due()
    called = line.call_next(actor=recruiter_at(talk.booth), booth_id=talk.booth_id)
    assert (called.pk, called.call_reason["rule"]) == (walker.pk, "fair_turn")


def test_places_stay_true_by_the_events_alone(talk):
    """Whoever waits hears that somebody came before them: state + events = state."""
    walker = student_at(talk.plan.fair)
    ticket = line.join_line(actor=walker, booth_id=talk.booth_id)
    stream = f"line-{talk.booth_id}"
    seq, state = snapshots.take(walker, stream)
    assert state["place"] == 1
    clock.advance(timedelta(minutes=21))
    timetable.begin_due()
    heard = told(stream, after=seq)
    assert heard == [("line_joined", {"number": 5, "place": 1})]
    for kind, data in heard:
        state = apply(state, events.read(kind, data))
    ticket.refresh_from_db()
    assert (state["place"], queries.place_of(ticket)) == (2, 2)
    assert told(f"person-{talk.actor.user_id}")[-1][1]["status"] == "waiting"


def test_who_has_a_talk_later_draws_no_number_before_it(talk):
    with refused(Conflict, "planned_here") as refusal:
        line.join_line(actor=talk.actor, booth_id=talk.booth_id)
    assert refusal.value.params == {"time": "10:20"}
    other = BoothFactory(fair=talk.plan.fair)
    assert line.join_line(actor=talk.actor, booth_id=other.pk).number == 1
    clock.advance(timedelta(minutes=30))
    assert (
        line.join_line(actor=talk.actor, booth_id=talk.booth_id).number == 37
    )  # the time was missed: as everybody


@pytest.mark.parametrize(
    ("status", "number", "before"),
    [("waiting", 5, "left"), ("away", None, "away"), ("meeting", 37, "meeting")],
)
def test_who_stands_in_that_line_already(talk, status, number, before):
    """A number of the line gives way to the kept one; whoever is away is left in peace; a talk that goes on is the talk."""
    PlannedTalk.objects.update(slot=0)
    clock.advance(timedelta(minutes=11))
    ticket = line.join_line(actor=talk.actor, booth_id=talk.booth_id)
    Ticket.objects.update(status=status)
    PlannedTalk.objects.update(slot=2)
    clock.advance(timedelta(minutes=10))
    timetable.begin_due()
    ticket.refresh_from_db()
    assert (drawn(talk), ticket.status) == (number, before)
    # The number drawn last is one's own, though it is the lower one.
    state = snapshots.take(talk.actor, f"line-{talk.booth_id}")[1]
    assert (state["number"], state["place"]) == {"left": (5, 1), "away": (37, 1), "meeting": (37, None)}[
        before
    ]


def test_more_lines_than_allowed_do_not_cost_the_planned_talk(talk):
    Fair.objects.update(lines_per_student=1)
    line.join_line(actor=talk.actor, booth_id=BoothFactory(fair=talk.plan.fair).pk)
    clock.advance(timedelta(minutes=20))
    assert timetable.begin_due() == 1


def test_every_talk_of_a_time_begins_once(talk):
    booths = [BoothFactory(fair=talk.plan.fair) for _ in range(3)]
    for booth in booths:
        PlannedTalkFactory(plan=talk.plan, booth=booth, slot=2)
        PlannedTalkFactory(plan=talk.plan, booth=booth, slot=3)
    FairRegistration.objects.update(entered_at=clock.now())
    clock.advance(timedelta(minutes=20))
    assert [timetable.begin_due(), timetable.begin_due()] == [4, 0]
    clock.advance(timedelta(minutes=10))
    assert timetable.begin_due() == 3


class TestWait:
    """Planned talks that come first are part of the wait that is told."""

    def test_a_planned_talk_before_one_s_turn_lengthens_the_wait(self):
        turns = [Turn(1, 0.0, 600.0), Turn(1, 640.0, 1_240.0), Turn(1, 1_280.0, None)]
        plain = Record(turns, 0, 100.0, 10)
        now = 1_300.0
        without = interval(ahead=2, now=now, record=plain)
        soon = interval(ahead=2, now=now, record=Record(turns, 0, 100.0, 10, [now + 60, now + 300]))
        late = interval(ahead=2, now=now, record=Record(turns, 0, 100.0, 10, [now + 50_000]))
        assert soon == interval(ahead=4, now=now, record=plain)
        assert late == without
        assert soon[0] > without[0]

    def test_the_hall_counts_talks_that_are_yet_to_begin(self, talk):
        record = queries.records_of([talk.booth])[talk.booth_id]
        assert record.expected == [talk.starts_at.timestamp()]
        clock.advance(timedelta(minutes=20))
        timetable.begin_due()
        assert queries.records_of([talk.booth])[talk.booth_id].expected == ()
        assert queries.figures_of([talk.booth])[talk.booth_id].waiting == 1
