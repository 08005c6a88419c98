"""How well the features give away what they must not know.

A feature may stand in for a protected attribute without naming it. Per attribute a logistic regression learns to tell
the groups from the mean values of a person's features over positions, and is judged on people it has not seen. 0.5:
the features tell nothing; 1: they tell everything. Reported, not a bar: a high value says where to look.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from matching.features.arrays import Floats, Pairs
from matching.features.registry import REGISTRY, extract
from matching.types import Position, Student

FOLDS = 5
_STEP = 100


@dataclass(frozen=True)
class Proxy:
    """How well one group is told from the others (AUC on unseen people), and the features that tell it most."""

    people: int
    auc: float
    telling: tuple[str, ...]


def proxies(
    students: Sequence[Student],
    positions: Sequence[Position],
    attributes: Mapping[str, Mapping[int, Hashable]],
    *,
    seed: int = 0,
) -> dict[str, Proxy]:
    """ "attribute: group" → how well it is told; groups with fewer members or others than folds are left out."""
    profile = profiles(students, positions)
    found = {}
    for attribute, groups in sorted(attributes.items()):
        rows = [place for place, student in enumerate(students) if student.id in groups]
        values = np.array([str(groups[students[place].id]) for place in rows])
        for group in sorted(set(values.tolist())):
            member = values == group
            if FOLDS <= int(member.sum()) <= len(member) - FOLDS:
                found[f"{attribute}: {group}"] = _told(profile[rows], member, seed)
    return found


def profiles(students: Sequence[Student], positions: Sequence[Position]) -> Floats:
    """Per student the mean of every feature over the positions, NaN where it is never known."""
    rows = []
    for start in range(0, len(students), _STEP):
        values = extract(Pairs(students[start : start + _STEP], positions), tuple(REGISTRY))
        known = ~np.isnan(values)
        sums, counts = np.where(known, values, 0.0).sum(axis=1), known.sum(axis=1)
        rows.append(np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0))
    return np.concatenate(rows) if rows else np.zeros((0, len(REGISTRY)))


def _told(profile: Floats, member: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], seed: int) -> Proxy:
    varied = np.flatnonzero(np.nanstd(np.nan_to_num(profile, nan=-1.0), axis=0) > 1e-9)
    if not len(varied):
        return Proxy(len(member), 0.5, ())
    columns = profile[:, varied]
    model = make_pipeline(
        SimpleImputer(add_indicator=True, keep_empty_features=True),
        StandardScaler(),
        LogisticRegression(max_iter=500),
    )
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    # One thread: on tables this small threads wait for each other six times as long as they work.
    with threadpool_limits(1):
        chances = cross_val_predict(model, columns, member, cv=folds, method="predict_proba")[:, 1]
        strength = np.abs(model.fit(columns, member)[-1].coef_[0][: len(varied)])
    names = tuple(REGISTRY)
    telling = tuple(names[varied[place]] for place in np.argsort(-strength)[:3])
    return Proxy(len(member), float(roc_auc_score(member, chances)), telling)
