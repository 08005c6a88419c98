"""JSON of applications: repeats, rights, bodies."""

from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from backend.applications.models import Application, InterviewSlot
from backend.common import clock
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import ApplicationFactory
from tests.factories.companies import RecruiterFactory
from tests.factories.positions import PositionFactory
from tests.factories.students import StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


def client_of(user) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def student():
    return StudentFactory()


@pytest.fixture
def position(student):
    return PositionFactory(published=True, company__school=student.school, majors=[])


@pytest.fixture
def as_student(student):
    return client_of(MembershipFactory(of_student=True, student=student).user)


@pytest.fixture
def as_recruiter(position):
    return client_of(RecruiterFactory(company=position.company).user)


def test_apply_answers_with_the_application_and_its_step(as_student, position):
    response = as_student.post(
        "/api/v1/applications/", {"position_id": position.pk, "note": "您好"}, format="json"
    )
    body = response.json()
    assert (response.status_code, body["position"], body["status"], body["note"]) == (
        201,
        position.pk,
        "new",
        "您好",
    )
    assert [step["status"] for step in body["steps"]] == ["new"]
    assert "rating" not in body


def test_the_same_key_gives_the_same_answer_and_another_body_is_refused(as_student, position):
    ask = {"path": "/api/v1/applications/", "format": "json", "headers": {"Idempotency-Key": "k1"}}
    first = as_student.post(data={"position_id": position.pk}, **ask)
    second = as_student.post(data={"position_id": position.pk}, **ask)
    other = as_student.post(data={"position_id": position.pk, "note": "x"}, **ask)
    assert (first.json(), first.status_code) == (second.json(), second.status_code)
    assert (other.status_code, other.json()["error"]) == (422, "idempotency_key_reused")
    assert Application.objects.count() == 1


def test_what_fails_is_named(as_student, position):
    position.education = "doctor"
    position.save()
    response = as_student.post("/api/v1/applications/", {"position_id": position.pk}, format="json")
    assert (response.status_code, response.json()["error"], list(response.json()["fields"])) == (
        422,
        "not_eligible",
        ["education"],
    )


def test_recruiters_do_not_apply_and_students_do_not_answer(as_recruiter, as_student, position, student):
    refused = as_recruiter.post("/api/v1/applications/", {"position_id": position.pk}, format="json")
    application = ApplicationFactory(student=student, position=position)
    moved = as_student.post(f"/api/v1/applications/{application.pk}/move/", {"to": "declined"}, format="json")
    assert (refused.status_code, moved.status_code) == (403, 403)
    application.refresh_from_db()
    assert application.status == "new"


def test_a_company_walks_an_application_to_the_offer_and_the_student_accepts(
    as_recruiter, as_student, student, position
):
    pk = ApplicationFactory(student=student, position=position).pk
    path = f"/api/v1/applications/{pk}/"
    assert as_recruiter.get(path).json()["status"] == "viewed"
    for to in ("shortlisted", "interview"):
        assert as_recruiter.post(f"{path}move/", {"to": to}, format="json").json()["status"] == to
    start = clock.now() + timedelta(days=2)
    times = [{"starts_at": start.isoformat(), "ends_at": (start + timedelta(minutes=30)).isoformat()}]
    slots = as_recruiter.post(
        "/api/v1/interview-slots/", {"position_id": position.pk, "place": "A", "times": times}, format="json"
    )
    assert slots.status_code == 201
    (slot,) = as_student.get("/api/v1/interview-slots/").json()["results"]
    assert as_student.post(f"/api/v1/interview-slots/{slot['id']}/book/").json()["taken"] is True
    terms = {
        "salary": 6000,
        "starts_on": "2026-07-01",
        "deadline": (clock.now() + timedelta(days=3)).isoformat(),
    }
    assert as_recruiter.post(f"{path}offer/", terms, format="json").status_code == 201
    final = as_student.post(f"{path}accept/").json()
    assert [step["status"] for step in final["steps"]] == [
        "viewed",
        "shortlisted",
        "interview",
        "offer",
        "hired",
    ]
    assert InterviewSlot.objects.get().application_id == pk


def test_bulk_move_names_what_could_not_move(as_recruiter, position, student):
    good = ApplicationFactory(viewed=True, student=student, position=position)
    over = ApplicationFactory(withdrawn=True, student__school=student.school, position=position)
    body = {"application_ids": [good.pk, over.pk], "to": "declined"}
    answer = as_recruiter.post("/api/v1/applications/bulk-move/", body, format="json").json()
    assert (answer["moved"], list(answer["refused"])) == ([good.pk], [str(over.pk)])


def test_overdue_is_for_staff(as_student, student, position):
    ApplicationFactory(student=student, position=position, due_at=clock.now() - timedelta(days=1))
    staff = client_of(MembershipFactory(school=student.school).user)
    assert [row["student"] for row in staff.get("/api/v1/applications/overdue/").json()["results"]] == [
        student.pk
    ]
    assert as_student.get("/api/v1/applications/overdue/").status_code == 403


def test_nobody_reaches_into_another_company(position, student):
    application = ApplicationFactory(student=student, position=position)
    stranger = client_of(RecruiterFactory(company__verified=True).user)
    assert stranger.get(f"/api/v1/applications/{application.pk}/").status_code == 404
    assert stranger.get("/api/v1/applications/").json()["results"] == []
