"""Protected attributes told in free text, flipped."""

import numpy as np
import pytest

from matching import api
from matching.__main__ import main
from matching.evaluation import flips as module
from matching.evaluation.flips import TOLD, flips
from matching.features import columns, protected
from tests.matching.simulated import by_place, interactions


def test_no_flip_changes_a_score_whoever_serves(tmp_path):
    found = flips(pairs=400)

    assert found.pairs == 400
    assert set(found.changes) == {*TOLD, "all at once"}
    assert found.most == 0.0

    api.train(interactions(by_place), tmp_path)
    try:
        assert api.load(tmp_path) == "additive-0001"
        assert flips(pairs=400, seed=1).most == 0.0
    finally:
        api.load(tmp_path / "nowhere")


@pytest.mark.parametrize(("told", "code"), [(("身高", "体重"), 1), (("男", "女"), 0)])
def test_a_word_that_is_read_is_found_and_ends_with_one(monkeypatch, capsys, told, code):
    """The control: a word that is not protected moves scores, and the command says so."""
    monkeypatch.setitem(module.TOLD, "control", told)

    assert main(["flips", "--pairs", "100"]) == code
    lines = capsys.readouterr().out.splitlines()
    assert (float(lines[-3].removeprefix("control: ")) > 0) is bool(code)
    assert lines[-1].startswith("weighted-rules-1: largest change over 100 pairs: ")


class Reads:
    """A ranker that scores by one thing alone: what is told in the student's own text."""

    def __init__(self, feature):
        self.name, self.features, self.base, self.pairs = "reads", (feature,), 0.0, ()

    def term(self, index, values):
        return np.nan_to_num(values)

    def bounds(self, index):
        return 0.0, 1.0


@pytest.mark.parametrize(("pairs", "scored"), [(1, 1), (2, 4), (4, 4), (5, 9), (100, 100), (101, 121)])
def test_at_least_so_many_pairs_are_scored(pairs, scored):
    assert flips(pairs=pairs).pairs == scored


@pytest.mark.parametrize(
    "feature", ["text_similarity", "title_similarity", "headline_similarity", "meaning", "headline_meaning"]
)
def test_no_feature_that_reads_texts_changes_on_a_flip(feature):
    found = flips(pairs=144, ranker=Reads(feature))

    assert found.most == 0.0
    assert set(found.changes.values()) == {0.0}


@pytest.mark.parametrize("feature", ["text_similarity", "meaning"])
def test_a_feature_that_reads_texts_does_change_on_other_words(monkeypatch, feature):
    """The control: the same way of telling moves the score where the word is one that counts."""
    monkeypatch.setitem(module.TOLD, "work", ("焊接工装配", "会计出纳管理"))
    found = flips(pairs=144, ranker=Reads(feature))

    assert found.changes["work"] > 0
    assert found.changes["all at once"] > 0
    assert {name for name, change in found.changes.items() if change > 0} == {"work", "all at once"}
    assert found.most == max(found.changes.values())


def test_a_protected_word_that_is_not_taken_out_is_found(monkeypatch):
    """The guard is off: texts are read as they are, and nearly every flip shows."""
    monkeypatch.setattr(columns, "readable", lambda text: text)
    found = flips(pairs=100, ranker=Reads("meaning"))

    assert found.most > 0
    assert found.changes["sex"] > 0


@pytest.mark.parametrize("name", module.TOLD)
def test_both_ways_of_telling_differ(name):
    one, other = module.TOLD[name]

    assert one != other
    assert protected.readable(f"会焊接，{one}，肯学").replace("，", "") == protected.readable(
        f"会焊接，{other}，肯学"
    ).replace("，", "")


def test_flips_are_given_by_their_seed(monkeypatch):
    monkeypatch.setitem(module.TOLD, "work", ("焊接工装配", "会计出纳管理"))
    one, again, other = (flips(pairs=64, seed=seed, ranker=Reads("meaning")) for seed in (1, 1, 2))

    assert one == again
    assert one.changes["work"] != other.changes["work"]
