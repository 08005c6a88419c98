"""Interview times: offered, picked by exactly one, cancelled; the calendar file; the bench and its control."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from icalendar import Calendar

from backend.applications import domain
from backend.applications.calendar import calendar_file
from backend.applications.models import InterviewSlot
from backend.applications.queries import booked_slot, free_slots_for, slots_visible_to
from backend.audit.models import AuditEntry
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.notifications.models import Notification
from tests.backend.racing import race
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import (
    ApplicationFactory,
    InterviewSlotFactory,
    recruiter_actor,
    staff_actor,
    student_actor,
)
from tests.factories.companies import CompanyFactory, RecruiterFactory


def times(number: int = 2, *, after: timedelta = timedelta(days=1)) -> list:
    start = clock.now() + after
    half = timedelta(minutes=30)
    return [(start + n * half, start + (n + 1) * half) for n in range(number)]


@pytest.fixture
def application(db, frozen_now):
    return ApplicationFactory(interview=True)


@pytest.fixture
def recruiter(application):
    return recruiter_actor(application.position.company)


def test_open_slots_stores_each_time_once_and_tells_who_waits(application, recruiter):
    MembershipFactory(of_student=True, student=application.student)
    ask = {"actor": recruiter, "position_id": application.position_id, "place": "A 座"}
    first = domain.open_slots(times=times(2), **ask)
    second = domain.open_slots(times=times(3), **ask)
    assert [len(first), len(second), InterviewSlot.objects.count()] == [2, 1, 3]
    assert list(Notification.objects.values_list("kind", flat=True)) == ["interview_times"]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: [],
        lambda: times(101),
        lambda: times(after=timedelta(days=-1)),
        lambda: [tuple(reversed(pair)) for pair in times(1)],
    ],
)
def test_open_slots_refuses_no_too_many_past_and_backward_times(application, recruiter, wrong):
    with pytest.raises(Invalid) as refusal:
        domain.open_slots(actor=recruiter, position_id=application.position_id, times=wrong(), place="A")
    assert list(refusal.value.fields) == ["times"]
    assert (InterviewSlot.objects.count(), AuditEntry.objects.count()) == (0, 0)


def test_open_slots_is_for_the_company_only(application):
    other = recruiter_actor(CompanyFactory(verified=True, school=application.student.school))
    for actor, error in (
        (other, NotFound),
        (student_actor(application.student), NotAllowed),
        (staff_actor(application.student.school), NotAllowed),
    ):
        with pytest.raises(error):
            domain.open_slots(actor=actor, position_id=application.position_id, times=times(), place="A")
    assert InterviewSlot.objects.count() == 0


def test_book_then_change_then_cancel(application):
    member = RecruiterFactory(company=application.position.company)
    first, second = InterviewSlotFactory.create_batch(2, position=application.position)
    student = student_actor(application.student)
    domain.book_slot(actor=student, slot_id=first.pk)
    assert booked_slot(application) == first
    domain.book_slot(actor=student, slot_id=first.pk)
    clock.advance(timedelta(seconds=1))
    domain.book_slot(actor=student, slot_id=second.pk)
    assert booked_slot(application) == second
    assert list(free_slots_for(application)) == [first]
    domain.cancel_booking(actor=student, slot_id=second.pk)
    assert booked_slot(application) is None
    assert list(Notification.objects.order_by("pk").values_list("user_id", "kind")) == [
        (member.user_id, "interview_booked"),
        (member.user_id, "interview_booked"),
        (member.user_id, "interview_cancelled"),
    ]


def test_a_taken_time_is_refused_and_the_old_one_stays(application):
    mine, wanted = InterviewSlotFactory.create_batch(2, position=application.position)
    rival = ApplicationFactory(
        interview=True, position=application.position, student__school=application.student.school
    )
    domain.book_slot(actor=student_actor(application.student), slot_id=mine.pk)
    domain.book_slot(actor=student_actor(rival.student), slot_id=wanted.pk)
    with pytest.raises(Conflict) as refusal:
        domain.book_slot(actor=student_actor(application.student), slot_id=wanted.pk)
    assert refusal.value.code == "slot_taken"
    assert (booked_slot(application), booked_slot(rival)) == (mine, wanted)


@pytest.mark.parametrize(
    "status", ["new", "viewed", "shortlisted", "offer", "hired", "declined", "withdrawn"]
)
def test_only_the_interview_stage_picks(application, status):
    slot = InterviewSlotFactory(position=application.position)
    type(application).objects.filter(pk=application.pk).update(status=status)
    with pytest.raises(NotFound):
        domain.book_slot(actor=student_actor(application.student), slot_id=slot.pk)
    slot.refresh_from_db()
    assert slot.application is None


def test_a_past_time_and_another_position_do_not_exist(application):
    past = InterviewSlotFactory(
        position=application.position,
        starts_at=clock.now() - timedelta(hours=1),
        ends_at=clock.now() - timedelta(minutes=30),
    )
    elsewhere = InterviewSlotFactory()
    for slot in (past, elsewhere):
        with pytest.raises(NotFound):
            domain.book_slot(actor=student_actor(application.student), slot_id=slot.pk)
    assert InterviewSlot.objects.filter(application__isnull=False).count() == 0


def test_the_company_cancels_and_the_student_hears(application, recruiter):
    user = MembershipFactory(of_student=True, student=application.student).user
    slot = InterviewSlotFactory(position=application.position, application=application)
    domain.cancel_booking(actor=recruiter, slot_id=slot.pk)
    assert booked_slot(application) is None
    assert list(Notification.objects.values_list("user_id", "kind")) == [(user.pk, "interview_cancelled")]


def test_close_takes_back_free_times_only(application, recruiter):
    free = InterviewSlotFactory(position=application.position)
    taken = InterviewSlotFactory(position=application.position, application=application)
    domain.close_slot(actor=recruiter, slot_id=free.pk)
    with pytest.raises(Conflict):
        domain.close_slot(actor=recruiter, slot_id=taken.pk)
    with pytest.raises(NotAllowed):
        domain.close_slot(actor=student_actor(application.student), slot_id=taken.pk)
    assert list(InterviewSlot.objects.all()) == [taken]


def test_others_do_not_see_times(application):
    InterviewSlotFactory(position=application.position)
    other = ApplicationFactory(student__school=application.student.school)
    assert list(slots_visible_to(student_actor(other.student))) == []
    assert list(slots_visible_to(recruiter_actor(other.position.company))) == []
    assert list(slots_visible_to(staff_actor(other.student.school))) == []


def test_calendar_file_says_when_where_and_what(application):
    slot = InterviewSlotFactory(position=application.position, application=application, place="B 座 2 楼")
    (event,) = Calendar.from_ical(calendar_file(slot, address="https://fairway.example/a/1/")).walk("VEVENT")
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (slot.starts_at, slot.ends_at)
    assert str(event["location"]) == "B 座 2 楼"
    assert str(event["summary"]) == f"{slot.position.company.name} · {slot.position.title}"
    assert str(event["uid"]) == f"interview-{slot.pk}@fairway"


@pytest.mark.django_db(transaction=True)
def test_one_of_several_students_gets_the_time():
    first = ApplicationFactory(interview=True)
    rivals = ApplicationFactory.create_batch(
        3, interview=True, position=first.position, student__school=first.student.school
    )
    actors = [student_actor(row.student) for row in [first, *rivals]]
    slot = InterviewSlotFactory(position=first.position)
    results = race(lambda n: domain.book_slot(actor=actors[n], slot_id=slot.pk).application_id, threads=4)
    winners = [result for result in results if isinstance(result, int)]
    assert len(winners) == 1
    assert [result.code for result in results if not isinstance(result, int)] == ["slot_taken"] * 3
    slot.refresh_from_db()
    assert slot.application_id == winners[0]


@pytest.mark.django_db(transaction=True)
def test_bench_is_exact_and_cleans_up():
    out = StringIO()
    call_command("bench_slots", attempts=120, slots=5, processes=3, stdout=out)
    assert "told “booked”: 5; times booked: 5;" in out.getvalue()
    assert InterviewSlot.objects.count() == 0
