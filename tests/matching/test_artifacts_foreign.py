"""Files that are not what they say: none is executed, none serves, each is refused with its own words."""

import json
import logging
import os
import pickle
from dataclasses import asdict, replace
from pathlib import Path

import joblib
import numpy as np
import pytest
import scipy
import sklearn

from matching import api, artifacts, serving
from matching.artifacts import ArtifactError
from matching.features import meaning
from matching.features.registry import REGISTRY
from matching.rankers.surface import Surface
from tests.matching.test_artifacts import CARD, MODEL, rewrite

NAMES = tuple(REGISTRY)


class Opened:
    """Makes a folder when a pickle of it is loaded."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (self.folder,)


@pytest.fixture
def path(tmp_path):
    return artifacts.write(tmp_path, CARD, MODEL)


def refused(path, read=artifacts.read):
    with pytest.raises(ArtifactError) as refusal:
        read(path)
    return str(refusal.value)


def numbered(folder, number, *, accepted=True, **changes):
    """An artifact of this number; changes go to its card."""
    name = f"additive-{number:04d}"
    card = replace(CARD, name=name, accepted=accepted, **changes)
    return artifacts.write(folder, card, replace(MODEL, name=name))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_refused_and_never_run(tmp_path, protocol):
    path, trap = tmp_path / "additive-0001.json", tmp_path / "opened"
    path.write_bytes(pickle.dumps(Opened(str(trap)), protocol=protocol))

    assert refused(path).startswith("additive-0001.json: cannot be read: ")
    assert refused(path, artifacts.read_card).startswith("additive-0001.json: cannot be read: ")
    assert api.load(tmp_path) == "weighted-rules-1"
    assert artifacts.cards(tmp_path) == []
    assert not trap.exists()
    # The control: the file does what it is meant to do where somebody does load it.
    pickle.loads(path.read_bytes())
    assert trap.is_dir()


def test_a_dumped_estimator_is_refused(tmp_path):
    path = tmp_path / "additive-0001.json"
    joblib.dump({"model": np.arange(3)}, path)

    assert "cannot be read" in refused(path)
    assert api.load(tmp_path) == "weighted-rules-1"


@pytest.mark.parametrize("kept", [0, 1, 0.25, 0.5, 0.9, -1, -2])
def test_a_truncated_file_is_refused(path, kept):
    whole = path.read_bytes()
    cut = whole[: int(len(whole) * kept)] if isinstance(kept, float) else whole[:kept]
    assert cut != whole
    path.write_bytes(cut)

    assert "cannot be read" in refused(path)
    assert artifacts.newest_accepted(path.parent) is None


@pytest.mark.parametrize("seed", range(6))
def test_a_file_with_one_other_byte_never_serves(path, seed):
    whole = bytearray(path.read_bytes())
    at = int(np.random.default_rng(seed).integers(len(whole)))
    # The lowest bit of a space, quote or letter makes another character, of a digit another number.
    whole[at] ^= 1
    path.write_bytes(bytes(whole))

    assert refused(path).startswith("additive-0001.json: ")
    assert api.load(path.parent) == "weighted-rules-1"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"accepted": true', '"accepted": false'),
        ('"reason": "beats"', '"reason": "wins"'),
        ('"seed": 3', '"seed": 4'),
        ('"data_hash": "abc"', '"data_hash": "abd"'),
        ('"base": 0.30000000000000004', '"base": 0.3'),
        ('"auc": 0.7', '"auc": 0.9'),
    ],
)
def test_no_word_or_number_can_be_changed_unseen(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")

    assert refused(path) == "additive-0001.json: changed or damaged since it was written"
    assert refused(path, artifacts.read_card) == "additive-0001.json: changed or damaged since it was written"


def test_another_layout_of_the_same_content_is_the_same_file(path):
    body = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(dict(reversed(body.items()))), encoding="utf-8")

    assert artifacts.read(path) == (CARD, MODEL)


@pytest.mark.parametrize("checksum", [None, "", 0, "abc"])
def test_a_file_without_its_checksum_is_refused(path, checksum):
    body = {**json.loads(path.read_text(encoding="utf-8")), "checksum": checksum}
    if checksum is None:
        del body["checksum"]
    path.write_text(json.dumps(body), encoding="utf-8")

    assert refused(path) == "additive-0001.json: changed or damaged since it was written"


@pytest.mark.parametrize("number", [1, 3, "2", None])
def test_another_format_is_refused_even_where_it_is_signed(path, number):
    rewrite(path, lambda body: body.update(format=number))

    assert refused(path) == f"additive-0001.json: not a model of format {artifacts.FORMAT}"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda body: body.pop("card"), "no card of this format: KeyError('card')"),
        (lambda body: body.update(card=None), "no card of this format: TypeError"),
        (lambda body: body.update(card=[1, 2]), "no card of this format: TypeError"),
        (lambda body: body["card"].pop("features"), "no card of this format: KeyError('features')"),
        (lambda body: body["card"].pop("reason"), "no card of this format: TypeError"),
        (lambda body: body["card"].update(colour="red"), "no card of this format: TypeError"),
        (lambda body: body["card"].update(proxies=[]), "no card of this format: AttributeError"),
        (lambda body: body["card"].update(proxies={"sex: f": {}}), "no card of this format: KeyError"),
        (lambda body: body["model"].pop("knots"), "no model of this format: KeyError('knots')"),
        (lambda body: body["model"].update(knots=3), "no model of this format: TypeError"),
        (lambda body: body["model"].update(surfaces=[{}]), "no model of this format: KeyError('rows')"),
        (lambda body: body.update(model=7), "no model of this format: TypeError"),
        (lambda body: body["model"].update(features=[]), "the model's features are not those of its card"),
        (lambda body: body["model"]["heights"].pop(), "the model's features are not those of its card"),
    ],
)
def test_signed_content_of_another_shape_is_refused_and_the_older_model_serves(tmp_path, change, said):
    numbered(tmp_path, 1)
    newer = numbered(tmp_path, 2)
    rewrite(newer, change)

    assert refused(newer).startswith(f"additive-0002.json: {said}")
    assert artifacts.newest_accepted(tmp_path).name == "additive-0001"


def test_a_file_without_a_model_is_a_card_alone(path):
    rewrite(path, lambda body: body.pop("model"))

    assert artifacts.read(path) == (CARD, None)
    assert artifacts.newest_accepted(path.parent) is None


def test_brackets_without_end_are_refused(tmp_path):
    path = tmp_path / "additive-0001.json"
    path.write_text("[" * 200_000)

    assert "cannot be read" in refused(path)
    assert api.load(tmp_path) == "weighted-rules-1"


def test_a_folder_under_the_name_of_a_model_is_refused(tmp_path):
    (tmp_path / "additive-0001.json").mkdir()

    assert "cannot be read" in refused(tmp_path / "additive-0001.json")
    assert artifacts.newest_accepted(tmp_path) is None


@pytest.mark.parametrize("library", ["scikit-learn", "encoder"])
@pytest.mark.parametrize("theirs", ["9.9", "", None])
def test_a_model_of_another_library_is_passed_over_with_both_versions(tmp_path, caplog, library, theirs):
    kept = {key: value for key, value in CARD.versions.items() if key != library or theirs is not None}
    if theirs is not None:
        kept[library] = theirs
    numbered(tmp_path, 1)
    newer = numbered(tmp_path, 2, versions=kept)
    ours = {"scikit-learn": sklearn.__version__, "encoder": meaning.version()}[library]

    said = f"additive-0002.json: made with {library} {theirs}, this is {ours}"
    assert refused(newer) == said
    with caplog.at_level(logging.WARNING):
        assert artifacts.newest_accepted(tmp_path).name == "additive-0001"
    assert [record.getMessage() for record in caplog.records] == [f"model not served: {said}"]
    assert [card.name for card in artifacts.cards(tmp_path)] == ["additive-0002", "additive-0001"]


def test_a_refused_model_is_passed_over_without_a_word(tmp_path, caplog):
    numbered(tmp_path, 1)
    numbered(tmp_path, 2, accepted=False)

    assert artifacts.newest_accepted(tmp_path).name == "additive-0001"
    assert caplog.records == []


def test_a_rollback_takes_out_what_serves_and_not_what_is_passed_over(tmp_path):
    numbered(tmp_path, 1)
    numbered(tmp_path, 2)
    numbered(tmp_path, 3, versions={**CARD.versions, "scikit-learn": "0.1"})
    numbered(tmp_path, 4, accepted=False)
    try:
        assert api.load(tmp_path) == "additive-0002"
        assert (api.rollback(tmp_path), api.active_model()) == ("additive-0002", "additive-0001")
        assert (api.rollback(tmp_path), api.active_model()) == ("additive-0001", "weighted-rules-1")
        assert (api.rollback(tmp_path), api.active_model()) == (None, "weighted-rules-1")
    finally:
        serving.load(tmp_path / "nowhere")
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "additive-0001.withdrawn.json",
        "additive-0002.withdrawn.json",
        "additive-0003.json",
        "additive-0004.json",
    ]


def test_withdrawn_and_broken_files_keep_their_numbers_and_lose_their_cards(tmp_path):
    numbered(tmp_path, 1)
    numbered(tmp_path, 2)
    artifacts.rollback(tmp_path)
    (tmp_path / "additive-0003.json").write_text("{")
    (tmp_path / "additive-0004.withdrawn.json").write_text("{")

    assert artifacts.next_name(tmp_path) == "additive-0005"
    assert [(card.name, card.accepted, card.reason) for card in artifacts.cards(tmp_path)] == [
        ("additive-0002", False, "withdrawn; beats"),
        ("additive-0001", True, "beats"),
    ]
    assert artifacts.read_card(tmp_path / "additive-0002.withdrawn.json").accepted


@pytest.mark.parametrize(
    "name",
    [
        "additive-1.json",
        "additive-0001.json.part",
        "xadditive-0001.json",
        "additive-0001.jsonx",
        "additive-00x1.json",
        "Additive-0001.json",
        "additive-0001.123.part",
    ],
)
def test_files_of_other_names_are_not_models(tmp_path, name):
    (tmp_path / name).write_bytes(artifacts.write(tmp_path / "other", CARD, MODEL).read_bytes())

    assert artifacts.newest_first(tmp_path) == []
    assert artifacts.next_name(tmp_path) == "additive-0001"
    assert artifacts.newest_accepted(tmp_path) is None


def test_a_file_where_a_folder_is_wanted_holds_no_models(tmp_path):
    (tmp_path / "models").write_text("mine")

    assert artifacts.newest_first(tmp_path / "models") == []
    assert artifacts.cards(tmp_path / "models") == []
    assert artifacts.rollback(tmp_path / "models") is None


def test_writing_again_replaces_the_whole_file_and_leaves_no_draft(path):
    first = path.read_bytes()
    artifacts.write(path.parent, replace(CARD, reason="again"), MODEL)

    assert artifacts.read_card(path).reason == "again"
    artifacts.write(path.parent, CARD, MODEL)
    assert path.read_bytes() == first
    assert [one.name for one in path.parent.iterdir()] == ["additive-0001.json"]


def test_a_draft_that_cannot_be_written_leaves_the_old_file(path, monkeypatch):
    """The disk is full half way: what a reader sees is still whole."""

    def full(self, text, encoding):
        with self.open("w", encoding=encoding) as file:
            file.write(text[: len(text) // 2])
        raise OSError("no space left")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="no space left"):
        artifacts.write(path.parent, replace(CARD, reason="never seen"), MODEL)

    assert artifacts.read(path) == (CARD, MODEL)
    assert artifacts.next_name(path.parent) == "additive-0002"
    assert [one.name for one in artifacts.newest_first(path.parent)] == ["additive-0001.json"]


@pytest.mark.parametrize("number", [0.1 + 0.2, 1e-300, -0.0, 1 / 3, 5e-324, 0.1])
def test_numbers_come_back_bit_by_bit(tmp_path, number):
    model = replace(MODEL, base=number, missing=(number,) * len(NAMES))
    found = artifacts.read(artifacts.write(tmp_path, CARD, model))[1]

    assert [value.hex() for value in (found.base, *found.missing)] == [number.hex()] * (len(NAMES) + 1)


def test_words_come_back_as_they_were(tmp_path):
    card = replace(
        CARD,
        reason='“说明” — "quoted" \\ \n with a line',
        metrics={"people: 模型": {"auc": 0.75}},
        fairness={"户籍: 省外 × f": {"people": 20.0, "impact_ratio": 1.0}},
    )
    path = artifacts.write(tmp_path, card, None)

    assert artifacts.read_card(path) == card
    assert "户籍: 省外 × f" in path.read_text(encoding="utf-8")


def test_surfaces_of_several_cells_come_back(tmp_path):
    surfaces = (
        Surface(0, 1, (0.0, 0.5, 1.0), (0.0, 1.0), ((0.25,), (0.5,)), 0.125),
        Surface(2, 3, (0.0, 1.0), (0.0, 0.5, 1.0), ((1.0, 2.0),), -0.5),
    )
    model = replace(MODEL, surfaces=surfaces)

    assert artifacts.read(artifacts.write(tmp_path, CARD, model))[1] == model


def test_the_card_is_the_whole_of_what_is_told_about_a_model(path):
    body = json.loads(path.read_text(encoding="utf-8"))

    assert set(body) == {"format", "card", "model", "checksum"}
    assert body["card"] == json.loads(json.dumps(asdict(CARD)))
    assert set(body["model"]) == {"name", "features", "base", "knots", "heights", "missing", "surfaces"}


def test_versions_name_what_runs_here():
    found = artifacts.versions()

    assert set(found) == {"python", "numpy", "scipy", "scikit-learn", "encoder"}
    assert (found["numpy"], found["scipy"], found["scikit-learn"]) == (
        np.__version__,
        scipy.__version__,
        sklearn.__version__,
    )
    assert found["encoder"] == "custom int8-1"
    meaning.use(None)
    assert artifacts.versions() == {**found, "encoder": "none"}
