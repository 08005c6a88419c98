"""Who is found in the hall, and invitations: whom they reach, how many, what a yes and a no do; no name before a grant."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction

from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.students.enums import StudentStatus, Visibility
from backend.students.models import Student
from fairs import present, snapshots
from fairs.domain import invitation, line
from fairs.enums import FairStatus, InvitationStatus
from fairs.models import Block, Booth, Event, Fair, FairRegistration, Invitation, Ticket
from tests.factories.fairs import BoothFactory, PlannedTalkFactory, recruiter_at, staff_of, student_at
from tests.factories.positions import PositionFactory
from tests.factories.students import DisclosureGrantFactory
from tests.fairs.support import refused, told, trail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def booth():
    booth = BoothFactory()
    booth.brought.create(position=PositionFactory(company=booth.company, published=True))
    return booth


def entered(fair, **fields):
    """A student who is in the hall, and the registration."""
    actor = student_at(fair, **fields)
    FairRegistration.objects.filter(student_id=actor.student_id).update(entered_at=clock.now())
    return actor, FairRegistration.objects.get(student_id=actor.student_id)


def ask(booth, registration, recruiter=None, **more):
    return invitation.invite(
        actor=recruiter or recruiter_at(booth), booth_id=booth.pk, registration_id=registration.pk, **more
    )


class TestFound:
    @pytest.mark.parametrize(
        ("change", "seen"),
        [
            ({}, True),
            ({"visibility": Visibility.VISIBLE}, True),
            ({"visibility": Visibility.ANONYMOUS}, True),
            ({"visibility": Visibility.HIDDEN}, False),
            ({"seeking": False}, False),
            ({"status": StudentStatus.PENDING}, False),
            ({"personalised": False}, True),
        ],
    )
    def test_whom_companies_see_at_fairs(self, booth, change, seen):
        _actor, row = entered(booth.fair)
        Student.objects.filter(pk=row.student_id).update(**change)
        found = present.found(booth, present.visitors(recruiter_at(booth), booth), present.Wanted())
        assert found == ([row.pk] if seen else [])

    def test_only_who_has_entered_this_fair_while_it_runs(self, booth):
        _actor, row = entered(booth.fair)
        student_at(booth.fair)
        entered(BoothFactory().fair)
        recruiter = recruiter_at(booth)
        assert present.found(booth, present.visitors(recruiter, booth), present.Wanted()) == [row.pk]
        Fair.objects.filter(pk=booth.fair_id).update(status=FairStatus.CLOSED)
        assert present.found(booth, present.visitors(recruiter, booth), present.Wanted()) == []

    def test_looked_for_by_skill_major_department_and_education(self, booth):
        (_a, one), (_b, other) = (
            entered(booth.fair, skills=["Python 开发"], education="bachelor"),
            entered(booth.fair, skills=["焊接"], education="associate"),
        )
        recruiter, major = recruiter_at(booth), one.student.major

        def found(**wanted):
            return present.found(booth, present.visitors(recruiter, booth), present.Wanted(**wanted))

        assert found(skill="python") == found(education="bachelor") == found(major=major.pk) == [one.pk]
        assert found(department=other.student.major.department_id, skill="焊") == [other.pk]
        assert found(skill="%") == []

    def test_the_best_fit_first_and_who_is_not_ordered_last(self, booth):
        cache.clear()
        position = booth.positions.get()
        (_a, off), (_b, poor), (_c, good) = (
            entered(booth.fair, skills=position.skills, personalised=False),
            entered(booth.fair, skills=["插花"]),
            entered(booth.fair, skills=position.skills),
        )
        recruiter = recruiter_at(booth)
        assert present.found(booth, present.visitors(recruiter, booth), present.Wanted()) == [
            good.pk,
            poor.pk,
            off.pk,
        ]
        shown = present.shown(recruiter, booth, [off.pk, good.pk])
        assert [(one.number, one.percent is None) for one in shown] == [(off.pk, True), (good.pk, False)]

    def test_no_name_before_the_grant(self, booth):
        _actor, row = entered(
            booth.fair, name="欧阳测试", about="我叫欧阳测试", visibility=Visibility.VISIBLE
        )
        recruiter = recruiter_at(booth)
        (seen,) = present.shown(recruiter, booth, [row.pk])
        student = row.student
        for secret in (student.name, student.number, student.email, student.phone, student.about):
            assert secret not in repr(seen)
        DisclosureGrantFactory(student=student, company=BoothFactory().company, fields=["name"])
        assert present.shown(recruiter, booth, [row.pk])[0].name == ""
        DisclosureGrantFactory(student=student, company=booth.company, fields=["name"])
        assert present.shown(recruiter, booth, [row.pk])[0].name == "欧阳测试"


class TestInvite:
    def test_both_hear_and_no_name_travels(self, booth):
        student, row = entered(booth.fair, name="欧阳测试")
        recruiter = recruiter_at(booth)
        sent = ask(booth, row, recruiter, text="  来聊聊 ")
        assert (sent.status, sent.text, sent.expires_at) == (
            InvitationStatus.OPEN, "来聊聊", clock.now() + timedelta(minutes=15),
        )  # fmt: skip
        assert told(f"booth-{booth.pk}") == [("invitation_moved", {"invitation": sent.pk, "status": "open"})]
        until = sent.expires_at.isoformat()
        mine = {"invitation": sent.pk, "booth": booth.pk, "status": "open", "answer_by": until}
        assert told(f"person-{student.user_id}") == [("my_invitation_moved", mine)]
        assert trail("fairs.invitation") == [("invitations.moved", "", "open", recruiter.user_id)]
        states = [snapshots.take(who, f"booth-{booth.pk}") for who in (recruiter, staff_of(booth.fair))]
        assert "欧阳测试" not in repr([*states, *Event.objects.values_list("payload", flat=True)])

    def test_a_yes_draws_a_number_that_knows_its_invitation(self, booth):
        student, row = entered(booth.fair)
        sent = ask(booth, row)
        answered = invitation.answer_invitation(actor=student, invitation_id=sent.pk, accept=True)
        ticket = Ticket.objects.get()
        assert (answered.status, ticket.status, ticket.invitation.pk) == ("accepted", "waiting", sent.pk)
        with refused(Conflict, "wrong_state"):
            invitation.answer_invitation(actor=student, invitation_id=sent.pk, accept=False)

    def test_a_yes_keeps_the_rules_of_the_line(self, booth):
        student, row = entered(booth.fair)
        Fair.objects.filter(pk=booth.fair_id).update(lines_per_student=1)
        line.join_line(actor=student, booth_id=BoothFactory(fair=booth.fair).pk)
        sent = ask(booth, row)
        with refused(Conflict, "too_many_lines"):
            invitation.answer_invitation(actor=student, invitation_id=sent.pk, accept=True)

    def test_a_no_is_final_for_this_booth_alone(self, booth):
        student, row = entered(booth.fair)
        recruiter = recruiter_at(booth)
        sent = ask(booth, row, recruiter)
        answered = invitation.answer_invitation(actor=student, invitation_id=sent.pk, accept=False)
        assert (answered.status, Ticket.objects.count()) == ("declined", 0)
        with refused(Conflict, "declined_already"):
            ask(booth, row, recruiter)
        assert ask(BoothFactory(fair=booth.fair), row).status == "open"

    def test_one_open_invitation_per_booth_and_student(self, booth):
        _student, row = entered(booth.fair)
        recruiter = recruiter_at(booth)
        sent = ask(booth, row, recruiter)
        with refused(Conflict, "invited_already"):
            ask(booth, row, recruiter)
        again = {"booth": booth, "student": row.student, "expires_at": sent.expires_at + timedelta(1)}
        with pytest.raises(IntegrityError, match=r"(?i)unique"), transaction.atomic():
            Invitation.objects.create(**again)
        with pytest.raises(IntegrityError), transaction.atomic():  # accepted, but no number was drawn
            Invitation.objects.create(**again, status="accepted")

    def test_unanswered_it_ends_and_may_be_sent_again(self, booth):
        student, row = entered(booth.fair)
        recruiter = recruiter_at(booth)
        sent = ask(booth, row, recruiter)
        clock.advance(timedelta(minutes=15))
        with refused(Conflict, "too_late"):
            invitation.answer_invitation(actor=student, invitation_id=sent.pk, accept=True)
        assert (invitation.expire_invitations(), invitation.expire_invitations()) == (1, 0)
        sent.refresh_from_db()
        assert sent.status == InvitationStatus.EXPIRED
        assert ask(booth, row, recruiter).status == InvitationStatus.OPEN

    def test_a_booth_sends_so_many_an_hour(self, booth):
        Fair.objects.filter(pk=booth.fair_id).update(invitations_per_hour=2)
        recruiter = recruiter_at(booth)
        rows = [entered(booth.fair)[1] for _ in range(3)]
        for row in rows[:2]:
            ask(booth, row, recruiter)
        clock.advance(timedelta(minutes=59))
        with refused(Conflict, "booth_invited_enough"):
            ask(booth, rows[2], recruiter)
        clock.advance(timedelta(minutes=1))
        assert ask(booth, rows[2], recruiter).status == "open"

    def test_a_student_gets_so_many_a_day(self, booth):
        Fair.objects.filter(pk=booth.fair_id).update(invitations_per_day=1)
        _student, row = entered(booth.fair)
        ask(BoothFactory(fair=booth.fair), row)
        clock.advance(timedelta(hours=23))
        recruiter = recruiter_at(booth)
        with refused(Conflict, "invited_enough"):
            ask(booth, row, recruiter)
        clock.advance(timedelta(hours=1))
        assert ask(booth, row, recruiter).status == "open"

    def test_do_not_disturb_ends_what_is_open_and_stops_more(self, booth):
        student, row = entered(booth.fair)
        recruiter = recruiter_at(booth)
        sent = ask(booth, row, recruiter)
        invitation.allow_invitations(actor=student, fair_id=booth.fair_id, allowed=False)
        sent.refresh_from_db()
        assert sent.status == InvitationStatus.WITHDRAWN
        with refused(Conflict, "not_invitable"):
            ask(booth, row, recruiter)
        invitation.allow_invitations(actor=student, fair_id=booth.fair_id, allowed=True)
        assert ask(booth, row, recruiter).status == "open"

    @pytest.mark.parametrize(
        ("before", "error", "code"),
        [
            (lambda b, s: line.join_line(actor=s, booth_id=b.pk), Conflict, "in_line_here"),
            (lambda b, s: Booth.objects.update(status="requested"), Conflict, "booth_not_approved"),
            (lambda b, s: Fair.objects.update(status="paused"), Conflict, "fair_not_live"),
            (lambda b, s: Student.objects.update(visibility="hidden"), NotFound, "not_found"),
            (
                lambda b, s: Block.objects.create(
                    student_id=s.student_id, company=b.company, by_student=True
                ),
                NotFound,
                "not_found",
            ),
            (
                lambda b, s: PlannedTalkFactory(
                    plan__fair=b.fair,
                    plan__published=True,
                    booth=b,
                    student_id=s.student_id,
                    student=None,
                    slot=17,
                ),
                Conflict,
                "talk_planned",
            ),
        ],
    )
    def test_who_cannot_be_invited(self, booth, before, error, code):
        student, row = entered(booth.fair)
        recruiter = recruiter_at(booth)
        before(booth, student)
        with refused(error, code):
            ask(booth, row, recruiter)

    @pytest.mark.parametrize("text", ["长" * 201, "\0"])
    def test_a_message_that_cannot_be_kept(self, booth, text):
        _student, row = entered(booth.fair)
        recruiter = recruiter_at(booth)
        with refused(Invalid, "invalid"):
            ask(booth, row, recruiter, text=text)

    def test_nobody_else_invites_or_answers(self, booth):
        student, row = entered(booth.fair)
        sent = ask(booth, row)
        other, stranger = recruiter_at(BoothFactory(fair=booth.fair)), student_at(booth.fair)
        for actor in (other, student, staff_of(booth.fair)):
            with refused(NotAllowed, "not_allowed"):
                ask(booth, row, actor)
        for actor in (other, stranger, staff_of(booth.fair)):
            with refused(NotFound, "not_found"):
                invitation.answer_invitation(actor=actor, invitation_id=sent.pk, accept=True)
        with refused(NotAllowed, "not_allowed"):
            invitation.answer_invitation(actor=recruiter_at(booth), invitation_id=sent.pk, accept=True)
