"""What the forms of a school take: words, codes written as names, years; sentences in both languages."""

import pytest
from django import forms
from django.utils import translation

from backend.schools.interfaces.forms import (
    CitiesField,
    ClassForm,
    DepartmentForm,
    MajorForm,
    OccupationsField,
    WordsField,
)
from backend.schools.models import Department, Major


def refusal(field: forms.Field, value: str, language: str = "en") -> list[str]:
    """The sentences of a refusal, read while the language is on."""
    with translation.override(language):
        with pytest.raises(forms.ValidationError) as caught:
            field.clean(value)
        return caught.value.messages


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Java", ["Java"]),
        ("Java,SQL", ["Java", "SQL"]),
        ("Java，SQL、C++;C#；.NET", ["Java", "SQL", "C++", "C#", ".NET"]),
        ("Java\nSQL\r\nGo", ["Java", "SQL", "Go"]),
        (" , Java ,, ， SQL ,", ["Java", "SQL"]),
        ("数控 编程", ["数控 编程"]),
        ("", []),
        ("，，", []),
    ],
)
def test_words_are_split_at_commas_of_any_kind(written, kept):
    assert WordsField(required=False).clean(written) == kept


@pytest.mark.parametrize(
    ("value", "shown"),
    [(["Java", "SQL"], "Java、SQL"), (("Java",), "Java"), ([], ""), ("as typed,", "as typed,"), (None, None)],
)
def test_a_list_is_shown_as_one_line(value, shown):
    assert WordsField().prepare_value(value) == shown


@pytest.mark.parametrize(
    ("initial", "data", "changed"),
    [
        (["Java"], "Java", False),
        (["Java", "SQL"], "Java；SQL", False),
        (["Java", "SQL"], "SQL,Java", True),
        (None, "", False),
        ([], "Java", True),
    ],
)
def test_words_have_changed_when_the_list_has(initial, data, changed):
    assert WordsField(required=False).has_changed(initial, data) is changed


def test_words_are_bounded():
    assert len(WordsField().clean("字" * 2000)) == 1
    assert refusal(WordsField(), "字" * 2001) == [
        "Ensure this value has at most 2000 characters (it has 2001)."
    ]


def test_needed_words_are_asked_for():
    assert refusal(WordsField(), "") == ["This field is required."]


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        ("苏州", ["320500"]),
        ("苏州市", ["320500"]),
        ("320500", ["320500"]),
        ("上海、苏州", ["310000", "320500"]),
        ("苏州，上海市", ["320500", "310000"]),
        ("", []),
    ],
)
def test_cities_are_written_as_names_and_kept_as_codes(written, codes):
    assert CitiesField(required=False).clean(written) == codes


def test_codes_are_shown_as_names():
    assert CitiesField().prepare_value(["320500", "310000"]) == "苏州、上海"
    assert OccupationsField().prepare_value(["2-02-10-03"]) == "计算机软件工程技术人员"
    assert CitiesField().prepare_value(["999999"]) == "999999"


@pytest.mark.parametrize("written", ["延边", "延边朝鲜族自治州", "222400"])
def test_a_prefecture_goes_by_its_short_name_too_and_is_shown_by_it(written):
    field = CitiesField()
    assert field.clean(written) == ["222400"]
    assert field.prepare_value(["222400"]) == "延边"


def test_what_is_shown_can_be_written_back_for_every_city_and_occupation():
    for field in (CitiesField(), OccupationsField()):
        codes = [code for code, _name in field.known()]
        for start in range(0, len(codes), 60):  # as many as one line of the form holds
            shown = field.prepare_value(codes[start : start + 60])
            # Compared as shown: one name, 甘油制造工, has two codes in the classification.
            assert field.prepare_value(field.clean(shown)) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("文学、艺术学研究人员", "文学、艺术学研究人员"),
        ("天文学研究人员，文学、艺术学研究人员；文学作家", "天文学研究人员、文学、艺术学研究人员、文学作家"),
    ],
)
def test_a_name_with_a_comma_of_its_own_is_one_name(written, shown):
    field = OccupationsField()
    assert field.prepare_value(field.clean(written)) == shown


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("en", ["“霍格沃茨” is not on the list."]),
        ("zh-hans", ["“霍格沃茨”不在列表中。"]),
    ],
)
def test_an_unknown_city_is_named(language, sentences):
    assert refusal(CitiesField(), "苏州，霍格沃茨", language) == sentences


def test_a_part_of_a_name_is_met_with_likely_ones():
    (sentence,) = refusal(OccupationsField(), "软件")
    head, _, near = sentence.partition("Did you mean: ")
    assert head == "“软件” is not on the list. "
    names = near.split("、")
    assert 1 <= len(names) <= 5
    assert all("软件" in name for name in names)


def test_a_long_unknown_entry_is_cut_in_the_sentence():
    (sentence,) = refusal(CitiesField(), "城" * 200)
    assert sentence == f"“{'城' * 40}” is not on the list."


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "%(entry)s", "{0}", "'; DROP TABLE"])
def test_hostile_entries_are_only_text(hostile):
    messages = refusal(CitiesField(), hostile.replace(";", " "))
    assert messages[0].startswith("“")


@pytest.mark.parametrize(
    ("name", "valid"), [("信息系", True), ("系" * 80, True), ("系" * 81, False), ("", False), ("  ", False)]
)
def test_the_name_of_a_department(name, valid):
    assert DepartmentForm({"name": name}).is_valid() is valid


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({}, []),
        ({"code": ""}, []),
        ({"code": "1234567890"}, []),
        ({"code": "12345678901"}, ["code"]),
        ({"name": ""}, ["name"]),
        ({"name": "x" * 81}, ["name"]),
        ({"department": ""}, ["department"]),
        ({"department": "999999"}, ["department"]),
        ({"department": "abc"}, ["department"]),
        ({"skills": ""}, []),
        ({"occupation_codes": "没有的职业"}, ["occupation_codes"]),
        ({"occupation_codes": "计算机软件工程技术人员"}, []),
    ],
)
def test_the_form_of_a_major(campus, changed, wrong):
    data = {"name": "大数据", "department": str(campus.department.pk), "code": "510205", "skills": "Python"}
    form = MajorForm({**data, **changed}, departments=Department.objects.filter(school=campus.school))
    assert sorted(form.errors) == wrong


@pytest.mark.django_db
def test_a_department_of_another_school_is_no_choice(campus):
    form = MajorForm(
        {"name": "大数据", "department": str(campus.far_department.pk)},
        departments=Department.objects.filter(school=campus.school),
    )
    assert list(form.errors) == ["department"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({}, []),
        ({"graduation_year": "2000"}, []),
        ({"graduation_year": "2100"}, []),
        ({"graduation_year": "1999"}, ["graduation_year"]),
        ({"graduation_year": "2101"}, ["graduation_year"]),
        ({"graduation_year": "2026.5"}, ["graduation_year"]),
        ({"graduation_year": "二〇二六"}, ["graduation_year"]),
        ({"graduation_year": ""}, ["graduation_year"]),
        ({"name": ""}, ["name"]),
        ({"name": "班" * 81}, ["name"]),
        ({"major": ""}, ["major"]),
        ({"major": "-1"}, ["major"]),
    ],
)
def test_the_form_of_a_class(campus, changed, wrong):
    data = {"name": "一班", "major": str(campus.major.pk), "graduation_year": "2026"}
    form = ClassForm({**data, **changed}, majors=Major.objects.filter(school=campus.school))
    assert sorted(form.errors) == wrong
