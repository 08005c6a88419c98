"""Offers and their deadline, due dates, reminders, and the staff's list."""

from datetime import timedelta

import pytest

from backend.applications import domain
from backend.applications.models import Application, Offer
from backend.applications.queries import overdue_visible_to, stage_counts
from backend.common import clock, periodic
from backend.common.errors import Conflict, Invalid, NotAllowed
from backend.notifications.models import Notification
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import (
    ApplicationFactory,
    OfferFactory,
    recruiter_actor,
    staff_actor,
    student_actor,
)
from tests.factories.companies import RecruiterFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


def terms(**changes) -> dict:
    return {
        "salary": 6500,
        "starts_on": clock.today() + timedelta(days=30),
        "deadline": clock.now() + timedelta(days=5),
        "text": "包食宿",
        **changes,
    }


def test_an_offer_is_stored_with_its_terms_and_told():
    application = ApplicationFactory(interview=True)
    user = MembershipFactory(of_student=True, student=application.student).user
    offer = domain.make_offer(
        actor=recruiter_actor(application.position.company), application_id=application.pk, **terms()
    )
    assert (offer.salary, offer.text, offer.answered_at) == (6500, "包食宿", None)
    assert list(Notification.objects.values_list("user_id", "kind")) == [(user.pk, "application_offer")]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"salary": 0}, "salary"),
        ({"deadline": None}, "deadline"),
        ({"starts_on": None}, "starts_on"),
    ],
)
def test_wrong_terms_name_the_field_and_change_nothing(changes, field):
    application = ApplicationFactory(interview=True)
    past = {"deadline": clock.now() - timedelta(seconds=1), "starts_on": clock.today() - timedelta(days=1)}
    wrong = {name: past[name] if value is None else value for name, value in changes.items()}
    with pytest.raises(Invalid) as refusal:
        domain.make_offer(
            actor=recruiter_actor(application.position.company),
            application_id=application.pk,
            **terms(**wrong),
        )
    assert list(refusal.value.fields) == [field]
    application.refresh_from_db()
    assert (application.status, Offer.objects.count()) == ("interview", 0)


def test_only_the_company_offers():
    application = ApplicationFactory(interview=True)
    for actor in (student_actor(application.student), staff_actor(application.student.school)):
        with pytest.raises(NotAllowed):
            domain.make_offer(actor=actor, application_id=application.pk, **terms())
    assert Offer.objects.count() == 0


@pytest.mark.parametrize(("verb", "status"), [("accept_offer", "hired"), ("refuse_offer", "refused")])
def test_answering_is_stamped_and_told_to_the_company(verb, status):
    offer = OfferFactory()
    application = offer.application
    recruiter = RecruiterFactory(company=application.position.company)
    getattr(domain, verb)(actor=student_actor(application.student), application_id=application.pk)
    offer.refresh_from_db()
    application.refresh_from_db()
    assert (application.status, offer.answered_at, application.due_at) == (status, clock.now(), None)
    assert list(Notification.objects.values_list("user_id", "kind")) == [
        (recruiter.user_id, f"application_{status}")
    ]


@pytest.mark.parametrize("verb", ["accept_offer", "refuse_offer"])
def test_after_the_deadline_an_offer_cannot_be_answered(verb):
    offer = OfferFactory()
    clock.advance(timedelta(days=3, seconds=1))
    with pytest.raises(Conflict) as refusal:
        getattr(domain, verb)(
            actor=student_actor(offer.application.student), application_id=offer.application_id
        )
    assert refusal.value.code == "offer_expired"
    offer.refresh_from_db()
    assert (offer.application.status, offer.answered_at) == ("offer", None)


def test_the_company_cannot_answer_its_own_offer():
    offer = OfferFactory()
    with pytest.raises(NotAllowed):
        domain.accept_offer(
            actor=recruiter_actor(offer.application.position.company), application_id=offer.application_id
        )
    assert Application.objects.get().status == "offer"


def test_reminders_go_once_to_the_side_that_owes_the_answer():
    application = ApplicationFactory()
    recruiter = RecruiterFactory(company=application.position.company)
    assert domain.remind_due() == 0
    clock.advance(timedelta(days=5))
    assert [domain.remind_due(), domain.remind_due()] == [1, 0]
    assert list(Notification.objects.values_list("user_id", "kind")) == [(recruiter.user_id, "answer_due")]


def test_a_new_due_date_is_reminded_again():
    application = ApplicationFactory(viewed=True)
    RecruiterFactory(company=application.position.company)
    clock.advance(timedelta(days=6))
    domain.remind_due()
    actor = recruiter_actor(application.position.company)
    domain.move_application(actor=actor, application_id=application.pk, to="shortlisted")
    assert domain.remind_due() == 0
    clock.advance(timedelta(days=6))
    assert domain.remind_due() == 1
    assert Notification.objects.filter(kind="answer_due").count() == 2


def test_the_student_is_reminded_of_an_offer():
    application = ApplicationFactory(interview=True)
    user = MembershipFactory(of_student=True, student=application.student).user
    actor = recruiter_actor(application.position.company)
    domain.make_offer(actor=actor, application_id=application.pk, **terms())
    clock.advance(timedelta(days=4))
    domain.remind_due()
    assert list(Notification.objects.order_by("pk").values_list("user_id", "kind")) == [
        (user.pk, "application_offer"),
        (user.pk, "offer_due"),
    ]


def test_ended_applications_are_never_reminded():
    for status in ("hired", "declined", "refused", "withdrawn"):
        ApplicationFactory(status=status)
    clock.advance(timedelta(days=30))
    assert domain.remind_due() == 0


def test_overdue_is_the_staffs_list_longest_silence_first():
    late = ApplicationFactory(due_at=clock.now() - timedelta(days=2))
    school = late.student.school
    later = ApplicationFactory(student__school=school, due_at=clock.now() - timedelta(days=1))
    ApplicationFactory(student__school=school)
    ApplicationFactory(student__school=school, status="declined", due_at=clock.now() - timedelta(days=9))
    ApplicationFactory(due_at=clock.now() - timedelta(days=5))
    assert list(overdue_visible_to(staff_actor(school))) == [late, later]
    assert [late.overdue, later.overdue] == [True, True]


def test_stage_counts_name_every_stage():
    application = ApplicationFactory(viewed=True)
    counts = stage_counts(Application.objects.filter(pk=application.pk))
    assert {status: number for status, number in counts.items() if number} == {"viewed": 1}
    assert len(counts) == 9


def test_the_reminders_are_registered_with_the_worker():
    assert periodic._jobs["applications.remind"].run is domain.remind_due
