"""A student's pages in both languages: reasons, answers with their causes, what stands on home, and what is kept of it."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from backend.common import clock
from backend.positions.models import Position
from backend.recommendations.domain import interact, set_personalised
from backend.recommendations.enums import Cause
from backend.recommendations.interfaces import views
from backend.recommendations.models import Impression, Interaction
from backend.recommendations.queries import detail_for, matches_for
from backend.students.models import Student
from tests.backend.recommendations.reading import reader, text
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import ApplicationFactory
from tests.factories.companies import CompanyFactory, RecruiterFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import SchoolFactory
from tests.factories.students import StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now", "clean_cache")]
BOTH = ("en", "zh-hans")


@pytest.fixture
def clean_cache():
    cache.clear()


@pytest.fixture
def me(student):
    return MembershipFactory(of_student=True, student=student)


@pytest.fixture
def page(me):
    return reader(me)


def worded(reason, language: str) -> str:
    return reason.en if language == "en" else reason.zh


@pytest.mark.parametrize("language", BOTH)
@pytest.mark.parametrize("path", ["/matches/", "/"])
def test_reasons_stand_in_the_readers_language_alone(me, actor, strange, path, language):
    """Three for and one against each position, the strongest."""
    shown = text(reader(me, language).get(path))
    other = "zh-hans" if language == "en" else "en"
    for item in matches_for(actor).shown:
        reasons = [*item.match.why()[:3], *item.match.why_not()[:1]]
        assert [r.feature for r in reasons if worded(r, language) not in shown] == []
        assert [r.feature for r in reasons if worded(r, other) in shown] == []
        assert f"{round(item.match.score * 100)} %" in shown


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Why am I shown this?", "What would raise it", "Never: name, sex, age", "Sum", "Ranker"]),
        ("zh-hans", ["为什么向我显示？", "怎样可以提高", "从不使用：姓名、性别", "合计", "排序模型"]),
    ],
)
def test_every_point_and_every_change_stands_on_the_page_of_why(me, actor, strange, language, words):
    shown = text(reader(me, language).get(f"/matches/{strange.pk}/"))
    found = detail_for(actor, strange)
    assert [word for word in words if word not in shown] == []
    for reason in found.match.reasons:
        if abs(reason.contribution) >= 0.001:
            assert worded(reason, language) in shown
    assert [item.feature for item in found.raising if worded(item, language) not in shown] == []


@pytest.mark.parametrize(
    ("language", "causes"),
    [
        ("en", ["The place", "The pay", "The work itself", "The company", "Something else"]),
        ("zh-hans", ["地点", "薪资", "工作内容", "企业", "其他"]),
    ],
)
def test_each_cause_can_be_chosen_and_is_told_on_the_page_of_hidden_positions(me, fitting, language, causes):
    """The list offers them in this order; the page of what was hidden says them, the last first."""
    client = reader(me, language)
    offered = client.get("/matches/").content.decode()
    for cause, label in zip(Cause.values, causes, strict=True):
        assert f'<option value="{cause}">{label}</option>' in offered
        position = PositionFactory(published=True, company=fitting.company)
        clock.advance(timedelta(minutes=1))
        client.post(f"/positions/{position.pk}/interest/", {"kind": "not_interested", "cause": cause})
    rows = client.get("/matches/hidden/").context["page"]
    assert [row.cause_label for row in rows] == causes[::-1]
    assert list(Interaction.objects.order_by("at").values_list("cause", flat=True)) == Cause.values


@pytest.mark.parametrize("path", ["/matches/{pk}/", "/positions/{pk}/"])
def test_what_was_hidden_says_so_on_its_own_pages_and_can_be_taken_back(page, fitting, path):
    place = path.format(pk=fitting.pk)
    answer = page.post(
        f"/positions/{fitting.pk}/interest/",
        {"kind": "not_interested", "cause": "pay", "next": place},
        follow=True,
    )
    assert answer.redirect_chain == [(place, 302)]
    assert ("You said you are not interested." in text(answer), "Save for later" in text(answer)) == (
        True,
        False,
    )
    assert "You will not see it again." in text(answer)
    back = page.post(
        f"/positions/{fitting.pk}/interest/",
        {"kind": "not_interested", "undo": "1", "next": place},
        follow=True,
    )
    assert ("You said you are not interested." in text(back), "Save for later" in text(back)) == (False, True)
    assert "Undone." in text(back)


@pytest.mark.parametrize("cause", ["bored", "x" * 100])
def test_a_made_up_cause_is_refused_and_nothing_is_hidden(page, fitting, cause):
    answer = page.post(f"/positions/{fitting.pk}/interest/", {"kind": "not_interested", "cause": cause})
    assert (answer.status_code, Interaction.objects.count()) == (422, 0)


@pytest.mark.parametrize(
    ("language", "saved", "removed"),
    [("en", "Saved for later.", "Undone."), ("zh-hans", "已收藏。", "已取消。")],
)
def test_an_answer_is_confirmed_in_the_readers_language(me, fitting, language, saved, removed):
    client, path = reader(me, language), f"/positions/{fitting.pk}/interest/"
    for body, words in (({"kind": "save"}, saved), ({"kind": "save", "undo": "1"}, removed)):
        assert words in text(client.post(path, body, follow=True))
    assert Interaction.objects.count() == 0


def test_what_is_hidden_leaves_every_list_and_comes_back_to_each(page, me, fitting, strange):
    def lists() -> list[list[int]]:
        return [[item.position.pk for item in page.get(path).context["shown"]] for path in ("/", "/matches/")]

    both = [fitting.pk, strange.pk]
    assert lists() == [both, both]
    page.post(f"/positions/{fitting.pk}/interest/", {"kind": "not_interested", "cause": "work"})
    assert lists() == [[strange.pk]] * 2
    page.post(f"/positions/{fitting.pk}/interest/", {"kind": "not_interested", "undo": "1"})
    assert lists() == [both, both]


@pytest.mark.parametrize(("number", "first", "pages"), [(1, 1, 1), (3, 3, 1), (21, 20, 2)])
def test_saved_positions_stand_twenty_on_a_page_the_last_saved_first(page, fitting, number, first, pages):
    rows = PositionFactory.create_batch(number, published=True, company=fitting.company)
    for row in rows:
        clock.advance(timedelta(minutes=1))
        page.post(f"/positions/{row.pk}/interest/", {"kind": "save"})
    found = page.get("/matches/saved/").context["page"]
    newest = [row.pk for row in reversed(rows)]
    assert ([row.pk for row in found], found.paginator.num_pages) == (newest[:first], pages)


def test_what_was_shown_is_kept_once_per_page_and_anew_when_it_changes(page, fitting):
    for _ in range(2):
        for path in ("/", "/matches/"):
            page.get(path)
    assert sorted(Impression.objects.values_list("surface", "position_id")) == [
        ("home", fitting.pk),
        ("matches", fitting.pk),
    ]
    twin = PositionFactory(published=True, company=fitting.company)
    page.get("/matches/")
    rows = Impression.objects.filter(surface="matches").order_by("pk")
    assert [(row.position_id, row.rank) for row in rows] == [(fitting.pk, 1), (fitting.pk, 1), (twin.pk, 2)]
    clock.advance(timedelta(hours=1))
    cache.clear()
    page.get("/matches/")
    assert Impression.objects.values("showing").distinct().count() == 4


@pytest.mark.parametrize("on", [True, False])
def test_the_home_shows_six_positions_and_five_applications_the_most_urgent_first(
    me, actor, student, fitting, on
):
    set_personalised(actor=actor, on=on)
    PositionFactory.create_batch(7, published=True, company=fitting.company)
    rows = [
        ApplicationFactory(student=student, due_at=clock.now() + timedelta(days=days))
        for days in (9, 3, 7, 1, 5, 8)
    ]
    ApplicationFactory(student=student, withdrawn=True)
    context = reader(me).get("/").context
    assert (len(context["shown"]), context["personalised"]) == (6, on)
    expected = sorted(rows, key=lambda row: row.due_at)[:5]
    assert [row.pk for row in context["running"]] == [row.pk for row in expected]
    assert Impression.objects.count() == (6 if on else 0)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["No matches yet", "None yet.", "Profile complete"]),
        ("zh-hans", ["暂无匹配", "暂无。", "档案完整度"]),
    ],
)
def test_an_empty_home_says_so(me, language, words):
    shown = text(reader(me, language).get("/"))
    assert [word for word in words if word not in shown] == []


@pytest.mark.parametrize(
    ("language", "off", "on"),
    [
        ("en", "Order by fit is off: the newest positions first.", "Open positions by how well they fit"),
        ("zh-hans", "按契合度排序已关闭：最新岗位在前。", "开放岗位按与您资料的契合度排列"),
    ],
)
def test_the_switch_goes_both_ways_and_the_page_says_which_order_it_is(me, fitting, language, off, on):
    client = reader(me, language)
    for value, words, other in (("0", off, on), ("1", on, off), ("", off, on)):
        shown = text(client.post("/matches/personalisation/", {"on": value}, follow=True))
        assert (words in shown, other in shown) == (True, False)


def test_switched_off_neither_points_nor_comparing_are_offered(page, me, actor, fitting):
    set_personalised(actor=actor, on=False)
    shown = page.get("/matches/").content.decode()
    assert ("%</small>" in shown, 'name="p"' in shown, f'href="/matches/{fitting.pk}/"' in shown) == (
        False,
    ) * 3
    assert "Order by fit is off." in text(page.get(f"/positions/{fitting.pk}/"))


def test_a_trained_ranker_needs_no_excuse(accepted, page, me, fitting):
    assert "weighted rules stand in" not in text(page.get("/matches/"))
    assert "additive-0002" in text(page.get(f"/matches/{fitting.pk}/"))
    assert set(Impression.objects.values_list("model", flat=True)) == {"additive-0002"}


@pytest.mark.parametrize(
    ("query", "status"),
    [("p={a}&p={b}", 200), ("p={a}&p={a}", 422), ("p={a}&p={far}", 404), ("p={a}&p={closed}", 404)],
)
def test_comparing_by_table(page, actor, strange, query, status):
    company, other = strange.company, PositionFactory(published=True, company=strange.company)
    far = PositionFactory(published=True, company__school=SchoolFactory())
    closed = PositionFactory(company=company, status="closed")
    asked = query.format(a=strange.pk, b=other.pk, far=far.pk, closed=closed.pk)
    assert page.get(f"/matches/compare/?{asked}").status_code == status
    set_personalised(actor=actor, on=False)
    assert page.get(f"/matches/compare/?{asked}").status_code == (409 if status == 200 else status)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Side by side", "Kind of work", "Full time", "Apply by"]),
        ("zh-hans", ["并排比较", "工作类型", "全职", "投递截止"]),
    ],
)
def test_two_positions_compared_in_both_languages(me, actor, strange, language, words):
    found = matches_for(actor).shown
    asked = {"p": [item.position.pk for item in found]}
    shown = text(reader(me, language).get("/matches/compare/", asked))
    percents = [f"{item.percent} %" for item in found]
    assert [word for word in [*words, *percents, "5000–8000"] if word not in shown] == []


@pytest.fixture
def people(me, student, fitting):
    """Everybody who may come by; nobody is not signed in."""
    return {
        "nobody": None,
        "student": me,
        "other student": MembershipFactory(of_student=True, student=StudentFactory()),
        "recruiter": RecruiterFactory(company=fitting.company),
        "staff": MembershipFactory(school=student.school),
        "operator": MembershipFactory(operator=True),
    }


@pytest.mark.parametrize("language", BOTH)
def test_what_stands_on_a_position_for_whom(people, fitting, language):
    """The match for students, the link to who fits for the company and the school; looking counts for students."""
    match = "Your match" if language == "en" else "您的匹配"
    found = {}
    for who in set(people) - {"other student"}:
        shown = reader(people[who], language).get(f"/positions/{fitting.pk}/").content.decode()
        found[who] = (match in shown, f"/company/positions/{fitting.pk}/students/" in shown)
    assert found == {
        "nobody": (False, False),
        "student": (True, False),
        "recruiter": (False, True),
        "staff": (False, True),
        "operator": (False, False),
    }
    assert list(Interaction.objects.values_list("student_id", "kind")) == [
        (people["student"].student_id, "view")
    ]


def test_a_second_look_within_the_hour_is_the_same_look(page, fitting):
    start, looked = clock.now(), []
    for minutes in (0, 30, 31):
        clock.advance(timedelta(minutes=minutes))
        page.get(f"/positions/{fitting.pk}/")
        looked.append(Interaction.objects.get().at - start)
    assert looked == [timedelta(), timedelta(), timedelta(minutes=61)]


@pytest.mark.parametrize(
    ("path", "body", "allowed"),
    [
        ("/positions/{pk}/interest/", {"kind": "save"}, {"student"}),
        ("/positions/{pk}/interest/", {"kind": "not_interested", "cause": "pay"}, {"student"}),
        ("/positions/{pk}/interest/", {"kind": "save", "undo": "1"}, {"student", "other student"}),
        ("/matches/personalisation/", {"on": "0"}, {"student", "other student"}),
    ],
)
def test_who_may_answer_by_table(people, fitting, path, body, allowed):
    """Students of another school take back what they never said; the position does not exist for them."""
    refusals = {"nobody": 302, "other student": 404}
    for who, person in people.items():
        Interaction.objects.all().delete()
        answer = reader(person).post(path.format(pk=fitting.pk), body)
        assert (who, answer.status_code) == (who, 302 if who in allowed else refusals.get(who, 403))
        if who not in allowed:
            assert answer.get("Location", "/accounts/").startswith("/accounts/")
            assert Interaction.objects.count() == 0
    off = set(Student.objects.filter(personalised=False).values_list("pk", flat=True))
    assert off == ({people[who].student_id for who in allowed} if "personalisation" in path else set())


@pytest.mark.parametrize("path", ["/positions/{pk}/interest/", "/matches/personalisation/"])
def test_an_answer_is_never_given_by_a_link(page, fitting, path):
    assert page.get(path.format(pk=fitting.pk)).status_code == 405


@pytest.mark.parametrize("copies", [1, 3])
@pytest.mark.parametrize("language", BOTH)
def test_the_company_reads_who_fits_in_both_languages(student, fitting, language, copies):
    off = StudentFactory.create_batch(copies, school=student.school, personalised=False)
    client = reader(RecruiterFactory(company=fitting.company), language)
    answer = client.get(f"/company/positions/{fitting.pk}/students/")
    shown, found = text(answer), answer.context["found"]
    titles = (
        ["Students who fit", "Not ordered by fit"] if language == "en" else ["合适的学生", "不按匹配度排序"]
    )
    said = [worded(reason, language) for reason in found.shown[0].match.why()[:3]]
    assert [word for word in [*titles, *said, *(row.name for row in off)] if word not in shown] == []
    assert len(found.unranked) == copies


@pytest.mark.parametrize(("language", "words"), [("en", "Nobody yet"), ("zh-hans", "还没有合适的学生")])
def test_a_company_that_sees_nobody_is_told_so(fitting, language, words):
    company = CompanyFactory(school=fitting.company.school, submitted=True)
    position = Position.objects.create(
        company=company, title="车工", occupation=fitting.occupation, openings=1, deadline=clock.today()
    )
    client = reader(RecruiterFactory(company=company), language)
    assert words in text(client.get(f"/company/positions/{position.pk}/students/"))


def test_the_strongest_answer_is_kept_when_one_saves_and_hides(page, actor, fitting):
    """Both stand: hiding does not unsave, and the list of saved positions keeps it."""
    for body in ({"kind": "save"}, {"kind": "not_interested", "cause": "place"}):
        page.post(f"/positions/{fitting.pk}/interest/", body)
    assert [row.pk for row in page.get("/matches/saved/").context["page"]] == [fitting.pk]
    assert interact(actor=actor, position_id=fitting.pk, kind="not_interested").cause == ""


def test_my_matches_go_on_page_by_page(page, fitting, strange, monkeypatch):
    monkeypatch.setattr(views, "LIMIT", 1)
    pages = [page.get("/matches/", {"page": number}) for number in ("1", "2", "3", "x", "99")]
    assert [[item.position.pk for item in one.context["shown"]] for one in pages] == [
        [fitting.pk], [strange.pk], [], [fitting.pk], [],
    ]  # fmt: skip
    assert [(one.context["earlier"], one.context["later"]) for one in pages] == [
        (0, 2), (1, 0), (2, 0), (0, 2), (9, 0),
    ]  # fmt: skip
    assert 'rel="next" href="?page=2"' in pages[0].content.decode()
    assert 'rel="prev" href="?page=1"' in pages[1].content.decode()
    assert "No more matches" in text(pages[2])
