"""The linter over whole postings: places stay true, nothing crashes it, and honest postings pass."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.positions.linter import HARD, RULES, SOFT, TEXT_FIELDS, blocking, lint, texts_of
from tests.factories.positions import PositionFactory

HONEST = [
    "负责数控车床的操作与保养，按图纸加工零件并自检；两班倒，提供宿舍与工作餐，五险一金。",
    "要求大专及以上学历，机电一体化、数控技术等专业，能识图，会使用游标卡尺；应届生可培养。",
    "Operate and maintain CNC lathes, read drawings, check parts. Two shifts, housing and meals provided.",
    "公司承担培训费用，入职后由师傅带教三个月；不收取任何费用，不扣押证件。",
    "客户群体以女性为主的服装门店，负责陈列、收银与盘点；男女不限，性别不限。",
    "负责户籍档案的整理与录入，熟练使用办公软件；负责期货保证金的核算。",
    "年满18周岁，持有效健康证；能适应倒班。".replace("年满18周岁", "达到法定劳动年龄"),
]
SIGNS = "招限男女性985/211本科以上已婚押金费培训贷35岁以下不收取，。；: \n"


@pytest.mark.parametrize("text", HONEST)
@pytest.mark.parametrize("field", TEXT_FIELDS)
def test_an_honest_posting_passes(field, text):
    assert lint({field: text}) == []


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=SIGNS, max_size=80))
def test_whatever_is_written_the_places_are_true_and_do_not_overlap(text):
    found = lint({"duties": text})
    for finding in found:
        assert text[finding.start : finding.end].strip() == finding.term
        assert finding.severity in (HARD, SOFT)
    ends = [0]
    for finding in found:
        assert finding.start >= ends[-1]
        ends.append(finding.end)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200), st.text(max_size=200))
def test_fields_are_read_apart_and_in_their_order(first, second):
    both = lint({"title": first, "duties": second})
    apart = lint({"title": first}) + lint({"duties": second})
    assert both == apart


def test_a_term_across_two_fields_is_none():
    assert lint({"title": "焊工限", "duties": "男性"}) == []


def test_several_terms_of_one_text_are_all_found():
    found = lint({"duties": "限男性，35岁以下，985/211优先；缴纳押金500元，培训贷可办；月入过万不是梦。"})
    assert [finding.code for finding in found] == [
        "sex",
        "age",
        "elite_preferred",
        "deposit",
        "training_loan",
        "puffery",
    ]
    assert [finding.code for finding in blocking(found)] == ["sex", "deposit", "training_loan"]


@pytest.mark.parametrize("negation", ["不", "无需", "没有", "免", "严禁", "拒绝"])
def test_a_negation_clears_what_it_stands_before_and_nothing_after_the_sentence(negation):
    assert lint({"duties": f"{negation}收取押金"}) == []
    assert [finding.code for finding in lint({"duties": f"{negation}加班。收取押金"})] == ["deposit"]


BEFORE = [
    "加工零件", "零售门店", "零基础", "不锈钢焊接", "经验不限", "无锡工厂", "无人机飞手", "无尘车间", "免费住宿", "未来三年",
    "A notable firm: ",
]  # fmt: skip


@pytest.mark.parametrize("words", BEFORE)
def test_words_that_only_look_like_a_negation_clear_nothing(words):
    assert [finding.code for finding in lint({"duties": f"{words}限男性"})] == ["sex"]
    assert [finding.code for finding in lint({"duties": f"{words}收取押金"})] == ["deposit"]


@pytest.mark.parametrize("text", ["招聘以女性为主", "女生为主", "本岗位男性为主"])
def test_whom_one_wants_is_not_whom_one_serves(text):
    assert [finding.code for finding in lint({"duties": text})] == ["sex"]
    assert lint({"duties": f"顾客以女性为主，{text.replace('为主', '均可')}"}) == []


@pytest.mark.parametrize("code", ["family", "hepatitis_b"])
def test_what_may_not_even_be_mentioned_is_not_cleared_by_a_negation(code):
    term = {"family": "已婚", "hepatitis_b": "乙肝检测"}[code]
    assert [finding.code for finding in lint({"duties": f"不要求{term}"})] == [code]


def test_upper_case_and_spaces_hide_nothing():
    assert [finding.code for finding in lint({"duties": "MALES ONLY; 限 男 性"})] == ["sex", "sex"]


def test_a_long_text_is_read_in_a_blink():
    text = ("操作数控车床，完成零件加工和自检。" * 250)[:4000]
    assert lint({"duties": text, "conditions": text}) == []
    assert len(lint({"duties": text[:3990] + "限男性"})) == 1


def test_texts_of_a_position_are_those_the_rules_read():
    row = PositionFactory.build(company=None, occupation=None, title="焊工", place=None)
    assert texts_of(row) == {
        "title": "焊工",
        "duties": row.duties,
        "conditions": row.conditions,
        "place": "",
        "skills": "数控编程\n识图",
        "wanted_skills": "",
        "certificates": "",
    }


@pytest.mark.parametrize("field", ["skills", "wanted_skills", "certificates"])
def test_what_a_word_smuggles_in_is_found_and_its_neighbour_clears_nothing(field):
    row = PositionFactory.build(company=None, occupation=None, **{field: ["不限", "限男性", "英语四级"]})
    assert [(found.field, found.term) for found in lint(texts_of(row))] == [(field, "限男性")]


def test_every_rule_has_a_code_of_its_own_and_hard_ones_cite_a_law():
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert {rule.severity for rule in RULES} == {HARD, SOFT}
    for rule in RULES:
        assert re.search(r"《.+》|教育部", rule.cites)
