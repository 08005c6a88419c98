"""Bots: a fair day made of domain functions only, never with the accounts people use."""

import random
import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import DatabaseError

from backend.accounts.actor import actor_of
from backend.accounts.models import Membership
from backend.common import clock
from fairs import bots
from fairs.domain import line
from fairs.models import FairRegistration, Meeting, Ticket
from tests.factories.fairs import BoothFactory, FairFactory, TicketFactory, recruiter_at, student_at
from tests.fairs.support import talk_at

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
    for _ in range(300):
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


@pytest.fixture
def day():
    """A live fair: spared people, eight bots, and two booths that bots work; (fair, booths, dice)."""
    fair = FairFactory()
    recruiter_at(BoothFactory(fair=fair))  # the first company is spared
    for _ in range(bots.SPARED + 8):
        student_at(fair, registered=False)
    booths = [BoothFactory(fair=fair, label=f"A{n}") for n in range(2)]
    for booth in booths:
        recruiter_at(booth)
    return fair, booths, random.Random(3)


def _bot(fair, n=0):
    """The actor of a simulated student."""
    found = Membership.objects.filter(role="student", school=fair.school).order_by("pk")
    return actor_of(found[bots.SPARED + n].user)


class TestActs:
    """Each act alone: what it does where it can, and "" where nothing can be done."""

    @pytest.mark.parametrize("act", [bots._call, bots._accept, bots._talk, bots._end, bots._leave])
    def test_in_an_empty_hall_there_is_nothing_to_do(self, day, act):
        fair, _booths, dice = day
        assert act(fair, dice) == ""
        assert Ticket.objects.count() == 0

    def test_who_comes_is_registered_and_stands_in_line(self, day):
        fair, _booths, dice = day
        assert bots._come(fair, dice) == "come"
        ticket = Ticket.objects.get()
        registration = FairRegistration.objects.get()
        assert registration.student_id == ticket.student_id
        assert registration.entered_at == clock.now()

    def test_without_booths_or_bots_nobody_comes(self):
        fair = FairFactory()
        for _ in range(bots.SPARED):
            student_at(fair, registered=False)
        BoothFactory(fair=fair)
        assert bots._come(fair, random.Random(1)) == ""
        empty = FairFactory()
        for _ in range(bots.SPARED + 1):
            student_at(empty, registered=False)
        assert bots._come(empty, random.Random(1)) == ""

    def test_a_call_and_an_answer(self, day):
        fair, booths, dice = day
        for booth in booths:
            fair.registrations.create(student_id=_bot(fair, booth.pk % 2).student_id)
            line.join_line(actor=_bot(fair, booth.pk % 2), booth_id=booth.pk)
        assert bots._call(fair, dice) == "call"
        called = Ticket.objects.get(status="called")
        assert bots._accept(fair, dice) == ("accept" if called.pk % 10 else "")

    def test_a_talk_is_question_and_answer_by_turns(self, day):
        fair, booths, dice = day
        fair.registrations.create(student_id=_bot(fair).student_id)
        recruiter = bots._recruiter(booths[0].company_id)
        _student, _recruiter, talk = talk_at(booths[0], student=_bot(fair), recruiter=recruiter)
        said = []
        while bots._talk(fair, dice) == "talk":
            said.append(talk.messages.latest("pk"))
        assert [row.by_student for row in said] == [False, True] * len(bots.STUDENT_SAYS)
        assert [row.text for row in said[::2]] == list(bots.RECRUITER_SAYS)
        assert [row.text for row in said[1::2]] == list(bots.STUDENT_SAYS)

    @pytest.mark.parametrize(
        ("minutes", "sentences", "ends"),
        [(1, 8, False), (4, 0, False), (4, 3, False), (4, 4, True), (9, 0, True)],
    )
    def test_a_talk_ends_when_enough_was_said_or_its_time_is_over(self, day, minutes, sentences, ends):
        fair, booths, dice = day
        fair.registrations.create(student_id=_bot(fair).student_id)
        recruiter = bots._recruiter(booths[0].company_id)
        _student, _recruiter, talk = talk_at(booths[0], student=_bot(fair), recruiter=recruiter)
        for _ in range(sentences):
            bots._talk(fair, dice)
        clock.advance(timedelta(minutes=minutes))
        assert bots._end(fair, dice) == ("end" if ends else "")
        talk.refresh_from_db()
        assert talk.status == ("ended" if ends else "open")

    def test_a_talk_of_a_person_is_not_ended_for_them(self, day):
        fair, booths, dice = day
        spared = Membership.objects.filter(role="student", school=fair.school).order_by("pk").first()
        person = actor_of(spared.user)
        fair.registrations.create(student_id=person.student_id)
        _student, _recruiter, talk = talk_at(
            booths[0], student=person, recruiter=bots._recruiter(booths[0].company_id)
        )
        clock.advance(timedelta(hours=1))
        assert bots._end(fair, dice) == ""
        talk.refresh_from_db()
        assert talk.status == "open"

    def test_somebody_steps_away_comes_back_or_leaves(self, day):
        fair, booths, dice = day
        fair.registrations.create(student_id=_bot(fair).student_id)
        ticket = line.join_line(actor=_bot(fair), booth_id=booths[0].pk)
        done = []
        while ticket.status != "left" and len(done) < 50:
            before = ticket.status
            done.append((before, bots._leave(fair, dice)))
            ticket.refresh_from_db()
        assert set(done) <= {("waiting", "step_away"), ("away", "come_back"), ("waiting", "leave_line")}
        assert done[-1] == ("waiting", "leave_line")


class TestStep:
    def test_a_full_hall_takes_nobody_in(self, day, monkeypatch):
        fair, booths, dice = day
        monkeypatch.setattr(bots, "CROWD", 1)
        spared = Membership.objects.filter(role="student", school=fair.school).order_by("pk").first()
        TicketFactory(booth=booths[0], student_id=spared.student_id, status="away")
        assert "come" not in {bots.step(dice) for _ in range(40)}
        assert Ticket.objects.count() == 1

    def test_a_refusal_is_part_of_the_day(self, day, monkeypatch):
        fair, _booths, dice = day
        type(fair).objects.update(lines_per_student=1)
        for _ in range(120):
            bots.step(dice)
        seen = {bots.step(dice) for _ in range(60)}
        assert {name for name in seen if name.startswith("refused:")} <= {
            "refused:too_many_lines",
            "refused:already_in_line",
            "refused:line_empty",
            "refused:finish_first",
        }

    @pytest.mark.parametrize("status", ["draft", "sign_up", "ready", "paused", "closed", "archived"])
    def test_only_a_live_fair_has_bots(self, day, status):
        fair, _booths, dice = day
        type(fair).objects.update(status=status)
        assert {bots.step(dice) for _ in range(10)} == {""}


@pytest.mark.django_db(transaction=True)
def test_the_thread_stops_when_it_is_told(monkeypatch):
    monkeypatch.setattr(bots, "PACE", 0.01)
    stop, walked = threading.Event(), threading.Event()

    def step(dice):
        walked.set()
        return ""

    monkeypatch.setattr(bots, "step", step)
    thread = bots.start_thread(stop)
    assert walked.wait(5)
    stop.set()
    thread.join(5)
    assert (thread.is_alive(), thread.daemon) == (False, True)


@pytest.mark.django_db(transaction=True)
def test_a_database_away_is_waited_out(monkeypatch):
    monkeypatch.setattr(bots, "PACE", 0.01)
    stop, again = Stop(), threading.Event()

    def step(dice):
        if len(stop.waits) > 1:
            again.set()
            stop.set()
            return ""
        raise DatabaseError("away")

    monkeypatch.setattr(bots, "step", step)
    thread = bots.start_thread(stop)
    assert again.wait(5)
    thread.join(5)
    assert stop.waits[:3] == [0.01, 5, 0.01]


class Stop(threading.Event):
    """A stop that notes how long it was waited for and waits no longer than it must."""

    def __init__(self):
        super().__init__()
        self.waits = []

    def wait(self, timeout=None):
        self.waits.append(timeout)
        return super().wait(0.001)
