"""What the database itself refuses, and what stays when something else goes."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from backend.applications.enums import LIVE, ApplicationStatus
from backend.applications.models import Application, ApplicationNote, ApplicationStep, InterviewSlot, Offer
from backend.common import clock
from tests.factories.applications import ApplicationFactory, InterviewSlotFactory, OfferFactory
from tests.factories.students import ResumeFactory

pytestmark = pytest.mark.usefixtures("application")
S = ApplicationStatus


def refused_by_the_database(write):
    before = list(Application.objects.order_by("pk").values()), list(InterviewSlot.objects.values())
    with pytest.raises(IntegrityError), transaction.atomic():
        write()
    assert (list(Application.objects.order_by("pk").values()), list(InterviewSlot.objects.values())) == before


@pytest.mark.parametrize("status", S)
def test_beside_a_live_application_no_second_live_one(application, status):
    def second():
        Application.objects.create(student=application.student, position=application.position, status=status)

    if status in LIVE:
        refused_by_the_database(second)
    else:
        second()
        assert Application.objects.count() == 2


@pytest.mark.parametrize("status", S)
def test_an_ended_application_does_not_come_back_beside_a_live_one(application, status):
    ended = ApplicationFactory(student=application.student, position=application.position, withdrawn=True)
    if status in LIVE:
        refused_by_the_database(lambda: Application.objects.filter(pk=ended.pk).update(status=status))
    else:
        assert Application.objects.filter(pk=ended.pk).update(status=status) == 1


@pytest.mark.parametrize("change", [{"status": "gone"}, {"rating": 0}, {"rating": 6}])
def test_an_unknown_stage_and_a_rating_outside_one_to_five_are_refused(application, change):
    refused_by_the_database(lambda: Application.objects.update(**change))


@pytest.mark.parametrize("rating", [None, 1, 5])
def test_a_rating_is_one_to_five_or_none(application, rating):
    Application.objects.update(rating=rating)
    application.refresh_from_db()
    assert application.rating == rating


def test_a_time_ends_after_it_starts(application):
    moment = clock.now()
    for ends in (moment, moment - timedelta(seconds=1)):
        refused_by_the_database(
            lambda ends=ends: InterviewSlot.objects.create(
                position=application.position, starts_at=moment, ends_at=ends, place="A"
            )
        )


def test_a_place_offers_a_time_once_for_a_position(application):
    slot = InterviewSlotFactory(position=application.position)
    same = {"position": slot.position, "starts_at": slot.starts_at, "ends_at": slot.ends_at}
    refused_by_the_database(lambda: InterviewSlot.objects.create(place=slot.place, **same))
    InterviewSlot.objects.create(place="B 座", **same)
    assert InterviewSlot.objects.count() == 2


def test_an_application_holds_one_time(application):
    InterviewSlotFactory(position=application.position, application=application)
    other = InterviewSlotFactory(position=application.position)
    refused_by_the_database(lambda: InterviewSlot.objects.filter(pk=other.pk).update(application=application))


def test_an_application_has_one_offer(application):
    OfferFactory(application=application)
    with pytest.raises(IntegrityError), transaction.atomic():
        OfferFactory(application=application)
    assert Offer.objects.count() == 1


def test_what_an_application_is_about_cannot_be_deleted(application):
    application.resume = ResumeFactory(student=application.student)
    application.save()
    for parent in (application.student, application.position, application.resume):
        with pytest.raises(ProtectedError):
            parent.delete()
    assert Application.objects.count() == 1


def test_what_belongs_to_an_application_goes_with_it_and_its_time_becomes_free(application):
    application.steps.create(status="new", by_role="student")
    ApplicationNote.objects.create(application=application, text="x")
    OfferFactory(application=application)
    slot = InterviewSlotFactory(position=application.position, application=application)
    application.delete()
    slot.refresh_from_db()
    assert slot.application is None
    assert [model.objects.count() for model in (ApplicationStep, ApplicationNote, Offer)] == [0, 0, 0]


def test_rows_say_what_they_are(application):
    slot = InterviewSlotFactory(position=application.position)
    offer = OfferFactory(application=application)
    step = application.steps.create(status="new", by_role="student")
    note = ApplicationNote(application=application, text="字" * 50)
    assert [str(row) for row in (application, slot, offer, step, note)] == [
        f"{application.student_id} → {application.position_id}",
        f"{slot.position_id} {slot.starts_at:%Y-%m-%d %H:%M}",
        f"#{application.pk}",
        f"{application.pk}: new",
        "字" * 40,
    ]


@pytest.mark.parametrize("status", S)
def test_each_stage_has_a_colour_and_the_good_end_alone_is_green(application, status):
    application.status = status
    assert (application.tone == "success") == (status == S.HIRED)


@pytest.mark.parametrize(("seconds", "over"), [(-1, False), (0, True)])
def test_a_time_is_over_the_second_it_ends(application, seconds, over):
    slot = InterviewSlotFactory(position=application.position)
    clock.advance(slot.ends_at - clock.now() + timedelta(seconds=seconds))
    assert slot.over is over
