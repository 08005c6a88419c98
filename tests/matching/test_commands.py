"""python -m matching, and the lines of JSON it learns from."""

import json

import pytest

from matching import api
from matching.__main__ import main
from matching.training.files import read_interactions, write_interactions
from tests.matching.simulated import by_place, by_rules, interactions


def test_lines_hold_everything(tmp_path):
    rows = interactions(by_place, people=3)
    write_interactions(tmp_path / "rows.jsonl", rows)
    found = list(read_interactions(tmp_path / "rows.jsonl"))

    assert [(r.student, list(r.shown), r.chosen, r.at) for r in found] == [
        (r.student, list(r.shown), r.chosen, r.at) for r in rows
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda body: body["student"].update(sex="female"), r"Student: fields differ: \['sex'\]"),
        (lambda body: body["shown"][0].pop("title"), r"Position: fields differ: \['title'\]"),
        (lambda body: body.pop("at"), "'at'"),
        (lambda body: body.update(at="yesterday"), "yesterday"),
    ],
)
def test_a_wrong_line_is_refused_with_its_number(tmp_path, capsys, change, said):
    path = tmp_path / "rows.jsonl"
    write_interactions(path, interactions(by_place, people=2))
    first, second = path.read_text(encoding="utf-8").splitlines()
    body = json.loads(second)
    change(body)
    path.write_text(f"{first}\n{json.dumps(body)}\n", encoding="utf-8")

    with pytest.raises(ValueError, match=rf"rows\.jsonl, line 2: .*{said}"):
        list(read_interactions(path))
    assert main(["train", "--path", str(path), "--out", str(tmp_path / "models")]) == 2
    assert "rows.jsonl, line 2" in capsys.readouterr().err
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize(("taste", "code"), [(by_place, 0), (by_rules, 1)])
def test_train_then_card(tmp_path, capsys, taste, code):
    rows, models = tmp_path / "rows.jsonl", tmp_path / "models"
    write_interactions(rows, interactions(taste))

    assert main(["train", "--path", str(rows), "--out", str(models), "--seed", "3"]) == code
    printed = capsys.readouterr()
    card = json.loads(printed.out)
    assert (card["name"], card["seed"], card["accepted"]) == ("additive-0001", 3, code == 0)
    assert printed.err.splitlines()[-1].startswith("additive-0001: ")
    assert main(["card", str(models)]) == 0
    assert json.loads(capsys.readouterr().out) == card
    assert main(["card", str(models / "additive-0001.json")]) == 0
    assert json.loads(capsys.readouterr().out) == card
    assert api.active_model() == "weighted-rules-1"


def test_no_model_is_said(tmp_path, capsys):
    assert main(["card", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"error: no model in {tmp_path}\n"


def test_an_absent_folder_is_said(tmp_path, capsys):
    assert main(["evaluate", "--path", str(tmp_path / "absent")]) == 2
    assert "absent" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [[], ["evaluate"], ["evaluate", "--path", ".", "--seeds", "0"], ["fly"]]
)
def test_wrong_arguments_are_refused(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage: python -m matching" in capsys.readouterr().err
