"""The fitted rules that ship: they fit the features of today, say what they are, and make room for whatever has learnt."""

import json
from dataclasses import replace

import numpy as np
import pytest

from matching import api, artifacts
from matching.evaluation import proxy_set
from matching.rankers.base import contributions, score
from matching.rankers.baseline import Baseline
from matching.training.cold_start import SHIPPED, fitted_rules, start_cold, write_cold_start, write_weights
from tests.matching.test_artifacts import CARD, MODEL
from tests.matching.test_cold_start import PLACE, SALARY, made_up, weights

RULES = Baseline()
BODY = json.loads(SHIPPED.read_text(encoding="utf-8"))


def copy(folder, **changes):
    path = folder / "weights.json"
    path.write_text(json.dumps({**BODY, **changes}), encoding="utf-8")
    return path


def test_they_fit_the_features_of_today_and_say_that_nobody_taught_them():
    assert tuple(BODY["weights"]) == RULES.features
    assert BODY["reason"].startswith(
        "synthetic proxy, not people: beats the weighted rules on 180 held-out people"
    )
    figures = BODY["metrics"]
    assert (
        figures["synthetic proxy: fitted rules"]["auc"] > figures["synthetic proxy: weighted-rules-1"]["auc"]
    )


def test_what_the_proxy_assumes_or_never_tells_has_the_weight_of_the_rules():
    """Where people wish to work and for how much was laid down when they were made up: nothing to be learnt from."""
    moved = {
        name
        for name, plain in zip(RULES.features, RULES.weights, strict=True)
        if abs(BODY["weights"][name] - plain) > 1e-5
    }
    assert moved == {
        "occupation", "title_similarity", "text_similarity", "headline_similarity", "meaning", "headline_meaning",
    }  # fmt: skip
    assert not moved & set(proxy_set.ASSUMED)
    assert set(proxy_set.ASSUMED) < set(RULES.features)
    assert sum(BODY["weights"].values()) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("assumed", [(), ("place",), ("salary",), ("place", "salary")])
def test_what_is_assumed_is_fitted_beside_but_teaches_nothing(assumed):
    found = weights(fitted_rules(made_up(PLACE), name="x", seed=0, assumed=assumed))
    kept = [RULES.features.index(name) for name in assumed]

    assert found[kept] == pytest.approx(np.array(RULES.weights)[kept], abs=1e-12)
    assert found.sum() == pytest.approx(1.0, abs=1e-12)
    changed = bool(abs(found[PLACE] - RULES.weights[PLACE]) > 1e-6)
    # One that is left alone shares with nobody: it keeps what the rules give it.
    assert changed is (assumed == ())
    assert bool(abs(found[SALARY] - RULES.weights[SALARY]) > 1e-6) is (assumed == ())


def test_an_empty_folder_starts_with_them(tmp_path):
    card = start_cold(tmp_path / "models")

    assert (card.name, card.accepted, card.people, card.data_hash) == (
        "additive-0001",
        True,
        0,
        BODY["data_hash"],
    )
    assert set(card.metrics) == {"synthetic proxy: additive-0001", "synthetic proxy: weighted-rules-1"}
    try:
        assert (api.load(tmp_path / "models"), api.learnt_from()) == ("additive-0001", 0)
    finally:
        api.load(tmp_path / "nowhere")
    read, model = artifacts.read(tmp_path / "models" / "additive-0001.json")
    assert (read, model.name) == (card, "additive-0001")
    assert api.learnt_from() == 0


def test_their_reasons_add_up_and_stay_between_nothing_and_all(tmp_path):
    """Rounded weights that summed to more than one would be cut off, and the reasons would no longer add up."""
    card = start_cold(tmp_path)
    model = artifacts.read(tmp_path / f"{card.name}.json")[1]
    values = np.vstack(
        [np.zeros(29), np.ones(29), np.random.default_rng(0).random((50, 29)), np.full(29, np.nan)]
    )

    assert np.abs(model.base + contributions(model, values).sum(axis=-1) - score(model, values)).max() < 1e-9
    assert weights(model).sum() == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    ("people", "accepted", "starts"),
    [(40, True, False), (0, True, False), (40, False, True), (0, False, True)],
)
def test_they_never_take_the_place_of_what_serves(tmp_path, people, accepted, starts):
    artifacts.write(tmp_path, replace(CARD, people=people, accepted=accepted), MODEL)
    card = start_cold(tmp_path)

    assert (card.name if card else None) == ("additive-0002" if starts else None)
    assert len(list(tmp_path.iterdir())) == 1 + starts


def test_once_taken_back_they_stay_away_until_there_are_others(tmp_path):
    start_cold(tmp_path)
    assert artifacts.rollback(tmp_path) == "additive-0001"

    assert start_cold(tmp_path) is None
    assert artifacts.newest_accepted(tmp_path) is None
    (tmp_path / "other").mkdir()
    others = start_cold(tmp_path, copy(tmp_path / "other", data_hash="of other descriptions"))
    assert others.name == "additive-0002"


@pytest.mark.parametrize("change", ["gone", "new", "other order"])
def test_made_for_other_features_they_are_not_used(tmp_path, change):
    rows = list(BODY["weights"].items())
    told = {"gone": rows[1:], "new": [*rows, ("luck", 0.1)], "other order": rows[::-1]}[change]

    assert start_cold(tmp_path / "models", copy(tmp_path, weights=dict(told))) is None
    assert not (tmp_path / "models").exists()


def test_after_a_change_of_library_they_are_written_anew(tmp_path):
    """Numbers of a straight line hang on no library: a file that is refused for its version is replaced."""
    card = start_cold(tmp_path)
    stale = replace(card, versions=card.versions | {"scikit-learn": "0.1"})
    artifacts.write(tmp_path, stale, artifacts.read(tmp_path / "additive-0001.json")[1])

    assert start_cold(tmp_path).name == "additive-0002"
    assert artifacts.newest_accepted(tmp_path).name == "additive-0002"


def test_what_is_written_ships_and_comes_back(tmp_path):
    card = write_cold_start(made_up(PLACE, lists=100), tmp_path / "models", source="made up")
    write_weights(tmp_path / "weights.json", tmp_path / "models", card)
    back = start_cold(tmp_path / "elsewhere", tmp_path / "weights.json")

    assert replace(back, versions=card.versions) == card
    sent, got = (
        artifacts.read(tmp_path / folder / "additive-0001.json")[1] for folder in ("models", "elsewhere")
    )
    assert weights(got) == pytest.approx(weights(sent), abs=1e-5)


def test_what_was_refused_does_not_ship(tmp_path):
    card = write_cold_start(made_up(PLACE, lists=20), tmp_path / "models", source="made up")

    with pytest.raises(
        ValueError, match="additive-0001 is not accepted: made up, not people: 6 held-out people"
    ):
        write_weights(tmp_path / "weights.json", tmp_path / "models", card)
    assert not (tmp_path / "weights.json").exists()
