"""Training as a whole: who teaches, who judges, what is written down, and what the fit finds."""

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from matching import artifacts
from matching.evaluation.metrics import mean, per_person
from matching.features import meaning
from matching.features.registry import REGISTRY
from matching.rankers.base import score
from matching.rankers.baseline import Baseline
from matching.training.bias import looked_at
from matching.training.dataset import Examples, build
from matching.training.fit import COUPLES, FEWEST_FOR_SURFACES, fit, train
from matching.training.splits import held_out_people, later
from matching.two_sided import FADING
from tests.matching.conftest import quick_encoder
from tests.matching.simulated import START, by_nothing, by_place, interactions


@pytest.fixture(scope="module")
def rows():
    return interactions(by_place, people=80)


@pytest.fixture(scope="module")
def trained(rows, tmp_path_factory):
    """One training and all that was said: (folder, card, lines)."""
    out, said = tmp_path_factory.mktemp("models"), []
    meaning.use(quick_encoder)
    try:
        return out, train(rows, out, seed=4, progress=said.append), said
    finally:
        meaning.reset()


def made_up(lists=60, length=6, *, seed=0, features=("salary", "place", "freshness")):
    """Of every list the row with the highest second value is chosen; the first is noise, the third never known."""
    values = np.random.default_rng(seed).random((lists * length, len(features)))
    values[:, 2] = np.nan
    best = values[:, 1].reshape(lists, length).argmax(axis=1)
    chosen = np.zeros((lists, length))
    chosen[np.arange(lists), best] = 1.0
    who = np.repeat(np.arange(lists), length)
    return Examples(features, values, chosen.ravel(), who, who, np.zeros(lists * length))


def spans(model):
    return [float(np.ptp(heights)) for heights in model.heights]


def test_what_is_done_is_said_step_by_step(trained):
    _, card, said = trained

    assert said[0] == "80 showings of 80 people teach something"
    assert said[1].startswith("fitted on ")
    assert said[1].endswith(" showings, fading of attention 0.70")
    assert said[2:] == [f"additive-0001: accepted: {card.reason}"]


def test_the_earlier_showings_of_seven_in_ten_teach(trained, rows):
    _, _, said = trained
    data = build(rows, Baseline().features)
    aside, late = held_out_people(data.people, seed=4), later(data.at)
    taught = len(np.unique(data.groups[~aside & ~late]))

    assert said[1].split()[2] == str(taught)
    assert (len(np.unique(data.people[aside])), len(np.unique(data.groups[late]))) == (24, 16)


def test_only_what_teaches_decides_the_model(trained, rows, tmp_path):
    """The choices of the people kept back, and the later ones of all, are turned into others: the model stays."""
    out, card, _ = trained
    data = build(rows, Baseline().features)
    aside, late = held_out_people(data.people, seed=4), later(data.at)
    judged = {int(n) for n in np.unique(data.groups[aside | late])}
    other = [
        replace(row, chosen={next(p.id for p in row.shown if p.id not in row.chosen)}) if n in judged else row
        for n, row in enumerate(rows)
    ]
    changed = train(other, tmp_path, seed=4)
    first, second = (artifacts.read(folder / "additive-0001.json")[1] for folder in (out, tmp_path))

    assert first == second
    assert changed.data_hash != card.data_hash
    assert changed.metrics["people: additive-0001"] != card.metrics["people: additive-0001"]


def test_the_card_says_what_was_learnt_from_and_how_it_was_judged(trained, rows):
    out, card, _ = trained
    data = build(rows, Baseline().features)

    assert (card.name, card.seed, card.people, card.showings) == ("additive-0001", 4, 80, 80)
    assert card.data_hash == data.hash()
    assert card.features == tuple(REGISTRY)
    assert card.versions == artifacts.versions()
    assert card.data_until == (START + timedelta(days=9)).isoformat()
    assert set(card.metrics) == {
        *(f"{part}: {one}" for part in ("people", "later") for one in ("additive-0001", "weighted-rules-1")),
        "people: boosted-trees",
        "gate",
        "places",
    }
    assert set(card.metrics["people: additive-0001"]) == {"auc", "ndcg@10", "mrr", "hr@10"}
    assert card.metrics["places"] == {"fading": FADING, "estimated": 0.0}
    assert json.loads((out / "additive-0001.json").read_text(encoding="utf-8"))["card"]["seed"] == 4


def test_figures_on_the_card_are_those_of_the_people_kept_back(trained, rows):
    out, card, _ = trained
    model = artifacts.read(out / "additive-0001.json")[1]
    data = build(rows, Baseline().features)
    judged = data.only(held_out_people(data.people, seed=4))
    found = {
        one.name: per_person(score(one, judged.values), judged.relevant, judged.groups, judged.people)
        for one in (model, Baseline())
    }

    for name, by in found.items():
        assert card.metrics[f"people: {name}"] == {key: mean(list(all_.values())) for key, all_ in by.items()}
    gains = [found["additive-0001"]["auc"][who] - value for who, value in found[Baseline.name]["auc"].items()]
    assert card.metrics["gate"]["gain"] == pytest.approx(mean(gains), abs=1e-12)


def test_the_next_training_is_judged_against_what_serves(trained, rows, tmp_path):
    out, _, _ = trained
    (tmp_path / "additive-0001.json").write_bytes((out / "additive-0001.json").read_bytes())
    card = train(rows, tmp_path, seed=4)

    assert card.name == "additive-0002"
    assert "people: additive-0001" in card.metrics
    assert card.metrics["people: additive-0001"] == card.metrics["people: additive-0002"]
    assert card.accepted
    assert artifacts.newest_accepted(tmp_path).name == "additive-0002"


def test_a_model_worse_than_what_serves_is_written_and_refused(trained, tmp_path):
    out, _, _ = trained
    (tmp_path / "additive-0001.json").write_bytes((out / "additive-0001.json").read_bytes())
    fresh = interactions(by_place, people=80, seed=11)
    # Who teaches chooses against the taste of those who judge: only who has learnt before can do well.
    data = build(fresh, Baseline().features)
    aside = held_out_people(data.people, seed=0)
    teachers = set(data.people[~aside].tolist())
    mixed = [
        replace(row, chosen={next(p.id for p in row.shown if p.city_code not in row.student.wanted_cities)})
        if row.student.id in teachers
        else row
        for row in fresh
    ]
    card = train(mixed, tmp_path, seed=0)

    assert not card.accepted
    assert "; worse than the model that serves: AUC -" in card.reason
    assert artifacts.newest_accepted(tmp_path).name == "additive-0001"


def test_a_fit_finds_what_decides():
    model = fit(made_up(), name="x", seed=0)
    judge = made_up(seed=1)
    found = per_person(score(model, judge.values), judge.relevant, judge.groups, judge.people)["auc"]

    assert mean(list(found.values())) > 0.95
    assert spans(model)[1] > 5 * spans(model)[0]
    assert spans(model)[2] == 0.0
    assert (model.name, model.features) == ("x", ("salary", "place", "freshness"))


def test_curves_never_fall_whatever_the_data_say():
    """The lowest is chosen: what the data say against the sense of a feature is not learnt."""
    data = made_up()
    worst = replace(data, values=1 - data.values)
    model = fit(worst, name="x", seed=0)

    for heights in model.heights:
        assert np.diff(heights).min(initial=0.0) >= -1e-12
    assert spans(model)[1] < 0.05


def test_nothing_to_learn_from_gives_a_flat_model():
    data = made_up()
    model = fit(data.only(np.zeros(len(data.groups), dtype=bool)), name="x", seed=0)

    assert spans(model) == [0.0, 0.0, 0.0]
    assert np.ptp(score(model, data.values)) == 0.0


def test_a_choice_that_counts_more_weighs_more():
    """Half of the lists go by one feature, half by another; what counts ten times as much is followed."""
    half = made_up(40)
    turned = replace(half, values=half.values[:, [1, 0, 2]], groups=half.groups + 40, people=half.people + 40)
    both = Examples(
        half.features,
        np.concatenate([half.values, turned.values]),
        np.concatenate([half.relevant, turned.relevant]),
        np.concatenate([half.groups, turned.groups]),
        np.concatenate([half.people, turned.people]),
        np.zeros(2 * len(half.groups)),
    )
    second = both.groups < 40
    share = []
    for weight in (0.1, 1.0, 10.0):
        found = spans(fit(both.weighed(np.where(second, weight, 1.0)), name="x", seed=0))
        share.append(found[1] / (found[0] + found[1]))

    assert share[0] < 0.3 < share[1] < 0.7 < share[2]


def test_more_people_than_a_surface_needs_are_needed():
    few = made_up(FEWEST_FOR_SURFACES - 1, 2, features=("occupation", "place", "salary"))

    assert fit(few, name="x", seed=0).pairs == ()
    assert {one for couple in COUPLES for one in couple} <= set(REGISTRY)
    assert len({frozenset(couple) for couple in COUPLES}) == len(COUPLES)


def with_places(rows, *, fading, seed=0):
    """Everybody is shown things in a known order and chooses what they like, if they look at it."""
    random = np.random.default_rng(seed)
    found = []
    for row in rows:
        places = tuple(range(1, len(row.shown) + 1))
        seen = random.random(len(places)) < looked_at(np.array(places), fading)
        liked = [position.city_code not in row.student.wanted_cities for position in row.shown]
        chosen = {p.id for p, see, like in zip(row.shown, seen, liked, strict=True) if see and like}
        found.append(replace(row, chosen=chosen, places=places))
    return found


def test_the_fading_is_estimated_where_enough_choices_have_a_place(tmp_path):
    told = []
    crowd = with_places(interactions(by_nothing, people=130), fading=1.0)
    card = train(crowd, tmp_path, progress=told.append)

    assert card.metrics["places"]["estimated"] == 1.0
    assert card.metrics["places"]["fading"] == pytest.approx(1.0, abs=0.25)
    assert f"fading of attention {card.metrics['places']['fading']:.2f}" in told[1]


def test_each_group_of_people_has_a_line_on_the_card(rows, tmp_path):
    groups = {row.student.id: "f" if row.student.id % 2 else "m" for row in rows}
    everybody, some = dict.fromkeys(groups, "all"), dict.fromkeys(range(60), "told")
    card = train(rows, tmp_path, seed=4, attributes={"sex": groups, "school": everybody, "year": some})

    assert card.metrics["gate, school: all"]["people"] == 24
    assert card.metrics["gate, school: all"]["gain"] == card.metrics["gate"]["gain"]
    # Of each sex fewer than twenty were kept back: too few for the gate, enough for the audit.
    assert "gate, sex: f" not in card.metrics
    assert {name.partition(":")[0] for name in card.fairness} == {
        "sex",
        "school",
        "year",
        "school × sex",
        "school × year",
        "sex × year",
    }
    # Who is in no group has no part in its figures.
    assert card.fairness["school: all"]["people"] == len(groups)
    assert card.fairness["year: told"]["people"] == len(some) < len(groups)
    assert set(card.proxies) == {"sex: f", "sex: m"}
    assert artifacts.read_card(tmp_path / "additive-0001.json") == card
