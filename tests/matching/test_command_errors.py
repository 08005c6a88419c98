"""python -m matching in a process of its own, and every way to ask it wrongly: one line, a code, no traceback."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import matching.__main__ as command
from matching import api, artifacts
from matching.__main__ import main
from matching.evaluation import proxy_set
from matching.evaluation.flips import Flips
from tests.matching.test_artifacts import CARD, MODEL
from tests.matching.test_report import write_world
from tests.matching.test_tables import packed

ROOT = Path(__file__).resolve().parents[2]


def refused(capsys, *arguments):
    """What a command says that ends with 2 and prints nothing."""
    assert main(list(arguments)) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Traceback" not in printed.err
    return printed.err


def usage(capsys, *arguments):
    """What is said where the arguments themselves are wrong."""
    with pytest.raises(SystemExit) as stop:
        main(list(arguments))
    printed = capsys.readouterr()
    assert (stop.value.code, printed.out) == (2, "")
    return printed.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "the following arguments are required"),
        (["fly"], "invalid choice: 'fly'"),
        (["train"], "the following arguments are required: --path, --out"),
        (["train", "--path", "x"], "the following arguments are required: --out"),
        (
            ["train", "--path", "x", "--out", "y", "--seed", "one"],
            "argument --seed: invalid int value: 'one'",
        ),
        (["cold-start", "--path", "x"], "the following arguments are required: --out"),
        (
            ["cold-start", "--path", "x", "--out", "y", "--people", "0"],
            "argument --people: a whole number, at least 1",
        ),
        (["evaluate"], "the following arguments are required: --path"),
        (["evaluate", "--path", "x", "--set", "titles"], "argument --set: invalid choice: 'titles'"),
        (["evaluate", "--path", "x", "--negatives", "near"], "argument --negatives: invalid choice: 'near'"),
        (["evaluate", "--path", "x", "--seeds", "-1"], "argument --seeds: a whole number, at least 1"),
        (["evaluate", "--path", "x", "--seeds", "two"], "argument --seeds: a whole number, at least 1"),
        (["flips", "--pairs", "0"], "argument --pairs: a whole number, at least 1"),
        (["flips", "--loud"], "unrecognized arguments: --loud"),
        (["card"], "the following arguments are required: path"),
    ],
)
def test_wrong_arguments_end_with_two_and_the_usage(capsys, arguments, said):
    err = usage(capsys, *arguments)

    assert err.startswith("usage: python -m matching")
    assert said in err.splitlines()[-1]


@pytest.mark.parametrize("name", ["train", "cold-start", "evaluate", "flips", "card"])
def test_every_command_explains_itself(capsys, name):
    with pytest.raises(SystemExit) as stop:
        main([name, "--help"])

    assert stop.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: python -m matching {name} ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "--path", "absent", "--out", "models"],
        ["cold-start", "--path", "absent", "--out", "models"],
        ["evaluate", "--path", "absent"],
        ["evaluate", "--set", "proxy", "--path", "absent"],
        ["card", "absent"],
        ["card", "absent/additive-0001.json"],
    ],
)
def test_what_is_not_there_is_said_and_nothing_is_written(tmp_path, monkeypatch, capsys, arguments):
    monkeypatch.chdir(tmp_path)
    err = refused(capsys, *arguments)

    assert err.startswith("error: ")
    assert "No such file or directory" in err
    assert len(err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train", "--path", ".", "--out", "models"], "Is a directory"),
        (["evaluate", "--path", "file"], "Not a directory"),
        (["cold-start", "--path", "file", "--out", "models"], "Not a directory"),
        (["card", "file"], "file: cannot be read: Expecting value"),
        (["card", "."], "no model in ."),
    ],
)
def test_a_file_for_a_folder_and_the_other_way_round_are_told(tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("text")

    assert said in refused(capsys, *arguments)
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_the_second_folder_is_read_as_strictly_as_the_first(tmp_path, capsys):
    world = write_world(tmp_path, people=3)

    err = refused(capsys, "evaluate", "--path", str(world), "--train-path", str(tmp_path / "absent"))
    assert "absent" in err


@pytest.mark.parametrize("option", [["--bars"], ["--train-path", "."], ["--models", "."]])
def test_what_the_proxy_has_not_is_refused_before_anything_runs(tmp_path, capsys, option):
    """It has no bars and no second folder: passing them over would look like keeping them."""
    err = refused(capsys, "evaluate", "--set", "proxy", "--path", str(tmp_path), *option)

    assert err == "error: --bars, --train-path and --models are for --set views\n"


def test_a_cold_start_on_too_few_descriptions_writes_nothing(tmp_path, capsys):
    packed(tmp_path / proxy_set.FILE, "code,tasks,alias\n1-01-01-01,1.一 2.二 3.三 4.四,甲/乙\n")
    err = refused(capsys, "cold-start", "--path", str(tmp_path), "--out", str(tmp_path / "models"))

    assert err == "error: 1 occupations with two names and four tasks, at least 20 needed\n"
    assert not (tmp_path / "models").exists()


def test_a_folder_that_cannot_be_made_is_said(tmp_path, capsys):
    (tmp_path / "rows.jsonl").write_text("")
    (tmp_path / "taken").write_text("mine")
    code = main(
        ["train", "--path", str(tmp_path / "rows.jsonl"), "--out", str(tmp_path / "taken" / "models")]
    )
    printed = capsys.readouterr()

    assert (code, printed.out) == (2, "")
    assert printed.err.splitlines()[-1].startswith("error: ")
    assert (tmp_path / "taken").read_text() == "mine"


def test_the_newest_card_of_a_folder_is_shown_even_of_a_refused_model(tmp_path, capsys):
    artifacts.write(tmp_path, CARD, MODEL)
    newer = replace(CARD, name="additive-0002", accepted=False, features=("charm",))
    artifacts.write(tmp_path, newer, MODEL)

    assert main(["card", str(tmp_path)]) == 0
    assert json.loads(capsys.readouterr().out)["features"] == ["charm"]
    assert main(["card", str(tmp_path / "additive-0001.json")]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "additive-0001"


def test_a_damaged_card_is_told_by_the_name_of_its_file(tmp_path, capsys):
    path = artifacts.write(tmp_path, CARD, MODEL)
    path.write_text(path.read_text(encoding="utf-8").replace("beats", "wins"), encoding="utf-8")

    assert refused(capsys, "card", str(tmp_path)) == (
        "error: additive-0001.json: changed or damaged since it was written\n"
    )


@pytest.mark.parametrize(("most", "code"), [(0.0, 0), (1e-12, 1), (0.2, 1)])
def test_the_smallest_change_of_a_score_ends_with_one(monkeypatch, capsys, most, code):
    monkeypatch.setattr(
        command, "flips", lambda **options: Flips(options["pairs"], {"sex": 0.0, "age": most})
    )

    assert main(["flips", "--pairs", "9"]) == code
    assert capsys.readouterr().out.splitlines() == [
        "sex: 0",
        f"age: {most:.3g}",
        f"weighted-rules-1: largest change over 9 pairs: {most:.3g} (bar 0)",
    ]


def test_flips_are_asked_of_the_model_that_is_named(tmp_path, monkeypatch, capsys):
    artifacts.write(tmp_path, CARD, MODEL)
    monkeypatch.setattr(command, "flips", lambda **options: Flips(1, {"sex": 0.0}))
    try:
        assert main(["flips", "--models", str(tmp_path)]) == 0
        assert capsys.readouterr().out.splitlines()[-1].startswith("additive-0001: ")
        artifacts.rollback(tmp_path)
        assert main(["flips", "--models", str(tmp_path)]) == 0
        assert capsys.readouterr().out.splitlines()[-1].startswith("weighted-rules-1: ")
    finally:
        api.load(tmp_path / "absent")


def test_flips_of_a_folder_that_is_not_there_are_not_those_of_the_rules(tmp_path, capsys):
    """A name with a slip in it would look like a model on which nothing changes."""
    assert refused(capsys, "flips", "--pairs", "1", "--models", str(tmp_path / "slip")) == (
        f"error: no folder {tmp_path / 'slip'}\n"
    )


def test_a_process_of_its_own_ends_with_the_code(tmp_path):
    """The module as it is called: nothing on the output, one line of error, the code of a refusal."""
    done = subprocess.run(
        [sys.executable, "-m", "matching", "card", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"error: no model in {tmp_path}\n")
