"""A meeting's page around a call: the timer warns, more time is asked for, the next step is kept; the camera page."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from backend.accounts.models import User
from backend.common import clock
from fairs.domain import extension, meeting
from fairs.enums import FairStatus
from fairs.models import CameraCheck, Extension, Fair, Meeting
from tests.factories.fairs import BoothFactory, recruiter_at, student_at
from tests.fairs.support import rows, talk_at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def talk():
    """(student, recruiter, open meeting of eight minutes)."""
    return talk_at(BoothFactory())


def _as(client, actor):
    client.force_login(User.objects.get(pk=actor.user_id))
    return client


def _url(name, pk):
    return reverse(f"fairs:{name}", args=[pk])


WARNED = {"minutes": "剩余不到两分钟", "seconds": "剩余不到半分钟", "over": "计划时间已到"}


@pytest.mark.parametrize(
    ("passed", "left"),
    [
        (0, "long"),
        (359.9, "long"),
        (360, "minutes"),
        (449.9, "minutes"),
        (450, "seconds"),
        (480, "over"),
        (999, "over"),
    ],
)
@pytest.mark.parametrize("side", [0, 1])
def test_both_sides_are_warned_by_the_polled_part_alone(client, talk, passed, left, side):
    clock.advance(timedelta(seconds=passed))
    response = _as(client, talk[side]).get(_url("meeting_talk", talk[2].pk), headers=HTMX)
    text = response.content.decode()
    assert [name for name, words in WARNED.items() if words in text] == [left] * (left != "long")
    # Nobody is cut off: what was said before the end can be answered after it.
    assert Meeting.objects.get().status == "open"


def test_an_ended_meeting_warns_of_nothing(client, talk):
    extension.ask_extension(actor=talk[0], meeting_id=talk[2].pk, minutes=5)
    meeting.end_meeting(actor=talk[1], meeting_id=talk[2].pk, outcome="declined")
    clock.advance(timedelta(hours=1))
    page = _as(client, talk[0]).get(_url("meeting", talk[2].pk)).content.decode()
    assert [words for words in (*WARNED.values(), "延长", "call.js", "data-timer") if words in page] == []


def _press(client, actor, opened, headers=None, **values):
    return _as(client, actor).post(_url("meeting_more", opened.pk), values, headers=headers)


def _page(client, actor, opened):
    return _as(client, actor).get(_url("meeting", opened.pk)).content.decode()


@pytest.mark.parametrize(("what", "ends"), [("agree", 13), ("refuse", 8)])
def test_more_time_without_a_script(client, talk, frozen_now, what, ends):
    student, recruiter, opened = talk
    assert _press(client, student, opened, what="ask", minutes="5").url == _url("meeting", opened.pk)
    assert "您已请求延长 5 分钟" in _page(client, student, opened)
    asked = _page(client, recruiter, opened)
    assert ("对方希望延长 5 分钟" in asked, 'value="agree"' in asked) == (True, True)
    assert 'value="agree"' not in _page(client, student, opened)
    assert _press(client, recruiter, opened, what=what).status_code == 302
    assert Meeting.objects.get().ends_at == frozen_now + timedelta(minutes=ends)
    assert "对方希望延长" not in _page(client, recruiter, opened)


def test_htmx_gets_the_talk_back(client, talk):
    answer = _press(client, talk[1], talk[2], headers=HTMX, what="ask", minutes="10")
    assert (answer.status_code, "您已请求延长 10 分钟" in answer.content.decode()) == (200, True)
    assert "<html" not in answer.content.decode()


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({}, 404),
        ({"what": "end"}, 404),
        ({"what": "ask"}, 422),
        ({"what": "ask", "minutes": "viel"}, 422),
        ({"what": "ask", "minutes": "31"}, 422),
        ({"what": "agree"}, 409),
    ],
)
def test_what_is_no_question_changes_nothing(client, talk, values, status):
    _as(client, talk[0])
    before = rows()
    assert client.post(_url("meeting_more", talk[2].pk), values).status_code == status
    assert rows() == before


def test_the_next_step_is_the_companys_alone(client, talk):
    student, recruiter, opened = talk
    values = {"outcome": "interview", "next_step": "寄作业", "next_step_due": "2026-03-09", "note": "很认真"}
    assert _as(client, recruiter).post(_url("meeting_end", opened.pk), values).status_code == 302
    ended = Meeting.objects.get()
    assert (ended.next_step, ended.next_step_due) == ("寄作业", date(2026, 3, 9))
    shown = ("寄作业 · 2026-03-09", "很认真")
    assert [words in _page(client, recruiter, opened) for words in shown] == [True, True]
    assert [words in _page(client, student, opened) for words in ("寄作业", "很认真")] == [False, False]


@pytest.mark.parametrize("when", ["before", "in this moment"])
def test_what_was_typed_counts_where_the_student_ended_first(client, talk, monkeypatch, when):
    """Before the page was sent, or between its reading of the talk and the write."""
    student, recruiter, opened = talk
    browser = _as(client, recruiter)
    if when == "before":
        meeting.end_meeting(actor=student, meeting_id=opened.pk)
    else:
        _ends_after_reading(monkeypatch, student, opened)
    typed = {"outcome": "pending", "message": "请来面试", "note": "很认真", "rating": "4"}
    asked = browser.post(_url("meeting_end", opened.pk), typed)
    assert (asked.status_code, list(asked.context["outcome_form"].errors)) == (422, ["outcome"])
    page = asked.content.decode()
    assert [
        page.count(words) for words in ("答复学生", "结束洽谈", "请来面试</textarea>", "很认真</textarea>")
    ] == [2, 0, 1, 1]
    assert '<option value="4" selected>' in page
    answer = browser.post(_url("meeting_end", opened.pk), typed | {"outcome": "interview"})
    assert (answer.status_code, answer.url) == (302, _url("meeting", opened.pk))
    kept = Meeting.objects.values_list("outcome", "message", "note", "rating").get()
    assert kept == ("interview", "请来面试", "很认真", 4)


def _ends_after_reading(monkeypatch, student, opened):
    """The student ends the talk once the recruiter's page has read that it is open."""
    ends = meeting.end_meeting

    def late(*, actor, meeting_id, **said):
        monkeypatch.undo()
        ends(actor=student, meeting_id=opened.pk)
        return ends(actor=actor, meeting_id=meeting_id, **said)

    monkeypatch.setattr(meeting, "end_meeting", late)


def test_a_step_without_a_day_is_asked_for_again(client, talk):
    values = {"outcome": "interview", "next_step": "寄作业"}
    answer = _as(client, talk[1]).post(_url("meeting_end", talk[2].pk), values)
    assert (answer.status_code, "请写明截止日期" in answer.content.decode()) == (422, True)
    assert Meeting.objects.get().status == "open"


class TestCamera:
    def test_passed_is_remembered_with_the_newest_time(self, client, frozen_now):
        booth = BoothFactory(fair__ready=True)
        people = [student_at(booth.fair), recruiter_at(booth)]
        for actor in people:
            _as(client, actor)
            assert "测试通过" not in client.get(_url("camera", booth.fair_id)).content.decode()
            assert client.post(_url("camera", booth.fair_id)).url == _url("camera", booth.fair_id)
            assert "测试通过" in client.get(_url("camera", booth.fair_id)).content.decode()
        clock.advance(timedelta(hours=1))
        client.post(_url("camera", booth.fair_id))
        found = CameraCheck.objects.order_by("pk").values_list("fair", "user", "passed_at")
        later = frozen_now + timedelta(hours=1)
        assert list(found) == [
            (booth.fair_id, people[0].user_id, frozen_now),
            (booth.fair_id, people[1].user_id, later),
        ]

    def test_only_who_will_talk_is_asked(self, client):
        booth = BoothFactory(fair__ready=True)
        asked = BoothFactory(fair=booth.fair, requested=True)
        for actor in (student_at(booth.fair, registered=False), recruiter_at(asked)):
            _as(client, actor)
            for method in (client.get, client.post):
                assert method(_url("camera", booth.fair_id)).status_code == 404
        assert CameraCheck.objects.count() == 0

    @pytest.mark.parametrize("status", [s for s in FairStatus if s not in ("draft", "archived")])
    def test_the_fairs_page_leads_there_until_it_is_over(self, client, status):
        booth = BoothFactory()
        Fair.objects.update(status=status)
        for actor in (student_at(booth.fair), recruiter_at(booth)):
            page = _as(client, actor).get(_url("detail", booth.fair_id)).content.decode()
            assert (_url("camera", booth.fair_id) in page) == (status != "closed")


def test_a_question_of_one_side_is_kept_once(client, talk):
    for minutes in ("5", "5"):
        _press(client, talk[0], talk[2], what="ask", minutes=minutes)
    assert list(Extension.objects.values_list("by_student", "minutes", "agreed")) == [(True, 5, None)]
