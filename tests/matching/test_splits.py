"""Who and when is kept back: nobody stands on both sides, and nothing later teaches what is judged earlier."""

from datetime import timedelta

import numpy as np
import pytest

from matching.evaluation.leaks import suspects
from matching.training.dataset import Examples, build
from matching.training.splits import held_out_people, later
from matching.types import Interaction
from tests.matching.builders import position, student
from tests.matching.simulated import START


@pytest.mark.parametrize(
    ("people", "share", "kept"),
    [
        (1, 0.3, 0),
        (2, 0.3, 1),
        (3, 0.3, 1),
        (10, 0.3, 3),
        (10, 0.4, 4),
        (10, 0.0, 0),
        (10, 1.0, 10),
        (7, 0.5, 4),
    ],
)
def test_so_many_of_the_people_are_kept_back(people, share, kept):
    rows = np.repeat(np.arange(people), 3)
    aside = held_out_people(rows, seed=0, share=share)

    assert len(np.unique(rows[aside])) == kept
    assert int(aside.sum()) == 3 * kept


@pytest.mark.parametrize("seed", range(5))
def test_people_are_counted_and_not_their_rows(seed):
    """One person has half of all rows: the share is still that of people, and all their rows go the same way."""
    rows = np.concatenate([np.zeros(90, dtype=np.int64), np.repeat(np.arange(1, 30), 3)])
    aside = held_out_people(rows, seed=seed)

    assert len(np.unique(rows[aside])) == 9
    assert set(aside[:90].tolist()) in ({True}, {False})


def test_the_order_of_rows_does_not_decide_who_is_kept_back():
    random = np.random.default_rng(0)
    rows = random.integers(100, 200, 400)
    order = random.permutation(len(rows))

    assert np.array_equal(held_out_people(rows, seed=5)[order], held_out_people(rows[order], seed=5))


def test_everybody_is_kept_back_equally_often():
    rows = np.arange(20)
    times = np.sum([held_out_people(rows, seed=seed) for seed in range(400)], axis=0)

    assert times.sum() == 400 * 6
    # Binomial with 400 draws of 0.3: 120 ± 9.2; all twenty lie within four standard deviations.
    assert times.min() > 83
    assert times.max() < 157


def test_the_shares_of_two_seeds_overlap_no_more_than_chance():
    """A second split inside the first uses another seed: were both alike, nobody would be left to learn from."""
    rows = np.arange(1000)
    first, second = held_out_people(rows, seed=0), held_out_people(rows, seed=1)

    assert 60 <= int((first & second).sum()) <= 120


@pytest.mark.parametrize(
    ("at", "share", "kept"),
    [
        ([1, 2, 3, 4, 5], 0.2, [5]),
        ([5, 4, 3, 2, 1], 0.2, [5]),
        ([1, 2, 3, 4, 5], 0.4, [4, 5]),
        ([1, 1, 1, 1, 2], 0.2, [2]),
        ([1, 1, 1, 2, 2], 0.2, []),
        ([1, 2, 2, 2, 2], 0.8, [2, 2, 2, 2]),
        ([7], 0.2, []),
        ([1, 2, 3, 4, 5], 0.0, []),
    ],
)
def test_the_later_rows_by_hand(at, share, kept):
    moments = np.array(at, dtype=np.float64)

    assert moments[later(moments, share=share)].tolist() == kept


@pytest.mark.parametrize("seed", range(4))
def test_everything_later_is_after_everything_earlier(seed):
    at = np.random.default_rng(seed).integers(0, 50, 300).astype(np.float64)
    kept = later(at)

    assert at[~kept].max() < at[kept].min()
    assert 0 < kept.mean() <= 0.2


def showings(people, days):
    """Every person is shown the same two positions on each of these days, and chooses the better paid."""
    poor, rich = (
        position(id=1, salary_max=4000, salary_min=3000),
        position(id=2, salary_max=9000, salary_min=8000),
    )
    return [
        Interaction(student(id=who), [poor, rich], {2}, START + timedelta(days=day))
        for day in days
        for who in people
    ]


def test_showings_of_one_moment_and_the_rows_of_one_showing_stay_together():
    data = build(showings(range(10), range(10)), ("salary",))
    late, aside = later(data.at), held_out_people(data.people, seed=0)

    for kept in (late, aside):
        of = {group: set(kept[data.groups == group].tolist()) for group in np.unique(data.groups)}
        assert {len(sides) for sides in of.values()} == {1}
    assert len(np.unique(data.groups[late])) == 20
    assert len(np.unique(data.groups[~late & ~aside])) == 7 * 8
    assert set(data.people[~late & ~aside].tolist()) & set(data.people[aside].tolist()) == set()


def diaries(lists=120, length=6, *, per_person=2, seed=0):
    """Two lists per person, one thing chosen of each by lot, and two columns of noise."""
    random = np.random.default_rng(seed)
    groups = np.repeat(np.arange(lists), length)
    chosen = np.zeros((lists, length))
    chosen[np.arange(lists), random.integers(0, length, lists)] = 1.0
    values = random.random((lists * length, 2))
    return values, chosen.ravel(), groups, groups // per_person


@pytest.mark.parametrize(("planted", "found"), [(True, ["answer"]), (False, [])])
def test_a_column_that_knows_the_answer_is_found_on_people_never_seen(planted, found):
    values, chosen, groups, people = diaries()
    column = chosen + 0.1 * values[:, 1] if planted else values[:, 1]
    data = Examples(
        ("noise", "answer"),
        np.column_stack([values[:, 0], column]),
        chosen,
        groups,
        people,
        np.zeros(len(chosen)),
    )
    aside = held_out_people(people, seed=0)

    assert list(suspects(data.only(~aside), data.only(aside))) == found
