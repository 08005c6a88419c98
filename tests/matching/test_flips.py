"""Protected attributes told in free text, flipped."""

import pytest

from matching import api
from matching.__main__ import main
from matching.evaluation import flips as module
from matching.evaluation.flips import TOLD, flips
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
