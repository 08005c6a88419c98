"""Plans and timetables with everybody at once, over real connections; each guard has a control without it."""

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from backend.common import clock
from fairs.domain import booth as booths
from fairs.domain import line, timetable
from fairs.domain import plan as planner
from fairs.models import Fair, FairRegistration, PlannedTalk, Ticket
from tests.factories.fairs import FairFactory, PlannedTalkFactory, staff_of, student_at
from tests.racing import codes, meeting_point, race

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 4


@pytest.fixture
def due():
    """A published talk whose time is now, of a student who is in the hall."""
    begun = clock.now() - timedelta(minutes=2)
    hours = {"starts_at": begun, "ends_at": begun + timedelta(hours=3)}
    talk = PlannedTalkFactory(slot=0, plan__fair=FairFactory(ready=True, **hours))
    student = student_at(talk.plan.fair, registered=False)
    FairRegistration.objects.update(student_id=student.student_id, entered_at=clock.now())
    PlannedTalk.objects.update(student_id=student.student_id)
    planner.publish_plan(actor=staff_of(talk.plan.fair), fair_id=talk.plan.fair_id)
    Fair.objects.update(status="live")
    talk.actor = student
    return talk


def test_several_workers_draw_a_number_once(due):
    assert sorted(race(*[timetable.begin_due] * MANY)) == [0] * (MANY - 1) + [1]
    assert Ticket.objects.values_list("number", flat=True).get() == 1


def test_control_without_the_lock_a_worker_falls_over(due):
    """The unique keys still keep the second ticket out, but as a crash of the clock's round."""
    together = meeting_point(2)

    def unguarded():
        talk = PlannedTalk.objects.get(ticket__isnull=True)
        together()
        with transaction.atomic():
            ticket = Ticket.objects.create(booth_id=talk.booth_id, student_id=talk.student_id, number=1)
            PlannedTalk.objects.filter(pk=talk.pk).update(ticket=ticket)

    found = race(unguarded, unguarded)
    assert sorted(type(one) for one in found if one is not None) == [IntegrityError]
    assert Ticket.objects.count() == 1


def test_a_student_who_joins_at_the_very_moment_stands_there_once(due):
    found = race(timetable.begin_due, partial(line.join_line, actor=due.actor, booth_id=due.booth_id))
    assert found[0] == 1
    assert codes(found[1:]) in (["planned_here"], ["already_in_line"])
    assert Ticket.objects.values_list("number", flat=True).get() == 1


def test_two_of_the_staff_give_the_last_seat_away_once():
    talk = PlannedTalkFactory(slot=3)
    fair, staff = talk.plan.fair, staff_of(talk.plan.fair)
    students = [student_at(fair).student_id for _ in range(MANY)]
    add = partial(planner.add_talk, actor=staff, fair_id=fair.pk, booth_id=talk.booth_id, slot=4)
    found = race(*[partial(add, student_id=student) for student in students])
    assert codes(found) == ["booth_full"] * (MANY - 1)
    assert PlannedTalk.objects.filter(slot=4).count() == 1


def test_control_without_the_lock_the_database_alone_keeps_the_seat():
    talk = PlannedTalkFactory(slot=3)
    students = [student_at(talk.plan.fair).student_id for _ in range(2)]
    together = meeting_point(2)

    def unguarded(student):
        free = not PlannedTalk.objects.filter(booth_id=talk.booth_id, slot=4).exists()
        together()
        if free:
            PlannedTalk.objects.create(plan=talk.plan, booth=talk.booth, student_id=student, slot=4, seat=0)

    found = race(*[partial(unguarded, student) for student in students])
    assert sorted(type(one) for one in found if one is not None) == [IntegrityError]
    assert PlannedTalk.objects.filter(slot=4).count() == 1


@pytest.mark.parametrize("guard", [True, False])
def test_refusing_a_booth_and_publishing_its_plan_wait_for_one_another(monkeypatch, guard):
    """The control takes the booth before the plan: PostgreSQL finds the deadlock and ends one; SQLite has one writer."""
    talk = PlannedTalkFactory(slot=3)
    fair, staff = talk.plan.fair, staff_of(talk.plan.fair)
    together, approved = threading.Barrier(2), planner._approved

    def meet():
        try:
            together.wait(0.5)
        except threading.BrokenBarrierError:
            return  # the other one waits for a lock

    def with_the_plan_held(plan):
        meet()
        return approved(plan)

    def with_the_booth_held(actor, booth):
        meet()
        planner.forget_booth(actor, booth)

    monkeypatch.setattr(planner, "_approved", with_the_plan_held)
    monkeypatch.setattr(booths, "refused", [with_the_booth_held])
    if not guard:
        monkeypatch.setattr(booths, "_hold_plan", lambda _booth: None)
    found = race(
        partial(planner.publish_plan, actor=staff, fair_id=fair.pk),
        partial(booths.refuse_booth, actor=staff, booth_id=talk.booth_id, reason="x"),
    )
    broken = [one for one in found if isinstance(one, OperationalError)]
    assert len(broken) == (not guard and connection.vendor == "postgresql")
    if guard:
        assert codes(found) in ([], ["plan_empty"])
        assert not PlannedTalk.objects.exists()
