"""The shared analysis: examples by hand, and properties over any text."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search import text
from search.documents import occupation_path, occupation_prefix
from search.query import PositionQuery, read_cursor, write_cursor


@pytest.mark.parametrize(
    ("given_text", "tokens"),
    [
        ("ＣＮＣ 操作", ["cnc", "操", "作", "操作"]),
        (
            "C C++ C# .NET node.js",
            ["c", "c++", "c#", ".net", "node.js", "node", "js", "c_c++", "c++_c#", "c#_.net", ".net_node.js"],
        ),
        ("會計", ["会", "计", "会计"]),
        ("engineers, testing & companies", ["engineer", "test", "company", "engineer_test", "test_company"]),
        ("3D 打印", ["3d", "打", "印", "打印"]),
        ("工程师", ["工", "程", "师", "工程", "程师", "工程师"]),
        ("1.5万 8,000元", ["1.5", "万", "8000", "元"]),
        ("1.2.3", ["1", "2", "3", "1_2", "2_3"]),
        ("乾燥 後臺", ["干", "燥", "干燥", "后", "台", "后台"]),
        ("\ud800会计", ["会", "计", "会计"]),
        ("", []),
        ('"*&()', []),
    ],
)
def test_tokens_of(given_text, tokens):
    assert text.tokens(given_text) == tokens


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_normalise_is_idempotent(anything):
    once = text.normalise(anything)
    assert text.normalise(once) == once


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_tokens_never_raise_hold_no_space_and_stay_bounded(anything):
    found = text.tokens(anything)
    assert len(found) <= 4 * len(text.normalise(anything))
    assert all(token and not token.isspace() for token in found)


def test_ten_thousand_characters_are_enough():
    assert text.tokens("x" * 20_000) == ["x" * 10_000]


@given(st.floats(-(2**53), 2**53), st.integers(0, 2**63 - 1))
def test_cursor_is_read_as_it_was_written(value, position_id):
    assert read_cursor(write_cursor(value, position_id)) == (value, position_id)


def encoded(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "wrong",
    [
        "x", "////", "bnVsbA", "WzFd", "é", "a b", encoded("[1, 2, 3]"), encoded("{}"), encoded('["a", 1]'), encoded("[1, -1]"),
        encoded("[NaN, 1]"), encoded("[Infinity, 1]"), encoded("[-Infinity, 1]"), encoded("[1e17, 1]"), encoded("[1, Infinity]"),
        encoded(f"[1, {2**63}]"), encoded(f"[1, {10**30}]"), encoded("[" * 2_000), encoded("[1, [2]]"), encoded("[null, 1]"),
    ],
)  # fmt: skip
def test_foreign_cursor_is_refused(wrong):
    with pytest.raises(ValueError, match="cursor"):
        PositionQuery(cursor=wrong)


@pytest.mark.parametrize(
    "wrong", [{"sort": "x"}, {"size": 0}, {"size": 2_001}, {"page": 0}, {"page": 101}, {"facets": ("x",)}]
)
def test_impossible_query_is_refused(wrong):
    with pytest.raises(ValueError, match=r"sort|size|page|facets"):
        PositionQuery(**wrong)


def test_occupation_levels():
    assert occupation_prefix("4-07-00-00") == "4-07"
    assert occupation_path("4-07-03-01") == ["4", "4-07", "4-07-03", "4-07-03-01"]
    assert occupation_path("") == []


@pytest.mark.parametrize(
    ("given_text", "words"),
    [
        ("成本会计专员", ["成本会计", "专员"]),
        ("Java 开发 C++ 5", ["java", "开发", "c++"]),
        ("会计,会计", ["会计"]),
        ("x" * 21, []),
    ],
)
def test_vocabulary_holds_words_once_and_no_numbers(given_text, words):
    assert text.vocabulary(given_text) == words


def test_a_phrase_is_all_its_tokens_and_its_pairs():
    assert text.phrase("machine learning 工程师") == ("machine", "learn", "工程", "程师", "machine_learn")
