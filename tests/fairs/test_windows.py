"""A fair of several days: its windows, what happens between two of them, the clock that opens it, and whom it invites."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from backend.accounts.actor import actor_of
from backend.accounts.models import User
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotFound
from backend.notifications.models import Notification
from backend.students.models import Student
from fairs import plans, windows
from fairs.domain import fair as fairs
from fairs.domain import line, steering
from fairs.domain import plan as planner
from fairs.domain import windows as clockwork
from fairs.models import Fair, FairGuests, FairRegistration, FairWindow, Ticket
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
from tests.factories.schools import AllianceFactory, MajorFactory, SchoolFactory
from tests.factories.students import StudentFactory
from tests.fairs.support import refused, told

pytestmark = pytest.mark.django_db


def at(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


DAYS = [(at(20, 1), at(20, 9)), (at(21, 1), at(21, 4)), (at(21, 6), at(21, 9))]


def fair_of(rows=DAYS, **fields):
    """A fair with these windows."""
    fair = FairFactory(starts_at=rows[0][0], ends_at=rows[-1][1], **fields)
    clockwork.write_windows(fair, rows)
    return fair


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        (at(19, 12), None),  # before the first: staff may open early
        (at(20, 1), None),
        (at(20, 8, 59), None),
        (at(20, 9), at(21, 1)),
        (at(20, 16), at(21, 1)),  # midnight in Shanghai
        (at(21, 0, 59), at(21, 1)),
        (at(21, 1), None),
        (at(21, 4), at(21, 6)),  # the break at noon
        (at(21, 6), None),
        (at(21, 9), None),  # after the last: staff close
        (at(25, 0), None),
    ],
)
def test_the_next_opening(now, opens):
    fair = fair_of()
    with clock.frozen(now):
        assert windows.next_opening(fair) == opens
        assert windows.told(Fair.objects.all()).get().opens_at == opens


def test_a_fair_of_one_window_is_never_between_two():
    fair = FairFactory(starts_at=at(20, 1), ends_at=at(20, 9))
    for now in (at(19, 1), at(20, 3), at(22, 1)):
        with clock.frozen(now):
            assert windows.next_opening(fair) is None


class TestLines:
    def test_between_two_windows_nobody_joins_and_nobody_is_called(self):
        with clock.frozen(at(20, 8)):
            booth = BoothFactory(fair=fair_of())
            student, late, recruiter = student_at(booth.fair), student_at(booth.fair), recruiter_at(booth)
            line.join_line(actor=student, booth_id=booth.pk)
            clock.advance(timedelta(hours=1))
            for refusal in (
                lambda: line.join_line(actor=late, booth_id=booth.pk),
                lambda: line.call_next(actor=recruiter, booth_id=booth.pk),
            ):
                with refused(Conflict, "between_windows") as told_why:
                    refusal()
                assert told_why.value.params == {"time": "2026-11-21 09:00"}
            clock.advance(timedelta(hours=16))
            line.join_line(actor=late, booth_id=booth.pk)

    def test_lines_end_kindly_at_the_end_of_a_window_and_talks_may_finish(self):
        with clock.frozen(at(20, 8, 50)):
            booth = BoothFactory(fair=fair_of())
            waiting, away, called = (student_at(booth.fair) for _ in range(3))
            for who in (called, waiting, away):
                line.join_line(actor=who, booth_id=booth.pk)
            line.step_away(actor=away, ticket_id=Ticket.objects.get(student=away.student_id).pk)
            line.call_next(actor=recruiter_at(booth), booth_id=booth.pk)
            assert clockwork.end_lines() == 0
            clock.advance(timedelta(minutes=10))
            assert (clockwork.end_lines(), clockwork.end_lines()) == (1, 0)
            assert set(Ticket.objects.values_list("status", "ended_at")) == {("left", at(20, 9))}
            assert Fair.objects.get().status == "live"
            said = Notification.objects.filter(kind="fairs.window_closed")
            assert {(row.user_id, row.params["time"]) for row in said} == {
                (who.user_id, "2026-11-21 09:00") for who in (waiting, away, called)
            }
            assert [kind for kind, _ in told(f"person-{waiting.user_id}")][-1] == "my_ticket_moved"

    @pytest.mark.parametrize("now", [at(21, 2), at(21, 9)])
    def test_inside_a_window_and_after_the_last_one_lines_go_on(self, now):
        with clock.frozen(at(21, 2)):
            booth = BoothFactory(fair=fair_of())
            line.join_line(actor=student_at(booth.fair), booth_id=booth.pk)
        with clock.frozen(now):
            assert clockwork.end_lines() == 0
        assert Ticket.objects.get().status == "waiting"


class TestClock:
    @pytest.mark.parametrize(
        ("status", "now", "after"),
        [
            ("sign_up", at(20, 2), "sign_up"),  # nobody has declared it ready
            ("ready", at(20, 0, 59), "ready"),
            ("ready", at(20, 1), "live"),
            ("ready", at(21, 9), "ready"),  # over before it opened: for staff to look at
            ("live", at(20, 12), "live"),  # between two windows it is live
            ("live", at(21, 9), "closed"),
            ("paused", at(20, 2), "paused"),  # staff have paused it, staff go on with it
            ("paused", at(21, 9), "closed"),
            ("closed", at(20, 2), "closed"),
        ],
    )
    def test_only_where_staff_ticked_it_the_clock_opens_and_closes(self, status, now, after):
        mine, other = fair_of(status=status, by_clock=True), fair_of(status=status)
        with clock.frozen(now):
            assert (clockwork.follow_clock(), clockwork.follow_clock()) == (int(after != status), 0)
        states = dict(Fair.objects.values_list("pk", "status"))
        assert states == {mine.pk: after, other.pk: status}

    def test_a_fair_that_staff_extend_while_another_closes_goes_on(self, monkeypatch):
        first, second = fair_of(status="live", by_clock=True), fair_of(status="live", by_clock=True)
        move = fairs.move_fair

        def slow(*, actor, fair_id, to):
            if fair_id == first.pk:
                steering.extend_fair(actor=staff_of(second), fair_id=second.pk, ends_at=at(21, 11))
            return move(actor=actor, fair_id=fair_id, to=to)

        monkeypatch.setattr(fairs, "move_fair", slow)
        with clock.frozen(at(21, 9)):
            assert clockwork.follow_clock() == 1
        assert dict(Fair.objects.values_list("pk", "status")) == {first.pk: "closed", second.pk: "live"}

    def test_one_fair_that_cannot_move_keeps_no_other_waiting(self, monkeypatch):
        first, second = fair_of(status="ready", by_clock=True), fair_of(status="ready", by_clock=True)
        move = fairs.move_fair

        def broken(*, actor, fair_id, to):
            if fair_id == first.pk:
                raise Conflict
            return move(actor=actor, fair_id=fair_id, to=to)

        monkeypatch.setattr(fairs, "move_fair", broken)
        with clock.frozen(at(20, 1)):
            assert clockwork.follow_clock() == 1
        assert dict(Fair.objects.values_list("pk", "status")) == {first.pk: "ready", second.pk: "live"}


@pytest.mark.usefixtures("frozen_now")
class TestWriting:
    def test_a_fair_spans_its_windows_and_keeps_those_that_stay(self):
        fair = fair_of(status="sign_up")
        staff, kept = staff_of(fair), list(FairWindow.objects.values_list("pk", flat=True))
        fairs.update_fair(actor=staff, fair_id=fair.pk, values={"windows": DAYS[::-1]})
        assert list(FairWindow.objects.values_list("pk", flat=True)) == kept
        fairs.update_fair(actor=staff, fair_id=fair.pk, values={"windows": DAYS[1:]})
        fair.refresh_from_db()
        assert (fair.hours(), fair.starts_at, fair.ends_at) == (DAYS[1:], at(21, 1), at(21, 9))

    @pytest.mark.parametrize(
        ("rows", "field"),
        [
            ([], "windows"),
            ([(at(20, 9), at(20, 1))], "ends_at"),
            ([(at(20, 1), at(20, 1)), (at(21, 1), at(21, 2))], "windows"),
            ([(at(20, 1), at(20, 9)), (at(20, 8, 59), at(20, 12))], "windows"),
            ([(at(20, 1), at(20, 9)), (at(20, 2), at(20, 3))], "windows"),
            ([(at(day, 1), at(day, 2)) for day in range(1, 16)], "windows"),
        ],
    )
    def test_windows_out_of_order_are_refused(self, rows, field):
        fair = fair_of(status="sign_up")
        staff = staff_of(fair)
        with refused(Invalid, "invalid") as refusal:
            fairs.update_fair(actor=staff, fair_id=fair.pk, values={"windows": rows})
        assert set(refusal.value.fields) == {field}

    def test_start_and_end_alone_move_one_window_and_never_several(self):
        staff = staff_of(fair := FairFactory(sign_up=True))
        fairs.update_fair(actor=staff, fair_id=fair.pk, values={"starts_at": at(20, 1), "ends_at": at(20, 2)})
        assert Fair.objects.get().hours() == [(at(20, 1), at(20, 2))]
        fairs.update_fair(actor=staff, fair_id=fair.pk, values={"windows": DAYS})
        with refused(Invalid, "invalid"):
            fairs.update_fair(actor=staff, fair_id=fair.pk, values={"ends_at": at(22, 2)})

    @pytest.mark.parametrize(
        "change", [{"ends_at": at(20, 1)}, {"starts_at": at(21, 1)}, {"ends_at": at(21, 4)}]
    )
    def test_the_database_holds_order_and_refuses_doubles(self, change):
        row = fair_of().windows.first()
        with pytest.raises(IntegrityError), transaction.atomic():
            FairWindow.objects.filter(pk=row.pk).update(**change)

    def test_the_form_adds_and_empties_windows_without_javascript(self, client):
        fair = FairFactory(sign_up=True, starts_at=at(20, 1), ends_at=at(20, 9))
        client.force_login(User.objects.get(pk=staff_of(fair).user_id))
        path = reverse("fairs:edit", args=[fair.pk])
        sent = {
            "name": fair.name, "place": "both", "lines_per_student": 3, "meeting_minutes": 8,
            "no_show_grace_seconds": 90, "turn_bonus_minutes": 5, "steps_away_max": 3, "away_minutes_max": 10,
            "invitations_per_hour": 20, "invitations_per_day": 6, "starts_at": "2026-11-20T09:00", "ends_at": "2026-11-20T17:00",
        }  # fmt: skip
        assert client.get(path).content.decode().count('name="window_') == 2
        second = {"window_1_from": "2026-11-21T09:00", "window_1_until": "2026-11-21T12:00"}
        more = client.post(path, sent | second | {"more": "1"})
        assert (more.status_code, more.content.decode().count('name="window_')) == (200, 4)
        assert FairWindow.objects.count() == 0
        half = second | {"window_2_from": "2026-11-21T14:00", "window_2_until": ""}
        assert client.post(path, sent | half).status_code == 422
        assert client.post(path, sent | half | {"window_2_until": "2026-11-21T17:00"}).status_code == 302
        assert Fair.objects.get().hours() == DAYS
        assert client.get(path).context["form"]["ends_at"].value() == datetime(2026, 11, 20, 17)
        emptied = {"window_1_from": "", "window_1_until": "", "by_clock": "on"}
        assert client.post(path, sent | emptied).status_code == 302
        fair.refresh_from_db()
        assert (fair.hours(), fair.by_clock) == (DAYS[:1], True)


class TestPlan:
    def test_the_grid_has_the_times_of_the_windows_alone(self):
        with clock.frozen(at(19, 1)):
            fair = fair_of(status="ready")
            plan = PlanFactory(fair=fair, slots=32 * 6, minutes=10)
            booth = BoothFactory(fair=fair)
            student = StudentFactory(school=fair.school)
            FairRegistration.objects.create(fair=fair, student=student)
            times = [time for _slot, time in plans.times_of(plan)]
            assert len(times) == 6 * (8 + 3 + 3)
            assert {(time.day, time.hour) for time in times} == {
                *((20, hour) for hour in range(1, 9)), *((21, hour) for hour in (1, 2, 3, 6, 7, 8)),
            }  # fmt: skip
            assert plans.gather(plan).problem.shut == set(range(32 * 6)) - plan.open_slots
            staff = staff_of(fair)
            asked = {"actor": staff, "fair_id": fair.pk, "booth_id": booth.pk, "student_id": student.pk}
            with refused(Invalid, "invalid"):
                planner.add_talk(**asked, slot=48)
            added = planner.add_talk(**asked, slot=24 * 6)
            assert added.starts_at == at(21, 1)

    def test_a_plan_on_hours_that_have_changed_is_not_published(self):
        with clock.frozen(at(19, 1)):
            talk = PlannedTalkFactory(plan__fair=fair_of(status="ready"), plan__slots=6)
            staff = staff_of(talk.plan.fair)
            later = [(starts + timedelta(days=7), ends + timedelta(days=7)) for starts, ends in DAYS]
            fairs.update_fair(actor=staff, fair_id=talk.plan.fair_id, values={"windows": later})
            with refused(Conflict, "plan_off_hours"):
                planner.publish_plan(actor=staff, fair_id=talk.plan.fair_id)
            fairs.update_fair(actor=staff, fair_id=talk.plan.fair_id, values={"windows": DAYS})
            assert planner.publish_plan(actor=staff, fair_id=talk.plan.fair_id).status == "published"


@pytest.mark.usefixtures("frozen_now")
class TestGuests:
    @pytest.fixture
    def place(self):
        """A fair of a school in an alliance; one student of it and one of its neighbour, both with accounts."""
        alliance = AllianceFactory()
        fair = FairFactory(sign_up=True, school=SchoolFactory(alliance=alliance))
        other = SchoolFactory(alliance=alliance)
        far = MembershipFactory(role="student", school=other, student=StudentFactory(school=other))
        return fair, student_at(fair, registered=False), actor_of(far.user)

    @pytest.mark.parametrize(
        ("values", "near", "far"),
        [
            ({}, True, True),
            ({"majors": "own"}, True, False),
            ({"departments": "own"}, True, False),
            ({"majors": "other"}, False, False),
            ({"majors": "other", "departments": "own"}, True, False),
            ({"years": "own"}, True, True),
            ({"years": "other"}, False, False),
            ({"majors": "own", "years": "other"}, False, False),
        ],
    )
    def test_who_is_invited_registers_and_who_is_not_is_refused(self, place, values, near, far):
        fair, own, neighbour = place
        student = Student.objects.select_related("major").get(pk=own.student_id)
        Student.objects.update(graduation_year=2027)
        choices = {
            ("majors", "own"): student.major_id, ("departments", "own"): student.major.department_id,
            ("majors", "other"): MajorFactory(department=student.major.department, school=fair.school).pk,
            ("years", "own"): 2027, ("years", "other"): 2026,
        }  # fmt: skip
        said = {kind: [choices[kind, which]] for kind, which in values.items()}
        fairs.update_fair(actor=staff_of(fair), fair_id=fair.pk, values=said)
        for actor, invited in ((own, near), (neighbour, far)):
            if invited:
                fairs.register_for_fair(actor=actor, fair_id=fair.pk)
            else:
                with refused(Conflict, "not_invited"):
                    fairs.register_for_fair(actor=actor, fair_id=fair.pk)

    def test_a_fair_of_the_school_alone_is_not_seen_by_its_neighbours(self, place, client):
        fair, own, neighbour = place
        Fair.objects.update(entry="school")
        fairs.register_for_fair(actor=own, fair_id=fair.pk)
        with refused(NotFound, "not_found"):
            fairs.register_for_fair(actor=neighbour, fair_id=fair.pk)
        client.force_login(User.objects.get(pk=neighbour.user_id))
        assert list(client.get(reverse("fairs:list")).context["rows"]) == []
        # Who registered while it was open to them keeps it.
        FairRegistration.objects.create(fair=fair, student_id=neighbour.student_id)
        assert client.get(reverse("fairs:detail", args=[fair.pk])).status_code == 200

    def test_the_hall_lets_in_who_is_registered_or_invited(self, place, client):
        fair, own, _neighbour = place
        Fair.objects.update(status="live")
        FairGuests.objects.create(fair=fair, year=1999)
        client.force_login(User.objects.get(pk=own.user_id))
        hall = reverse("fairs:hall", args=[fair.pk])
        rows = reverse("fairs:hall_rows", args=[fair.pk])
        assert [client.get(page).status_code for page in (hall, rows)] == [409, 409]
        assert "1999" in client.get(reverse("fairs:detail", args=[fair.pk])).content.decode()
        FairRegistration.objects.create(fair=fair, student_id=own.student_id)
        assert [client.get(page).status_code for page in (hall, rows)] == [200, 200]

    @pytest.mark.parametrize("said", [{"majors": [10**6]}, {"departments": [10**6]}, {"years": [1999]}])
    def test_what_is_not_there_cannot_be_invited(self, place, said):
        fair, _own, _neighbour = place
        staff = staff_of(fair)
        with refused(Invalid, "invalid") as refusal:
            fairs.update_fair(actor=staff, fair_id=fair.pk, values=said)
        assert set(refusal.value.fields) == set(said)
