"""The line as a machine: whatever people do in whatever order, a plain model says the same as the database.

Nobody is called twice or overtaken against the rule, no ticket is lost, and a student has one live ticket per booth.
`python -m tests.fairs line` walks further than the suite does.
"""

import os
from datetime import timedelta
from functools import reduce

import pytest
from django.db import transaction
from django.db.models import F
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from backend.common import clock
from backend.common.errors import Conflict
from fairs import snapshots
from fairs.domain import booth as booths
from fairs.domain import fair as fairs
from fairs.domain import group, line, meeting, steps, swap
from fairs.models import Event, GroupSession, Meeting, Ticket
from fairs.protocol import events
from fairs.protocol.state import apply
from tests.fairs.line_world import AWAY, BONUS, GRACE, LIMIT, STEPS_AWAY, TALKED, World
from tests.scenes import START

STEPS = int(os.environ.get("FAIRWAY_LINE_STEPS", "160"))
LENGTH = 40
LIVE, BUSY, IN_LINE = {"waiting", "away", "called", "meeting"}, {"called", "meeting"}, {"waiting", "away"}
STUDENTS, BOOTHS, RECRUITERS = st.integers(0, 4), st.integers(0, 1), st.integers(0, 2)
TICKETS = st.integers(0, 30)


class Line(RuleBasedStateMachine):
    """What people do; `tickets` is the model: pk → [student, booth, number, status, recruiter, answer by, stands since]."""

    world: World

    @initialize()
    def begin(self):
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.frozen = clock.frozen(START)
        self.frozen.__enter__()
        self.tickets, self.drawn, self.paused, self.away = {}, [0, 0], set(), {}
        # Group sessions: pk → (booth, recruiter, size) of those that go on, ticket → session, and who declined one.
        self.groups, self.grouped, self.alone = {}, {}, set()
        self.live = True
        self.watched = self._watched()

    def teardown(self):
        if not hasattr(self, "atomic"):
            return
        try:
            self._state_and_events_are_state()
        finally:
            self.frozen.__exit__(None, None, None)
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    def _watched(self):
        world = self.world
        follow = [(world.staff, f"booth-{booth.pk}") for booth in world.booths]
        follow += [(actor, f"person-{actor.user_id}") for actor in world.students]
        follow += [(actor, f"line-{booth.pk}") for actor in world.students[::3] for booth in world.booths]
        return {key: snapshots.take(*key) for key in follow}

    def _state_and_events_are_state(self):
        for (actor, stream), (first, before) in self.watched.items():
            rows = list(Event.objects.filter(stream__name=stream, seq__gt=first).order_by("seq"))
            assert [row.seq for row in rows] == list(range(first + 1, first + 1 + len(rows)))
            happened = [events.read(row.kind, row.payload) for row in rows]
            assert (first + len(rows), reduce(apply, happened, before)) == snapshots.take(actor, stream)

    # What the model knows

    def _of(self, **wanted):
        names = ("student", "booth", "number", "status", "recruiter", "until", "since")
        return [
            pk
            for pk, row in self.tickets.items()
            if all(
                row[names.index(key)] in (value if isinstance(value, set) else {value})
                for key, value in wanted.items()
            )
        ]

    def _try(self, code, act):
        """Do it; a refusal has exactly the code that the model foretold."""
        got, done = None, None
        try:
            with transaction.atomic():
                done = act()
        except Conflict as refusal:
            got = refusal.code
        assert got == code
        return done

    def _pick(self, index, **wanted):
        found = self._of(**wanted)
        return found[index % len(found)] if found else None

    # What people do

    @rule(student=STUDENTS, booth=BOOTHS)
    def join(self, student, booth):
        standing = self._of(student=student, status=LIVE)
        here = [pk for pk in standing if self.tickets[pk][1] == booth]
        code = None
        if not self.live:
            code = "fair_paused"
        elif len(standing) >= LIMIT:
            code = "too_many_lines"
        elif here:
            code = "already_in_line"
        actor, where = self.world.students[student], self.world.booths[booth]
        self._stands(self._try(code, lambda: line.join_line(actor=actor, booth_id=where.pk)), student, booth)

    def _stands(self, ticket, student, booth):
        actor, where = self.world.students[student], self.world.booths[booth]
        if ticket is not None:
            self.drawn[booth] += 1
            assert ticket.number == self.drawn[booth]
            # The published rule: each talk fewer than two counts as so much waiting, as it was when the number was drawn.
            talked = self._of(student=student, status={"meeting", "served"})
            talks = TALKED[student] + len([pk for pk in talked if pk not in self.grouped])
            since = clock.now() - timedelta(minutes=BONUS * max(0, 2 - talks))
            self.tickets[ticket.pk] = [student, booth, ticket.number, "waiting", None, None, since]
            # One's own number is in the answer and not on the line's stream: the page is drawn anew.
            key = (actor, f"line-{where.pk}")
            if key in self.watched:
                self.watched[key] = snapshots.take(*key)

    @rule(booth=BOOTHS)
    def somebody_joins(self, booth):
        """Whoever may: lines have to fill for anything to happen in them."""
        for student in range(len(self.world.students)):
            standing = self._of(student=student, status=LIVE)
            if len(standing) < LIMIT and booth not in [self.tickets[pk][1] for pk in standing]:
                self.join(student=student, booth=booth)
                return

    @rule(index=TICKETS, booth=BOOTHS)
    def swap(self, index, booth):
        pk = self._pick(index, status=LIVE)
        if pk is None:
            return
        student, _booth, _number, status, *_rest = self.tickets[pk]
        others = [self.tickets[other][1] for other in self._of(student=student, status=LIVE) if other != pk]
        code = None
        if not self.live:
            code = "fair_paused"
        elif status not in IN_LINE:
            code = "not_in_line"
        elif booth in others or booth == self.tickets[pk][1]:
            code = "already_in_line"
        actor, where = self.world.students[student], self.world.booths[booth]
        ticket = self._try(code, lambda: swap.swap_line(actor=actor, ticket_id=pk, booth_id=where.pk))
        if ticket is not None:
            self.tickets[pk][3] = "left"
            self._stands(ticket, student, booth)

    @rule(index=TICKETS, act=st.sampled_from(["step_away", "come_back", "leave_line"]))
    def walk(self, index, act):
        pk = self._pick(index)
        if pk is None:
            return
        row = self.tickets[pk]
        status = row[3]
        after = {
            ("step_away", "waiting"): "away",
            ("come_back", "away"): "waiting",
            ("leave_line", "waiting"): "left",
            ("leave_line", "away"): "left",
            ("leave_line", "called"): "left",
        }.get((act, status))
        code = None if after else ("not_away" if act == "come_back" else "wrong_state")
        steps_taken, _until = self.away.get(pk, (0, None))
        if (after, steps_taken) == ("away", STEPS_AWAY):
            code = "too_many_steps"
        actor = self.world.students[row[0]]
        if self._try(code, lambda: getattr(line, act)(actor=actor, ticket_id=pk)):
            row[3] = after
            if after == "away":
                self.away[pk] = (steps_taken + 1, clock.now() + timedelta(minutes=AWAY))

    @rule(recruiter=RECRUITERS)
    def call(self, recruiter):
        where = self.world.booth_of(recruiter)
        booth = self.world.booths.index(where)
        busy = {self.tickets[pk][0] for pk in self._of(status=BUSY)}
        free = [pk for pk in self._of(booth=booth, status="waiting") if self.tickets[pk][0] not in busy]
        code = self._shut(booth)
        if code is None and self._works(recruiter):
            code = "finish_first"
        elif code is None and not free:
            code = "line_empty"
        actor = self.world.recruiters[recruiter]
        called = self._try(code, lambda: line.call_next(actor=actor, booth_id=where.pk))
        if called is not None:
            # Nobody is overtaken against the rule: who stands there longest, and among those the lowest number.
            assert called.pk == min(free, key=lambda pk: (self.tickets[pk][6], self.tickets[pk][2]))
            self._end_left(recruiter)
            until = clock.now() + timedelta(seconds=GRACE)
            self.tickets[called.pk][3:6] = ["called", recruiter, until]

    def _shut(self, booth):
        return "fair_paused" if not self.live else "booth_paused" if booth in self.paused else None

    def _works(self, recruiter):
        """Calls, talks, or leads a group session that somebody is in."""
        leads = {pk for pk, row in self.groups.items() if row[1] == recruiter}
        return self._of(recruiter=recruiter, status=BUSY) or leads - self._left(recruiter)

    def _left(self, recruiter):
        """The sessions of a recruiter that everybody has left: whoever calls again ends them first."""
        seated = {self.grouped.get(ticket) for ticket in self._of(status=BUSY)}
        return {pk for pk, row in self.groups.items() if row[1] == recruiter and pk not in seated}

    def _end_left(self, recruiter):
        for pk in self._left(recruiter):
            del self.groups[pk]

    def _takes(self, booth, seats):
        """Whom a group takes: the first of the line who are free and have not declined one."""
        busy = {self.tickets[pk][0] for pk in self._of(status=BUSY)}
        free = [pk for pk in self._of(booth=booth, status="waiting") if self.tickets[pk][0] not in busy]
        free = [pk for pk in free if pk not in self.alone]
        return sorted(free, key=lambda pk: (self.tickets[pk][6], self.tickets[pk][2]))[: max(seats, 0)]

    def _taken(self, session, recruiter, wanted):
        """All of them and nobody else, in one step; none of them lost."""
        called = Ticket.objects.filter(pk__in=wanted, status="called", group=session)
        assert called.count() == len(wanted)
        for pk in wanted:
            self.tickets[pk][3:6] = ["called", recruiter, clock.now() + timedelta(seconds=GRACE)]
            self.grouped[pk] = session

    @rule(recruiter=RECRUITERS, size=st.integers(2, 4))
    def open_group(self, recruiter, size):
        where = self.world.booth_of(recruiter)
        booth = self.world.booths.index(where)
        wanted = self._takes(booth, size)
        code = self._shut(booth)
        if code is None and self._works(recruiter):
            code = "finish_first"
        elif code is None and len(wanted) < 2:
            code = "too_few_for_group"
        said = {"actor": self.world.recruiters[recruiter], "booth_id": where.pk, "size": size}
        opened = self._try(code, lambda: group.open_group(**said))
        if opened is not None:
            self._end_left(recruiter)
            self.groups[opened.pk] = (booth, recruiter, size)
            self._taken(opened.pk, recruiter, wanted)

    def _session(self, index):
        return sorted(self.groups)[index % len(self.groups)]

    @precondition(lambda self: self.groups)
    @rule(index=TICKETS)
    def fill_group(self, index):
        pk = self._session(index)
        booth, recruiter, size = self.groups[pk]
        seated = [t for t in self._of(status=BUSY) if self.grouped.get(t) == pk]
        wanted = self._takes(booth, size - len(seated))
        code = self._shut(booth) or (None if wanted else "line_empty")
        actor = self.world.recruiters[recruiter]
        if self._try(code, lambda: group.fill_group(actor=actor, group_id=pk)) is not None:
            self._taken(pk, recruiter, wanted)

    @rule(index=TICKETS)
    def decline_group(self, index):
        pk = self._pick(index, status={"called", "waiting"})
        if pk is None:
            return
        row = self.tickets[pk]
        code = None if row[3] == "called" and pk in self.grouped else "not_called"
        actor = self.world.students[row[0]]
        if self._try(code, lambda: group.decline_group(actor=actor, ticket_id=pk)):
            row[3:6] = ["waiting", None, None]
            del self.grouped[pk]
            self.alone.add(pk)

    @precondition(lambda self: self.groups)
    @rule(index=TICKETS)
    def end_group(self, index):
        pk = self._session(index)
        _booth, recruiter, _size = self.groups.pop(pk)
        group.end_group(actor=self.world.recruiters[recruiter], group_id=pk)
        for ticket in [t for t in self._of(status=BUSY) if self.grouped.get(t) == pk]:
            if self.tickets[ticket][3] == "meeting":
                self.tickets[ticket][3] = "served"
            else:
                self.tickets[ticket][3:6] = ["waiting", None, None]
                del self.grouped[ticket]

    @rule(index=TICKETS)
    def accept(self, index):
        pk = self._pick(index, status={"called", "waiting"})
        if pk is None:
            return
        row = self.tickets[pk]
        code = "not_called" if row[3] != "called" else "too_late" if row[5] < clock.now() else None
        actor = self.world.students[row[0]]
        if self._try(code, lambda: meeting.accept_call(actor=actor, ticket_id=pk)):
            row[3] = "meeting"

    @rule(index=TICKETS)
    def put_back(self, index):
        pk = self._pick(index, status={"called", "meeting"})
        if pk is None:
            return
        row = self.tickets[pk]
        actor = self.world.recruiters[row[4]]
        code = None if row[3] == "called" else "not_called"
        if self._try(code, lambda: line.put_back(actor=actor, ticket_id=pk)):
            row[3:6] = ["waiting", None, None]
            self.grouped.pop(pk, None)

    @precondition(lambda self: self._of(status="meeting"))
    @rule(index=TICKETS, by_student=st.booleans())
    def end(self, index, by_student):
        pk = self._pick(index, status="meeting")
        row = self.tickets[pk]
        actor = self.world.students[row[0]] if by_student else self.world.recruiters[row[4]]
        talk = Meeting.objects.get(ticket_id=pk)
        meeting.end_meeting(actor=actor, meeting_id=talk.pk, outcome="declined")
        row[3] = "served"

    @rule(seconds=st.integers(1, 25))
    def time_passes(self, seconds):
        clock.advance(timedelta(seconds=seconds))
        late = [pk for pk in self._of(status="called") if self.tickets[pk][5] < clock.now()]
        assert line.expire_calls() == len(late)
        for pk in late:
            self.tickets[pk][3] = "no_show"
        over = [pk for pk in self._of(status="away") if self.away[pk][1] <= clock.now()] if self.live else []
        steps.watch()
        for pk in over:
            self.tickets[pk][3] = "left"

    @rule(booth=BOOTHS, seldom=st.integers(0, 5))
    def pause_or_go_on(self, booth, seldom):
        if seldom and booth not in self.paused:
            return
        self.paused ^= {booth}
        where = self.world.booths[booth]
        booths.pause_booth(actor=self.world.staff, booth_id=where.pk, paused=booth in self.paused)

    @rule(seldom=st.integers(0, 5))
    def pause_or_open_the_fair(self, seldom):
        if seldom and self.live:
            return
        self.live = not self.live
        to = "live" if self.live else "paused"
        fairs.move_fair(actor=self.world.staff, fair_id=self.world.fair.pk, to=to)

    @invariant()
    def database_and_model_say_the_same(self):
        if not hasattr(self, "tickets"):
            return
        stored = (
            Ticket.objects.filter(booth__in=self.world.booths)
            .order_by("pk")
            .values_list("pk", "number", "status", "stands_since", "group", "alone")
        )
        assert list(stored) == [
            (pk, *row[2:4], row[6], self.grouped.get(pk), pk in self.alone)
            for pk, row in sorted(self.tickets.items())
        ]
        going_on = GroupSession.objects.filter(booth__in=self.world.booths, status="open")
        assert set(going_on.values_list("pk", flat=True)) == set(self.groups)
        live = [(row[0], row[1]) for row in self.tickets.values() if row[3] in LIVE]
        busy = [row[0] for row in self.tickets.values() if row[3] in BUSY]
        assert len(live) == len(set(live))
        assert len(busy) == len(set(busy))


def _walk(steps):
    Line.world = World()
    run_state_machine_as_test(
        Line,
        settings=settings(
            max_examples=max(1, steps // LENGTH),
            stateful_step_count=LENGTH,
            deadline=None,
            database=None,
            derandomize="FAIRWAY_LINE_STEPS" not in os.environ,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def _a_few_steps():
    """Four join, the first is called and put back: whoever has had fewer talks comes before them, in a group too.

    One of the group would rather talk alone, and is the next.
    """
    Line.world = World()
    machine = Line()
    machine.begin()
    try:
        for _ in range(4):
            machine.somebody_joins(booth=0)
        machine.walk(index=0, act="leave_line")
        machine.call(recruiter=0)
        machine.put_back(index=0)
        machine.open_group(recruiter=0, size=2)
        live = machine._of(status={"called", "waiting"})
        machine.decline_group(index=live.index(machine._of(status="called")[-1]))
        machine.call(recruiter=1)
        machine.database_and_model_say_the_same()
    finally:
        machine.teardown()


@pytest.mark.django_db
def test_an_unbroken_line_passes_the_steps_of_the_controls():
    _a_few_steps()


@pytest.mark.django_db
def test_the_line_keeps_its_promises():
    _walk(STEPS)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "broken",
    [
        "knows no bonus",
        "forgets an event",
        "loses a place",
        "takes a group out of order",
        "takes one too many",
        "makes declining cost the place",
    ],
)
def test_control_a_line_that_breaks_them_is_caught(monkeypatch, broken):
    free_in_line, own_events, put_back = line.free_in_line, line._events, line.put_back
    call, set_ticket = group._call, group.set_ticket
    if broken == "knows no bonus":
        monkeypatch.setattr(line, "free_in_line", lambda booth: free_in_line(booth).order_by("number"))
    elif broken == "forgets an event":
        monkeypatch.setattr(line, "_events", lambda *args: own_events(*args)[:-1])
    elif broken == "takes a group out of order":
        monkeypatch.setattr(group, "free_in_line", lambda booth: free_in_line(booth).order_by("number"))
    elif broken == "takes one too many":
        monkeypatch.setattr(
            group, "_call", lambda actor, row, seats, *more: call(actor, row, seats + 1, *more)
        )
    elif broken == "makes declining cost the place":
        late = {"stands_since": F("joined_at")}
        monkeypatch.setattr(group, "set_ticket", lambda *args, **also: set_ticket(*args, **also, **late))
    else:

        def at_the_end(*, actor, ticket_id):
            back = put_back(actor=actor, ticket_id=ticket_id)
            Ticket.objects.filter(pk=back.pk).update(stands_since=back.joined_at)
            return back

        monkeypatch.setattr(line, "put_back", at_the_end)
    with pytest.raises(AssertionError):
        _a_few_steps()
