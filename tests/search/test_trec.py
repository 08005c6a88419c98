"""Sets in the shape of TREC, with and without headers and with faults; the baselines by hand; the command on such a set."""

import io
import json
import math

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.engines import configured
from search.evaluation.baselines import K1, B, bm25_bigram, encoder, tfidf_char
from search.evaluation.sets import documents
from search.evaluation.trec import trec
from search.semantics import DIMENSIONS, key_of, quantise
from search.vectors import VectorFile

QUERIES = "q1\t会计\nq2\tmachine learning\nq3\t没有人要\n"
CORPUS = "d1\t成本会计\nd2\tMachine learning engineer\nd3\t保洁\n"
QRELS = "q1 0 d1 2\nq1 0 d3 0\nq2 0 d2 1\nq2 0 d9 1\nq3 0 d1 0\n"
READ = [("会计", {1: 2.0}), ("machine learning", {2: 1.0, -4: 1.0})]


@pytest.fixture
def files(tmp_path):
    def write(queries=QUERIES, corpus=CORPUS, qrels=QRELS):
        made = []
        for name, text in (("queries.tsv", queries), ("corpus.tsv", corpus), ("qrels.txt", qrels)):
            (tmp_path / name).write_bytes(text.encode("utf-8", "surrogateescape"))
            made.append(tmp_path / name)
        return made

    return write


def test_a_set_is_read_with_its_grades_and_what_nobody_holds_counts_as_missed(files):
    found = trec(*files())
    assert (found.name, list(found.queries)) == ("trec", READ)
    assert [(row.id, row.title) for row in found.documents] == [
        (1, "成本会计"), (2, "Machine learning engineer"), (3, "保洁")
    ]  # fmt: skip


@pytest.mark.parametrize(
    "header",
    [
        "id\ttext\n",
        "_id\ttext\n",
        "query-id\ttext\n",
        "QID\tx\n",
        "doc_id\tbody\n",
        "product_id\tname\n",
        "topic\tQuestion\r\n",
    ],
)
def test_a_header_of_queries_or_corpus_is_no_line(files, header):
    assert list(trec(*files(queries=header + QUERIES)).queries) == READ
    assert len(trec(*files(corpus=header + CORPUS)).documents) == 3


@pytest.mark.parametrize(
    "qrels",
    [
        "query-id\tcorpus-id\tscore\nq1\td1\t2\nq2\td2\t1\nq2\td9\t1\n",
        "qid iter docid rel\nq1 0 d1 2\nq2 0 d2 1\nq2 0 d9 1\n",
        "\n  q1   Q0\td1 2.0\r\n\r\nq2 0 d2 1\nq2 0 d9 1\n",
        "\ufeffq1 d1 2\nq2 d2 1\nq2 d9 1",
        "q1 0 d1 2\nq1 0 d3 -1\nq2 0 d2 1\nq2 0 d9 1\n",
    ],
)
def test_judgements_come_in_three_or_four_columns_with_or_without_a_header(files, qrels):
    assert list(trec(*files(qrels=qrels)).queries) == READ


def test_a_text_may_hold_tabs_and_ids_are_kept_as_they_are(files):
    found = trec(*files(corpus="007\ta\tb  c\n7\td\n会计-1\te\n", qrels="q1 0 007 1\nq1 0 会计-1 1\n"))
    assert [row.title for row in found.documents] == ["a b c", "d", "e"]
    assert list(found.queries) == [("会计", {1: 1.0, 3: 1.0})]


def test_a_first_line_that_is_judged_is_no_header_whatever_its_id(files):
    found = trec(*files("id\t会计\nqid\t保洁\n", "docid\ta\ncovid\tb\n", "id 0 docid 1\nqid 0 covid 2\n"))
    assert list(found.queries) == [("会计", {1: 1.0}), ("保洁", {2: 2.0})]


def test_lines_of_windows_repeated_lines_empty_texts_and_ids_with_spaces_are_read(files):
    corpus = "\ufeffd 1\tone\rtwo\r\nd2\t\r\n\r\nd2\t \r\nd 1\tone two\r\n"
    found = trec(*files("q1\tx\r\n", corpus, "q1\t0\td 1\t1\r\nq1\t0\td2\t1\r\nq1\t0\td2\t0\r\n"))
    assert [row.title for row in found.documents] == ["one two", ""]
    assert list(found.queries) == [("x", {1: 1.0})]


@pytest.mark.parametrize(
    ("which", "text", "fault"),
    [
        ("queries", "q1 会计\n", "queries.tsv, line 1: not an id, a tab and a text"),
        ("queries", "q1\ta\n\tb\n", "queries.tsv, line 2: not an id, a tab and a text"),
        ("queries", "q1\ta\n\nq1\tb\n", "queries.tsv, line 3: the id q1 stands twice"),
        ("corpus", "d1\ta\nd2\t\udcff\n", "corpus.tsv, line 2: not text in UTF-8"),
        ("qrels", "q1 0 d1 1\nq1 0 d2 nan\n", "qrels.txt, line 2: the relevance nan is no number"),
        ("qrels", "q1 0 d1 inf\n", "qrels.txt, line 1: the relevance inf is no number"),
        ("corpus", "id\ttext\nd1\ta\nd2\n", "corpus.tsv, line 3: not an id, a tab and a text"),
        ("corpus", "d1\ta\nid\tb\nid\tc\n", "corpus.tsv, line 3: the id id stands twice"),
        ("qrels", "q1 0 d1 1\nq1 0 d1\n  q1\n", "qrels.txt, line 2: the relevance d1 is no number"),
        ("qrels", "q1 0 d1 1\nq1 d1\n", "qrels.txt, line 2: not a query, a document and a relevance"),
        ("qrels", "q1 0 d1 1 x\n", "qrels.txt, line 1: not a query, a document and a relevance"),
        ("qrels", "a b c\nq1 0 d1 yes\n", "qrels.txt, line 2: the relevance yes is no number"),
    ],
)
def test_a_bad_line_is_named(files, which, text, fault):
    with pytest.raises(ValueError, match=f"^{fault}$"):
        trec(*files(**{which: text}))


# Baselines


TITLES = ["会计", "成本会计", "保洁", "会计会计 出纳", "Java engineers"]


def by_hand(query: list[str], held: list[list[str]]) -> list[float]:
    """BM25 by its formula."""
    mean = sum(map(len, held)) / len(held)
    scores = []
    for words in held:
        score = 0.0
        for word in query:
            among = sum(word in other for other in held)
            if not among:
                continue
            rarity = math.log(1 + (len(held) - among + 0.5) / (among + 0.5))
            times = words.count(word)
            score += rarity * times * (K1 + 1) / (times + K1 * (1 - B + B * len(words) / mean))
        scores.append(score)
    return scores


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("会计", ["会计"]),
        ("成本会计", ["成本", "本会", "会计"]),
        ("engineer", ["engineer"]),
        ("出纳 保洁", ["出纳", "保洁"]),
    ],
)
def test_bm25_orders_by_its_formula(text, query):
    held = [
        ["会计"],
        ["成本", "本会", "会计"],
        ["保洁"],
        ["会计", "计会", "会计", "出纳"],
        ["java", "engineer"],
    ]
    scores = by_hand(query, held)
    expected = sorted((n for n in range(5) if scores[n] > 0), key=lambda n: (-scores[n], n))
    assert bm25_bigram(documents(TITLES))(text) == [n + 1 for n in expected]


HELD = st.lists(
    st.lists(st.sampled_from(("会计", "保洁", "出纳", "java")), min_size=1, max_size=9),
    min_size=2,
    max_size=6,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HELD, st.sampled_from((["会计"], ["java"], ["会计", "出纳"])))
def test_bm25_minds_how_long_a_text_is_and_how_often_it_says_a_word(held, query):
    scores = by_hand(query, held)
    ranked = bm25_bigram(documents([" ".join(words) for words in held]))(" ".join(query))
    assert sorted(ranked) == [n for n, score in enumerate(scores, 1) if score > 0]
    told = [scores[number - 1] for number in ranked]
    assert told == pytest.approx(sorted(told, reverse=True))


@pytest.mark.parametrize("system", [bm25_bigram, tfidf_char])
def test_what_shares_nothing_is_not_ranked_and_equal_ones_stand_as_they_came(system):
    ranked = system(documents(["会计", "保洁", "會計"]))
    assert [ranked(text) for text in ("会计", "电工", "", "！")] == [[1, 3], [], [], []]


def test_tfidf_goes_by_characters_and_pairs_of_them():
    ranked = tfidf_char(documents(["计划", "会议", "会计", "ＪＡＶＡ"]))
    assert (ranked("会计")[0], sorted(ranked("会计")), ranked("java")) == (3, [1, 2, 3], [4])


class Directions:
    """An encoder with a direction for each text, and 甲 between those of 乙 and 丙, nearer to 丙."""

    name = "directions"

    def encode(self, texts):
        return quantise(np.stack([self.exact(text) for text in texts]))

    def exact(self, text):
        if text == "甲":
            return self.exact("乙") + 2 * self.exact("丙")
        row = np.zeros(DIMENSIONS)
        row[key_of(text) % DIMENSIONS] = 1
        return row


def test_the_encoder_alone_ranks_everything_by_its_cosine(tmp_path):
    ranked = encoder(documents(["丁", "乙", "丙", "乙"]), VectorFile(tmp_path, Directions()))
    assert ranked("甲") == [3, 2, 4, 1]


# The command


def measured(*files, words_only=True, **options):
    said = io.StringIO()
    given = [
        part
        for name, path in zip(("queries", "corpus", "qrels"), files, strict=False)
        for part in (f"--{name}", str(path))
    ]
    options = {"words_only": words_only, "json": True, "stdout": said, "stderr": io.StringIO()} | options
    call_command("evaluate_search", "--set", "trec", *given, **options)
    return json.loads(said.getvalue())


def test_the_command_measures_such_a_set_beside_its_baselines(files):
    told = measured(*files())
    assert {name: told[name] for name in ("set", "engine", "queries", "corpus")} == {
        "set": "trec", "engine": "embedded", "queries": 2, "corpus": 3
    }  # fmt: skip
    half = round((1 + 1 / (1 + 1 / math.log2(3))) / 2, 4)
    figures = {"ndcg@10": half, "map": 0.75, "mrr": 1.0, "hit@1": 1.0, "hit@5": 1.0, "low": 0.0, "high": 0.0}
    assert told["systems"] == {"ours": figures, "bm25_bigram": figures, "tfidf_char": figures}


def test_the_vectors_of_a_set_lie_apart_from_those_of_the_product(files, settings, monkeypatch):
    """Else every search of the product would be compared with them too."""
    monkeypatch.setattr(configured.semantics, "installed", Directions)
    told = measured(*files(), words_only=False)
    held = [path.relative_to(settings.SEARCH_DIR).parts for path in settings.SEARCH_DIR.rglob("vectors-*")]
    assert list(told["systems"]) == ["ours", "bm25_bigram", "tfidf_char", "encoder"]
    assert [(parts[0], parts[2]) for parts in held] == [("evaluation", "vectors-directions.bin")]


def test_the_command_says_that_a_server_does_not_answer(files, settings):
    settings.ELASTICSEARCH_URL = "http://127.0.0.1:1"
    with pytest.raises(CommandError, match=r"^--engine elasticsearch: ConnectionError"):
        measured(*files(), engine="elasticsearch")


@pytest.mark.parametrize(("count", "absent"), [(0, "queries"), (1, "corpus"), (2, "qrels")])
def test_the_command_asks_for_each_of_the_three_files(files, tmp_path, count, absent):
    made = files()
    with pytest.raises(CommandError, match=f"^--set trec needs --{absent}$"):
        measured(*made[:count])
    with pytest.raises(CommandError, match=f"^--{absent}: there is no file"):
        measured(*made[:count], tmp_path / "none", *made[count + 1 :])


def test_the_command_names_a_bad_line_and_a_set_that_asks_nothing(files):
    with pytest.raises(CommandError, match=r"qrels\.txt, line 1"):
        measured(*files(qrels="x\n"))
    with pytest.raises(CommandError, match=r"queries\.tsv has nothing to ask for"):
        measured(*files(qrels="q9 0 d1 1\n"))


@pytest.mark.parametrize(
    ("name", "text"),
    [("cross", "zh,en\n会计,Accountant\n"), ("category", "title,category\n" + "会计,财务\n" * 5)],
)
def test_a_set_is_told_by_the_name_it_was_asked_for(tmp_path, name, text):
    path, said = tmp_path / "set.csv", io.StringIO()
    path.write_text(text, encoding="utf-8")
    call_command("evaluate_search", "--set", name, "--file", str(path), "--words-only", "--json", stdout=said)
    told = json.loads(said.getvalue())
    assert (told["set"], told["queries"]) == (name, 1)
