"""Rules fitted before a school has data: what is kept, what is moved, and that people take over for good."""

import logging
from dataclasses import replace

import numpy as np
import pytest

from matching import api, artifacts
from matching.rankers.base import contributions, score
from matching.rankers.baseline import NEUTRAL, Baseline
from matching.training.cold_start import fitted_rules, write_cold_start
from matching.training.dataset import Examples
from matching.training.splits import held_out_people
from tests.matching.test_artifacts import CARD, MODEL

RULES = Baseline()
NAMES = RULES.features
PLACE, SALARY, SKILLS = (NAMES.index(name) for name in ("place", "salary", "skills_covered"))


def made_up(decides, *, lists=60, long=6, varies=(PLACE, SALARY), seed=0):
    """Lists in which the row that is best in one feature is chosen; only some features are ever told, two values vary."""
    random = np.random.default_rng(seed)
    values = np.full((lists * long, len(NAMES)), np.nan)
    values[:, SKILLS] = 0.4
    for column in varies:
        values[:, column] = random.random(lists * long)
    chosen = np.zeros((lists, long))
    chosen[np.arange(lists), values[:, decides].reshape(lists, long).argmax(axis=1)] = 1.0
    who = np.repeat(np.arange(lists), long)
    return Examples(NAMES, values, chosen.ravel(), who, who, np.zeros(lists * long))


def weights(model):
    return np.array([high - low for low, high in model.heights])


@pytest.mark.parametrize("decides", [PLACE, SALARY])
def test_what_varies_shares_what_the_rules_give_it_by_what_decides(decides):
    found, plain = weights(fitted_rules(made_up(decides), name="x", seed=0)), np.array(RULES.weights)
    other = PLACE + SALARY - decides

    assert found[PLACE] + found[SALARY] == pytest.approx(plain[PLACE] + plain[SALARY], abs=1e-12)
    assert found[decides] > 4 * found[other]
    kept = [place for place in range(len(NAMES)) if place not in {PLACE, SALARY}]
    assert found[kept] == pytest.approx(plain[kept], abs=1e-12)
    assert found.sum() == pytest.approx(1.0, abs=1e-12)


def test_a_line_per_feature_is_neutral_in_the_middle_and_where_nothing_is_known():
    model = fitted_rules(made_up(PLACE), name="x", seed=0)
    known = np.array([0.0, 0.5, 1.0, np.nan])

    for place, weight in enumerate(weights(model)):
        assert model.term(place, known) == pytest.approx([-weight / 2, 0.0, weight / 2, 0.0], abs=1e-12)
    assert score(model, np.full(len(NAMES), np.nan)) == NEUTRAL
    assert (float(score(model, np.ones(len(NAMES)))), float(score(model, np.zeros(len(NAMES))))) == (
        pytest.approx(1.0),
        pytest.approx(0.0),
    )
    anything = np.random.default_rng(0).random((50, len(NAMES)))
    total = model.base + contributions(model, anything).sum(axis=-1)
    assert np.abs(total - score(model, anything)).max() < 1e-9


@pytest.mark.parametrize(
    "data",
    [
        made_up(PLACE, varies=(PLACE,)),
        replace(made_up(PLACE), relevant=np.zeros(360)),
        replace(made_up(PLACE), values=1 - made_up(PLACE).values),
    ],
    ids=["one feature alone", "nothing is chosen", "the worst is chosen"],
)
def test_where_the_set_tells_nothing_the_rules_stay_as_they_are(data):
    """One feature that varies alone keeps its own weight; a wish against the sense of a feature is not learnt."""
    found = weights(fitted_rules(data, name="x", seed=0))

    assert found[PLACE] + found[SALARY] == pytest.approx(
        RULES.weights[PLACE] + RULES.weights[SALARY], abs=1e-9
    )
    assert np.delete(found, [PLACE, SALARY]) == pytest.approx(
        np.delete(RULES.weights, [PLACE, SALARY]), abs=1e-9
    )


def test_the_card_says_what_it_is(tmp_path):
    data = made_up(PLACE, lists=100)
    card = write_cold_start(data, tmp_path, source="made up", seed=5)

    assert card.accepted, card.reason
    assert card.reason.startswith("made up, not people: beats the weighted rules on 30 held-out people")
    assert (card.name, card.people, card.showings, card.data_until, card.seed) == (
        "additive-0001",
        0,
        100,
        None,
        5,
    )
    assert card.data_hash == data.hash()
    assert set(card.metrics) == {"made up: additive-0001", "made up: weighted-rules-1"}
    assert card.metrics["made up: additive-0001"]["auc"] > card.metrics["made up: weighted-rules-1"]["auc"]
    assert (card.fairness, card.proxies) == ({}, {})
    assert artifacts.read_card(tmp_path / "additive-0001.json") == card


def test_the_same_set_and_seed_give_the_same_file(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_cold_start(made_up(PLACE), tmp_path / name, source="made up", seed=seed)
    first, again, other = ((tmp_path / name / "additive-0001.json").read_bytes() for name in "abc")

    assert first == again != other


def test_people_kept_back_do_not_decide_the_weights(tmp_path):
    """Their choices are turned to another feature: the figures change, the weights do not."""
    by_place, by_pay = made_up(PLACE, lists=80), made_up(SALARY, lists=80)
    assert np.array_equal(by_place.values, by_pay.values, equal_nan=True)
    from_place = write_cold_start(by_place, tmp_path / "a", source="x")
    kept = np.isin(by_place.people, held_back(by_place))
    mixed = replace(by_place, relevant=np.where(kept, by_pay.relevant, by_place.relevant))
    from_mixed = write_cold_start(mixed, tmp_path / "b", source="x")

    first, second = (artifacts.read(tmp_path / name / "additive-0001.json")[1] for name in "ab")
    assert first == second
    assert from_place.metrics["x: additive-0001"]["auc"] > from_mixed.metrics["x: additive-0001"]["auc"] + 0.1


def held_back(data):
    """The people whom a cold start of seed 0 judges."""
    return np.unique(data.people[held_out_people(data.people, seed=0)])


@pytest.mark.parametrize(
    ("people", "accepted", "takes_over"), [(40, True, False), (0, True, True), (40, False, True)]
)
def test_what_is_made_up_never_takes_over_from_people(tmp_path, people, accepted, takes_over):
    artifacts.write(tmp_path, replace(CARD, people=people, accepted=accepted), MODEL)
    card = write_cold_start(made_up(PLACE, lists=100), tmp_path, source="made up")

    assert card.name == "additive-0002"
    assert card.accepted is takes_over
    assert card.reason.endswith("; additive-0001 learnt from people") is not takes_over
    try:
        assert api.load(tmp_path) == ("additive-0002" if takes_over else "additive-0001")
    finally:
        api.load(tmp_path / "nowhere")


def test_a_model_of_people_that_was_taken_out_of_service_bars_nothing(tmp_path):
    artifacts.write(tmp_path, CARD, MODEL)
    assert artifacts.rollback(tmp_path) == "additive-0001"

    assert write_cold_start(made_up(PLACE, lists=100), tmp_path, source="made up").accepted


def test_too_few_to_judge_are_refused_but_written(tmp_path, caplog):
    card = write_cold_start(made_up(PLACE, lists=20), tmp_path, source="made up")

    assert not card.accepted
    assert card.reason == "made up, not people: 6 held-out people, at least 20 needed"
    with caplog.at_level(logging.WARNING):
        assert artifacts.newest_accepted(tmp_path) is None
    assert caplog.records == []
