"""Arrays read off rows once, kept, and cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.features.arrays import Grid
from matching.features.columns import Columns, incidence, numbers, product

WORDS = st.lists(st.sampled_from("甲乙丙丁戊"), max_size=4)


class Reader:
    """Reads a row and counts how often."""

    def __init__(self):
        self.times = 0

    def __call__(self, row):
        self.times += 1
        return row


def test_each_array_is_made_once_per_name():
    rows, read = Columns([1, 2, 3]), Reader()

    assert rows.numbers("own", read).tolist() == [1.0, 2.0, 3.0]
    assert rows.numbers("own", read).tolist() == [1.0, 2.0, 3.0]
    assert read.times == 3
    assert rows.numbers("doubled", lambda row: row * 2).tolist() == [2.0, 4.0, 6.0]


def test_what_is_not_said_is_nan():
    assert np.array_equal(numbers([1, None, 0]), [1.0, np.nan, 0.0], equal_nan=True)


@settings(max_examples=40, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=5), st.lists(WORDS, min_size=1, max_size=5))
def test_products_count_what_is_shared_alone_and_together(left, right):
    """One row times many, many times one and many times many take different paths to the same numbers."""
    left, right = [set(one) for one in left], [set(one) for one in right]
    expected = np.array([[len(one & other) for other in right] for one in left], dtype=float)

    assert np.array_equal(product(incidence(left), incidence(right)), expected)
    for i, one in enumerate(left):
        assert np.array_equal(product(incidence([one]), incidence(right))[0], expected[i])
    for j, other in enumerate(right):
        assert np.array_equal(product(incidence(left), incidence([other]))[:, 0], expected[:, j])


def test_words_that_come_later_do_not_disturb_what_was_made_before():
    old = incidence([{"早先"}])
    new = incidence([{"早先", "后来才有的词"}, {"又一个后来的词"}])

    assert product(old, new).tolist() == [[1.0, 0.0]]
    assert product(new, old).tolist() == [[1.0], [0.0]]


def test_weights_of_a_mapping_are_kept():
    assert product(incidence([{"a": 0.25, "b": 0.5}]), incidence([{"a", "b"}, {"b"}])).tolist() == [
        [0.75, 0.5]
    ]


def test_keys_are_numbered_in_the_order_they_come():
    codes, keys = Columns(["b", "a", "b", "c"]).keyed("itself", str)

    assert codes.tolist() == [0, 1, 0, 2]
    assert keys.rows == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("places", "kept"), [([0, 2], ["b"]), ([3, 1], ["a", "c"]), ([0, 1, 2, 3], ["b", "a", "c"])]
)
def test_a_cut_keeps_only_the_keys_it_needs(places, kept):
    rows = Columns(["b", "a", "b", "c"])
    rows.keyed("itself", str)
    cut = rows.take(np.array(places))
    codes, keys = cut.keyed("itself", str)

    assert [keys.rows[code] for code in codes] == [["b", "a", "b", "c"][place] for place in places]
    assert keys.rows == kept


def test_things_held_are_laid_end_to_end():
    starts, things = Columns([("a", "b"), (), ("c",)]).spread("things", lambda row: row)

    assert starts.tolist() == [0, 2, 2, 3]
    assert things.rows == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("grid", "expected"),
    [
        (Grid(np.array([[7.0]])), [[7, 7, 7], [7, 7, 7]]),
        (Grid(np.array([[1.0, 2.0, 3.0]])), [[1, 2, 3], [1, 2, 3]]),
        (Grid(np.array([[1.0, 2.0]]), None, np.array([1, 0, 1])), [[2, 1, 2], [2, 1, 2]]),
        (Grid(np.array([[1.0], [2.0]]), np.array([1, 0])), [[2, 2, 2], [1, 1, 1]]),
        (
            Grid(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1, 1]), np.array([0, 1, 0])),
            [[3, 4, 3], [3, 4, 3]],
        ),
    ],
)
def test_a_grid_told_shortly_means_every_pair(grid, expected):
    total = np.ones((2, 3))
    grid.add_to(total, lambda values: values * 10)

    assert grid.filled((2, 3)).tolist() == expected
    assert total.tolist() == (np.array(expected) * 10 + 1).tolist()
