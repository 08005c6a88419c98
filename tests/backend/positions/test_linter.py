"""What the linter finds and what it leaves alone."""

import pytest

from backend.positions.linter import HARD, RULES, SOFT, Finding, blocking, lint

FOUND = [
    ("sex", "限男性"),
    ("sex", "仅限女生"),
    ("sex", "男士优先"),
    ("sex", "性别：男"),
    ("sex", "招男工"),
    ("sex", "males only"),
    ("sex", "Men preferred"),
    ("age", "年龄18-35岁"),
    ("age", "35岁以下"),
    ("age", "under 35"),
    ("household", "限本市户籍"),
    ("household", "户口优先"),
    ("household", "要求上海户籍"),
    ("household", "外地人勿扰"),
    ("elite_only", "仅限985高校"),
    ("elite_only", "985/211本科以上"),
    ("elite_preferred", "985、211优先"),
    ("family", "已婚已育优先"),
    ("family", "两年内不得怀孕"),
    ("family", "未婚"),
    ("family", "孕检"),
    ("hepatitis_b", "无乙肝"),
    ("hepatitis_b", "hepatitis b"),
    ("belief", "限汉族"),
    ("deposit", "缴纳押金"),
    ("deposit", "收取身份证原件"),
    ("deposit", "pay a deposit"),
    ("training_loan", "培训贷"),
    ("training_loan", "分期付学费"),
    ("training_loan", "招转培"),
    ("fee", "培训费自理"),
    ("fee", "缴纳300元服装费"),
    ("fee", "pay a training fee"),
    ("puffery", "月入过万不是梦"),
]
LEFT_ALONE = [
    "性别不限",
    "男女不限",
    "性别：男女不限",
    "女装销售",
    "招女装导购",
    "5年以上经验",
    "户籍管理业务办理",
    "负责期货保证金管理",
    "免费培训",
    "不收取任何押金",
    "无需交培训费",
    "单身公寓",
    "提供住宿，五险一金，双休",
    "Work with C++ and males of connectors",
    "ISO 9001:2015",
]


@pytest.mark.parametrize(("code", "term"), FOUND)
def test_lint_finds_the_term_with_its_place(code, term):
    text = f"岗位说明。{term}。"
    found = lint({"duties": text})
    assert [(finding.code, text[finding.start : finding.end].strip()) for finding in found] == [(code, term)]
    assert found[0].rule == next(rule.cites for rule in RULES if rule.code == code)


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_lint_leaves_honest_text_alone(text):
    assert lint({"duties": text}) == []


@pytest.mark.parametrize(("code", "term"), [pair for pair in FOUND if pair[0] in ("deposit", "fee")])
def test_a_negation_before_a_fee_clears_it(code, term):
    negation = "not " if term.isascii() else "不"
    assert [finding.code for finding in lint({"duties": f"{negation}{term}"})] == []


def test_lint_keeps_the_order_of_fields_and_places():
    found = lint({"title": "限男性焊工", "duties": "", "conditions": "需缴纳押金，35岁以下"})
    assert [(finding.field, finding.code) for finding in found] == [
        ("title", "sex"),
        ("conditions", "deposit"),
        ("conditions", "age"),
    ]


def test_one_place_is_reported_once():
    found = lint({"duties": "男，20-30岁"})
    assert len(found) == 1


def test_blocking_keeps_the_hard_findings():
    found = lint({"duties": "限男性；35岁以下"})
    assert [(finding.code, finding.severity) for finding in found] == [("sex", HARD), ("age", SOFT)]
    assert [finding.code for finding in blocking(found)] == ["sex"]


def test_a_finding_says_everything():
    assert lint({"title": "限汉族"}) == [
        Finding(
            "title",
            0,
            3,
            "限汉族",
            "belief",
            HARD,
            "《人力资源市场暂行条例》第二十四条",
            "不得含有民族、宗教信仰方面的歧视性内容，请删去。",
            "Ethnicity and belief may not be conditions. Remove it.",
        )
    ]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_every_rule_cites_a_rule_and_advises_in_both_languages(rule):
    assert rule.cites.strip()
    assert rule.zh.endswith("。")
    assert rule.en.isascii()
