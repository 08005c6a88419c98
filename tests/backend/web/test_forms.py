"""Whole numbers as forms and addresses state them, and the sentences of a refused write beside their fields."""

import pytest
from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy, override
from hypothesis import given
from hypothesis import strategies as st

from backend.common.errors import Invalid
from backend.web.forms import LARGEST, add_errors, number_of, number_or_none, values_of

NUMBERS = [("1", 1), ("7", 7), ("007", 7), ("20", 20), (str(LARGEST), LARGEST)]
NONE = [
    None, "", " ", "x", "0", "-1", "+1", "1.0", "1e3", "0x1", "1_000", " 1", "1\n", "１", "²", "١", "一", "\0",
    str(LARGEST + 1), "9" * 30, "9" * 5000, "0" * 20,
]  # fmt: skip


@pytest.mark.parametrize(("text", "number"), NUMBERS)
def test_a_whole_number_is_read(text, number):
    assert (number_or_none(text), number_of({"pk": text}, "pk")) == (number, number)


@pytest.mark.parametrize("text", NONE, ids=lambda text: repr(text)[:12])
def test_everything_else_is_left_out_or_named(text):
    assert number_or_none(text) is None
    values = QueryDict(mutable=True)
    if text is not None:
        values["pk"] = text
    with override("en"), pytest.raises(Invalid) as caught:
        number_of(values, "pk")
    assert caught.value.fields == {"pk": [f"“pk” takes a whole number from 1 to {LARGEST}."]}


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "“fit” takes a whole number from 0 to 3."),
        ("zh-hans", "“fit”须为 0 至 3 之间的整数。"),
    ],
)
@pytest.mark.parametrize("text", ["4", "-1", "", "99999999"])
def test_what_is_out_of_bounds_is_told_the_bounds_in_either_language(language, sentence, text):
    with override(language), pytest.raises(Invalid) as caught:
        number_of({"fit": text}, "fit", least=0, most=3)
    assert caught.value.fields == {"fit": [sentence]}


@given(st.integers(-10, 10), st.integers(0, 10), st.integers(0, 10))
def test_exactly_the_numbers_within_the_bounds_are_read(number, least, most):
    read = number_or_none(str(number), least=least, most=most)
    assert read == (number if least <= number <= most else None)


@given(st.text(max_size=25))
def test_no_text_at_all_breaks_the_reader(text):
    read = number_or_none(text)
    assert read is None or 1 <= read <= LARGEST


class NameForm(forms.Form):
    name = forms.CharField()
    kind = forms.CharField()


def refused(error: Invalid) -> dict:
    form = NameForm({"name": "x", "kind": "y"})
    assert form.is_valid()
    add_errors(form, error)
    return {name: list(sentences) for name, sentences in form.errors.items()}


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"name": ["Too short."]}, {"name": ["Too short."]}),
        ({"name": ["Too short.", "Taken."]}, {"name": ["Too short.", "Taken."]}),
        ({"name": ("A.", "B.")}, {"name": ["A.", "B."]}),
        ({"name": "One sentence."}, {"name": ["One sentence."]}),
        ({"name": ["A."], "kind": ["B."]}, {"name": ["A."], "kind": ["B."]}),
        ({"version": ["Stale."]}, {"__all__": ["Stale."]}),
        (
            {"version": ["Stale."], "kind": ["B."], "a.b": ["C."]},
            {"__all__": ["Stale.", "C."], "kind": ["B."]},
        ),
    ],
)
def test_sentences_stand_at_their_fields_and_the_rest_above_the_form(fields, shown):
    assert refused(Invalid(fields=fields)) == shown


def test_an_error_without_fields_stands_above_the_form_with_its_values():
    error = Invalid("too_many", "No more than %(most)d.", most=3)
    assert refused(error) == {"__all__": ["No more than 3."]}


def test_lazy_sentences_are_said_in_the_readers_language():
    error = Invalid(fields={"kind": [gettext_lazy("Home")]})
    said = {}
    for language in ("en", "zh-hans"):
        with override(language):
            said[language] = refused(error)
    assert said == {"en": {"kind": ["Home"]}, "zh-hans": {"kind": ["首页"]}}


class Placed(forms.Form):
    """A field with a name, one that nobody sees, and a condition of both."""

    zone = forms.CharField(label=gettext_lazy("Zone"), max_length=3)
    user = forms.IntegerField(widget=forms.HiddenInput)

    def clean(self):
        if self.cleaned_data.get("zone") == "no":
            raise forms.ValidationError("Not there.")


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        ({}, {"zone": ["Zone: This field is required."], "user": ["This field is required."]}),
        ({"zone": "no", "user": "1"}, {"__all__": ["Not there."]}),
    ],
)
def test_a_form_that_no_page_shows_again_says_of_which_field_it_speaks(data, fields):
    with override("en"), pytest.raises(Invalid) as caught:
        values_of(Placed(data))
    assert caught.value.fields == fields


def test_the_values_of_a_form_that_is_in_order():
    assert values_of(Placed({"zone": " A ", "user": "7"})) == {"zone": "A", "user": 7}
