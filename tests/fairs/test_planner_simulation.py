"""The three ways through one made-up day, and what the command says of them."""

import json
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from fairs.management.commands import bench_planner
from fairs.models import BoothPosition
from fairs.simulation.planned import FIRST_COME, FIXED, PLANNED, Crowd, Sizes, ThreeWays, compare
from tests.factories.fairs import BoothFactory, FairFactory, student_at
from tests.factories.positions import PositionFactory

SIZES = Sizes(
    fit=np.random.default_rng(1).choice([0.2, 0.7], p=[0.8, 0.2], size=(40, 8)),
    recruiters=[1, 2, 1, 1, 1, 1, 1, 1],
    seconds=7_200.0,
    minutes=8,
    most=3,
)


def run(way, seed=0):
    crowd = Crowd(SIZES, seed)
    day = ThreeWays(crowd, way, {FIRST_COME: list, FIXED: crowd.booked, PLANNED: crowd.plan}[way]())
    return crowd, day, day.run()


@pytest.mark.parametrize("way", [FIRST_COME, FIXED, PLANNED])
def test_a_day_keeps_the_rules_of_the_hall(way):
    crowd, day, found = run(way)
    assert len(set(day.held)) == len(day.held) == found.talks  # nobody meets the same booth twice
    present = {number for number, hours in enumerate(crowd.hours) if hours[3]}
    assert {student for student, _ in day.held} <= present
    assert found.useful == sum(SIZES.fit[pair] >= 0.5 for pair in day.held)
    assert (found.came, found.none) == (len(present), len(present - {student for student, _ in day.held}))
    assert all(0 <= place.free <= place.recruiters for place in day.places)
    assert run(way)[2] == found  # the same seed, the same day


@pytest.mark.parametrize(("joined", "first"), [(599.0, 1), (601.0, 0)])
def test_lines_stand_by_fair_turns(joined, first):
    """Somebody without a talk stands as if they had come ten minutes earlier, before one who has had two."""
    day = ThreeWays(Crowd(SIZES, 0), FIRST_COME)
    for person, talks, moment in zip(day.people, (2, 0), (0.0, joined), strict=False):
        person.order, person.leaves, person.talks, day.now = [3], SIZES.seconds, talks, moment
        day._join(person)
    stands = [(0.0, 1, 0), (joined - 600.0, 2, 1)]
    assert day.places[3].line == (stands if first == 0 else stands[::-1])


def test_booked_slots_go_to_whoever_books_first_and_never_twice():
    talks = Crowd(SIZES, 3).booked()
    assert (
        len({(t.booth, t.slot, t.seat) for t in talks})
        == len({(t.student, t.slot) for t in talks})
        == len(talks)
    )
    assert {talk.seat for talk in talks if talk.booth != 1} == {0}


def test_everybody_reaches_the_fair_with_the_same_hours_and_tastes():
    first, second = Crowd(SIZES, 5), Crowd(SIZES, 5)
    assert (first.hours, first.habits) == (second.hours, second.habits)
    assert first.choices() == second.choices() != Crowd(SIZES, 6).choices()


def test_taste_follows_fit_where_students_see_it():
    mean = {
        insight: np.mean([SIZES.fit[n, c].mean() for n, c in Crowd(SIZES, 2, insight).choices().items()])
        for insight in (0.0, 3.0)
    }
    assert mean[3.0] > mean[0.0]


def test_a_plan_brings_more_useful_talks_on_days_it_was_not_set_on():
    ways = compare(SIZES, range(1_000, 1_003))
    assert ways[PLANNED].useful > ways[FIRST_COME].useful > 0
    assert ways[PLANNED].none <= ways[FIRST_COME].none


@pytest.mark.django_db
class TestCommand:
    @pytest.fixture
    def fair(self, frozen_now):
        fair = FairFactory(ready=True)
        for number in range(3):
            booth = BoothFactory(fair=fair, label=f"A{number}")
            position = PositionFactory(company=booth.company, published=True)
            BoothPosition.objects.create(booth=booth, position=position)
        for _ in range(6):
            student_at(fair)
        return fair

    def run(self, *arguments):
        out = StringIO()
        error = ""
        try:
            call_command("bench_planner", "--days", "1", *arguments, stdout=out)
        except CommandError as refusal:
            error = str(refusal)
        return out.getvalue(), error

    def test_it_measures_each_fair_that_is_ahead(self, fair, monkeypatch):
        monkeypatch.setattr(bench_planner, "GAIN", 0.0)
        FairFactory(closed=True)
        out, _error = self.run("--json")
        (one,) = json.loads(out)["fairs"]
        assert (one["registered"], one["booths"], one["eligible"], one["without"]) == (6, 3, 6, 0)
        assert set(one["ways"]) == {"first_come", "fixed_slots", "planned"}
        assert set(one["gains"]) == {"0.0", "1.0", "2.0"}

    def test_it_fails_where_somebody_eligible_has_no_talk(self, fair):
        fair.booths.exclude(label="A0").delete()
        type(fair).objects.update(ends_at=fair.starts_at + bench_planner.timedelta(minutes=25))
        _out, error = self.run()
        assert "4 eligible without a talk, bar 0" in error

    def test_it_needs_a_fair(self, db):
        assert self.run()[1].startswith("No fair with booths")
        assert self.run("--days", "0")[1] == "--days: at least 1"
