"""The calculation over any market: what must hold whatever the rows are."""

import itertools
from math import isclose, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.insights.ratio import ANY, SMALL, Item, Ratio, members, ratio_table

QUIET = settings(max_examples=80, deadline=None)
groups = st.lists(st.sampled_from("abcd"), max_size=3).map(tuple)


def items(weights):
    """Rows with ids of their own."""
    rows = st.lists(st.tuples(weights, groups), max_size=8)
    return rows.map(lambda found: [Item(pk, *row) for pk, row in enumerate(found, 1)])


markets = st.tuples(items(st.integers(1, 40)), items(st.just(1)))
counts = st.integers(0, 500)


@given(markets)
@QUIET
def test_each_figure_is_the_sum_of_the_rows_it_opens_into(market):
    demand, supply = market
    table = ratio_table(demand, supply)
    weight = {item.id: item.weight for item in demand}
    for group in (*table.groups, table.total):
        behind = members(demand, group.key)
        assert (group.openings, group.positions) == (sum(weight[pk] for pk in behind), len(behind))
        assert group.seekers == len(members(supply, group.key))


@given(markets)
@QUIET
def test_every_row_stands_behind_some_group_and_no_group_is_empty(market):
    demand, supply = market
    keys = [group.key for group in ratio_table(demand, supply).groups]
    for rows in market:
        reached = set().union(*(members(rows, key) for key in keys)) if keys else set()
        assert reached == {item.id for item in rows}
    assert all(members(demand, key) or members(supply, key) for key in keys)
    assert len(keys) == len(set(keys))


@given(markets)
@QUIET
def test_the_whole_is_no_more_than_its_groups_together_and_no_less_than_any(market):
    table = ratio_table(*market)
    for figure in ("openings", "seekers", "positions"):
        parts = [getattr(group, figure) for group in table.groups]
        assert max(parts, default=0) <= getattr(table.total, figure) <= sum(parts)


@given(markets, st.randoms(use_true_random=False))
@QUIET
def test_the_order_of_the_rows_changes_nothing(market, dice):
    shuffled = [dice.sample(rows, len(rows)) for rows in market]
    assert ratio_table(*shuffled) == ratio_table(*market)


@given(markets)
@QUIET
def test_groups_stand_in_order_and_what_names_nothing_is_last(market):
    keys = [group.key for group in ratio_table(*market).groups]
    named = [key for key in keys if key != ANY]
    assert keys == sorted(named) + [ANY] * (ANY in keys)


@given(markets, st.integers(1, 50), groups)
@QUIET
def test_a_position_more_raises_its_own_groups_by_its_openings_and_no_other(market, openings, named):
    demand, supply = market
    before = {group.key: group for group in ratio_table(demand, supply).groups}
    after = ratio_table([*demand, Item(99, openings, named)], supply)
    for group in after.groups:
        was = before.get(group.key, Ratio(group.key, 0, 0, 0))
        grown = openings if group.key in (set(named) or {ANY}) else 0
        assert (group.openings - was.openings, group.seekers - was.seekers) == (grown, 0)


@given(counts, counts)
@QUIET
def test_the_quotient_says_which_side_is_larger(openings, seekers):
    ratio = Ratio("x", openings, seekers, 1)
    if not seekers:
        assert (ratio.value, ratio.below_one, ratio.small, ratio.interval) == (None, False, False, None)
        return
    assert isclose(ratio.value * seekers, openings)
    assert ratio.below_one == (ratio.value < 1) == (openings < seekers)
    assert ratio.small == (openings < SMALL or seekers < SMALL)


@given(st.integers(1, 500), st.integers(1, 500))
@QUIET
def test_the_interval_holds_the_quotient_in_its_middle_and_mirrors_when_the_sides_change(openings, seekers):
    low, high = Ratio("x", openings, seekers, 1).interval
    assert 0 < low < openings / seekers < high
    assert isclose((log(low) + log(high)) / 2, log(openings / seekers), abs_tol=1e-9)
    mirrored = Ratio("x", seekers, openings, 1).interval
    assert all(isclose(a * b, 1) for a, b in zip((low, high), reversed(mirrored), strict=True))


@pytest.mark.parametrize("times", [2, 10, 100])
def test_the_more_is_counted_the_narrower_the_interval(times):
    def width(factor):
        low, high = Ratio("x", 12 * factor, 5 * factor, 1).interval
        return high / low

    assert width(times) < width(1)


@pytest.mark.parametrize(
    ("openings", "seekers"), list(itertools.product((0, 1, SMALL - 1, SMALL, SMALL + 1), repeat=2))
)
def test_at_the_edge_of_small_numbers(openings, seekers):
    ratio = Ratio("x", openings, seekers, 1)
    wanted = seekers > 0 and (openings < 10 or seekers < 10)
    assert (ratio.small, ratio.interval is None) == (wanted, openings == 0 or seekers == 0)
