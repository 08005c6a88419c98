"""Evaluating the views from end to end: what is reported, by which keys, and that it follows from the lists judged."""

import gzip
import json

import numpy as np
import pytest

from matching import api, serving
from matching.__main__ import _table, main
from matching.evaluation import rivals
from matching.evaluation.metrics import NAMES, interval, mean, per_person
from matching.evaluation.report import NEEDED_BY, _gain, _rounds, _summary, bars, evaluate_views, examples
from matching.evaluation.views import NEGATIVES, Lists, draw_lists, read_views
from matching.features import meaning
from matching.features.arrays import Pairs
from matching.features.registry import REGISTRY, extract
from matching.rankers.base import score
from matching.training.cold_start import start_cold
from tests.matching.conftest import quick_encoder
from tests.matching.test_tables import HEADS, packed

TRADES = ("baker", "welder", "nurse", "driver", "teller", "painter")
KEYS = {
    "set", "people", "negatives", "systems", "seeds", "views_judged", "views_left_out", "intervals", "ours_against",
    "not_run", "leaking_features", "suspicious", "served_against_rules",
}  # fmt: skip
SYSTEMS = {
    "ours", "lambdamart", "boosting", "weighted_rules", "encoder", "tfidf", "bm25", "popularity", "random",
}  # fmt: skip


def write_world(folder, *, people=40, states=("OR",), first=0):
    """Everybody views three postings, mostly of their trade; a hundred others are viewed by people without profile."""
    random = np.random.default_rng(first)
    views, wishes = [], []
    for who in range(first, first + people):
        trade = TRADES[who % len(TRADES)]
        wishes.append(f"{who},{trade}")
        for n in range(3):
            kind = trade if random.random() < 0.45 else str(random.choice(TRADES))
            state = states[who % len(states)]
            views.append(f"{who},{who * 10 + n},{kind} {n},{kind} {n},Oak,Salem,{state},")
    for n in range(100 * len(states)):
        kind = TRADES[n % len(TRADES)]
        views.append(f"{90_000 + n},{90_000 + n},{kind},{kind},Elm,Salem,{states[n % len(states)]},")
    lines = {"job_views": views, "experience": [], "positions_of_interest": wishes}
    for name, rows in lines.items():
        packed(folder / f"{name}.csv.gz", "\n".join([HEADS[name], *rows]) + "\n")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_world(tmp_path_factory.mktemp("views"))


@pytest.fixture(scope="module")
def told(folder):
    """One evaluation with two seeds, as the library tells it, and all that was said."""
    said = []
    meaning.use(quick_encoder)
    try:
        return evaluate_views(read_views(folder), negatives="same-state", seeds=2, progress=said.append), said
    finally:
        meaning.reset()


def test_the_report_has_exactly_the_documented_keys(told):
    report, _ = told

    assert set(report) == KEYS
    assert set(report["systems"]) == set(report["intervals"]) == SYSTEMS
    assert set(report["ours_against"]) == SYSTEMS - {"ours"}
    for row in report["systems"].values():
        assert set(row) == {*NAMES, "auc_low", "auc_high"}
    for row in report["intervals"].values():
        assert set(row) == set(NAMES)
    for row in report["ours_against"].values():
        assert set(row) == {"gain", "low", "high"}
    assert (report["set"], report["negatives"], report["seeds"]) == ("views", "same-state", 2)
    assert report["not_run"] == {}
    assert json.loads(json.dumps(report)) == report


def test_people_and_lists_are_counted_over_all_seeds(folder, told):
    report, said = told
    views = read_views(folder)
    rounds = list(_rounds(views, None, "same-state", 2))
    judged = [set(one.judge.people.tolist()) for one in rounds]

    assert report["people"] == len(set.union(*judged))
    assert report["views_judged"] == sum(len(np.unique(one.judge.groups)) for one in rounds) == 2 * 16 * 3
    assert report["views_left_out"] == 0
    assert said == [f"seed {seed}: 16 people judged" for seed in (0, 1)]
    for one in rounds:
        assert set(one.judge.people.tolist()) & set(one.learn.people.tolist()) == set()
        assert len(set(one.learn.people.tolist())) == 24


def test_every_list_is_one_viewed_posting_and_ninety_nine_others(folder):
    one = next(_rounds(read_views(folder), None, "same-state", 1))

    for part in (one.learn, one.judge):
        assert set(np.unique(part.groups, return_counts=True)[1].tolist()) == {100}
        assert part.relevant.reshape(-1, 100).sum(axis=1).tolist() == [1.0] * (len(part.groups) // 100)
        assert part.values.shape == (len(part.groups), len(REGISTRY))
    assert {name: len(scores) for name, scores in one.told.items()} == dict.fromkeys(
        ("bm25", "tfidf", "encoder", "popularity"), len(one.judge.groups)
    )


def test_in_a_world_of_trades_whoever_reads_the_trade_wins(told):
    report, _ = told
    auc = {system: row["auc"] for system, row in report["systems"].items()}

    assert min(auc[name] for name in ("ours", "bm25", "tfidf", "weighted_rules")) > auc["random"] + 0.1
    assert report["ours_against"]["random"]["low"] > 0
    assert auc["random"] == pytest.approx(0.5, abs=0.12)
    assert report["leaking_features"] == {}


def test_popularity_is_read_off_the_people_who_teach_alone(told):
    """Nobody judged shares a posting with anybody: all that popularity can say is who is not among the viewed."""
    report, _ = told

    assert report["systems"]["popularity"]["auc"] < 0.5


def test_gains_are_differences_of_the_figures_beside_them(told):
    report, _ = told
    ours = report["systems"]["ours"]["auc"]

    for system, row in report["ours_against"].items():
        assert row["gain"] == pytest.approx(ours - report["systems"][system]["auc"], abs=1e-12)
        assert row["low"] <= row["gain"] <= row["high"]


def test_suspicious_is_whoever_stands_above_the_limit(told):
    report, _ = told

    assert report["suspicious"] == sorted(
        system for system, row in report["systems"].items() if row["auc"] > 0.8
    )


def test_a_summary_counts_people_and_not_seeds():
    """One person was judged three times, the other once: both count once, the interval is over the two."""
    by = {name: {7: [0.0, 0.3, 0.6], 8: [0.9]} for name in NAMES}
    figures, intervals = _summary(by)

    assert figures["auc"] == figures["mrr"] == pytest.approx(0.6)
    assert intervals["ndcg@10"] == pytest.approx(list(interval([0.3, 0.9])))
    assert (figures["auc_low"], figures["auc_high"]) == tuple(intervals["auc"])


def test_a_gain_is_paired_by_person():
    ours = {"auc": {who: [who / 10 + 0.01, who / 10 + 0.03] for who in range(10)}}
    theirs = {"auc": {who: [who / 10] for who in range(10)}}
    found = _gain({"ours": ours, "peer": theirs}, "ours", "peer")

    assert found == {"gain": pytest.approx(0.02), "low": pytest.approx(0.02), "high": pytest.approx(0.02)}
    assert _gain({"ours": ours, "ours too": ours}, "ours", "ours too") == {
        "gain": 0.0,
        "low": 0.0,
        "high": 0.0,
    }


def test_values_of_all_pairs_are_those_of_each(folder):
    views = read_views(folder)
    drawn = [draw_lists(views, negatives="same-state", seed=seed) for seed in (0, 1)]
    data, other = examples(views, drawn)
    lists, row = drawn[0], 523
    who, what = lists.people[row // 100], lists.postings[row // 100, row % 100]
    alone = extract(Pairs([views.students[who]], [views.positions[what]]), tuple(REGISTRY))[0, 0]

    assert data.values.shape == other.values.shape == (120 * 100, len(REGISTRY))
    assert np.array_equal(data.values[row], alone.astype(np.float32), equal_nan=True)
    assert data.people[row] == views.students[who].id
    assert (data.groups[row], data.relevant[row]) == (row // 100, float(row % 100 == 0))
    # Several draws at once are each of them alone, and people whom no list shows are not worked out.
    (again,) = examples(views, drawn[1:])
    assert again.hash() == other.hash()
    few = Lists(lists.people[:1], lists.postings[:1])
    assert np.array_equal(examples(views, [few])[0].values, data.values[:100], equal_nan=True)


@pytest.mark.parametrize("negatives", NEGATIVES)
def test_negatives_come_from_where_they_are_asked(tmp_path, negatives):
    views = read_views(write_world(tmp_path, people=8, states=("OR", "WA")))
    states = views.states()
    lists = draw_lists(views, negatives=negatives, seed=0)
    same = [set(states[row].tolist()) == {states[row[0]]} for row in lists.postings]

    assert all(same) is (negatives == "same-state")
    assert len(lists.people) == 24


@pytest.mark.parametrize(("count", "judged"), [(99, 9), (108, 9), (109, 0), (0, 9)])
def test_views_with_too_few_others_are_left_out(tmp_path, count, judged):
    """Nine viewed by three people, a hundred by others: everybody has 106 they did not view."""
    views = read_views(write_world(tmp_path, people=3))
    lists = draw_lists(views, negatives="uniform", seed=0, count=min(count, 106) if judged else count)

    assert lists.postings.shape == (judged, (min(count, 106) if judged else count) + 1)


def test_another_kind_of_negatives_is_refused(folder):
    with pytest.raises(ValueError, match="negatives are one of same-state, uniform, not nearby"):
        draw_lists(read_views(folder), negatives="nearby", seed=0)


def test_left_out_views_are_counted(tmp_path):
    """Two states, one of them with three people and no others: their nine views cannot be judged."""
    world = write_world(tmp_path, people=20)
    path = world / "job_views.csv.gz"
    more = [f"{who},{7000 + who * 3 + n},nurse,nurse,Oak,Reno,NV," for who in (1, 2, 3) for n in range(3)]
    with gzip.open(path, "rt", encoding="utf-8") as file:
        packed(path, file.read() + "\n".join(more) + "\n")
    report = evaluate_views(read_views(path.parent), negatives="same-state", seeds=1)

    assert report["views_left_out"] == 9
    assert report["views_judged"] == 8 * 3


def test_without_an_encoder_or_the_other_library_their_places_stay_empty(folder, monkeypatch):
    meaning.use(None)
    monkeypatch.setattr(rivals, "import_module", lambda name: (_ for _ in ()).throw(ImportError(name)))
    said = []
    report = evaluate_views(read_views(folder), negatives="same-state", seeds=1, progress=said.append)

    assert set(report["systems"]) == SYSTEMS - {"encoder", "lambdamart"}
    assert report["not_run"] == NEEDED_BY
    assert said[1:] == [f"{system}: not run, {why}" for system, why in NEEDED_BY.items()]
    assert [kept for kept in bars(report).values() if kept is None] == [None, None]


def test_the_command_prints_the_same_report_and_says_which_bars_were_kept(folder, told, capsys):
    report, said = told
    kept = bars(report)
    code = main(["evaluate", "--path", str(folder), "--seeds", "2", "--json", "--bars"])
    printed = capsys.readouterr()

    assert json.loads(printed.out) == report
    assert printed.err.splitlines() == [
        *said,
        *(f"{'kept' if verdict else 'MISSED'}: {name}" for name, verdict in kept.items()),
    ]
    assert code == (0 if all(kept.values()) else 1)
    assert len(kept) == 4


def test_the_table_holds_the_figures_and_names_leaks(told):
    report = {**told[0], "leaking_features": {"view_count": 0.912}}
    lines = _table(report).splitlines()

    assert lines[0] == f"{report['people']} people, same-state negatives, 2 seeds"
    assert lines[1].split() == ["system", "AUC", "low", "high", "nDCG@10", "MRR", "HR@10"]
    for line, (system, row) in zip(lines[2:11], report["systems"].items(), strict=True):
        figures = [row[key] for key in ("auc", "auc_low", "auc_high", "ndcg@10", "mrr", "hr@10")]
        assert line.split() == [system, *(f"{figure:.3f}" for figure in figures)]
    assert lines[11:19] == [
        f"ours - {system}: {row['gain']:+.3f} ({row['low']:+.3f} to {row['high']:+.3f}), paired by person"
        for system, row in report["ours_against"].items()
    ]
    assert lines[19:] == ["LEAK? view_count alone reaches 0.912"]


@pytest.fixture
def models(folder):
    """A folder in which the fitted rules that ship are in service."""
    start_cold(folder / "models")
    yield folder / "models"
    api.load(folder / "nowhere")


def test_what_a_folder_serves_is_judged_beside_the_others(folder, models, capsys):
    """It learns nothing here: the same figures as by hand, and its gain over the plain rules, paired by person."""
    code = main(["evaluate", "--path", str(folder), "--seeds", "1", "--json", "--models", str(models)])
    report = json.loads(capsys.readouterr().out)
    one = next(iter(_rounds(read_views(folder), None, "same-state", 1)))
    people = per_person(
        score(serving.ranker(), one.judge.values), one.judge.relevant, one.judge.groups, one.judge.people
    )

    assert (code, serving.ranker().name) == (0, "additive-0001")
    assert set(report["systems"]) == SYSTEMS | {"served"}
    assert report["systems"]["served"]["auc"] == pytest.approx(mean(list(people["auc"].values())), abs=1e-12)
    told = report["served_against_rules"]
    gain = report["systems"]["served"]["auc"] - report["systems"]["weighted_rules"]["auc"]
    assert (told["gain"], told["low"] <= gain <= told["high"]) == (pytest.approx(gain, abs=1e-12), True)
    assert f"served - weighted_rules: {gain:+.3f} (" in _table(report)


def test_without_a_folder_nothing_is_said_of_what_serves(told):
    report, _ = told

    assert report["served_against_rules"] is None
    assert "served" not in report["systems"]
    assert "served" not in _table(report)


def test_a_folder_that_is_not_there_is_refused_before_anything_runs(folder, capsys):
    assert main(["evaluate", "--path", str(folder), "--models", str(folder / "absent")]) == 2
    assert capsys.readouterr().err == f"error: no folder {folder / 'absent'}\n"
