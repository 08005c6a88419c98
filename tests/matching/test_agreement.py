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
