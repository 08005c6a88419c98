"""Up to four positions side by side: chosen on the way, named by the address, and nobody sees what is not for them."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import translation
from rest_framework.test import APIClient

from backend.accounts.actor import ANONYMOUS, actor_of
from backend.common import clock
from backend.common.errors import Conflict
from backend.companies.models import Company
from backend.positions import comparing
from backend.positions.comparing import Fitted
from backend.positions.interfaces import compare as pages
from backend.positions.models import Position
from tests.backend.positions.conftest import signed_in, student_of
from tests.factories.positions import PositionFactory

ENGLISH = {"Accept-Language": "en"}
PAGE, CHOOSE = "/positions/compare/", "/positions/compare/choose/"


@pytest.fixture
def five(company):
    """Five open positions of one company, the first two of which differ in all that can differ."""
    same = {"published": True, "company": company, "deadline": date(2026, 9, 1)}
    first = PositionFactory(
        **same, title="焊工", salary_min=5000, salary_max=6000, city_code="420100", district_code="420102",
        place="解放大道1号", starts_on=date(2026, 9, 7), kind="full_time", education="any", skills=["焊接"], openings=2,
    )  # fmt: skip
    second = PositionFactory(
        **same | {"deadline": date(2026, 9, 2)}, title="会计", salary_min=7000, salary_max=9000, salary_months=13,
        city_code="310000", place="南京路2号", kind="internship", education="bachelor", skills=["做账", "Excel"],
        majors=["会计"], wanted_skills=["用友"], certificates=["初级会计"], openings=1, experience_months=12,
    )  # fmt: skip
    rest = [PositionFactory(**same, title=f"岗位{number}") for number in (3, 4, 5)]
    return [first, second, *rest]


def hide(position):
    Position.objects.filter(pk=position.pk).update(status="paused")


def shown(client, *ids, language=ENGLISH):
    answer = client.get(PAGE, {"ids": ",".join(map(str, ids))}, headers=language)
    return answer.context, answer.content.decode()


def titles(context):
    return [column["position"].title for column in context["columns"]]


# Which ones


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", []),
        ("3", [3]),
        ("3,1,2", [3, 1, 2]),
        (" 3 , 1 ,3", [3, 1]),
        ("x,-1,1.5,２,,9" + "9" * 18, []),
        ("1," * 150 + "7", [1]),
    ],
)
def test_an_address_names_each_once_and_in_its_order(text, ids):
    assert comparing.read_ids(text) == ids
    assert comparing.read_ids(comparing.written(ids)) == ids


def test_the_order_is_that_of_the_address_and_what_is_hidden_is_counted(five):
    first, second, third, *_rest = five
    hide(second)
    found = comparing.compare(ANONYMOUS, [third.pk, second.pk, 987_654, first.pk])
    assert (found.ids, found.gone) == ([third.pk, first.pk], 2)


def test_never_more_than_four(five):
    found = comparing.compare(ANONYMOUS, [position.pk for position in five])
    assert (found.ids, found.gone) == ([position.pk for position in five[:4]], 0)


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("visitor", 1), ("student", 1), ("ally student", 1), ("strange student", 0), ("recruiter", 2), ("rival", 0),
        ("staff", 2), ("strange staff", 0),
    ],
)  # fmt: skip
def test_each_compares_what_they_may_see(five, people, who, sees):
    hide(five[1])
    found = comparing.compare(people[who], [five[0].pk, five[1].pk], fits=False)
    assert (len(found.positions), found.gone) == (sees, 2 - sees)


@pytest.mark.parametrize("number", [1, 3])
def test_they_are_read_in_one_query(five, number, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = comparing.compare(ANONYMOUS, [position.pk for position in five[:number]])
        assert len(pages.rows(found.positions)) == 16


@pytest.mark.parametrize(
    ("chosen", "one", "after"),
    [([], 1, [1]), ([1, 2], 3, [1, 2, 3]), ([1, 2], 2, [1, 2]), ([1, 2, 3, 4], 4, [1, 2, 3, 4])],
)
def test_one_more_comes_last_and_each_once(chosen, one, after):
    assert comparing.with_one_more(chosen, one) == after


def test_a_fifth_is_refused():
    with pytest.raises(Conflict) as refusal:
        comparing.with_one_more([1, 2, 3, 4], 5)
    assert (refusal.value.code, refusal.value.params) == ("compare_full", {"most": 4})


# What differs


def test_rows_say_what_differs(five):
    found = {row["name"]: row for row in pages.rows(five[:2])}
    assert {name for name, row in found.items() if not row["differs"]} == {
        "company",
        "industry",
        "company_size",
    }
    assert found["skills"]["values"] == ["焊接", "做账、Excel"]
    assert found["deadline"]["values"] == ["2026-09-01", "2026-09-02"]
    assert found["openings"]["values"] == ["2", "1"]
    assert found["wanted_skills"]["values"] == ["未注明", "用友"]
    assert found["certificates"]["values"] == ["不要求", "初级会计"]
    assert found["starts_on"]["values"] == ["2026-09-07", "协商确定"]
    assert not any(row["differs"] for row in pages.rows(five[2:]))
    assert not any(row["differs"] for row in pages.rows(five[:1]))


@pytest.mark.parametrize(
    ("language", "words", "pay"),
    [
        ("en", ("differs", "Basic pay", "Compare positions"), "7,000–9,000 yuan a month × 13 months"),
        ("zh-CN", ("有差异", "基本薪资", "岗位比较"), "7,000–9,000元/月 × 13薪"),
    ],
)
def test_the_page_says_it_in_words(five, language, words, pay):
    context, text = shown(Client(), five[0].pk, five[1].pk, language={"Accept-Language": language})
    assert titles(context) == ["焊工", "会计"]
    assert all(word in text for word in (*words, pay))
    assert text.count(f">{words[0]}</span>") == 13
    assert text.count('scope="col"') == 2


def test_the_page_says_what_is_hidden_and_what_is_too_much(five):
    first, second, *rest = five
    hide(second)
    context, text = shown(Client(), first.pk, second.pk, rest[0].pk)
    assert (titles(context), context["gone"], context["too_many"]) == (["焊工", "岗位3"], 1, False)
    assert "no longer open" in text
    assert "会计" not in text
    context, text = shown(Client(), *(position.pk for position in five))
    assert (len(context["columns"]), context["gone"], context["too_many"]) == (3, 1, True)
    assert "Only the first 4 are shown." in text


def test_nothing_to_compare_shows_the_way(five):
    context, text = shown(Client())
    assert context["columns"] == []
    assert 'href="/positions/"' in text


def test_a_link_without_one_of_them_stands_at_each(five):
    context, _text = shown(Client(), five[0].pk, five[1].pk, five[2].pk)
    assert [column["rest"] for column in context["columns"]] == [
        f"{five[1].pk},{five[2].pk}", f"{five[0].pk},{five[2].pk}", f"{five[0].pk},{five[1].pk}",
    ]  # fmt: skip


# Choosing


def choose(client, position=None, act="", **more):
    data = {"position": position.pk if position else ""} | ({"act": act} if act else {}) | more
    return client.post(CHOOSE, data, headers={**ENGLISH, "Referer": "http://testserver/positions/?q=x"})


def chosen(client):
    return client.session.get(pages.KEY, [])


def test_the_choice_goes_from_page_to_page(five):
    client = Client()
    for position in five[:2]:
        assert choose(client, position).headers["Location"] == "/positions/?q=x"
    ids = [position.pk for position in five[:2]]
    assert chosen(client) == ids
    for path in ("/positions/", f"/positions/{five[4].pk}/"):
        context = client.get(path).context
        assert [item["id"] for item in context["tray"]] == ids
        assert context["tray_url"] == f"{PAGE}?ids={ids[0]},{ids[1]}"
    text = client.get(f"/positions/{five[0].pk}/").content.decode()
    assert f'id="compare-{five[0].pk}" aria-pressed="true"' in text
    # The page without an address shows the choice.
    assert titles(client.get(PAGE).context) == ["焊工", "会计"]


def test_somebody_elses_visit_has_a_choice_of_its_own(five):
    choose(Client(), five[0])
    assert chosen(Client()) == []
    assert "tray-title" not in Client().get("/positions/").content.decode()


def test_a_fifth_says_what_is_allowed_and_changes_nothing(five):
    client = Client()
    for position in five[:4]:
        choose(client, position)
    answer = choose(client, five[4])
    assert chosen(client) == [position.pk for position in five[:4]]
    page = client.get(answer.headers["Location"], headers=ENGLISH).content.decode()
    assert "At most 4 positions can be compared. Remove one to add another." in page


def test_what_has_gone_from_sight_does_not_take_up_a_place(five):
    client = Client()
    for position in five[:4]:
        choose(client, position)
    hide(five[1])
    assert [item["id"] for item in client.get("/positions/").context["tray"]] == [
        five[0].pk, five[2].pk, five[3].pk,
    ]  # fmt: skip
    choose(client, five[4])
    assert chosen(client) == [five[0].pk, five[2].pk, five[3].pk, five[4].pk]


def test_one_is_taken_out_and_all_are(five):
    client = Client()
    for position in five[:3]:
        choose(client, position)
    choose(client, five[1], "remove")
    choose(client, five[1], "remove")
    assert chosen(client) == [five[0].pk, five[2].pk]
    choose(client, act="clear")
    assert chosen(client) == []


def test_taken_out_on_the_page_the_address_follows(five):
    client = Client()
    choose(client, five[0])
    answer = choose(client, five[0], "remove", ids=f"{five[1].pk},x,{five[2].pk}")
    assert answer.headers["Location"] == f"{PAGE}?ids={five[1].pk},{five[2].pk}"
    assert chosen(client) == []


@pytest.mark.parametrize("away", [True, False])
def test_what_may_not_be_seen_cannot_be_chosen(five, away):
    client = Client()
    hide(five[0])
    answer = client.post(CHOOSE, {"position": 987_654 if away else five[0].pk})
    assert (answer.status_code, chosen(client)) == (404, [])


@pytest.mark.parametrize("number", ["", "x", "-1", "9" * 30])
def test_what_is_no_number_cannot_be_chosen(five, number):
    client = Client()
    assert client.post(CHOOSE, {"position": number}).status_code in (404, 422)
    assert chosen(client) == []


def test_choosing_is_a_post(five):
    assert Client().get(CHOOSE, {"position": five[0].pk}).status_code == 405


def test_htmx_gets_the_button_and_the_tray_anew(five):
    client = Client()
    headers = {**ENGLISH, "HX-Request": "true"}
    for at, position in enumerate(five):
        text = client.post(CHOOSE, {"position": position.pk}, headers=headers).content.decode()
        assert "<html" not in text
        assert text.count("hx-swap-oob") == 2
        full = at == 4
        assert f'aria-pressed="{"false" if full else "true"}"' in text
        said = (
            "At most 4 positions can be compared. Remove one to add another."
            if full
            else f"{at + 1} of 4 to compare"
        )
        assert f'<p id="compare-status" hx-swap-oob="innerHTML">{said}</p>' in text
        assert ('class="small tray-refused"' in text) is full
    text = client.post(CHOOSE, {"position": five[0].pk, "act": "remove"}, headers=headers).content.decode()
    assert f'id="compare-{five[0].pk}" aria-pressed="false"' in text


def test_what_closed_meanwhile_is_taken_out_and_leaves_no_button(five):
    client = Client()
    for position in five[:2]:
        choose(client, position)
    hide(five[0])
    headers = {**ENGLISH, "HX-Request": "true"}
    answer = client.post(CHOOSE, {"position": five[0].pk, "act": "remove"}, headers=headers)
    text = answer.content.decode()
    assert (answer.status_code, chosen(client)) == (200, [five[1].pk])
    assert ("compare-form" in text, 'value=""' in text) == (False, False)
    assert '<p id="compare-status" hx-swap-oob="innerHTML">1 of 4 to compare</p>' in text


# Fit


@pytest.fixture
def fitted(monkeypatch, five):
    """Whoever is signed in is told a fit."""
    monkeypatch.setattr(comparing, "_fits", [])
    comparing.set_fits(
        lambda actor, rows: (
            {row.pk: Fitted(80, ["会焊接"], ["路远"]) for row in rows[:1]} if actor.user_id else {}
        )
    )
    return five


def test_the_fit_stands_with_its_reasons_for_whom_there_is_one(fitted):
    client = signed_in(student_of(fitted[0].company.school))
    context, text = shown(client, fitted[0].pk, fitted[1].pk)
    assert [column["fit"] for column in context["columns"]] == [Fitted(80, ["会焊接"], ["路远"]), None]
    assert all(word in text for word in ("Fit for you", "80 %", "会焊接", "路远"))
    _context, text = shown(Client(), fitted[0].pk, fitted[1].pk)
    assert "Fit for you" not in text


def test_a_tray_asks_nobody_for_fits(fitted, monkeypatch):
    asked = []
    comparing.set_fits(lambda actor, rows: asked.append(rows) or {})
    client = Client()
    choose(client, fitted[0])
    client.get("/positions/")
    assert asked == []
    client.get(PAGE)
    assert len(asked) == 1


# JSON


def over_json(ids, client=None):
    return (client or APIClient()).get("/api/v1/positions/compare/", {"ids": ids}, headers=ENGLISH)


def test_json_says_the_same(fitted):
    first, second, third, *_rest = fitted
    hide(third)
    body = over_json(
        f"{second.pk},{third.pk},{first.pk}", signed_in(student_of(first.company.school), APIClient())
    ).json()
    assert ([row["id"] for row in body["positions"]], body["gone"]) == ([second.pk, first.pk], 1)
    assert body["rows"] == in_english([second, first])
    assert body["fits"] == [{"position": second.pk, "percent": 80, "good": ["会焊接"], "poor": ["路远"]}]
    assert over_json(f"{second.pk}").json()["fits"] == []
    assert "status" not in body["positions"][0]


def in_english(positions):
    """The rows as the page has them."""
    with translation.override("en"):
        return pages.rows(positions)


@pytest.mark.parametrize("ids", ["", "x", "1,2,3,4,5"])
def test_json_names_none_and_too_many(five, ids):
    answer = over_json(ids)
    assert (answer.status_code, answer.json()["fields"]) == (422, {"ids": ["Name one to 4 positions."]})


def test_a_company_that_is_suspended_hides_its_positions_here_too(five):
    with clock.frozen(clock.now() + timedelta(days=1)):
        Company.objects.filter(pk=five[0].company_id).update(status="suspended")
        assert comparing.compare(actor_of(student_of(five[0].company.school)), [five[0].pk]).gone == 1
