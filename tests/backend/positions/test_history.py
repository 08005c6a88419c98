"""Own searches: kept for the person, each once, twenty at most, and forgotten when they say so."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from rest_framework.test import APIClient

from backend.accounts.actor import ANONYMOUS, actor_of
from backend.common import clock, forgetting, personal
from backend.common.errors import NotAllowed, NotFound
from backend.positions import history
from backend.positions.models import RecentSearch
from tests.backend.positions.conftest import signed_in, student_of


@pytest.fixture
def user(company):
    return student_of(company.school)


@pytest.fixture
def other(company):
    return student_of(company.school)


def kept(user):
    return [row.text for row in history.searches_of(actor_of(user))]


def remember(user, *texts):
    return [history.remember_search(actor=actor_of(user), text=text) for text in texts]


def test_the_last_stands_first_and_each_once(user, frozen_now):
    remember(user, "会计", "焊工", "Java  开发 ")
    with clock.frozen(frozen_now + timedelta(minutes=1)):
        remember(user, " 会计")
    assert kept(user) == ["会计", "Java 开发", "焊工"]


def test_twenty_are_kept_of_each_person(user, other):
    remember(other, "别人的")
    remember(user, *(f"词{number}" for number in range(23)))
    assert kept(user) == [f"词{number}" for number in range(22, 2, -1)]
    assert kept(other) == ["别人的"]


@pytest.mark.parametrize(
    ("text", "said"),
    [("字" * 99, "字" * 60), ("a\0b", "a b"), ("字" * 59 + " x", "字" * 59), ("", None), (" \t　\0", None)],
)
def test_a_text_is_brought_within_bounds(user, text, said):
    (row,) = remember(user, text)
    assert (row and row.text) == said
    assert kept(user) == ([said] if said else [])


def test_a_visitor_has_no_searches(user):
    remember(user, "会计")
    with pytest.raises(NotAllowed):
        history.remember_search(actor=ANONYMOUS, text="会计")
    assert list(history.searches_of(ANONYMOUS)) == []
    assert (history.forget_searches(actor=ANONYMOUS), kept(user)) == (0, ["会计"])


def test_one_is_forgotten_and_only_ones_own(user, other):
    first, _second = remember(user, "会计", "焊工")
    with pytest.raises(NotFound):
        history.forget_search(actor=actor_of(other), search_id=first.pk)
    assert kept(user) == ["焊工", "会计"]
    history.forget_search(actor=actor_of(user), search_id=first.pk)
    assert kept(user) == ["焊工"]
    with pytest.raises(NotFound):
        history.forget_search(actor=actor_of(user), search_id=first.pk)


def test_all_are_forgotten_and_only_ones_own(user, other):
    remember(user, "会计", "焊工")
    remember(other, "会计")
    assert history.forget_searches(actor=actor_of(user)) == 2
    assert (kept(user), kept(other)) == ([], ["会计"])


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", ["java 开发", "高级会计", "会计"]),
        ("会计", ["高级会计"]),
        ("会", ["会计", "高级会计"]),
        ("JAVA", ["java 开发"]),
        ("没有", []),
    ],
)
def test_what_is_typed_stands_anywhere_in_it_those_that_begin_with_it_first(user, typed, found):
    remember(user, "会计", "高级会计", "java 开发")
    assert history.beginning_with(actor_of(user), typed, 5) == found
    assert history.beginning_with(actor_of(user), typed, 1) == found[:1]
    assert history.beginning_with(ANONYMOUS, typed, 5) == []


@pytest.mark.parametrize("text", ["会计", ""])
def test_the_database_keeps_each_text_once_and_none_empty(user, text):
    remember(user, "会计")
    with pytest.raises((IntegrityError, ValidationError)), transaction.atomic():
        RecentSearch.objects.create(user=user, text=text)


# Personal data


def test_they_are_in_the_persons_copy_and_go_with_the_person(user, other):
    remember(user, "会计")
    remember(other, "焊工")
    copied = personal.copy_of(user)
    assert [row["text"] for row in copied["positions.recentsearch"]] == ["会计"]
    forgetting.erase(user)
    assert list(RecentSearch.objects.values_list("text", flat=True)) == ["焊工"]


def test_half_a_year_after_the_last_time_they_are_forgotten(user, frozen_now):
    remember(user, "会计", "焊工")
    with clock.frozen(frozen_now + timedelta(days=100)):
        remember(user, "焊工")
    with clock.frozen(frozen_now + timedelta(days=180)):
        forgetting.purge()
        assert kept(user) == ["焊工", "会计"]
    with clock.frozen(frozen_now + timedelta(days=180, seconds=1)):
        forgetting.purge()
        assert kept(user) == ["焊工"]


# Pages


def test_the_box_posts_what_was_searched_for_and_the_page_lists_it(user):
    client = signed_in(user)
    assert client.post("/positions/searches/", {"q": "焊工 & 会计"}).status_code == 204
    page = client.get("/positions/searches/").content.decode()
    assert 'href="/positions/?q=%E7%84%8A%E5%B7%A5+%26+%E4%BC%9A%E8%AE%A1"' in page
    assert "焊工 &amp; 会计" in page


def test_the_page_forgets_one_and_all(user, other):
    first, _second = remember(user, "会计", "焊工")
    (strange,) = remember(other, "他人")
    client = signed_in(user)
    assert client.post(f"/positions/searches/{strange.pk}/forget/").status_code == 404
    assert (
        client.post(f"/positions/searches/{first.pk}/forget/").headers["Location"] == "/positions/searches/"
    )
    assert (kept(user), kept(other)) == (["焊工"], ["他人"])
    assert client.post("/positions/searches/forget/").headers["Location"] == "/positions/searches/"
    assert (kept(user), kept(other)) == ([], ["他人"])
    assert 'href="/positions/"' in client.get("/positions/searches/").content.decode()


@pytest.mark.parametrize("path", ["/positions/searches/", "/positions/searches/forget/"])
def test_a_visitor_is_asked_to_sign_in(user, path):
    remember(user, "会计")
    assert Client().post(path, {"q": "x"}).status_code == 302
    assert kept(user) == ["会计"]


@pytest.mark.parametrize("number", [1, 3])
def test_the_page_takes_one_query_for_its_rows(user, number, django_assert_num_queries):
    remember(user, *(f"词{n}" for n in range(number)))
    actor = actor_of(user)
    with django_assert_num_queries(1):
        assert len(list(history.searches_of(actor))) == number


# JSON


def test_json_keeps_lists_and_forgets(user, other):
    api = signed_in(user, APIClient())
    made = api.post("/api/v1/positions/searches/", {"text": " 会计 "})
    assert (made.status_code, made.json()["text"]) == (201, "会计")
    api.post("/api/v1/positions/searches/", {"text": "焊工"})
    (strange,) = remember(other, "他人")
    assert [row["text"] for row in api.get("/api/v1/positions/searches/").json()] == ["焊工", "会计"]
    assert api.delete(f"/api/v1/positions/searches/{strange.pk}/").status_code == 404
    assert api.delete(f"/api/v1/positions/searches/{made.json()['id']}/").status_code == 204
    assert (kept(user), kept(other)) == (["焊工"], ["他人"])
    assert api.delete("/api/v1/positions/searches/").status_code == 204
    assert (kept(user), kept(other)) == ([], ["他人"])


@pytest.mark.parametrize("text", ["", "   ", "字" * 61])
def test_json_names_a_text_that_says_nothing_or_too_much(user, text):
    answer = signed_in(user, APIClient()).post("/api/v1/positions/searches/", {"text": text})
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["text"])
    assert kept(user) == []


@pytest.mark.parametrize(("method", "path"), [("get", ""), ("post", ""), ("delete", ""), ("delete", "1/")])
def test_json_of_a_visitor_is_refused(user, method, path):
    remember(user, "会计")
    answer = getattr(APIClient(), method)(f"/api/v1/positions/searches/{path}")
    assert (answer.status_code, answer.json()["error"]) == (401, "not_authenticated")
    assert kept(user) == ["会计"]
