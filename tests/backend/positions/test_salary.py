"""Salaries as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.positions.imports.salary import Salary, parse_salary

OPEN = Salary(None, None)


@pytest.mark.parametrize(
    ("text", "salary"),
    [
        ("1.3-1.8万", Salary(13_000, 18_000)),
        ("100元/天", Salary(2_175, 2_175)),
        ("15-20K·14薪", Salary(15_000, 20_000, 14)),
        ("15-20k×13薪", Salary(15_000, 20_000, 13)),
        ("8千-1.5万·13薪", Salary(8_000, 15_000, 13)),
        ("12-22万 24小时反馈", Salary(10_000, 18_333)),
        ("12-22万 3天内反馈", Salary(10_000, 18_333)),
        ("10-15万/年", Salary(8_333, 12_500)),
        ("年薪20-30万", Salary(16_667, 25_000)),
        ("150-200/天", Salary(3_263, 4_350)),
        ("20元/小时", Salary(3_480, 3_480)),
        ("300-400元/周", Salary(1_305, 1_740)),
        ("4.5-6千/月", Salary(4_500, 6_000)),
        ("6000-8000元/月", Salary(6_000, 8_000)),
        ("6,000～8,000", Salary(6_000, 8_000)),
        ("１５－２０Ｋ", Salary(15_000, 20_000)),
        ("1.5万-2.5万", Salary(15_000, 25_000)),
        ("¥8,000 - 12,000 per month", Salary(8_000, 12_000)),
        ("2k以上", Salary(2_000, 2_000)),
        ("面议", OPEN),
        ("薪资面议 6小时反馈", OPEN),
        ("Negotiable", OPEN),
        ("3千及以下", OPEN),
        ("", None),
        ("无", None),
        ("1元/次", None),
        ("0千-0千元/月", None),
        ("$5000", None),
        ("五险一金", None),
        ("15-20K·30薪", None),
    ],
)
def test_parse_salary(text, salary):
    assert parse_salary(text) == salary


@given(st.integers(1, 49), st.integers(0, 50), st.sampled_from(["-", "~", "至", "－"]), st.integers(12, 24))
def test_a_range_in_thousands_reads_back(low, more, dash, months):
    bonus = "" if months == 12 else f"·{months}薪"
    expected = Salary(low * 1000, (low + more) * 1000, months)
    assert parse_salary(f"{low}{dash}{low + more}K{bonus}") == expected
    assert parse_salary(f"{low}千{dash}{low + more}千{bonus}") == expected


@given(st.text(max_size=40))
def test_any_text_gives_an_ordered_sane_salary_or_none(text):
    salary = parse_salary(text)
    if salary is None:
        return
    assert (salary.low is None) == (salary.high is None)
    assert 12 <= salary.months <= 24
    if salary.low is not None:
        assert 300 <= salary.low <= salary.high <= 1_000_000
