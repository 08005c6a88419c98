"""The wait: an interval that widens with the line and forgets the plan as talks come in."""

import random

import pytest
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st

from fairs.wait import Wait, estimate


def test_nobody_ahead_and_nobody_talking_is_no_wait():
    assert estimate(ahead=0, talking=0, lengths=[], plan_minutes=8) == Wait(0, 0)


def test_cold_start_follows_the_plan():
    wait = estimate(ahead=4, talking=0, lengths=[], plan_minutes=8)
    assert wait.low < 32 <= wait.high


def test_real_talks_replace_the_plan():
    assert estimate(ahead=3, talking=0, lengths=[120.0] * 5, plan_minutes=60) == Wait(6, 6)


def test_more_recruiters_shorten_the_wait():
    one = estimate(ahead=12, talking=1, lengths=[480.0] * 9, plan_minutes=8)
    three = estimate(ahead=12, talking=3, lengths=[480.0] * 9, plan_minutes=8)
    assert three.high < one.low


@pytest.mark.parametrize("ahead", range(1, 40, 7))
def test_low_never_exceeds_high_and_longer_lines_wait_longer(ahead):
    near = estimate(ahead=ahead, talking=1, lengths=[300.0, 700.0] * 4, plan_minutes=8)
    far = estimate(ahead=ahead + 5, talking=1, lengths=[300.0, 700.0] * 4, plan_minutes=8)
    assert near.low <= near.high
    assert far.high >= near.high


@given(
    ahead=st.integers(0, 60),
    talking=st.integers(0, 4),
    lengths=st.lists(st.floats(30, 3600), max_size=30),
    plan=st.integers(1, 120),
)
@settings(max_examples=150, deadline=None)
def test_an_interval_is_never_negative_and_never_turned_round(ahead, talking, lengths, plan):
    wait = estimate(ahead=ahead, talking=talking, lengths=lengths, plan_minutes=plan)
    assert 0 <= wait.low <= wait.high
    longer = estimate(ahead=ahead + 6, talking=talking, lengths=lengths, plan_minutes=plan)
    assert (longer.low >= wait.low or wait.low <= 5, longer.high >= wait.high) == (True, True)


@pytest.mark.parametrize("served", range(8))
def test_the_plan_fades_with_every_talk(served):
    """A booth planned at 10 minutes whose talks take 2: each talk pulls the estimate down, the fifth ends the plan."""
    waits = [estimate(ahead=5, talking=0, lengths=[120.0] * n, plan_minutes=10) for n in (served, served + 1)]
    centre = [(wait.low + wait.high) / 2 for wait in waits]
    assert centre[1] < centre[0] if served < 5 else centre == [10, 10]


def test_lengths_that_scatter_widen_the_interval():
    even = estimate(ahead=10, talking=1, lengths=[480.0] * 10, plan_minutes=8)
    odd = estimate(ahead=10, talking=1, lengths=[60.0, 900.0] * 5, plan_minutes=8)
    assert odd.high - odd.low > even.high - even.low


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, 0), (29, 0), (31, 1), (569, 9), (601, 10), (749, 10), (760, 15), (3600, 60)]
)
def test_below_ten_minutes_one_by_one_above_in_fives(seconds, shown):
    assert estimate(ahead=1, talking=0, lengths=[float(seconds)] * 5, plan_minutes=8) == Wait(shown, shown)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["no wait", "no wait", "about 7 minutes", "5–20 minutes"]),
        ("zh-hans", ["无需等待", "无需等待", "约 7 分钟", "5–20 分钟"]),
    ],
)
def test_words_in_both_languages(language, words):
    with override(language):
        assert [wait.text for wait in (Wait(0, 0), Wait(0, 1), Wait(7, 7), Wait(5, 20))] == words


def test_the_interval_covers_most_waits_of_a_simulated_booth():
    """One recruiter, talks drawn around eight minutes, the estimate from twenty of them: about eight in ten."""
    dice = random.Random(5)

    def talk():
        return max(60.0, dice.gauss(480, 150))

    inside = 0
    for _ in range(400):
        ahead = dice.randint(3, 15)
        wait = estimate(ahead=ahead, talking=1, lengths=[talk() for _ in range(20)], plan_minutes=8)
        # Waiting began at a random moment of the talk that goes on.
        real = talk() * dice.random() + sum(talk() for _ in range(ahead))
        inside += wait.low - 2.5 <= real / 60 <= wait.high + 2.5
    assert 0.7 <= inside / 400 <= 0.97
