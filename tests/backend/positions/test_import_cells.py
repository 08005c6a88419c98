"""What a cell says, wherever it ended up: pay, place, education, experience, number, kind, and the key of a row."""

from datetime import date

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.positions.imports.cells import (
    RESIDUAL,
    Refused,
    city_of,
    education_of,
    experience_of,
    occupation_of,
    read_posting,
    size_of,
)
from backend.positions.imports.columns import FIELDS, HEADERS, cleaned_mapping, guess_mapping
from backend.positions.imports.salary import Salary

OPEN = Salary(None, None)


def cells(**changed):
    return {"title": "会计", "company": "甲公司", "city": "苏州", "salary": "5-8千", **changed}


def reason(**changed):
    """Why a row is refused, in English and in Chinese."""
    said = []
    for language in ("en", "zh-hans"):
        with translation.override(language), pytest.raises(Refused) as caught:
            read_posting(cells(**changed))
        with translation.override(language):
            said.append(str(caught.value))
    return said


# Columns


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_has_headers_in_both_languages(field):
    words = HEADERS[field].split()
    assert any(word.isascii() for word in words)
    assert any(not word.isascii() for word in words)
    for word in words:
        assert guess_mapping([word]) == {field: word}


def test_no_header_means_two_things():
    words = [word for line in HEADERS.values() for word in line.split()]
    assert sorted(set(words)) == sorted(words)
    assert set(HEADERS) == set(FIELDS)


@pytest.mark.parametrize(
    "header",
    [
        "公司名称",
        " 公司名称 ",
        "公司 名称",
        "公司名称：",
        "公司名称:",
        "（公司名称）",
        "Company Name",
        "COMPANY_NAME",
        "company-name",
        "ｃｏｍｐａｎｙ",
    ],
)
def test_a_header_is_known_however_it_is_written(header):
    assert guess_mapping([header]) == {"company": header}


@pytest.mark.parametrize("header", ["", "公司电话", "company phone", "列1", "??"])
def test_a_header_nobody_knows_is_left_to_the_person(header):
    assert guess_mapping([header]) == {}


def test_of_two_columns_for_one_field_the_first_is_taken():
    assert guess_mapping(["职位", "岗位名称", "公司", "企业名称"]) == {"title": "职位", "company": "公司"}


@pytest.mark.parametrize(
    ("mapping", "kept"),
    [
        ({"title": "A", "company": "B"}, {"title": "A", "company": "B"}),
        ({"title": ""}, {}),
        ({"title": "C"}, {}),
        ({"password": "A", "__class__": "B"}, {}),
        ({"title": "A", "company": "A"}, {"title": "A", "company": "A"}),
    ],
)
def test_a_chosen_mapping_keeps_known_fields_and_columns_of_the_file(mapping, kept):
    assert cleaned_mapping(mapping, ["A", "B"]) == kept


# Pay


@pytest.mark.parametrize(
    ("changed", "salary"),
    [
        ({"salary": "1.3-1.8万"}, Salary(13_000, 18_000)),
        ({"salary": "100元/天"}, Salary(2_175, 2_175)),
        ({"salary": "15-20K·14薪"}, Salary(15_000, 20_000, 14)),
        ({"salary": "面议"}, OPEN),
        ({"salary": ""}, OPEN),
        ({"salary": "nan"}, OPEN),
        ({"salary": "无"}, OPEN),
        ({"salary": "经验不限", "experience": "6-9千"}, Salary(6_000, 9_000)),
        ({"salary": "大专", "education": "8k-12k"}, Salary(8_000, 12_000)),
    ],
)
def test_pay_is_found_in_its_cell_or_where_it_slipped_to(changed, salary):
    assert read_posting(cells(**changed)).salary == salary


def test_years_of_experience_are_no_pay():
    english, chinese = reason(salary="大专", experience="3-5年")
    assert (english, "大专" in chinese) == ("The pay “大专” cannot be read.", True)


@pytest.mark.parametrize("text", ["$3000", "1元/次", "五险一金", "15-20K·30薪", "0"])
def test_pay_that_cannot_be_read_is_quoted(text):
    assert reason(salary=text)[0] == f"The pay “{text}” cannot be read."


def test_a_long_cell_is_quoted_short():
    assert len(reason(salary="薪" * 500)[0]) < 80


# Place


@pytest.mark.parametrize(
    ("changed", "city", "place"),
    [
        ({"city": "苏州"}, "320500", "苏州"),
        ({"city": "苏州市"}, "320500", "苏州市"),
        ({"city": "", "district": "昆山市花桥镇"}, None, ""),
        ({"city": "", "district": "昆山"}, "320500", "昆山"),
        ({"city": "苏州", "district": "昆山市花桥镇1号"}, "320500", "苏州 昆山市花桥镇1号"),
        ({"city": "远程", "district": "苏州"}, "320500", "远程 苏州"),
        ({"city": "Suzhou"}, "320500", "Suzhou"),
        ({"city": "上海-浦东新区"}, "310000", "上海-浦东新区"),
        ({"city": "苏州", "district": "不限"}, "320500", "苏州"),
        ({"city": "重庆"}, "500000", "重庆"),
    ],
)
def test_a_place_is_a_city_of_the_national_list(changed, city, place):
    if city is None:
        assert reason(**changed)[0].startswith("The place “昆山市花桥镇”")
        return
    posting = read_posting(cells(**changed))
    assert (posting.city_code, posting.place) == (city, place)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"city": ""}, "There is no place of work."),
        ({"city": "无", "district": "-"}, "There is no place of work."),
        ({"city": "火星"}, "The place “火星” is not a city of the national list."),
        ({"city": "江苏"}, "The place “江苏” is not a city of the national list."),
    ],
)
def test_a_row_without_a_place_says_so_in_both_languages(changed, sentence):
    english, chinese = reason(**changed)
    assert (english, chinese.isascii()) == (sentence, False)


@pytest.mark.parametrize("text", ["", "   ", "CA", "Remote", "远程", "12345"])
def test_what_is_no_city_is_none(text):
    assert city_of(text) is None


# Title and company


@pytest.mark.parametrize("nothing", ["", " ", "无", "nan", "None", "NULL", "-", "–"])
def test_a_row_without_title_or_company_says_so(nothing):
    assert reason(title=nothing)[0] == "There is no title."
    assert reason(company=nothing)[0] == "There is no company."


@pytest.mark.parametrize("text", ["国权路98号 点击查看地图", "薪资有竞争力", "12345"])
def test_a_company_cell_that_holds_something_else_is_quoted_with_the_title(text):
    assert reason(company=text)[0] == f"The company cell holds something else: “{text}” (title “会计”)."


def test_space_in_names_is_one_space_and_long_ones_are_cut():
    posting = read_posting(cells(title="  高级\n 会计 ", company="甲\t公司" + "长" * 200))
    assert (posting.title, posting.company[:4], len(posting.company)) == ("高级 会计", "甲 公司", 120)
    assert len(read_posting(cells(title="长" * 200)).title) == 80


# Education, experience, size: three columns that people mix up


@pytest.mark.parametrize(
    ("education", "experience", "conditions", "read"),
    [
        ("本科", "1-3年", "", ("bachelor", 12)),
        ("1-3年", "本科", "", ("bachelor", 12)),
        ("", "", "要求大专以上学历", ("associate", 0)),
        ("不限", "不限", "", ("any", 0)),
        ("3-5年 本科", "", "", ("bachelor", 36)),
        ("", "经验不限 学历不限", "", ("any", 0)),
        ("硕士", "", "本科以上", ("master", 0)),
        ("", "60年", "", ("any", 600)),
    ],
)
def test_mixed_up_cells_are_read_by_their_content(education, experience, conditions, read):
    posting = read_posting(cells(education=education, experience=experience, conditions=conditions))
    assert (posting.education, posting.experience_months) == read


@pytest.mark.parametrize(
    ("industry", "size", "read"),
    [
        ("制造业", "20-99人", ("制造业", "20-99")),
        ("20-99人", "制造业", ("制造业", "20-99")),
        ("", "", ("未说明", "20-99")),
        ("制造业", "", ("制造业", "20-99")),
        ("", "10000人以上", ("未说明", "1000+")),
        ("行" * 90, "", ("行" * 60, "20-99")),
    ],
)
def test_industry_and_size_are_told_apart(industry, size, read):
    posting = read_posting(cells(industry=industry, company_size=size))
    assert (posting.industry, posting.company_size) == read


# Texts


@pytest.mark.parametrize(
    ("changed", "duties", "conditions"),
    [
        ({"description": "记账。", "conditions": "细心。"}, "记账。", "细心。"),
        (
            {"description": "负责日常记账和报税工作。岗位要求：细心。"},
            "负责日常记账和报税工作。",
            "岗位要求：细心。",
        ),
        (
            {"description": "Keep the books of the firm. Requirements: care."},
            "Keep the books of the firm.",
            "Requirements: care.",
        ),
        ({"description": "任职要求：细心。"}, "任职要求：细心。", ""),
        ({"conditions": "细心。", "welfare": "['五险一金', '双休']"}, "", "细心。\n福利：五险一金', '双休"),
        ({"welfare": "双休"}, "", "福利：双休"),
        ({}, "", ""),
        ({"description": "长" * 5000}, "长" * 4000, ""),
    ],
)
def test_texts_are_parted_and_benefits_added(changed, duties, conditions):
    posting = read_posting(cells(**changed))
    assert (posting.duties, posting.conditions) == (duties, conditions)


@pytest.mark.parametrize(
    ("text", "number"),
    [("", 1), ("3", 3), ("3人", 3), ("若干", 1), ("0", 1), ("招10-20人", 10), ("99999", 9999)],
)
def test_openings_are_the_first_number_and_at_least_one(text, number):
    assert read_posting(cells(openings=text)).openings == number


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({}, "full_time"),
        ({"kind": "实习"}, "internship"),
        ({"kind": "Internship"}, "internship"),
        ({"title": "会计实习生"}, "internship"),
        ({"title": "Accounting Intern"}, "internship"),
        ({"title": "International Accountant"}, "full_time"),
        ({"experience": "5天/周"}, "internship"),
        ({"kind": "全职"}, "full_time"),
    ],
)
def test_an_internship_is_seen_in_kind_title_or_days(changed, kind):
    assert read_posting(cells(**changed)).kind == kind


def test_skills_are_parted_at_any_sign_and_fifteen_at_most():
    assert read_posting(cells(skills="['Excel','用友', 'a']|SQL/Python；五险一金")).skills == (
        "Excel", "用友", "SQL", "Python",
    )  # fmt: skip
    assert len(read_posting(cells(skills=" ".join(f"技能{n}" for n in range(30)))).skills) == 15


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-07-01", date(2026, 7, 1)),
        ("2026/7/1 00:00:00", date(2026, 7, 1)),
        ("预计2026年7月1日到岗", date(2026, 7, 1)),
        ("2026-03-02", None),
        ("2026-02-30", None),
        ("2099-12-31", None),
        ("随时到岗", None),
        ("", None),
    ],
)
@pytest.mark.usefixtures("frozen_now")
def test_the_first_day_of_work_is_a_day_ahead_or_not_said(text, day):
    assert read_posting(cells(starts_on=text)).starts_on == day


def test_what_is_nice_to_have_and_which_certificates_are_asked_stand_apart():
    posting = read_posting(
        cells(
            skills="Excel",
            wanted_skills="Excel、用友",
            certificates="初级会计 证书；无、CET 4；初级会计 证书",
        )
    )
    assert (posting.skills, posting.wanted_skills, posting.certificates) == (
        ("Excel",), ("用友",), ("初级会计 证书", "CET 4"),
    )  # fmt: skip


# The key


SAME = [
    {"title": " 会计 "},
    {"company": "甲 公司"},
    {"salary": "5-8千 "},
    {"description": "别的职责，写得足够长。"},
    {"skills": "Excel"},
    {"industry": "财务"},
]
OTHER = [
    {"title": "出纳"},
    {"company": "乙公司"},
    {"salary": "6-8千"},
    {"city": "上海"},
    {"education": "本科"},
    {"experience": "1-3年"},
]


@pytest.mark.parametrize("changed", SAME)
def test_the_same_posting_has_the_same_key(changed):
    assert read_posting(cells(**changed)).key == read_posting(cells()).key


@pytest.mark.parametrize("changed", OTHER)
def test_another_posting_has_another_key(changed):
    assert read_posting(cells(**changed)).key != read_posting(cells()).key


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(sorted(FIELDS)),
        st.text(alphabet="会计公司苏州5-8千K年本科人/\x00 '[]{}%", max_size=30),
    )
)
def test_any_cells_give_a_posting_within_bounds_or_a_reason(found):
    try:
        posting = read_posting(found)
    except Refused:
        return
    assert 0 < len(posting.title) <= 80
    assert 0 < len(posting.company) <= 120
    assert len(posting.city_code) == 6
    assert posting.openings >= 1
    assert 0 <= posting.experience_months <= 600
    assert len(posting.key) == 40


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("", RESIDUAL),
        ("？", RESIDUAL),
        ("前端开发工程师", "4-04-05-01"),
        ("算法工程师", "2-02-38-01"),
        ("HRBP", "2-06-08-01"),
        ("电工", "6-31-01-03"),
        ("护士", "2-05-08-01"),
    ],
)
def test_a_title_names_an_occupation_or_the_residual_class(title, code):
    assert occupation_of(title) == code


@pytest.mark.parametrize("text", ["", "x" * 500, "\x00", "人", "年"])
def test_cells_of_nothing_say_nothing(text):
    assert (education_of(text), experience_of(text), size_of(text)) == (None, None, None)
