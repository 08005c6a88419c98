"""What the database refuses of camera checks and of more time that was asked for, whoever writes."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from fairs.models import CameraCheck, Extension, Meeting
from tests.factories.accounts import UserFactory
from tests.factories.fairs import FairFactory, MeetingFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


def test_one_check_per_person_and_fair():
    fair, user = FairFactory(), UserFactory()
    CameraCheck.objects.create(fair=fair, user=user)
    with pytest.raises(IntegrityError), transaction.atomic():
        CameraCheck.objects.create(fair=fair, user=user)
    CameraCheck.objects.create(fair=FairFactory(), user=user)
    assert CameraCheck.objects.count() == 2


@pytest.mark.parametrize("minutes", [0, 31])
def test_more_time_has_its_limits(minutes):
    with pytest.raises(IntegrityError), transaction.atomic():
        Extension.objects.create(meeting=MeetingFactory(), by_student=True, minutes=minutes)


def test_one_question_at_a_time():
    meeting = MeetingFactory()
    Extension.objects.create(meeting=meeting, by_student=True, minutes=5, agreed=False)
    Extension.objects.create(meeting=meeting, by_student=True, minutes=5)
    with pytest.raises(IntegrityError), transaction.atomic():
        Extension.objects.create(meeting=meeting, by_student=False, minutes=5)


def test_a_next_step_has_its_day():
    meeting = MeetingFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        Meeting.objects.filter(pk=meeting.pk).update(next_step="寄作业")
    day = date(2026, 5, 1)
    assert Meeting.objects.filter(pk=meeting.pk).update(next_step="寄作业", next_step_due=day) == 1
