"""The synthetic proxy and the cold start fitted on it."""

import csv
import gzip
import json

import numpy as np
import pytest

from matching import api, artifacts
from matching.__main__ import main
from matching.evaluation import proxy_set
from matching.rankers.baseline import Baseline
from matching.training.cold_start import fitted_rules, write_cold_start
from matching.training.dataset import build

WORK = ("焊接", "烘焙", "养蜂", "测绘", "护理", "印染", "木工", "采茶", "制陶", "修表", "调音", "种菜")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Four occupations per kind of work, and two rows that tell too little."""
    path = tmp_path_factory.mktemp("texts")
    rows = []
    for number, work in enumerate(WORK):
        for step in range(4):
            tasks = " ".join(f"{n}.{verb}{work}{step}号{thing}" for n, (verb, thing) in enumerate(
                zip(("准备", "操作", "检查", "记录"), ("材料", "设备", "成品", "日志"), strict=True), 1
            ))  # fmt: skip
            code = f"6-{number + 1:02d}-01-{step + 1:02d}"
            rows.append(
                (code, "做这件事的人员。", tasks, f"{work}{step}级技工,{work}{step}级师傅/{work}{step}级技工")
            )
    rows.append(("6-99-01-01", "", "1.做事", "甲,乙"))
    rows.append(("6-99-01-02", "", "1.一 2.二 3.三 4.四", "只有一个名字"))
    with gzip.open(path / proxy_set.FILE, "wt", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("code", "definition", "tasks", "alias"), *rows])
    return path


def test_occupations_need_two_names_and_four_tasks(folder):
    found = proxy_set.read_occupations(folder)

    assert len(found) == 48
    assert found[0] == proxy_set.Occupation(
        "6-01-01-01",
        ("焊接0级技工", "焊接0级师傅"),
        ("准备焊接0号材料", "操作焊接0号设备", "检查焊接0号成品", "记录焊接0号日志"),
    )


def test_student_and_posting_of_one_occupation_share_no_sentence_and_no_name(folder):
    occupations = proxy_set.read_occupations(folder)
    rows = proxy_set.showings(occupations, people=40, seed=3)

    for row in rows:
        assert len({offer.id for offer in row.shown}) == proxy_set.SHOWN
        assert len(row.chosen) == 1
        own = next(o for o in row.shown if o.title[:-2] == row.student.headlines[0][:-2])
        assert not set(row.student.text.split("；")) & set(own.text.split("；"))
        assert own.title not in row.student.headlines
        close = [o for o in row.shown if o.occupation_code[:4] == own.occupation_code[:4]]
        assert len(close) >= 4
    assert rows == proxy_set.showings(occupations, people=40, seed=3)
    assert {bool(row.student.wanted_occupations) for row in rows} == {True, False}
    # The same work is chosen most, but not always.
    same = [
        o.title[:-2] == row.student.headlines[0][:-2] for row in rows for o in row.shown if o.id in row.chosen
    ]
    assert 0.6 < np.mean(same) < 1.0


def test_the_report_says_that_it_is_synthetic(folder, capsys):
    assert main(["evaluate", "--set", "proxy", "--path", str(folder), "--seeds", "1", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)

    assert (report["set"], report["synthetic"], report["people"]) == ("synthetic proxy", True, 120)
    assert "assumed, not observed" in report["note"]
    systems = report["systems"]
    assert set(systems) == {"ours", "fitted_rules", "weighted_rules", "encoder", "bigrams", "random"}
    assert systems["ours"]["auc"] > systems["random"]["auc"] + 0.2
    assert all(row["auc_low"] <= row["auc"] <= row["auc_high"] for row in systems.values())
    assert main(["evaluate", "--set", "proxy", "--path", str(folder), "--seeds", "1"]) == 0
    assert capsys.readouterr().out.startswith("SYNTHETIC PROXY: ")


def test_too_few_descriptions_are_refused(folder, tmp_path, capsys):
    with gzip.open(folder / proxy_set.FILE, "rt", encoding="utf-8") as whole:
        lines = whole.readlines()[:11]
    with gzip.open(tmp_path / proxy_set.FILE, "wt", encoding="utf-8") as part:
        part.writelines(lines)

    assert main(["evaluate", "--set", "proxy", "--path", str(tmp_path)]) == 2
    assert "10 occupations with two names and four tasks, at least 20 needed" in capsys.readouterr().err


def data_of(folder, people):
    return build(proxy_set.showings(proxy_set.read_occupations(folder), people=people), Baseline().features)


def test_fitted_rules_are_rules_and_keep_what_the_set_cannot_tell(folder):
    rules, fitted = Baseline(), fitted_rules(data_of(folder, 80), name="x", seed=0)
    spans = [high - low for low, high in fitted.heights]

    assert sum(spans) == pytest.approx(1.0, abs=1e-12)
    assert min(spans) >= 0
    assert fitted.term(0, np.array([0.5, np.nan])).tolist() == [0.0, 0.0]
    for name in ("skills_covered", "certificates", "freshness", "responsiveness"):
        place = rules.features.index(name)
        assert spans[place] == pytest.approx(rules.weights[place], abs=1e-12)
    changed = [place for place, span in enumerate(spans) if abs(span - rules.weights[place]) > 1e-6]
    assert rules.features.index("occupation") in changed


def test_a_cold_start_names_its_source_and_serves_until_a_school_has_data(folder, tmp_path, capsys):
    out = tmp_path / "models"
    code = main(["cold-start", "--path", str(folder), "--out", str(out), "--people", "150"])
    card = json.loads(capsys.readouterr().out)

    assert code == (0 if card["accepted"] else 1)
    assert card["people"] == 0
    assert card["reason"].startswith("synthetic proxy, not people: ")
    assert set(card["metrics"]) == {"synthetic proxy: additive-0001", "synthetic proxy: weighted-rules-1"}
    try:
        assert api.load(out) == ("additive-0001" if card["accepted"] else "weighted-rules-1")
    finally:
        api.load(tmp_path / "nowhere")


def test_the_command_writes_the_weights_that_ship_from_what_it_has_judged(folder, tmp_path, capsys):
    """Whether they may ship is the verdict's: what is refused leaves no file, and the command ends with 2."""
    weights = tmp_path / "weights.json"
    arguments = [
        "--path",
        str(folder),
        "--out",
        str(tmp_path / "models"),
        "--people",
        "150",
        "--weights",
        str(weights),
    ]
    code = main(["cold-start", *arguments])
    card = artifacts.read_card(tmp_path / "models" / "additive-0001.json")

    assert (code, weights.exists()) == ((0, True) if card.accepted else (2, False))
    if card.accepted:
        body = json.loads(weights.read_text(encoding="utf-8"))
        rules = dict(zip(Baseline().features, Baseline().weights, strict=True))
        assert {name: body["weights"][name] for name in proxy_set.ASSUMED} == pytest.approx(
            {name: rules[name] for name in proxy_set.ASSUMED}, abs=1e-6
        )
        assert (body["reason"], body["data_hash"]) == (card.reason, card.data_hash)
    else:
        assert "is not accepted: synthetic proxy, not people" in capsys.readouterr().err


def test_a_cold_start_that_gains_nothing_is_refused(folder, tmp_path):
    data = data_of(folder, 90)
    blind = data.only(np.ones(len(data.groups), dtype=bool))
    blind.values[:] = np.nan

    assert write_cold_start(blind, tmp_path, source="synthetic proxy").accepted is False
