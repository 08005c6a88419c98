"""What a line asks of both sides: swaps lose nothing, pauses say why, booths keep hours, and steps away are limited."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import override

from backend.accounts.models import User
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.notifications.models import Notification
from fairs.domain import booth as booths
from fairs.domain import fair as fairs
from fairs.domain import hours, line, steps, swap
from fairs.enums import LIVE_TICKET
from fairs.interfaces import labels
from fairs.models import Booth, BoothTeam, Fair, Ticket
from tests.factories.fairs import BoothFactory, FairFactory, TicketFactory, recruiter_at, staff_of, student_at
from tests.fairs.support import refused, told, trail
from tests.racing import codes, meeting_point, race

DATABASE = pytest.mark.django_db


@pytest.fixture
def as_(client):
    """as_(actor) → the client, signed in."""

    def signed_in(actor):
        client.force_login(User.objects.get(pk=actor.user_id))
        return client

    return signed_in


@pytest.fixture
def two():
    """A fair that allows one line; a student who stands at its first booth, and its second booth."""
    fair = FairFactory(lines_per_student=1)
    here, there = BoothFactory(fair=fair), BoothFactory(fair=fair)
    student = student_at(fair)
    return student, line.join_line(actor=student, booth_id=here.pk), there


@DATABASE
@pytest.mark.usefixtures("frozen_now")
class TestSwap:
    def test_at_the_limit_one_line_is_had_for_another(self, two):
        student, old, there = two
        with refused(Conflict, "too_many_lines"):
            line.join_line(actor=student, booth_id=there.pk)
        new = swap.swap_line(actor=student, ticket_id=old.pk, booth_id=there.pk)
        assert list(Ticket.objects.order_by("pk").values_list("pk", "booth_id", "status", "number")) == [
            (old.pk, old.booth_id, "left", 1),
            (new.pk, there.pk, "waiting", 1),
        ]
        assert told(f"line-{old.booth_id}", after=1) == [("line_left", {"number": 1, "place": 1})]
        assert told(f"line-{there.pk}") == [("line_joined", {"number": 1, "place": 1})]
        assert [data["status"] for _kind, data in told(f"person-{student.user_id}", after=1)] == [
            "left",
            "waiting",
        ]

    @pytest.mark.parametrize(
        ("change", "error", "code"),
        [
            (lambda old, there: Booth.objects.filter(pk=there.pk).update(status="refused"), NotFound, "not_found"),
            (lambda old, there: Fair.objects.update(status="paused"), Conflict, "fair_paused"),
            (lambda old, there: Booth.objects.filter(pk=there.pk).update(closes_at=clock.now()), Conflict, "booth_closed"),
            (lambda old, there: Booth.objects.filter(pk=there.pk).update(fair=FairFactory(school=there.fair.school)), NotFound, "not_found"),
            (lambda old, there: (TicketFactory(booth=there, student=old.student), Fair.objects.update(lines_per_student=2)), Conflict, "already_in_line"),
            (lambda old, there: Ticket.objects.update(status="served"), Conflict, "not_in_line"),
        ],
        ids=["refused booth", "paused fair", "closed booth", "another fair", "stands there", "served"],
    )  # fmt: skip
    def test_whatever_refuses_the_new_place_leaves_the_old(self, two, change, error, code):
        student, old, there = two
        change(old, there)
        with refused(error, code):
            swap.swap_line(actor=student, ticket_id=old.pk, booth_id=there.pk)

    def test_nobody_swaps_for_another(self, two):
        _student, old, there = two
        others = [
            (student_at(there.fair), NotFound, "not_found"),
            (recruiter_at(old.booth), NotAllowed, "not_allowed"),
        ]
        for actor, error, code in others:
            with refused(error, code):
                swap.swap_line(actor=actor, ticket_id=old.pk, booth_id=there.pk)

    def test_by_the_page(self, two, as_):
        student, old, there = two
        page = reverse("fairs:swap", args=[there.pk])
        browser = as_(student)
        assert old.booth.company.name in browser.get(page).content.decode()
        assert browser.post(page, {"ticket": old.pk}).url == reverse("fairs:lines", args=[there.fair_id])
        assert Ticket.objects.get(status="waiting").booth_id == there.pk


@pytest.mark.django_db(transaction=True)
class TestSwapRaces:
    def test_two_tabs_swap_once_and_both_lines_stay_whole(self):
        fair = FairFactory(lines_per_student=1)
        here, *there = (BoothFactory(fair=fair) for _ in range(3))
        student = student_at(fair)
        old = line.join_line(actor=student, booth_id=here.pk)
        works = [
            partial(swap.swap_line, actor=student, ticket_id=old.pk, booth_id=booth.pk) for booth in there
        ]
        assert set(codes(race(*works))) <= {"conflict", "wrong_state", "not_in_line", "too_many_lines"}
        live = Ticket.objects.filter(student_id=student.student_id, status__in=LIVE_TICKET)
        assert live.get().booth_id in {booth.pk for booth in there}

    def test_two_who_change_places_do_not_wait_for_each_other(self):
        fair = FairFactory(lines_per_student=1)
        one, two = BoothFactory(fair=fair), BoothFactory(fair=fair)
        people = [student_at(fair) for _ in range(4)]
        stand = [line.join_line(actor=p, booth_id=b.pk) for p, b in zip(people, [one, two] * 2, strict=True)]
        works = [
            partial(swap.swap_line, actor=p, ticket_id=t.pk, booth_id=b.pk)
            for p, t, b in zip(people, stand, [two, one] * 2, strict=True)
        ]
        assert codes(race(*works)) == []
        assert [Ticket.objects.filter(booth=b, status="waiting").count() for b in (one, two)] == [2, 2]

    def test_control_leaving_and_joining_apart_loses_the_place(self):
        """Two tabs, each of which leaves first and looks for room afterwards: the line is full again when the second comes."""
        fair = FairFactory(lines_per_student=1)
        here, *there = (BoothFactory(fair=fair) for _ in range(3))
        student = student_at(fair)
        old = line.join_line(actor=student, booth_id=here.pk)
        together = meeting_point(2)

        def apart(booth):
            Ticket.objects.filter(pk=old.pk).update(status="left")
            together()
            return line.join_line(actor=student, booth_id=booth.pk)

        results = race(*[partial(apart, booth) for booth in there])
        assert codes(results) == ["too_many_lines"]


@DATABASE
@pytest.mark.usefixtures("frozen_now")
class TestPauseMessage:
    def test_it_is_told_changed_and_taken_away_with_the_pause(self):
        booth = BoothFactory()
        recruiter = recruiter_at(booth)
        for paused, message in (
            (True, " 午休到一点 "),
            (True, "午休到一点"),
            (True, "马上回来"),
            (False, "x"),
        ):
            booths.pause_booth(actor=recruiter, booth_id=booth.pk, paused=paused, message=message)
        assert [data for _kind, data in told(f"line-{booth.pk}")] == [
            {"paused": True, "message": "午休到一点"},
            {"paused": True, "message": "马上回来"},
            {"paused": False, "message": ""},
        ]
        with refused(Invalid, "invalid"):
            booths.pause_booth(actor=recruiter, booth_id=booth.pk, paused=True, message="长" * 201)

    def test_the_database_keeps_no_message_without_a_pause(self):
        booth = BoothFactory()
        with pytest.raises(IntegrityError), transaction.atomic():
            Booth.objects.filter(pk=booth.pk).update(pause_message="x")

    def test_those_in_line_read_it(self, as_):
        booth = BoothFactory()
        student, recruiter = student_at(booth.fair), recruiter_at(booth)
        line.join_line(actor=student, booth_id=booth.pk)
        as_(recruiter).post(reverse("fairs:line_pause", args=[booth.pk]), {"message": "午休到一点"})
        for page in ("fairs:lines", "fairs:hall"):
            assert "午休到一点" in as_(student).get(reverse(page, args=[booth.fair_id])).content.decode()
        response = as_(recruiter).post(reverse("fairs:line_pause", args=[booth.pk]), {"message": "长" * 201})
        assert (response.status_code, Booth.objects.get().pause_message) == (422, "午休到一点")


@DATABASE
class TestHours:
    @pytest.mark.parametrize(
        ("opens", "closes", "code"),
        [
            (None, None, None),
            (0, 60, None),
            (1, None, "booth_not_open"),
            (None, 0, "booth_closed"),
            (-30, 1, None),
        ],
    )
    def test_outside_nobody_joins_and_nobody_is_called(self, frozen_now, opens, closes, code):
        booth = BoothFactory()
        student, recruiter = student_at(booth.fair), recruiter_at(booth)
        TicketFactory(booth=booth)
        moments = [None if m is None else clock.now() + timedelta(minutes=m) for m in (opens, closes)]
        hours.set_hours(actor=recruiter, booth_id=booth.pk, opens_at=moments[0], closes_at=moments[1])
        works = [
            partial(line.join_line, actor=student, booth_id=booth.pk),
            partial(line.call_next, actor=recruiter, booth_id=booth.pk),
        ]
        for work in works:
            if code is None:
                work()
            else:
                with refused(Conflict, code):
                    work()

    @pytest.mark.parametrize(
        ("opens", "closes", "field"),
        [(-61, None, "opens_at"), (None, 181, "closes_at"), (60, 60, "closes_at"), (60, 59, "closes_at")],
    )
    def test_they_lie_within_the_fair_in_order(self, frozen_now, opens, closes, field):
        booth = BoothFactory()
        moments = [None if m is None else clock.now() + timedelta(minutes=m) for m in (opens, closes)]
        with refused(Invalid, "invalid") as refusal:
            hours.set_hours(
                actor=recruiter_at(booth), booth_id=booth.pk, opens_at=moments[0], closes_at=moments[1]
            )
        assert list(refusal.value.fields) == [field]

    def test_only_the_booths_own_set_them_and_the_database_keeps_their_order(self, frozen_now):
        booth = BoothFactory()
        student = student_at(booth.fair)
        with refused(NotAllowed, "not_allowed"):
            hours.set_hours(actor=student, booth_id=booth.pk, opens_at=None, closes_at=None)
        with pytest.raises(IntegrityError), transaction.atomic():
            Booth.objects.update(opens_at=clock.now(), closes_at=clock.now())

    @pytest.mark.parametrize(
        ("own", "planned", "left"),
        [
            ((24, 25), (24, 25), ((24, 25), (24, 25))),
            ((1, 2), (None, None), ((None, None), (None, None))),
            ((23, 28), (None, None), ((None, None), (None, None))),
            ((25, 28), (23, 25), ((25, None), (23, 25))),
            ((None, 24), (None, 24), ((None, None), (None, None))),
            ((27, None), (27, 28), ((None, None), (None, 28))),
            ((None, None), (1, 2), ((None, None), (1, None))),
        ],
    )
    def test_a_fair_that_moves_leaves_no_booth_shut_and_says_so(self, frozen_now, own, planned, left):
        """The fair moves to 24–27 hours from now; what each booth had said, and what still holds."""
        now = clock.now()

        def at(pair):
            return [None if hour is None else now + timedelta(hours=hour) for hour in pair]

        fair = FairFactory(ready=True)
        booth, untouched = BoothFactory.create_batch(2, fair=fair)
        recruiter = recruiter_at(booth)
        recruiter_at(untouched)
        Booth.objects.filter(pk=booth.pk).update(opens_at=at(own)[0], closes_at=at(own)[1])
        BoothTeam.objects.create(booth=booth, starts_at=at(planned)[0], ends_at=at(planned)[1])
        move = partial(fairs.update_fair, actor=staff_of(fair), fair_id=fair.pk)
        for _twice in range(2):
            move(values={"starts_at": at([24])[0], "ends_at": at([27])[0]})
        booth.refresh_from_db()
        team = BoothTeam.objects.get()
        assert [booth.opens_at, booth.closes_at] == at(left[0])
        assert [team.starts_at, team.ends_at] == at(left[1])
        cleared = (own, planned) != left
        assert (
            list(Notification.objects.values_list("user_id", "kind"))
            == [(recruiter.user_id, "fairs.hours_cleared")] * cleared
        )
        assert [row for row in trail() if row[0] == "booths.hours_set"] == [
            ("booths.hours_set", "", "", move.keywords["actor"].user_id)
        ] * cleared

    def test_a_booth_that_does_not_come_is_told_of_no_hours(self, frozen_now):
        fair, now = FairFactory(ready=True), clock.now()
        booth = BoothFactory(fair=fair, status="refused", label="", closes_at=now + timedelta(hours=2))
        recruiter_at(booth)
        values = {"starts_at": now + timedelta(hours=24), "ends_at": now + timedelta(hours=27)}
        fairs.update_fair(actor=staff_of(fair), fair_id=fair.pk, values=values)
        booth.refresh_from_db()
        assert (booth.closes_at, Notification.objects.count()) == (None, 0)

    def test_a_booth_that_closes_ends_its_line_and_says_so(self, frozen_now):
        booth = BoothFactory()
        student = student_at(booth.fair)
        ticket = line.join_line(actor=student, booth_id=booth.pk)
        Booth.objects.update(closes_at=clock.now() + timedelta(minutes=1))
        assert steps.watch() == 0
        clock.advance(timedelta(minutes=1))
        assert (steps.watch(), steps.watch()) == (1, 0)
        ticket.refresh_from_db()
        assert (ticket.status, ticket.ended_at) == ("left", clock.now())
        assert list(Notification.objects.values_list("user_id", "kind")) == [
            (student.user_id, "fairs.booth_closed")
        ]

    def test_a_wrong_one_is_named_by_the_page(self, frozen_now, as_):
        booth = BoothFactory()
        browser = as_(recruiter_at(booth))
        page = reverse("fairs:line_settings", args=[booth.pk])
        response = browser.post(
            reverse("fairs:line_hours", args=[booth.pk]), {"opens_at": "1999-01-01T10:00"}
        )
        assert (response.status_code, list(response.context["opening"].errors)) == (422, ["opens_at"])
        assert browser.get(page).status_code == 200

    @pytest.mark.parametrize(
        ("opens", "closes", "said"),
        [
            (None, None, ""),
            (1, None, "opens at 09:01"),
            (None, 2, "closes at 09:02"),
            (1, 2, "open 09:01–09:02"),
        ],
    )
    def test_in_words(self, opens, closes, said):
        start = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
        moments = [None if m is None else start + timedelta(minutes=m) for m in (opens, closes)]
        with override("en"):
            assert labels.hours(Booth(opens_at=moments[0], closes_at=moments[1])) == said


@DATABASE
class TestStepsAway:
    def test_so_many_times_and_no_more(self, frozen_now):
        booth = BoothFactory(fair__steps_away_max=1, fair__away_minutes_max=7)
        student = student_at(booth.fair)
        ticket = line.join_line(actor=student, booth_id=booth.pk)
        away = line.step_away(actor=student, ticket_id=ticket.pk)
        assert (away.steps_away, away.away_until) == (1, frozen_now + timedelta(minutes=7))
        assert line.come_back(actor=student, ticket_id=ticket.pk).away_until is None
        with refused(Conflict, "too_many_steps"):
            line.step_away(actor=student, ticket_id=ticket.pk)

    def test_warned_first_then_the_place_is_lost_and_once_each(self, frozen_now):
        booth = BoothFactory(fair__away_minutes_max=5)
        student = student_at(booth.fair)
        ticket = line.join_line(actor=student, booth_id=booth.pk)
        line.step_away(actor=student, ticket_id=ticket.pk)
        seen = []
        for _ in range(7):
            clock.advance(timedelta(minutes=1))
            steps.watch()
            ticket.refresh_from_db()
            seen.append((ticket.status, Notification.objects.count()))
        assert seen == [("away", 0)] * 2 + [("away", 1)] * 2 + [("left", 2)] * 3
        kinds = Notification.objects.order_by("pk").values_list("kind", flat=True)
        assert list(kinds) == ["fairs.away_warning", "fairs.away_over"]
        assert told(f"line-{booth.pk}", after=1) == [("line_left", {"number": 1, "place": 1})]

    def test_who_is_back_in_time_is_warned_anew_the_next_time(self, frozen_now):
        booth = BoothFactory(fair__away_minutes_max=5)
        student = student_at(booth.fair)
        ticket = line.join_line(actor=student, booth_id=booth.pk)
        for warned in (1, 2):
            line.step_away(actor=student, ticket_id=ticket.pk)
            clock.advance(timedelta(minutes=4))
            assert (steps.watch(), Notification.objects.count()) == (1, warned)
            line.come_back(actor=student, ticket_id=ticket.pk)
            clock.advance(timedelta(minutes=4))
            assert steps.watch() == 0

    def test_a_fair_that_is_paused_takes_no_place(self, frozen_now):
        booth = BoothFactory()
        student = student_at(booth.fair)
        ticket = line.join_line(actor=student, booth_id=booth.pk)
        line.step_away(actor=student, ticket_id=ticket.pk)
        fairs.move_fair(actor=staff_of(booth.fair), fair_id=booth.fair_id, to="paused")
        clock.advance(timedelta(hours=1))
        assert (steps.watch(), Ticket.objects.get().status) == (0, "away")
