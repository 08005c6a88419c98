"""Who may apply, answer, withdraw, offer times and see what is overdue; who sees an application at all."""

from datetime import timedelta

import pytest

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.applications import rules
from backend.applications.models import ApplicationNote
from backend.applications.queries import (
    applicants_of,
    applications_visible_to,
    get_application,
    live_application,
    notes_on,
    overdue_visible_to,
    recruiters_of,
    slots_visible_to,
    stage_counts,
    user_of,
)
from backend.common import clock
from backend.common.errors import NotFound
from backend.companies.models import Company
from backend.students.models import Student
from tests.backend.refusals import refused
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import ApplicationFactory, InterviewSlotFactory
from tests.factories.companies import CompanyFactory, RecruiterFactory
from tests.factories.positions import PositionFactory
from tests.factories.students import StudentFactory

STUDENTS, OWN = {"student", "classmate"}, {"recruiter", "owner"}
STAFF = {"staff", "department staff", "other department", "strange staff", "operator"}
SEES = {"system", "student", "recruiter", "owner", "staff", "department staff", "operator"}
EVERYBODY = [
    "visitor", "system", "student", "classmate", "recruiter", "owner", "rival", "staff",
    "department staff", "other department", "strange staff", "operator",
]  # fmt: skip


@pytest.mark.parametrize("who", EVERYBODY)
def test_each_may_what_the_table_says_and_nothing_else(people, application, who):
    actor = people[who]
    assert {
        "apply": rules.can_apply(actor),
        "answer": rules.can_answer(actor, application),
        "applicant": rules.is_applicant(actor, application),
        "slots": rules.can_open_slots(actor, application.position),
        "overdue": rules.can_see_overdue(actor),
    } == {
        "apply": who in STUDENTS,
        "answer": who in OWN,
        "applicant": who == "student",
        "slots": who in OWN,
        "overdue": who in STAFF,
    }


def test_somebody_of_a_role_without_the_row_that_goes_with_it_may_nothing(application):
    for actor in (Actor(role=Role.STUDENT), Actor(role=Role.RECRUITER)):
        assert not rules.can_apply(actor)
        assert not rules.can_answer(actor, application)
        assert not rules.is_applicant(actor, application)


@pytest.mark.parametrize("who", EVERYBODY)
def test_each_sees_an_application_or_it_does_not_exist(people, application, who):
    if who in SEES:
        assert get_application(people[who], application.pk) == application
        assert list(applications_visible_to(people[who])) == [application]
        return
    assert not applications_visible_to(people[who]).exists()
    with refused(NotFound, "not_found"):
        get_application(people[who], application.pk)


def test_staff_see_their_students_at_companies_of_the_whole_alliance(people, application):
    Company.objects.filter(pk=application.position.company_id).update(school=CompanyFactory().school)
    assert list(applications_visible_to(people["staff"])) == [application]


@pytest.mark.parametrize("status", ["draft", "in_review", "paused", "closed", "expired"])
def test_an_application_outlives_its_position(people, application, status):
    type(application.position).objects.update(status=status)
    assert {who for who in people if applications_visible_to(people[who]).exists()} == SEES


@pytest.mark.parametrize("state", ["submitted", "suspended", "rejected", "draft"])
def test_of_a_company_that_is_not_vetted_the_recruiters_alone_are_shut_out(people, application, state):
    Company.objects.filter(pk=application.position.company_id).update(status=state)
    assert {who for who in people if applications_visible_to(people[who]).exists()} == SEES - OWN


@pytest.mark.parametrize(("seconds", "seen"), [(-1, True), (0, False)])
def test_the_recruiters_are_shut_out_the_second_the_vetting_ends(people, application, seconds, seen):
    company = application.position.company
    clock.advance(company.vetted_until - clock.now())
    clock.advance(timedelta(seconds=seconds))
    assert applications_visible_to(people["recruiter"]).exists() is seen


NOTES_SEEN_BY = OWN


@pytest.mark.parametrize("who", EVERYBODY)
def test_notes_are_the_companys_alone(people, application, who):
    note = ApplicationNote.objects.create(application=application, text="不错")
    assert list(notes_on(people[who], application)) == ([note] if who in NOTES_SEEN_BY else [])


def test_notes_are_newest_first(people, application):
    rows = [ApplicationNote.objects.create(application=application, text=str(n)) for n in range(3)]
    assert list(notes_on(people["owner"], application)) == rows[::-1]


@pytest.mark.parametrize("who", EVERYBODY)
def test_who_sees_interview_times(people, application, who):
    type(application).objects.update(status="interview")
    free = InterviewSlotFactory(position=application.position)
    booked = InterviewSlotFactory(position=application.position, application=application)
    elsewhere = InterviewSlotFactory()
    seen = set(slots_visible_to(people[who]))
    if who in {"operator", "system"}:
        assert seen == {free, booked, elsewhere}
    else:
        assert seen == ({free, booked} if who in OWN | {"student"} else set())


@pytest.mark.parametrize(
    "status", ["new", "viewed", "shortlisted", "offer", "hired", "declined", "withdrawn"]
)
def test_a_student_sees_times_to_pick_at_the_interview_stage_only_and_the_own_one_always(
    people, application, status
):
    type(application).objects.update(status=status)
    InterviewSlotFactory(position=application.position)
    assert not slots_visible_to(people["student"]).exists()
    mine = InterviewSlotFactory(position=application.position, application=application)
    assert list(slots_visible_to(people["student"])) == [mine]


def test_overdue_is_open_and_past_its_date_within_what_one_sees(people, application):
    moment = clock.now()
    late = ApplicationFactory(
        student=application.student, position__company=application.position.company,
        due_at=moment - timedelta(seconds=1),
    )  # fmt: skip
    ApplicationFactory(student=application.student, due_at=moment)
    ApplicationFactory(student=application.student, due_at=None)
    found = {who for who in people if list(overdue_visible_to(people[who])) == [late]}
    assert found == {"system", "student", "recruiter", "owner", "staff", "department staff", "operator"}


@pytest.mark.parametrize(
    ("status", "counts"),
    [(status, True) for status in ("new", "viewed", "shortlisted", "interview", "offer")]
    + [(status, False) for status in ("hired", "declined", "refused", "withdrawn")],
)
def test_only_what_waits_for_an_answer_is_overdue(people, application, status, counts):
    past = clock.now() - timedelta(days=1)
    type(application).objects.update(status=status, due_at=past)
    application.refresh_from_db()
    assert overdue_visible_to(people["staff"]).exists() is counts
    assert application.overdue is counts


def test_stages_are_counted_whatever_the_order_of_the_rows(people, application):
    for status in ("viewed", "viewed", "hired"):
        ApplicationFactory(
            status=status, student=application.student, position__company=application.position.company
        )
    rows = applications_visible_to(people["recruiter"]).order_by("-pk")
    assert stage_counts(rows) == {
        "new": 1, "viewed": 2, "shortlisted": 0, "interview": 0, "offer": 0, "hired": 1,
        "declined": 0, "refused": 0, "withdrawn": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("status", "live"),
    [(status, True) for status in ("new", "viewed", "shortlisted", "interview", "offer", "hired")]
    + [(status, False) for status in ("declined", "refused", "withdrawn")],
)
def test_what_is_live_stands_in_the_way_of_another_application(application, status, live):
    type(application).objects.update(status=status)
    found = live_application(application.student_id, application.position_id)
    assert (found is not None) is live
    assert live_application(application.student_id, application.position_id + 1) is None


def test_recruiters_and_students_with_a_live_membership_are_told(application):
    company = application.position.company
    here = [RecruiterFactory(company=company, owner=owner).user_id for owner in (False, True)]
    RecruiterFactory(company=company, ended_at=clock.now())
    RecruiterFactory()
    assert recruiters_of(company.pk) == here
    assert user_of(application.student_id) == []
    place = MembershipFactory(of_student=True, student=application.student)
    assert user_of(application.student_id) == [place.user_id]
    place.ended_at = clock.now()
    place.save()
    assert user_of(application.student_id) == []


def test_applicants_of_a_company_are_those_who_did_not_withdraw(application):
    company = application.position.company
    other = ApplicationFactory(position__company=company, student__school=company.school, status="declined")
    ApplicationFactory(position__company=company, student__school=company.school, status="withdrawn")
    StudentFactory(school=company.school)
    found = set(Student.objects.filter(applicants_of(company.pk)))
    assert found == {application.student, other.student}


def test_two_applications_of_one_student_to_a_company_count_the_student_once(application):
    ApplicationFactory(student=application.student, position__company=application.position.company)
    rows = Student.objects.filter(applicants_of(application.position.company_id))
    assert list(rows) == [application.student]


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("who", ["student", "recruiter", "staff", "operator"])
def test_a_list_with_everything_a_row_shows_is_one_query(
    people, application, django_assert_num_queries, who, rows
):
    for _ in range(rows - 1):
        ApplicationFactory(
            student=application.student,
            position=PositionFactory(company=application.position.company, published=True),
        )
    with django_assert_num_queries(1):
        shown = [
            (
                row.position.company.name,
                row.student.major.department.name,
                row.student.school.name,
                row.resume,
            )
            for row in applications_visible_to(people[who])
        ]
    assert len(shown) == rows
