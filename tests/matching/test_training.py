"""Rows, splits, fitting and the way into service."""

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from matching import api
from matching.features.arrays import Pairs
from matching.features.registry import REGISTRY, extract
from matching.rankers.baseline import Baseline
from matching.training.dataset import build
from matching.training.splits import held_out_people, later
from matching.types import Interaction
from tests.matching.builders import position, student
from tests.matching.simulated import START, by_nothing, by_place, by_rules, interactions

NAMES = ("skills_covered", "freshness", "salary")


@pytest.fixture(autouse=True)
def _weighted_rules_serve(tmp_path):
    yield
    assert api.load(tmp_path / "nowhere") == "weighted-rules-1"


def test_rows_are_what_was_shown():
    offers = [position(id=1), position(id=2, skills=("Python",)), position(id=3, salary_max=9000)]
    row = Interaction(student(id=5), offers, {2}, START)

    data = build([row], NAMES)

    assert data.features == NAMES
    assert data.relevant.tolist() == [0.0, 4.0, 0.0]
    assert data.groups.tolist() == [0, 0, 0]
    assert data.people.tolist() == [5, 5, 5]
    assert data.at.tolist() == [START.timestamp()] * 3
    expected = extract(Pairs([student(id=5)], offers, START.date()), NAMES)[0]
    assert np.array_equal(data.values, expected, equal_nan=True)


@pytest.mark.parametrize("chosen", [set(), {1, 2}, {99}])
def test_showings_without_a_preference_teach_nothing(chosen):
    row = Interaction(student(), [position(id=1), position(id=2)], chosen, START)

    data = build([row, Interaction(student(), [], set(), START)], NAMES)

    assert data.values.shape == (0, 3)
    assert len(data.groups) == len(data.people) == len(data.at) == len(data.relevant) == 0


def test_the_hash_sees_every_change():
    row = Interaction(student(), [position(id=1), position(id=2)], {1}, START)
    changed = [
        row,
        replace(row, chosen={2}),
        replace(row, at=START + timedelta(seconds=1)),
        replace(row, student=student(id=2)),
        replace(row, shown=[position(id=1), position(id=2, salary_max=5500)]),
    ]

    assert build([row], NAMES).hash() == build([row], NAMES).hash()
    assert len({build([one], NAMES).hash() for one in changed}) == len(changed)


def test_progress_is_told():
    rows = [Interaction(student(), [position(id=1), position(id=2)], {1}, START)] * 501
    told = []

    build(rows, NAMES, told.append)

    assert told == ["500 showings read"]


def test_a_person_is_on_one_side_only():
    people = np.repeat(np.arange(50), 4)
    kept_back = held_out_people(people, seed=3)

    assert len(np.unique(people[kept_back])) == 15
    assert set(people[kept_back]) & set(people[~kept_back]) == set()
    assert np.array_equal(kept_back, held_out_people(people, seed=3))
    assert not np.array_equal(kept_back, held_out_people(people, seed=4))
    assert held_out_people(people[:0], seed=3).tolist() == []


def test_the_later_part_is_later_and_moments_stay_together():
    at = np.array([5.0, 1, 2, 3, 4, 4, 6, 7, 8, 9])

    assert at[later(at)].tolist() == [8, 9]
    assert later(np.ones(6)).tolist() == [False] * 6
    assert later(np.zeros(0)).tolist() == []


def test_a_learnable_taste_is_accepted_and_served(tmp_path):
    told = []
    card = api.train(interactions(by_place), tmp_path, seed=1, progress=told.append)

    assert card.accepted, card.reason
    assert (card.name, card.seed, card.people, card.showings) == ("additive-0001", 1, 100, 100)
    assert card.features == tuple(REGISTRY)
    assert card.data_until == (START + timedelta(days=9)).isoformat()
    assert card.metrics["gate"]["low"] > 0
    assert card.metrics["people: additive-0001"]["auc"] > card.metrics["people: weighted-rules-1"]["auc"]
    assert set(card.metrics) == {
        "gate",
        "places",
        "people: boosted-trees",
        *(
            f"{part}: {name}"
            for part in ("people", "later")
            for name in ("additive-0001", "weighted-rules-1")
        ),
    }
    assert card.metrics["places"] == {"fading": 0.7, "estimated": 0.0}
    assert (card.fairness, card.proxies) == ({}, {})
    assert told[-1] == f"additive-0001: accepted: {card.reason}"
    assert api.active_model() == "weighted-rules-1"

    assert api.load(tmp_path) == api.active_model() == "additive-0001"
    near, far = position(id=1), position(id=2, city_code="110000")
    assert [match.position_id for match in api.rank_positions(student(), [far, near])] == [1, 2]
    match = api.explain(student(), near)
    assert match.model == "additive-0001"
    assert match.reasons[0].feature == "place"


def test_nothing_to_gain_is_refused_and_the_rules_serve(tmp_path):
    card = api.train(interactions(by_rules), tmp_path, seed=0)

    assert not card.accepted
    assert card.reason.startswith("does not beat the weighted rules on 30 held-out people")
    assert api.load(tmp_path) == "weighted-rules-1"
    assert [path.name for path in tmp_path.iterdir()] == ["additive-0001.json"]


@pytest.mark.parametrize("rows", [[], interactions(by_place, people=30)])
def test_too_little_is_refused(tmp_path, rows):
    card = api.train(rows, tmp_path)

    assert not card.accepted
    assert card.reason == f"{round(len(rows) * 0.3)} held-out people, at least 20 needed"
    assert card.people == len(rows)
    assert api.load(tmp_path) == "weighted-rules-1"


def test_training_repeats_itself_and_a_seed_matters(tmp_path):
    rows = interactions(by_place)
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        api.train(rows, tmp_path / name, seed=seed)
    first, again, other = ((tmp_path / name / "additive-0001.json").read_bytes() for name in ("a", "b", "c"))

    assert first == again
    assert json.loads(first)["model"] != json.loads(other)["model"]


def test_the_newest_accepted_model_serves(tmp_path):
    for _ in range(2):
        api.train(interactions(by_place), tmp_path)
    api.train(interactions(by_rules), tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"additive-000{number}.json" for number in (1, 2, 3)
    ]
    assert api.load(tmp_path) == "additive-0002"
    (tmp_path / "additive-0002.json").unlink()
    assert api.load(tmp_path) == "additive-0001"


def test_a_damaged_model_is_passed_over_aloud(tmp_path, caplog):
    for _ in range(2):
        api.train(interactions(by_place), tmp_path)
    (tmp_path / "additive-0002.json").write_text("{")

    assert api.load(tmp_path) == "additive-0001"
    assert [record.message.split(":")[:2] for record in caplog.records] == [
        ["model not served", " additive-0002.json"]
    ]


def test_what_learned_models_promise_holds_when_one_serves(tmp_path):
    api.train(interactions(by_place), tmp_path)
    api.load(tmp_path)
    rows = interactions(by_place, people=20, seed=9)
    people, offers = [row.student for row in rows], rows[0].shown

    matrix = api.score_matrix(people, offers)

    assert ((matrix >= 0) & (matrix <= 1)).all()
    for i, person in enumerate(people[:5]):
        for j, offer in enumerate(offers):
            match = api.explain(person, offer)
            assert abs(sum(reason.contribution for reason in match.reasons) - match.score) < 1e-9
            assert abs(match.score - matrix[i, j]) < 1e-9
            assert api.explain(replace(person, salary_floor=0), offer).score >= match.score - 1e-12


def test_the_gate_judges_people_the_model_never_saw(tmp_path):
    """People at random: with a taste of lots nobody can win, so a win would show a leak between the sides."""
    accepted = [
        api.train(interactions(by_nothing, seed=seed), tmp_path / str(seed), seed=seed).accepted
        for seed in range(4)
    ]

    assert accepted == [False] * 4


def test_the_baseline_has_every_feature():
    assert Baseline().features == tuple(REGISTRY)
    assert sum(Baseline().weights) == pytest.approx(1.0, abs=1e-12)


def test_groups_are_judged_and_written_down_but_never_learnt_from(tmp_path):
    rows = interactions(by_place)
    sexes = {row.student.id: "f" if row.student.id % 2 else "m" for row in rows}
    with_groups = api.train(rows, tmp_path / "a", seed=1, attributes={"sex": sexes})
    without = api.train(rows, tmp_path / "b", seed=1)

    first, second = (
        json.loads((tmp_path / folder / "additive-0001.json").read_text(encoding="utf-8"))["model"]
        for folder in ("a", "b")
    )
    assert first == second
    assert set(with_groups.fairness) == set(with_groups.proxies) == {"sex: f", "sex: m"}
    assert 0 < with_groups.fairness["sex: f"]["impact_ratio"] <= 1
    assert (without.fairness, without.proxies) == ({}, {})


def by_skill(person, offers):
    return [float(len(set(person.skills) & set(offer.skills))) for offer in offers]


def test_a_model_that_favours_a_group_is_refused(tmp_path):
    """One group in three has skills nobody asks for: it stands below the others everywhere."""
    rows = [
        replace(row, student=replace(row.student, skills=("插花",))) if row.student.id % 3 == 0 else row
        for row in interactions(by_skill, people=240)
    ]
    origin = {row.student.id: "far" if row.student.id % 3 == 0 else "here" for row in rows}
    card = api.train(rows, tmp_path, attributes={"origin": origin})

    assert not card.accepted
    assert "at least 0.80 needed" in card.reason
    assert card.fairness["origin: far"]["impact_ratio"] < 0.8
    assert card.proxies["origin: far"]["auc"] > 0.9
    assert api.load(tmp_path) == "weighted-rules-1"
