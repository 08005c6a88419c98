"""Who has turned to whom: what counts and what does not, as it stood at each showing, and what nobody is told by it."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from backend.applications import domain as applications
from backend.applications.enums import ApplicationStatus
from backend.applications.models import Application, ApplicationStep
from backend.common import clock
from backend.recommendations import catalogue
from backend.recommendations.domain import hint_student, interact, record_impressions, record_talk, undo
from backend.recommendations.enums import InteractionKind
from backend.recommendations.interest import interested, plain_students, turns_of
from backend.recommendations.models import Interaction
from backend.recommendations.queries import (
    SearchOrder,
    at_booth,
    booths_by_fit,
    compare_for,
    detail_for,
    fits_of,
    lessons,
    matches_for,
    showings,
    student_of,
    students_for,
)
from backend.students.domain.grants import record_profile_view
from matching import api as matching
from matching.training.dataset import build
from tests.factories.applications import ApplicationFactory, recruiter_actor, staff_actor, student_actor
from tests.factories.positions import PositionFactory
from tests.factories.students import StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now", "nothing_shown_yet")]
MINUTE = timedelta(minutes=1)
TURNED = "One side has already turned to the other"


@pytest.fixture
def nothing_shown_yet():
    cache.clear()


@pytest.fixture
def elsewhere(student):
    """A position of another company."""
    return PositionFactory(published=True, company__school=student.school, majors=[])


def sides(student) -> tuple:
    """Companies the student follows, and companies that noticed them."""
    (found,) = plain_students([student_of_row(student)])
    return found.follows, found.noticed_by


def student_of_row(student):
    return catalogue.with_profile(type(student).objects.filter(pk=student.pk)).get()


def invite(student, position, status="interview"):
    """The company takes an application to a stage."""
    row = ApplicationFactory(student=student, position=position, status=status)
    return ApplicationStep.objects.create(application=row, status=status, by_role="recruiter")


@pytest.mark.parametrize("kind", InteractionKind)
def test_saves_are_the_students_talks_are_of_both_and_the_rest_of_neither(student, fitting, kind):
    Interaction.objects.create(student=student, position=fitting, kind=kind)
    company = (fitting.company_id,)
    told = {"save": (company, ()), "talk": (company, company), "talk_outcome": (company, company)}
    assert sides(student) == told.get(kind, ((), ()))


@pytest.mark.parametrize("status", ApplicationStatus)
def test_an_application_echoes_in_nothing_but_what_the_company_invites_to(actor, student, fitting, status):
    applications.apply(actor=actor, position_id=fitting.pk)
    ApplicationStep.objects.create(application=Application.objects.get(), status=status, by_role="recruiter")
    assert sides(student) == ((), (fitting.company_id,) if status in ("interview", "offer") else ())


def test_what_a_student_is_not_told_the_reasons_of_counts_for_nothing(student, fitting):
    record_profile_view(actor=recruiter_actor(fitting.company), student=student)
    row = ApplicationFactory(student=student, position=fitting, status="shortlisted", rating=5)
    row.notes.create(text="很好")
    assert sides(student) == ((), ())


def test_companies_stand_once_whatever_was_done(student, fitting, strange, elsewhere):
    for place in (elsewhere, fitting, strange):
        Interaction.objects.create(student=student, position=place, kind="save")
    invite(student, strange), invite(student, fitting, "offer")
    both = tuple(sorted([fitting.company_id, elsewhere.company_id]))
    assert sides(student) == (both, (fitting.company_id,))


def test_only_what_lies_before_a_moment_is_known_at_it(student, fitting):
    row = Interaction.objects.create(student=student, position=fitting, kind="talk")
    (person,), turns = plain_students([student_of_row(student)]), turns_of([student.pk])[student.pk]
    blank = interested(person, turns, before=row.at)
    assert (
        (blank.follows, blank.noticed_by)
        == (person.follows, person.noticed_by)
        == ((fitting.company_id,),) * 2
    )


@pytest.mark.parametrize("rows", [1, 3])
def test_students_are_told_with_one_query_for_all(student, fitting, rows, django_assert_num_queries):
    people = [student, *StudentFactory.create_batch(rows - 1, school=student.school)]
    for person in people:
        Interaction.objects.create(student=person, position=fitting, kind="save")
        invite(person, fitting)
    loaded = list(catalogue.with_profile(type(student).objects.order_by("pk")))
    with django_assert_num_queries(1):
        found = plain_students(loaded)
    assert [one.noticed_by for one in found] == [(fitting.company_id,)] * rows


# In memory


TURNS = {
    "save": lambda student, place: interact(actor=student_actor(student), position_id=place.pk, kind="save"),
    "talk": lambda student, place: record_talk(student_id=student.pk, position_ids=[place.pk], led_on=False),
    "interview": invite,
    "offer": lambda student, place: invite(student, place, "offer"),
}


@pytest.mark.parametrize("way", TURNS)
def test_whoever_turned_is_read_anew_and_once(student, fitting, way, django_assert_num_queries):
    StudentFactory(school=student.school)
    side = "follows" if way == "save" else "noticed_by"
    assert getattr(catalogue.students().held.get(student.pk), side) == ()
    clock.advance(timedelta(hours=1))
    assert catalogue._students.refresh() == 0
    TURNS[way](student, fitting)
    assert catalogue._students.refresh() == 1
    assert getattr(catalogue._students.held.get(student.pk), side) == (fitting.company_id,)
    with django_assert_num_queries(1):
        assert catalogue._students.refresh() == 0


def test_a_save_that_is_taken_back_is_gone(actor, student, fitting):
    interact(actor=actor, position_id=fitting.pk, kind="save")
    assert catalogue.students().held.get(student.pk).follows == (fitting.company_id,)
    clock.advance(timedelta(hours=1))
    catalogue.students()
    undo(actor=actor, position_id=fitting.pk, kind="save")
    assert catalogue.students().held.get(student.pk).follows == ()


def test_every_list_counts_it(actor, student, fitting, strange):
    """A save of what else the company offers: wherever the pair is scored, it is scored with it."""
    fitting.applicants = 0

    def scores() -> list[float]:
        recruiter, clerk = recruiter_actor(fitting.company), staff_actor(student.school)
        shown = SearchOrder(student_of(actor)).shown([fitting], 1).shown
        return [
            next(item.match.score for item in matches_for(actor).shown if item.position == fitting),
            detail_for(actor, fitting).match.score,
            compare_for(actor, fitting.pk, strange.pk).a.match.score,
            shown[0].match.score,
            booths_by_fit(actor, {1: [fitting.pk]})[0].fit.score,
            next(one.match.score for one in students_for(recruiter, fitting.pk).shown),
            at_booth([student_of(actor)], [fitting])[0].match.score,
            fits_of(actor, [fitting])[fitting.pk].percent / 100,
            next(one.match.score for one in students_for(clerk, fitting.pk).shown),
        ]

    before = scores()
    interact(actor=actor, position_id=strange.pk, kind="save")
    after = scores()
    assert before == pytest.approx([before[0]] * len(before), abs=0.006)
    assert after == pytest.approx([after[0]] * len(after), abs=0.006)
    assert after[0] > before[0] + 0.01
    pair = hint_student(actor=staff_actor(student.school), student_id=student.pk, position_id=fitting.pk)
    (person,) = plain_students([student_of(actor)])
    place = catalogue.positions().held.get(fitting.pk)
    assert pair.mutual == pytest.approx(matching.mutual(person, place, on=clock.today()), abs=1e-12)


# As it stood when a list was shown


@pytest.fixture
def shown(actor, student, fitting, elsewhere):
    """A list, and after it everything that can be done about its first position; then the same list once more."""
    record_impressions(actor=actor, matches=matches_for(actor), surface="matches")
    clock.advance(MINUTE)
    interact(actor=actor, position_id=fitting.pk, kind="save")
    Interaction.objects.create(student=student, position=fitting, kind="talk")
    record_impressions(actor=actor, matches=matches_for(actor), surface="home")
    clock.advance(MINUTE)
    applications.apply(actor=actor, position_id=fitting.pk)
    ApplicationStep.objects.create(
        application=Application.objects.get(), status="interview", by_role="recruiter"
    )
    record_impressions(actor=actor, matches=matches_for(actor), surface="search")


def interest_of_lessons() -> list[list[float]]:
    """By showing, how far each position's company and the student had turned to each other."""
    rows = build(showings(), ["mutual_interest"])
    return [rows.values[rows.groups == number, 0].tolist() for number in sorted(set(rows.groups.tolist()))]


@pytest.mark.parametrize("guarded", [True, False])
def test_what_came_after_a_showing_does_not_tell_its_outcome(shown, fitting, monkeypatch, guarded):
    """Without the guard the position that was chosen stands out before it was."""
    if not guarded:
        monkeypatch.setattr(lessons, "interested", lambda one, turns, before: interested(one, turns))
    told = [(item.student.follows, item.student.noticed_by) for item in showings()]
    company = (fitting.company_id,)
    assert told[0] == (((), ()) if guarded else (company, company))
    # A deed of the very moment of a list is no earlier than it.
    assert told[1] == (((), ()) if guarded else (company, company))
    assert told[2] == (company, company)
    assert interest_of_lessons() == ([[0.0, 0.0]] * 2 if guarded else [[1.0, 0.0]] * 2)


# What is told of it


def test_a_company_reads_neither_that_it_is_followed_nor_what_a_student_does_elsewhere(
    actor, student, fitting, strange, elsewhere
):
    recruiter = recruiter_actor(fitting.company)
    fitting.applicants = 0

    def read() -> list:
        (match,) = matching.explain_to_company(
            [(catalogue.students().held.get(student.pk), catalogue.positions().held.get(fitting.pk))],
            on=clock.today(),
        )
        return [
            students_for(recruiter, fitting.pk).shown[0].match,
            at_booth([student_of(actor)], [fitting])[0].match,
            match,
        ]

    before = read()
    interact(actor=actor, position_id=elsewhere.pk, kind="save")
    invite(student, elsewhere)
    assert read() == before
    interact(actor=actor, position_id=strange.pk, kind="save")
    for was, now in zip(before, read(), strict=True):
        assert now.score > was.score
        terms = [{one.feature: one.contribution for one in match.reasons} for match in (was, now)]
        assert {name for name in terms[1] if terms[0][name] != terms[1][name]} == {"wishes"}
        assert TURNED not in {one.en for one in now.reasons}


def test_a_student_reads_of_an_invitation_and_not_of_a_look(actor, student, fitting, strange):
    def read():
        return detail_for(actor, fitting).match.reasons

    before = read()
    record_profile_view(actor=recruiter_actor(fitting.company), student=student)
    step = invite(student, strange, "shortlisted")
    assert read() == before
    ApplicationStep.objects.filter(pk=step.pk).update(status="interview")
    assert TURNED in {one.en for one in read()} - {one.en for one in before}
