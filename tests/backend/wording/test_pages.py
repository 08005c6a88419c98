"""Staff's pages about the search: who may open them, what they say in both languages, and what they cost."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.test import Client
from openpyxl import load_workbook

from backend.common import outbox
from backend.positions import indexing
from backend.positions.models import Position
from backend.wording.models import SearchTally, SynonymGroup
from tests.backend.positions.conftest import signed_in
from tests.factories.companies import CompanyFactory
from tests.factories.positions import PositionFactory

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)
PAGES = (
    "/staff/searches/",
    "/staff/searches/export/",
    "/staff/searches/synonyms/",
    "/staff/searches/synonyms/try/",
)


@pytest.fixture
def browser(people):
    """A browser of somebody, by name."""
    return lambda who: signed_in(people.users[who])


def tally(people, text, people_count, *, days=0, school="own", **counts):
    return SearchTally.objects.create(
        school=people.school if school == "own" else None,
        day=DAY - timedelta(days=days), text=text, people=people_count, **counts,
    )  # fmt: skip


def listed(answer):
    return [row["text"] for row in answer.context["rows"]]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("who", ["staff", "department_staff", "operator", "recruiter", "student"])
def test_staff_and_operators_read_along_and_nobody_else(browser, page, who):
    expected = 200 if who in {"staff", "department_staff", "operator"} else 403
    assert browser(who).get(page).status_code == expected


@pytest.mark.parametrize("who", ["staff", "department_staff", "operator", "recruiter", "student"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_only_who_keeps_synonyms_reaches_the_form(browser, who, method):
    answer = getattr(browser(who), method)("/staff/searches/synonyms/new/", {"words": "码农，coder"})
    expected = (200 if method == "get" else 302) if who in {"staff", "operator"} else 403
    assert (answer.status_code, SynonymGroup.objects.count()) == (expected, int(expected == 302))


# What was searched for in vain


def test_frequent_texts_are_shown_and_rare_ones_only_counted(people, browser):
    tally(people, "甲", 12, missed=10)
    tally(people, "乙", 12, missed=9)
    tally(people, "丙", 12, missed=0, few=12)
    tally(people, "丁", 30, missed=20, corrected=3)
    answer = browser("staff").get("/staff/searches/")
    assert (listed(answer), answer.context["hidden"]) == (["丁", "甲"], 1)
    few = browser("staff").get("/staff/searches/?few=1")
    assert (listed(few), few.context["hidden"]) == (["丙"], 0)


def test_days_filters_and_texts_are_added_up(people, browser):
    tally(people, "甲", 6, missed=5, hits=2)
    tally(people, "甲", 6, missed=5, filters="city", corrected=1, widened=2, hits=1)
    tally(people, "甲", 3, missed=1, days=6)
    tally(people, "甲", 40, missed=40, days=7)
    (row,) = browser("staff").get("/staff/searches/?days=7").context["rows"]
    assert row == {
        "text": "甲", "total": 15, "vain": 11, "read_otherwise": 1, "let_go": 2, "filtered": 6, "most": 2, "last": DAY,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("days", "texts"),
    [("7", ["a"]), ("30", ["a", "b"]), ("90", ["a", "b", "c"]), ("8", ["a", "b"]), ("x", ["a", "b"])],
)
def test_periods(people, browser, days, texts):
    for text, ago in (("a", 6), ("b", 29), ("c", 89), ("d", 90)):
        tally(people, text, 10, missed=10, days=ago)
    assert listed(browser("staff").get("/staff/searches/", {"days": days, "order": "text"})) == texts


@pytest.mark.parametrize(
    ("order", "texts"),
    [("vain", "bac"), ("total", "cba"), ("text", "abc"), ("last", "cba"), ("x; DROP", "bac")],
)
def test_orders(people, browser, order, texts):
    tally(people, "a", 20, missed=15, days=2)
    tally(people, "b", 30, missed=16, days=1)
    tally(people, "c", 40, missed=14)
    assert listed(browser("staff").get("/staff/searches/", {"order": order})) == list(texts)


def test_staff_see_their_own_school_and_the_operator_everybody(people, browser):
    tally(people, "甲", 10, missed=10)
    tally(people, "甲", 10, missed=10, school="none")
    tally(people, "乙", 10, missed=10, school="none")
    seen = {
        who: [(row["text"], row["vain"]) for row in browser(who).get("/staff/searches/").context["rows"]]
        for who in ("staff", "department_staff", "foreign_staff", "operator")
    }
    own = [("甲", 10)]
    assert seen == {
        "staff": own, "department_staff": own, "foreign_staff": [], "operator": [("甲", 20), ("乙", 10)],
    }  # fmt: skip


def test_a_text_leads_to_its_search_and_to_a_new_group(people, browser):
    tally(people, "a&b=<i>", 10, missed=10)
    page = browser("staff").get("/staff/searches/").content.decode()
    assert 'href="/positions/?q=a%26b%3D%3Ci%3E"' in page
    assert 'href="/staff/searches/synonyms/new/?words=a%26b%3D%3Ci%3E"' in page
    assert ("a&amp;b=&lt;i&gt;" in page, "<i>" in page) == (True, False)
    assert (
        "/staff/searches/synonyms/new/"
        not in browser("department_staff").get("/staff/searches/").content.decode()
    )
    assert browser("staff").get("/staff/searches/synonyms/new/?words=a%26b").context["form"].initial == {
        "words": ["a&b"]
    }


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_take_the_same_queries(people, browser, django_assert_max_num_queries, rows):
    for number in range(rows):
        tally(people, f"t{number}", 10, missed=10)
        people.group("staff", f"甲{number}", f"乙{number}")
    client = browser("staff")
    for page, most in (
        ("/staff/searches/", 8),
        ("/staff/searches/synonyms/", 8),
        ("/staff/searches/synonyms/try/", 6),
    ):
        client.get(page)
        with django_assert_max_num_queries(most):
            client.get(page)


def test_the_export_holds_the_list_and_no_formula(people, browser):
    tally(people, "=1+1", 12, missed=11, corrected=2, filters="city", hits=3)
    tally(people, "会计", 10, missed=10)
    tally(people, "少", 9, missed=9)
    answer = browser("staff").get("/staff/searches/export/?days=7", headers={"accept-language": "en"})
    assert answer["Content-Disposition"] == 'attachment; filename="searches-2026-03-02.xlsx"'
    assert "no-store" in answer["Cache-Control"]
    sheet = load_workbook(BytesIO(answer.content)).active
    told = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert [row[:6] for row in told[1:]] == [["=1+1", 11, 12, 2, 0, 12], ["会计", 10, 10, 0, 0, 0]]
    assert (sheet["A2"].data_type, sheet["A2"].quotePrefix) == ("s", True)


@pytest.mark.parametrize(
    ("language", "sentence"), [("en", "Searched in vain"), ("zh-hans", "没有搜到的内容")]
)
def test_the_list_speaks_both_languages(people, browser, language, sentence):
    answer = browser("staff").get("/staff/searches/", headers={"accept-language": language})
    assert sentence in answer.content.decode()


# Groups


def test_the_list_finds_groups_of_ones_own_and_of_the_product(people, browser):
    own = people.group("staff", "码农", "Coder")
    people.group("staff", "甲乙", "丙丁")
    people.group("foreign_staff", "码农", "hacker")
    answer = browser("staff").get("/staff/searches/synonyms/?q=碼農")
    assert ([row.pk for row in answer.context["rows"]], answer.context["shipped"]) == ([own.pk], [])
    both = browser("staff").get("/staff/searches/synonyms/?q=accounting")
    assert (list(both.context["rows"]), both.context["shipped"][0]) == (
        [],
        "会计、财务、accounting、accountant",
    )


def test_a_group_is_added_changed_and_switched(people, browser):
    client = browser("staff")
    assert client.post("/staff/searches/synonyms/new/", {"words": "码农，coder；程序猿"}).status_code == 302
    group = SynonymGroup.objects.get()
    assert (group.listed, group.school_id) == (["码农", "coder", "程序猿"], people.school.pk)
    client.post(f"/staff/searches/synonyms/{group.pk}/", {"words": "码农、coder"})
    client.post(f"/staff/searches/synonyms/{group.pk}/switch/", {"active": "0"})
    group.refresh_from_db()
    assert (group.listed, group.active) == (["码农", "coder"], False)
    assert client.get(f"/staff/searches/synonyms/{group.pk}/").context["form"].initial == {
        "words": ["码农", "coder"]
    }


def test_a_refused_group_is_shown_again_with_the_word_that_is_wrong(people, browser):
    answer = browser("staff").post(
        "/staff/searches/synonyms/new/", {"words": "码农、焊"}, headers={"accept-language": "en"}
    )
    assert (answer.status_code, SynonymGroup.objects.count()) == (422, 0)
    assert answer.context["form"].errors == {
        "words": ["“焊” is a single character, which stands in too many other words."]
    }


def test_of_groups_that_are_not_ones_own_nothing_can_be_changed(people, browser):
    for_all, foreign = (
        people.group("operator", "码农", "coder"),
        people.group("foreign_staff", "甲乙", "丙丁"),
    )
    client = browser("staff")
    asked = [
        (group.pk, method, client.generic(method, f"/staff/searches/synonyms/{group.pk}/{end}").status_code)
        for group in (for_all, foreign)
        for method, end in (("GET", ""), ("POST", ""), ("POST", "switch/"))
    ]
    assert [status for _, _, status in asked] == [403, 403, 403, 404, 404, 404]
    assert set(SynonymGroup.objects.values_list("active", flat=True)) == {True}
    page = client.get("/staff/searches/synonyms/")
    assert [(row.pk, row.changeable) for row in page.context["rows"]] == [(for_all.pk, False)]


# Try a text


def tried(client, **params):
    return [
        (one["read"].words, one["found"][0], [title for title, _ in one["found"][1]])
        for one in client.get("/staff/searches/synonyms/try/", params).context["outcomes"]
    ]


@pytest.fixture
def positions(people):
    """Two positions, indexed."""
    company = CompanyFactory(school=people.school, verified=True)
    for title in ("码农", "保洁"):
        PositionFactory(company=company, published=True, title=title)
    indexing.look_again(Position.objects.values_list("pk", flat=True))
    outbox.drain()


def test_a_text_is_tried_with_and_without_some_words(people, browser, positions):
    assert tried(browser("staff"), q="攻城狮", words="攻城狮,码农") == [
        ([("攻城", []), ("城狮", [])], 0, []),
        ([("攻城", ["码农"]), ("城狮", ["码农"])], 1, ["码农"]),
    ]
    assert SynonymGroup.objects.count() == 0
    people.group("staff", "攻城狮", "码农")
    assert tried(browser("staff"), q="攻城狮") == [([("攻城", ["码农"]), ("城狮", ["码农"])], 1, ["码农"])]
    assert tried(browser("operator"), q="攻城狮")[0][1] == 0


def test_a_text_is_shown_as_it_is_taken_apart(browser):
    answer = browser("staff").get(
        "/staff/searches/synonyms/try/", {"q": 'Node.js "成本核算" 公司:海川 -“machine learning”'}
    )
    read = answer.context["outcomes"][0]["read"]
    assert (read.words, read.phrases, read.fields, read.excluded) == (
        [("node.js", ["node", "js"])], ["成本核算"], [("company", "海川")], ["machine learn"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("params", "status", "shown"),
    [
        ({}, 200, False), ({"q": ""}, 200, False), ({"q": "！！"}, 200, True), ({"q": "x" * 201}, 422, False),
        ({"q": "会计", "words": "焊,会计"}, 422, False), ({"q": "会计", "words": "会计"}, 422, False),
    ],
)  # fmt: skip
def test_what_cannot_be_tried_is_said(browser, params, status, shown):
    answer = browser("staff").get("/staff/searches/synonyms/try/", params)
    assert (answer.status_code, "outcomes" in answer.context) == (status, shown)


def test_visitors_are_sent_to_sign_in():
    assert {Client().get(page).status_code for page in PAGES} == {302}
