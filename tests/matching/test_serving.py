"""Who answers: the newest accepted model of a folder, else the rules, for every question alike."""

from dataclasses import replace

import numpy as np
import pytest

from matching import api, artifacts, serving
from matching.features.registry import REGISTRY
from matching.rankers.base import pair_name
from matching.rankers.baseline import Baseline
from tests.matching.models import DAY, NAMES, flat, trained
from tests.matching.test_artifacts import CARD
from tests.matching.worlds import world

PEOPLE, OFFERS = world(4, 9, seed=81)
LIKES_KIND = flat({"kind": (0.0, 0.4, 0.1)}, base=0.3)


@pytest.fixture(autouse=True)
def rules_afterwards(tmp_path):
    yield
    assert serving.load(tmp_path / "nothing there") == Baseline.name


def written(folder, name, model, **changes):
    kept = replace(CARD, name=name, features=NAMES, versions=artifacts.versions(), **changes)
    return artifacts.write(folder, kept, replace(model, name=name))


def answers():
    """One of each question."""
    catalogue, people = api.Catalogue(OFFERS), api.StudentCatalogue(PEOPLE)
    one, other = PEOPLE[0], OFFERS[0]
    return {
        "matrix": api.score_matrix(PEOPLE, OFFERS, on=DAY).tolist(),
        "mutual": api.mutual_matrix(PEOPLE, OFFERS, on=DAY).tolist(),
        "positions": [m.score for m in api.rank_positions(one, OFFERS, on=DAY)],
        "catalogue": [m.score for m in catalogue.rank(one, on=DAY)],
        "students": [m.score for m in api.rank_students(other, PEOPLE, on=DAY)],
        "people": [m.score for m in people.rank(other, on=DAY)],
        "explain": api.explain(one, other, on=DAY).score,
        "raise": [s.gain for s in api.raise_by(one, other, on=DAY)],
        "compare": [d.delta for d in api.compare(*(api.explain(one, offer, on=DAY) for offer in OFFERS[:2]))],
        "strong": api.strong_pairs(PEOPLE, OFFERS, (), on=DAY),
    }


def test_every_question_is_answered_by_the_ranker_that_serves(tmp_path):
    by_rules = answers()
    written(tmp_path, "additive-0007", LIKES_KIND, accepted=True)

    assert api.load(tmp_path) == "additive-0007" == api.active_model() == serving.ranker().name
    by_model = answers()
    assert {question for question, answer in by_model.items() if answer == by_rules[question]} == set()
    assert {m.model for m in api.rank_positions(PEOPLE[0], OFFERS)} == {"additive-0007"}
    api.load(tmp_path / "none")
    assert answers() == by_rules


def test_a_catalogue_made_before_a_model_came_asks_the_new_one(tmp_path):
    held = api.Catalogue(OFFERS)
    held.warm()
    before = held.rank(PEOPLE[0], on=DAY)
    written(tmp_path, "additive-0001", LIKES_KIND, accepted=True)
    api.load(tmp_path)

    after = held.rank(PEOPLE[0], on=DAY)
    assert after == api.Catalogue(OFFERS).rank(PEOPLE[0], on=DAY)
    assert [m.score for m in after] != [m.score for m in before]


def test_a_trained_model_with_surfaces_answers_the_same_from_its_file(tmp_path):
    written(tmp_path, "additive-0001", trained(), accepted=True)
    api.load(tmp_path)
    found = api.explain(PEOPLE[1], OFFERS[1], on=DAY)

    assert replace(serving.ranker(), name="additive-0042") == trained()
    assert {r.feature for r in found.reasons} == {
        *REGISTRY, "base", *(pair_name(trained(), i) for i in range(len(trained().pairs)))
    }  # fmt: skip
    assert abs(sum(r.contribution for r in found.reasons) - found.score) < 1e-9


@pytest.mark.parametrize(
    ("files", "serves"),
    [
        ([], Baseline.name),
        ([("additive-0001", True)], "additive-0001"),
        ([("additive-0001", False)], Baseline.name),
        ([("additive-0001", True), ("additive-0002", True)], "additive-0002"),
        ([("additive-0001", True), ("additive-0002", False)], "additive-0001"),
        ([("additive-0009", True), ("additive-0010", True)], "additive-0010"),
        ([("additive-0002", True), ("additive-0001", True)], "additive-0002"),
    ],
)
def test_the_newest_accepted_one_serves_and_a_rollback_takes_it_out(tmp_path, files, serves):
    for name, accepted in files:
        written(tmp_path, name, LIKES_KIND, accepted=accepted)

    assert api.load(tmp_path) == serves
    left = sorted(name for name, accepted in files if accepted and name != serves)
    assert api.rollback(tmp_path) == (None if serves == Baseline.name else serves)
    assert api.active_model() == (left[-1] if left else Baseline.name)
    assert len(api.cards(tmp_path)) == len(files)


def test_explained_pairs_are_the_single_ones_in_their_order():
    pairs = [(PEOPLE[i % 4], OFFERS[(3 * i) % 9]) for i in range(7)] + [(PEOPLE[0], OFFERS[0])] * 2

    assert api.explain_pairs(pairs, on=DAY) == [api.explain(one, other, on=DAY) for one, other in pairs]
    assert api.explain_pairs([]) == []


def test_questions_about_nobody_or_nothing():
    one, other = PEOPLE[0], OFFERS[0]

    assert api.rank_positions(one, []) == api.rank_students(other, []) == []
    assert api.score_matrix([], []).shape == api.mutual_matrix([], []).shape == (0, 0)
    assert api.score_matrix([one], []).shape == api.mutual_matrix([one], []).shape == (1, 0)


def test_the_matrix_says_what_every_list_says():
    scores = api.score_matrix(PEOPLE, OFFERS, on=DAY)
    mutual = api.mutual_matrix(PEOPLE, OFFERS, on=DAY)
    for i, one in enumerate(PEOPLE):
        ranked = {m.position_id: m.score for m in api.rank_positions(one, OFFERS, on=DAY)}
        assert [ranked[other.id] for other in OFFERS] == pytest.approx(scores[i].tolist(), abs=1e-12)
        for j, other in enumerate(OFFERS):
            assert api.mutual(one, other, on=DAY) == pytest.approx(mutual[i, j], abs=1e-12)
    assert np.ptp(scores) > 0.05
