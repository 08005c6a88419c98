"""Finds features that know the answer rather than the pair."""

from __future__ import annotations

import numpy as np

from matching.evaluation.metrics import mean, per_person
from matching.rankers.learned import AdditiveRanker
from matching.training.dataset import Examples

# Honest signals against postings of the same state stay far below; beyond it is a leak until shown otherwise.
LIMIT = 0.8


def suspects(learn: Examples, judge: Examples, *, limit: float = LIMIT) -> dict[str, float]:
    """Features that alone, bent into any shape, order the judged lists better than `limit`; with that AUC.

    A curve is fitted because a leak need not rise or fall: a posting without any view may be the answer while
    one view speaks against and many speak for it.
    """
    found = {}
    for index, name in enumerate(learn.features):
        column = learn.values[:, [index]]
        if not _varies(column):
            continue
        curve = AdditiveRanker(monotone=False, bins=10).fit(column, learn.relevant, learn.groups)
        scores = curve.predict(judge.values[:, [index]])
        people = per_person(scores, judge.relevant, judge.groups, judge.people, names=("auc",))["auc"]
        alone = mean(list(people.values())) if people else 0.5
        if alone > limit:
            found[name] = alone
    return found


def _varies(column: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> bool:
    known = column[~np.isnan(column)]
    return len(known) > 0 and bool(np.ptp(known) > 0 or len(known) < len(column))
