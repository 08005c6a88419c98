"""Talks without an answer: recruiter, then owners, then the school, each told once."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.common import clock
from backend.notifications.models import Notification
from fairs.domain import escalation, meeting
from fairs.models import Meeting
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import RecruiterFactory
from tests.factories.fairs import BoothFactory, FairFactory, MeetingFactory, recruiter_at, staff_of
from tests.factories.schools import DepartmentFactory
from tests.fairs.support import talk_at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
KINDS = ("fairs.answer_due", "fairs.answer_overdue", "fairs.answer_missing")


def notes():
    return set(Notification.objects.filter(kind__in=KINDS).values_list("kind", "user_id", "url"))


def test_each_is_told_once_when_its_turn_has_come():
    booth = BoothFactory()
    _student, recruiter, talk = talk_at(booth)
    owner = RecruiterFactory(company=booth.company, is_owner=True).user_id
    RecruiterFactory(company=BoothFactory(fair=booth.fair).company, is_owner=True)
    recruiter_at(booth)
    staff = staff_of(booth.fair).user_id
    MembershipFactory(school=booth.fair.school, department=DepartmentFactory(school=booth.fair.school))
    staff_of(FairFactory())
    meeting.end_meeting(actor=recruiter, meeting_id=talk.pk)
    clock.advance(timedelta(days=3))
    console = f"/company/fairs/booths/{booth.pk}/"
    wanted = set()
    steps = (
        (timedelta(seconds=1), (KINDS[0], recruiter.user_id, console)),
        (timedelta(days=2), (KINDS[1], owner, console)),
        (timedelta(days=2), (KINDS[2], staff, f"/staff/fairs/{booth.fair_id}/report/unanswered/")),
    )
    for wait, told in steps:
        clock.advance(wait - timedelta(seconds=1))
        assert (escalation.escalate(), notes()) == (0, wanted)
        clock.advance(timedelta(seconds=1))
        wanted.add(told)
        assert [escalation.escalate(), escalation.escalate()] == [1, 0]
        assert notes() == wanted
    (note,) = Notification.objects.filter(kind=KINDS[2])
    assert note.params == {"number": 1, "company": booth.company.name, "fair": booth.fair.name}


def test_who_has_an_answer_is_told_to_nobody_and_a_recruiter_who_left_keeps_nobody_from_the_owner():
    booth = BoothFactory()
    _student, recruiter, talk = talk_at(booth)
    meeting.end_meeting(actor=recruiter, meeting_id=talk.pk)
    owner = RecruiterFactory(company=booth.company, is_owner=True).user_id
    clock.advance(timedelta(days=6))
    Meeting.objects.filter(pk=talk.pk).update(outcome="declined", due_at=None)
    assert (escalation.escalate(), notes()) == (0, set())
    Meeting.objects.filter(pk=talk.pk).update(
        outcome="pending", due_at=clock.now() - timedelta(days=3), recruiter=None
    )
    assert escalation.escalate() == 2
    assert {(kind, user) for kind, user, _url in notes()} == {(KINDS[1], owner)}


def test_a_round_costs_the_same_but_for_what_it_tells_and_begins_where_the_last_stopped(monkeypatch):
    monkeypatch.setattr(escalation, "AT_ONCE", 2)
    ended = {"status": "ended", "ended_at": clock.now(), "due_at": clock.now() - timedelta(hours=1)}
    for _n in range(3):
        MeetingFactory(ticket__status="served", recruiter=None, **ended)
    with CaptureQueriesContext(connection) as captured:
        assert escalation.escalate() == 2
    assert escalation.escalate() == 1
    assert (escalation.escalate(), len(captured)) == (0, 10)
