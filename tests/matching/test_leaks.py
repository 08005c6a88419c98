"""Features that know the answer, planted in every shape, are named; honest ones and chance are not."""

import numpy as np
import pytest

from matching.evaluation.leaks import LIMIT, suspects
from matching.training.dataset import Examples

LISTS, LONG = 90, 8


def rows(columns, *, seed=0, lists=LISTS):
    """Lists with one relevant row each, and one column per function of (relevant, random numbers)."""
    random = np.random.default_rng(seed)
    relevant = np.zeros((lists, LONG))
    relevant[np.arange(lists), random.integers(0, LONG, lists)] = 1.0
    flat = relevant.ravel()
    values = np.column_stack([make(flat, random.random(lists * LONG)) for make in columns.values()])
    who = np.repeat(np.arange(lists), LONG)
    return Examples(tuple(columns), values, flat, who, who, np.zeros(len(flat)))


def both(columns, **options):
    return rows(columns, seed=1, **options), rows(columns, seed=2)


SHAPES = {
    "rising": lambda hit, noise: 0.5 * hit + 0.5 * noise,
    "falling": lambda hit, noise: 1 - 0.5 * hit - 0.5 * noise,
    "in the middle": lambda hit, noise: np.where(
        hit > 0, 0.4 + 0.2 * noise, np.where(noise < 0.5, noise / 2, noise)
    ),
    "at both ends": lambda hit, noise: np.where(hit > 0, np.round(noise), 0.2 + 0.6 * noise),
    "a single value": lambda hit, noise: np.where(hit > 0, 0.0, 0.1 + 0.9 * noise),
    "missing where it is the answer": lambda hit, noise: np.where(hit > 0, np.nan, noise),
    "missing where it is not": lambda hit, noise: np.where(hit > 0, noise, np.nan),
    "known or not, one value": lambda hit, noise: np.where(hit > 0, 0.7, np.nan),
}
HONEST = {
    "noise": lambda hit, noise: noise,
    "constant": lambda hit, noise: np.full(len(noise), 0.3),
    "never known": lambda hit, noise: np.full(len(noise), np.nan),
    "known by lot": lambda hit, noise: np.where(noise < 0.5, np.nan, 0.5),
    "a fair signal": lambda hit, noise: 0.2 * hit + 0.8 * noise,
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_leak_of_any_shape_is_named_with_its_auc(shape):
    found = suspects(*both({shape: SHAPES[shape]}))

    assert list(found) == [shape]
    assert LIMIT < found[shape] <= 1.0


@pytest.mark.parametrize("shape", HONEST)
def test_what_does_not_know_the_answer_is_not_named(shape):
    assert suspects(*both({shape: HONEST[shape]})) == {}


def test_among_others_only_the_leak_is_named():
    found = suspects(*both({**HONEST, "leak": SHAPES["in the middle"]}))

    assert list(found) == ["leak"]


def test_two_leaks_are_told_apart_by_how_much_they_know():
    found = suspects(
        *both({"half": lambda hit, noise: 0.35 * hit + 0.65 * noise, "all": lambda hit, noise: hit}),
        limit=0.6,
    )

    assert list(found) == ["half", "all"]
    assert found["half"] < found["all"] == 1.0


@pytest.mark.parametrize(("limit", "named"), [(0.5, True), (0.7, True), (0.95, False)])
def test_the_limit_is_what_is_asked(limit, named):
    """A fair signal reaches about .76: above one limit, below another."""
    signal = {"signal": lambda hit, noise: 0.33 * hit + 0.67 * noise}

    assert bool(suspects(*both(signal), limit=limit)) is named


def test_what_knew_the_answer_of_those_who_teach_alone_is_no_leak():
    """The curve is fitted on some and judged on others: what does not carry over is not counted."""
    learn, judge = rows({"a": SHAPES["rising"]}, seed=1), rows({"a": HONEST["noise"]}, seed=2)

    assert suspects(learn, judge) == {}
    assert suspects(judge, learn) == {}


def test_people_of_whom_nothing_can_be_said_are_left_out():
    """Lists where all or nothing is relevant have no AUC; where there are no others, nothing is named."""
    learn, judge = both({"a": SHAPES["rising"]})
    half = np.where(judge.groups % 2, judge.relevant, 0.0)
    some = Examples(judge.features, judge.values, half, judge.groups, judge.people, judge.at)
    nobody = Examples(judge.features, judge.values, half * 0, judge.groups, judge.people, judge.at)

    assert list(suspects(learn, some)) == ["a"]
    assert suspects(learn, nobody) == {}


def test_the_same_rows_are_judged_alike():
    parts = both({"leak": SHAPES["rising"], "noise": HONEST["noise"]})

    assert suspects(*parts) == suspects(*parts)
