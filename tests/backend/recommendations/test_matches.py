"""Matches for a student: order, reasons, what is left out, what is kept of it."""

from datetime import date, timedelta

import pytest

import matching.types as plain
from backend.applications import domain as applications
from backend.common import clock
from backend.common.errors import Invalid, NotAllowed, NotFound
from backend.positions.models import Position
from backend.recommendations.convert import as_position, as_student
from backend.recommendations.domain import interact, note_view, record_impressions, set_personalised, undo
from backend.recommendations.models import Impression, Interaction
from backend.recommendations.queries import (
    NEUTRAL,
    match_of,
    matches_for,
    plain_positions,
    raise_of,
    saved_positions,
    showings,
    student_of,
)
from tests.factories.applications import ApplicationFactory, recruiter_actor, student_actor
from tests.factories.positions import PositionFactory
from tests.factories.schools import MajorFactory, OccupationFactory, SchoolFactory
from tests.factories.students import ExperienceFactory, StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def student():
    school = SchoolFactory()
    return StudentFactory(
        school=school,
        major=MajorFactory(school=school, name="软件技术"),
        skills=["Java", "SQL"],
        wanted_cities=["320500"],
        wanted_kinds=["full_time"],
        wanted_occupations=["2-02-10-03"],
    )


@pytest.fixture
def fitting(student):
    return PositionFactory(
        published=True,
        company__school=student.school,
        title="Java 开发工程师",
        majors=["软件技术"],
        skills=["Java", "SQL"],
        city_code="320500",
        occupation=OccupationFactory(code="2-02-10-03"),
    )


@pytest.fixture
def strange(student, fitting):
    return PositionFactory(
        published=True,
        company=fitting.company,
        title="护士",
        majors=["护理"],
        skills=["静脉输液"],
        city_code="650100",
        kind="internship",
        occupation=OccupationFactory(code="2-05-08-01"),
    )


def shown_ids(student) -> list[int]:
    return [item.position.pk for item in matches_for(student_actor(student))]


def test_a_student_becomes_plain_values_without_anything_personal(student):
    ExperienceFactory(student=student, started_on=date(2025, 3, 1), ended_on=date(2025, 8, 31))
    found = as_student(student_of(student_actor(student)))
    assert found == plain.Student(
        id=student.pk,
        major="软件技术",
        major_code="510203",
        education="associate",
        skills=("Java", "SQL"),
        certificates=(),
        experience_months=6,
        wanted_occupations=("2-02-10-03",),
        wanted_cities=("320500",),
        wanted_kinds=("full_time",),
        salary_floor=None,
        text="测试实习生 编写自动化测试",
        available_from=None,
    )


def test_a_position_becomes_plain_values(fitting):
    found = as_position(fitting, 4)
    assert (found.id, found.title, found.occupation_code) == (fitting.pk, "Java 开发工程师", "2-02-10-03")
    assert (found.skills, found.applicants, found.openings) == (("Java", "SQL"), 4, 3)
    assert found.published_on == fitting.published_at.date()


def test_the_better_fit_comes_first_with_reasons_that_add_up(student, fitting, strange):
    first, second = matches_for(student_actor(student))
    assert [first.position, second.position] == [fitting, strange]
    assert [first.rank, second.rank] == [1, 2]
    assert first.match.score > second.match.score
    assert abs(sum(reason.contribution for reason in first.match.reasons) - first.match.score) < 1e-9
    assert first.reasons


def test_one_pair_agrees_with_the_list(student, fitting, strange):
    listed = {item.position.pk: item.match.score for item in matches_for(student_actor(student))}
    profile = student_of(student_actor(student))
    assert {p.pk: match_of(profile, p).score for p in (fitting, strange)} == pytest.approx(listed)


def test_what_would_raise_the_match_names_the_missing_skill(student, strange):
    assert any("静脉输液" in text for text in raise_of(student_of(student_actor(student)), strange))


def test_applied_unwanted_and_closed_positions_are_left_out(student, fitting, strange):
    actor = student_actor(student)
    interact(actor=actor, position_id=strange.pk, kind="not_interested", cause="place")
    assert shown_ids(student) == [fitting.pk]
    applications.apply(actor=actor, position_id=fitting.pk)
    assert shown_ids(student) == []
    undo(actor=actor, position_id=strange.pk, kind="not_interested")
    assert shown_ids(student) == [strange.pk]
    Position.objects.filter(pk=strange.pk).update(status="closed")
    assert shown_ids(student) == []


def test_another_school_is_never_shown(student, fitting):
    PositionFactory(published=True, company__school=SchoolFactory())
    assert shown_ids(student) == [fitting.pk]


def test_without_personalisation_the_newest_come_first_without_scores(student, fitting, strange):
    Position.objects.filter(pk=strange.pk).update(published_at=clock.now() + timedelta(minutes=1))
    actor = student_actor(student)
    set_personalised(actor=actor, on=False)
    found = matches_for(actor)
    assert [item.position for item in found] == [strange, fitting]
    assert [(item.match, item.percent, item.reasons) for item in found] == [(None, None, [])] * 2
    record_impressions(actor=actor, shown=found, surface="matches")
    assert set(Impression.objects.values_list("model", "score")) == {(NEUTRAL, None)}


def test_impressions_keep_place_model_score_and_reasons(student, fitting, strange):
    actor = student_actor(student)
    shown = matches_for(actor)
    assert record_impressions(actor=actor, shown=shown, surface="matches") == 2
    rows = list(Impression.objects.order_by("rank"))
    assert [(row.position_id, row.rank, row.surface, row.at) for row in rows] == [
        (fitting.pk, 1, "matches", clock.now()),
        (strange.pk, 2, "matches", clock.now()),
    ]
    assert [(row.score, row.model) for row in rows] == [
        (item.match.score, item.match.model) for item in shown
    ]
    assert rows[0].reasons[0][0] == shown[0].match.reasons[0].feature


def test_an_edited_position_is_read_afresh(student, fitting):
    before = plain_positions(Position.objects.all())
    clock.advance(timedelta(seconds=1))
    fitting.title = "数据库工程师"
    fitting.save()
    ApplicationFactory(position=fitting, student__school=student.school)
    (after,) = plain_positions(Position.objects.all())
    assert (before[0].title, after.title) == ("Java 开发工程师", "数据库工程师")
    assert (before[0].applicants, after.applicants) == (0, 1)


def test_saving_twice_is_saving_once_and_can_be_undone(student, fitting):
    actor = student_actor(student)
    for _ in range(2):
        interact(actor=actor, position_id=fitting.pk, kind="save")
    assert list(saved_positions(actor)) == [fitting]
    assert Interaction.objects.count() == 1
    assert [undo(actor=actor, position_id=fitting.pk, kind="save") for _ in range(2)] == [True, False]
    assert list(saved_positions(actor)) == []


def test_looking_again_moves_the_moment_of_the_one_look(student, fitting, django_assert_num_queries):
    actor = student_actor(student)
    note_view(actor=actor, position=fitting)
    clock.advance(timedelta(hours=2))
    with django_assert_num_queries(1):
        note_view(actor=actor, position=fitting)
    assert list(Interaction.objects.values_list("student", "position", "kind", "cause", "at")) == [
        (student.pk, fitting.pk, "view", "", clock.now())
    ]


@pytest.mark.parametrize(
    ("kind", "cause", "field"), [("apply", "", "kind"), ("love", "", "kind"), ("save", "bored", "cause")]
)
def test_unknown_kinds_and_causes_are_refused(student, fitting, kind, cause, field):
    with pytest.raises(Invalid) as refusal:
        interact(actor=student_actor(student), position_id=fitting.pk, kind=kind, cause=cause)
    assert list(refusal.value.fields) == [field]
    assert Interaction.objects.count() == 0


def test_what_one_may_not_see_one_cannot_save(student):
    hidden = PositionFactory(company__school=student.school)
    with pytest.raises(NotFound):
        interact(actor=student_actor(student), position_id=hidden.pk, kind="save")
    assert Interaction.objects.count() == 0


def test_only_students_have_matches(fitting):
    actor = recruiter_actor(fitting.company)
    with pytest.raises(NotAllowed):
        matches_for(actor)
    with pytest.raises(NotAllowed):
        interact(actor=actor, position_id=fitting.pk, kind="save")
    with pytest.raises(NotAllowed):
        set_personalised(actor=actor, on=False)


def test_an_application_is_an_interaction(student, fitting):
    applications.apply(actor=student_actor(student), position_id=fitting.pk)
    assert list(Interaction.objects.values_list("position_id", "kind")) == [(fitting.pk, "apply")]


def test_showings_pair_what_was_shown_with_what_was_chosen_afterwards(student, fitting, strange):
    actor = student_actor(student)
    record_impressions(actor=actor, shown=matches_for(actor), surface="matches")
    first = clock.now()
    clock.advance(timedelta(minutes=5))
    interact(actor=actor, position_id=fitting.pk, kind="save")
    clock.advance(timedelta(minutes=5))
    record_impressions(actor=actor, shown=matches_for(actor), surface="home")
    found = [(item.at, [p.id for p in item.shown], item.chosen) for item in showings()]
    both = [fitting.pk, strange.pk]
    assert found == [(first, both, {fitting.pk}), (first + timedelta(minutes=10), both, set())]


@pytest.mark.parametrize("copies", [1, 3])
def test_the_number_of_queries_does_not_grow(student, fitting, copies, django_assert_num_queries):
    PositionFactory.create_batch(copies, published=True, company=fitting.company)
    actor = student_actor(student)
    matches_for(actor)
    with django_assert_num_queries(6):
        matches_for(actor)
