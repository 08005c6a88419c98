"""A block against whoever plans, invites or calls the two in the same moment, over real connections."""

import threading
from functools import partial

import pytest
from django.db import OperationalError, connection

from backend.common import clock
from fairs.domain import invitation, line, meeting, safety
from fairs.domain import plan as planner
from fairs.models import Block, FairRegistration, Invitation, Meeting, PlannedTalk, Ticket
from tests.factories.fairs import BoothFactory, PlanFactory, PlannedTalkFactory, staff_of
from tests.fairs.support import talk_at
from tests.racing import codes, race

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def meet():
    """Both arrive here, or the other one waits for a lock."""
    together = threading.Barrier(2)

    def wait():
        try:
            together.wait(0.5)
        except threading.BrokenBarrierError:
            return

    return wait


@pytest.fixture
def pair():
    """A talk that is going on: (student, recruiter, meeting)."""
    found = talk_at(BoothFactory())
    FairRegistration.objects.update(entered_at=clock.now())
    return found


def _first(meet, work):
    """Meet inside a function before it does its work."""

    def met(*args, **named):
        meet()
        return work(*args, **named)

    return met


@pytest.mark.parametrize("guard", [True, False])
def test_nobody_is_invited_beside_a_block(monkeypatch, meet, pair, guard):
    """The control looks before the locks alone: on PostgreSQL it invites somebody who is blocked by then."""
    student, recruiter, talk = pair
    meeting.end_meeting(actor=recruiter, meeting_id=talk.pk)
    row = FairRegistration.objects.get(student_id=student.student_id)
    monkeypatch.setattr(safety, "withdraw", _first(meet, invitation.withdraw))
    if not guard:
        monkeypatch.setattr(invitation, "blocked", lambda *_pair: False)

    def invite():
        def meet_before_the_lock(execute, sql, *rest):
            if "FOR UPDATE" in sql:
                meet()
            return execute(sql, *rest)

        with connection.execute_wrapper(meet_before_the_lock):
            invitation.invite(actor=recruiter, booth_id=talk.ticket.booth_id, registration_id=row.pk)

    found = race(invite, partial(safety.block_person, actor=student, meeting_id=talk.pk))
    assert codes(found) in ([], ["not_found"])
    assert Block.objects.count() == 1
    left_open = Invitation.objects.filter(status="open").exists()
    assert left_open == (not guard and connection.vendor == "postgresql")


@pytest.mark.parametrize("guard", [True, False])
def test_a_block_and_whoever_edits_the_plan_wait_for_one_another(monkeypatch, meet, pair, guard):
    """The control takes the talk before its plan: PostgreSQL finds the deadlock and ends one; SQLite has one writer."""
    student, _recruiter, talk = pair
    booth = talk.ticket.booth
    plan = PlanFactory(fair=booth.fair, published=True)
    planned = PlannedTalkFactory(plan=plan, booth=booth, student_id=student.student_id, slot=3)
    monkeypatch.setattr(planner, "_not_begun", _first(meet, planner._not_begun))
    monkeypatch.setattr(planner, "_changed", _first(meet, planner._changed))
    if not guard:
        monkeypatch.setattr(planner, "_hold_plans", lambda *_pair: None)
    found = race(
        partial(planner.drop_talk, actor=staff_of(booth.fair), talk_id=planned.pk),
        partial(safety.block_person, actor=student, meeting_id=talk.pk),
    )
    broken = [one for one in found if isinstance(one, OperationalError)]
    assert len(broken) == (not guard and connection.vendor == "postgresql")
    if guard:
        assert codes(found) in ([], ["not_found"])
        assert not PlannedTalk.objects.exists()


def test_a_block_and_a_call_or_a_join_leave_nobody_in_the_line(pair):
    student, recruiter, talk = pair
    booth = talk.ticket.booth_id
    meeting.end_meeting(actor=recruiter, meeting_id=talk.pk)
    for start in (lambda: None, lambda: line.join_line(actor=student, booth_id=booth)):
        start()
        found = race(
            partial(safety.block_person, actor=student, meeting_id=talk.pk),
            partial(line.join_line, actor=student, booth_id=booth),
            partial(line.call_next, actor=recruiter, booth_id=booth),
        )
        assert set(codes(found)) <= {"blocked", "already_in_line", "line_empty"}
        assert set(Ticket.objects.values_list("status", flat=True)) <= {"left", "served"}
        Block.objects.all().delete()


def test_both_sides_block_and_end_at_once(pair):
    student, recruiter, talk = pair
    found = race(
        partial(safety.block_person, actor=student, meeting_id=talk.pk),
        partial(safety.block_person, actor=recruiter, meeting_id=talk.pk),
        partial(meeting.end_meeting, actor=recruiter, meeting_id=talk.pk),
    )
    assert set(codes(found)) <= {"conflict", "wrong_state"}
    assert not [one for one in found[:2] if isinstance(one, Exception)]
    assert (Block.objects.count(), Meeting.objects.get().status) == (2, "ended")
