"""Rows of plans: what the database refuses, whoever writes."""

import pytest
from django.db import IntegrityError, transaction

from fairs.enums import PlanStatus
from fairs.models import BoothMark, Plan
from tests.factories.fairs import BoothFactory, PlanFactory, PlannedTalkFactory, student_at
from tests.factories.schools import MajorFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.mark.parametrize("same", ["student", "recruiter", "pair"])
def test_two_at_once_cannot_be_stored(same):
    talk = PlannedTalkFactory(slot=3)
    one = {"plan": talk.plan, "slot": 3}
    also = {
        "student": one | {"student": talk.student},
        "recruiter": one | {"booth": talk.booth},
        "pair": one | {"booth": talk.booth, "student": talk.student, "slot": 5},
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        PlannedTalkFactory(**also[same])
    assert PlannedTalkFactory(**(one | {"seat": 1})).slot == 3


@pytest.mark.parametrize(
    "values",
    [
        {"status": "lost"},
        {"status": PlanStatus.PUBLISHED},
        {"slots": 0},
        {"minutes": 4},
        {"minutes": 121},
        {"most": 0},
        {"most": 13},
        {"breath": 21},
    ],
)
def test_a_plan_is_one_of_the_known(values):
    PlanFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.objects.update(**values)


def test_a_mark_names_one_thing():
    made = BoothFactory()
    for fields in ({}, {"student": student_at(made.fair).student_id, "major": MajorFactory().pk}):
        with pytest.raises(IntegrityError), transaction.atomic():
            BoothMark.objects.create(booth=made, **{f"{name}_id": pk for name, pk in fields.items()})
