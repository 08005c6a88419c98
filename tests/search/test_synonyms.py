"""Groups of words that mean the same."""

from search import synonyms
from search.synonyms import table_of


def test_synonyms_are_mutual_and_plenty():
    table = synonyms.table()
    assert all(word in table[other] for word, others in table.items() for other in others)
    assert len(table) > 240
    assert all(word not in others for word, others in table.items())


def test_lines_are_read_in_either_width_without_remarks():
    lines = ["# 备注", "会计，财务, accounting ", "", "  # x", "数控,,CNC"]
    assert synonyms.read_groups(lines) == [["会计", "财务", "accounting"], ["数控", "CNC"]]


def test_words_are_written_as_a_search_cuts_them():
    assert table_of([["碼農", "Front-End"]]) == {"码农": ("front end",), "front end": ("码农",)}


def test_a_group_of_one_or_of_nothing_searchable_says_nothing():
    assert table_of([["码农"], ["!!", "??"], []]) == {"码农": ()}


def test_groups_that_share_a_word_lie_together():
    table = table_of([["数控", "CNC"], ["数控", "数字控制"]])
    assert table == {"数控": ("cnc", "数字控制"), "cnc": ("数控",), "数字控制": ("数控",)}
