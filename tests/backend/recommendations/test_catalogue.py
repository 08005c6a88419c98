"""The copy in memory: it follows the rows, reads only what changed, and never decides who may see what."""

from datetime import timedelta

import pytest
from django.db import transaction

from backend.applications import domain as applications
from backend.applications.models import Application, ApplicationStep
from backend.common import clock
from backend.positions.models import Position
from backend.recommendations import catalogue
from backend.recommendations.domain import set_personalised
from backend.recommendations.serving import plain_positions, warm
from backend.students.domain.profile import remove_experience, save_experience, update_profile
from backend.students.models import Student
from tests.factories.applications import ApplicationFactory, student_actor
from tests.factories.positions import PositionFactory
from tests.factories.schools import SchoolFactory
from tests.factories.students import ExperienceFactory, StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


def held(side) -> list[int]:
    return sorted(pk for pk in range(1, 10_000) if pk in side.held)


def test_the_first_question_reads_everything_and_the_next_nothing(fitting, strange):
    assert held(catalogue.positions()) == sorted([fitting.pk, strange.pk])
    assert catalogue._positions.refresh() == 0


def test_only_the_changed_row_is_read(fitting, strange, django_assert_num_queries):
    catalogue.positions()
    clock.advance(timedelta(seconds=1))
    fitting.title = "数据库工程师"
    fitting.save()
    with django_assert_num_queries(3):
        assert catalogue._positions.refresh() == 1
    assert catalogue._positions.held.get(fitting.pk).title == "数据库工程师"
    with django_assert_num_queries(1):
        assert catalogue._positions.refresh() == 0


@pytest.mark.parametrize("rows", [1, 3])
def test_asking_costs_one_query_whatever_is_held(fitting, rows, django_assert_num_queries):
    PositionFactory.create_batch(rows, published=True, company=fitting.company)
    StudentFactory.create_batch(rows, school=fitting.company.school)
    catalogue.positions(), catalogue.students()
    with django_assert_num_queries(2):
        catalogue.positions(), catalogue.students()


def test_a_version_is_enough_where_the_clock_stands_still(fitting):
    catalogue.positions()
    Position.objects.filter(pk=fitting.pk).update(title="同一时刻", version=fitting.version + 1)
    assert catalogue.positions().held.get(fitting.pk).title == "同一时刻"


def test_a_change_that_committed_late_is_seen_within_the_overlap(fitting):
    """A transaction stamps a row, and commits after the copy was looked at."""
    catalogue.positions()
    stamp = clock.now() - catalogue.OVERLAP + timedelta(seconds=1)
    Position.objects.filter(pk=fitting.pk).update(title="迟到", version=9, updated_at=stamp)
    assert catalogue.positions().held.get(fitting.pk).title == "迟到"


def test_what_no_stamp_tells_comes_with_the_whole_reading(fitting):
    """The control of the overlap: beyond it a change is not seen before everything is read again."""
    catalogue.positions()
    stamp = clock.now() - catalogue.OVERLAP - timedelta(seconds=1)
    Position.objects.filter(pk=fitting.pk).update(title="漏掉", version=9, updated_at=stamp)
    assert catalogue.positions().held.get(fitting.pk).title == "Java 开发工程师"
    clock.advance(catalogue.REREAD)
    assert catalogue.positions().held.get(fitting.pk).title == "漏掉"


@pytest.mark.parametrize("status", ["draft", "in_review", "paused", "closed", "expired"])
def test_a_position_that_is_not_published_leaves_and_comes_back(fitting, status):
    catalogue.positions()
    Position.objects.filter(pk=fitting.pk).update(status=status, updated_at=clock.now())
    assert fitting.pk not in catalogue.positions().held
    Position.objects.filter(pk=fitting.pk).update(status="published", version=7, updated_at=clock.now())
    assert fitting.pk in catalogue.positions().held


def test_a_deleted_row_leaves_with_the_whole_reading(fitting, strange):
    catalogue.positions()
    gone = strange.pk
    strange.delete()
    clock.advance(catalogue.REREAD)
    assert held(catalogue.positions()) == [fitting.pk] != [gone]


def test_applicants_are_counted_afresh_when_somebody_applies_or_withdraws(student, actor, fitting):
    assert catalogue.positions().held.get(fitting.pk).applicants == 0
    row = applications.apply(actor=actor, position_id=fitting.pk)
    assert catalogue.positions().held.get(fitting.pk).applicants == 1
    clock.advance(timedelta(hours=1))
    catalogue.positions()
    applications.withdraw(actor=actor, application_id=row.pk)
    assert catalogue.positions().held.get(fitting.pk).applicants == 0


def test_a_rolled_back_change_is_undone_in_memory_too(fitting):
    catalogue.positions()
    with transaction.atomic():
        Position.objects.filter(pk=fitting.pk).update(title="回滚", version=9, updated_at=clock.now())
        assert catalogue.positions().held.get(fitting.pk).title == "回滚"
        transaction.set_rollback(True)
    assert catalogue.positions().held.get(fitting.pk).title == "Java 开发工程师"


@pytest.mark.parametrize(
    ("change", "there"),
    [
        ({"status": "left"}, False),
        ({"status": "pending"}, False),
        ({"personalised": False}, False),
        ({"seeking": False}, True),
        ({"visibility": "hidden"}, True),
        ({"skills": ["Go"]}, True),
    ],
)
def test_students_are_held_while_confirmed_and_ordered_by_fit(student, change, there):
    """Whether a company sees them is asked of the rows at each question, not here."""
    assert student.pk in catalogue.students().held
    Student.objects.filter(pk=student.pk).update(**change, version=5, updated_at=clock.now())
    assert (student.pk in catalogue.students().held) is there


def test_an_experience_that_comes_or_goes_changes_the_student(student, actor):
    assert catalogue.students().held.get(student.pk).experience_months == 0
    row = save_experience(
        actor=actor,
        title="实习",
        organisation="工厂",
        started_on=clock.today() - timedelta(days=70),
        ended_on=None,
        description="",
    )
    assert catalogue.students().held.get(student.pk).experience_months == 3
    remove_experience(actor=actor, experience_id=row.pk)
    assert catalogue.students().held.get(student.pk).experience_months == 0


def test_what_a_student_says_besides_reaches_the_memory_at_once(student, actor):
    assert catalogue.students().held.get(student.pk).skill_levels == ()
    blank = {"phone": "", "email": "", "about": "", "certificates": [], "wanted_occupations": []}
    update_profile(
        actor=actor, skills=["Java"], skill_levels={"Java": 3}, salary_floor=None, salary_hope=9000,
        based_in="320505", wanted_cities=[], wanted_kinds=[], available_from=None, **blank,
    )  # fmt: skip
    held = catalogue.students().held.get(student.pk)
    assert (held.skill_levels, held.salary_hope, held.based_in) == ((("Java", 3),), 9000, "320505")


def test_where_the_campus_lies_is_read_anew_and_what_else_a_school_is_called_is_not(student):
    school = student.school
    school.city_code, school.district_code = "320500", "320505"
    school.save()
    assert catalogue.students().held.get(student.pk).based_in == "320505"
    clock.advance(timedelta(hours=1))
    school.district_code = "320506"
    school.save()
    assert catalogue.students().held.get(student.pk).based_in == "320506"
    school.name = "示例学院"
    school.save()
    assert catalogue._students.refresh() == 0


def test_switching_off_takes_a_student_out_at_once(student, actor):
    assert student.pk in catalogue.students().held
    clock.advance(timedelta(seconds=1))
    set_personalised(actor=actor, on=False)
    assert student.pk not in catalogue.students().held


def test_schools_are_told_apart(fitting):
    other = PositionFactory(published=True, company__school=SchoolFactory())
    side = catalogue.positions()
    home, far = fitting.company.school_id, other.company.school_id
    assert side.of_schools([home]) == {fitting.pk}
    assert side.of_schools([home, far]) is None
    assert side.of_schools([far + 1]) == set()


def test_a_row_that_is_not_held_is_converted_on_the_spot(fitting):
    draft = PositionFactory(company=fitting.company, title="草稿")
    assert [(row.id, row.title) for row in plain_positions([draft, fitting])] == [
        (draft.pk, "草稿"),
        (fitting.pk, "Java 开发工程师"),
    ]


def answered(position, days: int | None, *, by: str = "recruiter", sent: int = 30) -> None:
    """An application sent some days ago, with the company's first step after `days`."""
    row = ApplicationFactory(position=position, student__school=position.company.school, status="viewed")
    at = clock.now() - timedelta(days=sent)
    Application.objects.filter(pk=row.pk).update(created_at=at)
    ApplicationStep.objects.create(application=row, status="new", by_role="student", at=at)
    if days is not None:
        moment = at + timedelta(days=days)
        ApplicationStep.objects.create(application=row, status="viewed", by_role=by, at=moment)


def test_the_share_a_company_answers_within_a_week(fitting):
    for days in (1, 7, 8, None):
        answered(fitting, days)
    assert catalogue.response_rates([fitting.company_id]) == {}
    answered(fitting, 2)
    assert catalogue.response_rates([fitting.company_id]) == {fitting.company_id: 3 / 5}


@pytest.mark.parametrize(("sent", "by"), [(6, "recruiter"), (181, "recruiter"), (30, "staff")])
def test_what_is_too_new_too_old_or_of_somebody_else_is_no_answer(fitting, sent, by):
    for _ in range(4):
        answered(fitting, 1)
    answered(fitting, 1, sent=sent, by=by)
    expected = {fitting.company_id: 4 / 5} if by == "staff" else {}
    assert catalogue.response_rates([fitting.company_id]) == expected


def test_experience_factory_rows_are_read_in_order(student):
    for title in ("一", "二"):
        ExperienceFactory(student=student, title=title)
    assert catalogue.students().held.get(student.pk).headlines == ("一", "二")
    assert student_actor(student).student_id == student.pk


def test_a_warmed_process_reads_nothing_for_its_first_question(fitting, django_assert_num_queries):
    warm()
    with django_assert_num_queries(2):
        assert (catalogue._positions.refresh(), catalogue._students.refresh()) == (0, 0)
    assert held(catalogue._positions) == [fitting.pk]
    assert held(catalogue._students) == list(Student.objects.values_list("pk", flat=True)) != []
