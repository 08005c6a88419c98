"""Entries that names are completed from, and what is read back."""

from search.suggesting import MARK, Suggested, entries, keys, prefix, read
from tests.search.contract import document


def test_keys_of_a_name():
    assert keys("会计") == ["会计", "kuaiji", "kj"]
    assert keys("Java 开发") == ["java 开发", "javakaifa", "javakf"]
    assert keys("excel") == ["excel"]
    assert keys("!") == ["!"]


def test_entries_of_a_document_name_their_kind_once():
    found = entries(document(1, "会计", company="会计", skills=("Excel", "Excel"), occupation_name=""))
    assert found == [
        f"{key}{MARK}{kind}{MARK}{label}"
        for kind, label, all_keys in [
            ("t", "会计", ("会计", "kuaiji", "kj")),
            ("c", "会计", ("会计", "kuaiji", "kj")),
            ("s", "Excel", ("excel",)),
        ]
        for key in all_keys
    ]


def test_a_name_with_the_mark_in_it_is_read_back_whole():
    (term, *_) = entries(document(1, f"甲{MARK}乙", company=""))
    assert read([(term, 2)], 5) == [Suggested("title", "甲 乙", 2)]


def test_prefix_of_pinyin_may_have_gaps():
    assert [prefix(text) for text in ("kuai ji", "xi'an", "会 计", "c++ 开", "")] == [
        "kuaiji",
        "xian",
        "会 计",
        "c++ 开",
        "",
    ]


def test_read_takes_each_name_once_most_frequent_first_by_kind():
    terms = [
        (f"kj{MARK}t{MARK}会计", 3),
        (f"kuaiji{MARK}t{MARK}会计", 3),
        (f"kj{MARK}s{MARK}科技", 9),
        (f"kj{MARK}o{MARK}会计", 4),
        (f"kj{MARK}c{MARK}科捷", 1),
    ]
    assert read(terms, 3) == [
        Suggested("occupation", "会计", 4),
        Suggested("title", "会计", 3),
        Suggested("skill", "科技", 9),
    ]
