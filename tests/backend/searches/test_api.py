"""/api/v1/saved-searches/: the same rules as the pages, errors that name the field, repeats that make nothing."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from rest_framework.test import APIClient

from backend.common import clock
from backend.searches.models import SavedSearch
from tests.backend.positions.conftest import signed_in, student_of
from tests.backend.refusals import contents
from tests.backend.searches.conftest import deliver, keep, publish
from tests.factories.schools import DivisionFactory
from tests.fuzz.asking import document

pytestmark = pytest.mark.django_db
URL = "/api/v1/saved-searches/"


@pytest.fixture
def api(student):
    return signed_in(student, APIClient())


def test_a_search_is_kept_and_shown_with_its_page(api, frozen_now):
    DivisionFactory()
    answer = api.post(
        URL, {"query": "?salary=5000&q=数控&city=320500&sort=date", "frequency": "instant"}, format="json"
    )
    row = SavedSearch.objects.get()
    query = urlencode({"city": "320500", "q": "数控", "salary": 5000})
    assert (answer.status_code, answer.json()) == (
        201,
        {
            "id": row.pk, "name": "数控 · 苏州 · 不低于5000元", "query": query, "sort": "date", "frequency": "instant",
            "new": 0, "looked_at": "2026-03-02T09:00:00+08:00", "created_at": "2026-03-02T09:00:00+08:00",
            "url": f"/positions/?{query}&sort=date",
        },
    )  # fmt: skip
    assert api.get(f"{URL}{row.pk}/").json() == answer.json()


def test_the_query_of_an_answer_is_taken_back(api):
    """What one program reads another may write: the text goes round unchanged."""
    first = api.post(URL, {"query": "q=c%2B%2B 开发&kind=internship", "name": "甲"}, format="json").json()
    api.delete(f"{URL}{first['id']}/")
    again = api.post(URL, {"query": first["query"], "name": "甲"}, format="json").json()
    assert again["query"] == first["query"] == "kind=internship&q=c%2B%2B+%E5%BC%80%E5%8F%91"


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, ["query"]),
        ({"query": ""}, ["query"]),
        ({"query": "page=2"}, ["query"]),
        ({"query": "q=数控&colour=red"}, ["query"]),
        ({"query": "q=数控&salary=much"}, ["query"]),
        ({"query": "q=" + "长" * 4000}, ["query"]),
        ({"query": "q=焊工"}, ["query"]),
        ({"query": "q=数控", "frequency": "weekly"}, ["frequency"]),
        ({"query": "q=数控", "name": "长" * 81}, ["name"]),
        ({"query": "q=数控", "name": " "}, ["name"]),
        ({"query": "", "name": "长" * 81, "frequency": "x"}, ["frequency", "name", "query"]),
    ],
)
def test_what_is_wrong_is_named_and_nothing_kept(api, student, body, named):
    keep(student, urlencode({"q": "焊工"}))
    before = contents(SavedSearch)
    answer = api.post(URL, body, format="json")
    assert (answer.status_code, answer.json()["error"], sorted(answer.json()["fields"])) == (
        422,
        "invalid",
        named,
    )
    assert contents(SavedSearch) == before


def test_an_unknown_filter_is_named_in_the_sentence(api):
    answer = api.post(URL, {"query": "q=数控&colour=red&salary=much"}, format="json").json()
    assert answer["fields"] == {"query": ["没有这样的筛选条件或取值：colour, salary"]}


def test_a_repeat_with_the_same_key_makes_one_search(api):
    body, key = {"query": "q=数控"}, {"Idempotency-Key": "k-1"}
    answers = [api.post(URL, body, format="json", headers=key) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert {answer.json()["id"] for answer in answers} == {SavedSearch.objects.get().pk}


def test_the_thirty_first_is_a_conflict(api, student):
    for place in range(1, 31):
        keep(student, f"q=词{place}", place=place)
    answer = api.post(URL, {"query": "q=数控"}, format="json")
    assert (answer.status_code, answer.json()["error"], answer.json()["params"]) == (
        409,
        "too_many_searches",
        {"most": 30},
    )


@pytest.mark.parametrize(
    ("body", "changed"),
    [
        ({"name": "改名"}, {"name": "改名"}),
        ({"frequency": "off"}, {"frequency": "off"}),
        ({"query": "city=320500"}, {"query": "city=320500"}),
        ({}, {}),
    ],
)
def test_a_change_changes_what_it_names(api, student, body, changed):
    row = keep(student)
    before = api.get(f"{URL}{row.pk}/").json()
    answer = api.patch(f"{URL}{row.pk}/", body, format="json")
    assert answer.status_code == 200
    after = before | changed
    if "query" in changed:
        after["url"] = "/positions/?city=320500"
    assert answer.json() == after


@pytest.mark.parametrize(
    ("body", "named"), [({"query": "q="}, "query"), ({"name": ""}, "name"), ({"frequency": 7}, "frequency")]
)
def test_a_wrong_change_is_named_and_changes_nothing(api, student, body, named):
    row = keep(student)
    before = contents(SavedSearch)
    answer = api.patch(f"{URL}{row.pk}/", body, format="json")
    assert (answer.status_code, [*answer.json()["fields"]], contents(SavedSearch)) == (422, [named], before)


def test_one_is_given_up_once(api, student):
    row = keep(student)
    assert [api.delete(f"{URL}{row.pk}/").status_code for _ in range(2)] == [204, 404]
    assert SavedSearch.objects.count() == 0


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_holds_one_s_own_and_takes_the_same_queries(
    api, student, company, number, django_assert_num_queries
):
    keep(student_of(company.school))
    for place in range(1, number + 1):
        keep(student, f"q=词{place}", place=place, name=f"搜索{place}")
    api.get(URL)
    with django_assert_num_queries(4):
        rows = api.get(URL).json()["results"]
    assert [row["name"] for row in rows] == [f"搜索{place}" for place in range(number, 0, -1)]


def test_what_came_is_listed_and_counted_until_one_says_to_have_looked(api, student, company):
    row = keep(student)
    first, second = publish(company, "数控一"), publish(company, "数控二")
    clock.advance(timedelta(minutes=1))
    deliver()
    assert api.get(f"{URL}{row.pk}/").json()["new"] == 2
    found = api.get(f"{URL}{row.pk}/found/").json()["results"]
    assert found == [
        {
            "position": position.pk,
            "title": position.title,
            "company": "示例机械",
            "found_at": "2026-03-02T09:01:00+08:00",
        }
        for position in (second, first)
    ]
    clock.advance(timedelta(minutes=1))
    answer = api.post(f"{URL}{row.pk}/looked/")
    assert (answer.status_code, answer.json()["new"], answer.json()["looked_at"]) == (
        200,
        0,
        "2026-03-02T09:02:00+08:00",
    )
    assert len(api.get(f"{URL}{row.pk}/found/").json()["results"]) == 2


@pytest.mark.parametrize(
    ("method", "path"), [("get", ""), ("patch", ""), ("delete", ""), ("get", "found/"), ("post", "looked/")]
)
def test_a_classmate_s_search_does_not_exist(company, student, method, path):
    row = keep(student)
    other = signed_in(student_of(company.school), APIClient())
    before = contents(SavedSearch)
    answer = getattr(other, method)(
        f"{URL}{row.pk}/{path}", {"name": "x"} if method == "patch" else None, format="json"
    )
    assert (answer.status_code, answer.json()["error"], contents(SavedSearch)) == (404, "not_found", before)


def test_the_schema_shows_bodies_and_answers():
    paths = document()["paths"]
    create = paths[URL]["post"]
    sent = create["requestBody"]["content"]["application/json"]["examples"]
    kept = create["responses"]["201"]["content"]["application/json"]["examples"]
    assert [one["value"]["query"] for one in sent.values()] == ["q=数控&city=320500&salary=5000"]
    assert [one["value"]["frequency"] for one in kept.values()] == ["daily"]
    assert sorted(paths[URL + "{id}/"]) == ["delete", "get", "patch"]
