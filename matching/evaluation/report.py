"""Runs a judged set over several seeds and tells how every system does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from threadpoolctl import threadpool_limits

from matching.evaluation import metrics
from matching.evaluation.leaks import LIMIT, suspects
from matching.evaluation.views import Lists, Views, draw_lists
from matching.features.arrays import Floats, Pairs
from matching.features.registry import REGISTRY
from matching.rankers.base import score
from matching.rankers.baseline import Baseline
from matching.rankers.learned import AdditiveRanker, Learned
from matching.training.dataset import Examples
from matching.training.splits import held_out_people

Values = NDArray[np.float32]
_STEP = 50


def evaluate_views(
    views: Views,
    *,
    negatives: str,
    seeds: int,
    train_views: Views | None = None,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """AUC, nDCG@10, MRR and HR@10 per system, with 95 % intervals of the AUC over people.

    Per seed new negatives; without a second set to learn from, four people in ten are judged, the rest teach.
    Postings from anywhere ("uniform") are told apart by the state alone: a high AUC there is geography.
    """
    say = progress or (lambda _: None)
    values, similar = pair_values(views), word_cosine(views)
    learn_values = None if train_views is None else pair_values(train_views)
    found: dict[str, dict[str, dict[int, list[float]]]] = {}
    leaks: dict[str, float] = {}
    judged_views, left_out = [], []
    for seed in range(seeds):
        lists = draw_lists(views, negatives=negatives, seed=seed)
        data = examples(views, lists, values)
        if train_views is None or learn_values is None:
            judged = held_out_people(data.people, seed=seed, share=0.4)
            learn, judge = data.only(~judged), data.only(judged)
        else:
            judged = np.ones(len(data.people), dtype=np.bool_)
            drawn = draw_lists(train_views, negatives=negatives, seed=seed)
            learn, judge = examples(train_views, drawn, learn_values), data
        leaks |= suspects(learn, judge)
        judged_views.append(len(np.unique(judge.groups)))
        left_out.append(len(views.seen) - len(lists.people))
        cosine = similar[lists.people[:, None], lists.postings].ravel()[judged]
        for system, scores in _systems(learn, judge, cosine, seed).items():
            people = metrics.per_person(scores, judge.relevant, judge.groups, judge.people)
            for name, by in people.items():
                for who, value in by.items():
                    found.setdefault(system, {}).setdefault(name, {}).setdefault(who, []).append(value)
        say(f"seed {seed}: {len(np.unique(judge.people))} people judged")
    systems = {system: _summary(by) for system, by in found.items()}
    return {
        "set": "views",
        "people": len(found["ours"]["auc"]) if found else 0,
        "negatives": negatives,
        "seeds": seeds,
        "views_judged": sum(judged_views),
        "views_left_out": sum(left_out),
        "systems": systems,
        "ours_against": {system: _gain(found, system) for system in found if system != "ours"},
        "leaking_features": leaks,
        "suspicious": sorted(name for name, figures in systems.items() if figures["auc"] > LIMIT),
    }


def pair_values(views: Views) -> Values:
    """Feature values of every person with every posting."""
    names = tuple(REGISTRY)
    shape = (len(views.students), len(views.positions), len(names))
    values: Values = np.empty(shape, dtype=np.float32)
    for start in range(0, len(views.students), _STEP):
        pairs = Pairs(views.students[start : start + _STEP], views.positions)
        for index, name in enumerate(names):
            values[start : start + _STEP, :, index] = REGISTRY[name].compute(pairs).filled(pairs.shape)
    return values


def word_cosine(views: Views) -> Floats:
    """The plain rival: cosine of word TF-IDF."""
    titles = TfidfVectorizer(sublinear_tf=True)
    offered = titles.fit_transform([position.title for position in views.positions])
    wanted = titles.transform([student.text for student in views.students])
    return np.asarray((wanted @ offered.T).toarray(), dtype=np.float64)


def examples(views: Views, lists: Lists, values: Values) -> Examples:
    """The lists as rows; times are unknown here."""
    count, length = lists.postings.shape
    relevant = np.zeros((count, length))
    relevant[:, 0] = 1.0
    ids = np.array([student.id for student in views.students], dtype=np.int64)
    return Examples(
        tuple(REGISTRY),
        values[lists.people[:, None], lists.postings].reshape(count * length, -1).astype(np.float64),
        relevant.ravel(),
        np.repeat(np.arange(count), length),
        np.repeat(ids[lists.people], length),
        np.zeros(count * length),
    )


def learn_and_score(learn: Examples, judge: Examples, *, seed: int, monotone: bool = True) -> Floats:
    """Scores of the judged rows by a ranker fitted on the others."""
    estimator = AdditiveRanker(random_state=seed, monotone=monotone)
    estimator.fit(learn.values, learn.relevant, learn.groups)
    return score(Learned.of("ours", learn.features, estimator), judge.values)


def _boosting(learn: Examples, judge: Examples, seed: int) -> Floats:
    """A challenger without additivity on the same features: it tells what additivity costs."""
    trees = HistGradientBoostingClassifier(max_iter=100, learning_rate=0.05, random_state=seed)
    known = ~np.isnan(learn.values).all(axis=0)
    # One thread: on shared cores the threads of small trees wait for each other most of the time.
    with threadpool_limits(1):
        trees.fit(learn.values[:, known], learn.relevant)
        return np.asarray(trees.decision_function(judge.values[:, known]), dtype=np.float64)


def _systems(learn: Examples, judge: Examples, cosine: Floats, seed: int) -> dict[str, Floats]:
    return {
        "ours": learn_and_score(learn, judge, seed=seed),
        "weighted_rules": score(Baseline(), judge.values),
        "tfidf": cosine,
        "boosting": _boosting(learn, judge, seed),
        "random": np.random.default_rng([seed, 1]).random(len(judge.relevant)),
    }


def _summary(by: dict[str, dict[int, list[float]]]) -> dict[str, float]:
    figures = {}
    for name in metrics.NAMES:
        values = [metrics.mean(several) for several in by[name].values()]
        figures[name] = metrics.mean(values)
        if name == "auc":
            figures["auc_low"], figures["auc_high"] = metrics.interval(values)
    return figures


def _gain(found: dict[str, dict[str, dict[int, list[float]]]], rival: str) -> dict[str, float]:
    """Difference in AUC to a rival, paired by person."""
    ours, theirs = found["ours"]["auc"], found[rival]["auc"]
    gains = [metrics.mean(values) - metrics.mean(theirs[who]) for who, values in ours.items()]
    low, high = metrics.interval(gains)
    return {"gain": metrics.mean(gains), "low": low, "high": high}
