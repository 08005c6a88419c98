"""What is marked, and that nothing of a text runs."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.positions.highlights import excerpt, marked, pattern_of


@pytest.mark.parametrize(
    ("query", "text", "shown"),
    [
        ("会计", "财务会计", "财务<mark>会计</mark>"),
        ("java 开发", "Java后端开发", "<mark>Java</mark>后端<mark>开发</mark>"),
        ("ＪＡＶＡ", "Java", "<mark>Java</mark>"),
        ("C++", "精通C++", "精通<mark>C++</mark>"),
        ("财务会计", "会计", "<mark>会计</mark>"),
        ("會計", "会计與會計", "<mark>会计</mark>與<mark>會計</mark>"),
        ("成\u200b本", "成本", "<mark>成本</mark>"),
        ("kuàijì café", "Cafe", "<mark>Cafe</mark>"),
        ("会计 -销售 公司:海川", "会计和销售在海川公司", "<mark>会计</mark>和销售在<mark>海川</mark>公司"),
        ('-"成本核算" “财务”', "成本核算与财务", "成本核算与<mark>财务</mark>"),
        ("", "会计", "会计"),
        ("a", "abc", "abc"),
        ("<b>", "<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
    ],
)
def test_marked(query, text, shown):
    assert marked(text, pattern_of(query)) == shown


def test_excerpt_shows_the_place_of_the_first_match():
    text = "前" * 50 + "会计" + "后" * 100
    shown = excerpt(text, pattern_of("会计"))
    assert shown == "…" + "前" * 20 + "<mark>会计</mark>" + "后" * 68 + "…"
    assert excerpt(text, pattern_of("焊工")) == ""
    assert excerpt("会计\n 岗位", pattern_of("会计")) == "<mark>会计</mark> 岗位"


@given(st.text(max_size=40), st.text(max_size=80))
def test_marks_change_no_character_and_let_no_tag_through(query, text):
    shown = marked(text, pattern_of(query))
    assert html.unescape(re.sub(r"</?mark>", "", shown)) == html.unescape(html.escape(text))
    assert set(re.findall(r"<[^>]*>", shown)) <= {"<mark>", "</mark>"}
