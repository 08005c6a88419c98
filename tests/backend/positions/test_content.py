"""What a position has to say and in which form: each entry at its limits, and what is made of it."""

from datetime import date, timedelta

import pytest
from django.utils import translation

from backend.common import clock
from backend.common.errors import Invalid
from backend.companies.models import CompanyDivision
from backend.positions import content
from tests.factories.companies import CompanyFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import OccupationFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
LIMITS = {"title": 80, "duties": 4000, "conditions": 4000, "place": 200}
RANGES = {
    "openings": (1, 10_000),
    "experience_months": (0, 600),
    "salary_months": (12, 24),
}


def values(**changed):
    return {
        "title": "数控操作员",
        "occupation_id": OccupationFactory(code="6-18-01-07").pk,
        "openings": 3,
        "duties": "操作数控车床。",
        "conditions": "两班倒，提供住宿。",
        "city_code": "310000",
        "place": "东方路1号",
        "salary_min": 5000,
        "salary_max": 8000,
        "deadline": date(2026, 6, 30),
        **changed,
    }


def checked(**changed):
    return content.checked(values(**changed), 0)


def problems(**changed):
    """{field: sentences in English} of what is wrong."""
    with pytest.raises(Invalid) as caught, translation.override("en"):
        checked(**changed)
    with translation.override("en"):
        return {field: [str(text) for text in texts] for field, texts in caught.value.fields.items()}


def test_the_least_a_position_says_is_completed_with_defaults():
    assert checked() == {
        **values(),
        "kind": "full_time",
        "education": "any",
        "division_id": None,
        "majors": [],
        "skills": [],
        "skill_levels": {},
        "wanted_skills": [],
        "certificates": [],
        "starts_on": None,
        "experience_months": 0,
        "graduation_years": [],
        "district_code": "",
        "salary_months": 12,
    }


def test_every_wrong_entry_is_named_at_once():
    assert sorted(content.FIELDS) == sorted(set(content.FIELDS))
    with pytest.raises(Invalid) as caught:
        content.checked({}, 0)
    assert set(caught.value.fields) == {
        "title",
        "occupation",
        "duties",
        "conditions",
        "city_code",
        "place",
        "salary_min",
        "salary_max",
        "deadline",
    }


def test_what_is_no_entry_of_ours_is_left_out():
    made = checked(status="published", company_id=9, published_at="2026-01-01", source_key="x", id=3)
    assert set(made) == set(content.FIELDS)


@pytest.mark.parametrize("field", LIMITS)
def test_a_text_is_trimmed_and_fits_to_the_character(field):
    limit = LIMITS[field]
    assert checked(**{field: f"  {'字' * limit}\n"})[field] == "字" * limit
    assert problems(**{field: "字" * (limit + 1)}) == {field: [f"At most {limit} characters."]}


@pytest.mark.parametrize("nothing", [None, "", "   ", "\n\t", "\u3000"])
@pytest.mark.parametrize("field", LIMITS)
def test_a_text_of_nothing_but_space_is_missing(field, nothing):
    assert problems(**{field: nothing}) == {field: ["This entry is needed."]}


def test_a_text_that_is_a_number_is_kept_as_text():
    assert checked(title=2026)["title"] == "2026"


@pytest.mark.parametrize("field", RANGES)
def test_a_number_holds_from_its_lowest_to_its_highest(field):
    low, high = RANGES[field]
    assert [checked(**{field: number})[field] for number in (low, high)] == [low, high]
    said = {field: [f"Enter a whole number from {low} to {high}."]}
    for wrong in (low - 1, high + 1):
        assert problems(**{field: wrong}) == said


@pytest.mark.parametrize("text", [" 12 ", "12", "0012"])
def test_digits_that_were_typed_are_a_number(text):
    assert checked(openings=text)["openings"] == 12


@pytest.mark.parametrize(
    "wrong", ["１２", "²", "12.0", "1e3", "-3", "+3", "twelve", "9" * 10, True, False, 3.0, [3], {"n": 3}]
)
def test_what_is_no_whole_number_is_refused(wrong):
    assert list(problems(openings=wrong)) == ["openings"]


@pytest.mark.parametrize(
    ("low", "high", "named"),
    [
        (1, 1, []),
        (1_000_000, 1_000_000, []),
        (8001, 8000, ["salary_max"]),
        (0, 8000, ["salary_min"]),
        (5000, 1_000_001, ["salary_max"]),
        (None, None, ["salary_max", "salary_min"]),
        (None, 8000, ["salary_min"]),
        ("面议", 8000, ["salary_min"]),
        (0, 0, ["salary_max", "salary_min"]),
        (1_000_001, 1, ["salary_max", "salary_min"]),
    ],
)
def test_pay_has_both_ends_in_order(low, high, named):
    if not named:
        made = checked(salary_min=low, salary_max=high)
        assert (made["salary_min"], made["salary_max"]) == (low, high)
        return
    assert sorted(problems(salary_min=low, salary_max=high)) == named


def test_both_things_wrong_with_the_upper_end_are_said():
    assert problems(salary_min=9000, salary_max=0) == {
        "salary_max": [
            "Enter a whole number from 1 to 1000000.",
            "The upper bound lies below the lower one.",
        ]
    }


@pytest.mark.parametrize("field", ["majors", "skills", "wanted_skills", "certificates"])
def test_words_are_trimmed_once_each_and_keep_their_order(field):
    assert checked(**{field: [" 识图 ", "PLC", "识图", "", " ", "plc"]})[field] == ["识图", "PLC", "plc"]
    assert checked(**{field: ("识图",)})[field] == ["识图"]
    assert checked(**{field: [str(number) for number in range(30)]})[field][-1] == "29"


@pytest.mark.parametrize("field", ["majors", "skills", "wanted_skills", "certificates"])
@pytest.mark.parametrize(
    "wrong", ["识图", {"a": 1}, 5, ["字" * 61], [str(number) for number in range(31)], None]
)
def test_words_that_are_no_list_too_many_or_too_long_are_refused(field, wrong):
    assert problems(**{field: wrong}) == {field: ["At most 30 entries of at most 60 characters."]}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ([2027, 2026], [2026, 2027]),
        (["2026", " 2026 ", 2026], [2026]),
        ([2000, 2100], [2000, 2100]),
        ([], []),
        (list(range(2020, 2030)), list(range(2020, 2030))),
    ],
)
def test_years_are_sorted_and_once_each(given, kept):
    assert checked(graduation_years=given)["graduation_years"] == kept


@pytest.mark.parametrize(
    "wrong", [[1999], [2101], ["soon"], "2026", 2026, [True], [None], list(range(2020, 2031)), [""]]
)
def test_years_that_are_none_are_refused(wrong):
    assert problems(graduation_years=wrong) == {"graduation_years": ["Enter years such as 2026."]}


@pytest.mark.parametrize("days", [1, 364, 365])
def test_the_last_day_lies_after_today_and_within_a_year(days):
    day = clock.today() + timedelta(days=days)
    assert checked(deadline=day)["deadline"] == checked(deadline=day.isoformat())["deadline"] == day


@pytest.mark.parametrize("days", [-1, 0, 366])
def test_a_last_day_outside_the_year_is_refused(days):
    assert problems(deadline=clock.today() + timedelta(days=days)) == {
        "deadline": ["The last day to apply lies after today and within a year."]
    }


@pytest.mark.parametrize("days", [0, 1, 731])
def test_work_starts_between_today_and_two_years_from_now(days):
    day = clock.today() + timedelta(days=days)
    assert checked(starts_on=day)["starts_on"] == checked(starts_on=day.isoformat())["starts_on"] == day


@pytest.mark.parametrize("days", [-1, 732])
def test_work_that_starts_earlier_or_much_later_is_refused(days):
    assert problems(starts_on=clock.today() + timedelta(days=days)) == {
        "starts_on": ["The first day of work lies between today and two years from now."]
    }


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        ({"plc": 2, "识图": 1, "焊接": 3}, {"PLC": 2}),
        ({}, {}),
        (None, {}),
        ({" 识图 ": 3}, {"识图": 3}),
    ],
)
def test_levels_are_kept_of_skills_that_are_asked_for(stated, kept):
    assert checked(skills=["PLC", "识图"], skill_levels=stated)["skill_levels"] == kept


@pytest.mark.parametrize("wrong", ["PLC", ["PLC"], {"PLC": 4}, {"PLC": "2"}, {"PLC": True}, {"PLC": None}])
def test_what_is_no_level_is_refused(wrong):
    assert problems(skills=["PLC"], skill_levels=wrong) == {"skill_levels": ["Choose one from the list."]}


def test_what_is_asked_for_is_not_nice_to_have_too():
    made = checked(skills=["PLC"], wanted_skills=["plc", "焊接", " 焊接 "])
    assert made["wanted_skills"] == ["焊接"]


@pytest.mark.parametrize("wrong", [None, "", "soon", "2026-02-30", "30.06.2026", 0])
def test_a_last_day_that_is_no_date_is_refused(wrong):
    assert problems(deadline=wrong) == {"deadline": ["Enter a date such as 2026-06-30."]}


def test_today_is_today_in_the_time_zone_of_the_platform():
    """In Shanghai it is tomorrow from 16:00 UTC on."""
    clock.advance(timedelta(hours=14, minutes=59))
    assert checked(deadline="2026-03-03")["deadline"] == date(2026, 3, 3)
    clock.advance(timedelta(minutes=1))
    assert list(problems(deadline="2026-03-03")) == ["deadline"]


@pytest.mark.parametrize(
    ("field", "wrong", "named"),
    [
        ("kind", "", "kind"),
        ("kind", "FULL_TIME", "kind"),
        ("education", None, "education"),
        ("education", "phd", "education"),
        ("city_code", "", "city_code"),
        ("city_code", "3100000", "city_code"),
        ("city_code", "３１００００", "city_code"),
        ("city_code", "上海", "city_code"),
        ("occupation_id", "", "occupation"),
        ("occupation_id", None, "occupation"),
        ("occupation_id", "'; drop", "occupation"),
        ("division_id", "1; 2", "division"),
        ("division_id", 0, "division"),
        ("division_id", True, "division"),
    ],
)
def test_what_is_not_on_its_list_is_refused(field, wrong, named):
    assert list(problems(**{field: wrong})) == [named]


@pytest.mark.parametrize("empty", [None, ""])
def test_no_division_is_a_division_too(empty):
    assert checked(division_id=empty)["division_id"] is None


def test_a_division_is_one_of_the_own_company():
    company = CompanyFactory()
    division = CompanyDivision.objects.create(company=company, name="一部")
    for given in (division.pk, str(division.pk)):
        assert content.checked(values(division_id=given), company.pk)["division_id"] == division.pk
    with pytest.raises(Invalid):
        content.checked(values(division_id=division.pk), company.pk + 1)


def test_values_of_a_position_are_accepted_again():
    position = PositionFactory()
    assert content.checked(content.values_of(position), position.company_id) == content.values_of(position)


@pytest.mark.parametrize("field", ["title", "duties", "conditions", "place"])
def test_the_law_misses_a_text_that_is_empty(field):
    row = PositionFactory.build(company=None, occupation=None, **{field: ""})
    assert list(content.missing(row)) == [field]


def test_the_law_misses_pay_by_agreement():
    row = PositionFactory.build(company=None, occupation=None, salary_min=None, salary_max=None)
    assert list(content.missing(row)) == ["salary_min", "salary_max"]


@pytest.mark.parametrize(("days", "named"), [(1, []), (0, ["deadline"]), (-1, ["deadline"])])
def test_the_law_misses_a_last_day_that_is_over(days, named):
    row = PositionFactory.build(company=None, occupation=None, deadline=clock.today() + timedelta(days=days))
    assert list(content.missing(row)) == named


SENTENCES = {
    "title": {"title": ""},
    "openings": {"openings": 0},
    "salary_max": {"salary_min": 9000},
    "majors": {"majors": "x"},
    "graduation_years": {"graduation_years": "x"},
    "deadline": {"deadline": ""},
    "starts_on": {"starts_on": "soon"},
    "skill_levels": {"skill_levels": "x"},
    "certificates": {"certificates": "x"},
    "city_code": {"city_code": ""},
    "district_code": {"district_code": "110101"},
    "occupation": {"occupation_id": "x"},
    "division": {"division_id": 7},
    "kind": {"kind": "x"},
}


@pytest.mark.parametrize("field", SENTENCES)
def test_each_sentence_is_said_in_both_languages(field):
    said = {}
    for language in ("zh-hans", "en"):
        with translation.override(language), pytest.raises(Invalid) as caught:
            checked(**SENTENCES[field])
        with translation.override(language):
            said[language] = "".join(map(str, caught.value.fields[field]))
    assert said["en"].isascii()
    assert any("\u4e00" <= character <= "\u9fff" for character in said["zh-hans"])
