"""From what people did to a judged artifact."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from matching import artifacts
from matching.artifacts import Card
from matching.evaluation import metrics, rivals
from matching.evaluation.gate import Attributes, Verdict, judge
from matching.features.arrays import Floats
from matching.rankers.base import Ranker, score
from matching.rankers.baseline import Baseline
from matching.rankers.learned import AdditiveRanker, Learned
from matching.training.bias import estimated_fading, importance, looked_at
from matching.training.dataset import Examples, Mask, build
from matching.training.splits import held_out_people, later
from matching.training.treatment import Treatment, treatment
from matching.two_sided import FADING
from matching.types import Interaction

PersonMetrics = dict[str, dict[int, float]]
# Pairs of features that may get a surface: where together they can be worth more than one by one.
COUPLES = (
    ("occupation", "place"),
    ("occupation", "salary"),
    ("headline_meaning", "place"),
    ("skills_covered", "major"),
    ("skills_covered", "experience"),
    ("education", "experience"),
)
MOST_SURFACES, LEAST_GAIN = 2, 0.002
# Fewer people than this cannot say whether a surface helps.
FEWEST_FOR_SURFACES = 150
# Showings on which surfaces are tried; the fit itself has them all.
_GROUPS_TRIED = 600


@dataclass(frozen=True)
class _Found:
    """What judging found out."""

    verdict: Verdict
    metrics: dict[str, dict[str, float]]
    treatment: Treatment | None


def train(
    interactions: Iterable[Interaction],
    out: Path,
    *,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
    attributes: Attributes | None = None,
    groups: Attributes | None = None,
) -> Card:
    """Fits, judges and writes one artifact; a refused one is written too, but never served.

    Fitted on the earlier showings of seven people in ten, judged by the gate on the three others; the card
    also says how it does on the later showings of everybody. What was judged is what serves: no refit.
    attributes, groups: name → person → group. They are used for judging alone and never reach the fit.
    """
    say = progress or (lambda _: None)
    rows = list(interactions)
    name, features = artifacts.next_name(out), Baseline().features
    data = build(rows, features, progress)
    say(f"{len(np.unique(data.groups))} showings of {len(np.unique(data.people))} people teach something")
    data, fading, estimated = _unbiased(data)
    others, late = held_out_people(data.people, seed=seed), later(data.at)
    learn = data.only(~others & ~late)
    model = fit(learn, name=name, seed=seed)
    say(f"fitted on {len(np.unique(learn.groups))} showings, fading of attention {fading:.2f}")
    serving = artifacts.newest_accepted(out)
    protected = attributes or {}
    asked = {**protected, **(groups or {})}
    treated = treatment(model, rows, asked, protected=protected.keys(), seed=seed)
    found = _judged(model, serving, (data, learn, others, late), treated, asked, seed=seed)
    found.metrics["places"] = {"fading": fading, "estimated": float(estimated)}
    against = None if serving is None else serving.name
    card = artifacts.add(out, _card(name, data, seed, found), model, against=against)
    say(f"{card.name}: {'accepted' if card.accepted else 'refused'}: {card.reason}")
    return card


def fit(data: Examples, *, name: str, seed: int) -> Learned:
    """A ranker fitted on these rows; every curve rises, since every feature is 'higher never fits worse'."""
    surfaces = _surfaces(data, seed)
    if not len(data.values):
        blank = np.zeros((1, len(data.features)))
        return Learned.of(name, data.features, AdditiveRanker().fit(blank, np.zeros(1)))
    return Learned.of(name, data.features, _fitted(data, surfaces, seed))


def _fitted(data: Examples, surfaces: Sequence[tuple[int, int]], seed: int) -> AdditiveRanker:
    estimator = AdditiveRanker(random_state=seed, surfaces=tuple(surfaces))
    return estimator.fit(data.values, data.relevant, data.groups, data.importance)


def _surfaces(data: Examples, seed: int) -> list[tuple[int, int]]:
    """The couples that help most on a quarter of the people who teach, each tried alone; at most two."""
    if len(np.unique(data.people)) < FEWEST_FOR_SURFACES:
        return []
    some = np.random.default_rng(seed).permutation(np.unique(data.groups))[:_GROUPS_TRIED]
    data = data.only(np.isin(data.groups, some))
    aside = held_out_people(data.people, seed=seed + 1, share=0.25)
    learn, test = data.only(~aside), data.only(aside)

    def auc(surfaces: list[tuple[int, int]]) -> float:
        scores = _fitted(learn, surfaces, seed).predict(test.values)
        people = metrics.per_person(scores, test.relevant, test.groups, test.people, names=("auc",))["auc"]
        return metrics.mean(list(people.values())) if people else 0.5

    places = {name: place for place, name in enumerate(data.features)}
    tried = [(places[a], places[b]) for a, b in COUPLES if a in places and b in places]
    varied = [
        bool(np.nanmax(np.append(column, -1)) > np.nanmin(np.append(column, 2))) for column in learn.values.T
    ]
    known = [couple for couple in tried if varied[couple[0]] and varied[couple[1]]]
    if not known:
        return []
    alone = auc([])
    gains = sorted(((auc([couple]) - alone, couple) for couple in known), reverse=True)
    return [couple for gain, couple in gains[:MOST_SURFACES] if gain >= LEAST_GAIN]


def _unbiased(data: Examples) -> tuple[Examples, float, bool]:
    """The rows with what their places hid taken out: by the fading of these data, if they tell one."""
    if data.places is None or not len(data.groups):
        return data, FADING, False
    fading = estimated_fading(data.places, data.relevant, score(Baseline(), data.values))
    if fading is None:
        return data, FADING, False
    told = importance(looked_at(data.places, fading))
    kept = told if data.importance is None else np.where(data.places > 0, told, data.importance)
    return data.weighed(kept), fading, True


def _judged(
    model: Learned,
    serving: Learned | None,
    split: tuple[Examples, Examples, Mask, Mask],
    treated: Treatment | None,
    attributes: Attributes,
    *,
    seed: int,
) -> _Found:
    data, learn, others, late = split
    judged, soon = data.only(others), data.only(late)
    baseline = Baseline()
    rankers: list[Ranker] = [model, baseline, *([] if serving is None else [serving])]
    people = {ranker.name: _measure(score(ranker, judged.values), judged) for ranker in rankers}
    after = {ranker.name: _measure(score(ranker, soon.values), soon) for ranker in rankers}
    if len(np.unique(learn.relevant > 0)) > 1 and len(judged.groups):
        # Not additive, never serves: what reasons that add up cost is the difference.
        people["boosted-trees"] = _measure(rivals.boosting(learn, judged, seed), judged)
    verdict = judge(
        people[model.name]["auc"],
        people[baseline.name]["auc"],
        seed=seed,
        serving=None if serving is None else people[serving.name]["auc"],
        attributes=attributes,
        audit=None if treated is None else treated.audit,
        shifts=() if treated is None else (treated.shifts, treated.few),
    )
    return _Found(verdict, _figures({"people": people, "later": after}, verdict), treated)


def _measure(scores: Floats, data: Examples) -> PersonMetrics:
    return metrics.per_person(scores, data.relevant, data.groups, data.people)


def _figures(parts: dict[str, dict[str, PersonMetrics]], verdict: Verdict) -> dict[str, dict[str, float]]:
    figures = {
        f"{part}: {ranker}": {key: metrics.mean(list(by.values())) for key, by in values.items() if by}
        for part, rankers in parts.items()
        for ranker, values in rankers.items()
    }
    if verdict.gain is not None and verdict.low is not None and verdict.high is not None:
        figures["gate"] = {"gain": verdict.gain, "low": verdict.low, "high": verdict.high}
    figures |= {f"gate, {name}": row for name, row in verdict.groups.items()}
    return figures


def _card(name: str, data: Examples, seed: int, found: _Found) -> Card:
    return Card(
        name=name,
        accepted=found.verdict.accepted,
        reason=found.verdict.reason,
        features=data.features,
        versions=artifacts.versions(),
        data_hash=data.hash(),
        seed=seed,
        people=len(np.unique(data.people)),
        showings=len(np.unique(data.groups)),
        data_until=datetime.fromtimestamp(data.at.max(), UTC).isoformat() if len(data.at) else None,
        metrics=found.metrics,
        fairness={} if found.treatment is None else found.treatment.rows(),
        proxies={} if found.treatment is None else found.treatment.proxies,
    )
