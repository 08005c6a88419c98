"""Every command on a ticket × every status × every person: what works, and that a refusal leaves no trace."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from backend.accounts.actor import ANONYMOUS, SYSTEM, actor_of
from backend.common import clock
from backend.common.errors import Conflict, NotAllowed, NotFound
from fairs import queries
from fairs.domain import line, meeting
from fairs.enums import FairStatus, TicketStatus
from fairs.models import Meeting, Ticket
from tests import scenes
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import CompanyFactory
from tests.factories.fairs import (
    BoothFactory,
    FairFactory,
    MeetingFactory,
    TicketFactory,
    recruiter_at,
    staff_of,
    student_at,
)
from tests.fairs.support import called_fields, refused, told, trail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
COMMANDS = {
    "step_away": line.step_away,
    "come_back": line.come_back,
    "leave_line": line.leave_line,
    "accept_call": meeting.accept_call,
    "put_back": line.put_back,
}
WORKS = {
    ("step_away", "waiting"): "away",
    ("come_back", "away"): "waiting",
    ("leave_line", "waiting"): "left",
    ("leave_line", "away"): "left",
    ("leave_line", "called"): "left",
    ("accept_call", "called"): "meeting",
    ("put_back", "called"): "waiting",
}
CODES = {"come_back": "not_away", "accept_call": "not_called", "put_back": "not_called"}


def build():
    """A called ticket of a student with an account, and everybody by name."""
    booth = BoothFactory()
    fair = booth.fair
    owner, recruiter = student_at(fair), recruiter_at(booth)
    ticket = TicketFactory(
        booth=booth, student_id=owner.student_id, number=5, status="called", **called_fields(recruiter)
    )
    return ticket, {
        "owner": owner,
        "another student": student_at(fair),
        "own recruiter": recruiter_at(booth),
        "other recruiter": recruiter_at(BoothFactory(fair=fair)),
        "staff": staff_of(fair),
        "foreign staff": staff_of(FairFactory()),
        "operator": actor_of(MembershipFactory(operator=True).user),
        "system": SYSTEM,
        "anonymous": ANONYMOUS,
    }


made, world = scenes.fixtures(build)


@pytest.fixture
def ticket(world):
    return world[0]


@pytest.fixture
def everybody(world):
    return world[1]


@pytest.mark.parametrize("status", TicketStatus.values)
@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_in_every_status(ticket, everybody, name, status):
    Ticket.objects.filter(pk=ticket.pk).update(status=status)
    actor = everybody["own recruiter" if name == "put_back" else "owner"]
    after = WORKS.get((name, status))
    if after is None:
        with refused(Conflict, CODES.get(name, "wrong_state")):
            COMMANDS[name](actor=actor, ticket_id=ticket.pk)
        return
    COMMANDS[name](actor=actor, ticket_id=ticket.pk)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.version) == (after, 2)
    assert trail("fairs.ticket") == [("tickets.moved", status, after, actor.user_id)]
    in_line = {"waiting", "away"}
    heard = {(False, True): ["line_joined"], (True, False): ["line_left"]}.get(
        (status in in_line, after in in_line), []
    )
    assert [kind for kind, _payload in told(f"line-{ticket.booth_id}")] == heard
    assert told(f"booth-{ticket.booth_id}") == [
        ("ticket_moved", {"ticket": ticket.pk, "number": 5, "status": after})
    ]
    (mine,) = told(f"person-{everybody['owner'].user_id}")
    assert (mine[1]["status"], mine[1]["answer_by"]) == (after, None)


WHO = {
    "another student": NotFound,
    "own recruiter": NotAllowed,
    "other recruiter": NotFound,
    "staff": NotAllowed,
    "foreign staff": NotFound,
    "operator": NotAllowed,
    "system": NotAllowed,
    "anonymous": NotFound,
}


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "put_back"])
def test_only_the_student_moves_their_own_ticket(ticket, everybody, name, who):
    with refused(WHO[who], WHO[who].code):
        COMMANDS[name](actor=everybody[who], ticket_id=ticket.pk)


@pytest.mark.parametrize("who", [*WHO, "owner"])
def test_only_the_booths_recruiters_take_a_call_back(ticket, everybody, who):
    if who == "own recruiter":
        assert line.put_back(actor=everybody[who], ticket_id=ticket.pk).called_by_id is None
        return
    error = NotAllowed if who == "owner" else WHO[who]
    with refused(error, error.code):
        line.put_back(actor=everybody[who], ticket_id=ticket.pk)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_ticket_that_is_not_there(ticket, everybody, name):
    with refused(NotFound, "not_found"):
        COMMANDS[name](actor=everybody["owner"], ticket_id=10**9)


class TestCallNext:
    @pytest.mark.parametrize("status", TicketStatus.values)
    def test_only_who_waits_is_called(self, ticket, status):
        Ticket.objects.filter(pk=ticket.pk).update(status=status, called_by=None)
        caller = recruiter_at(ticket.booth)
        if status != "waiting":
            with refused(Conflict, "line_empty"):
                line.call_next(actor=caller, booth_id=ticket.booth_id)
            return
        called = line.call_next(actor=caller, booth_id=ticket.booth_id)
        assert (called.pk, called.status, called.called_by_id) == (ticket.pk, "called", caller.user_id)

    @pytest.mark.parametrize("status", FairStatus.values)
    def test_only_at_a_live_fair(self, status):
        booth = BoothFactory(fair__status=status)
        TicketFactory(booth=booth)
        caller = recruiter_at(booth)
        if status == "live":
            assert line.call_next(actor=caller, booth_id=booth.pk).status == "called"
            return
        error, code = {
            "paused": (Conflict, "fair_paused"),
            "draft": (NotFound, "not_found"),
            "archived": (NotFound, "not_found"),
        }.get(status, (Conflict, "fair_not_live"))
        with refused(error, code):
            line.call_next(actor=caller, booth_id=booth.pk)

    @pytest.mark.parametrize("who", WHO)
    def test_only_the_booths_recruiters_call(self, ticket, everybody, who):
        TicketFactory(booth=ticket.booth)
        if who == "own recruiter":
            assert line.call_next(actor=everybody[who], booth_id=ticket.booth_id).status == "called"
            return
        error = NotFound if who == "foreign staff" else NotAllowed
        with refused(error, error.code):
            line.call_next(actor=everybody[who], booth_id=ticket.booth_id)

    @pytest.mark.parametrize("status", ["requested", "refused"])
    def test_a_booth_that_is_not_approved_calls_nobody(self, status):
        booth = BoothFactory(status=status, label="")
        TicketFactory(booth=booth)
        with refused(Conflict, "booth_not_approved"):
            line.call_next(actor=recruiter_at(booth), booth_id=booth.pk)

    @pytest.mark.parametrize("busy", ["called", "meeting"])
    def test_whoever_is_busy_anywhere_is_passed_over(self, busy):
        fair = FairFactory()
        booth = BoothFactory(fair=fair)
        first, second = TicketFactory(booth=booth, number=1), TicketFactory(booth=booth, number=2)
        TicketFactory(booth=BoothFactory(fair=fair), student=first.student, status=busy, **called_fields())
        called = line.call_next(actor=recruiter_at(booth), booth_id=booth.pk)
        assert (called.pk, called.call_reason["passed_over"]) == (second.pk, [1])

    def test_whoever_is_away_is_not_named_as_passed_over(self):
        booth = BoothFactory()
        TicketFactory(booth=booth, number=1, status="away")
        TicketFactory(booth=booth, number=2)
        called = line.call_next(actor=recruiter_at(booth), booth_id=booth.pk)
        assert (called.number, called.call_reason["passed_over"]) == (2, [])

    @pytest.mark.parametrize("busy", ["called", "meeting"])
    def test_a_busy_recruiter_finishes_first(self, busy):
        booth = BoothFactory()
        caller = recruiter_at(booth)
        TicketFactory(booth=booth, status=busy, **called_fields(caller))
        TicketFactory(booth=booth)
        with refused(Conflict, "finish_first"):
            line.call_next(actor=caller, booth_id=booth.pk)

    @pytest.mark.parametrize("over", ["served", "left", "no_show"])
    def test_a_recruiter_who_is_done_calls_the_next(self, over):
        booth = BoothFactory()
        caller = recruiter_at(booth)
        TicketFactory(booth=booth, status=over, **called_fields(caller))
        waiting = TicketFactory(booth=booth)
        assert line.call_next(actor=caller, booth_id=booth.pk).pk == waiting.pk


class TestExpiry:
    @pytest.mark.parametrize("status", TicketStatus.values)
    def test_only_calls_expire(self, ticket, status):
        Ticket.objects.filter(pk=ticket.pk).update(status=status)
        clock.advance(timedelta(seconds=91))
        assert line.expire_calls() == (1 if status == "called" else 0)
        ticket.refresh_from_db()
        assert ticket.status == ("no_show" if status == "called" else status)

    def test_each_is_told_and_the_trail_names_the_system(self, ticket, everybody):
        clock.advance(timedelta(seconds=91))
        line.expire_calls()
        assert trail("fairs.ticket") == [("tickets.moved", "called", "no_show", None)]
        (mine,) = told(f"person-{everybody['owner'].user_id}")
        assert (mine[1]["status"], mine[1]["answer_by"]) == ("no_show", None)

    def test_a_call_taken_back_and_made_anew_has_a_grace_of_its_own(self, ticket, everybody, monkeypatch):
        """Between looking and writing the student was called again: the old grace does not end the new call."""
        clock.advance(timedelta(seconds=91))
        due = Ticket.objects.filter(status="called", answer_by__lt=clock.now())
        assert due.count() == 1
        line.put_back(actor=everybody["own recruiter"], ticket_id=ticket.pk)
        line.call_next(actor=everybody["own recruiter"], booth_id=ticket.booth_id)
        assert line._expire(ticket.pk, due) is False
        ticket.refresh_from_db()
        assert ticket.status == "called"

    def test_the_recruiter_is_free_again(self, ticket, everybody):
        caller = everybody["own recruiter"]
        Ticket.objects.filter(pk=ticket.pk).update(called_by=caller.user_id)
        waiting = TicketFactory(booth=ticket.booth)
        clock.advance(timedelta(seconds=91))
        line.expire_calls()
        assert line.call_next(actor=caller, booth_id=ticket.booth_id).pk == waiting.pk

    def test_the_student_may_join_again(self, ticket, everybody):
        clock.advance(timedelta(seconds=91))
        line.expire_calls()
        again = line.join_line(actor=everybody["owner"], booth_id=ticket.booth_id)
        assert (again.status, queries.place_of(again)) == ("waiting", 1)


class TestConstraints:
    """The database has the last word, whoever writes."""

    @pytest.mark.parametrize("first", ["waiting", "away", "called", "meeting"])
    @pytest.mark.parametrize("second", ["waiting", "away", "called", "meeting"])
    def test_one_live_ticket_per_student_and_booth(self, first, second):
        held = TicketFactory(status=first, **called_fields())
        with pytest.raises(IntegrityError), transaction.atomic():
            TicketFactory(booth=held.booth, student=held.student, status=second, **called_fields())

    @pytest.mark.parametrize("over", ["served", "left", "no_show"])
    def test_finished_tickets_do_not_count(self, over):
        done = TicketFactory(status=over)
        again = TicketFactory(booth=done.booth, student=done.student)
        assert Ticket.objects.filter(student=done.student).count() == 2
        assert again.status == "waiting"

    def test_a_number_is_given_once_per_booth(self):
        ticket = TicketFactory(number=7)
        TicketFactory(number=7)
        with pytest.raises(IntegrityError), transaction.atomic():
            TicketFactory(booth=ticket.booth, number=7)

    @pytest.mark.parametrize("missing", ["called_at", "answer_by"])
    def test_a_call_has_its_deadline(self, missing):
        fields = called_fields() | {missing: None}
        with pytest.raises(IntegrityError), transaction.atomic():
            TicketFactory(status="called", **fields)

    @pytest.mark.parametrize("model", ["fair", "booth", "ticket", "meeting"])
    def test_an_unknown_status_is_refused(self, model):
        row = {
            "fair": FairFactory,
            "booth": BoothFactory,
            "ticket": TicketFactory,
            "meeting": MeetingFactory,
        }[model]()
        with pytest.raises(IntegrityError), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(status="odd")

    def test_one_meeting_per_ticket(self):
        talk = MeetingFactory()
        with pytest.raises(IntegrityError), transaction.atomic():
            MeetingFactory(ticket=talk.ticket)

    def test_a_meeting_never_ends_in_silence(self):
        talk = MeetingFactory()
        with pytest.raises(IntegrityError), transaction.atomic():
            Meeting.objects.filter(pk=talk.pk).update(status="ended", outcome="pending", due_at=None)

    @pytest.mark.parametrize("rating", [0, 6])
    def test_a_rating_lies_between_one_and_five(self, rating):
        talk = MeetingFactory()
        with pytest.raises(IntegrityError), transaction.atomic():
            Meeting.objects.filter(pk=talk.pk).update(rating=rating)


class TestUnreachable:
    """A company that may no longer be reached keeps its line, and nobody is called or taken in."""

    @pytest.mark.parametrize("trait", ["suspended", "expired", "rejected"])
    def test_nobody_joins_and_nobody_is_called(self, trait):
        fair = FairFactory()
        booth = BoothFactory(fair=fair, company=CompanyFactory(school=fair.school, **{trait: True}))
        student, caller = student_at(fair), recruiter_at(booth)
        TicketFactory(booth=booth)
        with refused(NotFound, "not_found"):
            line.join_line(actor=student, booth_id=booth.pk)
        with refused(NotAllowed, "company_unverified"):
            line.call_next(actor=caller, booth_id=booth.pk)

    def test_who_stands_there_may_still_leave(self):
        booth = BoothFactory()
        student = student_at(booth.fair)
        ticket = line.join_line(actor=student, booth_id=booth.pk)
        booth.company.status = "suspended"
        booth.company.save()
        assert line.leave_line(actor=student, ticket_id=ticket.pk).status == "left"
