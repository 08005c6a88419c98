"""The search page: the address is the whole state, and whatever it says is a query."""

import re
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation

from backend.accounts.actor import ANONYMOUS
from backend.common import clock
from backend.companies.models import Company
from backend.positions import personal, searching
from backend.positions.interfaces import labels
from backend.positions.models import Position
from search.query import MAX_WINDOW, Filters, write_cursor
from search.results import SearchPage
from search.widening import STEPS
from tests.backend.positions.conftest import let_search_know, signed_in, student_of
from tests.factories.companies import CompanyFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import AllianceFactory, OccupationFactory, SchoolFactory

SEARCH = "/api/v1/positions/search/"


def found_by(**params):
    """Titles the page shows a visitor, in order."""
    return titles(Client().get("/positions/", params))


def titles(answer):
    return [row["position"].title for row in answer.context["rows"]]


def suggested(actor, text):
    """Titles that are offered."""
    return [one.text for one in searching.suggest(actor, text) if one.kind == "title"]


def publish(**fields):
    return PositionFactory(published=True, **fields)


@pytest.fixture
def market(company):
    """Four positions that differ in everything one can filter by."""
    small = CompanyFactory(verified=True, school=company.school, size="1-19", industry="软件")
    welder = OccupationFactory(code="6-18-02-04", name="焊工")
    publish(company=company, title="焊工", occupation=welder, salary_min=6000, salary_max=9000)
    publish(
        company=small, title="Java 开发", city_code="320500", education="bachelor",
        salary_min=9000, salary_max=15_000, published_at=clock.now() - timedelta(days=9),
    )  # fmt: skip
    publish(
        company=small, title="会计实习", kind="internship", salary_min=2000, salary_max=3000,
        published_at=clock.now() - timedelta(days=2),
    )  # fmt: skip
    publish(
        company=company, title="仓库管理", education="any", city_code="320500", salary_min=4000,
        salary_max=5000, published_at=clock.now() - timedelta(days=5),
    )  # fmt: skip
    let_search_know()
    return company, small


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, {"焊工", "Java 开发", "会计实习", "仓库管理"}),
        ({"city": "320500"}, {"Java 开发", "仓库管理"}),
        ({"province": "320000"}, {"Java 开发", "仓库管理"}),
        ({"kind": "internship"}, {"会计实习"}),
        ({"occupation": "6-18-02-04"}, {"焊工"}),
        ({"industry": "软件"}, {"Java 开发", "会计实习"}),
        ({"company_size": "1-19"}, {"Java 开发", "会计实习"}),
        ({"salary": "9000"}, {"焊工", "Java 开发"}),
        ({"days": "3"}, {"焊工", "会计实习"}),
        ({"city": "320500", "salary": "9000"}, {"Java 开发"}),
        ({"city": "320500", "kind": "internship"}, set()),
        ({"q": "焊工"}, {"焊工"}),
        ({"q": "java"}, {"Java 开发"}),
        ({"q": "没有这样的岗位xyz"}, set()),
        ({"city": "999999"}, set()),
    ],
)
def test_each_filter_narrows_and_several_narrow_together(market, params, expected):
    assert set(found_by(**params, exact="1")) == expected


def test_a_company_is_a_filter_by_its_number(market):
    company, small = market
    assert set(found_by(company=small.pk)) == {"Java 开发", "会计实习"}
    assert set(found_by(company=company.pk)) == {"焊工", "仓库管理"}


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("date", ["焊工", "会计实习", "仓库管理", "Java 开发"]),
        ("salary", ["Java 开发", "焊工", "仓库管理", "会计实习"]),
    ],
)
def test_the_order_is_the_readers(market, sort, order):
    assert found_by(sort=sort) == order


def test_what_was_searched_for_is_marked_in_title_and_text(market):
    text = Client().get("/positions/", {"q": "焊工"}).content.decode()
    assert "<mark>焊工</mark>" in text
    assert 'value="焊工"' in text


def test_a_query_full_of_signs_is_text_and_no_markup(market):
    text = Client().get("/positions/", {"q": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;" in text


def test_chips_take_one_filter_out_and_keep_the_rest(market):
    answer = Client().get("/positions/", {"q": "开发", "city": "320500", "salary": "5000", "sort": "salary"})
    urls = {chip["label"]: parse_qs(chip["url"][1:]) for chip in answer.context["chips"]}
    assert len(urls) == 2
    assert urls["苏州"] == {"q": ["开发"], "salary": ["5000"], "sort": ["salary"]}
    (other,) = [query for label, query in urls.items() if label != "苏州"]
    assert other == {"q": ["开发"], "city": ["320500"], "sort": ["salary"]}


def labels_of(**params):
    return [chip["label"] for chip in Client().get("/positions/", params, headers=ENGLISH).context["chips"]]


ENGLISH = {"Accept-Language": "en"}


@pytest.mark.parametrize(
    ("params", "label"),
    [
        ({"salary": "5000"}, "At least 5000 yuan"),
        ({"days": "7"}, "Published in the last 7 days"),
        ({"province": "320000"}, "江苏"),
        ({"city": "310000"}, "上海"),
        ({"kind": "internship"}, "Internship"),
        ({"education": "bachelor"}, "Bachelor or less"),
        ({"company_size": "1-19"}, "1–19 people"),
        ({"industry": "软件"}, "软件"),
    ],
)
def test_each_filter_in_use_has_a_chip_in_words(market, params, label):
    assert labels_of(**params) == [label]


def test_the_chip_of_a_company_says_its_name_only_to_those_who_may_see_it(market):
    company, _small = market
    assert labels_of(company=company.pk) == [company.name]
    Company.objects.filter(pk=company.pk).update(status="suspended")
    assert labels_of(company=company.pk) == [str(company.pk)]
    assert labels_of(company=987_654) == ["987654"]
    assert company.name not in Client().get("/positions/", {"company": company.pk}).content.decode()


def test_facets_count_within_the_other_filters(market):
    groups = Client().get("/positions/", {"city": "320500"}, headers=ENGLISH).context["groups"]
    found = {group["title"]: {o["label"]: o["count"] for o in group["options"]} for group in groups}
    assert found["Kind of work"] == {"Full time": 2}
    assert found["City"]["苏州"] == 2


def test_a_hidden_field_keeps_each_filter_when_the_words_change(market):
    answer = Client().get("/positions/", {"q": "x", "city": "320500", "kind": "full_time", "salary": "5000"})
    assert sorted(answer.context["hidden"]) == [("city", "320500"), ("kind", "full_time")]


def test_pages_hold_twenty_and_link_to_the_rest(company):
    for number in range(23):
        publish(company=company, title=f"装配工{number:02d}")
    let_search_know()
    first = Client().get("/positions/", {"q": "装配工", "sort": "date"})
    second = Client().get("/positions/", {"q": "装配工", "sort": "date", "page": "2"})
    assert (len(titles(first)), len(titles(second))) == (20, 3)
    assert not set(titles(first)) & set(titles(second))
    assert first.context["answer"].total == second.context["answer"].total == 23
    assert "page=2" in first.content.decode()


@pytest.mark.parametrize("sort", ["relevance", "date", "salary"])
def test_what_is_published_meanwhile_moves_nothing_to_the_next_page(company, sort):
    for _ in range(23):
        publish(company=company, title="装配工")
    let_search_know()
    asked = {"q": "装配工", "sort": sort}
    first, program = Client().get("/positions/", asked), Client().get(SEARCH, asked).json()
    publish(company=company, title="装配工", salary_min=30_000, salary_max=40_000)
    let_search_know()
    (following,) = re.findall(r'rel="next" href="([^"]+)"', first.content.decode())
    second = Client().get(f"/positions/{following.replace('&amp;', '&')}")
    shown = [row["position"].pk for page in (first, second) for row in page.context["rows"]]
    assert (len(shown), len(set(shown)), second.context["pages"].number) == (23, 23, 2)
    assert "after" not in second.context["pages"].query
    rest = Client().get(SEARCH, {**asked, "after": program["next"]}).json()
    assert [hit["id"] for hit in program["results"] + rest["results"]] == shown
    assert (program["next"] != "", rest["next"], rest["total"]) == (True, "", 24)


@pytest.mark.parametrize(("sort", "read"), [("date", True), ("fit", False)])
def test_a_place_is_read_where_the_engine_made_the_order(sort, read):
    place = write_cursor(3.0, 7)
    assert searching.read_query({"after": place, "sort": sort}).cursor == (place if read else "")
    assert searching.read_query({"after": "made up", "sort": sort}).cursor == ""


@pytest.mark.parametrize(
    ("language", "said"), [("en", "There is no order by fit here."), ("zh-CN", "这里不提供按匹配度排序。")]
)
def test_where_nobody_puts_positions_in_order_that_is_said(market, monkeypatch, language, said):
    monkeypatch.setattr(personal, "_readers", [])
    answer = Client().get("/positions/", {"sort": "fit"}, headers={"Accept-Language": language})
    assert titles(answer) == found_by()
    assert answer.context["fitted"].refused.code == "unavailable"
    assert said in answer.content.decode()


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999", "2²"])
def test_a_page_out_of_reach_is_the_nearest_one(market, page):
    answer = Client().get("/positions/", {"page": page})
    assert (titles(answer), answer.context["pages"].number) == (found_by(), 1)
    assert answer.context["answer"].total == 4


@pytest.mark.parametrize(
    ("total", "worded", "said"),
    [
        (94, 60, "94 positions · 34 of them near in meaning only"),
        (2, 1, "2 positions · 1 of them near in meaning only"),
        (60, 60, "60 positions"),
        (34, 0, "34 positions"),
    ],
)
def test_hits_that_are_only_near_are_told_from_those_that_facets_count(total, worded, said):
    with translation.override("en"):
        page = render_to_string("positions/_results.html", {"answer": SearchPage(total, (), worded=worded)})
    assert f'<p class="muted">{said}</p>' in page


def test_nothing_found_shows_the_way_to_everything(market):
    text = Client().get("/positions/", {"q": "没有这样的岗位xyz"}).content.decode()
    assert 'href="/positions/"' in text


@pytest.mark.parametrize(
    ("headers", "whole"),
    [
        ({}, True),
        ({"HX-Request": "true"}, False),
        ({"HX-Request": "true", "HX-Boosted": "true"}, True),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, True),
    ],
)
def test_only_a_search_by_htmx_gets_the_results_alone(market, headers, whole):
    text = Client().get("/positions/", headers=headers).content.decode()
    assert ("<html" in text) is whole
    assert "焊工" in text


@pytest.fixture
def lasting(company):
    """The company's vetting outlasts the wall clock: suggestions are asked for without a moment."""
    Company.objects.update(vetted_until=clock.now() + timedelta(days=20_000))
    return {"expires_at": clock.now() + timedelta(days=20_000)}


def test_suggestions_begin_like_this(company, lasting):
    for title in ("焊工", "焊接学徒", "电焊工", "焊工"):
        publish(title=title, company=company, **lasting)
    let_search_know()
    assert sorted(suggested(ANONYMOUS, " 焊 ")) == ["焊工", "焊接学徒"]


@pytest.mark.parametrize("text", ["", "   ", "\t"])
def test_nothing_typed_suggests_nothing(market, text):
    assert searching.suggest(ANONYMOUS, text) == []
    assert Client().get("/positions/suggest/", {"q": text}).content.decode().strip() == ""


# Whose positions


def test_each_role_searches_its_own_circle(company, people):
    elsewhere = publish(title="装配工乙", company=CompanyFactory(verified=True))
    mine, rivals = (
        publish(title="装配工甲", company=company),
        publish(title="装配工丙", company_id=people["rival"].company_id),
    )
    let_search_know()
    query = searching.read_query({"q": "装配工"})
    found = {who: {row.pk for row in searching.find(actor, query)[1]} for who, actor in people.items()}
    circle, everything = {mine.pk, rivals.pk}, {mine.pk, rivals.pk, elsewhere.pk}
    assert found == {
        "visitor": everything, "system": everything, "operator": everything,
        "recruiter": {mine.pk}, "owner": {mine.pk}, "rival": {rivals.pk},
        "student": circle, "ally student": circle, "staff": circle, "department staff": circle,
        "ally staff": circle, "strange student": set(), "strange staff": set(),
    }  # fmt: skip


def test_a_recruiter_who_asks_for_another_company_gets_the_own(people, company):
    mine = publish(title="装配工", company=company)
    publish(title="装配工", company_id=people["rival"].company_id)
    let_search_know()
    query = searching.read_query({"company": str(people["rival"].company_id)})
    assert searching.find(people["recruiter"], query)[1] == [mine]


def test_suggestions_stay_within_the_circle(people, company, lasting):
    publish(title="装配工甲", company=company, **lasting)
    publish(title="装配工乙", company=CompanyFactory(verified=True), **lasting)
    Company.objects.update(vetted_until=clock.now() + timedelta(days=20_000))
    let_search_know()
    assert sorted(suggested(people["student"], "装配")) == ["装配工甲"]
    assert sorted(suggested(ANONYMOUS, "装配")) == ["装配工乙", "装配工甲"]
    assert searching.suggest(people["strange student"], "装配") == []


def test_a_school_that_joins_an_alliance_is_found_from_there(company):
    row = publish(title="装配工甲", company=company)
    ally = SchoolFactory()
    browser = signed_in(student_of(ally))
    let_search_know()
    assert titles(browser.get("/positions/", {"q": "装配工"})) == []
    alliance = AllianceFactory()
    for school in (ally, company.school):
        school.alliance = alliance
        school.save()
    let_search_know()
    assert titles(browser.get("/positions/", {"q": "装配工"})) == [row.title]


def test_a_hit_that_is_no_longer_open_is_left_out_though_the_index_still_has_it(market):
    Position.objects.filter(title="焊工").update(status="closed")
    answer = Client().get("/positions/", {"q": "焊工"})
    assert titles(answer) == []
    assert answer.context["answer"].ids != ()


def test_an_engine_that_is_away_is_answered_from_the_reserve_and_said(market, settings):
    settings.ELASTICSEARCH_URL = "http://127.0.0.1:9"
    answer = Client().get("/positions/", {"q": "焊工"}, headers=ENGLISH)
    assert titles(answer) == ["焊工"]
    assert answer.context["answer"].degraded is True


# What an address says


@pytest.mark.parametrize(
    ("params", "filters"),
    [
        ({"company": "7"}, Filters(company_id=7)),
        ({"company_id": "7"}, Filters(company_id=7)),
        ({"fair_id": "7"}, Filters(fair_id=7)),
        ({"salary": " 5000 "}, Filters(salary_floor=5000)),
        ({"city": " 310000 "}, Filters(city_code="310000")),
        ({"industry": "行" * 99}, Filters(industry="行" * 60)),
        ({"days": "0"}, Filters(published_within_days=0)),
        ({"salary": "5k", "company": "-7", "days": "1.5", "fair_id": "x"}, Filters()),
        ({"salary": "9" * 10, "company": "７"}, Filters()),
        ({"kind": "", "city": "  "}, Filters()),
        ({"school_ids": "1", "now": "2020", "evil": "1"}, Filters()),
    ],
)
def test_an_address_is_read_leniently(params, filters):
    assert searching.read_query(params).filters == filters


@pytest.mark.parametrize(
    ("page", "size", "read"),
    [
        ("1", 20, 1),
        ("7", 20, 7),
        ("0", 20, 1),
        ("x", 20, 1),
        ("9" * 9, 20, MAX_WINDOW // 20),
        ("9" * 9, 50, MAX_WINDOW // 50),
    ],
)
def test_a_page_stays_within_the_window(page, size, read):
    assert searching.read_query({"page": page}, size=size).page == read


@pytest.mark.parametrize(
    ("sort", "read"), [("date", "date"), ("salary", "salary"), ("DROP", "relevance"), ("", "relevance")]
)
def test_an_unknown_order_is_relevance(sort, read):
    assert searching.read_query({"sort": sort}).sort == read


def test_words_are_cut_at_two_hundred_characters():
    assert searching.read_query({"q": "字" * 500}).text == "字" * 200


def test_the_scope_is_the_persons_whatever_the_address_says(people):
    query = searching.read_query({"q": "x", "school_ids": "999"})
    scope = {who: searching.scoped(actor, query).filters.school_ids for who, actor in people.items()}
    circle, far = people["student"].school_ids, people["strange staff"].school_ids
    assert {who: scope[who] for who in ("visitor", "system", "operator")} == {
        "visitor": None, "system": None, "operator": None,
    }  # fmt: skip
    assert {scope[who] for who in ("student", "ally student", "staff", "ally staff", "recruiter")} == {circle}
    assert {scope[who] for who in ("strange student", "strange staff")} == {far}


def test_the_moment_is_the_clocks(frozen_now):
    assert searching.scoped(ANONYMOUS, searching.read_query({})).now == frozen_now


# What the search did on its own is said, and can be undone


def test_unknown_words_are_read_as_known_ones_and_said(market):
    answer = Client().get("/positions/", {"q": "hangong"}, headers=ENGLISH)
    text = answer.content.decode()
    assert titles(answer) == ["焊工"]
    assert "Read as “焊工”" in text
    assert "?q=hangong&amp;exact=1" in text
    assert "<mark>焊工</mark>" in text
    exact = Client().get("/positions/", {"q": "hangong", "exact": "1"}, headers=ENGLISH)
    assert (titles(exact), "Read as" in exact.content.decode()) == ([], False)


def test_filters_let_go_are_named_in_the_readers_language(market):
    narrow = {"q": "会计", "city": "330100", "days": "30"}
    english = Client().get("/positions/", narrow, headers=ENGLISH)
    assert titles(english) == ["会计实习"]
    assert english.context["let_go"] == "time of publication, city, province"
    chinese = Client().get("/positions/", narrow).content.decode()
    assert "已放宽：发布时间、城市、省份。" in chinese
    exact = Client().get("/positions/", narrow | {"exact": "1"}, headers=ENGLISH)
    assert (titles(exact), exact.context["let_go"]) == ([], "")


def test_search_over_json_says_the_same(market):
    answer = Client().get("/api/v1/positions/search/", {"q": "hangong", "city": "330100"}).json()
    assert (answer["corrected"], answer["widened"], answer["by_meaning_only"]) == (
        "焊工",
        ["city", "province"],
        False,
    )
    exact = Client().get("/api/v1/positions/search/", {"q": "hangong", "exact": "1"}).json()
    assert (exact["total"], exact["corrected"], exact["widened"]) == (0, "", [])


def test_every_filter_that_may_be_let_go_has_a_name():
    assert set(labels.LET_GO) == {name for name, _ in STEPS}
