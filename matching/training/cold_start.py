"""Weights of the rules before a school has data of its own: fitted where a data set tells, by judgement elsewhere.

The set is the synthetic proxy (evaluation/proxy_set.py): nothing here was learnt from people, and the card says so.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from matching import artifacts
from matching.artifacts import Card
from matching.evaluation import metrics
from matching.evaluation.gate import judge
from matching.features.arrays import Floats
from matching.rankers.base import Ranker, score
from matching.rankers.baseline import NEUTRAL, Baseline
from matching.rankers.learned import AdditiveRanker, Learned
from matching.training.dataset import Examples
from matching.training.splits import held_out_people


def fitted_rules(data: Examples, *, name: str, seed: int) -> Learned:
    """Weighted rules: a straight line per feature, a missing value neutral, weights summing to one.

    Features that never vary in the data keep the weight the rules give them; the others share what the rules give
    them together, in the proportions fitted.
    """
    rules = np.array(Baseline().weights)
    varies = np.array([_varies(column) for column in data.values.T])
    lines = AdditiveRanker(bins=1, random_state=seed).fit(data.values, data.relevant, data.groups)
    spans = np.array([float(heights[-1] - heights[0]) for heights in lines.heights_])
    told = np.where(varies, spans, 0.0)
    weights = rules.copy()
    if told.sum() > 0:
        weights[varies] = told[varies] / told.sum() * rules[varies].sum()
    heights = tuple((-float(weight) / 2, float(weight) / 2) for weight in weights)
    count = len(weights)
    return Learned(name, data.features, NEUTRAL, ((0.0, 1.0),) * count, heights, (0.0,) * count)


def write_cold_start(data: Examples, out: Path, *, source: str, seed: int = 0) -> Card:
    """Fits, judges against the plain rules on people kept back, and writes an artifact whose card names the source.

    Refused where a model that learnt from people is accepted: what is made up never takes over from what is real.
    """
    name = artifacts.next_name(out)
    learnt = [card.name for card in artifacts.cards(out) if card.accepted and card.people]
    aside = held_out_people(data.people, seed=seed)
    model = fitted_rules(data.only(~aside), name=name, seed=seed)
    test = data.only(aside)
    people = {ranker.name: _measure(ranker, test) for ranker in (model, Baseline())}
    verdict = judge(people[name]["auc"], people[Baseline.name]["auc"], seed=seed)
    card = Card(
        name=name,
        accepted=verdict.accepted and not learnt,
        reason=f"{source}, not people: {verdict.reason}"
        + (f"; {learnt[0]} learnt from people" if learnt else ""),
        features=data.features,
        versions=artifacts.versions(),
        data_hash=data.hash(),
        seed=seed,
        people=0,
        showings=len(np.unique(data.groups)),
        data_until=None,
        metrics={
            f"{source}: {ranker}": {key: metrics.mean(list(by.values())) for key, by in values.items() if by}
            for ranker, values in people.items()
        },
    )
    artifacts.write(out, card, model)
    return card


def _measure(ranker: Ranker, data: Examples) -> dict[str, dict[int, float]]:
    return metrics.per_person(score(ranker, data.values), data.relevant, data.groups, data.people)


def _varies(column: Floats) -> bool:
    known = column[~np.isnan(column)]
    return len(known) > 0 and bool(np.ptp(known) > 0)
