"""Meetings: opened, talked in, handed over in, ended and answered; every status × every person."""

from datetime import date, timedelta

import pytest

from backend.accounts.actor import ANONYMOUS, actor_of
from backend.common import clock
from backend.common.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound
from backend.notifications.models import Notification
from backend.students.models import DisclosureGrant
from fairs.domain import chat, meeting
from fairs.enums import Outcome
from fairs.models import Meeting, Message
from tests import scenes
from tests.factories.accounts import MembershipFactory
from tests.factories.fairs import BoothFactory, FairFactory, recruiter_at, staff_of, student_at
from tests.factories.students import ResumeFactory
from tests.fairs.support import refused, talk_at, told, trail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


def build():
    """(student, recruiter, open meeting), and everybody by name."""
    student, recruiter, opened = talk = talk_at(BoothFactory(fair__meeting_minutes=10))
    booth = opened.ticket.booth
    return talk, {
        "student": student,
        "recruiter": recruiter,
        "colleague": recruiter_at(booth),
        "another student": student_at(booth.fair),
        "other recruiter": recruiter_at(BoothFactory(fair=booth.fair)),
        "staff": staff_of(booth.fair),
        "foreign staff": staff_of(FairFactory()),
        "operator": actor_of(MembershipFactory(operator=True).user),
        "anonymous": ANONYMOUS,
    }


made, world = scenes.fixtures(build)


@pytest.fixture
def talk(world):
    return world[0]


@pytest.fixture
def everybody(world):
    return world[1]


OUTSIDE = {
    "another student": NotFound,
    "other recruiter": NotFound,
    "staff": NotAllowed,
    "foreign staff": NotFound,
    "operator": NotAllowed,
    "anonymous": NotFound,
}


def _end(actor, opened, **fields):
    return meeting.end_meeting(actor=actor, meeting_id=opened.pk, **fields)


class TestOpen:
    def test_it_lasts_as_long_as_the_fair_plans(self, talk, frozen_now):
        student, recruiter, opened = talk
        assert (opened.status, opened.recruiter_id) == ("open", recruiter.user_id)
        assert (opened.started_at, opened.ends_at) == (frozen_now, frozen_now + timedelta(minutes=10))
        assert trail("fairs.meeting") == [("meetings.opened", "", "open", student.user_id)]

    @pytest.mark.parametrize(("late", "code"), [(0, None), (90, None), (90.001, "too_late")])
    def test_the_grace_ends_to_the_second(self, late, code):
        from fairs.domain import line

        booth = BoothFactory(fair__no_show_grace_seconds=90)
        student = student_at(booth.fair)
        ticket = line.join_line(actor=student, booth_id=booth.pk)
        line.call_next(actor=recruiter_at(booth), booth_id=booth.pk)
        clock.advance(timedelta(seconds=late))
        if code is None:
            assert meeting.accept_call(actor=student, ticket_id=ticket.pk).status == "open"
            return
        with refused(Conflict, code):
            meeting.accept_call(actor=student, ticket_id=ticket.pk)


class TestEnd:
    @pytest.mark.parametrize("outcome", Outcome.values)
    def test_every_outcome(self, talk, frozen_now, outcome):
        student, recruiter, opened = talk
        clock.advance(timedelta(minutes=6))
        ended = _end(recruiter, opened, outcome=outcome, message=" 谢谢 ", note=" 认真 ", rating=4)
        pending = outcome == "pending"
        assert (ended.status, ended.outcome, ended.message, ended.note, ended.rating) == (
            "ended",
            outcome,
            "谢谢",
            "认真",
            4,
        )
        assert (ended.ended_at, ended.due_at) == (
            frozen_now + timedelta(minutes=6),
            clock.now() + timedelta(days=3) if pending else None,
        )
        opened.ticket.refresh_from_db()
        assert (opened.ticket.status, opened.ticket.ended_at) == ("served", clock.now())
        assert told(f"meeting-{opened.pk}")[-1] == ("meeting_ended", {"outcome": outcome, "message": "谢谢"})
        told_student = Notification.objects.filter(user_id=student.user_id, kind="fairs.result").count()
        assert told_student == (0 if pending else 1)

    def test_a_students_end_leaves_the_answer_to_the_company(self, talk):
        student, _recruiter, opened = talk
        ended = _end(student, opened, outcome="offer", message="录用我", note="x", rating=5)
        assert (ended.outcome, ended.message, ended.note, ended.rating) == ("pending", "", "", None)
        assert ended.due_at == clock.now() + timedelta(days=3)

    def test_a_colleague_may_end_it(self, talk, everybody):
        assert _end(everybody["colleague"], talk[2], outcome="declined").status == "ended"

    @pytest.mark.parametrize("who", OUTSIDE)
    def test_nobody_else_ends_it(self, talk, everybody, who):
        with refused(OUTSIDE[who], OUTSIDE[who].code):
            _end(everybody[who], talk[2])

    @pytest.mark.parametrize("who", ["student", "recruiter"])
    def test_it_ends_once(self, talk, everybody, who):
        _end(talk[1], talk[2], outcome="offer")
        with refused(Conflict, "wrong_state"):
            _end(everybody[who], talk[2], outcome="declined")

    @pytest.mark.parametrize(
        ("fields", "named"),
        [
            ({"outcome": "hired"}, ["outcome"]),
            ({"outcome": ""}, ["outcome"]),
            ({"message": "x" * 1001}, ["message"]),
            ({"rating": 0}, ["rating"]),
            ({"rating": 6}, ["rating"]),
            ({"outcome": "x", "rating": 9}, ["outcome", "rating"]),
        ],
    )
    def test_each_wrong_field_is_named(self, talk, fields, named):
        with refused(Invalid, "invalid") as refusal:
            _end(talk[1], talk[2], **fields)
        assert list(refusal.value.fields) == named

    def test_a_talk_may_finish_after_the_fair_closed(self, talk):
        from fairs.domain import fair as fairs

        booth = talk[2].ticket.booth
        fairs.move_fair(actor=staff_of(booth.fair), fair_id=booth.fair_id, to="closed")
        assert chat.send_message(actor=talk[0], meeting_id=talk[2].pk, text="再见").text == "再见"
        assert _end(talk[1], talk[2], outcome="interview").status == "ended"


class TestNextStep:
    DAY = date(2026, 3, 9)

    def test_the_company_writes_it_with_its_day(self, talk):
        ended = _end(talk[1], talk[2], next_step=" 寄作业 ", next_step_due=self.DAY)
        assert (ended.next_step, ended.next_step_due) == ("寄作业", self.DAY)

    def test_the_answer_may_bring_another_and_else_leaves_it(self, talk):
        _student, recruiter, opened = talk
        _end(recruiter, opened, next_step="寄作业", next_step_due=self.DAY)
        meeting.answer_meeting(actor=recruiter, meeting_id=opened.pk, outcome="offer")
        assert Meeting.objects.values_list("next_step", "next_step_due").get() == ("寄作业", self.DAY)
        other = talk_at(opened.ticket.booth, recruiter=recruiter)[2]
        _end(recruiter, other, next_step="寄作业", next_step_due=self.DAY)
        new = {"next_step": "电话", "next_step_due": self.DAY + timedelta(days=1)}
        answered = meeting.answer_meeting(actor=recruiter, meeting_id=other.pk, outcome="offer", **new)
        assert (answered.next_step, answered.next_step_due) == ("电话", date(2026, 3, 10))

    def test_a_student_writes_none(self, talk):
        ended = _end(talk[0], talk[2], next_step="录用", next_step_due=self.DAY)
        assert (ended.next_step, ended.next_step_due) == ("", None)

    @pytest.mark.parametrize(
        ("step", "due", "named"),
        [
            ("寄作业", None, ["next_step_due"]),
            ("", DAY, ["next_step"]),
            ("x" * 201, DAY, ["next_step"]),
            ("寄作业", date(2026, 3, 1), ["next_step_due"]),
            ("", date(2026, 3, 1), ["next_step", "next_step_due"]),
        ],
    )
    def test_each_needs_the_other(self, talk, step, due, named):
        with refused(Invalid, "invalid") as refusal:
            _end(talk[1], talk[2], next_step=step, next_step_due=due)
        assert list(refusal.value.fields) == named


class TestAnswer:
    @pytest.mark.parametrize("outcome", ["interview", "offer", "declined"])
    def test_the_answer_that_was_due(self, talk, outcome):
        student, recruiter, opened = talk
        _end(recruiter, opened, note="内部", rating=2)
        answered = meeting.answer_meeting(
            actor=recruiter, meeting_id=opened.pk, outcome=outcome, message=" 周五 "
        )
        assert (answered.outcome, answered.message, answered.due_at) == (outcome, "周五", None)
        assert (answered.note, answered.rating) == ("内部", 2)
        assert trail("fairs.meeting")[-1] == ("meetings.answered", "pending", outcome, recruiter.user_id)
        assert told(f"meeting-{opened.pk}")[-1] == ("meeting_ended", {"outcome": outcome, "message": "周五"})
        assert Notification.objects.filter(user_id=student.user_id, kind="fairs.result").count() == 1

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ({}, ("内部", 2)),
            ({"note": "  "}, ("内部", 2)),
            ({"note": " 很认真 "}, ("很认真", 2)),
            ({"rating": 5}, ("内部", 5)),
            ({"note": "很认真", "rating": 5}, ("很认真", 5)),
        ],
    )
    def test_note_and_rating_come_with_it_and_else_stay(self, talk, given, kept):
        _end(talk[1], talk[2], note="内部", rating=2)
        meeting.answer_meeting(actor=talk[1], meeting_id=talk[2].pk, outcome="offer", **given)
        assert Meeting.objects.values_list("note", "rating").get() == kept

    @pytest.mark.parametrize("rating", [0, 6])
    def test_a_rating_out_of_range_answers_nothing(self, talk, rating):
        _end(talk[0], talk[2])
        before = told(f"meeting-{talk[2].pk}")
        with refused(Invalid, "invalid") as refusal:
            meeting.answer_meeting(
                actor=talk[1], meeting_id=talk[2].pk, outcome="offer", note="x", rating=rating
            )
        assert list(refusal.value.fields) == ["rating"]
        assert Meeting.objects.values_list("outcome", "note", "rating").get() == ("pending", "", None)
        assert told(f"meeting-{talk[2].pk}") == before

    @pytest.mark.parametrize("first", ["open", "answered"])
    def test_only_a_talk_without_an_answer(self, talk, first):
        if first == "answered":
            _end(talk[1], talk[2], outcome="offer")
        with refused(Conflict, "already_answered"):
            meeting.answer_meeting(actor=talk[1], meeting_id=talk[2].pk, outcome="declined")

    @pytest.mark.parametrize("who", ["student", *OUTSIDE])
    def test_only_the_company_answers(self, talk, everybody, who):
        _end(talk[1], talk[2])
        error = OUTSIDE.get(who, NotAllowed)
        with refused(error, error.code):
            meeting.answer_meeting(actor=everybody[who], meeting_id=talk[2].pk, outcome="offer")

    @pytest.mark.parametrize("outcome", ["pending", "", "hired"])
    def test_an_answer_says_something(self, talk, outcome):
        _end(talk[1], talk[2])
        with refused(Invalid, "invalid") as refusal:
            meeting.answer_meeting(actor=talk[1], meeting_id=talk[2].pk, outcome=outcome)
        assert list(refusal.value.fields) == ["outcome"]


class TestMessages:
    @pytest.mark.parametrize("who", ["student", "recruiter", "colleague"])
    def test_both_sides_talk(self, talk, everybody, who):
        actor, opened = everybody[who], talk[2]
        said = chat.send_message(actor=actor, meeting_id=opened.pk, text="  您好\n ")
        assert (said.text, said.by_student, said.author_id) == ("您好", who == "student", actor.user_id)
        assert told(f"meeting-{opened.pk}") == [
            (
                "message_sent",
                {
                    "message": said.pk,
                    "by_student": who == "student",
                    "what": "text",
                    "text": "您好",
                    "at": clock.now().isoformat(),
                },
            )
        ]

    @pytest.mark.parametrize("who", OUTSIDE)
    def test_nobody_else_talks(self, talk, everybody, who):
        with refused(OUTSIDE[who], OUTSIDE[who].code):
            chat.send_message(actor=everybody[who], meeting_id=talk[2].pk, text="您好")

    @pytest.mark.parametrize("text", ["", " \n", "字" * 2001, "a\x00b", "a\ud800"])
    def test_what_is_not_a_message(self, talk, text):
        with refused(Invalid, "invalid") as refusal:
            chat.send_message(actor=talk[0], meeting_id=talk[2].pk, text=text)
        assert list(refusal.value.fields) == ["text"]

    def test_the_longest_message_is_taken(self, talk):
        assert len(chat.send_message(actor=talk[0], meeting_id=talk[2].pk, text="字" * 2000).text) == 2000

    @pytest.mark.parametrize("who", ["student", "recruiter"])
    def test_after_the_end_nothing_is_said(self, talk, everybody, who):
        _end(talk[1], talk[2], outcome="offer")
        with refused(Conflict, "meeting_over"):
            chat.send_message(actor=everybody[who], meeting_id=talk[2].pk, text="还有")


SHARE = {
    "contact": lambda actor, pk, resume: chat.share_contact(actor=actor, meeting_id=pk),
    "resume": lambda actor, pk, resume: chat.share_resume(actor=actor, meeting_id=pk, resume_id=resume),
}


class TestSharing:
    @pytest.fixture
    def resume(self, talk):
        return ResumeFactory(student_id=talk[0].student_id, title="我的简历")

    def test_contact_data_goes_by_a_grant_and_not_by_the_message(self, talk, resume):
        student, _recruiter, opened = talk
        said = chat.share_contact(actor=student, meeting_id=opened.pk)
        grant = DisclosureGrant.objects.get()
        assert (said.kind, said.text) == ("contact", "")
        assert set(grant.fields) == {"name", "email", "phone"}
        assert (grant.company_id, grant.student_id) == (opened.ticket.booth.company_id, student.student_id)
        assert grant.expires_at == clock.now() + timedelta(days=90)
        (_kind, payload) = told(f"meeting-{opened.pk}")[-1]
        assert (payload["what"], payload["text"]) == ("contact", "")

    def test_a_resume_goes_by_its_name(self, talk, resume):
        student, _recruiter, opened = talk
        said = chat.share_resume(actor=student, meeting_id=opened.pk, resume_id=resume.pk)
        grant = DisclosureGrant.objects.get()
        assert (said.kind, said.text, grant.resume_id) == ("resume", "我的简历", resume.pk)
        assert "email" not in grant.fields

    def test_twice_is_one_grant(self, talk):
        for _ in range(2):
            chat.share_contact(actor=talk[0], meeting_id=talk[2].pk)
        assert DisclosureGrant.objects.filter(revoked_at__isnull=True).count() == 1
        assert Message.objects.count() == 2

    @pytest.mark.parametrize("what", SHARE)
    @pytest.mark.parametrize("who", ["recruiter", "colleague", *OUTSIDE])
    def test_only_the_student_hands_over(self, talk, resume, everybody, what, who):
        error = OUTSIDE.get(who, NotAllowed)
        with refused(error, error.code):
            SHARE[what](everybody[who], talk[2].pk, resume.pk)

    @pytest.mark.parametrize("what", SHARE)
    def test_not_after_the_end(self, talk, resume, what):
        _end(talk[1], talk[2], outcome="offer")
        with refused(Conflict, "meeting_over"):
            SHARE[what](talk[0], talk[2].pk, resume.pk)

    def test_somebody_elses_resume_is_not_handed_over(self, talk):
        with refused(DomainError, "invalid"):
            SHARE["resume"](talk[0], talk[2].pk, ResumeFactory().pk)


def test_a_meeting_that_is_not_there(talk):
    for act in (
        lambda: _end(talk[1], Meeting(pk=10**9)),
        lambda: chat.send_message(actor=talk[0], meeting_id=10**9, text="x"),
        lambda: chat.share_contact(actor=talk[0], meeting_id=10**9),
        lambda: meeting.answer_meeting(actor=talk[1], meeting_id=10**9, outcome="offer"),
    ):
        with refused(NotFound, "not_found"):
            act()
