"""What is kept of showings and deeds: whole rows, once, by constraint, and nothing where the order by fit is off."""

import math
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction

from backend.applications import domain as applications
from backend.common import clock
from backend.common.errors import Invalid, NotAllowed, NotFound
from backend.positions.models import Position
from backend.recommendations.domain import (
    interact,
    record_impressions,
    record_talk,
    record_view,
    set_personalised,
    undo,
)
from backend.recommendations.enums import Cause, InteractionKind
from backend.recommendations.models import NEUTRAL, Impression, Interaction
from backend.recommendations.queries import matches_for
from backend.recommendations.queries.words import REASONS_KEPT
from tests.backend.racing import race
from tests.backend.refusals import contents, last_trail, refused
from tests.factories.applications import recruiter_actor, staff_actor, student_actor
from tests.factories.positions import PositionFactory
from tests.factories.students import StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now", "clean_cache")]
ALL_KINDS = [kind.value for kind in InteractionKind]


@pytest.fixture
def clean_cache():
    cache.clear()


def rows() -> list[tuple]:
    return list(Interaction.objects.order_by("pk").values_list("position_id", "kind", "cause"))


def test_a_showing_keeps_place_propensity_model_score_and_reasons(actor, student, fitting, strange):
    found = matches_for(actor)
    assert record_impressions(actor=actor, matches=found, surface="matches") == 2
    kept = list(Impression.objects.order_by("rank"))
    assert [
        (row.student_id, row.position_id, row.rank, row.surface, row.at, row.propensity) for row in kept
    ] == [
        (student.pk, fitting.pk, 1, "matches", clock.now(), 1.0),
        (student.pk, strange.pk, 2, "matches", clock.now(), 1 / math.log2(3)),
    ]
    assert len({row.showing for row in kept}) == 1
    for row, item in zip(kept, found.shown, strict=True):
        assert (row.score, row.model) == (item.match.score, item.match.model)
        assert row.reasons == [
            [r.feature, round(r.contribution, 6)] for r in item.match.reasons[:REASONS_KEPT]
        ]


def test_the_same_list_is_kept_once_an_hour(actor, fitting, strange):
    found = matches_for(actor)
    assert [record_impressions(actor=actor, matches=found, surface="home") for _ in range(3)] == [2, 0, 0]
    assert record_impressions(actor=actor, matches=found, surface="matches") == 2
    shorter = replace(found, shown=found.shown[:1])
    assert record_impressions(actor=actor, matches=shorter, surface="home") == 1
    cache.clear()
    assert record_impressions(actor=actor, matches=found, surface="home") == 2
    assert Impression.objects.values("showing").distinct().count() == 4


def test_nothing_shown_is_nothing_kept(actor):
    assert record_impressions(actor=actor, matches=matches_for(actor), surface="matches") == 0


def test_switched_off_nothing_is_recorded_but_what_the_student_asked_for(actor, student, fitting, strange):
    set_personalised(actor=actor, on=False)
    student.refresh_from_db()
    assert record_impressions(actor=actor, matches=matches_for(actor), surface="matches") == 0
    record_view(student=student, position=fitting)
    assert interact(actor=actor, position_id=fitting.pk, kind="view") is None
    assert record_talk(student_id=student.pk, position_ids=[fitting.pk], led_on=True) == 0
    applications.apply(actor=actor, position_id=fitting.pk)
    assert (rows(), Impression.objects.count()) == ([], 0)
    interact(actor=actor, position_id=strange.pk, kind="save")
    interact(actor=actor, position_id=strange.pk, kind="not_interested", cause="pay")
    assert rows() == [(strange.pk, "save", ""), (strange.pk, "not_interested", "pay")]


def test_a_view_an_application_and_talks_are_told_from_elsewhere(actor, student, fitting, strange):
    record_view(student=student, position=fitting)
    applications.apply(actor=actor, position_id=fitting.pk)
    both = [fitting.pk, strange.pk]
    assert record_talk(student_id=student.pk, position_ids=both, led_on=False) == 2
    assert record_talk(student_id=student.pk, position_ids=[strange.pk], led_on=True) == 1
    assert record_talk(student_id=student.pk, position_ids=[], led_on=True) == 0
    assert rows() == [
        (fitting.pk, "view", ""),
        (fitting.pk, "apply", ""),
        (fitting.pk, "talk", ""),
        (strange.pk, "talk", ""),
        (strange.pk, "talk_outcome", ""),
    ]


def test_a_refused_application_leaves_no_interaction(actor, fitting):
    Position.objects.filter(pk=fitting.pk).update(status="paused")
    with refused(NotFound, "not_found", Interaction):
        applications.apply(actor=actor, position_id=fitting.pk)


@pytest.mark.parametrize(("minutes", "written"), [(0, False), (59, False), (60, True)])
def test_looking_again_within_the_hour_is_one_look(student, fitting, minutes, written):
    assert record_view(student=student, position=fitting) is True
    before = clock.now()
    clock.advance(timedelta(minutes=minutes))
    assert record_view(student=student, position=fitting, before=before) is written
    assert Interaction.objects.get().at == (clock.now() if written else before)


def test_twice_is_once_and_the_last_time_counts(actor, student, fitting):
    first = clock.now()
    interact(actor=actor, position_id=fitting.pk, kind="not_interested", cause="pay")
    clock.advance(timedelta(minutes=5))
    row = interact(actor=actor, position_id=fitting.pk, kind="not_interested", cause="place")
    assert (rows(), row.at) == ([(fitting.pk, "not_interested", "place")], first + timedelta(minutes=5))


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_only_saves_and_refusals_can_be_taken_back(actor, student, fitting, kind):
    Interaction.objects.create(student=student, position=fitting, kind=kind)
    undoable = kind in {"save", "not_interested"}
    answers = [undo(actor=actor, position_id=fitting.pk, kind=kind) for _ in range(2)]
    assert (answers, Interaction.objects.count()) == ([undoable, False], 0 if undoable else 1)


def test_one_takes_back_only_what_is_ones_own(actor, fitting, student):
    other = StudentFactory(school=student.school)
    Interaction.objects.create(student=other, position=fitting, kind="save")
    assert undo(actor=actor, position_id=fitting.pk, kind="save") is False
    assert Interaction.objects.count() == 1


@pytest.mark.parametrize("kind", [*ALL_KINDS, "love", ""])
@pytest.mark.parametrize("cause", ["", *Cause.values, "bored"])
def test_kinds_and_causes_by_table(actor, fitting, kind, cause):
    """A student says view, save and "not interested", the latter with a known cause or none."""
    fields = []
    if kind not in {"view", "save", "not_interested"}:
        fields.append("kind")
    if cause and (cause == "bored" or kind != "not_interested"):
        fields.append("cause")
    if fields:
        with refused(Invalid, "invalid", Interaction, fields=sorted(fields)):
            interact(actor=actor, position_id=fitting.pk, kind=kind, cause=cause)
    else:
        row = interact(actor=actor, position_id=fitting.pk, kind=kind, cause=cause)
        assert (row.kind, row.cause) == (kind, cause)


@pytest.mark.parametrize("status", ["draft", "in_review", "paused", "closed", "expired", "elsewhere"])
def test_what_one_may_not_see_one_cannot_answer(actor, student, status):
    if status == "elsewhere":
        hidden = PositionFactory(published=True)
    else:
        hidden = PositionFactory(company__school=student.school, status=status)
    with refused(NotFound, "not_found", Interaction):
        interact(actor=actor, position_id=hidden.pk, kind="save")


@pytest.mark.parametrize("who", ["recruiter", "staff"])
def test_only_students_answer(student, fitting, who):
    actor = recruiter_actor(fitting.company) if who == "recruiter" else staff_actor(student.school)
    with refused(NotAllowed, "not_allowed", Interaction):
        interact(actor=actor, position_id=fitting.pk, kind="save")
    with refused(NotAllowed, "not_allowed", Interaction):
        undo(actor=actor, position_id=fitting.pk, kind="save")
    with refused(NotAllowed, "not_allowed", Interaction):
        set_personalised(actor=actor, on=False)


def test_the_switch_is_in_the_trail_once(actor, student):
    set_personalised(actor=actor, on=False)
    assert last_trail() == ("student.personalised", "", "off", "students.student", student.pk)
    before = contents()
    set_personalised(actor=actor, on=False)
    assert contents() == before


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"rank": 0}, "impression_rank_from_one"),
        ({"propensity": 0.0}, "impression_propensity"),
        ({"propensity": 1.01}, "impression_propensity"),
        ({"score": 1.01}, "impression_score"),
        ({"score": -0.01}, "impression_score"),
        ({"surface": "moon"}, "impression_surface_known"),
        ({"model": NEUTRAL}, "impression_not_neutral"),
    ],
)
def test_the_database_refuses_a_senseless_impression(student, fitting, values, constraint):
    good = {"student": student, "position": fitting, "surface": "home", "rank": 1, "score": 0.5, "model": "m"}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Impression.objects.create(**good | values)
    assert Impression.objects.create(**good).propensity == 1.0


@pytest.mark.parametrize("same", ["rank", "position"])
def test_a_list_has_each_place_and_each_position_once(student, fitting, strange, same):
    first = Impression.objects.create(student=student, position=fitting, surface="home", rank=1, model="m")
    other = {"rank": 1, "position": strange} if same == "rank" else {"rank": 2, "position": fitting}
    with pytest.raises(IntegrityError), transaction.atomic():
        Impression.objects.create(showing=first.showing, student=student, surface="home", model="m", **other)
    Impression.objects.create(student=student, surface="home", model="m", **other)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"kind": "love"}, "interaction_kind_known"),
        ({"kind": "save", "cause": "pay"}, "interaction_cause_of_no_interest"),
        ({"kind": "not_interested", "cause": "bored"}, "interaction_cause_of_no_interest"),
    ],
)
def test_the_database_refuses_a_senseless_interaction(student, fitting, values, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Interaction.objects.create(student=student, position=fitting, **values)


@pytest.mark.django_db(transaction=True)
def test_simultaneous_looks_and_saves_leave_one_row_each():
    position = PositionFactory(published=True)
    student = StudentFactory(school=position.company.school)
    actor = student_actor(student)

    def work(n: int):
        if n % 2:
            return record_view(student=student, position=position)
        return interact(actor=actor, position_id=position.pk, kind="save").kind

    assert race(work, threads=6) == ["save", True] * 3
    assert sorted(Interaction.objects.values_list("kind", flat=True)) == ["save", "view"]


@pytest.mark.django_db(transaction=True)
def test_without_the_upsert_simultaneous_saves_fail():
    """The control: a plain insert after a look loses the race to the constraint, which has the last word."""
    position = PositionFactory(published=True)
    student = StudentFactory(school=position.company.school)
    made = race(
        lambda _: Interaction.objects.create(student=student, position=position, kind="save").kind, threads=4
    )
    assert sorted(str(type(one).__name__) for one in made) == ["IntegrityError"] * 3 + ["str"]
    assert Interaction.objects.count() == 1


def test_two_students_who_are_shown_the_same_are_kept_apart(actor, student, fitting, strange):
    """The same positions in the same order on the same page: each has a list of their own."""
    twin = StudentFactory(school=student.school, major=student.major)
    counts = [
        record_impressions(actor=who, matches=replace(matches_for(actor), student=row), surface="home")
        for who, row in ((actor, student), (student_actor(twin), twin), (actor, student))
    ]
    assert counts == [2, 2, 0]
    assert sorted(Impression.objects.values_list("student_id", "rank")) == [
        (pk, rank) for pk in sorted([student.pk, twin.pk]) for rank in (1, 2)
    ]


def test_another_model_that_orders_alike_is_kept_anew(actor, fitting, strange):
    """What is learnt from a list is learnt from the model that made it."""
    found = matches_for(actor)
    later = replace(
        found, shown=[replace(item, match=replace(item.match, model="additive-0007")) for item in found.shown]
    )
    assert [record_impressions(actor=actor, matches=one, surface="home") for one in (found, later)] == [2, 2]
    assert sorted(Impression.objects.values_list("model", "rank")) == [
        ("additive-0007", 1),
        ("additive-0007", 2),
        ("weighted-rules-1", 1),
        ("weighted-rules-1", 2),
    ]


def test_a_list_that_cannot_be_kept_leaves_none_of_its_rows(actor, fitting, strange):
    """Two positions at one place are no list: the database refuses it whole."""
    found = matches_for(actor)
    broken = replace(found, shown=[replace(item, rank=1) for item in found.shown])
    with pytest.raises(IntegrityError), transaction.atomic():
        record_impressions(actor=actor, matches=broken, surface="home")
    assert Impression.objects.count() == 0
