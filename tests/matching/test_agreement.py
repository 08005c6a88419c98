"""Which pairs two people grade, and how well they agree."""

from collections import Counter

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from matching.evaluation.agreement import agreement, draw_pairs, kappa

SCORES = np.random.default_rng(0).random((40, 60))


def test_a_third_each_comes_from_the_best_the_middle_and_the_rest():
    pairs = draw_pairs(SCORES, 39, seed=1)
    standing = [int((SCORES[row] > SCORES[row, column]).sum()) for row, column in pairs]

    assert len(set(pairs)) == 39
    assert max(Counter(row for row, _ in pairs).values()) == 1
    assert Counter("best" if s < 3 else "middle" if s < 18 else "rest" for s in standing) == {
        "best": 13,
        "middle": 13,
        "rest": 13,
    }
    # The order tells nothing of the score.
    assert abs(np.corrcoef(np.arange(39), standing)[0, 1]) < 0.4
    assert pairs == draw_pairs(SCORES, 39, seed=1)
    assert pairs != draw_pairs(SCORES, 39, seed=2)


@pytest.mark.parametrize(
    ("rows", "columns", "number", "expected"), [(2, 3, 100, 6), (0, 9, 5, 0), (9, 1, 4, 4)]
)
def test_a_small_school_gives_what_it_has(rows, columns, number, expected):
    assert len(set(draw_pairs(SCORES[:rows, :columns], number, seed=0))) == expected


@pytest.mark.parametrize(
    ("one", "other", "plain", "squared"),
    [
        ([0, 1, 2, 3], [0, 1, 2, 3], 1.0, 1.0),
        ([3, 3], [3, 3], 1.0, 1.0),
        ([0, 3], [3, 0], -1.0, -1.0),
        ([1, 1, 2, 2], [1, 2, 2, 1], 0.0, 0.0),
        # Equal 3 in 4; by chance 3/4 × 1/2 + 1/4 × 1/2.
        ([0, 0, 0, 3], [0, 0, 3, 3], 0.5, 0.5),
    ],
)
def test_kappa_by_hand(one, other, plain, squared):
    assert kappa(one, other) == pytest.approx(plain, abs=1e-12)
    assert kappa(one, other, power=2) == pytest.approx(squared, abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("power", "name"), [(0, None), (1, "linear"), (2, "quadratic")])
def test_scikit_learn_finds_the_same_kappa(seed, power, name):
    random = np.random.default_rng(seed)
    one = random.integers(0, 4, 60)
    other = np.clip(one + random.integers(-1, 2, 60), 0, 3)

    assert kappa(one.tolist(), other.tolist(), power=power) == pytest.approx(
        cohen_kappa_score(one, other, weights=name), abs=1e-12
    )


def test_two_people_are_told_with_an_interval():
    one = [n % 4 for n in range(40)]
    other = [min(n % 4 + (n % 8 == 0), 3) for n in range(40)]
    found = agreement(one, other)

    assert (found.pairs, found.equal) == (40, 35 / 40)
    assert (found.kappa, found.weighted) == (kappa(one, other), kappa(one, other, power=2))
    assert found.low < found.kappa < found.high <= 1.0
    assert found.weighted > found.kappa
    assert agreement(one, other) == found


@pytest.mark.parametrize(("one", "other"), [([], []), ([1], [1, 2])])
def test_nothing_to_compare_is_refused(one, other):
    with pytest.raises(ValueError, match="two lists of the same length"):
        agreement(one, other)


def by_table(table):
    """Two lists of grades with these counts: one row per grade of the first, one column per grade of the second."""
    cells = [(i, j) for i, row in enumerate(table) for j, count in enumerate(row) for _ in range(count)]
    return [i for i, _ in cells], [j for _, j in cells]


@pytest.mark.parametrize(
    ("table", "equal", "plain", "squared"),
    [
        # 35 of 50 alike, 25 by chance.
        ([[20, 5], [10, 15]], 0.70, 0.40, 0.40),
        # Alike six times in ten, on grades of other shares: .6 against .54 and .46 by chance.
        ([[45, 15], [25, 15]], 0.60, (0.60 - 0.54) / 0.46, (0.60 - 0.54) / 0.46),
        ([[25, 35], [5, 35]], 0.60, (0.60 - 0.46) / 0.54, (0.60 - 0.46) / 0.54),
        # Three grades; off by one counts 1, by two 4: 24 seen, 20 · (16 · 5 + 28 · 2 + 16 · 5) / 60 = 72 by chance.
        ([[12, 8, 0], [4, 12, 4], [0, 8, 12]], 0.60, 0.40, 2 / 3),
        # Each only ever gives one grade, and never the same.
        ([[0, 30], [0, 0]], 0.0, 0.0, 0.0),
        # Independent by construction.
        ([[9, 3], [3, 1]], 10 / 16, 0.0, 0.0),
        # As far apart as can be.
        ([[0, 0, 10], [0, 0, 0], [10, 0, 0]], 0.0, -1.0, -1.0),
    ],
)
def test_known_tables(table, equal, plain, squared):
    one, other = by_table(table)
    found = agreement(one, other)

    assert found.equal == pytest.approx(equal, abs=1e-12)
    assert found.kappa == pytest.approx(plain, abs=1e-12)
    assert found.weighted == pytest.approx(squared, abs=1e-12)
    assert found.pairs == sum(map(sum, table))
    assert found.low <= found.kappa <= found.high


@pytest.mark.parametrize(("one", "other"), [([2] * 9, [2] * 9), ([1], [1])])
def test_who_gives_one_grade_alone_cannot_disagree(one, other):
    found = agreement(one, other)

    assert (found.equal, found.kappa, found.low, found.high, found.weighted) == (1.0, 1.0, 1.0, 1.0, 1.0)


def test_the_two_can_change_seats():
    random = np.random.default_rng(5)
    one, other = random.integers(0, 4, (2, 50)).tolist()

    for power in (0, 1, 2):
        assert kappa(one, other, power=power) == pytest.approx(kappa(other, one, power=power), abs=1e-12)
    assert agreement(one, other).equal == agreement(other, one).equal


@pytest.mark.parametrize("power", [0, 1, 2])
def test_grades_that_nobody_gave_change_nothing(power):
    """Grades 0 and 3 alone: that there could have been 1 and 2 between them is no disagreement."""
    one, other = [0, 0, 3, 3, 3, 0], [0, 3, 3, 3, 0, 0]
    near = ([n // 3 for n in one], [n // 3 for n in other])

    assert kappa(one, other, power=power) == pytest.approx(kappa(*near, power=power), abs=1e-12)


def test_a_seed_decides_the_interval_alone():
    one, other = by_table([[20, 5], [10, 15]])
    first, second = agreement(one, other, seed=1), agreement(one, other, seed=2)

    assert (first.equal, first.kappa, first.weighted) == (second.equal, second.kappa, second.weighted)
    assert (first.low, first.high) != (second.low, second.high)
    assert first == agreement(one, other, seed=1)


def test_more_pairs_are_surer():
    few, many = by_table([[8, 2], [2, 8]]), by_table([[80, 20], [20, 80]])
    wide, narrow = (agreement(*lists) for lists in (few, many))

    assert wide.kappa == pytest.approx(narrow.kappa)
    assert narrow.high - narrow.low < (wide.high - wide.low) / 2


@pytest.mark.parametrize(
    ("students", "positions", "number"), [(40, 60, 100), (3, 60, 30), (40, 2, 60), (40, 1, 40), (5, 5, 25)]
)
def test_no_pair_is_graded_twice_and_everybody_in_turn(students, positions, number):
    pairs = draw_pairs(SCORES[:students, :positions], number, seed=3)

    assert len(pairs) == len(set(pairs)) == number
    times = Counter(row for row, _ in pairs)
    assert max(times.values()) - min([*times.values(), 0] if number < students else times.values()) <= 1
    assert all(0 <= row < students and 0 <= column < positions for row, column in pairs)


def test_equal_scores_can_be_drawn_as_well():
    pairs = draw_pairs(np.full((12, 30), 0.5), 12, seed=0)

    assert len(set(pairs)) == 12
    assert {type(number) for pair in pairs for number in pair} == {int}
