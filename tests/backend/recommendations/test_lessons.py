"""What the ranker learns: each list that was shown, with the weightiest answer to it, and what stays out."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from backend.applications import domain as applications
from backend.applications.models import ApplicationStep
from backend.common import clock
from backend.recommendations.domain import interact, record_impressions, record_talk, set_personalised
from backend.recommendations.models import Interaction
from backend.recommendations.queries import matches_for, showings
from tests.factories.applications import ApplicationFactory, student_actor
from tests.factories.students import StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def show(actor, fitting, strange):
    """Show the student's list now, and let five minutes pass."""

    def run(surface: str = "matches"):
        cache.clear()
        moment = clock.now()
        record_impressions(actor=actor, matches=matches_for(actor), surface=surface)
        clock.advance(timedelta(minutes=5))
        return moment

    return run


def lessons() -> list[tuple]:
    return [(item.at, [p.id for p in item.shown], item.chosen, dict(item.deeds)) for item in showings()]


def test_a_deed_answers_the_last_list_before_it(actor, fitting, strange, show):
    first, second = show(), show("home")
    interact(actor=actor, position_id=fitting.pk, kind="save")
    third = show()
    both = [fitting.pk, strange.pk]
    assert lessons() == [
        (first, both, set(), {}),
        (second, both, {fitting.pk}, {fitting.pk: "save"}),
        (third, both, set(), {}),
    ]


def test_places_and_propensities_come_with_the_list(actor, fitting, strange, show):
    show()
    interact(actor=actor, position_id=strange.pk, kind="view")
    (item,) = showings()
    assert item.places == (1, 2)
    assert item.propensities == pytest.approx((1.0, 0.6309), abs=1e-4)
    assert item.student.id == actor.student_id


@pytest.mark.parametrize(
    ("kinds", "deed"),
    [
        (["view"], "view"),
        (["view", "save"], "save"),
        (["save", "talk"], "talk"),
        (["talk", "apply"], "apply"),
        (["apply", "talk_outcome"], "talk_outcome"),
        (["not_interested"], None),
        (["not_interested", "view"], "view"),
    ],
)
def test_the_weightiest_deed_counts(student, fitting, show, kinds, deed):
    show()
    for kind in kinds:
        Interaction.objects.create(student=student, position=fitting, kind=kind)
    found = lessons()
    assert [row[3] for row in found] == ([{fitting.pk: deed}] if deed else [])


@pytest.mark.parametrize(
    ("steps", "deed"),
    [
        ([], "apply"),
        (["viewed"], "apply"),
        (["viewed", "shortlisted"], "stage"),
        (["interview"], "stage"),
        (["offer"], "stage"),
        (["offer", "hired"], "hired"),
        (["offer", "refused"], "stage"),
        (["declined"], "apply"),
        (["withdrawn"], "apply"),
    ],
)
def test_how_far_an_application_came_weighs(actor, fitting, show, steps, deed):
    show()
    row = applications.apply(actor=actor, position_id=fitting.pk)
    for status in steps:
        ApplicationStep.objects.create(application=row, status=status, by_role="recruiter")
    assert [row[3] for row in lessons()] == [{fitting.pk: deed}]


def test_a_stage_does_not_count_for_a_list_that_did_not_lead_to_the_application(
    actor, student, fitting, show
):
    show()
    interact(actor=actor, position_id=fitting.pk, kind="view")
    row = ApplicationFactory(student=student, position=fitting)
    ApplicationStep.objects.create(application=row, status="hired", by_role="student")
    assert [row[3] for row in lessons()] == [{fitting.pk: "view"}]


@pytest.mark.parametrize(("days", "chosen"), [(13, True), (14, True), (15, False)])
def test_an_answer_comes_within_two_weeks(student, fitting, show, days, chosen):
    moment = show()
    Interaction.objects.create(
        student=student, position=fitting, kind="save", at=moment + timedelta(days=days)
    )
    assert [bool(row[2]) for row in lessons()] == [chosen]


def test_what_was_done_before_is_no_answer(student, fitting, strange, show):
    Interaction.objects.create(student=student, position=fitting, kind="save")
    show()
    assert [row[2] for row in lessons()] == [set()]


def test_a_talk_at_a_fair_teaches(student, fitting, strange, show):
    show()
    record_talk(student_id=student.pk, position_ids=[strange.pk], led_on=True)
    assert [row[3] for row in lessons()] == [{strange.pk: "talk_outcome"}]


def test_whoever_switched_off_teaches_nothing_whatever_was_kept(actor, fitting, strange, show):
    show()
    interact(actor=actor, position_id=fitting.pk, kind="save")
    assert len(lessons()) == 1
    set_personalised(actor=actor, on=False)
    assert lessons() == []
    set_personalised(actor=actor, on=True)
    assert len(lessons()) == 1


def test_lists_without_any_deed_are_not_read(fitting, strange, show):
    show()
    assert lessons() == []


@pytest.mark.parametrize("lists", [1, 3])
def test_the_number_of_queries_does_not_grow(actor, fitting, show, lists, django_assert_num_queries):
    for _ in range(lists):
        show()
    interact(actor=actor, position_id=fitting.pk, kind="save")
    with django_assert_num_queries(9):
        assert len(list(showings())) == lists


def test_a_lesson_knows_how_fast_the_company_answers_and_not_who_applied_since(actor, student, fitting, show):
    """Five of the company's applications, four answered within a week; the count of today would give the answer away."""
    for number in range(5):
        row = ApplicationFactory(position=fitting, student__school=student.school, status="viewed")
        at = clock.now() - timedelta(days=30)
        type(row).objects.filter(pk=row.pk).update(created_at=at)
        if number:
            ApplicationStep.objects.create(
                application=row, status="viewed", by_role="recruiter", at=at + timedelta(days=1)
            )
    show()
    interact(actor=actor, position_id=fitting.pk, kind="save")
    (item,) = showings()
    told = {position.id: (position.response_rate, position.applicants) for position in item.shown}
    assert told[fitting.pk] == (4 / 5, 0)


def test_two_students_teach_each_for_themselves(student, fitting, strange):
    """The same positions at the same moment: what one chose is not what the other chose."""
    twin = StudentFactory(school=student.school)
    for who in (student, twin):
        cache.clear()
        person = student_actor(who)
        record_impressions(actor=person, matches=matches_for(person), surface="home")
    clock.advance(timedelta(minutes=5))
    for who, chosen in ((student, fitting), (twin, strange)):
        interact(actor=student_actor(who), position_id=chosen.pk, kind="save")
    assert {item.student.id: item.chosen for item in showings()} == {
        student.pk: {fitting.pk},
        twin.pk: {strange.pk},
    }
