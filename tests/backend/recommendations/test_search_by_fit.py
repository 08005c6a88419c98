"""Search in the order of fit: whose order it is, how its pages hang together, and what is said where there is none."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from backend.accounts.actor import ANONYMOUS
from backend.common import clock, outbox, warming
from backend.positions import by_fit, indexing, personal, searching
from backend.positions.models import Position
from backend.recommendations import catalogue
from backend.recommendations.enums import Surface
from backend.recommendations.models import Impression
from backend.recommendations.queries import SearchOrder
from matching import api as matching
from search.query import PositionQuery
from tests.backend.recommendations.reading import queries_of, reader, text
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import student_actor
from tests.factories.companies import RecruiterFactory
from tests.factories.positions import PositionFactory
from tests.factories.students import StudentFactory

pytestmark = pytest.mark.usefixtures("frozen_now")
ORDERED, SEARCH = "Fit ", "/api/v1/positions/search/"
TYPED = {"HX-Request": "true", "HX-Trigger": "position-search"}
SETTLED = {"HX-Request": "true", "HX-Trigger": "position-settled"}
BOOSTED = {"HX-Request": "true", "HX-Boosted": "true"}


@pytest.fixture(autouse=True)
def nothing_shown_yet():
    """What was shown within the hour is remembered in the cache, which outlives a test."""
    cache.clear()


@pytest.fixture
def market(fitting, strange):
    """One that fits, one that does not, and between them some of the same work in another place."""
    for number in range(3):
        PositionFactory(
            published=True, company=fitting.company, title=f"Java 程序员{number}", majors=["软件技术"],
            skills=["Java"] if number else [], city_code="320500" if number == 2 else "650100",
            occupation=fitting.occupation,
        )  # fmt: skip
    _let_search_know()
    return fitting, strange


def _let_search_know():
    indexing.look_again(Position.objects.values_list("pk", flat=True))
    outbox.drain()


@pytest.fixture
def me(student):
    """A browser of the student, in English."""
    return reader(MembershipFactory(of_student=True, student=student, school=student.school))


@pytest.fixture
def program(student):
    client = APIClient()
    client.force_authenticate(MembershipFactory(of_student=True, student=student, school=student.school).user)
    return client


def slow_way(student) -> list[int]:
    """Every open position scored one by one, best first, swamped ones giving way."""
    found = [
        matching.rank_positions(
            catalogue.students().held.get(student.pk), [catalogue.positions().held.get(pk)], on=clock.today()
        )[0]
        for pk in Position.objects.values_list("pk", flat=True)
    ]
    return [
        m.position_id
        for m in sorted(found, key=lambda m: (-round(m.score - 0.05 * m.saturation, 12), m.position_id))
    ]


def ids(answer) -> list[int]:
    return [row["position"].pk for row in answer.context["rows"]]


# The order


def test_hits_stand_in_the_order_of_fit_with_score_and_reason(me, student, market):
    answer = me.get("/positions/", {"sort": "fit"})
    fits = answer.context["fitted"].fits
    assert ids(answer) == slow_way(student)
    assert (ids(answer)[0], ids(answer)[-1]) == (market[0].pk, market[1].pk)
    scores = [fits[pk].score for pk in ids(answer)]
    assert scores == sorted(scores, reverse=True)
    assert f"Fit {fits[market[0].pk].percent}% · {fits[market[0].pk].en}" in text(answer)


@pytest.mark.parametrize(("language", "word"), [("zh-hans", "匹配度 "), ("en", "Fit ")])
def test_score_and_reason_speak_the_readers_language(student, market, language, word):
    mine = reader(MembershipFactory(of_student=True, student=student, school=student.school), language)
    answer = mine.get("/positions/", {"sort": "fit"})
    best = answer.context["fitted"].fits[market[0].pk]
    reason = best.en if language == "en" else best.zh
    assert f"{word}{best.percent}% · {reason}" in text(answer)


def test_only_what_was_asked_for_is_put_in_order(me, market):
    fitting, strange = market
    assert ids(me.get("/positions/", {"sort": "fit", "q": "护士"})) == [strange.pk]
    inside = me.get("/positions/", {"sort": "fit", "city": "320500"})
    assert ids(inside) == [fitting.pk, Position.objects.get(title="Java 程序员2").pk]
    assert inside.context["answer"].total == 2


def test_a_swamped_position_gives_way_to_a_comparable_one(me, student, market):
    """Twins but for the applicants: the lower number stands first until it is swamped."""
    twins = [
        PositionFactory(
            published=True, company=market[0].company, title="Java 双生", openings=1, skills=["Java"],
            majors=["软件技术"], occupation=market[0].occupation,
        )
        for _ in range(2)
    ]  # fmt: skip
    _let_search_know()
    first, second = (twin.pk for twin in twins)
    assert ids(me.get("/positions/", {"sort": "fit", "q": "双生"})) == [first, second]
    held = catalogue.positions().held
    swamped = matching.rank_positions(
        catalogue.students().held.get(student.pk), [held.get(first)], on=clock.today()
    )[0]
    held.update([type(held.get(first))(**{**vars(held.get(first)), "applicants": 500})])
    assert held.order(catalogue.students().held.get(student.pk), [first, second], spread=True) == [
        second,
        first,
    ]
    assert swamped.saturation == 0.0


def test_what_is_not_in_memory_yet_stands_last_as_it_came(student, market):
    order = SearchOrder(student)
    known = order.ordered(list(Position.objects.values_list("pk", flat=True)))
    assert order.ordered([99_999, *reversed(known), 88_888]) == [*known, 99_999, 88_888]


def test_the_order_is_the_students_own(student, market, me):
    nurse = StudentFactory(
        school=student.school, skills=["静脉输液"], wanted_cities=["650100"], wanted_kinds=["internship"],
        wanted_occupations=["2-05-08-01"],
    )  # fmt: skip
    hers = reader(MembershipFactory(of_student=True, student=nurse, school=nurse.school))
    assert ids(hers.get("/positions/", {"sort": "fit"}))[0] == market[1].pk
    assert ids(me.get("/positions/", {"sort": "fit"}))[0] == market[0].pk


# Pages


@pytest.fixture
def pages_of_two(monkeypatch, market):
    """Three pages of the five positions."""
    monkeypatch.setattr(searching, "SIZE", 2)
    monkeypatch.setattr(searching.read_query, "__kwdefaults__", {"size": 2, "actor": None})


def test_pages_hang_together_however_the_market_moves(me, student, pages_of_two, market):
    first = me.get("/positions/", {"sort": "fit"})
    token, order = first.context["fitted"].token, slow_way(student)
    newer = PositionFactory(
        published=True, company=market[0].company, title="新来的 Java", majors=["软件技术"], skills=["Java", "SQL"],
        city_code="320500", occupation=market[0].occupation,
    )  # fmt: skip
    _let_search_know()
    rest = [me.get("/positions/", {"sort": "fit", "order": token, "page": n}) for n in (2, 3)]
    assert ids(first) + ids(rest[0]) + ids(rest[1]) == order
    assert newer.pk in ids(me.get("/positions/", {"sort": "fit"}))
    assert newer.pk not in order


def test_the_links_to_other_pages_carry_the_order(me, pages_of_two):
    answer = me.get("/positions/", {"sort": "fit"})
    assert f"sort=fit&amp;order={answer.context['fitted'].token}&amp;page=2" in answer.content.decode()


def test_a_position_that_closed_meanwhile_is_left_out_of_its_page(me, pages_of_two):
    first = me.get("/positions/", {"sort": "fit"})
    following = ids(me.get("/positions/", {"sort": "fit", "order": first.context["fitted"].token, "page": 2}))
    Position.objects.filter(pk=following[0]).update(expires_at=clock.now() - timedelta(seconds=1))
    again = me.get("/positions/", {"sort": "fit", "order": first.context["fitted"].token, "page": 2})
    assert ids(again) == following[1:]


def test_a_page_behind_the_last_is_the_last_of_the_same_order(me, pages_of_two):
    first = me.get("/positions/", {"sort": "fit"}).context["fitted"].token
    last, behind = (me.get("/positions/", {"sort": "fit", "order": first, "page": n}) for n in (3, 9))
    assert (ids(behind), behind.context["pages"].number) == (ids(last), 3)
    assert len(ids(last)) == 1


@pytest.mark.parametrize(("most", "bounded"), [(5, False), (3, True)])
def test_what_is_published_while_pages_are_turned_changes_no_number(
    me, pages_of_two, monkeypatch, most, bounded
):
    monkeypatch.setattr(by_fit, "MAX_WINDOW", most)
    first = me.get("/positions/", {"sort": "fit"})
    PositionFactory(published=True, company=Position.objects.first().company, title="新来的")
    _let_search_know()
    second = me.get("/positions/", {"sort": "fit", "order": first.context["fitted"].token, "page": 2})
    for answer in (first, second):
        assert (answer.context["answer"].total, answer.context["fitted"].bounded) == (5, bounded)
    assert second.context["fitted"].token == first.context["fitted"].token


def test_an_order_is_kept_only_where_there_are_pages_to_turn(me, market):
    assert me.get("/positions/", {"sort": "fit"}).context["fitted"].token == ""


@pytest.mark.parametrize(
    "lost", ["wiped", "of another", "made up", "of another search", "of the exact words"]
)
def test_an_order_that_is_lost_or_anothers_is_made_anew(student, me, pages_of_two, lost):
    order, token = slow_way(student), me.get("/positions/", {"sort": "fit"}).context["fitted"].token
    if lost == "wiped":
        cache.clear()
    elif lost == "made up":
        token = "x" * 500
    elif lost.startswith("of another s") or lost == "of the exact words":
        other = {"q": "Java 程序员"} if "another" in lost else {"exact": "1"}
        token = me.get("/positions/", {"sort": "fit", **other}).context["fitted"].token
        assert token
    else:
        other = StudentFactory(school=student.school)
        stranger = student_actor(other)
        query = PositionQuery(sort="fit", size=2)
        theirs = by_fit.find(stranger, query, token)
        assert theirs.token != token
        token = theirs.token
    answer = me.get("/positions/", {"sort": "fit", "order": token, "page": 2})
    assert ids(answer) == order[2:4]
    assert answer.context["fitted"].token != token


def test_more_hits_than_can_be_ordered_are_said_and_the_first_ones_ordered(me, market, monkeypatch):
    monkeypatch.setattr(by_fit, "MAX_WINDOW", 3)
    answer = me.get("/positions/", {"sort": "fit"})
    newest = list(Position.objects.order_by("-published_at", "-pk").values_list("pk", flat=True)[:3])
    assert sorted(ids(answer)) == sorted(newest)
    assert (answer.context["fitted"].ordered, answer.context["answer"].total) == (3, 5)
    assert "The first 3 by relevance are in order of fit." in text(answer)
    assert "Too many positions" not in text(me.get("/positions/", {"sort": "fit", "q": "护士"}))


# Where there is none


def test_a_visitor_is_told_to_sign_in_and_comes_back_to_the_same_search(market):
    answer = Client(headers={"Accept-Language": "en"}).get("/positions/?q=java&sort=fit")
    assert answer.context["fitted"].refused.code == "signed_out"
    assert "Not in order of fit: shown by relevance" in text(answer)
    assert f"{reverse('account_login')}?next=/positions/%3Fq%3Djava%26sort%3Dfit" in answer.content.decode()
    assert ORDERED not in text(answer)


def test_without_personalisation_the_order_is_neutral_and_nothing_is_recorded(me, student, market):
    student.personalised = False
    student.save()
    answer = me.get("/positions/", {"sort": "fit"})
    assert ids(answer) == ids(me.get("/positions/"))
    assert answer.context["fitted"].refused.code == "off"
    assert reverse("recommendations:matches") in answer.content.decode()
    assert "nothing about you is used" in text(answer)
    assert ORDERED not in text(answer)
    assert Impression.objects.count() == 0


def test_while_the_market_is_read_after_a_start_the_page_does_not_wait(me, market, monkeypatch):
    monkeypatch.setattr(warming, "_doing", ["matches"])
    catalogue.clear()
    answer = me.get("/positions/", {"sort": "fit"})
    assert answer.context["fitted"].refused.code == "warming"
    assert ids(answer) == ids(me.get("/positions/"))
    assert catalogue._positions.held.ids() == set()
    monkeypatch.setattr(warming, "_doing", ["something else"])
    assert me.get("/positions/", {"sort": "fit"}).context["fitted"].refused is None


@pytest.mark.parametrize("who", ["recruiter", "staff"])
def test_others_than_students_are_not_offered_it(student, market, who):
    made = {
        "recruiter": lambda: RecruiterFactory(company=market[0].company),
        "staff": lambda: MembershipFactory(school=student.school),
    }
    client = reader(made[who]())
    assert "fit" not in dict(client.get("/positions/").context["sorts"])
    answer = client.get("/positions/", {"sort": "fit"})
    assert answer.context["fitted"].refused.code == "not_a_student"
    assert "Only students have an order by fit." in text(answer)


@pytest.mark.parametrize("role", ["visitor", "student"])
def test_visitors_and_students_are_offered_it(me, market, role):
    client = {"visitor": Client(), "student": me}[role]
    assert "fit" in dict(client.get("/positions/").context["sorts"])


# What is recorded


def test_what_was_shown_is_recorded_with_place_score_model_and_reasons(me, student, pages_of_two):
    first = me.get("/positions/", {"sort": "fit"})
    me.get("/positions/", {"sort": "fit", "order": first.context["fitted"].token, "page": 2})
    rows = list(Impression.objects.order_by("rank"))
    assert [row.position_id for row in rows] == slow_way(student)[:4]
    assert [row.rank for row in rows] == [1, 2, 3, 4]
    assert {row.surface for row in rows} == {Surface.SEARCH}
    assert {row.model for row in rows} == {matching.active_model()}
    best = rows[0]
    assert best.score == first.context["fitted"].fits[best.position_id].score
    assert best.propensity == 1.0
    assert len(best.reasons) == 8


def test_the_same_page_within_the_hour_is_one_showing(me, market):
    for _ in range(2):
        me.get("/positions/", {"sort": "fit"})
    assert Impression.objects.count() == 5


@pytest.mark.parametrize(("headers", "shown"), [({}, 5), (BOOSTED, 5), (SETTLED, 5), (TYPED, 0)])
def test_what_passes_by_while_somebody_types_is_not_recorded(me, market, headers, shown):
    for _ in range(2):
        answer = me.get("/positions/", {"sort": "fit"}, headers=headers)
        if headers is not SETTLED:
            assert len(answer.context["fitted"].fits) == 5
    assert Impression.objects.count() == shown


def test_typed_and_settled_a_list_is_recorded_once_with_the_words_it_ended_on(me, student, market):
    for q in ("护", "护士"):
        me.get("/positions/", {"sort": "fit", "q": q}, headers=TYPED)
    me.get("/positions/", {"sort": "fit", "q": "程序员"}, headers=TYPED)
    assert me.get("/positions/", {"sort": "fit", "q": "程序员"}, headers=SETTLED).status_code == 204
    rows = list(Impression.objects.order_by("rank").values_list("position_id", flat=True))
    assert rows == ids(me.get("/positions/", {"sort": "fit", "q": "程序员"}))
    assert Impression.objects.count() == len(rows) > 0


def test_other_orders_record_nothing(me, market):
    for sort in ("relevance", "date", "salary", "nonsense"):
        me.get("/positions/", {"sort": sort})
    assert Impression.objects.count() == 0


@pytest.mark.parametrize("more", [0, 15])
def test_a_page_takes_the_same_queries_however_many_hits(me, market, more):
    for number in range(more):
        PositionFactory(published=True, company=market[0].company, title=f"更多{number}")
    _let_search_know()
    assert queries_of(me, "/positions/?sort=fit") == 10


# JSON


def test_json_gives_order_score_and_reason(program, student, market):
    body = program.get(SEARCH, {"sort": "fit"}).json()
    assert [hit["id"] for hit in body["results"]] == slow_way(student)
    assert body["fit"] == {"order": body["fit"]["order"], "ordered": 5, "refused": ""}
    match = catalogue.positions().held.rank(
        catalogue.students().held.get(student.pk), limit=1, on=clock.today()
    )[0]
    reason = match.why()[0]
    assert body["results"][0]["fit"] == {"score": match.score, "zh": reason.zh, "en": reason.en}
    following = program.get(SEARCH, {"sort": "fit", "order": body["fit"]["order"], "page": 2}).json()
    assert (following["results"], following["total"], following["fit"]) == ([], 5, body["fit"])


@pytest.mark.parametrize(("typing", "recorded"), [("1", 0), ("", 5)])
def test_programs_say_that_somebody_is_typing(program, market, typing, recorded):
    body = program.get(SEARCH, {"sort": "fit", "typing": typing}).json()
    assert (body["fit"]["ordered"], all(hit["fit"] for hit in body["results"])) == (5, True)
    assert Impression.objects.count() == recorded


def test_json_says_why_there_is_none(market):
    body = APIClient().get(SEARCH, {"sort": "fit"}).json()
    assert body["fit"] == {"order": "", "ordered": 0, "refused": "signed_out"}
    assert {hit["fit"] for hit in body["results"]} == {None}


def test_json_of_other_orders_knows_no_fit(program, market):
    body = program.get(SEARCH, {"sort": "date"}).json()
    assert (body["fit"], {hit["fit"] for hit in body["results"]}) == (None, {None})


def test_with_both_the_filter_and_the_order_only_what_one_qualifies_for_is_ordered(me, student, market):
    answer = me.get("/positions/", {"sort": "fit", "qualified": "1"})
    assert ids(answer) == [pk for pk in slow_way(student) if pk != market[1].pk]


def test_who_puts_in_order_and_who_says_what_one_qualifies_for_are_set_once():
    assert (len(personal._readers), len(personal._qualified)) == (1, 1)
    assert isinstance(personal.reader_of(ANONYMOUS), personal.Refused)
