"""The wait: an interval that follows the booth's own turns, its staff and those who give up, and widens with the line."""

import pytest
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st

from fairs import wait
from fairs.wait import Record, Turn, Wait, estimate, interval

NOW = 10_000.0


def record(lengths=(), *, going=(), plan=8, gone=0, stood=0.0, staff=1, pause=30.0) -> Record:
    """Turns that ended one after the other until a moment ago, shared by `staff` recruiters, and some that go on."""
    turns, moments = [], [NOW - pause] * staff
    for number, length in enumerate(reversed(lengths)):
        recruiter = number % staff
        end = moments[recruiter]
        turns.append(Turn(recruiter, end - length, end))
        moments[recruiter] = end - length - pause
    turns = turns[::-1] + [Turn(100 + n, NOW - seconds, None) for n, seconds in enumerate(going)]
    return Record(turns, gone=gone, stood=stood, plan_minutes=plan)


def minutes(ahead, *args, **kwargs) -> tuple[float, float]:
    low, high = interval(ahead=ahead, now=NOW, record=record(*args, **kwargs))
    return low / 60, high / 60


def test_nobody_ahead_and_nobody_called_is_no_wait():
    assert estimate(ahead=0, now=NOW, record=record()) == Wait(0, 1)
    with override("en"):
        assert estimate(ahead=0, now=NOW, record=record([480.0] * 3)).text == "no wait"


def test_cold_start_follows_the_plan():
    low, high = minutes(4, plan=8)
    assert low < 4 * 8 < high
    assert minutes(4, plan=4)[1] < high


def test_real_turns_replace_the_plan():
    assert minutes(5, [120.0] * 5, plan=60) == minutes(5, [120.0] * 5, plan=8)
    assert minutes(5, [120.0] * 4, plan=60)[1] > minutes(5, [120.0] * 4, plan=8)[1]


@pytest.mark.parametrize("served", range(5))
def test_the_plan_fades_with_every_turn(served):
    """Planned at ten minutes where turns take two: each turn pulls the interval down."""
    before, after = (minutes(5, [120.0] * n, plan=10) for n in (served, served + 1))
    assert after[0] * after[1] < before[0] * before[1]


@pytest.mark.parametrize("ahead", [3, 10, 30])
def test_more_recruiters_shorten_the_wait(ahead):
    ends = [minutes(ahead, [480.0] * 12, staff=staff) for staff in (1, 2, 3)]
    assert [low for low, _ in ends] == sorted((low for low, _ in ends), reverse=True)
    assert [high for _, high in ends] == sorted((high for _, high in ends), reverse=True)
    assert ends[0] != ends[1] != ends[2]


def test_a_recruiter_who_has_not_been_seen_for_long_is_no_longer_counted():
    here, away = Turn(1, NOW - 500, NOW - 20), Turn(2, NOW - 1500, NOW - 1000)
    back = Turn(2, NOW - 1380, NOW - 880)
    alone, both = (Record([other, here], 0, 0.0, 8) for other in (away, back))
    assert interval(ahead=8, now=NOW, record=both)[1] < interval(ahead=8, now=NOW, record=alone)[1]


def test_breaks_between_turns_count_but_an_empty_line_does_not_stand_for_hours():
    quick, slow = minutes(8, [300.0] * 8, pause=20), minutes(8, [300.0] * 8, pause=200)
    assert quick[1] < slow[1]
    turns = [Turn(1, NOW - 9000, NOW - 8700), Turn(1, NOW - 400, NOW - 100)]
    turns_close = [Turn(1, NOW - 1000, NOW - 700), Turn(1, NOW - 400, NOW - 100)]
    far, close = (Record(some, 0, 0.0, 8) for some in (turns, turns_close))
    assert interval(ahead=5, now=NOW, record=far) == interval(ahead=5, now=NOW, record=close)


def test_where_many_give_up_a_long_line_moves_faster():
    patient, hasty = (
        minutes(30, [480.0] * 8, stood=90_000.0),
        minutes(30, [480.0] * 8, gone=30, stood=90_000.0),
    )
    assert hasty[1] < patient[1]
    assert hasty[0] < patient[0]


def test_a_turn_that_has_lasted_long_is_nearer_its_end_where_turns_are_even():
    fresh, late = minutes(0, [480.0] * 8, going=[10.0]), minutes(0, [480.0] * 8, going=[470.0])
    assert late[1] < fresh[1]


def test_turns_that_scatter_widen_the_interval():
    even, odd = minutes(10, [480.0] * 10, going=[60.0]), minutes(10, [60.0, 900.0] * 5, going=[60.0])
    assert odd[1] - odd[0] > even[1] - even[0]


@given(
    ahead=st.integers(0, 400),
    lengths=st.lists(st.floats(1, 3600), max_size=40),
    going=st.lists(st.floats(0, 7200), max_size=4),
    known=st.fixed_dictionaries(
        {"plan": st.integers(1, 120), "gone": st.integers(0, 300), "stood": st.floats(0, 1e6)}
    ),
)
@settings(max_examples=60, deadline=None)
def test_an_interval_is_never_negative_and_never_turned_round(ahead, lengths, going, known):
    known = record(lengths, going=going, **known)
    low, high = interval(ahead=ahead, now=NOW, record=known)
    assert 0 <= low <= high
    shown = estimate(ahead=ahead, now=NOW, record=known)
    assert 0 <= shown.low <= shown.high
    expected = [wait._middle(more, wait._pace(known, NOW))[0] for more in (ahead, ahead + 1, ahead + 6)]
    assert expected == sorted(expected)


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, 0), (29, 0), (31, 1), (569, 9), (601, 10), (749, 10), (760, 15), (3600, 60)]
)
def test_below_ten_minutes_one_by_one_above_in_fives(monkeypatch, seconds, shown):
    monkeypatch.setattr("fairs.wait.interval", lambda **_: (seconds, seconds))
    assert estimate(ahead=1, now=NOW, record=record()) == Wait(shown, shown)


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
