"""Around the console: what the team says, talks followed up and taken along, and the pages of both sides over plain forms."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.urls import reverse

from backend.accounts.models import User
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.common.spreadsheets import read_table
from fairs.domain import follow, meeting, silence, team
from fairs.models import Block, FairRegistration, Invitation, Meeting, Report, TeamMessage, Ticket
from tests.factories.fairs import BoothFactory, recruiter_at, staff_of, student_at
from tests.factories.students import DisclosureGrantFactory
from tests.fairs.support import refused, talk_at, told, trail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def ended():
    """A talk that is over and waits for its answer: (student, recruiter, meeting)."""
    student, recruiter, talk = talk_at(BoothFactory())
    meeting.end_meeting(actor=recruiter, meeting_id=talk.pk)
    talk.refresh_from_db()
    return student, recruiter, talk


def _as(client, actor):
    client.force_login(User.objects.get(pk=actor.user_id))
    return client


def _page(client, actor, name, *args):
    response = _as(client, actor).get(reverse(f"fairs:{name}", args=args))
    assert response.status_code == 200
    return response.content.decode()


class TestTeam:
    def test_the_stream_says_that_not_what(self):
        booth = BoothFactory()
        recruiter = recruiter_at(booth)
        said = team.say_to_team(actor=recruiter, booth_id=booth.pk, text=" 下一位有焊工证 ")
        assert (said.text, said.author_id) == ("下一位有焊工证", recruiter.user_id)
        assert told(f"booth-{booth.pk}") == [("team_said", {"message": said.pk})]

    def test_whoever_is_silenced_says_nothing_to_the_team(self):
        booth = BoothFactory()
        recruiter = recruiter_at(booth)
        silence.silence(
            actor=staff_of(booth.fair), fair_id=booth.fair_id, user_id=recruiter.user_id, reason="辱骂"
        )
        with refused(NotAllowed, "silenced"):
            team.say_to_team(actor=recruiter, booth_id=booth.pk, text="你好")

    def test_only_the_team_says_and_reads(self, client):
        booth = BoothFactory()
        recruiter, other, staff = (
            recruiter_at(booth),
            recruiter_at(BoothFactory(fair=booth.fair)),
            staff_of(booth.fair),
        )
        for actor in (other, staff, student_at(booth.fair)):
            with refused(NotAllowed, "not_allowed"):
                team.say_to_team(actor=actor, booth_id=booth.pk, text="你好")
        for text in ("  ", "长" * 1001, "\0"):
            with refused(Invalid, "invalid"):
                team.say_to_team(actor=recruiter, booth_id=booth.pk, text=text)
        assert (
            _as(client, recruiter)
            .post(f"/company/fairs/booths/{booth.pk}/say/", {"text": "<b>来"})
            .status_code
            == 302
        )
        assert "&lt;b&gt;来" in _page(client, recruiter, "team_said", booth.pk)
        live = client.get(
            f"/company/fairs/booths/{booth.pk}/said/", headers={"HX-Request": "true"}
        ).content.decode()
        assert ("&lt;b&gt;来" in live, "<html" in live) == (True, False)
        assert TeamMessage.objects.count() == 1


class TestFollow:
    def test_answer_and_notes_from_the_list(self, client, ended):
        student, recruiter, talk = ended
        page = _as(client, recruiter).get(f"/company/fairs/booths/{talk.ticket.booth_id}/talks/")
        assert [row.pk for row in page.context["rows"]] == [talk.pk]
        values = {"outcome": "interview", "message": "周五见", "note": "踏实", "rating": "4",
                  "next_step": "打电话", "next_step_due": "2026-12-01"}  # fmt: skip
        sent = client.post(
            f"/company/fairs/meetings/{talk.pk}/follow/",
            {f"{talk.pk}-{key}": one for key, one in values.items()},
        )
        assert sent.status_code == 302
        talk.refresh_from_db()
        assert (talk.outcome, talk.message, talk.note, talk.rating, talk.next_step, talk.next_step_due) == (
            "interview", "周五见", "踏实", 4, "打电话", date(2026, 12, 1),
        )  # fmt: skip
        assert [verb for verb, *_ in trail("fairs.meeting")][-2:] == [
            "meetings.notes_kept",
            "meetings.answered",
        ]
        assert "踏实" not in _page(client, student, "meeting", talk.pk)

    def test_both_or_neither(self, ended):
        _student, recruiter, talk = ended
        meeting.answer_meeting(actor=recruiter, meeting_id=talk.pk, outcome="declined")
        with refused(Conflict, "already_answered"):
            follow.follow_talk(actor=recruiter, meeting_id=talk.pk, outcome="offer", note="改主意")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"next_step": "打电话"},
            {"next_step_due": date(2026, 12, 1)},
            {"rating": 6},
            {"note": "长" * 2001},
            {"next_step": "长" * 201, "next_step_due": date(2026, 12, 1)},
        ],
    )
    def test_what_cannot_be_kept(self, ended, wrong):
        with refused(Invalid, "invalid"):
            follow.keep_notes(actor=ended[1], meeting_id=ended[2].pk, **wrong)

    def test_nobody_else_and_not_before_the_end(self, ended):
        student, _recruiter, talk = ended
        with refused(NotAllowed, "not_allowed"):
            follow.keep_notes(actor=student, meeting_id=talk.pk, note="我很棒")
        stranger = recruiter_at(BoothFactory(fair=talk.ticket.booth.fair))
        with refused(NotFound, "not_found"):
            follow.keep_notes(actor=stranger, meeting_id=talk.pk, note="x")
        _other, recruiter, going_on = talk_at(BoothFactory())
        with refused(Conflict, "not_over"):
            follow.keep_notes(actor=recruiter, meeting_id=going_on.pk, note="x")

    def test_unanswered_first_then_by_filter(self, client, ended):
        _student, recruiter, talk = ended
        booth = talk.ticket.booth
        rows = {talk.pk: "pending"}
        for outcome in ("offer", "declined"):
            clock.advance(timedelta(minutes=1))
            _s, _r, other = talk_at(booth, recruiter=recruiter)
            meeting.end_meeting(actor=recruiter, meeting_id=other.pk, outcome=outcome)
            rows[other.pk] = outcome
        first, offer, declined = rows
        address = f"/company/fairs/booths/{booth.pk}/talks/"
        shown = {
            show: [row.pk for row in _as(client, recruiter).get(address, {"show": show}).context["rows"]]
            for show in ("", "unanswered", "offer", "step", "nonsense")
        }
        assert shown == {
            "": [first, declined, offer], "unanswered": [first], "offer": [offer], "step": [],
            "nonsense": [first, declined, offer],
        }  # fmt: skip


class TestFile:
    def test_name_and_contact_only_where_disclosed(self, client, ended):
        student, recruiter, talk = ended
        booth, person = talk.ticket.booth, talk.ticket.student
        follow.keep_notes(actor=recruiter, meeting_id=talk.pk, note="=1+1")

        def taken():
            file = _as(client, recruiter).get(f"/company/fairs/booths/{booth.pk}/talks.xlsx")
            assert file["Cache-Control"] == "private, no-store"
            (row,) = read_table(BytesIO(file.content))[1]
            return list(row)

        assert taken()[:4] == ["1", "", "", ""]
        DisclosureGrantFactory(
            student=person, company=BoothFactory().company, fields=["name", "email", "phone"]
        )
        assert taken()[1:4] == ["", "", ""]
        DisclosureGrantFactory(student=person, company=booth.company, fields=["name", "email"])
        assert taken()[1:4] == [person.name, person.email, ""]
        assert "=1+1" in taken()
        verbs = [(verb, user) for verb, _b, _a, user in trail("fairs.booth") if verb == "meetings.taken"]
        assert verbs == [("meetings.taken", recruiter.user_id)] * 4
        assert student.student_id == person.pk


class TestPages:
    def test_found_invited_and_accepted_over_plain_forms(self, client):
        booth = BoothFactory()
        student = student_at(booth.fair, name="欧阳测试", skills=["焊接"])
        recruiter = recruiter_at(booth)
        address = reverse("fairs:present", args=[booth.pk])
        assert list(_as(client, recruiter).get(address).context["rows"]) == []
        _as(client, student).get(reverse("fairs:hall", args=[booth.fair_id]))
        row = FairRegistration.objects.get()
        page = _as(client, recruiter).get(address, {"skill": "焊"})
        assert [one.number for one in page.context["rows"]] == [row.pk]
        assert "欧阳测试" not in page.content.decode()
        assert (
            list(client.get(address, {"skill": "车床", "major": "x"}).context["rows"]) != []
        )  # nonsense asks for all
        assert list(client.get(address, {"skill": "车床"}).context["rows"]) == []
        sent = client.post(
            reverse("fairs:invite", args=[booth.pk]),
            {"registration": row.pk, "text": "来<b>", "query": "skill=焊"},
        )
        assert sent.url.startswith(f"{address}?skill=")
        invitation = Invitation.objects.get()
        for name in ("invited", "lines"):
            assert "来&lt;b&gt;" in _page(client, student, name, booth.fair_id)
        client.post(reverse("fairs:invitation_answer", args=[invitation.pk]), {"accept": "yes"})
        invitation.refresh_from_db()
        assert (invitation.status, Ticket.objects.get().invitation) == ("accepted", invitation)
        assert _as(client, recruiter).get(address).context["rows"][0].state == "in_line"

    def test_do_not_disturb_on_the_page_of_lines(self, client):
        booth = BoothFactory()
        student = student_at(booth.fair)
        for allowed in ("no", "yes"):
            _as(client, student).post(reverse("fairs:invitable", args=[booth.fair_id]), {"allowed": allowed})
            assert FairRegistration.objects.get().invitable == (allowed == "yes")
            other = "yes" if allowed == "no" else "no"
            assert f'name="allowed" value="{other}"' in _page(client, student, "lines", booth.fair_id)

    @pytest.mark.parametrize("talking", [False, True])
    def test_a_talk_stands_above_invitations_and_they_above_a_wait(self, client, talking):
        booth = BoothFactory()
        student, _recruiter, talk = talk_at(booth)
        if not talking:
            meeting.end_meeting(actor=student, meeting_id=talk.pk)
        inviting = BoothFactory(fair=booth.fair)
        Invitation.objects.create(
            booth=inviting,
            student_id=student.student_id,
            text="来聊聊",
            expires_at=clock.now() + timedelta(hours=1),
        )
        page = _page(client, student, "lines", booth.fair_id)
        found = [page.index(words) for words in ("来聊聊", booth.company.name)]
        assert (found[0] > found[1]) == talking

    def test_blocking_asks_first(self, client):
        student, recruiter, talk = talk_at(BoothFactory())
        for actor in (student, recruiter):
            page = _page(client, actor, "meeting", talk.pk)
            form = page[page.index(reverse("fairs:meeting_block", args=[talk.pk])) :].split(">")[0]
            assert "data-confirm=" in form

    def test_reported_blocked_decided_and_taken_back(self, client):
        student, recruiter, talk = talk_at(BoothFactory())
        fair = talk.ticket.booth.fair
        address = reverse("fairs:meeting_report", args=[talk.pk])
        assert _as(client, student).post(address, {"reason": "ugly"}).status_code == 422
        assert client.post(address, {"reason": "rude", "text": "骂人", "block": "on"}).url == address
        report, block = Report.objects.get(), Block.objects.get()
        assert (block.by_student, Meeting.objects.get().status) == (True, "ended")
        staff = staff_of(fair)
        page = _page(client, staff, "reports", fair.pk)
        assert ("骂人" in page, talk.ticket.student.name in page) == (True, True)
        client.post(
            reverse("fairs:report_decide", args=[report.pk]), {"decision": "warned", "answer": "已谈话"}
        )
        assert "已谈话" in _page(client, student, "meeting_report", talk.pk)
        assert "骂人" not in _page(client, recruiter, "meeting_report", talk.pk)
        assert talk.ticket.booth.company.name in _page(client, student, "blocks")
        assert _as(client, recruiter).get(reverse("fairs:blocks")).context["rows"].paginator.count == 0
        _as(client, student).post(reverse("fairs:unblock", args=[block.pk]))
        assert Block.objects.count() == 0

    def test_the_console_names_its_keys(self, client):
        booth = BoothFactory()
        recruiter = recruiter_at(booth)
        page = _page(client, recruiter, "console", booth.pk)
        assert [key for key in "npe" if f'data-key="{key}"' in page] == ["n", "p"]
        talk_at(booth, recruiter=recruiter)
        page = _page(client, recruiter, "console_rows", booth.pk)
        assert [key for key in "npe" if f'data-key="{key}"' in page] == ["p", "e"]
