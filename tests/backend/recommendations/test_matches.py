"""Matches for a student: order, reasons, what is left out, one position in full, two compared."""

from datetime import timedelta

import pytest
from django.utils import translation

from backend.applications import domain as applications
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.positions.models import Position
from backend.recommendations.domain import interact, record_impressions, set_personalised, undo
from backend.recommendations.models import Impression, Interaction
from backend.recommendations.queries import (
    compare_for,
    detail_for,
    last_showing,
    matches_for,
    saved_positions,
    standing,
    student_of,
    unwanted_for,
)
from backend.recommendations.queries import student as asking
from backend.students.models import Student
from matching.retrieval import Shortlist
from tests.backend.refusals import refused
from tests.factories.applications import ApplicationFactory, recruiter_actor, staff_actor, student_actor
from tests.factories.companies import CompanyFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import SchoolFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


def test_the_better_fit_comes_first_with_reasons_that_add_up(actor, fitting, strange):
    found = matches_for(actor)
    first, second = found.shown
    assert [first.position, second.position] == [fitting, strange]
    assert [first.rank, second.rank] == [1, 2]
    assert first.match.score > second.match.score
    for item in found.shown:
        assert abs(sum(reason.contribution for reason in item.match.reasons) - item.match.score) < 1e-9
    assert (found.personalised, found.standing) == (True, standing())


def test_applied_unwanted_and_closed_positions_are_left_out(actor, fitting, strange, shown_ids):
    interact(actor=actor, position_id=strange.pk, kind="not_interested", cause="place")
    assert shown_ids() == [fitting.pk]
    row = applications.apply(actor=actor, position_id=fitting.pk)
    assert shown_ids() == []
    undo(actor=actor, position_id=strange.pk, kind="not_interested")
    assert shown_ids() == [strange.pk]
    Position.objects.filter(pk=strange.pk).update(status="closed", updated_at=clock.now())
    assert shown_ids() == []
    applications.withdraw(actor=actor, application_id=row.pk)
    assert shown_ids() == [fitting.pk]


@pytest.mark.parametrize(
    ("trait", "seen"),
    [("verified", True), ("expired", False), ("suspended", False), ("rejected", False), ("submitted", False)],
)
@pytest.mark.parametrize("on", [True, False])
def test_only_positions_of_verified_companies_are_shown(actor, student, trait, seen, on):
    """By fit as in the neutral order: what is held in memory is re-read through what the student may see."""
    company = CompanyFactory(school=student.school, **{trait: True})
    position = PositionFactory(company=company, published=True)
    set_personalised(actor=actor, on=on)
    assert [item.position for item in matches_for(actor).shown] == ([position] if seen else [])


@pytest.mark.parametrize("on", [True, False])
def test_another_school_is_never_shown(actor, fitting, shown_ids, on):
    PositionFactory(published=True, company__school=SchoolFactory())
    set_personalised(actor=actor, on=on)
    assert shown_ids() == [fitting.pk]


def test_a_vetting_that_ran_out_a_second_ago_counts(actor, fitting, shown_ids):
    assert shown_ids() == [fitting.pk]
    clock.advance(fitting.company.vetted_until - clock.now())
    assert shown_ids() == []


def test_enough_are_found_behind_many_that_fall_away(actor, fitting):
    """The best of the catalogue are all unwanted: more are asked for until the list is full."""
    better = PositionFactory.create_batch(
        60,
        published=True,
        company=fitting.company,
        title="Java 开发工程师",
        majors=["软件技术"],
        skills=["Java", "SQL"],
        city_code="320500",
        occupation=fitting.occupation,
    )
    worse = PositionFactory.create_batch(3, published=True, company=fitting.company, city_code="650100")
    for position in [fitting, *better]:
        interact(actor=actor, position_id=position.pk, kind="not_interested")
    shown = [item.position.pk for item in matches_for(actor, 2).shown]
    assert (len(shown), set(shown) <= {row.pk for row in worse}) == (2, True)


def test_without_personalisation_the_newest_come_first_without_scores(actor, fitting, strange):
    Position.objects.filter(pk=strange.pk).update(published_at=clock.now() + timedelta(minutes=1))
    interact(actor=actor, position_id=fitting.pk, kind="save")
    set_personalised(actor=actor, on=False)
    found = matches_for(actor)
    assert [(i.position, i.rank, i.match, i.percent, i.reasons, i.against, i.saved) for i in found.shown] == [
        (strange, 1, None, None, [], [], False),
        (fitting, 2, None, None, [], [], True),
    ]
    assert (found.personalised, found.standing) == (False, None)


def test_switched_off_the_profile_plays_no_part(actor, student, fitting, strange, shown_ids):
    set_personalised(actor=actor, on=False)
    before = shown_ids()
    student.refresh_from_db()
    student.skills, student.wanted_cities = ["静脉输液"], ["650100"]
    student.save()
    assert shown_ids() == before


def test_many_applicants_make_way_for_a_comparable_position(actor, student, fitting):
    twin = PositionFactory(
        published=True,
        company=fitting.company,
        title=fitting.title,
        majors=["软件技术"],
        skills=["Java", "SQL"],
        city_code="320500",
        occupation=fitting.occupation,
    )
    ApplicationFactory.create_batch(12, position=fitting, student__school=student.school)
    assert [item.position.pk for item in matches_for(actor).shown] == [twin.pk, fitting.pk]


def test_one_position_agrees_with_the_list_and_says_when_it_was_shown(actor, student, fitting, strange):
    found = matches_for(actor)
    record_impressions(actor=actor, matches=found, surface="home")
    listed = {item.position.pk: item.match.score for item in found.shown}
    details = [detail_for(actor, position) for position in (fitting, strange)]
    assert {d.position.pk: d.match.score for d in details} == pytest.approx(listed)
    assert [last_showing(student, position).rank for position in (fitting, strange)] == [1, 2]
    assert (details[0].saved, details[0].hidden_cause) == (False, None)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_points_on_the_page_add_up_to_the_score(actor, fitting, strange, language):
    with translation.override(language):
        for position in (fitting, strange):
            found = detail_for(actor, position)
            assert sum(line.tenths for line in found.lines) == round(found.match.score * 1000)
            assert found.total == f"{found.match.score * 100:.1f}"
            words = "Starting score" if language == "en" else "基准分"
            assert [line.text for line in found.lines][-1] == words


def test_what_would_raise_the_match_names_the_missing_skill_and_its_gain(actor, strange):
    found = detail_for(actor, strange)
    assert any("静脉输液" in text for text, _gain in found.changes)
    gains = [item.gain for item in found.raising]
    assert (gains, len(gains) <= 4) == (sorted(gains, reverse=True), True)
    assert all(gain > 0 for gain in gains)


def test_a_level_and_a_certificate_that_are_asked_for_would_raise_it(actor, fitting):
    fitting.skill_levels, fitting.certificates = {"Java": 3}, ["软件设计师"]
    fitting.save()
    with translation.override("en"):
        said = [text for text, _gain in detail_for(actor, fitting).changes]
    assert {"Bring “Java” to mastery", "Take the certificate “软件设计师”"} <= set(said)
    update = {"skill_levels": {"Java": 3}, "certificates": ["软件设计师"]}
    Student.objects.filter(pk=actor.student_id).update(**update)
    with translation.override("en"):
        assert not {*said} & {text for text, _gain in detail_for(actor, fitting).changes}


def test_what_was_said_stands_with_the_position(actor, fitting):
    interact(actor=actor, position_id=fitting.pk, kind="save")
    interact(actor=actor, position_id=fitting.pk, kind="not_interested", cause="pay")
    found = detail_for(actor, fitting)
    assert (found.saved, found.hidden_cause) == (True, "pay")
    set_personalised(actor=actor, on=False)
    off = detail_for(actor, fitting)
    assert (off.saved, off.hidden_cause, off.match, off.lines, off.good, off.poor, off.changes) == (
        True,
        "pay",
        None,
        [],
        [],
        [],
        [],
    )


def test_two_positions_compared_term_by_term(actor, fitting, strange):
    found = compare_for(actor, fitting.pk, strange.pk)
    difference = found.a.match.score - found.b.match.score
    assert (found.a.position, found.b.position) == (fitting, strange)
    assert abs(sum(item.delta for item in found.differences) - difference) < 1e-9
    assert sum(line.tenths for line in found.lines) == round(difference * 1000)
    assert found.total == f"+{difference * 100:.1f}"
    back = compare_for(actor, strange.pk, fitting.pk)
    assert {i.feature: i.delta for i in back.differences} == pytest.approx(
        {i.feature: -i.delta for i in found.differences}
    )


def test_comparing_is_refused(actor, student, fitting, strange):
    hidden = PositionFactory(company__school=student.school)
    with refused(Invalid, "invalid", fields=["b"]):
        compare_for(actor, fitting.pk, fitting.pk)
    with refused(NotFound, "not_found"):
        compare_for(actor, fitting.pk, hidden.pk)
    set_personalised(actor=actor, on=False)
    with refused(Conflict, "personalisation_off"):
        compare_for(actor, fitting.pk, strange.pk)


@pytest.mark.parametrize("who", ["recruiter", "staff"])
def test_only_students_have_matches(student, fitting, strange, who):
    actor = recruiter_actor(fitting.company) if who == "recruiter" else staff_actor(student.school)
    for ask in (
        lambda: student_of(actor),
        lambda: matches_for(actor),
        lambda: detail_for(actor, fitting),
        lambda: compare_for(actor, fitting.pk, strange.pk),
    ):
        with refused(NotAllowed, "not_allowed"):
            ask()


def test_saved_and_hidden_positions_while_they_are_open(actor, student, fitting, strange):
    for position, minutes in ((fitting, 0), (strange, 5)):
        clock.advance(timedelta(minutes=minutes))
        interact(actor=actor, position_id=position.pk, kind="save")
        interact(actor=actor, position_id=position.pk, kind="not_interested", cause="work")
    assert list(saved_positions(actor)) == [strange, fitting]
    assert [(row.position, row.cause) for row in unwanted_for(actor)] == [
        (strange, "work"),
        (fitting, "work"),
    ]
    Position.objects.filter(pk=strange.pk).update(status="paused")
    assert (list(saved_positions(actor)), [r.position for r in unwanted_for(actor)]) == ([fitting], [fitting])
    other = student_actor(type(student)(pk=student.pk + 1, school_id=student.school_id))
    assert (list(saved_positions(other)), list(unwanted_for(other))) == ([], [])


@pytest.mark.parametrize("copies", [1, 3])
def test_the_number_of_queries_does_not_grow(actor, fitting, copies, django_assert_num_queries):
    PositionFactory.create_batch(copies, published=True, company=fitting.company)
    matches_for(actor)
    with django_assert_num_queries(5):
        assert len(matches_for(actor).shown) == copies + 1
    set_personalised(actor=actor, on=False)
    with django_assert_num_queries(3):
        assert len(matches_for(actor).shown) == copies + 1


def test_looking_changes_nothing(actor, fitting, strange):
    matches_for(actor), detail_for(actor, fitting), compare_for(actor, fitting.pk, strange.pk)
    assert (Interaction.objects.count(), Impression.objects.count()) == (0, 0)


def test_pages_of_matches_are_one_list(actor, student, fitting, strange):
    for number in range(7):
        PositionFactory(
            published=True, company=fitting.company, title=f"Java {number}", openings=1 + number,
            skills=["Java"][: number % 2], occupation=fitting.occupation,
        )  # fmt: skip
    whole = matches_for(actor, 9)
    pages = [matches_for(actor, 4, page=page) for page in (1, 2, 3, 4)]
    shown = [item for page in pages for item in page.shown]
    assert [item.position.pk for item in shown] == [item.position.pk for item in whole.shown]
    assert [item.rank for item in shown] == list(range(1, 10))
    assert [page.more for page in pages] == [True, True, False, False]
    assert whole.more is False


def test_pages_of_the_neutral_order_are_one_list(actor, student, fitting, strange):
    student.personalised = False
    student.save()
    pages = [matches_for(actor, 1, page=page) for page in (1, 2, 3)]
    assert [[item.position.pk for item in page.shown] for page in pages] == [[strange.pk], [fitting.pk], []]
    assert [page.more for page in pages] == [True, False, False]
    assert [item.rank for page in pages for item in page.shown] == [1, 2]


def test_the_list_ends_where_no_more_are_ranked_and_asks_no_further(
    actor, fitting, monkeypatch, django_assert_num_queries
):
    PositionFactory.create_batch(11, published=True, company=fitting.company)
    monkeypatch.setitem(Shortlist.__init__.__kwdefaults__, "count", 5)
    monkeypatch.setattr(asking, "SPARE", 0)
    pages = [matches_for(actor, 4, page=page) for page in (1, 2, 3)]
    assert [(len(page.shown), page.more) for page in pages] == [(4, True), (1, False), (0, False)]
    with django_assert_num_queries(5):
        matches_for(actor, 4, page=2)
