"""Answers to many on the page, what cannot take them, and the calendar file a booking gives."""

from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from backend.applications.calendar import calendar_file
from backend.applications.interfaces.forms import OfferForm, SlotsForm
from backend.applications.models import Application
from backend.common import clock
from backend.notifications.models import Notification
from tests.backend.refusals import contents
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import ApplicationFactory, InterviewSlotFactory

BULK = "/applications/bulk/"


@pytest.fixture
def several(application):
    """A new, a hired and a foreign application beside the one."""
    school, position = application.student.school, application.position
    return [
        application,
        ApplicationFactory(position=position, student__school=school),
        ApplicationFactory(position=position, student__school=school, status="hired"),
        ApplicationFactory(),
    ]


def messages_of(answer):
    return [(message.level_tag, str(message)) for message in answer.context["messages"]]


@pytest.mark.parametrize("narrowed", [True, False])
@pytest.mark.parametrize(("sort", "kept"), [("fit", "sort=fit"), ("", ""), ("pay", "")])
def test_answering_leads_back_to_the_order_it_came_from(browsers, application, narrowed, sort, kept):
    place = f"position={application.position_id}" if narrowed else ""
    data = {"sort": sort} | ({"position": application.position_id} if narrowed else {})
    address = "&".join(part for part in (place, kept) if part)
    for chosen in ({}, {"ids": [application.pk], "to": "shortlisted"}):
        answer = browsers["recruiter"].post(BULK, {**data, **chosen})
        assert answer["Location"] == f"/applications/{'?' if address else ''}{address}"
    page = browsers["recruiter"].get("/applications/", {"sort": sort}).content.decode()
    assert ('name="sort" value="fit"' in page) is bool(kept)


def test_those_that_can_are_answered_and_the_others_are_counted(browsers, several, student_user):
    users = [MembershipFactory(of_student=True, student=row.student).user_id for row in several[1:]]
    answer = browsers["recruiter"].post(
        BULK, {"ids": [row.pk for row in several], "to": "shortlisted", "message": "恭喜"}, follow=True
    )
    assert messages_of(answer) == [
        ("success", "2 applications answered."),
        ("warning", "1 could not take this step and are unchanged."),
    ]
    assert [Application.objects.get(pk=row.pk).status for row in several] == [
        "shortlisted", "shortlisted", "hired", "new",
    ]  # fmt: skip
    assert list(Notification.objects.order_by("pk").values_list("user_id", "kind")) == [
        (user, "application_shortlisted") for user in (student_user.pk, users[0])
    ]
    assert set(several[0].steps.values_list("message", flat=True)) == {"恭喜"}


@pytest.mark.parametrize(
    "data",
    [
        {"to": "declined"},
        {"ids": ["x", "-1", "９"], "to": "declined"},
        {"ids": "own", "to": "hired"},
        {"ids": "own", "to": ""},
        {"ids": "own", "to": "declined", "message": "字" * 1001},
    ],
)
def test_an_answer_that_makes_no_sense_changes_nothing_and_says_so(browsers, several, data):
    ids = [row.pk for row in several] if data.get("ids") == "own" else data.get("ids", [])
    before = contents(Application)
    answer = browsers["recruiter"].post(BULK, {**data, "ids": ids}, follow=True)
    assert messages_of(answer) == [("error", "Choose at least one application and a step.")]
    assert contents(Application) == before


@pytest.mark.parametrize("who", ["student", "staff"])
def test_others_answer_nobody(browsers, several, who):
    before = contents(Application)
    answer = browsers[who].post(BULK, {"ids": [several[0].pk], "to": "declined"})
    assert (answer.status_code, contents(Application)) == (403, before)


def test_the_file_keeps_its_identity_when_the_booking_changes(application):
    slot = InterviewSlotFactory(
        position=application.position, application=application, place="线上，会议号 1;2"
    )
    files = []
    for _ in range(2):
        slot.save()
        (event,) = Calendar.from_ical(calendar_file(slot, address="https://fairway.example/1/")).walk(
            "VEVENT"
        )
        files.append(event)
        clock.advance(timedelta(hours=1))
    first, second = files
    assert str(first["uid"]) == str(second["uid"])
    assert second.decoded("dtstamp") - first.decoded("dtstamp") == timedelta(hours=1)
    assert (str(first["location"]), first.decoded("dtstart")) == ("线上，会议号 1;2", slot.starts_at)


def test_the_file_says_utc_and_folds_long_lines(application):
    slot = InterviewSlotFactory(
        position=application.position,
        place="字" * 200,
        starts_at=datetime(2026, 3, 5, 1, 0, tzinfo=UTC),
        ends_at=datetime(2026, 3, 5, 1, 30, tzinfo=UTC),
    )
    raw = calendar_file(slot, address="https://fairway.example/1/")
    assert b"DTSTART:20260305T010000Z" in raw
    assert max(len(line) for line in raw.split(b"\r\n")) <= 75
    (event,) = Calendar.from_ical(raw).walk("VEVENT")
    assert str(event["location"]) == "字" * 200


def test_forms_know_their_times_and_limits():
    form = SlotsForm({"first": "2026-03-05T09:00", "minutes": "30", "number": "2", "place": "A"})
    assert form.is_valid()
    (first, second) = form.times()
    assert (first[1], second[1] - second[0]) == (second[0], timedelta(minutes=30))
    assert list(OfferForm({}).errors) == ["salary", "starts_on", "deadline"]
