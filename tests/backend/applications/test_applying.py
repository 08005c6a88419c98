"""Apply once, withdraw, and nothing happens where it must not."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from backend.accounts.actor import ANONYMOUS
from backend.applications import domain
from backend.applications.models import Application, ApplicationStep
from backend.audit.models import AuditEntry
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.common.models import OutboxEntry
from backend.notifications.models import Notification
from tests.backend.racing import race
from tests.factories.applications import (
    ApplicationFactory,
    InterviewSlotFactory,
    recruiter_actor,
    staff_actor,
    student_actor,
)
from tests.factories.companies import RecruiterFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import SchoolFactory
from tests.factories.students import ResumeFactory, StudentFactory


@pytest.fixture
def student(db, frozen_now):
    return StudentFactory()


@pytest.fixture
def position(student):
    return PositionFactory(published=True, company__school=student.school, majors=[])


def written() -> tuple[int, ...]:
    """How many rows an application leaves behind, table by table."""
    models = (Application, ApplicationStep, AuditEntry, Notification, OutboxEntry)
    return tuple(model.objects.count() for model in models)


def test_apply_writes_step_audit_due_date_and_tells_the_company(student, position):
    recruiter = RecruiterFactory(company=position.company)
    resume = ResumeFactory(student=student)
    application = domain.apply(
        actor=student_actor(student), position_id=position.pk, resume_id=resume.pk, note="我很感兴趣"
    )
    assert (application.status, application.resume, application.note) == ("new", resume, "我很感兴趣")
    assert application.due_at == clock.now() + timedelta(days=7)
    assert list(application.steps.values_list("status", "at", "by_role")) == [("new", clock.now(), "student")]
    assert list(
        AuditEntry.objects.filter(target="applications.application").values_list("verb", "after")
    ) == [("application.apply", "new")]
    told = Notification.objects.get(user=recruiter.user)
    assert (told.kind, told.url) == ("application_new", f"/applications/{application.pk}/")
    assert told.params["position"] == position.title


def test_apply_twice_answers_with_the_same_application(student, position):
    first = domain.apply(actor=student_actor(student), position_id=position.pk)
    before = written()
    second = domain.apply(actor=student_actor(student), position_id=position.pk, note="once more")
    assert second == first
    assert second.note == ""
    assert written() == before


def test_apply_again_after_withdrawing_is_a_new_application(student, position):
    actor = student_actor(student)
    first = domain.apply(actor=actor, position_id=position.pk)
    domain.withdraw(actor=actor, application_id=first.pk)
    second = domain.apply(actor=actor, position_id=position.pk)
    assert second.pk != first.pk
    assert Application.objects.filter(student=student).count() == 2


def test_apply_names_every_failing_field(student, position):
    position.education, position.graduation_years = "master", [2030]
    position.save()
    before = written()
    with pytest.raises(Invalid) as refusal:
        domain.apply(actor=student_actor(student), position_id=position.pk)
    assert refusal.value.code == "not_eligible"
    assert sorted(refusal.value.fields) == ["education", "graduation_year"]
    assert written() == before


def test_apply_with_somebody_elses_or_a_deleted_resume_is_refused(student, position):
    strange = ResumeFactory()
    deleted = ResumeFactory(student=student, deleted_at=clock.now())
    before = written()
    for resume in (strange, deleted):
        with pytest.raises(Invalid) as refusal:
            domain.apply(actor=student_actor(student), position_id=position.pk, resume_id=resume.pk)
        assert list(refusal.value.fields) == ["resume"]
    assert written() == before


@pytest.mark.parametrize("status", ["draft", "in_review", "paused", "closed", "expired"])
def test_apply_for_a_position_that_is_not_open_is_not_found(student, position, status):
    type(position).objects.filter(pk=position.pk).update(status=status)
    before = written()
    with pytest.raises(NotFound):
        domain.apply(actor=student_actor(student), position_id=position.pk)
    assert written() == before


def test_apply_in_another_school_is_not_found(student):
    elsewhere = PositionFactory(published=True, company__school=SchoolFactory(), majors=[])
    with pytest.raises(NotFound):
        domain.apply(actor=student_actor(student), position_id=elsewhere.pk)
    assert Application.objects.count() == 0


def test_only_students_apply(student, position):
    for actor in (ANONYMOUS, recruiter_actor(position.company), staff_actor(student.school)):
        with pytest.raises(NotAllowed):
            domain.apply(actor=actor, position_id=position.pk)
    assert Application.objects.count() == 0


def test_withdraw_frees_the_interview_time(frozen_now, db):
    application = ApplicationFactory(interview=True)
    slot = InterviewSlotFactory(position=application.position, application=application, booked_at=clock.now())
    domain.withdraw(
        actor=student_actor(application.student), application_id=application.pk, reason="另有安排"
    )
    application.refresh_from_db()
    slot.refresh_from_db()
    assert (application.status, application.due_at, slot.application, slot.booked_at) == (
        "withdrawn",
        None,
        None,
        None,
    )
    assert list(application.steps.values_list("status", "message", "by_role")) == [
        ("withdrawn", "另有安排", "student")
    ]


@pytest.mark.parametrize("status", ["hired", "declined", "refused", "withdrawn"])
def test_withdraw_is_refused_after_the_end(db, frozen_now, status):
    application = ApplicationFactory(status=status)
    before = written()
    with pytest.raises(Conflict) as refusal:
        domain.withdraw(actor=student_actor(application.student), application_id=application.pk)
    assert refusal.value.code == "wrong_state"
    application.refresh_from_db()
    assert (application.status, written()) == (status, before)


def test_withdraw_somebody_elses_is_not_found_and_the_company_may_not(db, frozen_now):
    application = ApplicationFactory()
    before = written()
    other = StudentFactory(school=application.student.school)
    before = written()
    with pytest.raises(NotFound):
        domain.withdraw(actor=student_actor(other), application_id=application.pk)
    with pytest.raises(NotAllowed):
        domain.withdraw(actor=recruiter_actor(application.position.company), application_id=application.pk)
    assert written() == before


# Two tabs at once, on real connections


@pytest.mark.django_db(transaction=True)
def test_two_tabs_make_one_application():
    student = StudentFactory()
    position = PositionFactory(published=True, company__school=student.school, majors=[])
    actor = student_actor(student)
    results = race(lambda _: domain.apply(actor=actor, position_id=position.pk).pk, threads=4)
    assert len(set(results)) == 1
    assert list(Application.objects.values_list("pk", flat=True)) == [results[0]]
    assert ApplicationStep.objects.count() == 1


def both_look_then_write(student, position) -> list:
    """Two tabs that both look before either writes: only the database can tell them apart."""
    looked = threading.Barrier(2)

    def tab(_: int):
        exists = Application.objects.filter(student=student, position=position).exists()
        looked.wait(10)
        return None if exists else Application.objects.create(student=student, position=position).pk

    return race(tab)


@pytest.mark.django_db(transaction=True)
def test_the_constraint_lets_one_of_two_blind_writers_through():
    student = StudentFactory()
    position = PositionFactory(published=True, company__school=student.school)
    results = both_look_then_write(student, position)
    assert sorted(type(result).__name__ for result in results) == ["IntegrityError", "int"]
    assert Application.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_constraint_two_applications_arise():
    student = StudentFactory()
    position = PositionFactory(published=True, company__school=student.school)
    guard = next(c for c in Application._meta.constraints if c.name == "application_one_live")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Application, guard)
    try:
        results = both_look_then_write(student, position)
        assert [type(result) for result in results] == [int, int]
        assert Application.objects.count() == 2
    finally:
        Application.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Application, guard)
