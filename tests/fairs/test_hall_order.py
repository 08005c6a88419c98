"""The hall in another order than by number: the shortest line first, the best fit first."""

import re

import pytest
from django.core.cache import cache

from backend.accounts.models import Membership
from backend.common import clock
from backend.companies.enums import CompanyStatus
from backend.positions.models import Position
from backend.recommendations import catalogue
from backend.recommendations.domain.recording import propensity
from backend.recommendations.models import Impression
from backend.recommendations.queries import BoothFit, booths_by_fit
from backend.recommendations.queries.words import REASONS_KEPT
from backend.students.models import Student
from fairs import hall
from fairs.models import Ticket
from matching import api as matching
from matching.retrieval import Shortlist
from tests.backend.recommendations.reading import queries_of, reader, text
from tests.factories.fairs import BoothFactory, FairFactory, student_at
from tests.factories.positions import PositionFactory
from tests.factories.schools import OccupationFactory
from tests.factories.students import StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture(autouse=True)
def nothing_remembered():
    cache.clear()


@pytest.fixture
def fair():
    return FairFactory()


def booth(fair, label, *skills, waiting=0, away=0, **more):
    """A booth whose position asks for these skills, with a line."""
    made = BoothFactory(fair=fair, label=label)
    if skills:
        position = PositionFactory(
            published=True, company=made.company, title=f"岗位{label}", skills=list(skills),
            occupation=OccupationFactory(code="2-02-10-03"), majors=[], **more,
        )  # fmt: skip
        made.brought.create(position=position)
    for number in range(waiting + away):
        status = "waiting" if number < waiting else "away"
        Ticket.objects.create(
            booth=made, student=StudentFactory(school=fair.school), number=number + 1, status=status
        )
    return made


@pytest.fixture
def booths(fair):
    """A fits nothing and has the shortest line, B fits best, C brings nothing, D fits in part."""
    return [
        booth(fair, "A", "静脉输液", waiting=0),
        booth(fair, "B", "Java", "SQL", waiting=2),
        booth(fair, "C", waiting=1, away=2),
        booth(fair, "D", "Java", "焊接", "护理", waiting=1),
    ]


@pytest.fixture
def me(fair):
    return student_at(fair, skills=["Java", "SQL"])


@pytest.fixture
def browser(me):
    return _browser(me)


def _browser(actor, language="en"):
    return reader(Membership.objects.get(student_id=actor.student_id), language)


def labels(browser, fair, **params):
    return [row.label for row in browser.get(f"/fairs/{fair.pk}/hall/", params).context["rows"]]


@pytest.mark.parametrize(
    ("sort", "order"),
    [("", "ABCD"), ("number", "ABCD"), ("nonsense", "ABCD"), ("line", "ADBC"), ("fit", "BDAC")],
)
def test_the_hall_stands_in_the_order_asked_for(browser, fair, booths, sort, order):
    """Whoever has stepped away keeps the place, and so counts as in line."""
    assert labels(browser, fair, sort=sort) == list(order)


def test_the_best_position_stands_with_score_and_reason(browser, fair, booths):
    answer = browser.get(f"/fairs/{fair.pk}/hall/", {"sort": "fit"})
    best = answer.context["rows"][0].best
    assert best.position == booths[1].positions.get().pk
    assert f"Fit {best.fit.percent}% · 岗位B · {best.fit.en}" in text(answer)
    scores = [row.best.fit.score for row in answer.context["rows"] if row.best and row.best.fit]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == 3
    assert "Fit " not in text(browser.get(f"/fairs/{fair.pk}/hall/"))


def test_a_booth_stands_by_its_best_position(browser, fair, booths):
    more = PositionFactory(
        published=True, company=booths[0].company, title="最合适", skills=["Java"], majors=[], openings=30,
        occupation=OccupationFactory(code="2-02-10-03"),
    )  # fmt: skip
    booths[0].brought.create(position=more)
    answer = browser.get(f"/fairs/{fair.pk}/hall/", {"sort": "fit"})
    found = {row.label: row.best for row in answer.context["rows"]}
    assert found["A"].position == more.pk


def test_words_narrow_every_order(browser, fair, booths):
    assert [labels(browser, fair, sort=sort, q="岗位") for sort in hall.SORTS] == [
        list("ABD"), list("ADB"), list("BDA")
    ]  # fmt: skip
    offered = browser.get(f"/fairs/{fair.pk}/hall/", {"sort": "fit", "q": "岗位"}).context["sorts"]
    assert [(url, active) for _label, url, active in offered] == [
        (f"?q=%E5%B2%97%E4%BD%8D&sort={sort}", sort == "fit") for sort in hall.SORTS
    ]


@pytest.mark.parametrize("sort", ["", "fit"])
def test_searching_in_the_hall_keeps_the_order(browser, fair, booths, sort):
    page = browser.get(f"/fairs/{fair.pk}/hall/", {"sort": sort}).content.decode()
    (form,) = re.findall(r'<form class="searchbar".*?</form>', page, re.DOTALL)
    assert re.findall(r'<input type="hidden" name="(\w+)" value="(\w*)">', form) == (
        [("sort", sort)] if sort else []
    )


def test_pages_of_the_order_hang_together(browser, fair):
    for number in range(25):
        booth(fair, f"{number:02d}", "Java" if number % 2 else "护理")
    pages = [labels(browser, fair, sort="fit", page=n) for n in (1, 2)]
    assert [len(page) for page in pages] == [20, 5]
    assert sorted(pages[0] + pages[1]) == [f"{n:02d}" for n in range(25)]
    assert {int(label) % 2 for label in pages[0][:12]} == {1}


def test_a_booth_that_may_not_be_seen_any_more_is_gone_at_once(browser, fair, booths):
    assert labels(browser, fair, sort="fit")[0] == "B"
    booths[1].company.status = CompanyStatus.SUSPENDED
    booths[1].company.save()
    assert labels(browser, fair, sort="fit") == ["D", "A", "C"]


def test_a_booth_that_came_since_stands_behind_until_the_order_is_made_anew(browser, fair, booths):
    labels(browser, fair, sort="fit")
    booth(fair, "0", "Java", "SQL")
    assert labels(browser, fair, sort="fit") == list("BDA0C")
    cache.clear()
    assert labels(browser, fair, sort="fit")[:2] in (["B", "0"], ["0", "B"])


def test_a_hall_to_which_nobody_brings_anything_stands_by_number_until_somebody_does(browser, fair):
    booth(fair, "C")
    assert labels(browser, fair, sort="fit") == ["C"]
    booth(fair, "D", "Java")
    assert labels(browser, fair, sort="fit") == ["D", "C"]


def test_a_position_that_has_closed_since_shows_no_fit(browser, fair, booths):
    labels(browser, fair, sort="fit")
    Position.objects.filter(title="岗位B").update(status="closed", version=99)
    answer = browser.get(f"/fairs/{fair.pk}/hall/", {"sort": "fit"})
    assert [(row.label, row.best is not None) for row in answer.context["rows"]] == [
        ("B", False), ("D", True), ("A", True), ("C", False)
    ]  # fmt: skip
    assert text(answer).count("Fit ") == 2


def test_a_closed_position_counts_for_nothing(me, fair, booths):
    Position.objects.filter(title="岗位B").update(status="closed", version=99)
    found = booths_by_fit(me, {row.pk: list(row.positions.values_list("pk", flat=True)) for row in booths})
    assert found[-1] == BoothFit(booths[2].pk)
    assert BoothFit(booths[1].pk) in found


def test_whoever_switched_it_off_stands_by_number_and_is_told(me, fair, booths):
    Student.objects.filter(pk=me.student_id).update(personalised=False, version=99)
    browser = _browser(me)
    answer = browser.get(f"/fairs/{fair.pk}/hall/", {"sort": "fit"})
    assert [row.label for row in answer.context["rows"]] == list("ABCD")
    assert "There is no order by fit for you" in text(answer)
    assert booths_by_fit(me, {booths[0].pk: []}) is None
    assert "There is no order" not in text(browser.get(f"/fairs/{fair.pk}/hall/", {"sort": "line"}))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_orders_are_named_in_the_readers_language(me, fair, booths, language):
    answer = _browser(me, language).get(f"/fairs/{fair.pk}/hall/")
    words = {
        "zh-hans": ["按展位号", "排队最短", "与我最匹配"],
        "en": ["By number", "Shortest line", "Best fit for me"],
    }
    assert [label for label, _url, _active in answer.context["sorts"]] == words[language]


def test_the_live_part_costs_no_more_by_fit_once_it_is_known(browser, fair, booths):
    address = f"/fairs/{fair.pk}/hall/rows/?sort="
    assert {sort: queries_of(browser, address + sort) for sort in hall.SORTS} == {
        "number": 10,
        "line": 10,
        "fit": 10,
    }


def test_whoever_switches_it_off_has_no_order_by_fit_from_then_on(me, browser, fair, booths):
    assert labels(browser, fair, sort="fit") == list("BDAC")
    Student.objects.filter(pk=me.student_id).update(personalised=False)
    answer = browser.get(f"/fairs/{fair.pk}/hall/", {"sort": "fit"})
    assert [row.label for row in answer.context["rows"]] == list("ABCD")
    assert "There is no order by fit for you" in text(answer)


def test_more_booths_than_are_ranked_are_all_there(me, fair, booths, monkeypatch):
    """Those beyond them stand behind, as those that bring nothing."""
    monkeypatch.setitem(Shortlist.__init__.__kwdefaults__, "count", 2)
    found = booths_by_fit(me, {row.pk: list(row.positions.values_list("pk", flat=True)) for row in booths})
    names = {row.pk: row.label for row in booths}
    assert [(names[one.booth], one.fit is not None) for one in found] == [
        ("B", True), ("D", True), ("A", False), ("C", False)
    ]  # fmt: skip


# What is kept of it


def seen(student_id) -> list[tuple]:
    rows = Impression.objects.filter(student_id=student_id).order_by("pk")
    return list(rows.values_list("position__title", "rank", "surface"))


def test_the_order_that_was_shown_is_kept_with_its_grounds(me, browser, fair, booths):
    labels(browser, fair, sort="fit")
    kept = list(Impression.objects.order_by("rank"))
    person, held = catalogue.students().held.get(me.student_id), catalogue.positions().held
    assert seen(me.student_id) == [("岗位B", 1, "hall"), ("岗位D", 2, "hall"), ("岗位A", 3, "hall")]
    assert len({row.showing for row in kept}) == 1
    for row in kept:
        match = matching.explain(person, held.get(row.position_id), on=clock.today())
        assert (row.propensity, row.model, row.at) == (propensity(row.rank), match.model, clock.now())
        assert row.score == pytest.approx(match.score, abs=1e-9)
        assert row.reasons == [[r.feature, round(r.contribution, 6)] for r in match.reasons[:REASONS_KEPT]]


def test_a_hall_that_stands_open_is_shown_once(me, browser, fair, booths):
    labels(browser, fair, sort="fit")
    booths[1].company.status = CompanyStatus.SUSPENDED
    booths[1].company.save()
    for _ in range(2):
        assert browser.get(f"/fairs/{fair.pk}/hall/rows/", {"sort": "fit"}).status_code == 200
    assert len(seen(me.student_id)) == 3
    # Control: opened again, what is another list by now is another showing.
    labels(browser, fair, sort="fit"), labels(browser, fair, sort="fit")
    assert seen(me.student_id)[3:] == [("岗位D", 1, "hall"), ("岗位A", 2, "hall")]


@pytest.mark.usefixtures("booths")
@pytest.mark.parametrize(("sort", "on"), [("number", True), ("line", True), ("", True), ("fit", False)])
def test_of_other_orders_and_of_whoever_switched_it_off_nothing_is_kept(me, browser, fair, sort, on):
    Student.objects.filter(pk=me.student_id).update(personalised=on, version=99)
    labels(browser, fair, sort=sort)
    assert seen(me.student_id) == []


def test_places_count_through_pages_and_what_two_booths_bring_stands_once(me, browser, fair):
    for number in range(21):
        booth(fair, f"{number:02d}", "Java")
    other = BoothFactory(fair=fair, label="99")
    other.brought.create(position=fair.booths.get(label="00").positions.get())
    for number in (1, 2):
        labels(browser, fair, sort="fit", page=number)
    assert [rank for _title, rank, _surface in seen(me.student_id)] == [1, *range(3, 23)]
