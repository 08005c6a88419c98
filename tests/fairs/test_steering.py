"""What staff change while a fair runs: its end, a booth's place, its line, who stands there, who may write."""

from datetime import timedelta
from functools import partial

import pytest
from django.urls import reverse

from backend.accounts.actor import actor_of
from backend.accounts.models import Membership, User
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.companies.models import CompanyDivision
from backend.notifications.models import Notification
from fairs.domain import booth as booths
from fairs.domain import chat, handover, line, meeting, questions, silence, stand_in, steering, timetable
from fairs.domain.words import must_be_heard
from fairs.models import Announcement, Booth, Fair, FairWindow, Meeting, Message, Question, StandIn, Ticket
from fairs.protocol import commands
from fairs.realtime import handlers
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import RecruiterFactory
from tests.factories.fairs import (
    BoothFactory,
    FairFactory,
    PlannedTalkFactory,
    recruiter_at,
    staff_of,
    student_at,
)
from tests.factories.schools import DepartmentFactory
from tests.fairs.support import refused, talk_at, told, trail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def booth():
    return BoothFactory(label="A01", zone="A区")


@pytest.fixture
def staff(booth):
    return staff_of(booth.fair)


def notes(kind):
    return list(Notification.objects.filter(kind=kind).order_by("pk").values_list("user_id", flat=True))


class TestExtend:
    def test_the_fair_ends_later_everybody_is_told_and_the_plan_stays(self, booth, staff):
        fair = booth.fair
        talk = PlannedTalkFactory(
            plan__fair=fair, plan__published=True, plan__starts_at=clock.now(), booth=booth
        )
        before, planned = fair.ends_at, (talk.plan.starts_at, talk.plan.slots)
        steering.extend_fair(actor=staff, fair_id=fair.pk, ends_at=before + timedelta(hours=1))
        fair.refresh_from_db()
        assert fair.ends_at == before + timedelta(hours=1)
        assert [kind for kind, _data in told(f"fair-{fair.pk}")] == ["hall_announced"]
        assert Announcement.objects.get().scope == "all"
        talk.plan.refresh_from_db()
        assert (talk.plan.starts_at, talk.plan.slots, talk.plan.status) == (*planned, "published")
        Fair.objects.update(status="live")
        registration = fair.registrations.get(student=talk.student)
        registration.entered_at = clock.now()
        registration.save()
        assert timetable.begin_due() == 1

    def test_of_several_windows_today_s_and_not_into_the_next(self, booth, staff):
        fair, now = booth.fair, clock.now()
        for day in (0, 1):
            FairWindow.objects.create(
                fair=fair,
                starts_at=now + timedelta(days=day, hours=-1),
                ends_at=now + timedelta(days=day, hours=3),
            )
        Fair.objects.update(ends_at=now + timedelta(days=1, hours=3))
        steering.extend_fair(actor=staff, fair_id=fair.pk, ends_at=now + timedelta(hours=5))
        fair.refresh_from_db()
        assert [ends for _starts, ends in fair.hours()] == [
            now + timedelta(hours=5),
            now + timedelta(days=1, hours=3),
        ]
        assert fair.ends_at == now + timedelta(days=1, hours=3)
        with refused(Invalid, "invalid"):
            steering.extend_fair(actor=staff, fair_id=fair.pk, ends_at=now + timedelta(hours=23, minutes=30))

    @pytest.mark.parametrize(
        ("hours", "status", "refusal"),
        [
            (3, "live", (Invalid, "invalid")),
            (24, "live", (Invalid, "invalid")),
            (4, "closed", (Conflict, "fair_not_live")),
        ],
    )
    def test_an_end_that_cannot_be_is_refused(self, booth, staff, hours, status, refusal):
        Fair.objects.update(status=status)
        with refused(*refusal):
            steering.extend_fair(
                actor=staff, fair_id=booth.fair_id, ends_at=clock.now() + timedelta(hours=hours)
            )

    @pytest.mark.parametrize(("more", "fits"), [(24 * 60, True), (24 * 60 + 1, False)])
    def test_a_window_over_several_days_goes_on_for_a_day_at_most(self, booth, staff, more, fits):
        now, end = clock.now(), clock.now() + timedelta(hours=2)
        Fair.objects.update(starts_at=now - timedelta(days=3), ends_at=end)
        extend = partial(
            steering.extend_fair,
            actor=staff,
            fair_id=booth.fair_id,
            ends_at=end + timedelta(minutes=more),
        )
        if fits:
            assert extend().hours() == [(now - timedelta(days=3), end + timedelta(minutes=more))]
        else:
            with refused(Invalid, "invalid"):
                extend()


class TestMove:
    def test_those_in_line_are_told_where(self, booth, staff):
        ticket = line.join_line(actor=student_at(booth.fair), booth_id=booth.pk)
        steering.move_booth(actor=staff, booth_id=booth.pk, label=" B05 ", zone="B区")
        booth.refresh_from_db()
        ticket.refresh_from_db()
        assert (booth.label, booth.zone, ticket.status) == ("B05", "B区", "waiting")
        row = Announcement.objects.get()
        assert (row.scope, list(row.booths.all())) == ("booth", [booth])
        assert told(f"line-{booth.pk}", after=1) == [
            ("line_announced", {"announcement": row.pk, "standing": True})
        ]
        assert trail("fairs.booth")[-2:] == [
            ("booths.moved", "A01 A区", "B05 B区", staff.user_id),
            ("booths.announced", "", "booth", staff.user_id),
        ]

    @pytest.mark.parametrize(
        ("label", "error", "code"),
        [
            ("A02", Conflict, "label_taken"),
            ("A01", Conflict, "same_place"),
            ("", Invalid, "invalid"),
            ("x" * 13, Invalid, "invalid"),
        ],
    )
    def test_a_place_that_cannot_be_is_refused(self, booth, staff, label, error, code):
        BoothFactory(fair=booth.fair, label="A02")
        with refused(error, code):
            steering.move_booth(actor=staff, booth_id=booth.pk, label=label, zone="A区")


class TestCloseLine:
    def test_nobody_joins_and_those_in_line_are_served(self, booth, staff):
        inside = student_at(booth.fair)
        line.join_line(actor=inside, booth_id=booth.pk)
        assert steering.close_line(actor=staff, booth_id=booth.pk, let_go=False) == 0
        assert told(f"line-{booth.pk}", after=1) == [("line_closed", {"closed": True})]
        late = student_at(booth.fair)
        with refused(Conflict, "line_closed"):
            line.join_line(actor=late, booth_id=booth.pk)
        with refused(Conflict, "line_closed"):
            steering.close_line(actor=staff, booth_id=booth.pk, let_go=False)
        assert line.call_next(actor=recruiter_at(booth), booth_id=booth.pk).student_id == inside.student_id
        steering.open_line(actor=staff, booth_id=booth.pk)
        line.join_line(actor=late, booth_id=booth.pk)
        with refused(Conflict, "line_open"):
            steering.open_line(actor=staff, booth_id=booth.pk)

    def test_those_let_go_are_told_and_a_call_and_a_talk_go_on(self, booth, staff):
        talk_at(booth)
        called, waiting, away = (student_at(booth.fair) for _ in range(3))
        tickets = [line.join_line(actor=one, booth_id=booth.pk) for one in (called, waiting, away)]
        line.call_next(actor=recruiter_at(booth), booth_id=booth.pk)
        line.step_away(actor=away, ticket_id=tickets[2].pk)
        elsewhere = line.join_line(actor=waiting, booth_id=BoothFactory(fair=booth.fair).pk)
        steering.close_line(actor=staff, booth_id=booth.pk, let_go=False)
        assert steering.close_line(actor=staff, booth_id=booth.pk, let_go=True) == 2
        statuses = list(
            Ticket.objects.filter(booth=booth).order_by("number").values_list("status", flat=True)
        )
        assert statuses == ["meeting", "called", "left", "left"]
        assert notes("fairs.line_ended_early") == [waiting.user_id, away.user_id]
        elsewhere.refresh_from_db()
        assert elsewhere.status == "waiting"


class TestSilence:
    def test_the_silenced_write_nothing_by_form_or_socket_and_read_why(self, client, booth, staff):
        student, recruiter, talk = talk_at(booth)
        silence.silence(actor=staff, fair_id=booth.fair_id, user_id=student.user_id, reason=" 辱骂他人 ")
        with refused(NotAllowed, "silenced") as refusal:
            chat.send_message(actor=student, meeting_id=talk.pk, text="您好")
        assert "辱骂他人" in refusal.value.text
        with refused(NotAllowed, "silenced"):
            questions.ask(actor=student, booth_id=booth.pk, text="有夜班吗？")
        client.force_login(User.objects.get(pk=student.user_id))
        assert client.post(f"/fairs/meetings/{talk.pk}/say/", {"text": "您好"}).status_code == 403
        command = commands.parse("send_message", {"meeting": talk.pk, "text": "您好"})
        answer = handlers.run(student.user_id, "c1", command)
        assert (answer["ok"], answer["error"]) == (False, "not_allowed")
        assert "辱骂他人" in answer["message"]
        assert Message.objects.count() == 0
        # Everything but writing goes on, and the other side is not silenced with them.
        assert "辱骂他人" in client.get(f"/fairs/{booth.fair_id}/announcements/").content.decode()
        chat.send_message(actor=recruiter, meeting_id=talk.pk, text="请稍等")
        silence.lift(actor=staff, fair_id=booth.fair_id, user_id=student.user_id)
        chat.send_message(actor=student, meeting_id=talk.pk, text="您好")
        changes = [data for kind, data in told(f"person-{student.user_id}") if kind == "silence_changed"]
        assert changes == [
            {"fair": booth.fair_id, "silenced": True},
            {"fair": booth.fair_id, "silenced": False},
        ]
        assert notes("fairs.may_not_write") == notes("fairs.may_write_again") == [student.user_id]

    def test_at_this_fair_alone(self, booth, staff):
        student = student_at(booth.fair)
        silence.silence(actor=staff, fair_id=booth.fair_id, user_id=student.user_id, reason="辱骂")
        must_be_heard(student, FairFactory(school=booth.fair.school).pk)

    def test_a_silenced_recruiter_ends_a_talk_without_words(self, booth, staff):
        _student, recruiter, talk = talk_at(booth)
        silence.silence(actor=staff, fair_id=booth.fair_id, user_id=recruiter.user_id, reason="广告")
        with refused(NotAllowed, "silenced"):
            meeting.end_meeting(actor=recruiter, meeting_id=talk.pk, message="加我微信")
        meeting.end_meeting(actor=recruiter, meeting_id=talk.pk)
        with refused(NotAllowed, "silenced"):
            meeting.answer_meeting(actor=recruiter, meeting_id=talk.pk, outcome="offer", message="加我微信")
        meeting.answer_meeting(actor=recruiter, meeting_id=talk.pk, outcome="declined")

    def test_a_silenced_recruiter_writes_over_no_pause_and_gives_no_reason(self, booth, staff):
        """All that a student reads: words over a pause, the reason to go on elsewhere; the team's own notes are its own."""
        _student, recruiter, talk = talk_at(booth)
        beside = BoothFactory(
            fair=booth.fair,
            company=booth.company,
            division=CompanyDivision.objects.create(company=booth.company, name="软件部"),
        )
        silence.silence(actor=staff, fair_id=booth.fair_id, user_id=recruiter.user_id, reason="广告")
        written = [
            partial(booths.pause_booth, booth_id=booth.pk, paused=True, message="加我微信"),
            partial(handover.ask_handover, ticket_id=talk.ticket_id, booth_id=beside.pk, reason="加我微信"),
        ]
        for write in written:
            with refused(NotAllowed, "silenced"):
                write(actor=recruiter)
        booths.pause_booth(actor=recruiter, booth_id=booth.pk, paused=True)
        meeting.end_meeting(
            actor=recruiter, meeting_id=talk.pk, next_step="面试", next_step_due=clock.today()
        )
        booths.pause_booth(actor=recruiter_at(booth), booth_id=booth.pk, paused=True, message="午休")

    def test_a_silenced_recruiter_answers_no_question(self, booth, staff):
        recruiter = recruiter_at(booth)
        question = questions.ask(actor=student_at(booth.fair), booth_id=booth.pk, text="有夜班吗？")
        silence.silence(actor=staff, fair_id=booth.fair_id, user_id=recruiter.user_id, reason="广告")
        with refused(NotAllowed, "silenced"):
            questions.answer(actor=recruiter, booth_id=booth.pk, question_id=question.pk, text="有")

    def test_whom_and_why_not(self, booth, staff):
        here = student_at(booth.fair)
        strangers = (student_at(FairFactory()), recruiter_at(BoothFactory()), staff_of(booth.fair))
        for stranger in strangers:
            with refused(NotFound, "not_found"):
                silence.silence(actor=staff, fair_id=booth.fair_id, user_id=stranger.user_id, reason="辱骂")
        with refused(Invalid, "invalid"):
            silence.silence(actor=staff, fair_id=booth.fair_id, user_id=here.user_id, reason=" ")
        silence.silence(actor=staff, fair_id=booth.fair_id, user_id=here.user_id, reason="辱骂")
        with refused(Conflict, "silenced_already"):
            silence.silence(actor=staff, fair_id=booth.fair_id, user_id=here.user_id, reason="辱骂")
        heard = student_at(booth.fair)
        with refused(NotFound, "not_found"):
            silence.lift(actor=staff, fair_id=booth.fair_id, user_id=heard.user_id)


class TestStandIn:
    def test_a_call_goes_back_to_its_place(self, booth, staff):
        gone, other = recruiter_at(booth), recruiter_at(booth)
        first = line.join_line(actor=student_at(booth.fair), booth_id=booth.pk)
        line.join_line(actor=student_at(booth.fair), booth_id=booth.pk)
        line.call_next(actor=gone, booth_id=booth.pk)
        stand_in.stand_in(actor=staff, booth_id=booth.pk, user_id=other.user_id, replaced_id=gone.user_id)
        first.refresh_from_db()
        assert (first.status, first.called_by_id) == ("waiting", None)
        assert line.call_next(actor=other, booth_id=booth.pk).pk == first.pk
        assert notes("fairs.stand_in") == [other.user_id]
        assert list(StandIn.objects.values_list("user_id", "replaced_id")) == [(other.user_id, gone.user_id)]

    def test_a_talk_goes_on_with_the_colleague(self, booth, staff):
        _student, gone, talk = talk_at(booth)
        other = recruiter_at(booth)
        stand_in.stand_in(actor=staff, booth_id=booth.pk, user_id=other.user_id, replaced_id=gone.user_id)
        talk.refresh_from_db()
        assert (talk.status, talk.recruiter_id, talk.ticket.called_by_id) == (
            "open",
            other.user_id,
            other.user_id,
        )
        # The student reads it in the talk, as where a recruiter hands it on.
        kind, said = told(f"meeting-{talk.pk}")[-1]
        assert (kind, said["what"], said["by_student"]) == ("message_sent", "handed", False)
        # Whoever was relieved is free; the colleague is not.
        line.join_line(actor=student_at(booth.fair), booth_id=booth.pk)
        with refused(Conflict, "finish_first"):
            line.call_next(actor=other, booth_id=booth.pk)
        line.call_next(actor=gone, booth_id=booth.pk)

    def test_a_talk_ends_kindly_where_the_colleague_is_busy(self, booth, staff):
        _student, gone, talk = talk_at(booth)
        _second, other, _going_on = talk_at(booth, recruiter=recruiter_at(booth))
        stand_in.stand_in(actor=staff, booth_id=booth.pk, user_id=other.user_id, replaced_id=gone.user_id)
        talk.refresh_from_db()
        assert (talk.status, talk.outcome, talk.due_at) == (
            "ended",
            "pending",
            clock.now() + meeting.ANSWER_WITHIN,
        )
        assert (talk.ticket.status, talk.recruiter_id) == ("served", other.user_id)
        assert told(f"meeting-{talk.pk}")[-1][0] == "meeting_ended"

    def test_a_recruiter_is_freed_with_nobody_in_the_place(self, booth, staff):
        student, gone, talk = talk_at(booth)
        assert stand_in.free_recruiter(actor=staff, booth_id=booth.pk, user_id=gone.user_id) == "ended"
        with refused(Conflict, "recruiter_free"):
            stand_in.free_recruiter(actor=staff, booth_id=booth.pk, user_id=gone.user_id)
        assert Meeting.objects.get(pk=talk.pk).due_at is not None
        line.join_line(actor=student, booth_id=booth.pk)
        line.call_next(actor=gone, booth_id=booth.pk)
        assert stand_in.free_recruiter(actor=staff, booth_id=booth.pk, user_id=gone.user_id) == "put_back"

    def test_who_may_and_whom(self, booth, staff):
        owner = RecruiterFactory(company=booth.company, is_owner=True)
        other = recruiter_at(booth)
        stand_in.stand_in(actor=actor_of(owner.user), booth_id=booth.pk, user_id=other.user_id)
        department = MembershipFactory(
            school=booth.fair.school, department=DepartmentFactory(school=booth.fair.school)
        )
        foreign = RecruiterFactory(company=BoothFactory(fair=booth.fair).company, is_owner=True)
        for actor in (other, actor_of(department.user), actor_of(foreign.user), student_at(booth.fair)):
            with refused(NotAllowed, "not_allowed"):
                stand_in.stand_in(actor=actor, booth_id=booth.pk, user_id=other.user_id)
        stranger = staff_of(FairFactory())
        with refused(NotFound, "not_found"):
            stand_in.stand_in(actor=stranger, booth_id=booth.pk, user_id=other.user_id)
        left = recruiter_at(booth)
        Membership.objects.filter(user_id=left.user_id).update(ended_at=clock.now())
        for user in (left.user_id, foreign.user_id, staff.user_id):
            with refused(Invalid, "invalid"):
                stand_in.stand_in(actor=staff, booth_id=booth.pk, user_id=user)
        with refused(Invalid, "invalid"):
            stand_in.stand_in(
                actor=staff, booth_id=booth.pk, user_id=other.user_id, replaced_id=other.user_id
            )

    def test_nobody_of_elsewhere_is_replaced_and_who_has_left_is(self, booth, staff):
        other, left = recruiter_at(booth), recruiter_at(booth)
        Membership.objects.filter(user_id=left.user_id).update(ended_at=clock.now())
        put_in = partial(stand_in.stand_in, actor=staff, booth_id=booth.pk, user_id=other.user_id)
        stranger = student_at(booth.fair).user_id
        for nobody in (recruiter_at(BoothFactory(fair=booth.fair)).user_id, stranger, stranger + 9):
            with refused(Invalid, "invalid"):
                put_in(replaced_id=nobody)
        assert (StandIn.objects.count(), notes("fairs.stand_in")) == (0, [])
        assert put_in(replaced_id=left.user_id).replaced_id == left.user_id


class TestQuestions:
    def test_public_once_the_booth_has_answered(self, client, booth, staff):
        asker, reader, recruiter = student_at(booth.fair), student_at(booth.fair), recruiter_at(booth)
        url = f"/fairs/booths/{booth.pk}/questions/"

        def read(actor):
            client.force_login(User.objects.get(pk=actor.user_id))
            return [(row.text, row.answer) for row in client.get(url).context["rows"]]

        client.force_login(User.objects.get(pk=asker.user_id))
        assert client.post(url, {"text": " 有夜班吗？ "}).status_code == 302
        before = {
            "asker": read(asker),
            "reader": read(reader),
            "other": read(recruiter),
            "staff": read(staff),
        }
        open_one = [("有夜班吗？", "")]
        assert before == {"asker": open_one, "reader": [], "other": [], "staff": open_one}
        client.force_login(User.objects.get(pk=recruiter.user_id))
        question = Question.objects.get()
        answered = client.post(
            f"/company/fairs/booths/{booth.pk}/questions/", {"question": question.pk, "answer": "没有"}
        )
        assert answered.status_code == 302
        assert read(reader) == [("有夜班吗？", "没有")]
        assert notes("fairs.question_answered") == [asker.user_id]
        client.force_login(User.objects.get(pk=staff.user_id))
        client.post(f"/staff/fairs/booths/{booth.pk}/questions/hide/", {"question": question.pk})
        assert (read(asker), read(staff)) == ([], [])

    def test_what_may_not_be_asked(self, booth):
        asker = student_at(booth.fair)
        for text in ("", "x" * 301, "\ud800"):
            with refused(Invalid, "invalid"):
                questions.ask(actor=asker, booth_id=booth.pk, text=text)
        passer_by = student_at(booth.fair, registered=False)
        with refused(Conflict, "not_registered"):
            questions.ask(actor=passer_by, booth_id=booth.pk, text="?")
        for _n in range(3):
            questions.ask(actor=asker, booth_id=booth.pk, text="有夜班吗？")
            with refused(Conflict, "too_soon"):
                questions.ask(actor=asker, booth_id=booth.pk, text="有夜班吗？")
            clock.advance(timedelta(seconds=30))
        with refused(Conflict, "too_many_questions"):
            questions.ask(actor=asker, booth_id=booth.pk, text="有夜班吗？")
        question = Question.objects.order_by("pk").first()
        elsewhere = BoothFactory(fair=booth.fair)
        recruiter = recruiter_at(elsewhere)
        with refused(NotFound, "not_found"):
            questions.answer(actor=recruiter, booth_id=elsewhere.pk, question_id=question.pk, text="?")

    def test_one_answer(self, booth):
        question = questions.ask(actor=student_at(booth.fair), booth_id=booth.pk, text="有夜班吗？")
        recruiter = recruiter_at(booth)
        questions.answer(actor=recruiter, booth_id=booth.pk, question_id=question.pk, text="没有")
        with refused(Conflict, "question_answered"):
            questions.answer(actor=recruiter, booth_id=booth.pk, question_id=question.pk, text="有")


STEERED = {
    "pause": {},
    "close": {},
    "let_go": {},
    "move": {"label": "Z9", "zone": "Z"},
    "fly": {},
}


@pytest.mark.parametrize("act", STEERED)
def test_staff_of_the_school_steer_a_booth_by_plain_forms_and_nobody_else(client, booth, staff, act):
    url = reverse("fairs:steer", args=[booth.pk])
    values = {"do": act, **STEERED[act]}
    others = (student_at(booth.fair), recruiter_at(booth), staff_of(FairFactory()))
    before = Booth.objects.values().get(pk=booth.pk)
    for actor in others:
        client.force_login(User.objects.get(pk=actor.user_id))
        assert client.post(url, values).status_code in (403, 404)
        assert Booth.objects.values().get(pk=booth.pk) == before
    client.force_login(User.objects.get(pk=staff.user_id))
    assert client.post(url, values).status_code == (404 if act == "fly" else 302)
    assert (Booth.objects.values().get(pk=booth.pk) != before) == (act != "fly")


def test_who_only_watches_reads_nobody_s_name_in_the_team(client, booth, staff):
    recruiter = recruiter_at(booth)
    User.objects.filter(pk=recruiter.user_id).update(name="李经理")
    department = DepartmentFactory(school=booth.fair.school)
    watcher = MembershipFactory(school=booth.fair.school, department=department).user
    read = {}
    for who in (User.objects.get(pk=staff.user_id), watcher):
        client.force_login(who)
        page = client.get(reverse("fairs:booth_control", args=[booth.pk]))
        read[who] = ([one.user_id for one in page.context["team"]], "李经理" in page.text)
    assert list(read.values()) == [([recruiter.user_id], True), ([recruiter.user_id], False)]
