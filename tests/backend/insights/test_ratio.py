"""The pure calculation, on numbers worked out by hand."""

import pytest

from backend.insights.ratio import ANY, Item, Ratio, members, ratio_table

DEMAND = [Item(1, 10, ("a",)), Item(2, 3, ("a", "b")), Item(3, 4, ())]
SUPPLY = [Item(7, 1, ("a",)), Item(8, 1, ("b",)), Item(9, 1, ("b", "c")), Item(10, 1, ())]


def test_the_whole_counts_each_row_once():
    total = ratio_table(DEMAND, SUPPLY).total
    assert (total.openings, total.seekers, total.positions, total.value) == (17, 4, 3, 4.25)


def test_groups_count_a_row_in_each_it_names_and_the_unnamed_come_last():
    assert ratio_table(DEMAND, SUPPLY).groups == (
        Ratio("a", 13, 1, 2),
        Ratio("b", 3, 2, 1),
        Ratio("c", 0, 1, 0),
        Ratio(ANY, 4, 1, 1),
    )


def test_a_group_named_twice_by_one_row_counts_once():
    assert ratio_table([Item(1, 5, ("a", "a"))], []).groups == (Ratio("a", 5, 0, 1),)


def test_nothing_gives_an_empty_table_without_a_quotient():
    table = ratio_table([], [])
    assert (table.groups, table.total.value, table.total.interval) == ((), None, None)


@pytest.mark.parametrize(
    ("openings", "seekers", "below", "small"),
    [
        (5900, 1934, False, False),
        (9, 12, True, True),
        (12, 12, False, False),
        (11, 12, True, False),
        (0, 12, True, True),
        (12, 0, False, False),
        (0, 0, False, False),
    ],
)
def test_warnings(openings, seekers, below, small):
    ratio = Ratio("x", openings, seekers, 1)
    assert (ratio.below_one, ratio.small) == (below, small)


def test_the_published_example_is_3_05_not_3_01():
    assert round(Ratio("*", 5900, 1934, 1).value, 2) == 3.05


def test_the_interval_by_hand():
    low, high = Ratio("x", 9, 4, 1).interval
    # ln spread = 1.959964 · sqrt(1/9 + 1/4) = 1.177792; factor 3.24720
    assert (round(low, 3), round(high, 3)) == (0.693, 7.306)


@pytest.mark.parametrize("pair", [(0, 5), (5, 0), (0, 0)])
def test_no_interval_where_a_count_is_nought(pair):
    assert Ratio("x", *pair, 1).interval is None


@pytest.mark.parametrize(
    ("key", "positions", "people"),
    [
        ("a", [1, 2], [7]),
        ("b", [2], [8, 9]),
        ("c", [], [9]),
        (ANY, [3], [10]),
        ("*", [1, 2, 3], [7, 8, 9, 10]),
    ],
)
def test_members_are_the_rows_of_a_figure(key, positions, people):
    assert (members(DEMAND, key), members(SUPPLY, key)) == (positions, people)


def test_every_figure_is_the_sum_of_its_members():
    weights = {item.id: item.weight for item in DEMAND}
    for group in ratio_table(DEMAND, SUPPLY).groups:
        assert group.openings == sum(weights[pk] for pk in members(DEMAND, group.key))
        assert group.seekers == len(members(SUPPLY, group.key))
