"""What people type into the fair's forms: kept, refused beside the field, or answered with the reason."""

import pytest
from django.urls import reverse

from backend.accounts.models import User
from backend.students.models import DisclosureGrant
from fairs.domain import line, meeting
from fairs.models import Booth, BoothPosition, Fair, Meeting, Message, Ticket
from fairs.protocol import MESSAGES
from tests.factories.fairs import BoothFactory, FairFactory, recruiter_at, staff_of, student_at
from tests.factories.positions import PositionFactory
from tests.factories.students import ResumeFactory
from tests.fairs.support import rows, talk_at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def as_(client):
    """as_(actor) → the client, signed in."""

    def signed_in(actor):
        client.force_login(User.objects.get(pk=actor.user_id))
        return client

    return signed_in


def _values(**changes):
    return {
        "name": "秋季双选会",
        "description": "",
        "place": "both",
        "address": "体育馆",
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
    } | changes


class TestFairForm:
    def test_the_form_shows_what_is_stored_and_keeps_what_is_sent(self, as_):
        fair = FairFactory(sign_up=True)
        browser, url = as_(staff_of(fair)), reverse("fairs:edit", args=[fair.pk])
        assert f'value="{fair.name}"' in browser.get(url).content.decode()
        assert browser.post(url, _values(name="改名", lines_per_student=5)).url == f"/fairs/{fair.pk}/"
        fair.refresh_from_db()
        assert (fair.name, fair.lines_per_student, fair.status) == ("改名", 5, "sign_up")

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", ""),
            ("name", "x" * 121),
            ("name", "a\x00b"),
            ("place", "moon"),
            ("starts_at", "tomorrow"),
            ("ends_at", ""),
            ("lines_per_student", "0"),
            ("lines_per_student", "21"),
            ("meeting_minutes", "-1"),
            ("no_show_grace_seconds", "9"),
            ("no_show_grace_seconds", "99999"),
        ],
    )
    def test_each_wrong_field_is_named_and_nothing_changes(self, as_, field, value):
        fair = FairFactory(sign_up=True)
        before = rows()
        response = as_(staff_of(fair)).post(reverse("fairs:edit", args=[fair.pk]), _values(**{field: value}))
        assert (response.status_code, list(response.context["form"].errors)) == (422, [field])
        assert rows() == before

    @pytest.mark.parametrize("status", ["closed", "archived"])
    def test_a_fair_that_is_over_is_not_edited(self, as_, status):
        fair = FairFactory(status=status)
        response = as_(staff_of(fair)).post(reverse("fairs:edit", args=[fair.pk]), _values())
        assert response.status_code == 409
        assert Fair.objects.get().name == fair.name

    @pytest.mark.parametrize("to", ["", "party", "draft"])
    def test_a_step_that_does_not_exist_or_is_not_possible(self, as_, to):
        fair = FairFactory()
        response = as_(staff_of(fair)).post(reverse("fairs:move", args=[fair.pk]), {"to": to})
        assert response.status_code == (409 if to == "draft" else 404)
        assert Fair.objects.get().status == "live"


class TestBoothForms:
    @pytest.mark.parametrize("values", [{"label": "x" * 13}, {"zone": "东" * 41}, {"label": "A\x00"}])
    def test_a_number_that_does_not_fit_is_refused_not_cut(self, as_, values):
        fair = FairFactory(sign_up=True)
        booth = BoothFactory(fair=fair, requested=True)
        before = rows()
        url = reverse("fairs:decide", args=[booth.pk])
        assert as_(staff_of(fair)).post(url, {"decision": "approve", **values}).status_code == 422
        assert rows() == before

    def test_a_refusal_without_a_reason_is_refused(self, as_):
        fair = FairFactory(sign_up=True)
        booth = BoothFactory(fair=fair, requested=True)
        url = reverse("fairs:decide", args=[booth.pk])
        browser = as_(staff_of(fair))
        assert browser.post(url, {"decision": "refuse", "reason": " "}).status_code == 422
        assert browser.post(url, {"decision": "refuse", "reason": "场地已满"}).status_code == 302
        booth.refresh_from_db()
        assert (booth.status, booth.reason) == ("refused", "场地已满")

    @pytest.mark.parametrize(
        ("status", "shown"),
        [("", 3), ("requested", 1), ("approved", 1), ("refused", 1), ("odd", 3)],
    )
    def test_the_list_of_booths_by_status(self, as_, status, shown):
        fair = FairFactory(sign_up=True)
        for n, each in enumerate(("requested", "approved", "refused")):
            BoothFactory(fair=fair, status=each, label=str(n))
        BoothFactory()
        page = as_(staff_of(fair)).get(reverse("fairs:booths", args=[fair.pk]), {"status": status})
        assert len(page.context["rows"]) == shown
        assert [tab[3] for tab in page.context["tabs"]] == [3, 1, 1, 1]

    @pytest.mark.parametrize("positions", [[], ["x"], ["999999"], ["foreign"]])
    def test_a_company_signs_up_with_its_own_positions_only(self, as_, positions):
        fair = FairFactory(sign_up=True)
        recruiter = recruiter_at(BoothFactory(fair=FairFactory(school=fair.school)))
        foreign = str(PositionFactory(published=True).pk)
        sent = [foreign if value == "foreign" else value for value in positions]
        response = as_(recruiter).post(reverse("fairs:sign_up", args=[fair.pk]), {"positions": sent})
        assert (response.status_code, list(response.context["form"].errors)) == (422, ["positions"])
        assert Booth.objects.filter(fair=fair).count() == 0


class TestHall:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("", 2),
            ("  ", 2),
            ("电子", 1),
            ("质检", 1),
            ("没有", 0),
            ("%", 0),
            ("x" * 500, 0),
        ],
    )
    def test_the_hall_is_searched(self, as_, text, found):
        fair = FairFactory()
        for name, title in (("红星电子", "装配工"), ("蓝天机械", "质检员")):
            booth = BoothFactory(fair=fair, company__name=name)
            position = PositionFactory(company=booth.company, published=True, title=title)
            BoothPosition.objects.create(booth=booth, position=position)
        browser = as_(student_at(fair))
        for name in ("hall", "hall_rows"):
            page = browser.get(reverse(f"fairs:{name}", args=[fair.pk]), {"q": text})
            assert (page.status_code, len(page.context["rows"])) == (200, found)

    @pytest.mark.parametrize(
        ("status", "entered"),
        [("ready", False), ("live", True), ("paused", True), ("closed", False)],
    )
    def test_the_first_visit_of_a_running_hall_is_noted(self, as_, status, entered):
        fair = FairFactory(status=status)
        student = student_at(fair)
        as_(student).get(reverse("fairs:hall", args=[fair.pk]))
        assert (fair.registrations.get().entered_at is not None) is entered

    def test_polling_is_no_visit(self, as_):
        fair = FairFactory()
        as_(student_at(fair)).get(reverse("fairs:hall_rows", args=[fair.pk]))
        assert fair.registrations.get().entered_at is None

    def test_who_may_stand_in_no_further_line_finds_no_button(self, as_):
        fair = FairFactory(lines_per_student=1)
        booth, other = BoothFactory(fair=fair), BoothFactory(fair=fair)
        student = student_at(fair)
        browser, join = as_(student), reverse("fairs:join", args=[other.pk])
        assert join in browser.get(reverse("fairs:hall", args=[fair.pk])).content.decode()
        line.join_line(actor=student, booth_id=booth.pk)
        assert join not in browser.get(reverse("fairs:hall", args=[fair.pk])).content.decode()
        assert browser.post(join).status_code == 409
        assert Ticket.objects.count() == 1


class TestConsole:
    def test_a_call_is_taken_back_by_who_made_it(self, as_):
        booth = BoothFactory()
        recruiter, colleague = recruiter_at(booth), recruiter_at(booth)
        ticket = line.join_line(actor=student_at(booth.fair), booth_id=booth.pk)
        line.call_next(actor=recruiter, booth_id=booth.pk)
        url = reverse("fairs:console_act", args=[booth.pk, "put-back"])
        assert as_(colleague).post(url).status_code == 404
        assert as_(recruiter).post(url).status_code == 302
        ticket.refresh_from_db()
        assert (ticket.status, ticket.called_by_id) == ("waiting", None)

    def test_an_answer_that_is_due_stands_there_until_it_is_given(self, as_):
        student, recruiter, talk = talk_at(BoothFactory())
        meeting.end_meeting(actor=student, meeting_id=talk.pk)
        browser, console = as_(recruiter), reverse("fairs:console", args=[talk.ticket.booth_id])
        assert list(browser.get(console).context["unanswered"]) == [talk]
        page = reverse("fairs:meeting", args=[talk.pk])
        assert browser.post(f"{page}end/", {"outcome": "offer", "message": "欢迎"}).url == page
        assert list(browser.get(console).context["unanswered"]) == []
        talk.refresh_from_db()
        assert (talk.outcome, talk.message, talk.due_at) == ("offer", "欢迎", None)

    def test_names_are_shown_by_what_the_student_shows(self, as_):
        booth = BoothFactory()
        for number, visibility in enumerate(("anonymous", "fairs"), 1):
            student = student_at(booth.fair, visibility=visibility, name=f"王小{number}")
            line.join_line(actor=student, booth_id=booth.pk)
        text = as_(recruiter_at(booth)).get(reverse("fairs:console", args=[booth.pk])).content.decode()
        assert ("王小1" in text, "王小2" in text) == (False, True)


class TestMeetingForms:
    @pytest.mark.parametrize(
        ("values", "errors"),
        [
            ({}, ["outcome"]),
            ({"outcome": "hired"}, ["outcome"]),
            ({"outcome": "offer", "message": "x" * 1001}, ["message"]),
            ({"outcome": "offer", "rating": "6"}, ["rating"]),
            ({"outcome": "offer", "note": "a\x00"}, ["note"]),
        ],
    )
    def test_a_wrong_end_is_shown_beside_the_field(self, as_, values, errors):
        _student, recruiter, talk = talk_at(BoothFactory())
        before = rows()
        response = as_(recruiter).post(reverse("fairs:meeting_end", args=[talk.pk]), values)
        assert (response.status_code, list(response.context["outcome_form"].errors)) == (422, errors)
        assert rows() == before

    @pytest.mark.parametrize("text", ["", "   ", "x" * 2001, "a\x00b"])
    def test_what_is_no_message_is_not_said(self, as_, text):
        student, _recruiter, talk = talk_at(BoothFactory())
        response = as_(student).post(reverse("fairs:meeting_say", args=[talk.pk]), {"text": text})
        assert (response.status_code, Message.objects.count()) == (422, 0)

    def test_htmx_gets_the_talk_back(self, as_):
        student, _recruiter, talk = talk_at(BoothFactory())
        response = as_(student).post(
            reverse("fairs:meeting_say", args=[talk.pk]), {"text": "您好"}, headers={"hx-request": "true"}
        )
        assert (response.status_code, [m.text for m in response.context["lines"]]) == (200, ["您好"])

    @pytest.mark.parametrize("resume", ["", "x", "²", "-1", "0", "999999", "9" * 5000, "foreign"])
    def test_only_a_resume_of_ones_own_is_handed_over(self, as_, resume):
        student, _recruiter, talk = talk_at(BoothFactory())
        chosen = str(ResumeFactory().pk) if resume == "foreign" else resume
        response = as_(student).post(
            reverse("fairs:meeting_share", args=[talk.pk]), {"what": "resume", "resume": chosen}
        )
        assert response.status_code == 422
        assert (DisclosureGrant.objects.count(), Message.objects.count()) == (0, 0)

    def test_a_resume_is_handed_over_and_opened_by_its_name(self, as_):
        student, recruiter, talk = talk_at(BoothFactory())
        resume = ResumeFactory(student_id=student.student_id, title="我的简历")
        url = reverse("fairs:meeting_share", args=[talk.pk])
        assert as_(student).post(url, {"what": "resume", "resume": str(resume.pk)}).status_code == 302
        page = as_(recruiter).get(reverse("fairs:meeting", args=[talk.pk])).content.decode()
        assert reverse("students:resume", args=[resume.pk]) in page

    def test_the_private_note_is_nowhere_on_the_students_side(self, as_):
        student, recruiter, talk = talk_at(BoothFactory())
        meeting.end_meeting(
            actor=recruiter, meeting_id=talk.pk, outcome="declined", message="抱歉", note="不适合夜班"
        )
        browser = as_(student)
        for name in ("meeting", "meeting_talk"):
            text = browser.get(reverse(f"fairs:{name}", args=[talk.pk])).content.decode()
            assert ("抱歉" in text, "不适合夜班" in text) == (True, False)
        body = browser.get(f"/api/v1/fairs/meetings/{talk.pk}/").content.decode()
        assert "不适合夜班" not in body

    @pytest.mark.parametrize(
        ("said", "newest", "link"), [(MESSAGES - 1, MESSAGES - 1, False), (MESSAGES + 3, MESSAGES, True)]
    )
    def test_a_long_talk_shows_its_newest_part_first(self, as_, said, newest, link):
        student, _recruiter, talk = talk_at(BoothFactory())
        Message.objects.bulk_create(Message(meeting=talk, text=f"第{n}句") for n in range(said))
        browser, url = as_(student), reverse("fairs:meeting", args=[talk.pk])
        for address in (url, f"{url}talk/"):
            page = browser.get(address)
            assert [m.text for m in page.context["lines"]] == [f"第{n}句" for n in range(said - newest, said)]
            assert (f"{url}?all=1" in page.content.decode()) is link
        whole = browser.get(f"{url}?all=1")
        assert [m.text for m in whole.context["lines"]] == [f"第{n}句" for n in range(said)]

    def test_a_student_ends_a_talk(self, as_):
        student, _recruiter, talk = talk_at(BoothFactory())
        url = reverse("fairs:meeting_end", args=[talk.pk])
        assert as_(student).post(url, {"outcome": "offer"}).status_code == 302
        assert Meeting.objects.values_list("status", "outcome").get() == ("ended", "pending")
