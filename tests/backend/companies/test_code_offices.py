"""The social credit code between edge and database: characters, places, letters, sentences in both languages."""

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.companies.rules import ALPHABET, WEIGHTS, check_character, credit_code_error
from tests.factories.companies import credit_code

LEFT_OUT = "IOSVZ"


def test_the_alphabet_and_weights_are_those_of_the_standard():
    assert (len(ALPHABET), set(LEFT_OUT) & set(ALPHABET)) == (31, set())
    assert WEIGHTS == (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


@pytest.mark.parametrize("length", [0, 1, 15, 17, 19, 200])
def test_every_other_length_is_named(length):
    with translation.override("en"):
        assert str(credit_code_error("9" * length)) == (f"The code has 18 characters, this one has {length}.")


@pytest.mark.parametrize("letter", [*LEFT_OUT, "a", " ", "-", "中", "９", "\x00"])
@pytest.mark.parametrize("place", [0, 8, 17])
def test_a_character_outside_the_alphabet_is_named_wherever_it_stands(letter, place):
    code = credit_code(123_456)
    with translation.override("en"):
        sentence = str(credit_code_error(code[:place] + letter + code[place + 1 :]))
    assert sentence == (
        f"The code never contains these characters: {letter} (I, O, S, V and Z are left out)."
    )


@pytest.mark.parametrize("place", range(2, 8))
def test_the_office_is_digits_only(place):
    code = credit_code(123_456)
    with translation.override("en"):
        sentence = str(credit_code_error(code[:place] + "A" + code[place + 1 :]))
    assert sentence == "Characters 3 to 8 are the code of the registration office and must be digits."


@pytest.mark.parametrize(
    "code", ["", "9" * 19, "91310000IOSVZ00000", "913A00000000000000", "913100000000000000"]
)
def test_each_sentence_is_there_in_chinese(code):
    with translation.override("zh-hans"):
        assert not str(credit_code_error(code)).isascii()


@settings(max_examples=60)
@given(st.integers(0, 999_999_999))
def test_codes_of_the_factories_are_well_formed_and_all_different(number):
    assert credit_code_error(credit_code(number)) is None
    assert credit_code(number) != credit_code((number + 1) % 1_000_000_000)


@settings(max_examples=60)
@given(st.text(ALPHABET, min_size=17, max_size=17), st.sampled_from(ALPHABET))
def test_exactly_one_character_fits(body, character):
    fits = [last for last in ALPHABET if check_character(body) == last]
    assert len(fits) == 1
    assert (character in fits) is (character == check_character(body))


@settings(max_examples=60)
@given(st.text(max_size=40))
def test_any_text_gets_an_answer_and_never_a_fault(text):
    error = credit_code_error(text)
    assert error is None or str(error)
