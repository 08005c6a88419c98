"""From what people did to a judged artifact."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from matching import artifacts
from matching.artifacts import Card
from matching.evaluation import metrics
from matching.evaluation.gate import Verdict, judge
from matching.features.arrays import Floats
from matching.rankers.base import Ranker, score
from matching.rankers.baseline import Baseline
from matching.rankers.learned import AdditiveRanker, Learned
from matching.training.dataset import Examples, build
from matching.training.splits import held_out_people, later
from matching.types import Interaction

PersonMetrics = dict[str, dict[int, float]]


def train(
    interactions: Iterable[Interaction],
    out: Path,
    *,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Card:
    """Fits, judges and writes one artifact; a refused one is written too, but never served.

    Fitted on the earlier showings of seven people in ten, judged by the gate on the three others; the card
    also says how it does on the later showings of everybody. What was judged is what serves: no refit.
    """
    say = progress or (lambda _: None)
    baseline = Baseline()
    data = build(interactions, baseline.features, progress)
    say(f"{len(np.unique(data.groups))} showings of {len(np.unique(data.people))} people teach something")
    others = held_out_people(data.people, seed=seed)
    late = later(data.at)
    learn = data.only(~others & ~late)
    name = artifacts.next_name(out)
    model = fit(learn, name=name, seed=seed)
    say(f"fitted on {len(np.unique(learn.groups))} showings")
    judged = data.only(others)
    figures = {ranker.name: _measure(ranker, judged) for ranker in (model, baseline)}
    verdict = judge(figures[name]["auc"], figures[baseline.name]["auc"], seed=seed)
    after = {ranker.name: _measure(ranker, data.only(late)) for ranker in (model, baseline)}
    card = _card(name, data, seed, verdict, {"people": figures, "later": after})
    artifacts.write(out, card, model)
    say(f"{name}: {'accepted' if card.accepted else 'refused'}: {card.reason}")
    return card


def fit(data: Examples, *, name: str, seed: int) -> Learned:
    """A ranker fitted on these rows; every curve rises, since every feature is 'higher never fits worse'."""
    estimator = AdditiveRanker(random_state=seed)
    if not len(data.values):
        blank = np.zeros((1, len(data.features)))
        return Learned.of(name, data.features, estimator.fit(blank, np.zeros(1)))
    return Learned.of(name, data.features, estimator.fit(data.values, data.relevant, data.groups))


def scores_of(ranker: Ranker, data: Examples) -> Floats:
    """The ranker's score of every row."""
    return score(ranker, data.values)


def _measure(ranker: Ranker, data: Examples) -> PersonMetrics:
    return metrics.per_person(scores_of(ranker, data), data.relevant, data.groups, data.people)


def _card(
    name: str, data: Examples, seed: int, verdict: Verdict, parts: dict[str, dict[str, PersonMetrics]]
) -> Card:
    figures = {
        f"{part}: {ranker}": {key: metrics.mean(list(by.values())) for key, by in values.items() if by}
        for part, rankers in parts.items()
        for ranker, values in rankers.items()
    }
    if verdict.gain is not None and verdict.low is not None and verdict.high is not None:
        figures["gate"] = {"gain": verdict.gain, "low": verdict.low, "high": verdict.high}
    until = datetime.fromtimestamp(data.at.max(), UTC).isoformat() if len(data.at) else None
    return Card(
        name=name,
        accepted=verdict.accepted,
        reason=verdict.reason,
        features=data.features,
        versions=artifacts.versions(),
        data_hash=data.hash(),
        seed=seed,
        people=len(np.unique(data.people)),
        showings=len(np.unique(data.groups)),
        data_until=until,
        metrics=figures,
    )
