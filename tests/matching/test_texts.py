"""Vectors of texts and what is kept of them."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import HashingVectorizer

from matching.features import texts
from matching.features.texts import vectors


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    monkeypatch.setattr(texts, "_known", {})


def test_rows_follow_the_texts_and_have_length_one():
    found = vectors(["abab", "", "x", "abab", "数据库"]).toarray()

    assert found.shape == (5, 2**16)
    assert (found @ found.T).round(12).tolist() == [
        [1, 0, 0, 1, 0],
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0],
        [1, 0, 0, 1, 0],
        [0, 0, 0, 0, 1],
    ]
    # ab twice, ba once
    assert sorted(found[0][found[0] > 0]) == pytest.approx([1 / 5**0.5, 2 / 5**0.5])
    assert vectors([]).shape == (0, 2**16)


def test_a_kept_text_gives_the_same_row_bit_by_bit():
    first = vectors(["编写 Python 程序", "焊接"]).toarray()

    assert set(texts._known) == {"编写 Python 程序", "焊接"}
    assert np.array_equal(vectors(["焊接", "会计", "编写 Python 程序"]).toarray()[[2, 0]], first)


def test_what_is_kept_is_bounded(monkeypatch):
    monkeypatch.setattr(texts, "MOST_KEPT", 10)

    vectors(["abcdef"])
    assert list(texts._known) == ["abcdef"]
    vectors(["abcdef", "uvwxyz"])
    assert list(texts._known) == ["abcdef", "uvwxyz"]
    vectors(["123"])
    assert list(texts._known) == ["123"]
    assert vectors(["abcdefghijklmnop"]).nnz == 15
    assert "abcdefghijklmnop" not in texts._known


@given(st.lists(st.text(), min_size=1, max_size=4))
@example(["C++ 与\u3000 Java", "İi", "aaaa", " \t ", "\U0001f600\U0001f601a", "熟悉数据库" * 40])
def test_the_numbers_are_those_of_scikit_learn(written):
    theirs = HashingVectorizer(analyzer="char", ngram_range=(2, 2), n_features=2**16, alternate_sign=False)
    ours, expected = vectors(written), theirs.transform(written)

    for part in ("indptr", "indices", "data"):
        assert getattr(ours, part).tolist() == getattr(expected, part).tolist()


def test_half_a_character_is_a_character():
    assert vectors(["\ud800程序"]).nnz == 2
