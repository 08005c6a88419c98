"""Guessing numbers is counted on every way in: a refusal, a key or a transaction takes no count back."""

from datetime import timedelta

import pytest
from django.test import Client
from rest_framework.test import APIClient

from backend.accounts.actor import actor_of
from backend.accounts.limits import LIMITS
from backend.accounts.models import AttemptCount, Membership, User
from backend.common import clock
from backend.common.errors import Invalid, NotAllowed
from backend.students import domain
from backend.students.models import Student
from tests.backend.refusals import contents, refused
from tests.factories.students import StudentFactory

MOST = LIMITS["roster_claim"].amount


@pytest.fixture
def place(world) -> Student:
    """A free place on the roster."""
    return StudentFactory(
        on_roster=True, school=world.school, major=world.student.major, number="F100", name="王敏"
    )


@pytest.fixture
def api(newcomer) -> APIClient:
    """A newcomer's program, in English."""
    client = APIClient()
    client.credentials(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(User.objects.get(pk=newcomer.user_id))
    return client


TOO_MANY = {
    "error": "too_many_attempts",
    "message": "Too many attempts. Try again in an hour, or ask your school.",
    "params": {},
}


@pytest.mark.parametrize("keys", ["none", "one", "one each"])
def test_a_key_buys_no_further_claims(world, place, api, keys, frozen_now):
    body = {"school_id": world.school.pk, "number": "F100", "name": "错名"}
    answers = []
    for n in range(MOST + 2):
        headers = {"none": {}, "one": {"HTTP_IDEMPOTENCY_KEY": "k"}}.get(
            keys, {"HTTP_IDEMPOTENCY_KEY": f"k{n}"}
        )
        answers.append(api.post("/api/v1/me/claim/", body, format="json", **headers))
    assert [answer.status_code for answer in answers] == [422] * MOST + [403] * 2
    assert answers[-1].json() == TOO_MANY
    right = api.post(
        "/api/v1/me/claim/", body | {"name": "王敏"}, format="json", HTTP_IDEMPOTENCY_KEY="right"
    )
    assert (right.status_code, right.json()) == (403, TOO_MANY)
    clock.advance(LIMITS["roster_claim"].window)
    assert api.post("/api/v1/me/claim/", body | {"name": "王敏"}, format="json").status_code == 201


def test_a_key_buys_no_further_registrations(world, api, frozen_now):
    body = {
        "school_id": world.school.pk,
        "major_id": world.student.major_id,
        "number": world.student.number,
        "name": "王敏",
        "education": "associate",
        "graduation_year": 2026,
    }
    answers = [
        api.post("/api/v1/me/register/", body, format="json", HTTP_IDEMPOTENCY_KEY=f"k{n}")
        for n in range(MOST + 1)
    ]
    assert [answer.json()["error"] for answer in answers] == ["roster_mismatch"] * MOST + [
        "too_many_attempts"
    ]


def test_a_repeated_claim_still_gets_the_first_answer(world, place, api):
    body = {"school_id": world.school.pk, "number": "F100", "name": "王敏"}
    first, again = [
        api.post("/api/v1/me/claim/", body, format="json", HTTP_IDEMPOTENCY_KEY="k") for _ in range(2)
    ]
    assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
    assert again.headers["Idempotent-Replay"] == "true"
    assert Membership.objects.filter(student=place).count() == 1


def test_the_page_counts_too(world, place, newcomer, frozen_now):
    client = Client()
    client.force_login(User.objects.get(pk=newcomer.user_id))
    body = {"school": world.school.pk, "number": "F100", "name": "错名"}
    assert [client.post("/me/claim/", body).status_code for _ in range(MOST + 1)] == [422] * MOST + [403]


def test_claims_and_registrations_share_one_count(world, place, newcomer, frozen_now):
    for _ in range(MOST):
        domain.count_attempt(actor=newcomer)
    for attempt in (
        lambda: domain.claim_place(actor=newcomer, school_id=world.school.pk, number="F100", name="王敏"),
        lambda: domain.register_student(
            actor=newcomer,
            school_id=world.school.pk,
            major_id=world.student.major_id,
            number="Z1",
            name="王敏",
            education="associate",
            graduation_year=2026,
        ),
    ):
        with refused(NotAllowed, "too_many_attempts", Student, Membership):
            attempt()


def test_asking_again_with_taken_numbers_is_counted(world, newcomer, frozen_now):
    student = domain.register_student(
        actor=newcomer,
        school_id=world.school.pk,
        major_id=world.student.major_id,
        number="Z1",
        name="王敏",
        education="associate",
        graduation_year=2026,
    )
    domain.refuse_student(actor=world.staff, student_id=student.pk, reason="查无此人")
    person = actor_of(User.objects.get(pk=newcomer.user_id))
    for _ in range(MOST - 1):
        with refused(Invalid, "roster_mismatch", Student):
            domain.resubmit(actor=person, number=world.student.number, name="王敏")
    with refused(NotAllowed, "too_many_attempts", Student):
        domain.resubmit(actor=person, number="Z2", name="王敏")
    clock.advance(timedelta(hours=1))
    assert domain.resubmit(actor=person, number="Z2", name="王敏").status == "pending"


def test_one_persons_attempts_are_not_anothers(world, place, newcomer, frozen_now):
    for _ in range(MOST + 1):
        AttemptCount.objects.update(count=MOST)
    other = world.student_actor
    for _ in range(MOST):
        domain.count_attempt(actor=other)
    assert domain.claim_place(actor=newcomer, school_id=world.school.pk, number="F100", name="王敏") == place


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("F100", "王敏"),
        (" f100 ", "王敏"),
        ("Ｆ１００", "王 敏"),
        ("F 100", "王·敏"),
        ("f100", "王•敏"),
    ],
)
def test_a_pair_may_be_typed_in_many_ways(world, place, newcomer, number, name):
    student = domain.claim_place(actor=newcomer, school_id=world.school.pk, number=number, name=name)
    assert (student.pk, student.status, student.email) == (place.pk, "confirmed", "new@students.invalid")


@pytest.mark.parametrize("status", ["pending", "confirmed", "refused", "left"])
def test_a_place_that_is_not_free_reads_like_a_wrong_pair(world, place, newcomer, status):
    Student.objects.filter(pk=place.pk).update(status=status)
    before = contents(Student, Membership)
    with pytest.raises(Invalid) as taken:
        domain.claim_place(actor=newcomer, school_id=world.school.pk, number="F100", name="王敏")
    with pytest.raises(Invalid) as wrong:
        domain.claim_place(actor=newcomer, school_id=world.school.pk, number="F999", name="王敏")
    assert (taken.value.code, taken.value.text) == (wrong.value.code, wrong.value.text)
    assert contents(Student, Membership) == before
