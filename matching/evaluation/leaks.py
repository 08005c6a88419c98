"""Finds features that know the answer rather than the pair."""

from __future__ import annotations

import numpy as np

from matching.evaluation.metrics import mean, per_person
from matching.training.dataset import Examples

# Honest signals against postings of the same state stay far below; beyond it is a leak until shown otherwise.
LIMIT = 0.8


def suspects(data: Examples, *, limit: float = LIMIT) -> dict[str, float]:
    """Features that alone, in either direction, order the lists better than `limit`; with that AUC."""
    found = {}
    for index, name in enumerate(data.features):
        column = data.values[:, index]
        known = column[~np.isnan(column)]
        filled = np.where(np.isnan(column), np.median(known) if len(known) else 0.0, column)
        people = per_person(filled, data.relevant, data.groups, data.people)["auc"]
        if not people:
            continue
        alone = mean(list(people.values()))
        if max(alone, 1.0 - alone) > limit:
            found[name] = max(alone, 1.0 - alone)
    return found
