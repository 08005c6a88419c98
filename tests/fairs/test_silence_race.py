"""Somebody writes in the very moment in which staff silence them, over real connections.

Each guard has a control without it, which goes wrong on PostgreSQL; SQLite has one writer, and cannot.
"""

from functools import partial

import pytest

from backend.common import clock
from backend.companies.models import CompanyDivision
from fairs.domain import chat, group, handover, invitation, line, meeting, questions, silence, team
from fairs.models import (
    FairRegistration,
    GroupMessage,
    Handover,
    Invitation,
    Message,
    Question,
    TeamMessage,
)
from tests.factories.fairs import BoothFactory, TicketFactory, recruiter_at, staff_of, student_at
from tests.fairs.support import talk_at
from tests.racing import codes, interrupted, race

pytestmark = pytest.mark.django_db(transaction=True)


class TestSilence:
    """Once staff have silenced somebody, nothing more appears: what was being said is stored before."""

    @pytest.mark.parametrize("side", [0, 1])
    def test_a_message_does_not_appear_behind_a_silence(self, side, slips):
        talk = talk_at(BoothFactory())
        writer = talk[side]
        silenced = self._silencing(talk[2].ticket.booth.fair, writer, Message)
        say = partial(chat.send_message, actor=writer, meeting_id=talk[2].pk, text="hello")
        assert interrupted(say, 'INSERT INTO "fairs_message"', silenced)[1] == (0 if slips else 1)
        assert Message.objects.count() == 1

    def test_nor_does_a_question(self, slips):
        booth = BoothFactory()
        student = student_at(booth.fair)
        silenced = self._silencing(booth.fair, student, Question)
        ask = partial(questions.ask, actor=student, booth_id=booth.pk, text="hello?")
        assert interrupted(ask, 'INSERT INTO "fairs_question"', silenced)[1] == (0 if slips else 1)
        assert Question.objects.count() == 1

    @pytest.mark.parametrize("side", [0, 1])
    def test_nor_does_a_line_to_a_group(self, side, slips):
        booth = BoothFactory()
        student, recruiter = student_at(booth.fair), recruiter_at(booth)
        own = line.join_line(actor=student, booth_id=booth.pk)
        TicketFactory(booth=booth)
        session = group.open_group(actor=recruiter, booth_id=booth.pk, size=2)
        meeting.accept_call(actor=student, ticket_id=own.pk)
        writer = (student, recruiter)[side]
        silenced = self._silencing(booth.fair, writer, GroupMessage)
        say = partial(group.say_to_group, actor=writer, group_id=session.pk, text="hello")
        assert interrupted(say, 'INSERT INTO "fairs_groupmessage"', silenced)[1] == (0 if slips else 1)
        assert GroupMessage.objects.count() == 1

    @pytest.mark.parametrize("kind", ["team", "invitation", "reason"])
    def test_nor_do_words_to_the_team_in_an_invitation_or_of_a_hand_over(self, kind, slips):
        booth = BoothFactory()
        recruiter = recruiter_at(booth)
        model, say = self._words(kind, booth, recruiter)
        silenced = self._silencing(booth.fair, recruiter, model)
        found = interrupted(say, f'INSERT INTO "{model._meta.db_table}"', silenced)
        assert (codes(found), found[1], model.objects.count()) == ([], 0 if slips else 1, 1)

    @pytest.mark.parametrize("kind", ["team", "invitation", "reason"])
    def test_and_whoever_writes_while_it_is_stored_is_refused(self, kind, slips):
        booth = BoothFactory()
        recruiter, staff = recruiter_at(booth), staff_of(booth.fair)
        model, say = self._words(kind, booth, recruiter)
        silenced = partial(
            silence.silence, actor=staff, fair_id=booth.fair_id, user_id=recruiter.user_id, reason="x"
        )
        found = interrupted(silenced, 'INSERT INTO "fairs_silence"', say)
        assert (codes(found), model.objects.count()) == (([], 1) if slips else (["silenced"], 0))

    def _silencing(self, fair, writer, model):
        """Staff silence somebody: how many of the words are stored by then."""
        staff = staff_of(fair)

        def work():
            silence.silence(actor=staff, fair_id=fair.pk, user_id=writer.user_id, reason="x")
            return model.objects.count()

        return work

    def _words(self, kind, booth, recruiter):
        """What a recruiter writes: (where it is stored, the writing)."""
        if kind == "team":
            return TeamMessage, partial(team.say_to_team, actor=recruiter, booth_id=booth.pk, text="hello")
        student = student_at(booth.fair)
        if kind == "invitation":
            FairRegistration.objects.update(entered_at=clock.now())
            row = FairRegistration.objects.get(student_id=student.student_id)
            said = {"registration_id": row.pk, "text": "hello"}
            return Invitation, partial(invitation.invite, actor=recruiter, booth_id=booth.pk, **said)
        division = CompanyDivision.objects.create(company=booth.company, name="软件部")
        beside = BoothFactory(fair=booth.fair, company=booth.company, division=division)
        ticket = line.join_line(actor=student, booth_id=booth.pk)
        said = {"ticket_id": ticket.pk, "booth_id": beside.pk, "reason": "hello"}
        return Handover, partial(handover.ask_handover, actor=recruiter, **said)

    def test_two_who_silence_one_person_do_it_once(self):
        booth = BoothFactory()
        user, staff = student_at(booth.fair).user_id, staff_of(booth.fair)
        works = [partial(silence.silence, actor=staff, fair_id=booth.fair_id, user_id=user, reason="x")] * 3
        assert codes(race(*works)) == ["silenced_already"] * 2
