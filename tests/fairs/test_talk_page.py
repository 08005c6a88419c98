"""The page of a talk while both sides have it open: what the other side did changes it, without a reload."""

import re
from datetime import timedelta

import pytest

from backend.accounts.models import User
from backend.common import clock
from backend.students.domain.grants import revoke_grant
from backend.students.models import DisclosureGrant
from fairs.domain import chat, group, line, meeting
from fairs.enums import FairStatus, Outcome
from fairs.models import Fair, Ticket
from tests.factories.fairs import BoothFactory, recruiter_at, student_at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
HTMX = {"HX-Request": "true"}
GONE = re.compile(r'<i id="([a-z-]+)" hx-swap-oob="true" hidden></i>')


@pytest.fixture
def booth():
    return BoothFactory(fair__no_show_grace_seconds=60)


@pytest.fixture
def sides(booth):
    return {"student": student_at(booth.fair), "company": recruiter_at(booth)}


@pytest.fixture
def talk(booth, sides):
    ticket = line.join_line(actor=sides["student"], booth_id=booth.pk)
    line.call_next(actor=sides["company"], booth_id=booth.pk)
    return meeting.accept_call(actor=sides["student"], ticket_id=ticket.pk)


@pytest.fixture
def read(client):
    """The text of a page, or of its live part, as somebody."""

    def ask(actor, address, **headers):
        client.force_login(User.objects.get(pk=actor.user_id))
        return client.get(address, headers=headers).content.decode()

    return ask


@pytest.mark.parametrize(
    ("ends", "outcome", "reads", "gone"),
    [
        ("student", None, "student", ["talk-jumps", "write", "more", "share", "end"]),
        ("student", None, "company", ["talk-jumps", "write", "more"]),
        ("company", Outcome.DECLINED, "student", ["talk-jumps", "write", "more", "share", "end"]),
        ("company", Outcome.DECLINED, "company", ["talk-jumps", "write", "more", "end"]),
    ],
)
def test_what_no_longer_works_leaves_the_open_page(read, talk, sides, *, ends, outcome, reads, gone):
    """The company keeps the form of an outcome that is still due, with what is typed there."""
    drawn = read(sides[reads], f"/fairs/meetings/{talk.pk}/")
    part = f"/fairs/meetings/{talk.pk}/talk/?drawn=open"
    assert f'hx-get="{part}"' in drawn
    assert GONE.findall(read(sides[reads], part, **HTMX)) == []
    told = {"outcome": outcome, "message": "谢谢"} if outcome else {}
    meeting.end_meeting(actor=sides[ends], meeting_id=talk.pk, **told)
    assert GONE.findall(read(sides[reads], part, **HTMX)) == gone
    assert [name for name in gone if f'id="{name}"' not in drawn] == []
    assert GONE.findall(read(sides[reads], part.replace("open", "over"), **HTMX)) == []
    after = read(sides[reads], f"/fairs/meetings/{talk.pk}/")
    assert [name for name in gone if f'id="{name}"' in after] == []


def test_the_companys_open_form_becomes_that_of_the_answer(read, talk, sides):
    """Heading and button alone: what is typed between them stays."""
    part = f"/fairs/meetings/{talk.pk}/talk/?drawn=open"
    found = re.compile(r'<i hx-swap-oob="innerHTML:([^"]+)">([^<]+)</i>')
    assert found.findall(read(sides["company"], part, **HTMX)) == []
    meeting.end_meeting(actor=sides["student"], meeting_id=talk.pk)
    becomes = [("#ending .card-title", "答复学生"), ("#end .form-actions span", "答复学生")]
    assert found.findall(read(sides["company"], part, **HTMX)) == becomes
    assert found.findall(read(sides["student"], part, **HTMX)) == []
    assert found.findall(read(sides["company"], part.replace("open", "over"), **HTMX)) == []


def test_a_group_sessions_open_page_loses_its_forms_too(read, booth, sides):
    for name in ("李若溪", "周子墨"):
        line.join_line(actor=student_at(booth.fair, name=name), booth_id=booth.pk)
    made = group.open_group(actor=sides["company"], booth_id=booth.pk, size=2, topic="")
    drawn = read(sides["company"], f"/company/fairs/groups/{made.pk}/")
    part = f"/company/fairs/groups/{made.pk}/rows/?drawn=open"
    assert f'hx-get="{part}"' in drawn
    assert GONE.findall(read(sides["company"], part, **HTMX)) == []
    group.end_group(actor=sides["company"], group_id=made.pk, outcome=Outcome.PENDING, message="")
    gone = GONE.findall(read(sides["company"], part, **HTMX))
    assert gone == ["talk-jumps", "write", "end-all"]
    assert [name for name in gone if f'id="{name}"' not in drawn] == []


def test_contact_data_comes_and_goes_on_the_companys_open_page(read, talk, sides):
    part, email = f"/fairs/meetings/{talk.pk}/talk/", talk.ticket.student.email
    assert email not in read(sides["company"], part, **HTMX)
    chat.share_contact(actor=sides["student"], meeting_id=talk.pk)
    shown = read(sides["company"], part, **HTMX)
    assert email in shown[shown.index('<div id="who" hx-swap-oob="innerHTML">') :]
    revoke_grant(actor=sides["student"], grant_id=DisclosureGrant.objects.get().pk)
    assert email not in read(sides["company"], part, **HTMX)
    assert 'id="who"' not in read(sides["student"], part, **HTMX)


@pytest.mark.parametrize("side", ["student", "company"])
def test_each_way_within_the_page_leads_somewhere(read, talk, sides, side):
    page = read(sides[side], f"/fairs/meetings/{talk.pk}/")
    bar = page[page.index('id="talk-jumps"') :].split("</nav>")[0]
    ways = re.findall(r'href="#([a-z]+)"', bar)
    assert ways == (["write", "share", "end"] if side == "student" else ["write", "end"])
    assert [page.count(f'id="{way}"') for way in ways] == [1] * len(ways)


@pytest.mark.parametrize(
    ("status", "stands", "offered"),
    [(FairStatus.LIVE, False, 1), (FairStatus.LIVE, True, 0), (FairStatus.PAUSED, False, 0)],
)
def test_who_did_not_come_finds_the_way_back(read, booth, sides, *, status, stands, offered):
    """Once a booth, however often one did not come, and only where a number can be drawn."""
    for _ in range(2):
        line.join_line(actor=sides["student"], booth_id=booth.pk)
        line.call_next(actor=sides["company"], booth_id=booth.pk)
        clock.advance(timedelta(seconds=61))
        line.expire_calls()
    if stands:
        line.join_line(actor=sides["student"], booth_id=booth.pk)
    Fair.objects.filter(pk=booth.fair_id).update(status=status)
    assert Ticket.objects.filter(status="no_show").count() == 2
    page = read(sides["student"], f"/fairs/{booth.fair_id}/lines/")
    assert page.count(f'action="/fairs/booths/{booth.pk}/join/"') == offered
    assert page.count("叫到您的号时您未按时到场") == offered
    clock.advance(timedelta(minutes=16))
    later = read(sides["student"], f"/fairs/{booth.fair_id}/lines/")
    assert later.count(f'action="/fairs/booths/{booth.pk}/join/"') == offered
    assert "叫到您的号时您未按时到场" not in later


def test_a_colleague_who_is_busy_is_said_at_the_form(client, booth, talk, sides):
    """The page stays, so that another colleague is one choice away; the talk stays with whom it was."""
    busy = recruiter_at(booth)
    line.join_line(actor=student_at(booth.fair), booth_id=booth.pk)
    line.call_next(actor=busy, booth_id=booth.pk)
    client.force_login(User.objects.get(pk=sides["company"].user_id))
    answer = client.post(f"/company/fairs/meetings/{talk.pk}/hand-over/", {"user": busy.user_id})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "该同事正在叫号或洽谈中。" in page
    assert f'action="/company/fairs/meetings/{talk.pk}/hand-over/"' in page
    assert Ticket.objects.get(pk=talk.ticket_id).called_by_id == sides["company"].user_id
