"""What fairs and accounts tell matches: a talk teaches, an erased account leaves nothing."""

import pytest

from backend.accounts.actor import actor_of
from backend.accounts.domain.person import erase_account
from backend.common.errors import DomainError
from backend.common.personal import copy_of
from backend.recommendations.domain import grade_pair
from backend.recommendations.models import (
    DrawnPair,
    Grade,
    GraderSeat,
    GradingRound,
    Impression,
    Interaction,
    StrongPair,
)
from fairs.domain import meeting
from tests.factories.accounts import PASSWORD, MembershipFactory
from tests.factories.applications import staff_actor
from tests.factories.fairs import BoothFactory, MeetingFactory, recruiter_at
from tests.factories.positions import PositionFactory
from tests.factories.students import StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def booth():
    """A booth that brings two positions; a third stays at home."""
    found = BoothFactory()
    brought = PositionFactory.create_batch(2, published=True, company=found.company)
    PositionFactory(published=True, company=found.company)
    found.positions.set(brought)
    return found


def deeds() -> list[tuple]:
    return list(Interaction.objects.order_by("position_id", "kind").values_list("position_id", "kind"))


@pytest.mark.parametrize("personalised", [True, False])
@pytest.mark.parametrize(
    ("outcome", "message", "kind"),
    [
        ("pending", "", "talk"),
        ("declined", "谢谢", "talk"),
        ("interview", "请来面试", "talk_outcome"),
        ("offer", "请来面试", "talk_outcome"),
    ],
)
def test_a_talk_that_ends_teaches_about_every_position_of_the_booth(
    booth, outcome, message, kind, personalised
):
    talk = MeetingFactory(ticket__booth=booth, ticket__student__personalised=personalised)
    meeting.end_meeting(actor=recruiter_at(booth), meeting_id=talk.pk, outcome=outcome, message=message)
    brought = sorted(booth.positions.values_list("pk", flat=True))
    assert deeds() == ([(pk, kind) for pk in brought] if personalised else [])


def test_an_answer_that_comes_later_teaches_too(booth):
    talk = MeetingFactory(ticket__booth=booth)
    recruiter = recruiter_at(booth)
    meeting.end_meeting(actor=recruiter, meeting_id=talk.pk)
    meeting.answer_meeting(actor=recruiter, meeting_id=talk.pk, outcome="interview", message="请来面试")
    kinds = [kind for _position, kind in deeds()]
    assert kinds == ["talk", "talk_outcome"] * 2


def test_a_refused_end_teaches_nothing(booth):
    talk = MeetingFactory(ticket__booth=booth)
    with pytest.raises(DomainError):
        meeting.end_meeting(actor=recruiter_at(booth), meeting_id=talk.pk, outcome="love")
    assert deeds() == []


def test_a_booth_without_positions_teaches_nothing():
    talk = MeetingFactory()
    meeting.end_meeting(actor=recruiter_at(talk.ticket.booth), meeting_id=talk.pk)
    assert deeds() == []


@pytest.fixture
def traces(student, fitting):
    """Everything matches can hold of a student, and the same of another one."""
    other = StudentFactory(school=student.school)
    round_ = GradingRound.objects.create(school=student.school, model="m", seed=1)
    for number, who in enumerate((student, other), 1):
        Impression.objects.create(student=who, position=fitting, surface="home", rank=1, score=0.5, model="m")
        Interaction.objects.create(student=who, position=fitting, kind="save")
        StrongPair.objects.create(student=who, position=fitting, mutual=0.5, model="m")
        DrawnPair.objects.create(round=round_, number=number, student=who, position=fitting, score=0.5)
    return other


HELD = (Impression, Interaction, StrongPair, DrawnPair)


def test_an_erased_account_leaves_nothing_in_matches(student, fitting, traces):
    user = MembershipFactory(of_student=True, student=student).user
    erase_account(actor=actor_of(user), password=PASSWORD)
    assert [list(model.objects.values_list("student_id", flat=True)) for model in HELD] == [[traces.pk]] * 4


def test_the_copy_of_ones_data_says_what_was_shown_and_done(student, fitting, traces):
    copy = copy_of(MembershipFactory(of_student=True, student=student).user)
    assert [len(copy[model._meta.label_lower]) for model in HELD] == [1] * 4
    (shown,) = copy["recommendations.impression"]
    assert (shown["surface"], shown["rank"], shown["score"], shown["model"]) == ("home", 1, 0.5, "m")


def test_a_grader_who_leaves_frees_the_seat(student, fitting, traces):
    user = MembershipFactory(school=student.school).user
    MembershipFactory(school=student.school)
    pair = DrawnPair.objects.first()
    grade_pair(actor=staff_actor(student.school, user_id=user.pk), pair_id=pair.pk, fit=1)
    erase_account(actor=actor_of(user), password=PASSWORD)
    assert (GraderSeat.objects.count(), Grade.objects.count()) == (0, 0)
