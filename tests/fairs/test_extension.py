"""More time for a meeting: one side asks, the other agrees, the planned end moves, and the fair's end stands."""

from datetime import timedelta

import pytest

from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from fairs.domain import extension, meeting
from fairs.domain import fair as fairs
from fairs.models import Extension, Fair, Meeting
from tests.factories.fairs import BoothFactory, FairFactory, recruiter_at, staff_of, student_at
from tests.fairs.support import refused, talk_at, told, trail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def talk():
    """(student, recruiter, open meeting of eight minutes), the fair ending in three hours."""
    return talk_at(BoothFactory())


def _ask(actor, opened, minutes=5):
    return extension.ask_extension(actor=actor, meeting_id=opened.pk, minutes=minutes)


def _answer(actor, opened, agreed=True):
    return extension.answer_extension(actor=actor, meeting_id=opened.pk, agreed=agreed)


@pytest.mark.parametrize("by_student", [True, False])
def test_one_asks_the_other_agrees_and_the_end_moves(talk, by_student, frozen_now):
    student, recruiter, opened = talk
    asks, answers = (student, recruiter) if by_student else (recruiter, student)
    _ask(asks, opened)
    assert Meeting.objects.get().ends_at == frozen_now + timedelta(minutes=8)
    until = frozen_now + timedelta(minutes=13)
    assert _answer(answers, opened).ends_at == until
    assert Meeting.objects.get().ends_at == until
    assert told(f"meeting-{opened.pk}") == [
        ("extension_asked", {"by_student": by_student, "minutes": 5}),
        ("meeting_extended", {"minutes": 5, "ends_at": until.isoformat()}),
    ]
    before = (frozen_now + timedelta(minutes=8)).isoformat()
    assert trail("fairs.meeting")[-1] == ("meetings.extended", before, until.isoformat(), answers.user_id)


def test_no_is_an_answer_and_one_may_ask_again(talk, frozen_now):
    student, recruiter, opened = talk
    _ask(student, opened)
    assert _answer(recruiter, opened, agreed=False).ends_at == frozen_now + timedelta(minutes=8)
    assert told(f"meeting-{opened.pk}")[-1] == ("extension_refused", {"by_student": False})
    _ask(student, opened, 2)
    assert list(Extension.objects.order_by("pk").values_list("minutes", "agreed")) == [(5, False), (2, None)]


def test_asked_again_the_newer_number_stands(talk, frozen_now):
    student, recruiter, opened = talk
    _ask(student, opened, 20)
    _ask(student, opened, 3)
    assert _answer(recruiter, opened).ends_at == frozen_now + timedelta(minutes=11)
    assert Extension.objects.count() == 1


def test_after_the_planned_end_the_minutes_count_from_now(talk):
    student, recruiter, opened = talk
    clock.advance(timedelta(minutes=10))
    _ask(recruiter, opened)
    assert _answer(student, opened).ends_at == clock.now() + timedelta(minutes=5)


@pytest.mark.parametrize("minutes", [0, 31])
def test_only_so_many_minutes_at_once(talk, minutes):
    with refused(Invalid, "invalid"):
        _ask(talk[0], talk[2], minutes)


def test_one_does_not_answer_oneself_nor_ask_across_a_question(talk):
    student, recruiter, opened = talk
    for actor in (student, recruiter):
        with refused(Conflict, "nothing_asked"):
            _answer(actor, opened)
    _ask(student, opened)
    with refused(Conflict, "nothing_asked"):
        _answer(student, opened)
    with refused(Conflict, "already_asked"):
        _ask(recruiter, opened)


def test_the_fair_ends_for_everybody(talk):
    student, recruiter, opened = talk
    end = opened.ends_at + timedelta(minutes=5)
    Fair.objects.update(ends_at=end)
    with refused(Conflict, "past_the_fair"):
        _ask(student, opened, 6)
    _ask(student, opened, 5)
    # Asked in time and answered later: the end that counts is that of the answer.
    clock.advance(timedelta(minutes=8, seconds=1))
    with refused(Conflict, "past_the_fair"):
        _answer(recruiter, opened)
    assert _answer(recruiter, opened, agreed=False).ends_at == opened.ends_at


def test_a_closed_fair_gives_no_more_time(talk):
    student, recruiter, opened = talk
    _ask(student, opened)
    fairs.move_fair(
        actor=staff_of(opened.ticket.booth.fair), fair_id=opened.ticket.booth.fair_id, to="closed"
    )
    with refused(Conflict, "fair_not_live"):
        _ask(student, opened)
    with refused(Conflict, "fair_not_live"):
        _answer(recruiter, opened)


def test_nobody_else_asks_or_answers(talk):
    student, _recruiter, opened = talk
    booth = opened.ticket.booth
    _ask(student, opened)
    outside = {
        student_at(booth.fair): NotFound,
        student_at(FairFactory()): NotFound,
        recruiter_at(BoothFactory(fair=booth.fair)): NotFound,
        staff_of(FairFactory()): NotFound,
        staff_of(booth.fair): NotAllowed,
    }
    for actor, error in outside.items():
        for does in (_ask, _answer):
            with refused(error, error.code):
                does(actor, opened)


def test_an_ended_meeting_is_not_made_longer(talk):
    student, recruiter, opened = talk
    _ask(student, opened)
    meeting.end_meeting(actor=recruiter, meeting_id=opened.pk)
    for does in (_ask, _answer):
        with refused(Conflict, "meeting_over"):
            does(recruiter, opened)
