"""The check digit of GB 32100-2015, worked by hand and by property."""

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from backend.companies.rules import ALPHABET, check_character, credit_code_error

bodies = st.tuples(
    st.text("123456789ABCDEFGY", min_size=2, max_size=2),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(ALPHABET, min_size=9, max_size=9),
).map("".join)


def error(code):
    with translation.override("en"):
        found = credit_code_error(code)
        return None if found is None else str(found)


@pytest.mark.parametrize(
    ("body", "character"),
    [
        # Digits 1 at the first place: weight 1, so 31 - 1 = 30, the last of the alphabet.
        ("10000000000000000", "Y"),
        # Second place: weight 3, so 28.
        ("01000000000000000", "W"),
        # Nothing adds up to nothing.
        ("00000000000000000", "0"),
        # 9 + 1·3 = 12, so 19.
        ("91000000000000000", "K"),
    ],
)
def test_check_character_worked_by_hand(body, character):
    assert check_character(body) == character


@given(bodies)
def test_a_code_with_its_check_character_is_well_formed(body):
    assert credit_code_error(body + check_character(body)) is None


@given(bodies, st.integers(8, 16), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_found(body, place, character):
    code = body + check_character(body)
    wrong = code[:place] + character + code[place + 1 :]
    assert (credit_code_error(wrong) is None) == (wrong == code)


@given(bodies, st.integers(8, 15))
def test_two_neighbours_changed_over_are_always_found(body, place):
    code = body + check_character(body)
    wrong = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert (credit_code_error(wrong) is None) == (wrong == code)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("", "The code has 18 characters, this one has 0."),
        ("9" * 19, "The code has 18 characters, this one has 19."),
        (
            "91310000IOSVZ00000",
            "The code never contains these characters: I O S V Z (I, O, S, V and Z are left out).",
        ),
        (
            "913A00000000000000",
            "Characters 3 to 8 are the code of the registration office and must be digits.",
        ),
        (
            "913100000000000000",
            "The check digit does not fit: compare the code with the licence, one character is wrong.",
        ),
    ],
)
def test_the_sentence_says_what_is_wrong(code, sentence):
    assert error(code) == sentence
