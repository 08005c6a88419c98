"""The systems ours is measured against."""

import sys
from math import log1p

import numpy as np
import pytest

from matching.evaluation import rivals
from matching.evaluation.views import Views
from matching.features import meaning
from matching.training.dataset import Examples
from tests.matching.builders import position, student


def lists(people=60, *, seed=0):
    """Lists of ten; the first feature decides, the second is noise, the third is never known."""
    random = np.random.default_rng(seed)
    values = random.random((people * 10, 3))
    values[:, 2] = np.nan
    best = values[:, 0].reshape(people, 10).argmax(axis=1)
    relevant = np.zeros((people, 10))
    relevant[np.arange(people), best] = 1
    who = np.repeat(np.arange(people), 10)
    return Examples(("a", "b", "c"), values, relevant.ravel(), who, who, np.zeros(people * 10))


def test_bm25_by_hand():
    scores = rivals.bm25(["cook cook chef"], ["cook", "cook cook baker waiter", "driver"])

    rare = log1p((3 - 2 + 0.5) / (2 + 0.5))
    short = 2.2 * rare / (1 + 1.2 * (0.25 + 0.75 * 1 / 2))
    long = 2 * 2.2 * rare / (2 + 1.2 * (0.25 + 0.75 * 4 / 2))
    assert scores[0].tolist() == pytest.approx([short, long, 0.0], abs=1e-6)


def test_tfidf_is_one_for_the_same_words_and_zero_for_others():
    scores = rivals.tfidf(["night guard", "nurse"], ["guard night", "nurse assistant", "cook"])

    assert scores[0].tolist() == pytest.approx([1.0, 0.0, 0.0], abs=1e-6)
    assert 0.5 < scores[1, 1] < 1.0


def test_the_encoder_is_a_rival_only_where_there_is_one():
    views = Views(
        (student(id=1, text="护理"),), (position(id=2, title="护理"), position(id=3, title="焊工")), (), ()
    )

    told = rivals.text_tables(views)["encoder"][0]
    # In steps of a byte the product would run over: the length shows that vectors were read back first.
    assert told[0] == pytest.approx(1.0, abs=0.05)
    assert told[1] < 0.5
    meaning.use(None)
    assert set(rivals.text_tables(views)) == {"bm25", "tfidf"}


def test_popularity_counts_the_views_of_those_who_teach_only():
    offers = tuple(position(id=n) for n in (10, 11, 12))
    views = Views((), offers, (), ((1, 0), (2, 0), (3, 0), (3, 1), (4, 2)))

    assert rivals.popularity(views, {1, 2, 3}, views).tolist() == [3.0, 1.0, 0.0]
    elsewhere = Views((), (position(id=12), position(id=99)), (), ((7, 0), (8, 1)))
    assert rivals.popularity(views, {7, 8}, elsewhere).tolist() == [0.0, 0.0, 1.0]


@pytest.mark.parametrize("learner", [rivals.lambdamart, rivals.boosting])
def test_a_learner_finds_what_decides_and_repeats_itself(learner):
    judge = lists(30, seed=1)
    scores = learner(lists(120), judge, 3)

    best = scores.reshape(30, 10).argmax(axis=1)
    assert judge.relevant.reshape(30, 10)[np.arange(30), best].mean() > 0.7
    assert np.array_equal(scores, learner(lists(120), judge, 3))


def test_without_lightgbm_its_place_stays_empty(monkeypatch):
    monkeypatch.setitem(sys.modules, "lightgbm", None)

    assert rivals.lambdamart(lists(5), lists(5), 0) is None
