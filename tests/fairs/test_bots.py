"""Bots: a fair day made of domain functions only, never with the accounts people use."""

import random
from collections import Counter
from datetime import timedelta

import pytest

from backend.common import clock
from fairs import bots
from fairs.models import Meeting, Ticket
from tests.factories.fairs import BoothFactory, FairFactory, recruiter_at, student_at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


def test_without_a_live_fair_nothing_happens():
    FairFactory(sign_up=True)
    assert {bots.step(random.Random(n)) for n in range(20)} == {""}


def test_a_day_has_comers_calls_talks_and_ends():
    fair = FairFactory()
    spared_booth = BoothFactory(fair=fair)
    person = recruiter_at(spared_booth)
    people = [student_at(fair, registered=False) for _ in range(bots.SPARED)]
    for _ in range(8):
        student_at(fair, registered=False)
    for _ in range(3):
        recruiter_at(BoothFactory(fair=fair))
    dice, done = random.Random(7), Counter()
    for _ in range(600):
        done[bots.step(dice)] += 1
        clock.advance(timedelta(seconds=2))
    assert {"come", "call", "accept", "talk", "end"} <= set(done)
    mine = [actor.student_id for actor in people]
    assert Ticket.objects.filter(student_id__in=mine).count() == 0
    assert Ticket.objects.filter(called_by_id=person.user_id).count() == 0
    ended = Meeting.objects.filter(status="ended")
    assert ended.count() == done["end"]
    assert all(talk.outcome != "pending" or talk.due_at for talk in ended)


def test_people_who_try_the_demo_are_not_answered_for():
    booth = BoothFactory()
    recruiter_at(BoothFactory(fair=booth.fair))
    person = student_at(booth.fair)
    ticket = Ticket.objects.create(booth=booth, student_id=person.student_id, number=1)
    assert bots._student(ticket) is None
    assert bots._recruiter(booth.company_id) is None
