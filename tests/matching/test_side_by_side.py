"""Models of one folder written and taken back by several processes at once: each number once, each model back once."""

import os
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context

import pytest

from matching import artifacts
from tests.matching.test_artifacts import CARD, MODEL

FORK = get_context("fork")
PROCESSES = 4


def together(work, folder):
    """Each process works as soon as all have come; what each returned, or the name of what it raised."""
    gate, told = FORK.Barrier(PROCESSES), FORK.Queue()

    def run():
        gate.wait(20)
        try:
            told.put(work(folder))
        except OSError as error:
            told.put(type(error).__name__)

    children = [FORK.Process(target=run, daemon=True) for _ in range(PROCESSES)]
    for child in children:
        child.start()
    found = [told.get(timeout=20) for _ in children]
    for child in children:
        child.join(20)
    assert [child.exitcode for child in children] == [0] * PROCESSES
    return found


def add(folder):
    return artifacts.add(folder, CARD, MODEL).name


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@contextmanager
def nobody_waits(_directory):
    yield


def meet(monkeypatch, function, folder):
    """Whoever has asked waits until all have: the moment in which two can be told the same."""
    asked, real = FORK.Barrier(PROCESSES), getattr(artifacts, function)

    def late(directory):
        found = real(directory)
        asked.wait(20)
        return found

    monkeypatch.setattr(artifacts, "alone", nobody_waits)
    monkeypatch.setattr(artifacts, function, late)


def test_trainings_side_by_side_get_a_number_each(tmp_path):
    wanted = [f"additive-{number:04d}" for number in range(1, 1 + PROCESSES)]

    assert sorted(together(add, tmp_path)) == wanted
    assert names(tmp_path) == [f"{name}.json" for name in wanted]
    assert [artifacts.read_card(tmp_path / f"{name}.json").name for name in wanted] == wanted


def test_without_the_lock_all_take_the_same_number(tmp_path, monkeypatch):
    """The control: three of four models are gone."""
    meet(monkeypatch, "next_name", tmp_path)

    assert together(add, tmp_path) == ["additive-0001"] * PROCESSES
    assert names(tmp_path) == ["additive-0001.json"]


def test_each_model_is_taken_back_once(tmp_path):
    for number in range(1, 3):
        artifacts.write(tmp_path, replace(CARD, name=f"additive-000{number}"), MODEL)

    assert sorted(map(str, together(artifacts.rollback, tmp_path))) == [
        "None", "None", "additive-0001", "additive-0002",
    ]  # fmt: skip
    assert names(tmp_path) == ["additive-0001.withdrawn.json", "additive-0002.withdrawn.json"]


def test_without_the_lock_going_back_at_once_fails(tmp_path, monkeypatch):
    """The control: all have seen the same file, one finds it."""
    artifacts.write(tmp_path, CARD, MODEL)
    meet(monkeypatch, "_serving", tmp_path)

    assert sorted(together(artifacts.rollback, tmp_path)) == ["FileNotFoundError"] * 3 + ["additive-0001"]


def test_of_several_who_mean_the_same_model_one_takes_it_back(tmp_path):
    for number in range(1, 3):
        artifacts.write(tmp_path, replace(CARD, name=f"additive-000{number}"), MODEL)
    found = together(lambda folder: artifacts.rollback(folder, "additive-0002"), tmp_path)

    assert sorted(map(str, found)) == ["None"] * 3 + ["additive-0002"]
    assert names(tmp_path) == ["additive-0001.json", "additive-0002.withdrawn.json"]


def test_a_process_that_dies_holds_nobody_up(tmp_path):
    def dies(folder):
        with artifacts.alone(folder):
            os._exit(9)

    child = FORK.Process(target=dies, args=(tmp_path,), daemon=True)
    child.start()
    child.join(20)

    assert child.exitcode == 9
    assert add(tmp_path) == "additive-0001"


@pytest.mark.parametrize(
    ("against", "accepted"),
    [(None, False), ("additive-0001", False), ("additive-0002", True), ("additive-0003", True)],
)
def test_a_model_not_held_to_what_was_accepted_meanwhile_is_refused(tmp_path, against, accepted):
    """additive-0003 was the rival and is taken back by now: what serves is older, and was beaten before."""
    artifacts.write(tmp_path, replace(CARD, name="additive-0002"), replace(MODEL, name="additive-0002"))
    card = artifacts.add(tmp_path, CARD, MODEL, against=against)

    assert (card.name, card.accepted) == ("additive-0003", accepted)
    assert card.reason == ("beats" if accepted else "beats; additive-0002 was accepted meanwhile")
    assert artifacts.read(tmp_path / "additive-0003.json") == (card, replace(MODEL, name="additive-0003"))
    assert artifacts.newest_accepted(tmp_path).name == ("additive-0003" if accepted else "additive-0002")


def test_a_model_is_called_by_its_number_wherever_its_card_names_it(tmp_path):
    figures = {
        "people: additive-0001": {"auc": 0.7},
        "people: weighted-rules-1": {"auc": 0.6},
        "gate": {"gain": 0.1},
    }
    artifacts.write(tmp_path, replace(CARD, accepted=False), None)
    card = artifacts.add(tmp_path, replace(CARD, metrics=figures), MODEL)

    assert card.metrics == {
        "people: additive-0002": {"auc": 0.7},
        "people: weighted-rules-1": {"auc": 0.6},
        "gate": {"gain": 0.1},
    }


def test_a_refused_model_is_refused_for_its_own_reason_alone(tmp_path):
    artifacts.write(tmp_path, CARD, MODEL)
    card = artifacts.add(tmp_path, replace(CARD, accepted=False, reason="does not beat"), MODEL)

    assert (card.name, card.accepted, card.reason) == ("additive-0002", False, "does not beat")


@pytest.mark.parametrize("name", [None, "additive-0001"])
def test_where_there_is_no_folder_nothing_is_taken_back_and_none_is_made(tmp_path, name):
    assert artifacts.rollback(tmp_path / "none", name) is None
    assert not (tmp_path / "none").exists()
