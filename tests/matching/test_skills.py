"""One spelling per skill, and levels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.features.skills import _ALIASES, _SAME, canonical, levels, skills

LINES = [line.split("|") for line in _SAME.split("\n") if line]


@pytest.mark.parametrize("names", LINES, ids=[names[0] for names in LINES])
def test_every_spelling_of_a_line_is_the_first_one_however_it_is_written(names):
    for name in names:
        for written in (name, name.upper(), name.title(), f"  {name} ", name.replace(" ", " \t ")):
            assert canonical(written) == names[0]


def test_no_spelling_stands_for_two_skills_and_none_is_written_in_vain():
    every = [name for names in LINES for name in names]

    assert len(set(every)) == len(every) == len(_ALIASES)
    # What is compared has no case and single spaces, so the list must be written that way.
    assert [name for name in every if name != " ".join(name.split()).casefold()] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("java", "javascript"),
        ("c", "c++"),
        ("c++", "c#"),
        ("sql", "mysql"),
        ("react", "react native"),
        ("excel", "word"),
        ("go", "gopher"),
        ("ps", "ppt"),
        ("pr", "ps"),
        ("焊接", "焊接质检"),
        ("会计", "会计师"),
    ],
)
def test_skills_that_only_look_alike_stay_apart(one, other):
    assert canonical(one) != canonical(other)


@given(st.text(max_size=12))
def test_a_spelling_that_stands_for_a_skill_stands_for_itself(word):
    once = canonical(word)

    assert canonical(once) == once
    assert canonical(f" {word}\n") == once
    assert canonical(word.upper()) == canonical(word.upper().casefold())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), set()),
        (("", " ", "\t"), set()),
        (("Python", "python3", "PY "), {"python"}),
        (("Office", "wps", "Excel"), {"office", "excel"}),
        (("My  SQL", "sql"), {"mysql", "sql"}),
    ],
)
def test_skills_are_distinct_and_never_blank(words, expected):
    assert skills(words) == expected


@pytest.mark.parametrize(
    ("told", "names", "expected"),
    [
        ((), (), {}),
        ((("SQL", 2),), (), {"sql": 2}),
        ((("SQL", 2), ("sql语言", 3), ("SQL", 1)), (), {"sql": 3}),
        ((("SQL", 0), ("Go", -5), ("C#", 9)), (), {"sql": 1, "golang": 1, "c#": 3}),
        ((), ("Go", "go"), {"golang": 1}),
        ((("go", 2),), ("Golang", "SQL"), {"golang": 2, "sql": 1}),
        (((" ", 3), ("", 1)), (" ",), {}),
    ],
)
def test_the_highest_level_told_counts_and_a_bare_name_is_known(told, names, expected):
    assert levels(told, names) == expected
