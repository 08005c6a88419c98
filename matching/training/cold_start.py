"""Weights of the rules before a school has data of its own: fitted where a data set tells, by judgement elsewhere.

The set is the synthetic proxy (evaluation/proxy_set.py): nothing here was learnt from people, and the card says so. The
official descriptions behind it do not go with the project, so the weights do: cold_start.json, written by
`python -m matching cold-start --weights matching/training/cold_start.json`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

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

_NAME = "fitted rules"
"""Stands for the name of the model in what ships: `artifacts.add` gives it one where it is written."""
SHIPPED = Path(__file__).with_name("cold_start.json")


def fitted_rules(data: Examples, *, name: str, seed: int, assumed: Collection[str] = ()) -> Learned:
    """Weighted rules: a straight line per feature, a missing value neutral, weights summing to one.

    Features that never vary in the data keep the weight the rules give them; the others share what the rules give
    them together, in the proportions fitted. assumed: features whose worth whoever made up the data laid down: they
    are fitted beside the others, so that these do not speak for them, but teach nothing and keep their weight too.
    """
    rules = np.array(Baseline().weights)
    varies = np.array([_varies(column) for column in data.values.T])
    varies &= ~np.isin(data.features, list(assumed))
    lines = AdditiveRanker(bins=1, random_state=seed).fit(data.values, data.relevant, data.groups)
    spans = np.array([float(heights[-1] - heights[0]) for heights in lines.heights_])
    told = np.where(varies, spans, 0.0)
    weights = rules.copy()
    if told.sum() > 0:
        weights[varies] = told[varies] / told.sum() * rules[varies].sum()
    return _lines(name, data.features, weights.tolist())


def _lines(name: str, features: Sequence[str], weights: Sequence[float]) -> Learned:
    heights = tuple((-weight / 2, weight / 2) for weight in weights)
    count = len(weights)
    return Learned(name, tuple(features), NEUTRAL, ((0.0, 1.0),) * count, heights, (0.0,) * count)


def write_cold_start(
    data: Examples, out: Path, *, source: str, seed: int = 0, assumed: Collection[str] = ()
) -> Card:
    """Fits, judges against the plain rules on people kept back, and writes an artifact whose card names the source.

    Refused where a model that learnt from people is accepted: what is made up never takes over from what is real.
    """
    name, serving = artifacts.next_name(out), artifacts.newest_accepted(out)
    learnt = [card.name for card in artifacts.cards(out) if card.accepted and card.people]
    aside = held_out_people(data.people, seed=seed)
    model = fitted_rules(data.only(~aside), name=name, seed=seed, assumed=assumed)
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
    return artifacts.add(out, card, model, against=None if serving is None else serving.name)


def write_weights(path: Path, directory: Path, card: Card) -> None:
    """Writes the weights of a cold start in `directory` as a file that ships: numbers with where they come from.

    ValueError where it was refused: what does not beat the plain rules is not shipped.
    """
    if not card.accepted:
        raise ValueError(f"{card.name} is not accepted: {card.reason}")
    card, model = artifacts.read(directory / f"{card.name}.json")
    assert model is not None
    card, model = artifacts.renamed(card, model, _NAME)
    weights = [round(high - low, 6) for low, high in model.heights]
    body = {
        "weights": dict(zip(model.features, weights, strict=True)),
        "reason": card.reason,
        "showings": card.showings,
        "seed": card.seed,
        "data_hash": card.data_hash,
        "versions": card.versions,
        "metrics": card.metrics,
    }
    path.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def start_cold(out: Path, shipped: Path = SHIPPED) -> Card | None:
    """Where nothing is in service in `out`, writes the shipped weights there as an accepted artifact; its card.

    None where a model is in service, where these weights were taken back before, or where they were made for other
    features.
    """
    body = json.loads(shipped.read_text(encoding="utf-8"))
    gone = [card for card in artifacts.cards(out) if card.reason.startswith("withdrawn")]
    unwanted = any(card.data_hash == body["data_hash"] for card in gone)
    if (
        unwanted
        or artifacts.newest_accepted(out) is not None
        or tuple(body["weights"]) != Baseline().features
    ):
        return None
    card = _shipped_card(body)
    weights = np.array(list(body["weights"].values()))
    return artifacts.add(out, card, _lines(card.name, card.features, (weights / weights.sum()).tolist()))


def _shipped_card(body: dict[str, Any]) -> Card:
    return Card(
        name=_NAME,
        accepted=True,
        reason=body["reason"],
        features=tuple(body["weights"]),
        versions=artifacts.versions(),
        data_hash=body["data_hash"],
        seed=body["seed"],
        people=0,
        showings=body["showings"],
        data_until=None,
        metrics=body["metrics"],
    )


def _measure(ranker: Ranker, data: Examples) -> dict[str, dict[int, float]]:
    return metrics.per_person(score(ranker, data.values), data.relevant, data.groups, data.people)


def _varies(column: Floats) -> bool:
    known = column[~np.isnan(column)]
    return len(known) > 0 and bool(np.ptp(known) > 0)
