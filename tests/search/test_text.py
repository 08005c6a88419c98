"""The shared analysis: examples by hand, and properties over any text."""

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
        ("C C++ C# .NET node.js", ["c", "c++", "c#", ".net", "node.js"]),
        ("會計", ["会", "计", "会计"]),
        ("engineers, testing & companies", ["engineer", "test", "company"]),
        ("3D 打印", ["3d", "打", "印", "打印"]),
        ("工程师", ["工", "程", "师", "工程", "程师", "工程师"]),
        ("", []),
        ('"*&()', []),
    ],
)
def test_tokens_of(given_text, tokens):
    assert text.tokens(given_text) == tokens


def test_traditional_table_is_one_to_one_and_stable():
    assert len(text._TRADITIONAL) == len(text._SIMPLIFIED)
    assert text.normalise(text._SIMPLIFIED) == text._SIMPLIFIED


def test_synonym_stands_in_for_each_bigram_of_its_word():
    assert text.analyse("数控").units == ((("数控",), ("cnc",)),)
    assert text.analyse("machine learning").units == (
        (("machine",), ("机器", "器学", "学习")),
        (("learn",), ("机器", "器学", "学习")),
    )


def test_synonyms_are_mutual_and_plenty():
    table = text.synonyms()
    assert all(word in table[other] for word, others in table.items() for other in others)
    assert len(table) > 240


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_normalise_is_idempotent(anything):
    once = text.normalise(anything)
    assert text.normalise(once) == once


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_tokens_never_raise_hold_no_space_and_stay_bounded(anything):
    found = text.tokens(anything)
    assert len(found) <= 3 * len(text.normalise(anything))
    assert all(token and not token.isspace() for token in found)
    assert 0 <= text.analyse(anything).needed <= len(text.analyse(anything).units)


def test_ten_thousand_characters_are_enough():
    assert text.tokens("x" * 20_000) == ["x" * 10_000]


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 2**50))
def test_cursor_is_read_as_it_was_written(value, position_id):
    assert read_cursor(write_cursor(value, position_id)) == (value, position_id)


@pytest.mark.parametrize("wrong", ["x", "////", "bnVsbA", "WzFd", "é"])
def test_foreign_cursor_is_refused(wrong):
    with pytest.raises(ValueError, match="cursor"):
        PositionQuery(cursor=wrong)


@pytest.mark.parametrize(
    "wrong", [{"sort": "x"}, {"size": 0}, {"size": 101}, {"page": 0}, {"page": 101}, {"facets": ("x",)}]
)
def test_impossible_query_is_refused(wrong):
    with pytest.raises(ValueError, match=r"sort|size|page|facets"):
        PositionQuery(**wrong)


def test_occupation_levels():
    assert occupation_prefix("4-07-00-00") == "4-07"
    assert occupation_path("4-07-03-01") == ["4", "4-07", "4-07-03", "4-07-03-01"]
    assert occupation_path("") == []


def test_sorting_by_date_or_pay_asks_for_more_of_the_words():
    assert text.analyse("网络安全工程师").needed == 2
    assert text.analyse("网络安全工程师", strict=True).needed == 4
