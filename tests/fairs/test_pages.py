"""Pages of fairs: who gets them, what they do, and how many queries they cost."""

from functools import partial

import pytest
from django.urls import reverse

from backend.accounts.models import User
from fairs.domain import line, meeting
from fairs.enums import FairStatus
from fairs.models import Booth, Fair, FairRegistration, Meeting, Message, Ticket
from tests.factories.fairs import BoothFactory, FairFactory, recruiter_at, staff_of, student_at
from tests.factories.positions import PositionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


def _as(client, actor):
    client.force_login(User.objects.get(pk=actor.user_id))
    return client


@pytest.fixture
def booth():
    booth = BoothFactory()
    booth.brought.create(position=PositionFactory(company=booth.company, published=True, openings=4))
    return booth


class TestPublic:
    def test_list_shows_public_fairs_only(self, client):
        live, draft = FairFactory(), FairFactory(draft=True)
        page = client.get("/fairs/").content.decode()
        assert (live.name in page, draft.name in page) == (True, False)

    def test_a_draft_does_not_exist_for_visitors(self, client):
        assert client.get(f"/fairs/{FairFactory(draft=True).pk}/").status_code == 404

    def test_fair_shows_companies_and_openings(self, client, booth):
        response = client.get(f"/fairs/{booth.fair_id}/")
        assert response.status_code == 200
        assert response.context["counts"] == {"companies": 1, "openings": 4, "registered": 0, "came": 0}
        assert booth.company.name in response.content.decode()

    @pytest.mark.parametrize("name", ["hall", "lines", "control", "report", "booths", "edit", "sign_up"])
    def test_visitors_are_sent_to_sign_in(self, client, booth, name):
        response = client.get(reverse(f"fairs:{name}", args=[booth.fair_id]))
        assert response.status_code == 302
        assert "login" in response.url


class TestStudent:
    def test_register_join_and_see_the_place(self, client, booth):
        student = student_at(booth.fair, registered=False)
        _as(client, student)
        assert client.post(f"/fairs/{booth.fair_id}/register/").status_code == 302
        hall = client.get(f"/fairs/{booth.fair_id}/hall/").content.decode()
        assert reverse("fairs:join", args=[booth.pk]) in hall
        assert client.post(f"/fairs/booths/{booth.pk}/join/").status_code == 302
        lines = client.get(f"/fairs/{booth.fair_id}/lines/")
        assert [(t.number, t.place, t.wait.low) for t in lines.context["live"]] == [(1, 1, 0)]
        assert f'data-place-at="line-{booth.pk}"' in lines.content.decode()

    @pytest.mark.parametrize(("act", "after"), [("away", "away"), ("leave", "left")])
    def test_ticket_buttons(self, client, booth, act, after):
        student = student_at(booth.fair)
        ticket = line.join_line(actor=student, booth_id=booth.pk)
        assert _as(client, student).post(f"/fairs/tickets/{ticket.pk}/{act}/").status_code == 302
        ticket.refresh_from_db()
        assert ticket.status == after

    def test_unknown_act_does_nothing(self, client, booth):
        student = student_at(booth.fair)
        ticket = line.join_line(actor=student, booth_id=booth.pk)
        assert _as(client, student).post(f"/fairs/tickets/{ticket.pk}/served/").status_code == 404
        ticket.refresh_from_db()
        assert ticket.status == "waiting"

    def test_console_is_not_for_students(self, client, booth):
        assert (
            _as(client, student_at(booth.fair)).get(f"/company/fairs/booths/{booth.pk}/").status_code == 404
        )

    def test_somebody_elses_meeting_does_not_exist(self, client, booth):
        one, other = student_at(booth.fair), student_at(booth.fair)
        ticket = line.join_line(actor=one, booth_id=booth.pk)
        line.call_next(actor=recruiter_at(booth), booth_id=booth.pk)
        talk = meeting.accept_call(actor=one, ticket_id=ticket.pk)
        assert _as(client, other).get(f"/fairs/meetings/{talk.pk}/").status_code == 404
        assert _as(client, staff_of(booth.fair)).get(f"/fairs/meetings/{talk.pk}/").status_code == 404


def test_a_whole_meeting_over_plain_forms(client, booth):
    """Without any script: call, come, talk, share, end, read the result."""
    student, recruiter = student_at(booth.fair), recruiter_at(booth)
    ticket = line.join_line(actor=student, booth_id=booth.pk)
    assert _as(client, recruiter).post(f"/company/fairs/booths/{booth.pk}/call/").status_code == 302
    assert "1 ·" in client.get(f"/company/fairs/booths/{booth.pk}/").content.decode()
    _as(client, student)
    response = client.post(f"/fairs/tickets/{ticket.pk}/accept/")
    talk = Meeting.objects.get()
    assert response.url == f"/fairs/meetings/{talk.pk}/"
    client.post(f"/fairs/meetings/{talk.pk}/say/", {"text": "您好 <b>"})
    page = client.get(f"/fairs/meetings/{talk.pk}/").content.decode()
    assert "您好 &lt;b&gt;" in page
    assert client.post(f"/fairs/meetings/{talk.pk}/share/", {"what": "contact"}).status_code == 302
    _as(client, recruiter)
    email = ticket.student.email
    assert email in client.get(f"/fairs/meetings/{talk.pk}/").content.decode()
    ended = client.post(
        f"/fairs/meetings/{talk.pk}/end/",
        {"outcome": "interview", "message": "周五见", "note": "好", "rating": "4"},
    )
    assert ended.url == f"/company/fairs/booths/{booth.pk}/"
    talk.refresh_from_db()
    assert (talk.status, talk.outcome, talk.rating) == ("ended", "interview", 4)
    result = _as(client, student).get(f"/fairs/meetings/{talk.pk}/").content.decode()
    assert "周五见" in result
    assert "好</p>" not in result
    assert list(Message.objects.values_list("kind", flat=True)) == ["text", "contact"]


def test_console_says_why_a_student_fits(client, booth):
    student = student_at(booth.fair, skills=["数控编程", "识图"])
    line.join_line(actor=student, booth_id=booth.pk)
    page = _as(client, recruiter_at(booth)).get(f"/company/fairs/booths/{booth.pk}/")
    (ticket,) = page.context["waiting"]
    assert len(ticket.reasons) >= 1
    assert ticket.reasons[0] in page.content.decode()


class TestStaff:
    def test_create_and_walk_to_sign_up(self, client):
        staff = staff_of(FairFactory())
        values = {
            "name": "秋季双选会",
            "place": "both",
            "starts_at": "2026-04-01T09:00",
            "ends_at": "2026-04-01T17:00",
            "lines_per_student": 3,
            "meeting_minutes": 8,
            "no_show_grace_seconds": 90,
            "turn_bonus_minutes": 5,
            "steps_away_max": 3,
            "away_minutes_max": 10,
            "invitations_per_hour": 20,
            "invitations_per_day": 6,
        }
        assert _as(client, staff).post("/staff/fairs/new/", values).status_code == 302
        fair = Fair.objects.get(name="秋季双选会")
        assert (fair.status, fair.school_id) == (FairStatus.DRAFT, staff.school_id)
        client.post(f"/staff/fairs/{fair.pk}/move/", {"to": "sign_up"})
        fair.refresh_from_db()
        assert fair.status == FairStatus.SIGN_UP

    def test_times_the_wrong_way_round_are_shown_at_the_field(self, client):
        staff = staff_of(FairFactory())
        values = {
            "name": "x",
            "place": "both",
            "starts_at": "2026-04-01T17:00",
            "ends_at": "2026-04-01T09:00",
            "lines_per_student": 3,
            "meeting_minutes": 8,
            "no_show_grace_seconds": 90,
            "turn_bonus_minutes": 5,
            "steps_away_max": 3,
            "away_minutes_max": 10,
            "invitations_per_hour": 20,
            "invitations_per_day": 6,
        }
        response = _as(client, staff).post("/staff/fairs/new/", values)
        assert response.status_code == 422
        assert list(response.context["form"].errors) == ["ends_at"]
        assert Fair.objects.count() == 1

    def test_approve_gives_the_next_number(self, client):
        fair = FairFactory(sign_up=True)
        booth = BoothFactory(fair=fair, requested=True)
        _as(client, staff_of(fair)).post(f"/staff/fairs/booths/{booth.pk}/decide/", {"decision": "approve"})
        booth.refresh_from_db()
        assert (booth.status, booth.label) == ("approved", "A001")

    def test_other_schools_staff_may_not_move_the_fair(self, client, booth):
        stranger = staff_of(FairFactory())
        assert _as(client, stranger).get(f"/staff/fairs/{booth.fair_id}/control/").status_code == 404
        client.post(f"/staff/fairs/{booth.fair_id}/move/", {"to": "closed"})
        booth.fair.refresh_from_db()
        assert booth.fair.status == FairStatus.LIVE

    def test_every_figure_of_the_report_opens_into_as_many_rows(self, client, booth):
        student = student_at(booth.fair)
        line.join_line(actor=student, booth_id=booth.pk)
        line.join_line(actor=student_at(booth.fair), booth_id=booth.pk)
        student_at(booth.fair)
        _as(client, staff_of(booth.fair))
        figures = client.get(f"/staff/fairs/{booth.fair_id}/report/").context["figures"]
        assert figures.values == {
            "registered": 3,
            "visitors": 2,
            "openings": 4,
            "tickets": 2,
            "talks": 0,
            "in_groups": 0,
            "no_shows": 0,
            "left": 0,
            "interviews": 0,
            "offers": 0,
            "unanswered": 0,
            "without_talk": 2,
        }
        assert figures.ratio == 2.0
        for name, value in figures.values.items():
            rows = client.get(f"/staff/fairs/{booth.fair_id}/report/{name}/").context["rows"]
            counted = sum(row.openings for row in rows) if name == "openings" else len(rows)
            assert (name, counted) == (name, value)


class TestCompany:
    def test_sign_up_with_positions(self, client):
        fair = FairFactory(sign_up=True)
        recruiter = recruiter_at(BoothFactory(fair=FairFactory(school=fair.school)))
        position = PositionFactory(company_id=recruiter.company_id, published=True)
        _as(client, recruiter)
        assert client.post(f"/fairs/{fair.pk}/sign-up/", {"positions": [position.pk]}).status_code == 302
        booth = Booth.objects.get(fair=fair)
        assert (booth.status, booth.company_id) == ("requested", recruiter.company_id)
        assert list(booth.positions.all()) == [position]
        assert client.post(f"/fairs/{fair.pk}/sign-up/", {"positions": [position.pk]}).status_code == 409
        assert Booth.objects.filter(fair=fair).count() == 1

    def test_another_companys_position_is_refused(self, client):
        fair = FairFactory(sign_up=True)
        recruiter = recruiter_at(BoothFactory(fair=FairFactory(school=fair.school)))
        theirs = PositionFactory(published=True)
        response = _as(client, recruiter).post(f"/fairs/{fair.pk}/sign-up/", {"positions": [theirs.pk]})
        assert response.status_code == 422
        assert Booth.objects.filter(fair=fair).count() == 0


def test_a_lost_race_is_a_page_with_the_reason(client, booth):
    recruiter = recruiter_at(booth)
    response = _as(client, recruiter).post(f"/company/fairs/booths/{booth.pk}/call/")
    assert response.status_code == 409
    assert (Ticket.objects.count(), FairRegistration.objects.count()) == (0, 0)


def test_htmx_gets_a_toast_where_nobody_is_in_line_and_the_console_where_somebody_is(client, booth):
    student, recruiter = student_at(booth.fair), recruiter_at(booth)
    url, console = f"/company/fairs/booths/{booth.pk}/call/", f"/company/fairs/booths/{booth.pk}/"
    press = partial(_as(client, recruiter).post, url, headers={"HX-Request": "true"})
    refusal = press()
    assert (refusal.status_code, refusal["HX-Retarget"]) == (409, "#toasts")
    assert "<html" not in refusal.content.decode()
    line.join_line(actor=student, booth_id=booth.pk)
    assert (called := press()).status_code == 200
    assert (called["HX-Redirect"], Ticket.objects.get().status) == (console, "called")


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "New end: This field is required."), ("zh-hans", "新的结束时间：该字段是必填项。")],
)
def test_a_form_that_no_page_shows_again_names_its_field(client, booth, language, sentence):
    staff = _as(client, staff_of(booth.fair))
    response = staff.post(f"/staff/fairs/{booth.fair_id}/extend/", headers={"Accept-Language": language})
    assert response.status_code == 422
    assert sentence in response.content.decode()
