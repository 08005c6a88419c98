"""The wait: an interval that widens with the line and forgets the plan as talks come in."""

import pytest
from django.utils.translation import override

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


@pytest.mark.parametrize(
    ("wait", "text"),
    [(Wait(0, 1), "no wait"), (Wait(5, 5), "about 5 minutes"), (Wait(5, 15), "5–15 minutes")],
)
def test_words(wait, text):
    with override("en"):
        assert wait.text == text
