"""Hand over: the student agrees and keeps the place; a talk goes on with a colleague who is free."""

from datetime import timedelta
from functools import partial, reduce

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from backend.accounts.actor import actor_of
from backend.accounts.models import Membership, User
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.companies.models import CompanyDivision
from backend.notifications.models import Notification
from fairs import queries, snapshots, turns
from fairs.domain import handover, line, meeting
from fairs.enums import LIVE_TICKET
from fairs.models import Booth, Event, Fair, Handover, Meeting, Ticket
from fairs.protocol import events
from fairs.protocol.state import apply
from tests.factories.fairs import (
    BoothFactory,
    FairFactory,
    PlannedTalkFactory,
    TicketFactory,
    recruiter_at,
    student_at,
)
from tests.fairs.support import refused, talk_at, told
from tests.racing import codes, meeting_point, race

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


def close(booth):
    """The booth's hours are over."""
    return Booth.objects.filter(pk=booth.pk).update(closes_at=clock.now())


def plan_talk(stand):
    """The student has a talk planned at the second booth, later on."""
    times = {"plan__fair": stand.fair, "plan__published": True, "slot": 11}
    return PlannedTalkFactory(booth=stand.there, student=stand.ticket.student, **times)


class Stand:
    """Two booths of one company at a fair of one line each; a student in the first line, somebody in the second."""

    def __init__(self):
        self.fair = FairFactory(lines_per_student=1)
        self.here = BoothFactory(fair=self.fair)
        division = CompanyDivision.objects.create(company=self.here.company, name="软件部")
        self.there = BoothFactory(fair=self.fair, company=self.here.company, division=division)
        self.student, self.recruiter = student_at(self.fair), recruiter_at(self.here)
        self.ticket = line.join_line(actor=self.student, booth_id=self.here.pk)
        clock.advance(timedelta(minutes=20))
        self.other = line.join_line(actor=student_at(self.fair), booth_id=self.there.pk)

    def ask(self, **changes):
        said = {"ticket_id": self.ticket.pk, "booth_id": self.there.pk, "reason": "软件岗位在那边"}
        return handover.ask_handover(**({"actor": self.recruiter} | said | changes))

    def answer(self, agree, actor=None):
        return handover.answer_handover(actor=actor or self.student, ticket_id=self.ticket.pk, agree=agree)


@pytest.fixture
def stand():
    return Stand()


class TestToAnotherBooth:
    def test_who_agrees_stands_there_since_the_same_moment(self, stand):
        asked = stand.ask()
        assert told(f"booth-{stand.here.pk}", after=1) == [
            ("handover_moved", {"handover": asked.pk, "ticket": stand.ticket.pk, "booth": stand.there.pk, "status": "asked"})
        ]  # fmt: skip
        assert list(Notification.objects.values_list("user_id", "kind")) == [
            (stand.student.user_id, "fairs.handover")
        ]
        done = stand.answer(True)
        new, old = done.new_ticket, Ticket.objects.get(pk=stand.ticket.pk)
        assert (old.status, new.status, new.booth_id, done.status) == (
            "left",
            "waiting",
            stand.there.pk,
            "agreed",
        )
        assert (new.stands_since, new.joined_at) == (old.stands_since, clock.now())
        assert list(queries.line_of(stand.there)) == [new, stand.other]
        assert told(f"line-{stand.here.pk}", after=1) == [("line_left", {"number": 1, "place": 1})]
        assert told(f"line-{stand.there.pk}", after=1) == [("line_joined", {"number": 2, "place": 1})]

    def test_who_stays_keeps_everything_and_can_be_asked_again(self, stand):
        stand.ask()
        assert (stand.answer(False).status, Ticket.objects.count()) == ("declined", 2)
        with refused(Conflict, "nothing_to_answer"):
            stand.answer(True)
        stand.ask()
        with refused(Conflict, "handover_asked"):
            stand.ask()

    @pytest.mark.parametrize(
        ("status", "ended", "code", "after"),
        [
            ("waiting", None, None, "left"),
            ("away", None, None, "left"),
            ("called", None, None, "left"),
            ("meeting", None, None, "meeting"),
            ("served", 29, None, "served"),
            ("served", 30, "not_to_hand_over", "served"),
            ("left", 1, "not_to_hand_over", "left"),
            ("no_show", 1, "not_to_hand_over", "no_show"),
        ],
    )
    def test_who_is_still_here(self, stand, status, ended, code, after):
        """In line, called, talking, or met a short while ago; a talk goes on meanwhile. As it is when asked and when answered."""
        ends = ended and clock.now() - timedelta(minutes=ended)
        now = {"status": status, "ended_at": ends, "called_at": clock.now(), "answer_by": clock.now()}
        if code:
            stand.ask()
            Ticket.objects.filter(pk=stand.ticket.pk).update(**now)
            with refused(Conflict, code):
                stand.answer(True)
            Handover.objects.all().delete()
            with refused(Conflict, code):
                stand.ask()
        else:
            Ticket.objects.filter(pk=stand.ticket.pk).update(**now)
            stand.ask()
            new = stand.answer(True).new_ticket
            assert (new.status, Ticket.objects.get(pk=stand.ticket.pk).status) == ("waiting", after)

    @pytest.mark.parametrize(
        ("change", "error", "code"),
        [
            (lambda s: {"booth_id": s.here.pk}, NotFound, "not_found"),
            (lambda s: {"booth_id": BoothFactory(fair=s.fair).pk}, NotFound, "not_found"),
            (lambda s: {"booth_id": BoothFactory(company=s.here.company).pk}, NotFound, "not_found"),
            (lambda s: {"actor": recruiter_at(BoothFactory(fair=s.fair))}, NotFound, "not_found"),
            (lambda s: {"actor": s.student}, NotAllowed, "not_allowed"),
            (lambda s: {"reason": "  "}, Invalid, "invalid"),
            (lambda s: {"reason": "长" * 201}, Invalid, "invalid"),
            (lambda s: TicketFactory(booth=s.there, student=s.ticket.student) and {}, Conflict, "stands_there"),
            (lambda s: Fair.objects.update(status="paused") and {}, Conflict, "fair_paused"),
            (lambda s: close(s.there) and {}, Conflict, "booth_closed"),
            (lambda s: plan_talk(s) and {}, Conflict, "planned_here"),
        ],
        ids=["same booth", "another company", "another fair", "stranger", "student", "no reason", "long reason", "stands there", "paused", "closed", "planned"],
    )  # fmt: skip
    def test_asking_is_refused(self, stand, change, error, code):
        said = change(stand)
        with refused(error, code):
            stand.ask(**said)

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            (lambda s: TicketFactory(booth=s.there, student=s.ticket.student), "stands_there"),
            (lambda s: Booth.objects.filter(pk=s.there.pk).update(status="refused"), "booth_not_approved"),
            (lambda s: Fair.objects.update(status="closed"), "fair_not_live"),
            (lambda s: close(s.there), "booth_closed"),
            (plan_talk, "planned_here"),
        ],
    )
    def test_agreeing_is_refused_and_the_place_stays(self, stand, change, code):
        stand.ask()
        change(stand)
        with refused(Conflict, code):
            stand.answer(True)
        assert Ticket.objects.get(pk=stand.ticket.pk).status == "waiting"

    def test_a_question_ends_with_its_place(self, stand):
        """To whoever followed, and to whoever looks anew."""
        asked, stream = stand.ask(), f"person-{stand.student.user_id}"
        seq, before = snapshots.take(stand.student, stream)
        assert before["handovers"] == {str(asked.pk): [stand.ticket.pk, stand.there.pk]}
        line.leave_line(actor=stand.student, ticket_id=stand.ticket.pk)
        nothing = {"tickets": {}, "invitations": {}, "handovers": {}, "groups": {}}
        rows = Event.objects.filter(stream__name=stream, seq__gt=seq).order_by("seq")
        assert reduce(apply, [events.read(row.kind, row.payload) for row in rows], before) == nothing
        assert snapshots.take(stand.student, stream)[1] == nothing

    def test_only_the_student_answers(self, stand):
        stand.ask()
        for actor, error in ((student_at(stand.fair), NotFound), (stand.recruiter, NotAllowed)):
            with pytest.raises(error):
                stand.answer(True, actor)
        assert Handover.objects.get().status == "asked"

    def test_a_planned_talk_is_before_everybody_at_its_own_booth_only(self, stand):
        Ticket.objects.filter(pk=stand.ticket.pk).update(stands_since=turns.PLANNED)
        stand.ask()
        assert stand.answer(True).new_ticket.stands_since == stand.ticket.joined_at

    def test_the_database_allows_one_question_at_a_time(self, stand):
        stand.ask()
        with pytest.raises(IntegrityError), transaction.atomic():
            Handover.objects.create(ticket=stand.ticket, booth=stand.there, reason="x")

    def test_by_the_pages(self, stand, client):
        def as_(actor):
            client.force_login(User.objects.get(pk=actor.user_id))
            return client

        page = reverse("fairs:hand_over", args=[stand.ticket.pk])
        assert stand.there.label in as_(stand.recruiter).get(page).content.decode()
        response = client.post(page, {"booth": stand.there.pk, "reason": ""})
        assert (response.status_code, list(response.context["going"].errors)) == (422, ["reason"])
        assert client.post(page, {"booth": stand.there.pk, "reason": "软件岗位"}).status_code == 302
        mine = reverse("fairs:lines", args=[stand.fair.pk])
        assert "软件岗位" in as_(stand.student).get(mine).content.decode()
        client.post(reverse("fairs:handover_answer", args=[stand.ticket.pk]), {"agree": "yes"})
        assert Handover.objects.get().status == "agreed"
        assert "软件岗位" not in client.get(mine).content.decode()


class TestToAColleague:
    @pytest.fixture
    def talk(self):
        booth = BoothFactory()
        _student, recruiter, found = talk_at(booth)
        return found, recruiter, recruiter_at(booth)

    def test_only_others_are_offered_and_where_there_is_none_it_says_so(self, talk, client):
        found, recruiter, colleague = talk
        client.force_login(User.objects.get(pk=recruiter.user_id))
        page = reverse("fairs:hand_over", args=[found.ticket_id])
        offered = client.get(page).context["passing"].fields["user"].queryset
        assert [user.pk for user in offered] == [colleague.user_id]
        User.objects.filter(pk=colleague.user_id).update(is_active=False)
        assert "贵公司在平台上没有其他账号" in client.get(page).content.decode()

    def test_the_talk_goes_on_and_everybody_is_told(self, talk):
        found, recruiter, colleague = talk
        ticket = found.ticket
        before = {name: len(told(name)) for name in (f"booth-{ticket.booth_id}", f"meeting-{found.pk}")}
        handover.hand_meeting(actor=recruiter, meeting_id=found.pk, user_id=colleague.user_id)
        found.refresh_from_db()
        assert (found.recruiter_id, found.ticket.called_by_id, found.status) == (
            colleague.user_id,
            colleague.user_id,
            "open",
        )
        booth, said = (told(name, after=n) for name, n in before.items())
        assert booth == [
            ("ticket_moved", {"ticket": ticket.pk, "number": ticket.number, "status": "meeting"})
        ]
        assert [(kind, data["what"], data["by_student"]) for kind, data in said] == [
            ("message_sent", "handed", False)
        ]
        assert list(Notification.objects.values_list("user_id", "kind")) == [
            (colleague.user_id, "fairs.meeting_handed")
        ]
        # The first one is free again.
        TicketFactory(booth=ticket.booth)
        assert line.call_next(actor=recruiter, booth_id=ticket.booth_id).called_by_id == recruiter.user_id

    def test_refused(self, talk):
        found, recruiter, colleague = talk
        booth = found.ticket.booth
        foreign = recruiter_at(BoothFactory())
        hand = partial(handover.hand_meeting, meeting_id=found.pk)
        for actor, user, error, code in [
            (recruiter, recruiter, Invalid, "invalid"),
            (recruiter, foreign, Invalid, "invalid"),
            (foreign, colleague, NotFound, "not_found"),
        ]:
            with refused(error, code):
                hand(actor=actor, user_id=user.user_id)
        TicketFactory(booth=booth)
        line.call_next(actor=colleague, booth_id=booth.pk)
        with refused(Conflict, "colleague_busy"):
            hand(actor=recruiter, user_id=colleague.user_id)
        meeting.end_meeting(actor=recruiter, meeting_id=found.pk)
        with refused(Conflict, "meeting_over"):
            hand(actor=recruiter, user_id=colleague.user_id)


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_agreed_called_or_left_at_once_the_student_stands_in_one_place(self):
        for _ in range(3):
            stand = Stand()
            stand.ask()
            results = race(
                partial(stand.answer, True),
                partial(line.call_next, actor=stand.recruiter, booth_id=stand.here.pk),
                partial(line.leave_line, actor=stand.student, ticket_id=stand.ticket.pk),
            )
            assert set(codes(results)) <= {"not_to_hand_over", "line_empty", "wrong_state", "conflict"}
            live = Ticket.objects.filter(student_id=stand.student.student_id, status__in=LIVE_TICKET)
            agreed = Handover.objects.filter(ticket=stand.ticket, status="agreed").count()
            assert live.count() == agreed
            assert live.exclude(booth=stand.there).count() == 0

    def test_two_who_agree_crosswise_do_not_wait_for_each_other(self):
        stand = Stand()
        stand.ask()
        back = stand.other
        handover.ask_handover(actor=stand.recruiter, ticket_id=back.pk, booth_id=stand.here.pk, reason="x")
        owner = student_of(back)
        results = race(
            partial(stand.answer, True),
            partial(handover.answer_handover, actor=owner, ticket_id=back.pk, agree=True),
        )
        assert codes(results) == []
        assert [
            Ticket.objects.filter(booth=b, status="waiting").count() for b in (stand.here, stand.there)
        ] == [1, 1]

    def test_two_talks_handed_to_one_colleague_go_to_them_once(self):
        booth = BoothFactory()
        talks = [talk_at(booth) for _ in range(2)]
        colleague = recruiter_at(booth)
        works = [
            partial(handover.hand_meeting, actor=recruiter, meeting_id=found.pk, user_id=colleague.user_id)
            for _student, recruiter, found in talks
        ]
        assert codes(race(*works)) == ["colleague_busy"]
        assert Meeting.objects.filter(recruiter_id=colleague.user_id).count() == 1

    def test_control_two_who_look_first_meet_the_constraint(self):
        booth = BoothFactory()
        talks = [talk_at(booth) for _ in range(2)]
        colleague = recruiter_at(booth)
        together = meeting_point(2)

        def blind(ticket):
            assert not Ticket.objects.filter(called_by_id=colleague.user_id, status__in=LIVE_TICKET).exists()
            together()
            Ticket.objects.filter(pk=ticket.pk).update(called_by_id=colleague.user_id)

        results = race(*[partial(blind, found.ticket) for _student, _recruiter, found in talks])
        assert sorted(type(result).__name__ for result in results) == ["IntegrityError", "NoneType"]


def student_of(ticket):
    """The actor behind a ticket."""
    return actor_of(Membership.objects.get(student_id=ticket.student_id).user)
