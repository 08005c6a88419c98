"""Measures against hand-worked values and against scikit-learn, and labelled files that are not as they should be."""

import gzip
import io
import math
import random

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, label_ranking_average_precision_score, ndcg_score

from search.documents import PositionDocument
from search.evaluation.metrics import Mean, average_precision, hit, mean, ndcg, reciprocal_rank
from search.evaluation.run import evaluate, known, served
from search.evaluation.sets import DAY, LabelledSet, categories, crosslingual, documents, titles
from search.query import Filters
from search.results import Hit, SearchPage

# A loaded machine is no finding.
QUIET = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
RANKINGS = st.permutations(range(12))
RELEVANT = st.sets(st.integers(0, 11), min_size=1)


def as_arrays(ranked, relevant):
    """The same ranking as true relevance and falling scores, which is how scikit-learn wants it."""
    scores = np.zeros((1, len(ranked)))
    scores[0, list(ranked)] = np.arange(len(ranked), 0, -1)
    return np.array([[int(number in relevant) for number in range(len(ranked))]]), scores


@QUIET
@given(RANKINGS, RELEVANT, st.integers(1, 12))
def test_ndcg_is_that_of_scikit_learn(ranked, relevant, depth):
    assert ndcg(ranked, relevant, depth) == pytest.approx(ndcg_score(*as_arrays(ranked, relevant), k=depth))


@QUIET
@given(RANKINGS, st.integers(0, 11))
def test_the_reciprocal_rank_of_one_relevant_is_its_average_precision(ranked, relevant):
    known = label_ranking_average_precision_score(*as_arrays(ranked, {relevant}))
    assert reciprocal_rank(ranked, {relevant}) == pytest.approx(known)


@QUIET
@given(RANKINGS, RELEVANT)
def test_measures_agree_with_each_other(ranked, relevant):
    hits = [hit(ranked, relevant, depth) for depth in range(1, 13)]
    assert hits == sorted(hits)
    first = hits.index(1.0) + 1
    assert reciprocal_rank(ranked, relevant) == 1 / first
    assert [ndcg(ranked, relevant, depth) > 0 for depth in range(1, 13)] == [bool(found) for found in hits]


@pytest.mark.parametrize(
    ("ranked", "relevant", "depth", "value"),
    [
        ([1, 2, 3], {2}, 10, 1 / math.log2(3)),
        ([1, 2, 3], {2, 3}, 10, (1 / math.log2(3) + 1 / 2) / (1 + 1 / math.log2(3))),
        ([1, 2, 3], {3}, 2, 0.0),
        (
            [1],
            {1, 2, 3},
            10,
            1 / (1 + 1 / math.log2(3) + 1 / 2),
        ),  # what was not found at all counts against it
        (list(range(20)), set(range(20)), 10, 1.0),
    ],
)
def test_ndcg_worked_by_hand(ranked, relevant, depth, value):
    assert ndcg(ranked, relevant, depth) == pytest.approx(value)


@QUIET
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_the_interval_holds_the_mean_and_lies_within_the_values(values):
    made = mean(values, rounds=200)
    low, high = min(values), max(values)
    assert made.value == pytest.approx(np.mean(values))
    assert low - 1e-9 <= made.low <= made.high <= high + 1e-9


def test_the_interval_is_that_of_the_normal_for_many_values():
    dice = random.Random(3)
    values = [dice.random() for _ in range(800)]
    error = 1.96 * np.std(values) / math.sqrt(len(values))
    made = mean(values)
    assert (made.low, made.high) == (
        pytest.approx(made.value - error, abs=0.004),
        pytest.approx(made.value + error, abs=0.004),
    )


def test_another_seed_draws_another_interval():
    values = [0.0, 0.3, 0.9, 1.0] * 5
    assert mean(values, seed=1) != mean(values, seed=2)
    assert mean(values, seed=1).value == mean(values, seed=2).value


# A run


class Told:
    """Finds what it was told to; writes down what it was asked."""

    def __init__(self, answers):
        self.answers, self.asked = answers, []

    def find(self, query):
        self.asked.append(query)
        ids = self.answers.get(query.text, [])
        return SearchPage(len(ids), tuple(Hit(number, 1.0) for number in ids), worded=len(ids))


NOTHING = known([])


def labelled(*queries):
    documents = [PositionDocument(i, 1, f"t{i}", "", 1, published_at=DAY) for i in (1, 2, 3)]
    return LabelledSet("x", documents, [(text, frozenset(ids)) for text, ids in queries])


def test_a_run_asks_every_query_once_without_a_scope_and_means_its_measures():
    finder, heard = Told({"a": [1, 2], "b": [3, 1], "c": []}), []
    asked = labelled(("a", {1}), ("b", {1}), ("c", {1}))
    made = evaluate(asked, {"ours": served(finder.find, NOTHING)}, heard.append)
    assert [(query.text, query.filters, query.size, query.now) for query in finder.asked] == [
        (text, Filters(school_ids=None), 1_000, DAY) for text in "abc"
    ]
    assert (made.queries, made.documents, heard) == (3, 3, ["ours"] * 3)
    assert {name: round(found.value, 4) for name, found in made.measures.items()} == {
        "ndcg@10": round((1 + 1 / math.log2(3)) / 3, 4),
        "map": 0.5,
        "mrr": 0.5,
        "hit@1": round(1 / 3, 4),
        "hit@5": round(2 / 3, 4),
    }


def test_a_run_corrects_what_no_document_says_as_a_visitor_s_search_does():
    finder = Told({"会计": [2]})
    ranked = served(finder.find, known(documents(["会计", "会计", "会议"])))
    assert (ranked("kuaiji"), ranked("会计"), ranked("zzz")) == ([2], [2], [])
    assert [query.text for query in finder.asked] == ["kuaiji", "会计", "会计", "zzz"]
    assert (ranked("会议 快计"), finder.asked[-1].text) == ([], "会议 会计")


def test_each_system_is_held_against_the_best_baseline_query_by_query():
    """nDCG of ours: 1, 1, 0; of weak: 0, 0, 0; of strong: 1, 0, 0, which is the best."""
    asked = labelled(("a", {1}), ("b", {1}), ("c", {1}))
    ours = Told({"a": [1], "b": [1], "c": [2]})
    weak, strong = (lambda _text: [2]), {"a": [1], "b": [2], "c": []}.__getitem__
    made = evaluate(asked, {"ours": served(ours.find, NOTHING), "weak": weak, "strong": strong})
    assert list(made.systems) == ["ours", "weak", "strong"]
    beyond = {name: figures.beyond for name, figures in made.systems.items()}
    assert (beyond["ours"].value, beyond["weak"].value) == (pytest.approx(1 / 3), pytest.approx(-1 / 3))
    assert beyond["strong"] == Mean(0.0, 0.0, 0.0)
    assert (beyond["ours"].low, beyond["ours"].high, beyond["weak"].high) == (0.0, 1.0, 0.0)


@QUIET
@given(RANKINGS, RELEVANT)
def test_average_precision_is_that_of_scikit_learn(ranked, relevant):
    truth, scores = as_arrays(ranked, relevant)
    assert average_precision(ranked, relevant) == pytest.approx(average_precision_score(truth[0], scores[0]))


@QUIET
@given(RANKINGS, st.dictionaries(st.integers(0, 11), st.integers(1, 3), min_size=1), st.integers(1, 12))
def test_gains_of_several_grades_are_those_of_scikit_learn(ranked, gains, depth):
    _, scores = as_arrays(ranked, gains)
    truth = np.array([[gains.get(number, 0) for number in range(12)]])
    assert ndcg(ranked, gains, depth) == pytest.approx(ndcg_score(truth, scores, k=depth))


@pytest.mark.parametrize(
    ("ranked", "relevant", "value"),
    [
        ([1, 2, 3], {1, 3}, (1 + 2 / 3) / 2),
        ([1], {1, 2}, 0.5),
        ([2, 1], {1}, 0.5),
        ([2], {1}, 0.0),
        ([], {1}, 0.0),
        ([1], set(), 0.0),
        ([3, 1], {1: 2.0, 3: 1.0}, 1.0),
    ],
)
def test_average_precision_by_hand(ranked, relevant, value):
    assert average_precision(ranked, relevant) == pytest.approx(value)


# Files


def write(folder, name, text, *, packed=False):
    path = folder / name
    with (
        gzip.open(path, "wt", encoding="utf-8")
        if packed
        else path.open("w", encoding="utf-8", newline="") as file
    ):
        file.write(text)
    return path


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_titles_are_read_packed_or_not_with_a_mark_and_any_line_ends(tmp_path, packed, mark, end):
    lines = ["expected_name,job_name,more", *(f'电工,"电工, {i}",x' for i in range(5)), "焊工", ""]
    name = "titles.csv.gz" if packed else "titles.csv"
    found = titles(write(tmp_path, name, mark + end.join(lines), packed=packed))
    assert [row.title for row in found.documents] == [*(f"电工, {i}" for i in range(5)), ""]
    assert list(found.queries) == [("电工", frozenset(range(1, 6)))]
    assert [row.id for row in found.documents] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("columns", "title"),
    [("岗位名称,岗位分类", "岗位名称"), ("title,category", "title"), ("Title,Category", "Title")],
)
def test_categories_go_by_any_of_their_names(tmp_path, columns, title):
    rows = [f"题{i},类" for i in range(5)]
    found = categories(write(tmp_path, "board.csv", "\n".join([columns, *rows])))
    assert (found.name, [row.title for row in found.documents]) == ("board", [f"题{i}" for i in range(5)])
    assert list(found.queries) == [("类", frozenset({1, 2, 3, 4, 5}))]


@pytest.mark.parametrize(
    ("reader", "header", "absent"),
    [
        (titles, "job_name,expected_code", "bad.csv has no column expected_name"),
        (titles, "a,b", "bad.csv has no column job_name, expected_name"),
        (titles, "", "bad.csv has no column job_name, expected_name"),
        (crosslingual, "zh", "bad.csv has no column en"),
        (categories, "title,kind", "bad.csv has no column 岗位分类 or category or Category"),
        (categories, "name,category", "bad.csv has no column 岗位名称 or title or Title"),
        (categories, "", "bad.csv has no column 岗位名称 or title or Title"),
    ],
)
def test_a_file_without_its_columns_is_refused_by_their_names(tmp_path, reader, header, absent):
    with pytest.raises(ValueError, match=f"^{absent}$"):
        reader(write(tmp_path, "bad.csv", f"{header}\nx,y\n" if header else ""))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "--path: set.csv has no column job_name, expected_name"),
        (
            "job_name,expected_name\n电工,电工\n",
            "--path: set.csv has nothing to ask for: no label with enough rows",
        ),
        ("job_name,expected_name\n", "--path: set.csv has nothing to ask for: no label with enough rows"),
    ],
)
def test_the_command_says_what_is_wrong_with_a_file(tmp_path, text, said):
    path = write(tmp_path, "set.csv", text)
    with pytest.raises(CommandError) as refused:
        call_command(
            "evaluate_search", "--set", "titles", "--path", str(path), "--words-only", stdout=io.StringIO()
        )
    assert str(refused.value) == said


def test_the_command_says_that_a_file_is_not_packed_though_it_is_named_so(tmp_path):
    path = write(tmp_path, "set.csv.gz", "job_name,expected_name\n")
    with pytest.raises(CommandError, match="--path: Not a gzipped file"):
        call_command(
            "evaluate_search", "--set", "titles", "--path", str(path), "--words-only", stdout=io.StringIO()
        )


def test_the_command_needs_an_address_for_elasticsearch(tmp_path, settings):
    settings.ELASTICSEARCH_URL = ""
    rows = [f"电工{i},电工" for i in range(5)]
    path = write(tmp_path, "set.csv", "\n".join(["job_name,expected_name", *rows]))
    with pytest.raises(CommandError, match="needs ELASTICSEARCH_URL"):
        call_command("evaluate_search", "--set", "titles", "--path", str(path), "--engine", "elasticsearch")
