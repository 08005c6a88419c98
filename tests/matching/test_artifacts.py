"""Files that refuse what they were not made for."""

import json
from dataclasses import replace

import numpy as np
import pytest

from matching import artifacts
from matching.artifacts import ArtifactError, Card
from matching.features import meaning
from matching.features.registry import REGISTRY
from matching.rankers.learned import Learned

COUNT = len(REGISTRY)
MODEL = Learned(
    "additive-0001",
    tuple(REGISTRY),
    0.1 + 0.2,
    ((0.0, 1 / 3, 1.0),) * COUNT,
    ((-0.01, 0.0, 0.02),) * COUNT,
    (0.001,) * COUNT,
)
CARD = Card(
    name="additive-0001",
    accepted=True,
    reason="beats",
    features=tuple(REGISTRY),
    versions=artifacts.versions() | {"encoder": "custom int8-1"},
    data_hash="abc",
    seed=3,
    people=40,
    showings=50,
    data_until="2026-03-01T08:00:00+00:00",
    metrics={"people: additive-0001": {"auc": 0.7}},
)


def rewrite(path, change):
    """Changes the body and signs it again: only the checks of content remain."""
    body = json.loads(path.read_text(encoding="utf-8"))
    body.pop("checksum")
    change(body)
    path.write_text(json.dumps({**body, "checksum": artifacts._checksum(body)}), encoding="utf-8")


def test_what_is_written_is_read_bit_by_bit(tmp_path):
    path = artifacts.write(tmp_path / "new", CARD, MODEL)

    assert artifacts.read(path) == (CARD, MODEL)
    assert artifacts.read_card(path) == CARD
    assert [p.name for p in path.parent.iterdir()] == ["additive-0001.json"]


def test_a_card_without_a_model_is_possible(tmp_path):
    path = artifacts.write(tmp_path, replace(CARD, accepted=False), None)

    assert artifacts.read(path) == (replace(CARD, accepted=False), None)


@pytest.mark.parametrize(
    ("features", "said"),
    [
        (tuple(REGISTRY)[1:], f"gone [], new ['{next(iter(REGISTRY))}']"),
        ((*REGISTRY, "charm"), "gone ['charm'], new []"),
        (tuple(reversed(REGISTRY)), "another order"),
    ],
)
def test_another_feature_list_is_refused(tmp_path, features, said):
    path = artifacts.write(tmp_path, replace(CARD, features=features), MODEL)

    with pytest.raises(ArtifactError) as refusal:
        artifacts.read(path)
    assert str(refusal.value) == f"additive-0001.json: made for other features: {said}"
    assert artifacts.read_card(path).features == features


def test_another_scikit_learn_is_refused(tmp_path):
    other = {**artifacts.versions(), "scikit-learn": "0.1"}
    path = artifacts.write(tmp_path, replace(CARD, versions=other), MODEL)

    with pytest.raises(ArtifactError, match=r"made with scikit-learn 0\.1, this is "):
        artifacts.read(path)
    assert artifacts.read_card(path).versions == other


def test_another_numpy_is_accepted(tmp_path):
    other = {**artifacts.versions(), "numpy": "0.1"}
    path = artifacts.write(tmp_path, replace(CARD, versions=other), MODEL)

    assert artifacts.read(path)[1] == MODEL


def test_a_changed_number_is_refused(tmp_path):
    path = artifacts.write(tmp_path, CARD, MODEL)
    path.write_text(path.read_text(encoding="utf-8").replace("0.001", "0.901", 1), encoding="utf-8")

    with pytest.raises(ArtifactError, match="changed or damaged"):
        artifacts.read(path)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": 99}'])
def test_other_files_are_refused(tmp_path, text):
    path = tmp_path / "additive-0001.json"
    path.write_text(text)

    with pytest.raises(ArtifactError):
        artifacts.read_card(path)


def test_an_absent_file_is_refused(tmp_path):
    with pytest.raises(ArtifactError, match="cannot be read"):
        artifacts.read_card(tmp_path / "additive-0001.json")


def test_a_model_that_differs_from_its_card_is_refused(tmp_path):
    path = artifacts.write(tmp_path, CARD, MODEL)
    rewrite(path, lambda body: body["model"]["missing"].pop())

    with pytest.raises(ArtifactError, match="not those of its card"):
        artifacts.read(path)


def test_names_count_on_and_the_newest_comes_first(tmp_path):
    assert artifacts.next_name(tmp_path / "absent") == "additive-0001"
    assert artifacts.newest_first(tmp_path / "absent") == []
    for number in (2, 10, 9999, 10000):
        artifacts.write(tmp_path, replace(CARD, name=f"additive-{number:04d}"), None)
    (tmp_path / "additive-0003.json.part").write_text("half")
    (tmp_path / "notes.txt").write_text("mine")

    assert artifacts.next_name(tmp_path) == "additive-10001"
    assert [path.name for path in artifacts.newest_first(tmp_path)] == [
        "additive-10000.json",
        "additive-9999.json",
        "additive-0010.json",
        "additive-0002.json",
    ]


def test_a_model_of_another_encoder_is_refused_and_the_rules_serve(tmp_path, caplog):
    path = artifacts.write(tmp_path, CARD, MODEL)
    assert artifacts.newest_accepted(tmp_path) == MODEL

    meaning.use(None)
    with pytest.raises(ArtifactError, match="made with encoder custom int8-1, this is none"):
        artifacts.read(path)
    assert artifacts.newest_accepted(tmp_path) is None
    assert "made with encoder" in caplog.text
    assert artifacts.read_card(path) == CARD


def test_a_rollback_goes_back_one_model_and_never_gives_its_number_again(tmp_path):
    for number, accepted in ((1, True), (2, True), (3, False)):
        name = f"additive-{number:04d}"
        artifacts.write(tmp_path, replace(CARD, name=name, accepted=accepted), replace(MODEL, name=name))

    assert artifacts.newest_accepted(tmp_path).name == "additive-0002"
    assert artifacts.rollback(tmp_path) == "additive-0002"
    assert artifacts.newest_accepted(tmp_path).name == "additive-0001"
    assert [(card.name, card.accepted, card.reason) for card in artifacts.cards(tmp_path)] == [
        ("additive-0003", False, "beats"),
        ("additive-0002", False, "withdrawn; beats"),
        ("additive-0001", True, "beats"),
    ]
    assert artifacts.next_name(tmp_path) == "additive-0004"
    assert artifacts.rollback(tmp_path) == "additive-0001"
    assert artifacts.rollback(tmp_path) is None
    assert artifacts.newest_accepted(tmp_path) is None


def test_fairness_and_proxies_stand_on_the_card(tmp_path):
    card = replace(
        CARD,
        fairness={"sex: f": {"people": 20, "impact_ratio": 0.9}},
        proxies={"sex: f": {"people": 40, "auc": 0.6, "telling": ("major", "place", "salary")}},
    )

    assert artifacts.read_card(artifacts.write(tmp_path, card, None)) == card


def test_a_term_is_read_off_the_curve():
    values = np.array([0.0, 1 / 6, 1 / 3, 2 / 3, 1.0, np.nan])

    assert MODEL.term(0, values) == pytest.approx([-0.01, -0.005, 0.0, 0.01, 0.02, 0.001])
