"""One application, one booking, one offer: double clicks, two tabs, two devices, and the controls without the guard."""

import threading
from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from backend.applications import domain
from backend.applications.domain.interviews import _claim
from backend.applications.models import Application, ApplicationStep, InterviewSlot, Offer
from backend.audit.models import AuditEntry
from backend.common import clock
from backend.common.errors import Conflict
from backend.notifications.models import Notification
from backend.students.models import DisclosureGrant
from tests.backend.applications.conftest import browser
from tests.backend.racing import race
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import ApplicationFactory, InterviewSlotFactory, student_actor
from tests.factories.companies import RecruiterFactory
from tests.factories.positions import PositionFactory
from tests.factories.students import StudentFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def student():
    return StudentFactory()


@pytest.fixture
def user(student):
    return MembershipFactory(of_student=True, student=student).user


@pytest.fixture
def position(student):
    row = PositionFactory(published=True, company__school=student.school, majors=[])
    RecruiterFactory(company=row.company)
    return row


def left_behind():
    """Everything one application leaves: itself, its step, the trail, the consent, the word to the recruiter."""
    models = (Application, ApplicationStep, DisclosureGrant, Notification)
    applied = AuditEntry.objects.filter(verb="application.apply").count()
    return [model.objects.count() for model in models] + [applied]


@pytest.mark.parametrize("keys", [("same", "same", "same"), ("phone", "tablet", "desk"), (None, None, None)])
def test_three_devices_over_json_make_one_application(user, position, keys):
    clients = [browser(user, APIClient) for _ in keys]

    def press(index):
        headers = {"Idempotency-Key": keys[index]} if keys[index] else {}
        answer = clients[index].post(
            "/api/v1/applications/", {"position_id": position.pk}, format="json", headers=headers
        )
        return answer.status_code, answer.json()["id"]

    results = race(press, threads=3)
    made = Application.objects.get()
    assert set(results) == {(201, made.pk)}
    assert left_behind() == [1, 1, 1, 1, 1]


def test_a_double_click_on_the_page_makes_one_application(user, position):
    tabs = [browser(user) for _ in range(2)]

    def press(index):
        answer = tabs[index].post(f"/positions/{position.pk}/apply/", {"note": "您好", "resume_id": ""})
        return answer.status_code, answer["Location"]

    results = race(press)
    assert set(results) == {(302, f"/applications/{Application.objects.get().pk}/")}
    assert left_behind() == [1, 1, 1, 1, 1]


def test_two_students_at_once_make_two_applications(position, student):
    other = StudentFactory(school=student.school)
    clients = [
        browser(MembershipFactory(of_student=True, student=row).user, APIClient) for row in (student, other)
    ]
    results = race(
        lambda n: (
            clients[n].post("/api/v1/applications/", {"position_id": position.pk}, format="json").status_code
        )
    )
    assert (results, Application.objects.count()) == ([201, 201], 2)


# Interview times


def invited(number):
    """Students at the interview stage of one position, and one free time."""
    first = ApplicationFactory(interview=True)
    rest = ApplicationFactory.create_batch(
        number - 1, interview=True, position=first.position, student__school=first.student.school
    )
    return [first, *rest], InterviewSlotFactory(position=first.position)


def all_see_it_free_then(write, applications, slot):
    """Everybody reads the time as free before anybody writes; who is told that it is theirs."""
    seen = threading.Barrier(len(applications))

    def pick(index):
        mine = InterviewSlot.objects.get(pk=slot.pk)
        assert mine.application_id is None
        seen.wait(10)
        return write(mine, applications[index])

    return race(pick, threads=len(applications))


def unguarded(slot, application):
    slot.application = application
    slot.save(update_fields=["application"])
    return True


def test_of_three_who_all_saw_it_free_one_has_the_time():
    applications, slot = invited(3)
    told = all_see_it_free_then(_claim, applications, slot)
    assert sorted(told) == [False, False, True]
    slot.refresh_from_db()
    assert slot.application == applications[told.index(True)]


def test_control_without_the_condition_all_three_are_told_that_it_is_theirs():
    applications, slot = invited(3)
    assert all_see_it_free_then(unguarded, applications, slot) == [True, True, True]


def test_a_student_who_picks_two_times_at_once_holds_one():
    (application,), first = invited(1)
    second = InterviewSlotFactory(position=application.position)
    client = browser(MembershipFactory(of_student=True, student=application.student).user, APIClient)
    slots = (first, second)
    results = race(lambda n: client.post(f"/api/v1/interview-slots/{slots[n].pk}/book/").status_code)
    assert set(results) <= {200, 409}
    assert InterviewSlot.objects.filter(application=application).count() == 1


def test_a_time_is_taken_back_or_booked_but_not_both():
    (application,), slot = invited(1)
    student = browser(MembershipFactory(of_student=True, student=application.student).user, APIClient)
    company = browser(RecruiterFactory(company=application.position.company).user, APIClient)
    acts = (
        lambda: student.post(f"/api/v1/interview-slots/{slot.pk}/book/").status_code,
        lambda: company.delete(f"/api/v1/interview-slots/{slot.pk}/").status_code,
    )
    booked, removed = race(lambda n: acts[n]())
    kept = InterviewSlot.objects.filter(pk=slot.pk, application=application).exists()
    assert (booked, removed, kept) in {(200, 409, True), (404, 204, False), (409, 204, False)}


# Offers


def test_two_recruiters_who_offer_at_once_make_one_offer():
    application = ApplicationFactory(interview=True)
    actors = [RecruiterFactory(company=application.position.company) for _ in range(2)]
    clients = [browser(place.user, APIClient) for place in actors]
    terms = {
        "salary": 6000,
        "starts_on": "2026-07-01",
        "deadline": (clock.now() + timedelta(days=3)).isoformat(),
    }
    results = race(
        lambda n: (
            clients[n]
            .post(
                f"/api/v1/applications/{application.pk}/offer/", {**terms, "salary": 6000 + n}, format="json"
            )
            .status_code
        )
    )
    assert (sorted(results), Offer.objects.count()) == ([201, 409], 1)
    assert Offer.objects.get().salary == 6000 + results.index(201)


def test_an_offer_that_is_accepted_twice_is_accepted_once():
    application = ApplicationFactory(offered=True)
    person = RecruiterFactory(company=application.position.company)
    client = browser(MembershipFactory(of_student=True, student=application.student).user, APIClient)
    results = race(
        lambda _: client.post(f"/api/v1/applications/{application.pk}/accept/").status_code, threads=3
    )
    assert sorted(results) == [200, 409, 409]
    assert list(Notification.objects.values_list("user_id", "kind")) == [
        (person.user_id, "application_hired")
    ]


def test_an_answer_at_the_last_second_counts_and_one_after_it_does_not():
    application = ApplicationFactory(offered=True)
    actor_at = {"actor": student_actor(application.student), "application_id": application.pk}
    clock.advance(application.offer.deadline - clock.now() + timedelta(microseconds=1))
    with pytest.raises(Conflict) as caught:
        domain.accept_offer(**actor_at)
    assert caught.value.code == "offer_expired"
    clock.advance(timedelta(microseconds=-1))
    assert domain.accept_offer(**actor_at).status == "hired"
