"""The pages of a group session, without scripts: opened, come to, declined, written in, ended; and who sees what of whom."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backend.accounts.models import User
from backend.common import clock
from fairs.domain import group, line, meeting
from fairs.models import GroupMessage, GroupSession, Ticket
from tests.factories.fairs import BoothFactory, recruiter_at, staff_of, student_at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
NAMES = ("陈一诺", "李若溪", "周子墨")


@pytest.fixture
def booth():
    return BoothFactory()


@pytest.fixture
def leader(booth):
    return recruiter_at(booth)


@pytest.fixture
def students(booth):
    found = [student_at(booth.fair, name=name) for name in NAMES]
    for actor in found:
        line.join_line(actor=actor, booth_id=booth.pk)
    return found


@pytest.fixture
def open_(client):
    """Ask for a page, or post to one, as somebody: the answer's text."""

    def ask(actor, address, status=200, **posted):
        client.force_login(User.objects.get(pk=actor.user_id))
        found = client.post(address, posted) if posted else client.get(address)
        assert found.status_code == status
        return found["Location"] if status == 302 else found.content.decode()

    return ask


@pytest.fixture
def session(booth, leader, students):
    """Three are called, two have come."""
    made = group.open_group(actor=leader, booth_id=booth.pk, size=4, topic="校招宣讲")
    for actor in students[:2]:
        meeting.accept_call(actor=actor, ticket_id=_ticket(actor).pk)
    return made


def _ticket(actor):
    return Ticket.objects.get(student_id=actor.student_id)


def test_a_recruiter_opens_one_from_the_console(open_, booth, leader, students):
    console = open_(leader, f"/company/fairs/booths/{booth.pk}/")
    address = f"/company/fairs/booths/{booth.pk}/group/open/"
    assert address in console
    assert "校招宣讲" not in open_(leader, address)
    went = open_(leader, address, 302, size="3", topic="校招宣讲")
    made = GroupSession.objects.get()
    assert went == f"/company/fairs/groups/{made.pk}/"
    console = open_(leader, f"/company/fairs/booths/{booth.pk}/")
    assert went in console
    assert f'action="/company/fairs/booths/{booth.pk}/call/"' not in console


@pytest.mark.parametrize("size", ["1", "21", "many", ""])
def test_a_wrong_size_says_so_and_calls_nobody(open_, booth, leader, students, size):
    open_(leader, f"/company/fairs/booths/{booth.pk}/group/open/", 422, size=size, topic="x")
    assert (GroupSession.objects.count(), Ticket.objects.filter(status="waiting").count()) == (0, 3)


def test_the_called_student_reads_what_it_is_and_declines_with_one_tap(open_, session, students):
    fair, ticket = session.booth.fair_id, _ticket(students[2])
    page = open_(students[2], f"/fairs/{fair}/lines/")
    assert "校招宣讲" in page
    alone = f"/fairs/tickets/{ticket.pk}/alone/"
    assert f'action="{alone}"' in page
    assert open_(students[2], alone, 302, go="1") == f"/fairs/{fair}/lines/"
    ticket.refresh_from_db()
    assert (ticket.status, ticket.alone) == ("waiting", True)


def test_students_read_numbers_and_the_team_names(open_, session, leader, students):
    say = f"/fairs/groups/{session.pk}/say/"
    theirs = f"/company/fairs/groups/{session.pk}/"
    assert open_(leader, say, 302, text="欢迎各位") == theirs
    first = f"/fairs/meetings/{_ticket(students[0]).meeting.pk}/"
    assert open_(students[0], say, 302, text="需要出差吗") == first
    second = f"/fairs/meetings/{_ticket(students[1]).meeting.pk}/"
    for address in (second, second + "talk/"):
        page = open_(students[1], address)
        assert [word for word in ("欢迎各位", "需要出差吗", *NAMES[::2]) if word in page] == [
            "欢迎各位",
            "需要出差吗",
        ]
        assert session.booth.company.name in page
        assert NAMES[0] not in page
    for address in (theirs, theirs + "rows/"):
        page = open_(leader, address)
        assert [name for name in NAMES if name in page] == list(NAMES)
        assert "需要出差吗" in page


def test_a_browser_that_sends_on_its_own_gets_the_live_part_back(client, session, leader, students):
    """Each their own: the company names, the student none."""
    for actor, template, told in (
        (leader, "fairs/_group.html", True),
        (students[0], "fairs/_talk.html", False),
    ):
        client.force_login(User.objects.get(pk=actor.user_id))
        answer = client.post(
            f"/fairs/groups/{session.pk}/say/", {"text": "欢迎"}, headers={"HX-Request": "true"}
        )
        assert (answer.status_code, answer.templates[0].name) == (200, template)
        page = answer.content.decode()
        assert ("欢迎" in page, NAMES[1] in page) == (True, told)


def test_who_only_was_called_reads_nothing_of_it(open_, session, leader, students):
    group.say_to_group(actor=leader, group_id=session.pk, text="欢迎各位")
    page = open_(students[2], f"/fairs/{session.booth.fair_id}/lines/")
    assert "欢迎各位" not in page
    open_(students[2], f"/fairs/groups/{session.pk}/say/", 403, text="我也想说")
    assert list(GroupMessage.objects.values_list("text", flat=True)) == ["欢迎各位"]


def test_a_talk_of_a_group_offers_no_call_and_no_more_time(open_, session, students):
    page = open_(students[0], f"/fairs/meetings/{_ticket(students[0]).meeting.pk}/")
    assert "call.js" not in page
    assert "/more/" not in page
    assert f"/fairs/groups/{session.pk}/say/" in page


def test_the_session_is_ended_for_all_from_its_page(open_, session, leader, students):
    address = f"/company/fairs/groups/{session.pk}/end/"
    open_(leader, address, 422, outcome="hired")
    said = {"outcome": "interview", "message": "周五见"}
    assert open_(leader, address, 302, **said) == f"/company/fairs/booths/{session.booth_id}/"
    assert [_ticket(actor).status for actor in students] == ["served", "served", "waiting"]
    page = open_(leader, f"/company/fairs/groups/{session.pk}/")
    assert address not in page
    assert "周五见" in open_(students[0], f"/fairs/meetings/{_ticket(students[0]).meeting.pk}/")


def test_free_seats_are_filled_from_its_page(open_, session, leader):
    newcomer = student_at(session.booth.fair)
    line.join_line(actor=newcomer, booth_id=session.booth_id)
    address = f"/company/fairs/groups/{session.pk}/fill/"
    assert address in open_(leader, f"/company/fairs/groups/{session.pk}/")
    open_(leader, address, 302, go="1")
    assert _ticket(newcomer).group_id == session.pk


@pytest.mark.parametrize("who", ["student", "other company", "staff"])
@pytest.mark.parametrize("page", ["", "rows/"])
def test_its_page_is_its_companys(open_, session, students, who, page):
    actor = {
        "student": students[0],
        "other company": recruiter_at(BoothFactory(fair=session.booth.fair)),
        "staff": staff_of(session.booth.fair),
    }[who]
    open_(actor, f"/company/fairs/groups/{session.pk}/{page}", 404)


@pytest.mark.parametrize("people", [1, 3])
def test_its_page_costs_the_same_however_many_are_in_it(session, leader, students, people):
    client = Client()
    for actor in students[people:]:
        Ticket.objects.filter(student_id=actor.student_id).update(group=None, status="left")
    for n in range(people):
        GroupMessage.objects.create(group=session, ticket=_ticket(students[n]), text="你好", at=clock.now())
    client.force_login(User.objects.get(pk=leader.user_id))
    client.get("/company/fairs/")
    with CaptureQueriesContext(connection) as seen:
        assert client.get(f"/company/fairs/groups/{session.pk}/rows/").status_code == 200
    assert len(seen) == 10


def test_the_control_room_shows_the_booth_in_a_group(open_, session):
    staff = staff_of(session.booth.fair)
    rows = open_(staff, f"/staff/fairs/{session.booth.fair_id}/control/rows/")
    booth = open_(staff, f"/staff/fairs/booths/{session.booth_id}/control/")
    assert ("小组交流" in rows, "小组交流" in booth) == (True, True)
    group.end_group(actor=recruiter_at(session.booth), group_id=session.pk)
    assert "小组交流" not in open_(staff, f"/staff/fairs/{session.booth.fair_id}/control/rows/")


def test_the_timeline_tells_it_and_who_opened_it(open_, session, leader):
    staff = staff_of(session.booth.fair)
    assert "小组交流开始" in open_(staff, f"/staff/fairs/{session.booth.fair_id}/timeline/?kind=booth")


@pytest.fixture
def press(client, leader):
    """Press a button of the leader's pages: (status, page, where htmx puts or sends it)."""

    def post(address, htmx, **posted):
        client.force_login(User.objects.get(pk=leader.user_id))
        answer = client.post(address, posted, headers={"HX-Request": "true"} if htmx else {})
        page = answer.content.decode()
        return answer.status_code, page, answer.get("HX-Retarget") or answer.get("HX-Redirect")

    return post


@pytest.mark.parametrize("htmx", [False, True])
def test_too_few_are_said_on_the_form_or_in_a_toast_and_nobody_is_called(press, booth, htmx):
    line.join_line(actor=student_at(booth.fair), booth_id=booth.pk)
    posted = {"size": "3", "topic": "校招宣讲"}
    status, page, where = press(f"/company/fairs/booths/{booth.pk}/group/open/", htmx, **posted)
    assert (status, where) == (409, "#toasts" if htmx else None)
    assert "目前可参加小组交流的学生不足两位" in page
    # The page has what was written and the way back to the console.
    there = ("校招宣讲" in page, f'href="/company/fairs/booths/{booth.pk}/"' in page, "<html" in page)
    assert there == (not htmx,) * 3
    assert (GroupSession.objects.count(), Ticket.objects.get().status) == (0, "waiting")


@pytest.mark.parametrize("htmx", [False, True])
def test_where_nobody_can_fill_a_seat_the_page_or_a_toast_says_so(press, session, htmx):
    address = f"/company/fairs/groups/{session.pk}/"
    before = list(Ticket.objects.order_by("pk").values_list("status", "group"))
    status, page, where = press(address + "fill/", htmx)
    assert (status, where) == (409, "#toasts" if htmx else None)
    assert "目前队中没有可以叫到的学生" in page
    assert (f'action="{address}fill/"' in page, "<html" in page) == (not htmx,) * 2
    assert list(Ticket.objects.order_by("pk").values_list("status", "group")) == before
    line.join_line(actor=student_at(session.booth.fair), booth_id=session.booth_id)
    status, page, where = press(address + "fill/", htmx)
    assert (status, page, where) == ((200, "", address) if htmx else (302, "", None))
    assert Ticket.objects.filter(group=session, status="called").count() == 2
