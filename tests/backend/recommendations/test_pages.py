"""A student's pages: the list and its switch, one position in full, two compared, saved and hidden."""

import pytest
from django.core.cache import cache

from backend.recommendations.domain import interact
from backend.recommendations.models import Impression, Interaction
from tests.backend.recommendations.reading import BACKEND, queries_of, text
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import RecruiterFactory
from tests.factories.positions import PositionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
PATHS = ("/matches/", "/matches/saved/", "/matches/hidden/", "/matches/compare/?p=1&p=2", "/matches/1/")


@pytest.fixture
def page(client, student):
    cache.clear()
    client.force_login(MembershipFactory(of_student=True, student=student).user, BACKEND)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    client.cookies["django_language"] = "en"
    return client


def test_the_page_shows_matches_with_reasons_and_records_them(page, fitting, strange):
    response = page.get("/matches/")
    assert [item.position for item in response.context["shown"]] == [fitting, strange]
    shown = text(response)
    for item in response.context["shown"]:
        assert all(reason in shown for reason in [*item.reasons, *item.against, f"{item.percent} %"])
    assert list(Impression.objects.order_by("rank").values_list("position_id", "surface", "rank")) == [
        (fitting.pk, "matches", 1),
        (strange.pk, "matches", 2),
    ]


def test_without_positions_the_page_says_so(page):
    response = page.get("/matches/")
    assert (response.status_code, response.context["shown"], Impression.objects.count()) == (200, [], 0)
    assert "No matches yet" in text(response)


def test_while_no_trained_ranker_serves_the_page_says_so(page, fitting):
    assert "weighted rules stand in" in text(page.get("/matches/"))


def test_the_neutral_order_says_so_and_keeps_nothing(page, student, fitting):
    assert page.post("/matches/personalisation/", {"on": "0"})["Location"] == "/matches/"
    response = page.get("/matches/")
    assert "Nothing about you is used for this order" in text(response)
    assert [item.match for item in response.context["shown"]] == [None]
    page.get(f"/positions/{fitting.pk}/"), page.get("/")
    assert (Impression.objects.count(), Interaction.objects.count()) == (0, 0)
    page.post("/matches/personalisation/", {"on": "1"})
    student.refresh_from_db()
    assert student.personalised is True


def test_why_a_position_is_shown(page, fitting, strange):
    page.get("/matches/")
    response = page.get(f"/matches/{strange.pk}/")
    found, shown = response.context["found"], text(response)
    assert all(f"{line.text} {line.points}" in shown for line in found.lines)
    assert f"Sum {found.total}" in shown
    assert all(f"{words} {gain}" in shown for words, gain in found.changes)
    assert "2026-03-02 09:00, place 2" in shown
    assert found.match.model in shown


def test_why_says_that_the_order_is_neutral(page, student, fitting):
    student.personalised = False
    student.save()
    shown = text(page.get(f"/matches/{fitting.pk}/"))
    assert "positions stand by the day they were published" in shown
    assert "Points" not in shown


def test_two_positions_side_by_side(page, fitting, strange):
    response = page.get("/matches/compare/", {"p": [fitting.pk, strange.pk]})
    found, shown = response.context["found"], text(response)
    assert all(f"{line.text} {line.points}" in shown for line in found.lines)
    assert f"Sum {found.total}" in shown
    assert f"Skills {'、'.join(fitting.skills)} {'、'.join(strange.skills)}" in shown


@pytest.mark.parametrize("asked", [[], ["1"], ["1", "2", "3"], ["1", "x"], ["1", "９"], ["1", "9" * 19]])
def test_comparing_takes_exactly_two(page, fitting, asked):
    response = page.get("/matches/compare/", {"p": asked}, follow=True)
    assert response.redirect_chain == [("/matches/", 302)]
    assert "Choose exactly two positions to compare." in text(response)


def test_not_interested_can_be_undone_at_once(page, fitting, strange):
    path = f"/positions/{strange.pk}/interest/"
    body = {"kind": "not_interested", "cause": "pay", "next": "/matches/"}
    response = page.post(path, body, follow=True)
    assert response.redirect_chain == [(f"/matches/?hidden={strange.pk}", 302)]
    assert response.context["just_hidden"].position == strange
    assert [item.position for item in response.context["shown"]] == [fitting]
    back = page.post(path, {"kind": "not_interested", "undo": "1", "next": "/matches/"}, follow=True)
    assert sorted(item.position.pk for item in back.context["shown"]) == [fitting.pk, strange.pk]
    assert Interaction.objects.count() == 0


@pytest.mark.parametrize("asked", ["", "x", "-1", "9" * 30, "999"])
def test_a_made_up_undo_is_not_offered(page, fitting, asked):
    response = page.get("/matches/", {"hidden": asked})
    assert (response.status_code, response.context["just_hidden"]) == (200, None)


def test_hidden_positions_stand_with_their_cause_and_a_way_back(page, actor, fitting, strange):
    assert "Nothing hidden" in text(page.get("/matches/hidden/"))
    interact(actor=actor, position_id=fitting.pk, kind="not_interested", cause="place")
    interact(actor=actor, position_id=strange.pk, kind="not_interested")
    response = page.get("/matches/hidden/")
    assert [(row.position, row.cause_label) for row in response.context["page"]] == [
        (strange, ""),
        (fitting, "The place"),
    ]


def test_save_and_remove(page, fitting):
    path = f"/positions/{fitting.pk}/interest/"
    page.post(path, {"kind": "save", "cause": "pay"})
    assert list(Interaction.objects.values_list("kind", "cause")) == [("save", "")]
    assert fitting.title in text(page.get("/matches/saved/"))
    page.post(path, {"kind": "save", "undo": "1"})
    assert "Nothing saved yet" in text(page.get("/matches/saved/"))


@pytest.mark.parametrize("kind", ["view", "apply", "talk", "", "love"])
def test_the_page_saves_and_hides_and_nothing_else(page, fitting, kind):
    response = page.post(f"/positions/{fitting.pk}/interest/", {"kind": kind})
    assert (response.status_code, Interaction.objects.count()) == (422, 0)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/matches/saved/", "/matches/saved/"),
        ("https://evil.example/", "/matches/"),
        ("//evil.example", "/matches/"),
        ("javascript:alert(1)", "/matches/"),
        ("", "/matches/"),
    ],
)
def test_the_way_back_never_leaves_the_house(page, fitting, target, expected):
    response = page.post(f"/positions/{fitting.pk}/interest/", {"kind": "save", "next": target})
    assert response["Location"] == expected


def test_the_position_page_says_why_it_fits_and_counts_the_look(page, fitting, strange):
    shown = text(page.get(f"/positions/{strange.pk}/"))
    assert ("What speaks against it" in shown, "What would raise it" in shown) == (True, True)
    assert list(Interaction.objects.values_list("position_id", "kind")) == [(strange.pk, "view")]


def test_the_home_shows_matches_and_records_them(page, fitting):
    response = page.get("/")
    assert [item.position for item in response.context["shown"]] == [fitting]
    assert list(Impression.objects.values_list("surface", "rank")) == [("home", 1)]


@pytest.mark.parametrize("path", PATHS)
def test_who_is_not_a_student_has_no_matches(client, fitting, path):
    assert client.get(path).status_code == 302
    for person in (RecruiterFactory(company=fitting.company), MembershipFactory(operator=True)):
        client.force_login(person.user, BACKEND)
        assert client.get(path).status_code == 403


@pytest.mark.parametrize("copies", [1, 3])
def test_each_page_costs_the_same_however_much_there_is(page, actor, fitting, copies):
    rows = PositionFactory.create_batch(copies, published=True, company=fitting.company)
    for row in rows:
        interact(actor=actor, position_id=row.pk, kind="save")
    PositionFactory.create_batch(copies, published=True, company=fitting.company)
    costs = {
        "/matches/": 9,
        "/matches/saved/": 6,
        "/matches/hidden/": 5,
        f"/matches/{fitting.pk}/": 11,
        f"/matches/compare/?p={fitting.pk}&p={rows[0].pk}": 9,
        f"/positions/{fitting.pk}/": 11,
    }
    assert {path: queries_of(page, path) for path in costs} == costs
