"""What of all searches counts: pages and programs, the first page, a text that somebody has finished."""

import re

import pytest
from django.test import Client
from rest_framework.test import APIClient

from backend.common import outbox
from backend.positions import indexing, searching
from backend.positions.models import Position
from backend.wording.domain import tallies
from backend.wording.domain.synonyms import save_group
from backend.wording.models import SearchTally
from search.query import PositionQuery, write_cursor
from tests.backend.positions.conftest import signed_in, student_of
from tests.factories.positions import PositionFactory

SETTLED = {"HX-Request": "true", "HX-Trigger": "position-settled"}
TYPED = {"HX-Request": "true", "HX-Trigger": "position-search"}
BOOSTED = {"HX-Request": "true", "HX-Boosted": "true"}


@pytest.fixture
def accountant(company):
    """One position, indexed."""
    position = PositionFactory(company=company, published=True, title="会计")
    indexing.look_again(Position.objects.values_list("pk", flat=True))
    outbox.drain()
    return position


def counted():
    tallies.flush()
    return list(
        SearchTally.objects.order_by("pk").values_list("text", "filters", "people", "missed", "few", "hits")
    )


@pytest.mark.parametrize(
    ("params", "headers", "counts"),
    [
        ({"q": "会计"}, {}, True),
        ({"q": "会计"}, BOOSTED, True),
        ({"q": "会计"}, SETTLED, True),
        ({"q": "会计"}, TYPED, False),
        ({"q": "会计", "page": "2"}, {}, False),
        ({"q": "会计", "after": write_cursor(1.0, 7)}, {}, False),
        ({"q": " "}, {}, False),
        ({}, {}, False),
    ],
)
def test_a_page_counts_once_its_text_is_finished(accountant, params, headers, counts):
    assert Client().get("/positions/", params, headers=headers).status_code == (
        204 if headers is SETTLED else 200
    )
    assert counted() == ([("会计", "", 1, 0, 1, 1)] if counts else [])


def test_no_letter_on_the_way_to_a_text_is_counted(accountant):
    """As a browser asks: every pause while typing, then that the text has settled."""
    client = Client()
    for text in ("k", "kuai", "kuaij"):
        client.get("/positions/", {"q": text}, headers=TYPED)
    client.get("/positions/", {"q": "kuaiji"}, headers=SETTLED)
    assert [row[0] for row in counted()] == ["kuaiji"]


def test_the_page_says_when_a_text_has_settled(accountant):
    page = Client().get("/positions/").content.decode()
    (element,) = [part for part in page.split("<span") if 'id="position-settled"' in part]
    assert 'hx-swap="none"' in element
    # A list chosen by a select has been looked at as well, though nobody typed.
    triggers = re.search(r'hx-trigger="([^"]*)"', element).group(1).split(", ")
    assert triggers == [
        "input changed delay:3s from:#position-q",
        "submit delay:3s from:#position-search",
        "change delay:3s from:#position-sort",
        "change delay:3s from:#filter-panel",
    ]


@pytest.mark.parametrize(
    ("params", "row"),
    [
        ({"q": "会计"}, ("会计", "", 1, 0, 1, 1)),
        ({"q": "会计", "city": "110000", "kind": "internship"}, ("会计", "city,kind", 1, 1, 0, 1)),
        ({"q": "潜水员"}, ("潜水员", "", 1, 1, 0, 0)),
        ({"q": "会计", "typing": "1"}, None),
        ({"q": "会计", "page": 2}, None),
    ],
)
def test_programs_count_unless_they_say_that_somebody_is_typing(accountant, params, row):
    answer = APIClient().get("/api/v1/positions/search/", params)
    assert (answer.status_code, counted()) == (200, [row] if row else [])


@pytest.fixture
def browsers(company, hr_browser, office_browser):
    """Browsers by who sits there."""
    student = signed_in(student_of(company.school))
    return {"student": student, "visitor": Client(), "office": office_browser, "recruiter": hr_browser}


@pytest.mark.parametrize(("who", "rows"), [("student", 1), ("visitor", 1), ("office", 0), ("recruiter", 0)])
def test_what_students_and_visitors_look_for_counts(accountant, company, browsers, who, rows):
    browsers[who].get("/positions/", {"q": "会计"})
    school = company.school_id if who == "student" else None
    assert len(counted()) == rows
    assert set(SearchTally.objects.values_list("school_id", flat=True)) <= {school}


def test_visitors_are_told_apart_by_address_and_browser(accountant):
    for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2"):
        Client().get("/positions/", {"q": "会计"}, REMOTE_ADDR=address)
    Client().get("/positions/", {"q": "会计"}, REMOTE_ADDR="192.0.2.2", HTTP_USER_AGENT="other")
    Client().get("/positions/", {"q": "会计"}, REMOTE_ADDR="192.0.2.2", HTTP_X_FORWARDED_FOR="198.51.100.1")
    assert [row[2] for row in counted()] == [4]


def test_settling_asks_for_one_hit_and_no_facets(accountant, django_assert_num_queries):
    client = Client()
    client.get("/positions/", {"q": "x"}, headers=TYPED)
    with django_assert_num_queries(0):
        assert client.get("/positions/", {"q": "会计"}, headers=SETTLED).content == b""


# Synonyms of the school, in the searches of its people


def test_a_school_s_words_count_in_its_own_searches_alone(accountant, company, clerk, office_browser):
    save_group(actor=clerk, words=["账房先生", "会计"])
    student = signed_in(student_of(company.school))
    found = {
        name: [
            row["position"].pk
            for row in browser.get("/positions/", {"q": "账房先生", "exact": "1"}).context["rows"]
        ]
        for name, browser in (("student", student), ("staff", office_browser), ("visitor", Client()))
    }
    assert found == {"student": [accountant.pk], "staff": [accountant.pk], "visitor": []}


def test_an_index_made_before_a_group_finds_by_it(accountant, clerk):
    """A group takes effect with the next search: nothing is indexed again."""
    query = PositionQuery("账房先生", exact=True)
    before = searching.find(clerk, query)[0].ids
    save_group(actor=clerk, words=["账房先生", "会计"])
    assert (before, searching.find(clerk, query)[0].ids) == ([], [accountant.pk])
