"""Small readings that every feature is made of, and pairs of keys and texts."""

from datetime import date

import numpy as np
import pytest

from matching.features.arrays import Columns, Grid, Pairs, days, education_level, numbers, terms, unknown
from matching.types import EDUCATION_LEVELS


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), set()),
        (("", " ", "\n"), set()),
        ((" CAD", "cad", "Cad\t"), {"cad"}),
        (("软件技术", "510203"), {"软件技术", "510203"}),
        (("Straße",), {"strasse"}),
    ],
)
def test_terms_have_no_case_no_outer_space_and_no_blanks(words, expected):
    assert terms(words) == expected


def test_levels_of_education_form_a_ladder():
    assert [education_level(name) for name in EDUCATION_LEVELS] == [0, 1, 2, 3, 4, 5]
    assert [education_level(name) for name in ("", "Bachelor", "postdoc")] == [0, 0, 0]


def test_dates_are_numbers_of_days():
    assert days(None) is None
    assert days(date(2026, 3, 1)) - days(date(2026, 2, 28)) == 1.0
    assert days(date(2024, 3, 1)) - days(date(2024, 2, 28)) == 2.0


def test_nothing_is_known_of_anybody():
    pairs = Pairs(["a", "b"], ["x", "y", "z"])

    assert pairs.shape == (2, 3)
    assert np.isnan(unknown(pairs).filled(pairs.shape)).all()
    assert unknown(pairs).filled(pairs.shape).shape == (2, 3)


def test_a_table_is_worked_out_once_per_pair_of_keys_and_told_to_everybody():
    seen = []

    def table(left, right):
        seen.append((list(left.rows), list(right.rows)))
        return np.array([[10 * a + b for b in right.rows] for a in left.rows], dtype=float)

    pairs = Pairs([1, 2, 1, 1], [7, 8, 7])
    grid = pairs.by_key("itself", lambda row: row, lambda row: row, table)

    assert seen == [([1, 2], [7, 8])]
    assert grid.filled(pairs.shape).tolist() == [[17, 18, 17], [27, 28, 27], [17, 18, 17], [17, 18, 17]]


def test_texts_are_compared_once_per_text_and_blank_ones_are_missing():
    pairs = Pairs(["abcd", " ", "男"], ["abcd", "", "abcd", "wxyz", "，。"])
    grid = pairs.similarity("own", str, "other", str)

    assert grid.table.shape == (3, 4)
    assert np.array_equal(
        grid.filled(pairs.shape).round(12),
        [[1, np.nan, 1, 0, np.nan], [np.nan] * 5, [np.nan] * 5],
        equal_nan=True,
    )


def test_a_filled_grid_is_the_askers_own():
    """Whoever changes what was filled must not change what is kept."""
    table = np.array([[0.5]])
    filled = Grid(table).filled((2, 2))
    filled[0, 0] = 9.0

    assert table.tolist() == [[0.5]]
    assert filled.tolist() == [[9.0, 0.5], [0.5, 0.5]]


@pytest.mark.parametrize("shape", [(0, 0), (0, 2), (2, 0)])
def test_a_grid_of_nobody_is_empty(shape):
    assert Grid(np.array([[0.5]])).filled(shape).shape == shape
    assert Grid(np.zeros((0, 0)), np.zeros(shape[0], dtype=int)).rows.shape == (shape[0],)


def test_numbers_keep_nought_apart_from_nothing():
    assert np.array_equal(numbers([0, None, 0.0, 7, True]), [0, np.nan, 0, 7, 1], equal_nan=True)
    assert numbers([]).shape == (0,)


def test_columns_are_taken_as_they_are_so_that_their_arrays_serve_again():
    held = Columns(["abcd"])
    held.numbers("length", len)
    pairs = Pairs(held, Columns(["x"]), date(2026, 5, 1))

    assert pairs.students is held
    assert pairs.students.numbers("length", lambda row: pytest.fail("read again")).tolist() == [4.0]
    assert pairs.on == date(2026, 5, 1)
