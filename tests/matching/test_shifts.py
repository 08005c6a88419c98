"""A group under one order beside another, by hand: what is unfair, what is only seldom chosen, and what is luck."""

import pytest

from matching.evaluation.audit import audit
from matching.evaluation.shifts import Shift, _slices, shifts

PEOPLE = range(80)
HALVES = {"department": {who: "a" if who < 40 else "b" for who in PEOPLE}}
A = list(range(40))


def told(ours, theirs, attributes=HALVES, **options):
    return shifts([[*A, *ours]], [[*A, *theirs]], attributes, first=80, **options)


@pytest.mark.parametrize(
    ("ours", "theirs", "unfair"),
    [
        (20, 40, True),
        (31, 40, True),
        (20, 20, False),
        (20, 10, False),
        (32, 40, False),
        (20, 21, False),
        (40, 20, False),
        (0, 10, True),
        (0, 0, False),
    ],
    ids=[
        "half of what all had",
        "just below four fifths",
        "as seldom as by the rules",
        "oftener than by the rules",
        "four fifths exactly",
        "one person fewer is luck",
        "all where half were",
        "nobody where some were",
        "nobody by either",
    ],
)
def test_below_four_fifths_and_surely_lower_is_unfair(ours, theirs, unfair):
    found = told(range(40, 40 + ours), range(40, 40 + theirs))

    assert set(found) == {"department: a", "department: b"}
    row = found["department: b"]
    assert (row.people, row.ours, row.theirs) == (40, ours / 40, theirs / 40)
    assert row.low <= row.ours - row.theirs <= row.high
    assert row.unfair is unfair
    assert found["department: a"] == Shift(40, 1.0, 1.0, 0.0, 0.0)


def test_who_is_lost_counts_and_not_how_many_are_left():
    """Paired by person: the same number of others is no loss, and a few sure losses are not hidden by the rest."""
    others = told(range(50, 70), range(40, 60))["department: b"]

    assert (others.ours, others.theirs, others.unfair) == (0.5, 0.5, False)
    assert others.low < 0 < others.high
    fewer = told(range(40, 52), range(40, 60))["department: b"]
    assert fewer.unfair
    assert -0.4 < fewer.low < -0.2 < fewer.high < -0.05


def test_each_order_has_its_own_best_group():
    """By the rules the second group comes first most often, by the model the first one."""
    rules = [[*range(40, 80), *range(10)]]
    found = shifts([[*A, *range(40, 50)]], rules, HALVES, first=80)

    assert (found["department: a"].ours, found["department: a"].theirs) == (1.0, 0.25)
    assert (found["department: b"].ours, found["department: b"].theirs) == (0.25, 1.0)
    assert [name for name, row in found.items() if row.unfair] == ["department: b"]


def test_the_ratios_are_those_of_the_audit():
    ours, theirs = [[*A[:30], *range(40, 57)]], [[*A[:20], *range(40, 47)]]
    found = shifts(ours, theirs, HALVES, first=40)

    for name, row in found.items():
        for value, rankings in ((row.ours, ours), (row.theirs, theirs)):
            figures = audit(rankings, HALVES, first=40).figures["department"]
            assert value == pytest.approx(figures[name[-1]].impact_ratio, abs=1e-12)


def test_only_the_first_count_as_chosen():
    ranking = list(range(80))

    assert shifts([ranking], [ranking], HALVES, first=50)["department: b"].ours == 0.25
    assert shifts([ranking], [ranking[::-1]], HALVES, first=40)["department: b"].unfair


def test_intersections_are_judged_too():
    years = {who: str(2026 + who % 2) for who in PEOPLE}
    found = told(range(40, 80, 2), range(40, 80), {**HALVES, "year": years})

    assert [name for name, row in found.items() if row.unfair] == [
        "department: b",
        "year: 2027",
        "department × year: b × 2027",
    ]
    assert found["department × year: b × 2026"].ours == 1.0


@pytest.mark.parametrize(
    ("size", "told_about", "counts"), [(9, False, None), (10, True, False), (20, True, True)]
)
def test_small_groups_are_left_out_and_tiny_shares_do_not_count(size, told_about, counts):
    groups = {"department": {who: "few" if who < size else "rest" for who in range(800)}}
    everybody, without = list(range(800)), list(range(size, 800))
    found = shifts([without], [everybody], groups, first=800)

    assert ("department: few" in found) is told_about
    if told_about:
        row = found["department: few"]
        assert (row.ours, row.theirs, row.high < 0) == (0.0, 1.0, True)
        assert (row.counts, row.unfair) == (counts, counts)


def test_nothing_is_told_of_nobody():
    assert shifts([], [], {}) == {}
    assert shifts([[1, 2]], [[1, 2]], {"department": {1: "a", 2: "b"}}) == {}


def test_the_interval_is_given_by_its_seed():
    one, same, other = (told(range(40, 52), range(40, 60), seed=seed) for seed in (1, 1, 3))

    assert one == same
    assert one["department: b"].ours == other["department: b"].ours
    assert (one["department: b"].low, one["department: b"].high) != (
        other["department: b"].low,
        other["department: b"].high,
    )


def test_the_more_groups_are_asked_the_surer_a_loss_has_to_be():
    """Of thirty groups one would be found worse by luck: five of forty people lost say enough alone, and not among many."""
    alone = told(range(40, 65), range(40, 70))["department: b"]
    among = told(range(40, 65), range(40, 70), among=40)["department: b"]

    assert (alone.ours, alone.theirs) == (among.ours, among.theirs) == (0.625, 0.75)
    assert among.low < alone.low < alone.high < 0 == among.high
    assert (alone.unfair, among.unfair) == (True, False)


def test_the_bound_is_never_the_outermost_draw(monkeypatch):
    """Two groups of two attributes and their four: at 0.05 / 8 either way it takes 320 draws for one beyond the bound."""
    asked = (range(40, 52), range(40, 60), HALVES | {"year": {who: str(2026 + who % 2) for who in PEOPLE}})
    few, enough, more = (told(*asked, draws=draws) for draws in (1, 320, 321))
    assert few == enough != more
    assert told(*asked, draws=1, among=2) == told(*asked, draws=640, among=2) != told(*asked, draws=320)
    monkeypatch.setattr("matching.evaluation.shifts._AT_ONCE", 100)
    assert (_slices(320), _slices(100)) == ([100, 100, 100, 20], [100])
    assert set(told(*asked, draws=1)) == set(few)
