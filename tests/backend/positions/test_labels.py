"""Words and colours of positions, in both languages."""

from datetime import date, timedelta

import pytest
from django.utils import translation

from backend.audit.models import AuditEntry
from backend.common import clock
from backend.companies.models import Company
from backend.positions.enums import PositionStatus
from backend.positions.interfaces import labels
from backend.positions.linter import lint
from backend.positions.models import Position
from backend.schools.models import Occupation
from search.results import Facet

S = PositionStatus


def position(**fields):
    values = {
        "company": Company(pk=1, name="晨光制造有限公司"),
        "title": "数控操作员",
        "kind": "full_time",
        "occupation": Occupation(code="6-18-01-07", name="数控车工"),
        "openings": 3,
        "education": "associate",
        "majors": ["数控技术", "机电一体化技术"],
        "skills": ["识图"],
        "skill_levels": {"识图": 2},
        "wanted_skills": ["三坐标测量", "UG"],
        "experience_months": 12,
        "graduation_years": [2026, 2027],
        "city_code": "310000",
        "district_code": "310115",
        "place": "东方路1号",
        "salary_min": 5000,
        "salary_max": 8000,
        "deadline": date(2026, 6, 30),
        "starts_on": date(2026, 7, 6),
        **fields,
    }
    return Position(**values)


@pytest.mark.parametrize("status", S)
def test_every_status_has_a_colour_and_only_a_public_one_is_green(status):
    assert (labels.tone_of(status) == "success") == (status == S.PUBLISHED)


def test_a_status_nobody_knows_has_no_colour():
    with pytest.raises(ValueError, match="gone"):
        labels.tone_of("gone")


PAY = [
    ((5000, 8000, 12), "5,000–8,000 yuan a month", "5,000–8,000"),
    ((5000, 5000, 12), "5,000 yuan a month", "5,000"),
    ((15_000, 20_000, 14), "15,000–20,000 yuan a month × 14 months", "14"),
    ((None, None, 12), "Pay by agreement", ""),
]


@pytest.mark.parametrize(("pay", "english", "part"), PAY)
def test_pay_in_one_line(pay, english, part):
    row = position(salary_min=pay[0], salary_max=pay[1], salary_months=pay[2])
    with translation.override("en"):
        assert labels.pay(row) == english
    with translation.override("zh-hans"):
        assert part in labels.pay(row)
        assert not labels.pay(row).isascii()


@pytest.mark.parametrize(
    ("months", "english"),
    [
        (0, "No experience asked for"),
        (1, "1 year and more"),
        (12, "1 year and more"),
        (17, "1 year and more"),
        (19, "2 years and more"),
        (36, "3 years and more"),
        (600, "50 years and more"),
    ],
)
def test_experience_in_words(months, english):
    with translation.override("en"):
        assert labels.experience(months) == english


def test_a_place_is_its_city_with_the_district_where_one_is_named():
    assert labels.place_name(position()) == "上海 · 浦东"
    assert labels.place_name(position(district_code="")) == "上海"


def test_facts_say_all_the_law_asks_for():
    with translation.override("en"):
        assert labels.facts(position()) == [
            ("Company", "晨光制造有限公司"),
            ("Openings", 3),
            ("Kind of work", "Full time"),
            ("Occupation", "数控车工 6-18-01-07"),
            ("Basic pay", "5,000–8,000 yuan a month"),
            ("City", "上海 · 浦东"),
            ("Place of work", "东方路1号"),
            ("Education asked for", "Associate degree"),
            ("Experience", "1 year and more"),
            ("Majors", "数控技术、机电一体化技术"),
            ("Skills", "识图 (works with it)"),
            ("Skills that are nice to have", "三坐标测量、UG"),
            ("Certificates asked for", "None asked for"),
            ("Years of graduation", "2026、2027"),
            ("Apply by", "2026-06-30"),
            ("First day of work", "2026-07-06"),
        ]


def test_facts_say_any_where_nothing_is_asked_for():
    with translation.override("en"):
        said = dict(labels.facts(position(majors=[], skills=[], graduation_years=[], experience_months=0)))
    assert (said["Majors"], said["Skills"], said["Years of graduation"], said["Experience"]) == (
        "Any",
        "None named",
        "Any",
        "No experience asked for",
    )


def test_names_of_facts_are_chinese_for_chinese_readers():
    with translation.override("zh-hans"):
        names = [name for name, _value in labels.facts(position())]
    assert not any(name.isascii() for name in names)
    assert len(set(names)) == len(names) == 16


def test_history_is_newest_first_with_reasons_and_colours():
    first, second = clock.now(), clock.now() + timedelta(hours=1)
    entries = [
        AuditEntry(verb="position.submitted", after="in_review", at=first),
        AuditEntry(verb="position.sent_back", after="draft", at=second, reason="薪资不实"),
        AuditEntry(verb="position.unheard_of", after="", at=second),
    ]
    with translation.override("en"):
        events = [
            (str(event["title"]), event["at"], event["text"], event["tone"])
            for event in labels.history_events(entries)
        ]
    assert events == [
        ("position.unheard_of", second, "", "neutral"),
        ("Sent back", second, "薪资不实", "neutral"),
        ("Submitted for review", first, "", "info"),
    ]


def test_advice_is_given_in_the_readers_language_with_the_rule():
    found = lint({"title": "限男性", "conditions": "35岁以下"})
    with translation.override("en"):
        english = labels.advice(found)
        fields = [str(item["field"]) for item in english]
    with translation.override("zh-hans"):
        chinese = labels.advice(found)
    assert fields == ["Title", "Working conditions and requirements"]
    assert [(item["term"], item["hard"]) for item in english] == [("限男性", True), ("35岁以下", False)]
    assert [item["text"] for item in english] == [finding.en for finding in found]
    assert [item["text"] for item in chinese] == [finding.zh for finding in found]
    assert [item["rule"] for item in english] == [finding.rule for finding in found]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("city", "310000", "上海"),
        ("kind", "internship", "Internship"),
        ("kind", "unheard", "unheard"),
        ("education", "bachelor", "Bachelor or less"),
        ("education", "any", "No requirement"),
        ("education", "unheard", "unheard"),
        ("company_size", "1-19", "1–19 people"),
        ("company_size", "7", "7"),
        ("industry", "制造业", "制造业"),
        ("anything", "else", "else"),
    ],
)
def test_a_facets_value_in_words(name, value, words):
    with translation.override("en"):
        assert labels.facet_value(name, value) == words


def facets():
    return [
        Facet("city", (("310000", 5), ("320500", 2))),
        Facet("kind", ()),
        Facet("industry", tuple((f"行业{number}", 9 - number) for number in range(9))),
    ]


def test_facet_groups_leave_out_what_is_empty_and_show_eight():
    with translation.override("en"):
        groups = labels.facet_groups(facets(), {})
        titles = [str(group["title"]) for group in groups]
    assert titles == ["City", "Industry"]
    assert [len(group["options"]) for group in groups] == [2, 8]


def test_a_facets_link_adds_its_value_and_keeps_the_rest_but_the_page():
    (city, _industry) = labels.facet_groups(facets(), {"q": "会计", "page": "3"})
    assert [
        (option["label"], option["count"], option["active"], option["url"]) for option in city["options"]
    ] == [
        ("上海", 5, False, "?q=%E4%BC%9A%E8%AE%A1&city=310000"),
        ("苏州", 2, False, "?q=%E4%BC%9A%E8%AE%A1&city=320500"),
    ]


def test_the_chosen_facets_link_takes_it_out():
    (city, _industry) = labels.facet_groups(facets(), {"q": "a b", "city": "310000", "page": 2})
    assert [(option["active"], option["url"]) for option in city["options"]] == [
        (True, "?q=a+b"),
        (False, "?q=a+b&city=320500"),
    ]


def test_every_facet_the_search_knows_has_a_title():
    from search.query import FACETS

    shown = labels.facet_groups([Facet(name, (("x", 1),)) for name in FACETS], {})
    assert len(shown) == len(FACETS)


def test_advice_about_nothing_is_nothing():
    assert labels.advice([]) == []
    assert labels.history_events(iter([])) == []
    assert labels.facet_groups([], {"q": "x"}) == []
