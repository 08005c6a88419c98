"""The pages of the main job: what each role gets, what forms do, and how many queries lists cost."""

from datetime import timedelta

import pytest
from icalendar import Calendar

from backend.applications.models import Application, ApplicationNote, InterviewSlot, Offer
from backend.common import clock
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import ApplicationFactory, InterviewSlotFactory, OfferFactory
from tests.factories.companies import RecruiterFactory
from tests.factories.positions import PositionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def application():
    return ApplicationFactory()


@pytest.fixture
def as_student(client, application):
    client.force_login(MembershipFactory(of_student=True, student=application.student).user, BACKEND)
    return client


@pytest.fixture
def as_recruiter(client, application):
    client.force_login(RecruiterFactory(company=application.position.company).user, BACKEND)
    return client


@pytest.fixture
def as_staff(client, application, settings):
    client.force_login(MembershipFactory(school=application.student.school).user, BACKEND)
    return client


BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def put(application, status: str) -> None:
    Application.objects.filter(pk=application.pk).update(status=status)


def text(response) -> str:
    return response.content.decode()


def test_a_visitor_is_sent_to_sign_in(client, application):
    for path in ("/applications/", f"/applications/{application.pk}/", "/applications/overdue/"):
        response = client.get(path)
        assert (response.status_code, response["Location"]) == (302, f"/accounts/login/?next={path}")


def test_a_student_sees_every_step_with_its_time(as_student, application):
    listed = as_student.get("/applications/")
    assert application.position.title in text(listed)
    page = as_student.get(f"/applications/{application.pk}/")
    assert (page.status_code, application.position.company.name in text(page)) == (200, True)


def test_a_student_applies_in_the_browser(as_student, application):
    position = PositionFactory(published=True, company=application.position.company, majors=[])
    assert as_student.get(f"/positions/{position.pk}/apply/").status_code == 200
    response = as_student.post(f"/positions/{position.pk}/apply/", {"note": "您好", "resume_id": ""})
    made = Application.objects.get(position=position)
    assert (response.status_code, response["Location"]) == (302, f"/applications/{made.pk}/")
    again = as_student.post(f"/positions/{position.pk}/apply/", {"note": "您好"})
    assert (again["Location"], Application.objects.filter(position=position).count()) == (
        f"/applications/{made.pk}/",
        1,
    )


def test_the_failing_field_is_named_before_and_after_trying(as_student, application):
    position = PositionFactory(
        published=True, company=application.position.company, education="doctor", majors=[]
    )
    page = as_student.get(f"/positions/{position.pk}/apply/")
    assert [item.field for item in page.context["failing"]] == ["education"]
    tried = as_student.post(f"/positions/{position.pk}/apply/", {"note": ""})
    assert (tried.status_code, Application.objects.filter(position=position).count()) == (422, 0)


def test_a_recruiter_does_not_apply(as_recruiter, application):
    assert as_recruiter.get(f"/positions/{application.position_id}/apply/").status_code == 403


def test_a_student_withdraws(as_student, application):
    as_student.post(f"/applications/{application.pk}/withdraw/", {"reason": "另有安排"})
    application.refresh_from_db()
    assert (application.status, application.steps.get().message) == ("withdrawn", "另有安排")


def test_a_recruiter_looks_moves_notes_and_rates(as_recruiter, application):
    page = as_recruiter.get(f"/applications/{application.pk}/")
    assert (page.status_code, application.student.name in text(page)) == (200, True)
    as_recruiter.post(f"/applications/{application.pk}/move/", {"to": "shortlisted", "message": "恭喜"})
    as_recruiter.post(f"/applications/{application.pk}/note/", {"text": "不错"})
    as_recruiter.post(f"/applications/{application.pk}/rate/", {"rating": "5"})
    application.refresh_from_db()
    assert (application.status, application.rating, ApplicationNote.objects.get().text) == (
        "shortlisted",
        5,
        "不错",
    )
    assert list(application.steps.values_list("status", flat=True)) == ["viewed", "shortlisted"]


@pytest.mark.parametrize(
    ("path", "data"), [("move", {"to": "hired"}), ("note", {"text": ""}), ("rate", {"rating": 9})]
)
def test_wrong_entries_are_shown_and_change_nothing(as_recruiter, application, path, data):
    put(application, "viewed")
    response = as_recruiter.post(f"/applications/{application.pk}/{path}/", data)
    application.refresh_from_db()
    assert (response.status_code, application.status, application.rating) == (422, "viewed", None)
    assert ApplicationNote.objects.count() == 0


def test_bulk_answers_several_and_keeps_the_position(as_recruiter, application):
    put(application, "viewed")
    other = ApplicationFactory(
        viewed=True, position=application.position, student__school=application.student.school
    )
    response = as_recruiter.post(
        "/applications/bulk/",
        {
            "ids": [application.pk, other.pk],
            "to": "declined",
            "message": "",
            "position": application.position_id,
        },
    )
    assert response["Location"] == f"/applications/?position={application.position_id}"
    assert list(Application.objects.values_list("status", flat=True)) == ["declined", "declined"]


def test_bulk_without_a_choice_changes_nothing(as_recruiter, application):
    response = as_recruiter.post("/applications/bulk/", {"to": "declined"})
    application.refresh_from_db()
    assert (response.status_code, application.status) == (302, "new")


def test_an_offer_is_made_and_accepted(as_recruiter, application, client):
    put(application, "interview")
    path = f"/applications/{application.pk}/offer/"
    assert as_recruiter.get(path).status_code == 200
    wrong = as_recruiter.post(
        path, {"salary": "6000", "starts_on": "2020-01-01", "deadline": "2020-01-01T00:00"}
    )
    assert (wrong.status_code, sorted(wrong.context["form"].errors)) == (422, ["deadline", "starts_on"])
    as_recruiter.post(path, {"salary": "6000", "starts_on": "2026-07-01", "deadline": "2026-03-09T18:00"})
    assert Offer.objects.get().salary == 6000
    client.force_login(MembershipFactory(of_student=True, student=application.student).user, BACKEND)
    assert "6000" in text(client.get(f"/applications/{application.pk}/"))
    client.post(f"/applications/{application.pk}/accept/")
    application.refresh_from_db()
    assert application.status == "hired"


def test_a_student_refuses_an_offer(as_student, application):
    put(application, "offer")
    OfferFactory(application=application)
    as_student.post(f"/applications/{application.pk}/refuse/", {"reason": "距离太远"})
    application.refresh_from_db()
    assert application.status == "refused"


def test_times_are_offered_picked_and_put_into_the_calendar(as_recruiter, application, client):
    put(application, "interview")
    path = f"/positions/{application.position_id}/slots/"
    as_recruiter.post(path, {"first": "2026-03-05T09:00", "minutes": 30, "number": 2, "place": "A 座"})
    assert as_recruiter.get(path).status_code == 200
    first, second = InterviewSlot.objects.order_by("starts_at")
    assert second.starts_at - first.starts_at == timedelta(minutes=30)
    client.force_login(MembershipFactory(of_student=True, student=application.student).user, BACKEND)
    assert "A 座" in text(client.get(f"/applications/{application.pk}/"))
    client.post(f"/slots/{first.pk}/book/")
    file = client.get(f"/slots/{first.pk}/interview.ics")
    assert file["Content-Type"] == "text/calendar; charset=utf-8"
    (event,) = Calendar.from_ical(file.content).walk("VEVENT")
    assert event.decoded("dtstart") == first.starts_at
    client.post(f"/slots/{first.pk}/cancel/")
    assert InterviewSlot.objects.filter(application__isnull=False).count() == 0


def test_a_calendar_file_of_somebody_else_does_not_exist(as_student, application):
    other = ApplicationFactory(
        interview=True, position=application.position, student__school=application.student.school
    )
    put(application, "interview")
    slot = InterviewSlotFactory(position=application.position, application=other)
    assert as_student.get(f"/slots/{slot.pk}/interview.ics").status_code == 404


def test_a_recruiter_takes_a_time_back(as_recruiter, application):
    slot = InterviewSlotFactory(position=application.position)
    as_recruiter.post(f"/slots/{slot.pk}/close/")
    assert InterviewSlot.objects.count() == 0


def test_staff_see_what_is_overdue_and_others_do_not(as_student, application, client):
    assert as_student.get("/applications/overdue/").status_code == 403


def test_staff_lists(as_staff, application):
    clock.advance(timedelta(days=8))
    assert application.student.name in text(as_staff.get("/applications/overdue/"))
    assert application.student.name in text(as_staff.get("/applications/"))
    assert as_staff.get(f"/applications/{application.pk}/").status_code == 200
    application.refresh_from_db()
    assert application.status == "new"


def test_another_students_application_does_not_exist(as_student):
    other = ApplicationFactory()
    assert as_student.get(f"/applications/{other.pk}/").status_code == 404
    assert as_student.post(f"/applications/{other.pk}/withdraw/").status_code == 404
    other.refresh_from_db()
    assert other.status == "new"


@pytest.mark.parametrize("path", ["/", "/applications/", "/applications/?status=new"])
@pytest.mark.parametrize("role", ["student", "recruiter", "staff"])
def test_lists_and_homes_answer_each_role(request, role, path):
    assert request.getfixturevalue(f"as_{role}").get(path).status_code == 200


@pytest.mark.parametrize("role", ["student", "recruiter", "staff"])
def test_lists_cost_the_same_for_one_and_three_rows(
    request, role, application, django_assert_max_num_queries
):
    client = request.getfixturevalue(f"as_{role}")
    client.get("/applications/")
    with django_assert_max_num_queries(12) as one:
        client.get("/applications/")
    for _ in range(2):
        ApplicationFactory(
            student=application.student,
            position=PositionFactory(published=True, company=application.position.company),
        )
    client.get("/applications/")  # what is new is read into memory
    with django_assert_max_num_queries(12) as three:
        client.get("/applications/")
    assert len(one) == len(three)
