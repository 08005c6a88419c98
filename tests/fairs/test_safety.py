"""Report and block: what either side of a meeting can do, who decides, and that a blocked pair never meets."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse

from backend.accounts.actor import actor_of
from backend.accounts.models import User
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.notifications.models import Notification
from fairs import present, reported
from fairs.domain import fair as fairs
from fairs.domain import invitation, line, meeting, safety, timetable
from fairs.enums import Decision
from fairs.models import Block, FairRegistration, Invitation, Meeting, PlannedTalk, Report, Ticket
from tests.factories.accounts import MembershipFactory
from tests.factories.fairs import (
    BoothFactory,
    FairFactory,
    PlanFactory,
    PlannedTalkFactory,
    recruiter_at,
    staff_of,
    student_at,
)
from tests.factories.schools import DepartmentFactory
from tests.fairs.support import refused, talk_at, told, trail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def scene():
    """A talk, and staff who run the fair: (student, recruiter, meeting, staff)."""
    student, recruiter, talk = talk_at(BoothFactory())
    return student, recruiter, talk, staff_of(talk.ticket.booth.fair)


def heard(actor):
    return list(Notification.objects.filter(user_id=actor.user_id).values_list("kind", flat=True))


class TestReport:
    @pytest.mark.parametrize("side", [0, 1])
    def test_reported_decided_and_told(self, scene, side):
        reporter, other, talk, staff = scene[side], scene[1 - side], scene[2], scene[3]
        made = safety.report_person(actor=reporter, meeting_id=talk.pk, reason="rude", text=" 骂人 ")
        assert (made.by_student, made.text, made.status) == (side == 0, "骂人", "open")
        assert (heard(staff), heard(other)) == (["fairs.reported"], [])
        decided = safety.decide_report(actor=staff, report_id=made.pk, decision="warned", answer="已谈话")
        assert (decided.status, decided.decision, decided.decided_by_id) == (
            "decided",
            "warned",
            staff.user_id,
        )
        assert (heard(reporter), heard(other)) == (["fairs.report_decided"], [])
        with refused(Conflict, "wrong_state"):
            safety.decide_report(actor=staff, report_id=made.pk, decision="no_action")
        assert trail("fairs.report") == [
            ("reports.made", "", "open", reporter.user_id),
            ("reports.decided", "open", "decided", staff.user_id),
        ]

    def test_once_per_side(self, scene):
        student, recruiter, talk, _staff = scene
        safety.report_person(actor=student, meeting_id=talk.pk, reason="fraud")
        with refused(Conflict, "reported_already"):
            safety.report_person(actor=student, meeting_id=talk.pk, reason="rude")
        safety.report_person(actor=recruiter, meeting_id=talk.pk, reason="other")
        assert Report.objects.count() == 2

    def test_what_the_database_refuses(self, scene):
        talk = scene[2]
        base = {"meeting": talk, "by_student": True, "reason": "rude"}
        for wrong in ({"reason": "ugly"}, {"status": "decided"}, {"decision": "warned"}, {"status": "lost"}):
            with pytest.raises(IntegrityError), transaction.atomic():
                Report.objects.create(**base | wrong)
        assert Report.objects.count() == 0

    def test_nobody_else_reports_or_decides(self, scene):
        student, recruiter, talk, staff = scene
        booth = talk.ticket.booth
        for actor in (
            student_at(booth.fair),
            recruiter_at(BoothFactory(fair=booth.fair)),
            staff_of(FairFactory()),
        ):
            with refused(NotFound, "not_found"):
                safety.report_person(actor=actor, meeting_id=talk.pk, reason="rude")
        with refused(NotAllowed, "not_allowed"):
            safety.report_person(actor=staff, meeting_id=talk.pk, reason="rude")
        with refused(Invalid, "invalid"):
            safety.report_person(actor=student, meeting_id=talk.pk, reason="ugly")
        made = safety.report_person(actor=student, meeting_id=talk.pk, reason="rude")
        department = DepartmentFactory(school=booth.fair.school)
        watcher = actor_of(MembershipFactory(school=booth.fair.school, department=department).user)
        for actor in (student, recruiter, staff_of(FairFactory()), watcher):
            assert reported.reports_visible_to(actor).count() == 0
            with refused(NotFound, "not_found"):
                safety.decide_report(actor=actor, report_id=made.pk, decision=Decision.WARNED)
        with refused(Invalid, "invalid"):
            safety.decide_report(actor=staff, report_id=made.pk, decision="hanged")


class TestBlock:
    @pytest.mark.parametrize("side", [0, 1])
    def test_it_ends_the_talk_and_every_place_between_the_two(self, scene, side):
        student, _recruiter, talk, _staff = scene
        booth = talk.ticket.booth
        elsewhere = line.join_line(actor=student, booth_id=BoothFactory(fair=booth.fair).pk)
        safety.block_person(actor=scene[side], meeting_id=talk.pk)
        talk.refresh_from_db()
        elsewhere.refresh_from_db()
        assert (talk.status, elsewhere.status) == ("ended", "waiting")
        assert Block.objects.values_list("by_student", flat=True).get() == (side == 0)
        with refused(Conflict, "blocked"):
            line.join_line(actor=student, booth_id=booth.pk)

    def test_it_ends_a_talk_that_outlasts_its_fair(self, scene):
        student, _recruiter, talk, staff = scene
        fairs.move_fair(actor=staff, fair_id=talk.ticket.booth.fair_id, to="closed")
        safety.block_person(actor=student, meeting_id=talk.pk)
        talk.refresh_from_db()
        assert (talk.status, talk.ticket.status) == ("ended", "served")

    def test_a_waiting_number_and_a_call_end(self, scene):
        student, recruiter, talk, _staff = scene
        meeting.end_meeting(actor=recruiter, meeting_id=talk.pk, outcome="declined")
        ticket = line.join_line(actor=student, booth_id=talk.ticket.booth_id)
        line.call_next(actor=recruiter, booth_id=talk.ticket.booth_id)
        safety.block_person(actor=student, meeting_id=talk.pk)
        ticket.refresh_from_db()
        assert ticket.status == "left"
        assert told(f"person-{student.user_id}")[-1][1]["status"] == "left"

    @pytest.mark.parametrize("guard", [True, False])
    def test_a_call_passes_over_a_blocked_pair(self, scene, guard, monkeypatch):
        """A number that somehow stands beside a block is never called; without the filter it is."""
        _student, recruiter, talk, _staff = scene
        booth = talk.ticket.booth
        meeting.end_meeting(actor=recruiter, meeting_id=talk.pk)
        first, second = student_at(booth.fair), student_at(booth.fair)
        for actor in (first, second):
            line.join_line(actor=actor, booth_id=booth.pk)
        Block.objects.create(student_id=first.student_id, company=booth.company, by_student=False)
        if not guard:
            monkeypatch.setattr(line, "not_blocked", lambda company: Q(pk__gt=0))
        called = line.call_next(actor=recruiter, booth_id=booth.pk)
        assert called.student_id == (second if guard else first).student_id

    def test_not_found_not_invited_and_no_planned_number(self, scene):
        student, recruiter, talk, _staff = scene
        booth = talk.ticket.booth
        FairRegistration.objects.update(entered_at=clock.now())
        row = FairRegistration.objects.get(student_id=student.student_id)
        meeting.end_meeting(actor=recruiter, meeting_id=talk.pk)
        sent = invitation.invite(actor=recruiter, booth_id=booth.pk, registration_id=row.pk)
        due = {"starts_at": clock.now() - timedelta(minutes=50)}
        plan = PlanFactory(fair=booth.fair, published=True, **due)
        pair = {"plan": plan, "booth": booth, "student": row.student, "slot": 5}
        PlannedTalkFactory(**pair)
        assert present.found(booth, present.visitors(recruiter, booth), present.Wanted()) == [row.pk]
        block = safety.block_person(actor=student, meeting_id=talk.pk)
        assert Invitation.objects.get(pk=sent.pk).status == "withdrawn"
        assert present.found(booth, present.visitors(recruiter, booth), present.Wanted()) == []
        assert PlannedTalk.objects.count() == 0
        planned = PlannedTalkFactory(**pair)
        assert timetable.begin_due() == 0
        safety.unblock(actor=student, block_id=block.pk)
        assert present.found(booth, present.visitors(recruiter, booth), present.Wanted()) == [row.pk]
        assert timetable.begin_due() == 1
        planned.refresh_from_db()
        assert planned.ticket.student_id == student.student_id

    def test_twice_is_once_and_only_its_own_side_takes_it_back(self, scene):
        student, recruiter, talk, staff = scene
        first = safety.block_person(actor=student, meeting_id=talk.pk)
        assert safety.block_person(actor=student, meeting_id=talk.pk) == first
        theirs = safety.block_person(actor=recruiter, meeting_id=talk.pk)
        for actor in (recruiter, staff, student_at(talk.ticket.booth.fair), recruiter_at(BoothFactory())):
            with refused(NotFound, "not_found"):
                safety.unblock(actor=actor, block_id=first.pk)
        colleague = recruiter_at(talk.ticket.booth)
        safety.unblock(actor=colleague, block_id=theirs.pk)
        safety.unblock(actor=student, block_id=first.pk)
        assert Block.objects.count() == 0
        assert [verb for verb, *_ in trail("fairs.block")] == [
            "blocks.made", "blocks.made", "blocks.taken_back", "blocks.taken_back",
        ]  # fmt: skip

    def test_the_hall_offers_no_line_to_a_blocked_pair(self, scene, client):
        student, _recruiter, talk, _staff = scene
        booth = talk.ticket.booth
        safety.block_person(actor=student, meeting_id=talk.pk)
        other = BoothFactory(fair=booth.fair)
        client.force_login(User.objects.get(pk=student.user_id))
        page = client.get(reverse("fairs:hall_rows", args=[booth.fair_id])).content.decode()
        offered = [reverse("fairs:join", args=[one.pk]) in page for one in (booth, other)]
        assert offered == [False, True]
        assert reverse("fairs:blocks") in page

    @pytest.mark.parametrize("side", [0, 1])
    def test_nor_do_its_poster_and_the_map_which_do_not_say_who_it_was(self, scene, client, side):
        student, talk = scene[0], scene[2]
        booth = talk.ticket.booth
        client.force_login(User.objects.get(pk=student.user_id))
        pages = [reverse("fairs:here", args=[booth.pk]), reverse("fairs:map", args=[booth.fair_id])]
        meeting.end_meeting(actor=student, meeting_id=talk.pk)
        for meet in (True, False):
            here, drawn = (client.get(page).content.decode() for page in pages)
            assert ('<form method="post">' in here, reverse("fairs:blocks") in here) == (meet, not meet)
            assert (reverse("fairs:blocks") in drawn) == (not meet)
            assert reverse("fairs:here", args=[booth.pk]) in drawn
            safety.block_person(actor=scene[side], meeting_id=talk.pk)
        client.force_login(User.objects.get(pk=student_at(booth.fair).user_id))
        here, drawn = (client.get(page).content.decode() for page in pages)
        assert '<form method="post">' in here
        assert reverse("fairs:blocks") not in here + drawn

    def test_nobody_else_blocks(self, scene):
        _student, _recruiter, talk, staff = scene
        stranger = recruiter_at(BoothFactory())
        with refused(NotFound, "not_found"):
            safety.block_person(actor=stranger, meeting_id=talk.pk)
        with refused(NotAllowed, "not_allowed"):
            safety.block_person(actor=staff, meeting_id=talk.pk)
        assert (Meeting.objects.get().status, Ticket.objects.get().status) == ("open", "meeting")
