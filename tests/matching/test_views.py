"""The judged set of job views: reading, drawing lists, judging, and finding a planted leak."""

import csv
import gzip
import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from matching.__main__ import main
from matching.evaluation.leaks import LIMIT, suspects
from matching.evaluation.metrics import mean, per_person
from matching.evaluation.report import _judged, _rounds, bars, evaluate_views, examples
from matching.evaluation.views import draw_lists, read_views
from matching.features import meaning
from matching.features.arrays import Pairs
from matching.features.registry import REGISTRY, extract
from matching.rankers.learned import AdditiveRanker
from matching.training.splits import held_out_people

VIEWS = [
    "Applicant.ID",
    "Job.ID",
    "Title",
    "Position",
    "Company",
    "City",
    "State.Code",
    "Industry",
    "View.Start",
]
JOBS = ["Applicant.ID", "Position.Name", "City", "State.Code", "End.Date"]
WISHES = ["Applicant.ID", "Position.Of.Interest"]
TRADES = ("baker", "welder", "nurse", "driver", "teller", "painter", "cook", "guard")


def write(folder, name, header, rows):
    with gzip.open(folder / f"{name}.csv.gz", "wt", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])


@pytest.fixture
def small(tmp_path):
    """Two people with a profile, one without; five postings in two states."""
    view = [
        (1, 10, "Baker @ Oak", "Baker", "Oak", "Salem", "OR", "Food", "2014-01-01"),
        (1, 10, "Baker @ Oak", "Baker", "Oak", "Salem", "OR", "Food", "2014-01-02"),
        (1, 11, "Night Welder @ Elm", "", "Elm", " salem ", "or", "", "2014-01-01"),
        (2, 12, "Driver @ Ash", "Driver", "Ash", "Bend", "OR", "", "2014-01-01"),
        (2, 13, "Driver @ Fir", "Driver", "Fir", "", "WA", "", "2014-01-01"),
        (3, 14, "Nurse @ Yew", "Nurse", "Yew", "Kent", "", "", "2014-01-01"),
    ]
    jobs = [
        (1, "Pastry Chef", "Salem", "OR", "2012-01-01"),
        (1, "Baker", "Kent", "WA", ""),
        (1, "Clerk", "Bend", "OR", "2010-01-01"),
        (1, "Paper boy", "Reno", "NV", "1999-01-01"),
    ]
    write(tmp_path, "job_views", VIEWS, view)
    write(tmp_path, "experience", JOBS, jobs)
    write(tmp_path, "positions_of_interest", WISHES, [(2, "Truck Driver"), (3, "  ")])
    return tmp_path


@pytest.fixture
def trades(tmp_path):
    """Sixty people who look at postings of their trade, each posting seen by one person, in one state."""
    random = np.random.default_rng(0)
    seen, wishes = [], []
    for who in range(60):
        trade = TRADES[who % len(TRADES)]
        wishes.append((who, trade))
        for n in range(3):
            kind = trade if random.random() < 0.4 else str(random.choice(TRADES))
            job = who * 10 + n
            seen.append((who, job, f"{kind} {job}", f"{kind} {job}", "Oak", "Salem", "OR", "", "2014-01-01"))
    write(tmp_path, "job_views", VIEWS, seen)
    write(tmp_path, "experience", JOBS, [])
    write(tmp_path, "positions_of_interest", WISHES, wishes)
    return tmp_path


def planted(views, data, postings, teachers):
    """The rows with one more feature: how many teaching people, other than this one, viewed the posting."""
    counts = Counter(posting for who, posting in views.everybody if who in teachers)
    own = {(who, posting) for who, posting in views.everybody if who in teachers}
    pairs = zip(data.people.tolist(), postings.tolist(), strict=True)
    column = [counts[posting] - ((who, posting) in own) for who, posting in pairs]
    values = np.column_stack([data.values, np.minimum(np.array(column) / 5, 1.0)])
    return replace(data, features=(*data.features, "view_count"), values=values)


def auc_of(learn, rows, seed):
    free = AdditiveRanker(random_state=seed, monotone=False)
    scores = free.fit(learn.values, learn.relevant, learn.groups).predict(rows.values)
    people = per_person(scores, rows.relevant, rows.groups, rows.people, names=("auc",))["auc"]
    return mean(list(people.values()))


def test_profiles_and_postings_are_read(small):
    views = read_views(small)

    assert [(one.id, one.text) for one in views.students] == [
        (1, "baker\npastry chef\nclerk"),
        (2, "truck driver"),
    ]
    assert views.students[0].skills == ("baker", "pastry", "chef", "clerk")
    assert [(p.id, p.title, p.text) for p in views.positions] == [
        (10, "baker", "food oak"),
        (11, "night welder", "elm"),
        (12, "driver", "ash"),
        (13, "driver", "fir"),
        (14, "nurse", "yew"),
    ]
    assert views.seen == ((0, 0), (0, 1), (1, 2), (1, 3))
    assert views.everybody == ((1, 0), (1, 1), (2, 2), (2, 3), (3, 4))


def test_places_compare_by_state_and_city(small):
    views = read_views(small)
    salem, salem_too, bend, washington, nowhere = (p.city_code for p in views.positions)

    assert salem == salem_too != bend
    assert salem[:2] == bend[:2] == "OR"
    assert (washington, nowhere) == ("WA", "")
    # The present job first, and only the last three.
    assert [code[:2] for code in views.students[0].wanted_cities] == ["WA", "OR", "OR"]
    assert salem in views.students[0].wanted_cities


def test_states_of_any_country_and_very_many_cities_stay_apart(tmp_path):
    """Names as well as codes of one, two or three characters; more cities than two digits or letters can number."""
    head = ["Applicant.ID", "Job.ID", "Title", "City", "State.Code", "State.Name"]
    states = [
        ("OR", ""),
        ("NSW", ""),
        ("NSX", ""),
        ("11", ""),
        ("1", ""),
        ("", "Bavaria"),
        ("", "Bern"),
        ("", ""),
    ]
    told = [("Salem", *state) for state in states] + [(f"City {n}", "OR", "") for n in range(1400)]
    write(tmp_path, "job_views", head, [(1, n, "Baker", *place) for n, place in enumerate(told)])
    write(tmp_path, "experience", [*JOBS, "State.Name"], [(1, "Baker", " salem", "", "", " BAVARIA ")])
    write(tmp_path, "positions_of_interest", WISHES, [])
    views = read_views(tmp_path)

    codes = [posting.city_code for posting in views.positions]
    assert len(set(codes)) == len(told)
    assert {len(code) for code in codes} == {0, 4}
    assert len(set(views.states().tolist())) == len(states)
    assert views.students[0].wanted_cities == (codes[5],)
    values = extract(Pairs(views.students, views.positions), ("place",))[0, :, 0]
    assert [places.tolist() for places in np.nonzero(values > 0)] == [[5]]


def test_nothing_of_the_views_reaches_a_posting(small):
    for one in read_views(small).positions:
        assert (one.applicants, one.openings, one.published_on, one.starts_on) == (0, 0, None, None)


def test_lists_hold_the_viewed_posting_first_and_others_never_viewed(trades):
    views = read_views(trades)
    lists = draw_lists(views, negatives="same-state", seed=3, count=20)

    assert lists.postings.shape == (180, 21)
    seen = set(views.seen)
    for who, (viewed, *others) in zip(lists.people, lists.postings, strict=True):
        assert (who, viewed) in seen
        assert not [what for what in others if (who, what) in seen]
        assert len(set(others)) == 20
    again = draw_lists(views, negatives="same-state", seed=3, count=20)
    assert np.array_equal(lists.postings, again.postings)
    assert not np.array_equal(
        lists.postings, draw_lists(views, negatives="same-state", seed=4, count=20).postings
    )


def test_others_come_from_the_state_of_the_viewed_posting(small):
    views = read_views(small)
    states = views.states()

    near = draw_lists(views, negatives="same-state", seed=0, count=1)
    assert [tuple(states[row]) for row in near.postings] == [("OR", "OR")] * 3
    anywhere = draw_lists(views, negatives="uniform", seed=0, count=3)
    assert len(anywhere.people) == 4
    assert draw_lists(views, negatives="uniform", seed=0, count=4).postings.shape == (0, 5)
    with pytest.raises(ValueError, match="negatives are one of same-state, uniform, not all"):
        draw_lists(views, negatives="all", seed=0)


def test_rows_follow_the_lists(trades):
    views = read_views(trades)
    lists = draw_lists(views, negatives="uniform", seed=0, count=9)
    (data,) = examples(views, [lists])

    assert data.values.shape == (1800, len(REGISTRY))
    assert data.relevant.reshape(180, 10).sum(axis=0).tolist() == [180.0] + [0.0] * 9
    row = 17 * 10 + 4
    pair = Pairs([views.students[lists.people[17]]], [views.positions[lists.postings[17, 4]]])
    expected = extract(pair, tuple(REGISTRY))[0, 0].astype(np.float32)
    assert np.array_equal(data.values[row], expected, equal_nan=True)
    assert data.groups[row] == 17
    assert data.people[row] == views.students[lists.people[17]].id


def test_the_planted_count_of_views_is_found(trades):
    """Every posting has one viewer: whoever is judged stands out by having no view among the teachers."""
    views = read_views(trades)
    lists = draw_lists(views, negatives="same-state", seed=1, count=40)
    (clean,) = examples(views, [lists])
    judged = held_out_people(clean.people, seed=1, share=0.3)
    teachers = {who for who, _ in views.everybody} - set(clean.people[judged].tolist())
    leaky = planted(views, clean, lists.postings.ravel(), teachers)

    assert suspects(clean.only(~judged), clean.only(judged)) == {}
    assert list(suspects(leaky.only(~judged), leaky.only(judged))) == ["view_count"]
    free, planted_on = ((data.only(~judged), data.only(judged)) for data in (clean, leaky))
    assert auc_of(*planted_on, 1) > auc_of(*free, 1) + 0.1


SYSTEMS = (
    "ours", "lambdamart", "boosting", "weighted_rules", "encoder", "tfidf", "bm25", "popularity", "random",
)  # fmt: skip


def test_the_report_of_a_folder(trades, capsys):
    assert main(["evaluate", "--set", "views", "--path", str(trades), "--seeds", "2", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)

    assert list(report)[:4] == ["set", "people", "negatives", "systems"]
    told = ("set", "negatives", "seeds", "leaking_features", "views_left_out", "views_judged")
    assert {key: report[key] for key in told} == {
        "set": "views",
        "negatives": "same-state",
        "seeds": 2,
        "leaking_features": {},
        "views_left_out": 0,
        "views_judged": 2 * 24 * 3,
    }
    assert 24 <= report["people"] <= 48
    assert set(report["systems"]) == set(report["intervals"]) == set(SYSTEMS)
    assert set(report["ours_against"]) == set(SYSTEMS) - {"ours"}
    for system, row in report["ours_against"].items():
        difference = report["systems"]["ours"]["auc"] - report["systems"][system]["auc"]
        assert row["gain"] == pytest.approx(difference, abs=1e-12)
        assert row["low"] <= row["gain"] <= row["high"]
    for system, figures in report["systems"].items():
        assert set(figures) == {"auc", "auc_low", "auc_high", "ndcg@10", "mrr", "hr@10"}
        intervals = report["intervals"][system]
        assert intervals["auc"] == [figures["auc_low"], figures["auc_high"]]
        for name, (low, high) in intervals.items():
            assert low <= figures[name] <= high
    assert report["systems"]["ours"]["auc"] > report["systems"]["random"]["auc"] + 0.1


def copy_of(folder, target, *, first):
    """The same folder with other people: their numbers start at `first`."""
    target.mkdir()
    for name in ("job_views", "experience", "positions_of_interest"):
        with gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        moved = [[str(int(row[0]) + first), *row[1:]] for row in rows]
        write(target, name, header, moved)
    return target


def test_learning_on_another_folder_judges_everybody(trades, tmp_path, capsys):
    other = copy_of(trades, tmp_path / "other", first=1000)
    command = ["evaluate", "--path", str(trades), "--train-path", str(other), "--negatives", "uniform"]
    printed = []
    for _ in range(2):
        assert main([*command, "--seeds", "1", "--json"]) == 0
        printed.append(capsys.readouterr().out)

    assert printed[0] == printed[1]
    report = json.loads(printed[0])
    assert (report["people"], report["views_judged"]) == (60, 180)
    assert report["systems"]["ours"]["auc"] > 0.6


def test_who_is_judged_teaches_nothing_even_from_another_folder(trades, tmp_path):
    views = read_views(trades)
    with pytest.raises(ValueError, match="nobody is left to learn from"):
        evaluate_views(views, negatives="uniform", seeds=1, train_views=views)

    # Half of the teachers are judged too: the answer is that of the other half alone.
    everybody = read_views(copy_of(trades, tmp_path / "other", first=30))
    strangers = {one.id for one in everybody.students if one.id >= 60}
    place = {one.id: i for i, one in enumerate(everybody.students)}
    kept = {place[who] for who in strangers}
    alone = replace(everybody, seen=tuple(row for row in everybody.seen if row[0] in kept))
    one = next(_rounds(views, everybody, "uniform", 1))
    assert set(one.learn.people.tolist()) == strangers
    assert len(next(_rounds(views, alone, "uniform", 1)).learn.groups) == len(one.learn.groups)


def test_a_folder_with_too_few_postings_is_refused(small, capsys):
    assert main(["evaluate", "--path", str(small)]) == 2
    assert "nothing to judge" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("ours", "gain", "peer", "leaks", "missed"),
    [
        (0.70, 0.01, 0.71, {}, []),
        (0.65, 0.01, 0.60, {}, ["AUC of ours at least 0.66"]),
        (0.70, -0.01, 0.60, {}, ["AUC of ours above the encoder beyond the interval"]),
        (0.70, 0.01, 0.72, {}, ["AUC of ours at least 0.98 of LambdaMART"]),
        (0.70, 0.01, 0.60, {"views": 0.9}, ["no feature knows the answer"]),
    ],
)
def test_each_bar_can_be_missed_alone(ours, gain, peer, leaks, missed):
    report = {
        "systems": {"ours": {"auc": ours}, "lambdamart": {"auc": peer}},
        "ours_against": {"encoder": {"gain": gain, "low": gain, "high": gain}},
        "leaking_features": leaks,
    }
    assert [name for name, kept in bars(report).items() if kept is False] == missed

    without = {"systems": {"ours": {"auc": ours}}, "ours_against": {}, "leaking_features": {}}
    assert [kept for name, kept in bars(without).items() if "ncoder" in name or "Lambda" in name] == [
        None,
        None,
    ]


def test_bars_decide_how_the_command_ends(trades, capsys):
    meaning.use(None)
    assert main(["evaluate", "--path", str(trades), "--seeds", "1", "--bars"]) == 1
    assert "not run: AUC of ours above the encoder beyond the interval" in capsys.readouterr().err


@pytest.mark.data
def test_real_views_are_ranked_honestly_and_the_leak_is_found(shared_data):
    views = read_views(shared_data / "job_views_dev")
    (one,) = rounds = list(_rounds(views, None, "same-state", 1))
    report = _judged(rounds, None, str)

    ours = report["systems"]["ours"]["auc"]
    assert 0.66 <= ours < LIMIT
    assert report["systems"]["tfidf"]["auc"] < ours
    assert set(bars(report).values()) == {True}
    assert (report["suspicious"], report["leaking_features"]) == ([], {})

    lists = draw_lists(views, negatives="same-state", seed=0)
    people = np.repeat([views.students[place].id for place in lists.people], lists.postings.shape[1])
    judged = np.isin(people, one.judge.people)
    teachers = {who for who, _ in views.everybody} - set(one.judge.people.tolist())
    postings = lists.postings.ravel()
    learn = planted(views, one.learn, postings[~judged], teachers)
    judge = planted(views, one.judge, postings[judged], teachers)
    # The other features are those that did not leak just now.
    alone = (
        replace(data, features=data.features[-1:], values=data.values[:, -1:]) for data in (learn, judge)
    )
    assert list(suspects(*alone)) == ["view_count"]
    assert auc_of(learn, judge, 0) > 0.85


def test_the_table_names_every_system_and_every_leak(trades, capsys):
    assert main(["evaluate", "--path", str(trades), "--seeds", "1", "--negatives", "uniform"]) == 0
    lines = capsys.readouterr().out.splitlines()

    assert lines[0] == "24 people, uniform negatives, 1 seeds"
    assert [line.split()[0] for line in lines[1:11]] == ["system", *SYSTEMS]
    assert [line.partition(":")[0] for line in lines[11:]] == [f"ours - {rival}" for rival in SYSTEMS[1:]]
