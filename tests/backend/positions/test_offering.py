"""What the search box offers, on the page and over JSON: by kind, within one's circle, with what choosing it states."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlparse

import pytest
from django.core.cache import cache
from django.test import Client
from rest_framework.test import APIClient

from backend.accounts.actor import ANONYMOUS, actor_of
from backend.common import clock
from backend.companies.models import Company
from backend.positions import history, offering
from backend.positions.offering import Offer
from search.query import COUNTABLE
from tests.backend.positions.conftest import let_search_know, signed_in, student_of
from tests.factories.companies import CompanyFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import OccupationFactory

ENGLISH = {"Accept-Language": "en"}
WELDER = "6-18-02-04"


@pytest.fixture
def welding(company):
    """Positions of a company of welders; its vetting outlasts the wall clock, by which suggestions go."""
    later = clock.now() + timedelta(days=20_000)
    Company.objects.filter(pk=company.pk).update(name="焊接装备有限公司", vetted_until=later)
    company.refresh_from_db()
    named = OccupationFactory(code=WELDER, name="焊工")
    unknown = OccupationFactory(code="9-99-99-99", name="焊接不明职业")
    for title, occupation in (
        ("焊工学徒", named),
        ("焊工学徒", named),
        ("焊机调试", named),
        ("焊料检验", unknown),
    ):
        PositionFactory(
            published=True, company=company, title=title, occupation=occupation, skills=["焊缝检测"],
            expires_at=later,
        )  # fmt: skip
    let_search_know()
    return company


def test_each_kind_in_its_place_with_what_it_states(welding):
    assert offering.offers(ANONYMOUS, "焊") == [
        Offer("occupation", "焊工", 3, ("occupation", WELDER)),
        Offer("occupation", "焊接不明职业", 1, ("q", "焊接不明职业")),
        Offer("company", "焊接装备有限公司", 4, ("company", str(welding.pk))),
        Offer("skill", "焊缝检测", 4, ("q", "焊缝检测")),
        Offer("title", "焊工学徒", 2, ("q", "焊工学徒")),
        Offer("title", "焊料检验", 1, ("q", "焊料检验")),
        Offer("title", "焊机调试", 1, ("q", "焊机调试")),
    ]


@pytest.mark.parametrize("typed", ["hangong", "han gong", "hgxt", "焊工学"])
def test_pinyin_and_initials_complete_too(welding, typed):
    assert "焊工学徒" in [one.text for one in offering.offers(ANONYMOUS, typed)]


def test_no_kind_crowds_out_the_others(welding):
    for number in range(9):
        PositionFactory(
            published=True, company=welding, title=f"焊工{number}号岗", skills=[f"焊术{number}"],
            occupation_id=WELDER, expires_at=welding.vetted_until,
        )  # fmt: skip
    let_search_know()
    kinds = [one.kind for one in offering.offers(ANONYMOUS, "焊")]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "occupation": 2,
        "company": 1,
        "skill": 3,
        "title": 4,
    }


def test_companies_of_one_name_are_searched_for_by_it(welding):
    CompanyFactory(verified=True, school=welding.school, name=welding.name, vetted_until=welding.vetted_until)
    company = [one for one in offering.offers(ANONYMOUS, "焊接装备") if one.kind == "company"]
    assert [one.states for one in company] == [("q", welding.name)]


def test_the_circle_is_the_persons(welding, people):
    assert [len(offering.offers(people[who], "焊工")) for who in ("student", "ally student", "strange student")] == [
        2, 2, 0,
    ]  # fmt: skip


# Own searches


def test_own_searches_come_first_and_before_a_letter_alone(welding):
    actor = actor_of(student_of(welding.school))
    for text in ("焊工 武汉", "会计", "电焊工"):
        history.remember_search(actor=actor, text=text)
    assert [(one.kind, one.text) for one in offering.offers(actor, "")] == [
        ("history", "电焊工"), ("history", "会计"), ("history", "焊工 武汉"),
    ]  # fmt: skip
    assert [(one.kind, one.text) for one in offering.offers(actor, "焊工")][:3] == [
        ("history", "焊工 武汉"), ("history", "电焊工"), ("occupation", "焊工"),
    ]  # fmt: skip
    # What stands in the box already is not offered again.
    assert "会计" not in [one.text for one in offering.offers(actor, " 会计 ")]
    assert offering.offers(ANONYMOUS, "") == []


def test_words_are_offered_once_and_a_filter_beside_them(welding):
    actor = actor_of(student_of(welding.school))
    for text in ("焊工学徒", "焊工"):
        history.remember_search(actor=actor, text=text)
    assert [(one.kind, one.text) for one in offering.offers(actor, "焊工 ") if "焊工" in one.text] == [
        ("history", "焊工学徒"), ("occupation", "焊工"),
    ]  # fmt: skip


# The list


def options(text):
    """Kind and text of each option, and where it leads."""
    found = []
    for label, group in re.findall(r'role="group" aria-label="([^"]*)">(.*?)</div></div>', text, re.DOTALL):
        for option in re.findall(r'<div role="option"([^>]*)>', group):
            url = re.search(r'data-url="([^"]*)"', option)
            said = re.search(r'data-text="([^"]*)"', option).group(1)
            found.append((label, said, url.group(1).replace("&amp;", "&") if url else ""))
    return found


def listed(client=None, **params):
    return (client or Client()).get("/positions/suggest/", params, headers=ENGLISH).content.decode()


def test_the_list_groups_options_and_keeps_the_other_filters(welding):
    text = listed(q="焊", city="310000", district="310101", sort="date", occupation="4-07")
    found = options(text)
    assert [(label, said) for label, said, _url in found[:3]] == [
        ("Occupations", "焊工"), ("Occupations", "焊接不明职业"), ("Companies", "焊接装备有限公司"),
    ]  # fmt: skip
    kept = {"city": ["310000"], "district": ["310101"], "sort": ["date"]}
    assert urlparse(found[0][2]).path == "/positions/"
    assert parse_qs(urlparse(found[0][2]).query) == {**kept, "occupation": [WELDER]}
    assert parse_qs(urlparse(found[2][2]).query) == {
        **kept, "occupation": ["4-07"], "company": [str(welding.pk)],
    }  # fmt: skip
    # Words go into the box.
    assert [url for label, _said, url in found if label in ("Skills", "Titles of positions")] == [""] * 4
    ids = re.findall(r'id="(suggestion-\d+)"', text)
    assert ids == [f"suggestion-{place}" for place in range(7)]
    assert 'data-status="7 suggestions"' in text


def test_only_what_one_qualifies_for_stays_so_with_a_filter_from_the_list(welding):
    def filters_in(client):
        found = options(listed(client, q="焊", qualified="1"))
        return [parse_qs(urlparse(url).query) for _label, _said, url in found if url]

    company = {"company": [str(welding.pk)]}
    assert filters_in(signed_in(student_of(welding.school))) == [
        {"qualified": ["1"], "occupation": [WELDER]}, {"qualified": ["1"], **company},
    ]  # fmt: skip
    assert filters_in(Client()) == [{"occupation": [WELDER]}, company]


@pytest.mark.parametrize("typed", ["", "   ", "没有这样的"])
def test_nothing_to_offer_is_an_empty_list(welding, typed):
    assert listed(q=typed).strip() == ""


def test_what_people_wrote_is_text_in_the_list(welding):
    user = student_of(welding.school)
    history.remember_search(actor=actor_of(user), text='"><script>x</script>')
    text = listed(signed_in(user), q="")
    assert "<script>" not in text
    assert "&quot;&gt;&lt;script&gt;" in text


def test_the_box_works_without_a_script_and_says_where_the_list_comes_from(welding):
    user = student_of(welding.school)
    for client, remembers in ((Client(), False), (signed_in(user), True)):
        page = client.get("/positions/").content.decode()
        assert (
            '<form id="position-search" class="searchbar" role="search" method="get" action="/positions/"'
            in page
        )
        assert 'data-suggest="/positions/suggest/"' in page
        assert ('data-remember="/positions/searches/"' in page) is remembers
        assert 'role="combobox"' not in page  # only the script that answers its keys says so


# JSON


def test_json_offers_the_same_as_parameters_of_a_search(welding):
    answer = APIClient().get("/api/v1/positions/suggest/", {"q": " 焊工 "}).json()
    assert answer == {
        "q": "焊工",
        "items": [
            {"kind": "occupation", "text": "焊工", "count": 3, "states": {"occupation": WELDER}},
            {"kind": "title", "text": "焊工学徒", "count": 2, "states": {"q": "焊工学徒"}},
        ],
    }
    found = APIClient().get("/api/v1/positions/search/", answer["items"][0]["states"]).json()
    assert found["total"] == answer["items"][0]["count"]


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"q": "焊工"},
        {"q": "焊工", "district": "310101,310104", "city": "310000"},
        {"occupation": "6-18-00-00", "salary": "1"},
        {"q": "焊公学徒"},
        {"kind": "internship", "days": "1"},
        {"kind": "internship", "exact": "1", "sort": "fit"},
    ],
)
def test_facets_over_json_are_those_of_the_search(welding, params):
    search = APIClient().get("/api/v1/positions/search/", params).json()
    facets = APIClient().get("/api/v1/positions/facets/", params).json()
    assert [facet["name"] for facet in facets["facets"]] == list(COUNTABLE)
    named = {facet["name"]: facet for facet in facets["facets"]}
    assert [named[facet["name"]] for facet in search["facets"]] == search["facets"]
    said = ("total", "degraded", "updating", "corrected", "widened")
    assert {name: facets[name] for name in said} == {name: search[name] for name in said}


@pytest.mark.parametrize(
    ("asked", "names"),
    [("city", ["city"]), ("kind,city,kind", ["kind", "city"]), ("", list(COUNTABLE)), (",", list(COUNTABLE))],
)
def test_only_the_facets_asked_for_are_counted(welding, asked, names):
    answer = APIClient().get("/api/v1/positions/facets/", {"facets": asked}).json()
    assert [facet["name"] for facet in answer["facets"]] == names


def test_several_names_may_stand_several_times(welding):
    answer = APIClient().get("/api/v1/positions/facets/?facets=city&facets=major").json()
    assert [facet["name"] for facet in answer["facets"]] == ["city", "major"]


def test_an_unknown_facet_is_named(welding):
    answer = APIClient().get("/api/v1/positions/facets/", {"facets": "city,pay"}, headers=ENGLISH)
    assert (answer.status_code, answer.json()["fields"]) == (422, {"facets": ["Unknown: pay."]})


@pytest.mark.parametrize("address", ["suggest/?q=焊", "facets/"])
def test_both_are_throttled_like_every_endpoint(welding, monkeypatch, address):
    from backend.api.throttling import PersonRateThrottle

    monkeypatch.setattr(PersonRateThrottle, "THROTTLE_RATES", {"person": "2/min", "anonymous": "2/min"})
    cache.clear()
    client = APIClient()
    assert [client.get(f"/api/v1/positions/{address}").status_code for _ in range(3)] == [200, 200, 429]
