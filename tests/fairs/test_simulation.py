"""Made-up fair days keep the rules of the line, and what they say about the wait can be relied upon."""

from dataclasses import replace
from io import StringIO
from itertools import pairwise

import pytest
from django.core.management import CommandError, call_command

from fairs import wait
from fairs.management.commands import bench_wait
from fairs.simulation import coverage
from fairs.simulation.coverage import JUDGED, length_times_mean, looks_of, measure
from fairs.simulation.day import Day, Look, Plan
from fairs.wait import Record, Turn

SMALL = Plan(booths=6, students=90, seconds=5_400.0)
EASY = Plan(booths=10, students=90, seconds=9_000.0, plan_minutes=5)


@pytest.fixture(scope="module")
def days() -> list[Day]:
    made = [Day(seed, SMALL) for seed in range(3)]
    for day in made:
        day.run()
    return made


def test_the_same_seed_is_the_same_day(days):
    assert Day(1, SMALL).run() == days[1].looks
    assert days[0].looks != days[1].looks


def test_nobody_has_two_turns_at_once_and_no_recruiter_talks_to_two(days):
    for day in days:
        for booth in day.booths:
            for recruiter in range(booth.recruiters):
                turns = sorted((t for t in booth.turns if t.recruiter == recruiter), key=lambda t: t.begun)
                assert all(a.ended <= b.begun for a, b in pairwise(turns))
            assert {turn.recruiter for turn in booth.turns} <= set(range(booth.recruiters))


def test_everybody_who_drew_a_number_is_accounted_for(days):
    for day in days:
        for booth in day.booths:
            assert booth.drawn == len(booth.turns) + len(booth.going) + booth.gone + len(booth.line)
            assert len(booth.since) == len(booth.line)


@pytest.mark.parametrize(("bonus", "overtake"), [(5, True), (0, False)])
def test_few_talks_count_as_waiting_and_without_a_bonus_numbers_keep_their_order(bonus, overtake):
    lines: list[list[tuple[float, int]]] = []

    class Watched(Day):
        def _tell(self, number, person):
            lines.append([other.standing[number] for other in self.booths[number].line])
            super()._tell(number, person)

    Watched(0, replace(SMALL, bonus_minutes=bonus)).run()
    assert all(line == sorted(line) for line in lines)
    assert any(a > b for line in lines for (_since, a), (_later, b) in pairwise(line)) is overtake


def test_a_turn_lasts_until_after_the_student_came_or_as_long_as_the_grace(days):
    lengths = [turn.ended - turn.begun for day in days for booth in day.booths for turn in booth.turns]
    assert min(lengths) > 5
    absent = sum(abs(length - SMALL.grace) < 1e-6 for length in lengths)
    assert 0 < absent < len(lengths) / 2


def test_looks_tell_what_was_known_then(days):
    for look in days[0].looks:
        assert all(turn.begun <= look.at for turn in look.record.turns)
        assert all(turn.ended is None or turn.ended <= look.at for turn in look.record.turns)
        assert look.ahead >= 0
        assert look.real is None or 0 <= look.real <= SMALL.seconds - look.at


def test_the_first_two_thirds_are_judged():
    looks = looks_of([0], [SMALL])
    assert 0 < max(look.at for look in looks) < JUDGED * SMALL.seconds
    assert len(looks) < len(Day(0, SMALL).run())


def test_shares_add_up_and_a_wait_beyond_the_end_lies_above():
    known = Record([Turn(1, 0.0, 400.0), Turn(1, 430.0, None)], 0, 0.0, 8)
    told = wait.interval(ahead=2, now=500.0, record=known)
    looks = [Look(500.0, 2, known, real) for real in (told[0] - 1, sum(told) / 2, told[1] + 1, None)]
    found = measure(looks)
    assert (found.looks, found.inside, found.below, found.above) == (4, 0.25, 0.25, 0.5)
    assert found.width == pytest.approx((told[1] - told[0]) / 60)


def test_nothing_to_judge_is_said():
    with pytest.raises(ValueError, match="no looks"):
        measure([])


@pytest.mark.parametrize(
    ("turns", "seconds"),
    [
        ([], 3 * 480.0),
        ([Turn(1, 0.0, 300.0)], 3 * 300.0),
        (
            [Turn(1, 0.0, 300.0), Turn(2, 0.0, 500.0), Turn(1, 300.0, None), Turn(2, 500.0, None)],
            3 * 400.0 / 2,
        ),
    ],
)
def test_length_times_mean_is_what_a_sign_would_say(turns, seconds):
    assert length_times_mean(Look(600.0, 3, Record(turns, 0, 0.0, 8), None)) == seconds


def test_the_interval_does_better_than_length_times_mean_and_covers_most_waits():
    found = measure(looks_of(range(500, 502), [EASY]))
    assert 0.65 <= found.inside <= 0.88
    assert found.error < 0.75 * found.naive


@pytest.fixture
def small_days(monkeypatch):
    monkeypatch.setattr(bench_wait, "PLANS", (EASY,))
    monkeypatch.setattr(bench_wait, "BAR", (0.65, 0.88))
    monkeypatch.setattr(bench_wait, "SHARE_OF_NAIVE", 0.75)


def test_the_command_prints_each_size_and_the_whole(small_days):
    said = StringIO()
    call_command("bench_wait", days=2, stdout=said)
    lines = said.getvalue().splitlines()
    assert [line.split(":")[0] for line in lines] == ["10 booths, 90 students", "all"]
    assert lines[0].split(": ")[1] == lines[1].split(": ")[1]


@pytest.mark.parametrize(("low", "high"), [(-0.4, 0.4), (-9.0, 9.0)])
def test_control_an_interval_too_narrow_or_too_wide_misses_the_bar(small_days, monkeypatch, low, high):
    monkeypatch.setattr(wait, "LOW", low)
    monkeypatch.setattr(wait, "HIGH", high)
    with pytest.raises(CommandError, match="lie inside"):
        call_command("bench_wait", days=1, stdout=StringIO())


def test_control_no_better_than_length_times_mean_misses_the_bar(small_days, monkeypatch):
    monkeypatch.setattr(coverage, "length_times_mean", lambda look: look.real + 1)
    with pytest.raises(CommandError, match="more than half"):
        call_command("bench_wait", days=1, stdout=StringIO())


def test_no_days_are_refused():
    with pytest.raises(CommandError, match="--days"):
        call_command("bench_wait", days=0)
