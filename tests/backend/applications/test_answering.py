"""The company answers: the full product of stages, bulk answers, notes, ratings, and who may not."""

from datetime import timedelta

import pytest

from backend.applications import domain
from backend.applications.enums import COMPANY_STEPS, STUDENT_STEPS, TRANSITIONS, ApplicationStatus
from backend.applications.models import Application, ApplicationNote, ApplicationStep
from backend.applications.queries import applications_visible_to, notes_on
from backend.audit.models import AuditEntry
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.notifications.models import Notification
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import (
    ApplicationFactory,
    InterviewSlotFactory,
    OfferFactory,
    recruiter_actor,
    staff_actor,
    student_actor,
)
from tests.factories.companies import CompanyFactory
from tests.factories.schools import DepartmentFactory, SchoolFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]

EVERY_PAIR = [(before, to) for before in ApplicationStatus for to in ApplicationStatus]


def answered_by(application) -> dict:
    return {"actor": recruiter_actor(application.position.company), "application_id": application.pk}


def written() -> tuple[int, ...]:
    models = (ApplicationStep, AuditEntry, Notification, ApplicationNote)
    return tuple(model.objects.count() for model in models)


@pytest.mark.parametrize(("before", "to"), EVERY_PAIR)
def test_company_steps_over_every_pair_of_stages(before, to):
    application = ApplicationFactory(status=before)
    allowed = to in COMPANY_STEPS and to in TRANSITIONS[before]
    if allowed:
        domain.move_application(**answered_by(application), to=to, message="谢谢")
        application.refresh_from_db()
        assert application.status == to
        assert list(application.steps.values_list("status", "message", "by_role")) == [
            (to, "谢谢", "recruiter")
        ]
        assert list(AuditEntry.objects.values_list("verb", "before", "after")) == [
            (f"application.{to}", before, to)
        ]
        return
    expected = Conflict if to in COMPANY_STEPS else Invalid
    count = written()
    with pytest.raises(expected):
        domain.move_application(**answered_by(application), to=to)
    application.refresh_from_db()
    assert (application.status, written()) == (before, count)


@pytest.mark.parametrize("before", ApplicationStatus)
def test_an_offer_is_made_from_shortlisted_and_interview_only(before):
    application = ApplicationFactory(status=before)
    terms = {
        "salary": 6000,
        "starts_on": clock.today() + timedelta(days=30),
        "deadline": clock.now() + timedelta(days=5),
    }
    if before in {"shortlisted", "interview"}:
        offer = domain.make_offer(**answered_by(application), **terms)
        application.refresh_from_db()
        assert (application.status, application.due_at) == ("offer", offer.deadline)
        return
    with pytest.raises(Conflict):
        domain.make_offer(**answered_by(application), **terms)
    application.refresh_from_db()
    assert application.status == before


@pytest.mark.parametrize("before", ApplicationStatus)
@pytest.mark.parametrize("verb", ["accept_offer", "refuse_offer", "withdraw"])
def test_student_steps_over_every_stage(before, verb):
    application = ApplicationFactory(status=before)
    if before == ApplicationStatus.OFFER:
        OfferFactory(application=application)
    to = {"accept_offer": "hired", "refuse_offer": "refused", "withdraw": "withdrawn"}[verb]
    act = getattr(domain, verb)
    arguments = {"actor": student_actor(application.student), "application_id": application.pk}
    if to in TRANSITIONS[before]:
        act(**arguments)
        application.refresh_from_db()
        assert (application.status, application.due_at) == (to, None)
        return
    with pytest.raises(Conflict):
        act(**arguments)
    application.refresh_from_db()
    assert (application.status, application.steps.count()) == (before, 0)


def test_company_and_student_steps_cover_the_table_with_the_offer_apart():
    reachable = set().union(*TRANSITIONS.values())
    assert reachable == COMPANY_STEPS | STUDENT_STEPS | {ApplicationStatus.OFFER}


def test_a_step_is_told_to_the_student_and_moves_the_due_date():
    application = ApplicationFactory(viewed=True)
    user = MembershipFactory(of_student=True, student=application.student).user
    clock.advance(timedelta(days=3))
    domain.move_application(**answered_by(application), to="shortlisted")
    application.refresh_from_db()
    assert application.due_at == clock.now() + timedelta(days=7)
    assert list(Notification.objects.values_list("user_id", "kind", "url")) == [
        (user.pk, "application_shortlisted", f"/applications/{application.pk}/")
    ]


def test_looking_is_a_step_once_and_leaves_the_due_date():
    application = ApplicationFactory()
    due = application.due_at
    clock.advance(timedelta(days=1))
    for _ in range(2):
        domain.open_application(**answered_by(application))
    application.refresh_from_db()
    assert (application.status, application.due_at) == ("viewed", due)
    assert list(application.steps.values_list("status", flat=True)) == ["viewed"]


@pytest.mark.parametrize("who", ["student", "staff"])
def test_looking_of_others_is_no_step(who):
    application = ApplicationFactory()
    actors = {"student": student_actor(application.student), "staff": staff_actor(application.student.school)}
    domain.open_application(actor=actors[who], application_id=application.pk)
    application.refresh_from_db()
    assert (application.status, application.steps.count()) == ("new", 0)


def test_declining_frees_the_interview_time():
    application = ApplicationFactory(interview=True)
    slot = InterviewSlotFactory(position=application.position, application=application)
    domain.move_application(**answered_by(application), to="declined", message="岗位已满")
    slot.refresh_from_db()
    assert slot.application is None


def test_another_company_does_not_exist_for_a_recruiter():
    application = ApplicationFactory(viewed=True)
    stranger = recruiter_actor(CompanyFactory(verified=True, school=application.student.school))
    count = written()
    for act, more in (
        (domain.move_application, {"to": "declined"}),
        (domain.add_note, {"text": "x"}),
        (domain.rate, {"rating": 3}),
    ):
        with pytest.raises(NotFound):
            act(actor=stranger, application_id=application.pk, **more)
    assert written() == count


@pytest.mark.parametrize("trait", ["suspended", "expired", "submitted", "rejected"])
def test_a_company_without_valid_vetting_sees_no_applicants(trait):
    application = ApplicationFactory(viewed=True)
    company = application.position.company
    bad = CompanyFactory.build(**{trait: True}, school=company.school)
    type(company).objects.filter(pk=company.pk).update(status=bad.status, vetted_until=bad.vetted_until)
    assert list(applications_visible_to(recruiter_actor(company))) == []
    with pytest.raises(NotFound):
        domain.move_application(**answered_by(application), to="declined")
    assert list(applications_visible_to(student_actor(application.student))) == [application]


def test_the_student_and_staff_may_not_answer_for_the_company():
    application = ApplicationFactory(viewed=True)
    for actor in (student_actor(application.student), staff_actor(application.student.school)):
        with pytest.raises(NotAllowed):
            domain.move_application(actor=actor, application_id=application.pk, to="declined")
    application.refresh_from_db()
    assert application.status == "viewed"


def test_bulk_move_answers_those_that_can_take_it_and_names_the_others():
    first = ApplicationFactory(viewed=True)
    company = first.position.company
    second = ApplicationFactory(viewed=True, position=first.position, student__school=company.school)
    over = ApplicationFactory(withdrawn=True, position=first.position, student__school=company.school)
    strange = ApplicationFactory(viewed=True)
    result = domain.bulk_move(
        actor=recruiter_actor(company),
        application_ids=[first.pk, second.pk, over.pk, strange.pk],
        to="declined",
        message="谢谢投递",
    )
    assert (result.moved, list(result.refused)) == ([first.pk, second.pk], [over.pk])
    assert list(Application.objects.order_by("pk").values_list("status", flat=True)) == [
        "declined",
        "declined",
        "withdrawn",
        "viewed",
    ]
    assert ApplicationStep.objects.count() == 2


def test_notes_and_ratings_stay_with_the_company():
    application = ApplicationFactory(viewed=True)
    user = MembershipFactory(recruiter=True, company=application.position.company).user
    actor = recruiter_actor(application.position.company, user_id=user.pk)
    note = domain.add_note(actor=actor, application_id=application.pk, text="  沟通良好 ")
    domain.rate(actor=actor, application_id=application.pk, rating=4)
    application.refresh_from_db()
    assert (note.text, application.rating) == ("沟通良好", 4)
    assert list(notes_on(actor, application)) == [note]
    assert list(notes_on(student_actor(application.student), application)) == []
    assert list(notes_on(staff_actor(application.student.school), application)) == []


@pytest.mark.parametrize("rating", [0, 6, -1])
def test_a_rating_outside_one_to_five_is_refused(rating):
    application = ApplicationFactory(viewed=True)
    with pytest.raises(Invalid) as refusal:
        domain.rate(**answered_by(application), rating=rating)
    assert list(refusal.value.fields) == ["rating"]
    application.refresh_from_db()
    assert application.rating is None


def test_an_empty_note_is_refused():
    application = ApplicationFactory(viewed=True)
    with pytest.raises(Invalid):
        domain.add_note(**answered_by(application), text="   ")
    assert ApplicationNote.objects.count() == 0


def test_staff_see_their_school_and_department_only():
    school = SchoolFactory()
    department = DepartmentFactory(school=school)
    inside = ApplicationFactory(student__school=school, student__major__department=department)
    beside = ApplicationFactory(student__school=school)
    ApplicationFactory()
    assert set(applications_visible_to(staff_actor(school))) == {inside, beside}
    assert list(applications_visible_to(staff_actor(school, department_id=department.pk))) == [inside]
