"""Measures by hand, sets from small files, and the command."""

import gzip
import json
import math

import pytest
from django.core.management import CommandError, call_command

from search.evaluation.metrics import Mean, hit, mean, ndcg, reciprocal_rank
from search.evaluation.sets import categories, crosslingual, titles


def test_ndcg_by_hand():
    assert ndcg([1, 2, 3], {1, 3}, 3) == pytest.approx((1 + 1 / 2) / (1 + 1 / math.log2(3)))
    assert ndcg([1], {1}) == ndcg([1, 2], {1, 2}) == 1.0
    assert ndcg([5, 6], {1}) == ndcg([], {1}) == ndcg([1], set()) == 0.0
    assert ndcg([9, 1], {1}, 1) == 0.0


def test_hits_and_ranks():
    assert [hit([3, 1], {1}, depth) for depth in (1, 2)] == [0.0, 1.0]
    assert [reciprocal_rank(ranked, {1}) for ranked in ([1], [2, 1], [2])] == [1.0, 0.5, 0.0]


def test_mean_has_an_interval_and_is_the_same_every_time():
    flat = mean([0.5] * 10)
    assert flat == Mean(0.5, 0.5, 0.5)
    spread = mean([0.0, 1.0] * 20)
    assert (spread.value, spread == mean([0.0, 1.0] * 20)) == (0.5, True)
    assert 0.3 < spread.low < 0.5 < spread.high < 0.7
    with pytest.raises(ValueError, match="nothing"):
        mean([])


@pytest.fixture
def titles_file(tmp_path):
    path = tmp_path / "titles.csv"
    rows = ["job_name,expected_code,expected_name"] + [f"电工{i},1,电工" for i in range(5)] + ["焊工,2,焊工"]
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def test_titles_ask_for_occupations_of_five_titles_and_more(titles_file):
    found = titles(titles_file)
    assert [(text, sorted(ids)) for text, ids in found.queries] == [("电工", [1, 2, 3, 4, 5])]
    assert [document.title for document in found.documents][-1] == "焊工"


def test_crosslingual_takes_any_of_several_names(tmp_path):
    path = tmp_path / "names.csv"
    path.write_text("zh,en\n会计,Accountant\n会计,Accounting\n出纳,Cashier\n空,\n", encoding="utf-8")
    found = crosslingual(path)
    assert (list(found.queries), len(found.documents)) == (
        [("会计", frozenset({1, 2})), ("出纳", frozenset({3}))],
        3,
    )


def test_categories_are_read_compressed_and_with_chinese_headers(tmp_path):
    path = tmp_path / "board.csv.gz"
    rows = ["岗位名称,岗位分类"] + [f"会计{i},财务" for i in range(5)] + ["x,"]
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write("\n".join(rows))
    found = categories(path)
    assert (found.name, list(found.queries)) == ("board", [("财务", frozenset(range(1, 6)))])


def test_command_prints_figures_and_fails_below_the_bar(titles_file, capsys):
    call_command("evaluate_search", "--set", "titles", "--path", str(titles_file), "--words-only", "--json")
    told = json.loads(capsys.readouterr().out)
    perfect = {"ndcg@10": 1.0, "map": 1.0, "mrr": 1.0, "hit@1": 1.0, "hit@5": 1.0, "low": 0.0, "high": 0.0}
    assert told == {
        "set": "titles",
        "engine": "embedded",
        "queries": 1,
        "corpus": 6,
        "systems": {"ours": perfect, "bm25_bigram": perfect, "tfidf_char": perfect},
    }
    titles_file.write_text(
        "job_name,expected_code,expected_name\n" + "\n".join(f"保洁{i},1,电工" for i in range(5)),
        encoding="utf-8",
    )
    with pytest.raises(CommandError, match="below"):
        call_command("evaluate_search", "--set", "titles", "--path", str(titles_file), "--words-only")
    with pytest.raises(CommandError, match="no file"):
        call_command("evaluate_search", "--set", "titles", "--path", "absent.csv")


@pytest.mark.data
def test_labelled_titles_keep_their_bar_by_words_and_meaning(shared_data, capsys):
    call_command(
        "evaluate_search", "--set", "titles", "--path", str(shared_data / "occupation_titles_dev.csv")
    )
    assert "kept ndcg@10" in capsys.readouterr().out
