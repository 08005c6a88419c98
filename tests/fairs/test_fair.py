"""A fair's life: laid out, moved through every pair of states, registered for, entered, reminded."""

from datetime import timedelta

import pytest

from backend.accounts.actor import ANONYMOUS, SYSTEM, actor_of
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.notifications.models import Notification
from backend.students.models import Student
from fairs.domain import fair as fairs
from fairs.domain import line, meeting
from fairs.enums import FAIR_TRANSITIONS, FairStatus, TicketStatus
from fairs.models import Fair, FairRegistration, Ticket
from tests.factories.accounts import MembershipFactory
from tests.factories.fairs import (
    BoothFactory,
    FairFactory,
    TicketFactory,
    recruiter_at,
    staff_of,
    student_at,
)
from tests.factories.schools import AllianceFactory, DepartmentFactory, SchoolFactory
from tests.fairs.support import called_fields, heard_anywhere, refused, told, trail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]

EVERY_PAIR = [(before, to) for before in FairStatus.values for to in FairStatus.values]


def _values(**changes):
    return {
        "name": "秋季双选会",
        "description": "",
        "place": "both",
        "address": "体育馆",
        "starts_at": clock.now() + timedelta(days=30),
        "ends_at": clock.now() + timedelta(days=30, hours=4),
        "lines_per_student": 3,
        "meeting_minutes": 8,
        "no_show_grace_seconds": 90,
        "turn_bonus_minutes": 5,
        "steps_away_max": 3,
        "away_minutes_max": 10,
        "invitations_per_hour": 20,
        "invitations_per_day": 6,
    } | changes


@pytest.fixture
def others():
    """Everybody but the staff of a fair's school; made for one fair."""

    def make(fair):
        booth = BoothFactory(fair=fair)
        department = DepartmentFactory(school=fair.school)
        return {
            "anonymous": ANONYMOUS,
            "student": student_at(fair),
            "recruiter": recruiter_at(booth),
            "department": actor_of(MembershipFactory(school=fair.school, department=department).user),
            "operator": actor_of(MembershipFactory(operator=True).user),
        }

    return make


class TestCreate:
    def test_a_new_fair_is_a_draft_of_ones_own_school(self):
        staff = staff_of(FairFactory())
        fair = fairs.create_fair(actor=staff, values=_values())
        fair.refresh_from_db()
        stored = {key: getattr(fair, key) for key in fairs.FIELDS}
        assert stored == _values() | {"by_clock": False, "entry": "alliance"}
        assert fair.hours() == [(fair.starts_at, fair.ends_at)]
        assert fair.windows.count() == 1
        assert (fair.status, fair.school_id, fair.version) == ("draft", staff.school_id, 1)
        assert trail("fairs.fair") == [("fairs.created", "", "", staff.user_id)]
        assert heard_anywhere() == set()

    @pytest.mark.parametrize("who", ["anonymous", "student", "recruiter", "department", "operator"])
    def test_others_create_none(self, others, who):
        actor = others(FairFactory())[who]
        with refused(NotAllowed, "not_allowed"):
            fairs.create_fair(actor=actor, values=_values())

    @pytest.mark.parametrize("field", ["school_id", "status", "opened_at", "version", "id"])
    def test_what_is_not_a_field_of_the_form_cannot_be_set(self, field):
        staff = staff_of(FairFactory())
        with refused(Invalid, "invalid") as refusal:
            fairs.create_fair(actor=staff, values=_values(**{field: 1}))
        assert list(refusal.value.fields) == [field]

    @pytest.mark.parametrize(
        ("changes", "fields"),
        [
            ({"name": "  "}, ["name"]),
            ({"ends_at": None}, ["ends_at"]),
            ({"starts_at": None}, ["ends_at"]),
            ({"lines_per_student": 0}, ["lines_per_student"]),
            ({"lines_per_student": 21}, ["lines_per_student"]),
            ({"meeting_minutes": 0}, ["meeting_minutes"]),
            ({"meeting_minutes": 121}, ["meeting_minutes"]),
            ({"no_show_grace_seconds": 9}, ["no_show_grace_seconds"]),
            ({"no_show_grace_seconds": 1801}, ["no_show_grace_seconds"]),
            ({"turn_bonus_minutes": 61}, ["turn_bonus_minutes"]),
            ({"name": "", "meeting_minutes": 0}, ["name", "meeting_minutes"]),
        ],
    )
    def test_each_wrong_field_is_named(self, changes, fields):
        staff = staff_of(FairFactory())
        with refused(Invalid, "invalid") as refusal:
            fairs.create_fair(actor=staff, values=_values(**changes))
        assert list(refusal.value.fields) == fields

    def test_the_end_lies_after_the_start(self):
        staff = staff_of(FairFactory())
        moment = clock.now() + timedelta(days=1)
        with refused(Invalid, "invalid") as refusal:
            fairs.create_fair(actor=staff, values=_values(starts_at=moment, ends_at=moment))
        assert list(refusal.value.fields) == ["ends_at"]

    @pytest.mark.parametrize(
        "changes",
        [
            {
                "lines_per_student": 1,
                "meeting_minutes": 1,
                "no_show_grace_seconds": 10,
                "turn_bonus_minutes": 0,
            },
            {
                "lines_per_student": 20,
                "meeting_minutes": 120,
                "no_show_grace_seconds": 1800,
                "turn_bonus_minutes": 60,
            },
        ],
    )
    def test_the_limits_themselves_are_allowed(self, changes):
        fair = fairs.create_fair(actor=staff_of(FairFactory()), values=_values(**changes))
        assert {key: getattr(fair, key) for key in changes} == changes


class TestUpdate:
    @pytest.mark.parametrize("status", FairStatus.values)
    def test_a_fair_is_changed_until_it_is_over(self, status):
        fair = FairFactory(status=status, name="旧名")
        staff = staff_of(fair)
        if status in ("closed", "archived"):
            with refused(Conflict, "fair_over"):
                fairs.update_fair(actor=staff, fair_id=fair.pk, values={"name": "新名"})
            return
        fairs.update_fair(actor=staff, fair_id=fair.pk, values={"name": "新名"})
        fair.refresh_from_db()
        assert (fair.name, fair.status) == ("新名", status)
        assert trail("fairs.fair") == [("fairs.changed", "", "", staff.user_id)]

    def test_a_change_that_would_not_fit_what_stays_is_refused(self):
        fair = FairFactory()
        staff = staff_of(fair)
        with refused(Invalid, "invalid") as refusal:
            fairs.update_fair(
                actor=staff, fair_id=fair.pk, values={"ends_at": fair.starts_at - timedelta(minutes=1)}
            )
        assert list(refusal.value.fields) == ["ends_at"]

    @pytest.mark.parametrize("field", ["school_id", "status", "closed_at"])
    def test_school_and_status_are_not_changed_here(self, field):
        fair = FairFactory()
        staff = staff_of(fair)
        with refused(Invalid, "invalid") as refusal:
            fairs.update_fair(actor=staff, fair_id=fair.pk, values={field: 1})
        assert list(refusal.value.fields) == [field]

    @pytest.mark.parametrize(
        ("who", "error", "code"),
        [
            ("anonymous", NotAllowed, "not_allowed"),
            ("student", NotAllowed, "not_allowed"),
            ("recruiter", NotAllowed, "not_allowed"),
            ("department", NotAllowed, "not_allowed"),
            ("operator", NotAllowed, "not_allowed"),
        ],
    )
    def test_others_change_nothing(self, others, who, error, code):
        fair = FairFactory()
        actor = others(fair)[who]
        with refused(error, code):
            fairs.update_fair(actor=actor, fair_id=fair.pk, values={"name": "x"})

    def test_staff_of_the_alliance_watch_but_do_not_change(self):
        alliance = AllianceFactory()
        fair = FairFactory(school=SchoolFactory(alliance=alliance))
        partner = staff_of(FairFactory(school=SchoolFactory(alliance=alliance)))
        with refused(NotAllowed, "not_allowed"):
            fairs.update_fair(actor=partner, fair_id=fair.pk, values={"name": "x"})

    def test_a_strangers_fair_does_not_exist(self):
        fair, stranger = FairFactory(), staff_of(FairFactory())
        with refused(NotFound, "not_found"):
            fairs.update_fair(actor=stranger, fair_id=fair.pk, values={"name": "x"})


class TestMove:
    @pytest.mark.parametrize(("before", "to"), EVERY_PAIR)
    def test_every_pair_of_states(self, before, to):
        fair = FairFactory(status=before)
        staff = staff_of(fair)
        if to not in FAIR_TRANSITIONS[before]:
            with refused(Conflict, "wrong_state"):
                fairs.move_fair(actor=staff, fair_id=fair.pk, to=to)
            return
        fairs.move_fair(actor=staff, fair_id=fair.pk, to=to)
        fair.refresh_from_db()
        assert (fair.status, fair.version) == (to, 2)
        assert trail("fairs.fair") == [("fairs.moved", before, to, staff.user_id)]
        assert told(f"fair-{fair.pk}") == [("fair_changed", {"status": to})]
        assert heard_anywhere() == {f"fair-{fair.pk}"}

    def test_an_unknown_state_is_refused(self):
        fair = FairFactory()
        staff = staff_of(fair)
        with refused(Conflict, "wrong_state"):
            fairs.move_fair(actor=staff, fair_id=fair.pk, to="exploded")

    def test_opening_is_stamped_once_and_closing_at_its_time(self, frozen_now):
        fair = FairFactory(status="ready")
        staff = staff_of(fair)
        for to in ("live", "paused", "live", "closed"):
            fairs.move_fair(actor=staff, fair_id=fair.pk, to=to)
            clock.advance(timedelta(minutes=10))
        fair.refresh_from_db()
        assert (fair.opened_at, fair.closed_at) == (frozen_now, frozen_now + timedelta(minutes=30))

    @pytest.mark.parametrize("who", ["anonymous", "student", "recruiter", "department", "operator"])
    def test_others_move_nothing(self, others, who):
        fair = FairFactory()
        actor = others(fair)[who]
        with refused(NotAllowed, "not_allowed"):
            fairs.move_fair(actor=actor, fair_id=fair.pk, to="closed")

    def test_the_system_moves_any_fair(self):
        fair = FairFactory(status="ready")
        fairs.move_fair(actor=SYSTEM, fair_id=fair.pk, to="live")
        assert trail() == [("fairs.moved", "ready", "live", None)]

    @pytest.mark.parametrize(
        ("status", "after"),
        [
            ("waiting", "left"),
            ("away", "left"),
            ("called", "left"),
            ("meeting", "meeting"),
            ("served", "served"),
            ("left", "left"),
            ("no_show", "no_show"),
        ],
    )
    def test_closing_ends_whoever_waits_and_nobody_else(self, status, after):
        booth = BoothFactory()
        student = student_at(booth.fair)
        ticket = TicketFactory(booth=booth, student_id=student.student_id, status=status, **called_fields())
        fairs.move_fair(actor=staff_of(booth.fair), fair_id=booth.fair_id, to="closed")
        ticket.refresh_from_db()
        moved = status in ("waiting", "away", "called")
        assert (ticket.status, ticket.ended_at) == (after, clock.now() if moved else None)
        people = list(Notification.objects.values_list("user_id", "kind", "params"))
        closed = (student.user_id, "fairs.line_closed", {"fair": booth.fair.name})
        assert people == ([closed] if moved else [])
        heard = told(f"person-{student.user_id}")
        assert [payload["status"] for _kind, payload in heard] == (["left"] if moved else [])

    def test_closing_touches_no_other_fairs_line(self):
        ticket, fair = TicketFactory(), FairFactory()
        fairs.move_fair(actor=staff_of(fair), fair_id=fair.pk, to="closed")
        ticket.refresh_from_db()
        assert (ticket.status, ticket.version) == ("waiting", 1)

    def test_a_student_in_three_lines_is_told_once(self):
        fair = FairFactory()
        student = student_at(fair)
        for _ in range(3):
            line.join_line(actor=student, booth_id=BoothFactory(fair=fair).pk)
        fairs.move_fair(actor=staff_of(fair), fair_id=fair.pk, to="closed")
        assert Notification.objects.filter(user_id=student.user_id).count() == 1
        assert set(Ticket.objects.values_list("status", flat=True)) == {TicketStatus.LEFT}

    def test_after_closing_a_call_in_the_line_cannot_be_accepted(self):
        booth = BoothFactory()
        student, recruiter = student_at(booth.fair), recruiter_at(booth)
        ticket = line.join_line(actor=student, booth_id=booth.pk)
        line.call_next(actor=recruiter, booth_id=booth.pk)
        fairs.move_fair(actor=staff_of(booth.fair), fair_id=booth.fair_id, to="closed")
        with refused(Conflict, "not_called"):
            meeting.accept_call(actor=student, ticket_id=ticket.pk)


class TestRegister:
    @pytest.mark.parametrize("status", FairStatus.values)
    def test_registration_in_every_state(self, status):
        fair = FairFactory(status=status)
        student = student_at(fair, registered=False)
        if status in ("draft", "archived"):
            with refused(NotFound, "not_found"):
                fairs.register_for_fair(actor=student, fair_id=fair.pk)
        elif status == "closed":
            with refused(Conflict, "registration_closed"):
                fairs.register_for_fair(actor=student, fair_id=fair.pk)
        else:
            row = fairs.register_for_fair(actor=student, fair_id=fair.pk)
            assert (row.student_id, row.fair_id, row.entered_at) == (student.student_id, fair.pk, None)
            assert trail() == [("fairs.registered", "", "", student.user_id)]

    def test_twice_is_once(self):
        fair = FairFactory()
        student = student_at(fair, registered=False)
        rows = {fairs.register_for_fair(actor=student, fair_id=fair.pk).pk for _ in range(2)}
        assert (len(rows), FairRegistration.objects.count(), len(trail())) == (1, 1, 1)

    @pytest.mark.parametrize("status", ["roster", "pending", "refused", "left"])
    def test_who_is_not_confirmed_waits_for_the_school(self, status):
        fair = FairFactory()
        student = student_at(fair, registered=False)
        Student.objects.filter(pk=student.student_id).update(status=status)
        with refused(NotAllowed, "student_unconfirmed"):
            fairs.register_for_fair(actor=student, fair_id=fair.pk)

    @pytest.mark.parametrize("who", ["anonymous", "recruiter", "department", "operator"])
    def test_others_do_not_register(self, others, who):
        fair = FairFactory()
        actor = others(fair)[who]
        with refused(NotAllowed, "not_allowed"):
            fairs.register_for_fair(actor=actor, fair_id=fair.pk)

    def test_a_strangers_fair_does_not_exist(self):
        fair, student = FairFactory(), student_at(FairFactory())
        with refused(NotFound, "not_found"):
            fairs.register_for_fair(actor=student, fair_id=fair.pk)


class TestEnter:
    @pytest.mark.parametrize("status", FairStatus.values)
    def test_only_a_visit_to_the_running_hall_counts(self, status):
        fair = FairFactory(status=status)
        student = student_at(fair)
        fairs.enter_fair(actor=student, fair_id=fair.pk)
        entered = FairRegistration.objects.get().entered_at
        assert entered == (clock.now() if status in ("live", "paused") else None)

    def test_the_first_visit_stays(self, frozen_now):
        fair = FairFactory()
        student = student_at(fair)
        for _ in range(2):
            fairs.enter_fair(actor=student, fair_id=fair.pk)
            clock.advance(timedelta(minutes=5))
        assert FairRegistration.objects.get().entered_at == frozen_now

    def test_without_registration_nothing_is_noted(self):
        fair = FairFactory()
        fairs.enter_fair(actor=student_at(fair, registered=False), fair_id=fair.pk)
        assert FairRegistration.objects.count() == 0

    def test_others_looks_are_no_visit(self):
        fair = FairFactory()
        student_at(fair)
        fairs.enter_fair(actor=staff_of(fair), fair_id=fair.pk)
        assert FairRegistration.objects.filter(entered_at__isnull=False).count() == 0


def test_the_table_of_states_names_every_state_and_ends_in_the_archive():
    assert set(FAIR_TRANSITIONS) == set(FairStatus)
    assert [state for state, after in FAIR_TRANSITIONS.items() if not after] == [FairStatus.ARCHIVED]


def test_a_fair_never_goes_back_to_before_its_opening():
    running = {FairStatus.LIVE, FairStatus.PAUSED, FairStatus.CLOSED, FairStatus.ARCHIVED}
    assert all(FAIR_TRANSITIONS[state] <= running for state in running)


def test_two_staff_who_close_at_once_close_once():
    fair = FairFactory()
    one, two = staff_of(fair), staff_of(fair)
    fairs.move_fair(actor=one, fair_id=fair.pk, to="closed")
    with refused(Conflict, "wrong_state"):
        fairs.move_fair(actor=two, fair_id=fair.pk, to="closed")
    assert Fair.objects.get(pk=fair.pk).version == 2
