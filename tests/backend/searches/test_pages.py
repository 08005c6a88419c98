"""The button above the results, the list, what came since, changing and giving up."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backend.accounts.actor import actor_of
from backend.common import clock
from backend.searches import queries
from backend.searches.models import AlertedMatch, SavedSearch
from tests.backend.positions.conftest import signed_in, student_of
from tests.backend.refusals import contents
from tests.backend.searches.conftest import deliver, keep, publish
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import RecruiterFactory
from tests.factories.schools import DivisionFactory

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def text_of(answer):
    return answer.content.decode()


def asked(address):
    """Path and parameters of an address, in any order."""
    path, _, query = address.partition("?")
    return path, dict(parse_qsl(query))


def tool_on(browser, **params):
    """What the button above the results says: nothing, or save, kept, sign in."""
    page = text_of(browser.get("/positions/", params))
    said = {"save": "保存此搜索</span></button>", "kept": "您已保存此搜索。", "sign in": "登录后保存此搜索"}
    return [name for name, words in said.items() if words in page]


def test_a_search_of_words_or_filters_can_be_saved(browser, company):
    publish(company)
    deliver()
    assert tool_on(browser) == []
    assert tool_on(browser, page="2", sort="date") == []
    assert tool_on(browser, q="数控") == tool_on(browser, city="310000") == ["save"]
    assert tool_on(browser, q="没有人找到的东西") == ["save"]


def test_htmx_gets_the_button_with_the_results(browser, company):
    page = text_of(browser.get("/positions/", {"q": "数控"}, headers=HTMX))
    assert page.count('name="state"') == 1
    assert "<html" not in page


def test_pressing_the_button_keeps_the_search_and_comes_back_to_it(browser, student, company):
    DivisionFactory(code="310000", name="上海市", short_name="上海", parent_code="", level=1)
    publish(company)
    deliver()
    page = browser.get("/positions/", {"q": "数控", "city": "310000", "salary": "5000", "sort": "salary"})
    state = text_of(page).split('name="state" value="')[1].split('"')[0].replace("&amp;", "&")
    answer = browser.post("/me/searches/", {"state": state})
    assert asked(answer["Location"]) == (
        "/positions/", {"q": "数控", "city": "310000", "salary": "5000", "sort": "salary"},
    )  # fmt: skip
    row = SavedSearch.objects.get()
    assert (row.owner, row.name, row.sort, row.frequency) == (
        student,
        "数控 · 上海 · 不低于5000元",
        "salary",
        "daily",
    )
    after = text_of(browser.get(answer["Location"]))
    assert "已保存。发现新岗位后每天提醒一次。" in after
    assert ("您已保存此搜索。" in after, f'href="/me/searches/{row.pk}/"' in after) == (True, True)


def test_what_was_meant_exactly_is_kept_exactly_and_outlives_a_new_name(browser, company):
    publish(company, "Python 开发")
    deliver()
    page = text_of(browser.get("/positions/", {"q": "pyhton", "exact": "1"}))
    state = page.split('name="state" value="')[1].split('"')[0].replace("&amp;", "&")
    browser.post("/me/searches/", {"state": state})
    row = SavedSearch.objects.get()
    browser.post(f"/me/searches/{row.pk}/edit/", {"name": "新名", "frequency": "daily", "q": "pyhton"})
    row.refresh_from_db()
    assert (row.name, row.address) == ("新名", "q=pyhton")


def test_what_search_read_otherwise_counts_as_kept(browser, company):
    publish(company, "Python 开发")
    deliver()
    browser.post("/me/searches/", {"state": "q=pyhton"})
    assert tool_on(browser, q="pyhton") == tool_on(browser, q=" Python ") == ["kept"]
    assert tool_on(browser, q="pyhton", exact="1") == ["save"]


def test_a_visitor_is_asked_to_sign_in_and_finds_the_way_back(company):
    publish(company)
    deliver()
    visitor = Client()
    assert tool_on(visitor, q="数控") == ["sign in"]
    page = text_of(visitor.get("/positions/", {"q": "数控", "city": "310000"}))
    link = page.split('href="/accounts/login/?next=')[1].split('"')[0]
    (_, back), *_rest = parse_qsl("next=" + link)
    assert asked(back) == ("/positions/", {"q": "数控", "city": "310000"})
    answer = visitor.post("/me/searches/", {"state": "q=数控"})
    assert answer["Location"].startswith("/accounts/login/?next=/me/searches/")
    assert SavedSearch.objects.count() == 0


@pytest.mark.parametrize("role", ["recruiter", "staff"])
def test_who_does_not_look_for_a_position_has_no_button_and_no_list(company, role):
    user = (
        RecruiterFactory(company=company).user
        if role == "recruiter"
        else MembershipFactory(school=company.school).user
    )
    browser = signed_in(user)
    assert tool_on(browser, q="数控") == []
    before = contents(SavedSearch)
    assert browser.get("/me/searches/").status_code == 404
    assert browser.post("/me/searches/", {"state": "q=数控"}).status_code == 404
    assert contents(SavedSearch) == before


@pytest.mark.parametrize(
    ("state", "said"), [("", "请先输入关键词或选择筛选条件。"), ("q=数控", "您已保存过此搜索。")]
)
def test_what_cannot_be_saved_is_said_and_leads_to_the_list(browser, student, state, said):
    keep(student, urlencode({"q": "数控"}))
    answer = browser.post("/me/searches/", {"state": state}, follow=True)
    assert answer.redirect_chain == [("/me/searches/", 302)]
    assert said in text_of(answer)
    assert SavedSearch.objects.count() == 1


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_says_what_each_search_is_and_takes_the_same_queries(
    browser, student, company, number, django_assert_num_queries
):
    for place in range(1, number + 1):
        keep(student, urlencode({"q": f"数控{place}", "salary": 5000}), place=place, name=f"搜索{place}")
    browser.get("/me/searches/")
    with django_assert_num_queries(6):
        page = text_of(browser.get("/me/searches/"))
    assert [page.count(f"“数控{place}”") for place in range(1, number + 1)] == [1] * number
    assert (
        page.count("不低于5000元") == page.count("提醒： 每天一次") == page.count("此后没有新岗位") == number
    )
    assert page.count("<dialog") == number


def test_an_empty_list_says_how_to_begin(browser):
    page = text_of(browser.get("/me/searches/"))
    assert ("还没有保存的搜索" in page, 'href="/positions/"' in page) == (True, True)


def test_the_list_has_pages_of_ten_latest_first(browser, student):
    for place in range(1, 13):
        keep(student, f"q=词{place}", place=place, name=f"搜索{place:02d}")
        clock.advance(timedelta(minutes=1))
    first, second = (browser.get("/me/searches/", {"page": number}).context["rows"] for number in (1, 2))
    assert [row.name for row in first] == [f"搜索{place:02d}" for place in range(12, 2, -1)]
    assert [row.name for row in second] == ["搜索02", "搜索01"]


def new_for(owner):
    return [*queries.searches_visible_to(actor_of(owner)).values_list("new", flat=True)]


def test_new_counts_what_came_since_one_last_looked(browser, student, company):
    row = keep(student)
    publish(company, "数控一")
    publish(company, "数控二")
    clock.advance(timedelta(minutes=1))
    deliver()
    page = text_of(browser.get("/me/searches/"))
    assert ("上次查看后有 2 个新岗位" in page, new_for(student)) == (True, [2])
    clock.advance(timedelta(minutes=1))
    page = text_of(browser.get(f"/me/searches/{row.pk}/"))
    assert (page.count("badge-success"), new_for(student)) == (2, [0])
    clock.advance(timedelta(minutes=1))
    late = publish(company, "数控三")
    deliver()
    assert new_for(student) == [1]
    page = browser.get(f"/me/searches/{row.pk}/")
    assert [match.position.title for match in page.context["rows"]] == ["数控三", "数控二", "数控一"]
    assert text_of(page).count("badge-success") == 1
    late.status = "closed"
    late.save()
    assert [match.position.title for match in browser.get(f"/me/searches/{row.pk}/").context["rows"]] == [
        "数控二",
        "数控一",
    ]


def test_what_is_no_longer_open_is_not_counted_as_new(student, company):
    keep(student)
    row = publish(company)
    clock.advance(timedelta(minutes=1))
    deliver()
    assert new_for(student) == [1]
    row.status = "paused"
    row.save()
    assert new_for(student) == [0]


@pytest.mark.parametrize("number", [1, 3])
def test_what_came_since_takes_the_same_queries(browser, student, company, number, django_assert_num_queries):
    row = keep(student)
    for count in range(number):
        publish(company, f"数控{count}")
    deliver()
    browser.get(f"/me/searches/{row.pk}/")
    with django_assert_num_queries(8):
        page = browser.get(f"/me/searches/{row.pk}/")
    assert len(page.context["rows"]) == number


def test_nothing_came_yet_offers_to_search_again_newest_first(browser, student):
    row = keep(student, urlencode({"q": "数控"}), sort="salary")
    page = text_of(browser.get(f"/me/searches/{row.pk}/"))
    assert "还没有新岗位" in page
    assert f'href="/positions/?{urlencode({"q": "数控"})}&amp;sort=date"' in page


def form_of(**fields):
    return {"name": "改名", "frequency": "instant", "q": "数控", "keep": ["city", "salary"]} | fields


@pytest.fixture
def row(student):
    return keep(student, urlencode({"city": "320500", "q": "数控", "salary": 5000}))


def test_a_search_is_renamed_and_told_at_another_pace(browser, row):
    answer = browser.post(f"/me/searches/{row.pk}/edit/", form_of())
    row.refresh_from_db()
    assert (answer["Location"], row.name, row.frequency) == ("/me/searches/", "改名", "instant")
    assert asked("?" + row.address) == ("", {"city": "320500", "q": "数控", "salary": "5000"})


def test_words_are_changed_and_filters_taken_out(browser, row):
    browser.post(f"/me/searches/{row.pk}/edit/", form_of(q="焊工", keep=["salary"]))
    row.refresh_from_db()
    assert asked("?" + row.address) == ("", {"q": "焊工", "salary": "5000"})


def test_the_form_shows_what_is_kept(browser, row):
    DivisionFactory()
    form = browser.get(f"/me/searches/{row.pk}/edit/").context["form"]
    assert form.initial == {"name": "数控", "frequency": "daily", "q": "数控", "keep": ["city", "salary"]}
    assert form.fields["keep"].choices == [("city", "苏州"), ("salary", "不低于5000元")]


def test_a_search_without_filters_has_no_filters_to_take_out(browser, student):
    row = keep(student, "q=a")
    assert "keep" not in browser.get(f"/me/searches/{row.pk}/edit/").context["form"].fields
    assert browser.post(f"/me/searches/{row.pk}/edit/", form_of(q="b")).status_code == 302
    row.refresh_from_db()
    assert row.address == "q=b"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"name": ""}, "name"),
        ({"name": "长" * 81}, "name"),
        ({"frequency": "weekly"}, "frequency"),
        ({"q": "", "keep": []}, "q"),
        ({"q": "焊工", "keep": []}, "q"),
        ({"keep": ["kind"]}, "keep"),
    ],
)
def test_a_wrong_entry_is_named_beside_its_field(browser, student, row, fields, named):
    keep(student, urlencode({"q": "焊工"}), place=2)
    before = contents(SavedSearch)
    answer = browser.post(f"/me/searches/{row.pk}/edit/", form_of(**fields))
    assert (answer.status_code, [*answer.context["form"].errors], contents(SavedSearch)) == (
        422,
        [named],
        before,
    )


def test_deleting_asks_first(browser, row, company):
    page = browser.get(f"/me/searches/{row.pk}/delete/")
    assert ("删除此搜索？" in text_of(page), SavedSearch.objects.count()) == (True, 1)
    answer = browser.post(f"/me/searches/{row.pk}/delete/", follow=True)
    assert (answer.redirect_chain, SavedSearch.objects.count()) == ([("/me/searches/", 302)], 0)
    assert "搜索“数控”已删除。" in text_of(answer)


@pytest.mark.parametrize("page", ["", "edit/", "delete/"])
def test_a_classmate_s_search_does_not_exist(company, row, page):
    other = signed_in(student_of(company.school))
    before = contents(SavedSearch)
    assert other.get(f"/me/searches/{row.pk}/{page}").status_code == 404
    if page:
        assert other.post(f"/me/searches/{row.pk}/{page}", form_of()).status_code == 404
    assert contents(SavedSearch) == before


def test_a_full_list_says_so(browser, student):
    for place in range(1, 31):
        keep(student, f"q=词{place}", place=place)
    answer = browser.post("/me/searches/", {"state": "q=数控"}, headers={"Accept-Language": "zh-hans"})
    assert (answer.status_code, SavedSearch.objects.count()) == (409, 30)
    assert "您已保存 30 个搜索，达到上限。请先删除一个。" in text_of(answer)


def test_a_company_in_a_search_is_named(browser, student, company):
    keep(student, f"company={company.pk}&days=3&province=320000&kind=internship")
    DivisionFactory(code="320000", name="江苏省", short_name="江苏", parent_code="", level=1)
    (row,) = browser.get("/me/searches/").context["rows"]
    assert dict(row.filters) == {
        "company": "示例机械", "days": "最近3天发布", "province": "江苏", "kind": "实习",
    }  # fmt: skip
    assert AlertedMatch.objects.count() == 0


def test_the_button_costs_a_student_one_query_and_a_visitor_none(browser, company):
    publish(company)
    deliver()

    def seen(client, params):
        client.get("/positions/", params)
        with CaptureQueriesContext(connection) as asked:
            client.get("/positions/", params)
        return [query["sql"] for query in asked if "searches_savedsearch" in query["sql"]]

    assert [len(seen(client, {"q": "数控"})) for client in (browser, Client())] == [1, 0]
    assert seen(browser, {}) == []
