"""The systems ours is measured against."""

import sys
from dataclasses import replace
from math import log1p

import numpy as np
import pytest

from matching.evaluation import rivals
from matching.evaluation.metrics import mean, per_person
from matching.evaluation.views import Views
from matching.features import meaning
from matching.rankers.base import score
from matching.training.dataset import Examples
from matching.training.fit import fit
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


def world():
    """Three people and four postings whose right order anybody can tell."""
    return Views(
        (
            student(id=1, text="bread baker pastry"),
            student(id=2, text="truck driver night"),
            student(id=3, text="nurse"),
        ),
        (
            position(id=10, title="pastry baker"),
            position(id=11, title="night truck driver"),
            position(id=12, title="nurse assistant night shift"),
            position(id=13, title="welder"),
        ),
        (),
        (),
    )


@pytest.mark.parametrize("system", ["bm25", "tfidf", "encoder"])
def test_in_a_toy_world_everybody_finds_their_own_work(system):
    table = rivals.text_tables(world())[system]

    assert table.shape == (3, 4)
    assert table.argmax(axis=1).tolist() == [0, 1, 2]
    # Who drives by night would rather nurse by night than weld; nobody welds.
    assert table[1, 2] > table[1, 3]
    assert table[:, 3].max() < table.max(axis=1).min()


@pytest.mark.parametrize("system", ["bm25", "tfidf"])
def test_a_posting_without_a_common_word_gets_nothing(system):
    table = rivals.text_tables(world())[system]

    assert table[0].tolist()[1:] == [0.0, 0.0, 0.0]
    assert table[2].tolist()[:2] == [0.0, 0.0]
    assert table.min() == 0.0


@pytest.mark.parametrize("system", [rivals.bm25, rivals.tfidf])
def test_a_query_of_unknown_words_scores_nothing(system):
    assert system(["", "zzz", "the"], ["cook", "baker cook"]).tolist() == [[0.0, 0.0]] * 3


@pytest.mark.parametrize("system", [rivals.bm25, rivals.tfidf])
def test_documents_without_a_word_score_nothing(system):
    assert system(["baker", "x"], ["", "a b", "-"]).tolist() == [[0.0] * 3] * 2


@pytest.mark.parametrize("system", [rivals.bm25, rivals.tfidf])
def test_a_rare_word_says_more_than_a_common_one(system):
    documents = ["cook night", "cook day", "cook late", "guard day"]
    found = system(["cook guard"], documents)[0]

    assert found.argmax() == 3
    assert found[:3].max() == pytest.approx(found[:3].min(), rel=0.3)


def test_bm25_holds_long_documents_back_and_repeated_words_down():
    short, long, often = rivals.bm25(
        ["cook"], ["cook", "cook and many other words beside", "cook cook cook"]
    )[0]

    assert short > long
    # Three times the word in three times the length: worth more than once in six words, far less than three times.
    assert long < often < 3 * short


def test_every_word_of_a_query_counts_once_however_often_it_is_said():
    documents = ["cook baker", "cook", "baker"]

    assert np.array_equal(
        rivals.bm25(["cook baker"], documents), rivals.bm25(["cook cook cook baker"], documents)
    )


def test_rows_of_lists_are_read_list_after_list():
    table = {"a": np.arange(12, dtype=np.float32).reshape(3, 4), "b": -np.ones((3, 4), dtype=np.float32)}
    found = rivals.rows_of(table, np.array([2, 0]), np.array([[3, 0], [1, 1]]))

    assert found["a"].tolist() == [11.0, 8.0, 1.0, 1.0]
    assert found["b"].tolist() == [-1.0] * 4
    assert {rows.dtype for rows in found.values()} == {np.dtype(np.float64)}


@pytest.mark.parametrize(
    ("teachers", "counts"), [(set(), [0, 0, 0]), ({1}, [1, 0, 0]), ({1, 2, 3, 4, 9}, [3, 1, 1])]
)
def test_only_teachers_make_a_posting_popular(teachers, counts):
    offers = tuple(position(id=n) for n in (10, 11, 12))
    views = Views((), offers, (), ((1, 0), (2, 0), (3, 0), (3, 1), (4, 2)))

    assert rivals.popularity(views, teachers, views).tolist() == counts


def planted_curve(people=60, *, seed):
    """Lists of eight in which the middling value of the first column is chosen: no rising curve can say that."""
    random = np.random.default_rng(seed)
    values = random.random((people * 8, 2))
    best = np.abs(values[:, 0] - 0.5).reshape(people, 8).argmin(axis=1)
    relevant = np.zeros((people, 8))
    relevant[np.arange(people), best] = 1.0
    who = np.repeat(np.arange(people), 8)
    return Examples(("a", "b"), values, relevant.ravel(), who, who, np.zeros(people * 8))


def auc(scores, data):
    found = per_person(scores, data.relevant, data.groups, data.people)["auc"]
    return mean(list(found.values()))


@pytest.mark.parametrize("learner", [rivals.lambdamart, rivals.boosting])
def test_trees_find_what_no_rising_curve_can(learner):
    """What they are there for: to say what it costs that ours is a sum of rising curves."""
    learn, judge = planted_curve(150, seed=0), planted_curve(40, seed=1)
    ours = score(fit(learn, name="x", seed=0), judge.values)

    assert auc(learner(learn, judge, 0), judge) > 0.9
    assert auc(ours, judge) < 0.8


@pytest.mark.parametrize("learner", [rivals.lambdamart, rivals.boosting])
def test_what_judges_does_not_teach(learner):
    """Other answers of the judged rows: the same scores."""
    learn, judge = planted_curve(80, seed=0), planted_curve(20, seed=1)
    turned = replace(judge, relevant=1 - judge.relevant)

    assert np.array_equal(learner(learn, judge, 2), learner(learn, turned, 2))


@pytest.mark.parametrize(("people", "runs"), [(1, False), (2, False), (3, True), (5, True)])
def test_lambdamart_needs_somebody_to_stop_by(people, runs):
    judge = planted_curve(3, seed=1)

    assert (rivals.lambdamart(planted_curve(people, seed=0), judge, 0) is not None) is runs


def test_lambdamart_takes_unknown_values_as_they_are():
    learn, judge = planted_curve(60, seed=0), planted_curve(20, seed=1)
    for data in (learn, judge):
        data.values[:, 1] = np.nan

    assert auc(rivals.lambdamart(learn, judge, 0), judge) > 0.8
