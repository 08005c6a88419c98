"""What staff and recruiters change by hand, with somebody else in the middle of it, over real connections.

Each guard has a control without it, which goes wrong on PostgreSQL; SQLite has one writer, and cannot.
"""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.db.models import F

from backend.common import clock
from backend.companies.models import CompanyDivision
from fairs.domain import booth as booths
from fairs.domain import fair as fairs
from fairs.domain import (
    handover,
    line,
    meeting,
    onsite,
    safety,
    stand_in,
    steering,
    swap,
    windows,
    wishes,
)
from fairs.domain import plan as planner
from fairs.models import (
    Announcement,
    Booth,
    BoothTeam,
    Event,
    Fair,
    FairRegistration,
    Handover,
    PlannedTalk,
    StandIn,
    Ticket,
)
from fairs.planning import rounds
from tests.factories.fairs import (
    BoothFactory,
    FairFactory,
    PlanFactory,
    TicketFactory,
    recruiter_at,
    staff_of,
    student_at,
)
from tests.fairs.support import talk_at
from tests.racing import codes, interrupted, race

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["guarded", "control"])
def unlocked(request, monkeypatch):
    """The same for numbers of a line: the control looks at the booth, and does not hold it."""
    if request.param == "guarded":
        return False

    def looked_at(booth):
        drawn = Booth.objects.select_related("fair").get(pk=booth.pk)
        drawn.last_number += 1
        return drawn

    monkeypatch.setattr(line, "draw", looked_at)
    monkeypatch.setattr(handover, "draw", looked_at)
    return connection.vendor == "postgresql"


def _blind(row, to, _table, **also):
    """What a status without its condition is."""
    before = row.status
    type(row).objects.filter(pk=row.pk).update(status=to, version=F("version") + 1, **also)
    row.refresh_from_db()
    return before


class TestStandIn:
    def test_a_student_who_comes_meanwhile_does_not_undo_the_substitution(self, slips):
        booth = BoothFactory()
        student, gone, here = student_at(booth.fair), recruiter_at(booth), recruiter_at(booth)
        ticket = line.join_line(actor=student, booth_id=booth.pk)
        line.call_next(actor=gone, booth_id=booth.pk)
        replace = partial(
            stand_in.stand_in, actor=staff_of(booth.fair), booth_id=booth.pk, replaced_id=gone.user_id
        )
        found = interrupted(
            partial(replace, user_id=here.user_id),
            'UPDATE "fairs_ticket"',
            partial(meeting.accept_call, actor=student, ticket_id=ticket.pk),
        )
        ticket.refresh_from_db()
        assert (codes(found), ticket.status, StandIn.objects.count()) in (
            [(["conflict"], "meeting", 0)]
            if slips
            else [(["conflict"], "waiting", 1), (["not_called"], "waiting", 1)]
        )

    def test_a_talk_that_ends_meanwhile_ends_once(self, slips):
        booth = BoothFactory()
        student, gone, talk = talk_at(booth)
        found = interrupted(
            partial(
                stand_in.free_recruiter,
                actor=staff_of(booth.fair),
                booth_id=booth.pk,
                user_id=gone.user_id,
            ),
            'UPDATE "fairs_meeting"',
            partial(meeting.end_meeting, actor=student, meeting_id=talk.pk),
        )
        talk.refresh_from_db()
        assert (talk.status, Event.objects.filter(kind="meeting_ended").count()) == ("ended", 1)
        first = "ended" if not slips else "Conflict"
        assert first in (found[0], type(found[0]).__name__)
        assert set(codes(found)) <= {"conflict", "wrong_state"}

    def test_two_of_the_staff_who_name_one_substitute_name_one(self):
        booth = BoothFactory()
        here = recruiter_at(booth)
        name = partial(stand_in.stand_in, booth_id=booth.pk, user_id=here.user_id)
        assert codes(race(*[partial(name, actor=staff_of(booth.fair)) for _ in range(3)])) == []
        assert StandIn.objects.count() == 1

    def test_control_the_database_refuses_a_second_row_for_a_substitute(self):
        booth = BoothFactory()
        user = recruiter_at(booth).user_id
        found = race(*[partial(StandIn.objects.create, booth=booth, user_id=user)] * 2)
        assert sorted(type(one).__name__ for one in found) == ["IntegrityError", "StandIn"]


class TestPlaces:
    def test_a_booth_refused_while_it_moves_keeps_no_number(self, slips):
        booth = BoothFactory()
        staff = staff_of(booth.fair)
        found = interrupted(
            partial(steering.move_booth, actor=staff, booth_id=booth.pk, label="Z1", zone="Z"),
            'UPDATE "fairs_booth"',
            partial(booths.refuse_booth, actor=staff, booth_id=booth.pk, reason="x"),
        )
        booth.refresh_from_db()
        assert (codes(found), booth.status, booth.label) == ([], "refused", "Z1" if slips else "")

    def test_a_booth_refused_while_it_is_placed_gets_none(self):
        booth = BoothFactory()
        staff = staff_of(booth.fair)
        found = interrupted(
            partial(onsite.place_booth, actor=staff, booth_id=booth.pk, label="Z1", zone="Z", order=1),
            'UPDATE "fairs_booth"',
            partial(booths.refuse_booth, actor=staff, booth_id=booth.pk, reason="x"),
        )
        booth.refresh_from_db()
        assert (booth.status, booth.label) == ("refused", "")
        assert codes(found) == (["not_found"] if connection.vendor == "postgresql" else [])

    def test_two_booths_that_move_to_one_number_do_not_both_get_it(self):
        fair = FairFactory()
        staff, both = staff_of(fair), BoothFactory.create_batch(2, fair=fair)
        move = partial(steering.move_booth, actor=staff, label="Z1", zone="")
        assert codes(race(*[partial(move, booth_id=one.pk) for one in both])) == ["label_taken"]
        assert Booth.objects.filter(label="Z1").count() == 1

    def test_a_fair_that_opens_waits_for_its_numbers(self, slips):
        fair = FairFactory(ready=True)
        BoothFactory(fair=fair, zone="Z", label="B07")
        staff = staff_of(fair)

        def open_it():
            fairs.move_fair(actor=staff, fair_id=fair.pk, to="live")
            return Booth.objects.values_list("label", flat=True).get()

        numbering = partial(onsite.number_booths, actor=staff, fair_id=fair.pk)
        assert interrupted(numbering, 'UPDATE "fairs_booth"', open_it) == [1, "B07" if slips else "Z01"]
        assert Booth.objects.values_list("label", flat=True).get() == "Z01"


class TestLines:
    def test_two_who_close_a_line_close_it_once(self, slips):
        booth = BoothFactory()
        close = partial(steering.close_line, booth_id=booth.pk, let_go=False)
        works = [partial(close, actor=staff_of(booth.fair)) for _ in range(2)]
        found = interrupted(works[0], 'UPDATE "fairs_booth"', works[1])
        assert codes(found) == ([] if slips else ["line_closed"])
        assert Event.objects.filter(kind="line_closed").count() == 1 + slips

    def test_nobody_slips_in_behind_those_who_are_let_go(self, unlocked):
        booth = BoothFactory()
        found = interrupted(
            partial(line.join_line, actor=student_at(booth.fair), booth_id=booth.pk),
            'INSERT INTO "fairs_ticket"',
            partial(steering.close_line, actor=staff_of(booth.fair), booth_id=booth.pk, let_go=True),
        )
        assert codes(found) == []
        assert found[1] == (0 if unlocked else 1)
        assert Ticket.objects.values_list("status", flat=True).get() == ("waiting" if unlocked else "left")


class TestTheEnd:
    @pytest.fixture
    def fair(self):
        now = clock.now()
        hours = {"starts_at": now - timedelta(hours=4), "ends_at": now - timedelta(seconds=1)}
        return FairFactory(by_clock=True, **hours)

    def test_the_clock_does_not_close_a_fair_that_is_being_extended(self, fair, slips):
        later = clock.now() + timedelta(hours=1)
        extend = partial(steering.extend_fair, actor=staff_of(fair), fair_id=fair.pk, ends_at=later)
        found = interrupted(extend, 'UPDATE "fairs_fair"', windows.follow_clock)
        assert found[1] == slips
        told = Announcement.objects.count()
        assert (Fair.objects.get().status, told) == (("closed", 1) if slips else ("live", 1))

    def test_a_fair_that_the_clock_is_closing_is_not_extended(self, fair, slips):
        later = clock.now() + timedelta(hours=1)
        extend = partial(steering.extend_fair, actor=staff_of(fair), fair_id=fair.pk, ends_at=later)
        found = interrupted(windows.follow_clock, 'UPDATE "fairs_fair"', extend)
        assert (found[0], codes(found[1:])) == (1, [] if slips else ["fair_not_live"])
        fair.refresh_from_db()
        assert (fair.status, fair.ends_at == later) == ("closed", slips)


class TestPlan:
    """A block against the plan that is being made: it takes seconds, and reads its rows before."""

    @pytest.fixture
    def pair(self):
        """A student who met a company at another fair: (plan, actor, talk, the planned pair's booth)."""
        actor, _recruiter, talk = talk_at(BoothFactory())
        meeting.end_meeting(actor=actor, meeting_id=talk.pk)
        fair = FairFactory(ready=True, school=talk.ticket.booth.fair.school)
        booth = BoothFactory(fair=fair, company=talk.ticket.booth.company)
        registration = FairRegistration.objects.create(fair=fair, student_id=actor.student_id)
        registration.choices.create(booth=booth, rank=1)
        return actor, talk, booth

    @pytest.mark.parametrize("guard", [True, False])
    def test_a_pair_blocked_while_the_sums_are_done_is_not_planned(self, monkeypatch, pair, guard):
        actor, talk, booth = pair
        sums = rounds.propose

        def blocked_meanwhile(problem, seed):
            found = sums(problem, seed)
            safety.block_person(actor=actor, meeting_id=talk.pk)
            return found

        monkeypatch.setattr(rounds, "propose", blocked_meanwhile)
        if not guard:
            monkeypatch.setattr(planner, "barred_pairs", lambda _booths: set())
        planner.propose_plan(actor=staff_of(booth.fair), fair_id=booth.fair_id, values={})
        assert PlannedTalk.objects.count() == (not guard)

    @pytest.mark.parametrize("first", [True, False])
    def test_a_block_waits_for_the_draft_and_then_empties_it(self, pair, slips, first):
        actor, talk, booth = pair
        if not first:
            PlanFactory(fair=booth.fair)
        staff = staff_of(booth.fair)
        found = interrupted(
            partial(planner.propose_plan, actor=staff, fair_id=booth.fair_id, values={}),
            'INSERT INTO "fairs_plannedtalk"',
            partial(safety.block_person, actor=actor, meeting_id=talk.pk),
        )
        assert codes(found) == []
        assert PlannedTalk.objects.count() == slips
        publish = partial(planner.publish_plan, actor=staff, fair_id=booth.fair_id)
        # The last word: even so such a plan is not published.
        assert codes(race(publish)) == ["plan_outdated" if slips else "plan_empty"]


class TestHours:
    def test_a_fair_does_not_move_away_under_planned_hours(self, slips):
        fair = FairFactory(ready=True)
        booth, earlier = BoothFactory(fair=fair), fair.ends_at - timedelta(hours=1)
        late = fair.ends_at - timedelta(minutes=30)
        team = partial(wishes.set_team, actor=recruiter_at(booth), booth_id=booth.pk)
        found = interrupted(
            partial(team, recruiters=1, major_ids=[], starts_at=late),
            'INSERT INTO "fairs_boothteam"',
            partial(fairs.update_fair, actor=staff_of(fair), fair_id=fair.pk, values={"ends_at": earlier}),
        )
        assert codes(found) == []
        assert BoothTeam.objects.values_list("starts_at", flat=True).get() == (late if slips else None)


class TestHandover:
    @pytest.fixture
    def asked(self):
        """(student, ticket, the booth one is asked to go on at, recruiter)."""
        booth = BoothFactory()
        division = CompanyDivision.objects.create(company=booth.company, name="软件部")
        beside = BoothFactory(fair=booth.fair, company=booth.company, division=division)
        student, recruiter = student_at(booth.fair), recruiter_at(booth)
        ticket = line.join_line(actor=student, booth_id=booth.pk)
        return student, ticket, beside, recruiter

    def test_two_recruiters_ask_a_student_once(self, asked):
        _student, ticket, beside, recruiter = asked
        ask = partial(handover.ask_handover, ticket_id=ticket.pk, booth_id=beside.pk, reason="x")
        found = race(*[partial(ask, actor=one) for one in (recruiter, recruiter_at(beside))])
        assert codes(found) == ["handover_asked"]
        assert Handover.objects.count() == 1

    def test_control_two_who_ask_blindly_meet_the_constraint(self, asked):
        _student, ticket, beside, _recruiter = asked
        found = race(*[partial(Handover.objects.create, ticket=ticket, booth=beside, reason="x")] * 2)
        assert sorted(type(one).__name__ for one in found) == ["Handover", "IntegrityError"]

    @pytest.mark.parametrize("guard", [True, False])
    def test_yes_and_no_from_two_tabs_are_one_answer(self, monkeypatch, asked, guard):
        student, ticket, beside, recruiter = asked
        handover.ask_handover(actor=recruiter, ticket_id=ticket.pk, booth_id=beside.pk, reason="x")
        if not guard:
            monkeypatch.setattr(handover, "move", _blind_answer)
        answer = partial(handover.answer_handover, actor=student, ticket_id=ticket.pk)
        found = interrupted(
            partial(answer, agree=True), 'UPDATE "fairs_handover"', partial(answer, agree=False)
        )
        both = not guard and connection.vendor == "postgresql"
        assert len(codes(found)) == (not both)
        standing = Ticket.objects.filter(status="waiting").values_list("booth", flat=True).get()
        no_won = codes(found[:1]) != []
        assert standing == (ticket.booth_id if no_won else beside.pk)
        assert Event.objects.filter(kind="handover_moved").count() == 2 + both

    def test_a_block_waits_for_a_yes_and_ends_the_place(self, asked, unlocked):
        student, ticket, beside, recruiter = asked
        line.call_next(actor=recruiter, booth_id=ticket.booth_id)
        talk = meeting.accept_call(actor=student, ticket_id=ticket.pk)
        meeting.end_meeting(actor=recruiter, meeting_id=talk.pk)
        handover.ask_handover(actor=recruiter, ticket_id=ticket.pk, booth_id=beside.pk, reason="x")
        found = interrupted(
            partial(handover.answer_handover, actor=student, ticket_id=ticket.pk, agree=True),
            'INSERT INTO "fairs_ticket"',
            partial(safety.block_person, actor=student, meeting_id=talk.pk),
        )
        assert codes(found) == []
        there = Ticket.objects.get(booth=beside).status
        assert there == ("waiting" if unlocked else "left")

    def test_a_talk_goes_to_a_colleague_or_the_colleague_calls_never_both(self):
        booth = BoothFactory()
        _student, recruiter, talk = talk_at(booth)
        colleague = recruiter_at(booth)
        TicketFactory(booth=booth)
        hand = partial(handover.hand_meeting, actor=recruiter, meeting_id=talk.pk, user_id=colleague.user_id)
        found = race(hand, partial(line.call_next, actor=colleague, booth_id=booth.pk))
        assert codes(found) in (["colleague_busy"], ["finish_first"])
        busy = Ticket.objects.filter(called_by_id=colleague.user_id, status__in=["called", "meeting"])
        assert busy.count() == 1

    def test_of_two_colleagues_one_gets_the_talk(self, slips):
        """Without the talk's row held, the condition of the write still keeps them apart."""
        booth = BoothFactory()
        _student, recruiter, talk = talk_at(booth)
        hand = partial(handover.hand_meeting, actor=recruiter, meeting_id=talk.pk)
        works = [partial(hand, user_id=recruiter_at(booth).user_id) for _ in range(2)]
        found = interrupted(works[0], 'UPDATE "fairs_ticket"', works[1])
        talk.refresh_from_db()
        assert len(codes(found)) == (connection.vendor == "postgresql")
        assert Ticket.objects.get().called_by_id == talk.recruiter_id


class TestSwap:
    @pytest.mark.parametrize("guard", [True, False])
    def test_a_number_called_while_its_student_swaps_stays_called(self, monkeypatch, guard):
        booth = BoothFactory()
        other, student = BoothFactory(fair=booth.fair), student_at(booth.fair)
        old = line.join_line(actor=student, booth_id=booth.pk)
        if not guard:
            monkeypatch.setattr(swap, "move", _blind)
        found = interrupted(
            partial(swap.swap_line, actor=student, ticket_id=old.pk, booth_id=other.pk),
            'INSERT INTO "fairs_ticket"',
            partial(line.call_next, actor=recruiter_at(booth), booth_id=booth.pk),
        )
        old.refresh_from_db()
        drawn = Ticket.objects.filter(booth=other).count()
        if connection.vendor == "sqlite":
            assert (codes(found), old.status, drawn) == (["line_empty"], "left", 1)
        elif guard:
            assert (codes(found), old.status, drawn) == (["conflict"], "called", 0)
        else:
            assert (codes(found), old.status, drawn) == ([], "left", 1)


def _blind_answer(row, to, table, **also):
    """The same for an answer, which has no version."""
    if not isinstance(row, Handover):
        return _blind(row, to, table, **also)
    before = row.status
    Handover.objects.filter(pk=row.pk).update(status=to, **also)
    row.refresh_from_db()
    return before


def test_a_racer_that_never_waits_would_be_seen():
    """`interrupted` says so where its moment never comes."""
    with pytest.raises(AssertionError, match="nothing began with"):
        interrupted(lambda: None, "UPDATE", lambda: None)
