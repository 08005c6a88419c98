"""Fairs: set up, signed up for, opened, paused and closed; students register and enter."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.audit import domain as audit
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.common.transitions import move
from backend.students.enums import StudentStatus
from backend.students.models import Student
from fairs import queries, rules
from fairs.domain import guests, journal, windows
from fairs.domain.hours import keep_within
from fairs.domain.line import close_tickets
from fairs.enums import FAIR_TRANSITIONS, RUNNING, FairStatus
from fairs.models import Fair, FairRegistration
from fairs.protocol.events import FairChanged

FIELDS = (
    "name",
    "description",
    "place",
    "address",
    "starts_at",
    "ends_at",
    "lines_per_student",
    "meeting_minutes",
    "no_show_grace_seconds",
    "turn_bonus_minutes",
    "by_clock",
    "entry",
    "steps_away_max",
    "away_minutes_max",
    "invitations_per_hour",
    "invitations_per_day",
)
BESIDE = ("windows", *guests.KINDS)
"""What is said about a fair and stands in rows beside it."""
LIMITS = {
    "lines_per_student": (1, 20),
    "meeting_minutes": (1, 120),
    "no_show_grace_seconds": (10, 1800),
    "turn_bonus_minutes": (0, 60),
    "steps_away_max": (0, 20),
    "away_minutes_max": (1, 120),
    "invitations_per_hour": (0, 200),
    "invitations_per_day": (0, 50),
}
REGISTRATION_OPEN = [FairStatus.SIGN_UP, FairStatus.READY, FairStatus.LIVE, FairStatus.PAUSED]


@transaction.atomic
def create_fair(*, actor: Actor, values: dict[str, Any]) -> Fair:
    """Staff of a school lay out a fair; it is a draft until sign-up opens."""
    if not rules.can_run_fairs(actor):
        raise NotAllowed
    fair = Fair(school_id=actor.school_id)
    _write(fair, _checked(values))
    audit.record(actor=actor, verb="fairs.created", target=fair)
    return fair


@transaction.atomic
def update_fair(*, actor: Actor, fair_id: int, values: dict[str, Any]) -> Fair:
    """Change a fair that is not over."""
    # Held, for what is written below is the whole row: a fair that opens meanwhile must not be taken back.
    fair = Fair.objects.select_for_update().get(pk=managed_fair(actor, fair_id).pk)
    if fair.status in (FairStatus.CLOSED, FairStatus.ARCHIVED):
        raise Conflict("fair_over", _("This fair is over."))
    _write(fair, _checked(values))
    keep_within(actor, fair)
    audit.record(actor=actor, verb="fairs.changed", target=fair, data={"fields": sorted(values)})
    return fair


@transaction.atomic
def move_fair(*, actor: Actor, fair_id: int, to: str) -> Fair:
    """Take a fair to its next state; closing it ends the lines kindly and tells everybody who waited."""
    fair = managed_fair(actor, fair_id)
    stamps: dict[str, Any] = {}
    if to == FairStatus.LIVE and fair.opened_at is None:
        stamps["opened_at"] = clock.now()
    if to == FairStatus.CLOSED:
        stamps["closed_at"] = clock.now()
    stamps["paused_at"] = clock.now() if to == FairStatus.PAUSED else None
    before = move(fair, to, FAIR_TRANSITIONS, **stamps)
    audit.record(actor=actor, verb="fairs.moved", target=fair, before=before, after=to)
    ended = close_tickets(actor, fair) if to == FairStatus.CLOSED else []
    journal.tell((FairChanged(status=to), fair.pk), *ended)
    return fair


@transaction.atomic
def register_for_fair(*, actor: Actor, fair_id: int) -> FairRegistration:
    """A confirmed student signs up for a fair; twice is once."""
    fair = queries.fairs_visible_to(actor).filter(pk=fair_id).first()
    if fair is None:
        raise NotFound
    if not rules.can_stand_in_line(actor):
        raise NotAllowed
    if fair.status not in REGISTRATION_OPEN:
        raise Conflict("registration_closed", _("Registration for this fair is closed."))
    student = Student.objects.select_related("major").filter(pk=actor.student_id).first()
    if student is None or student.status != StudentStatus.CONFIRMED:
        raise NotAllowed("student_unconfirmed", _("Your school has to confirm you first."))
    guests.must_be_invited(fair, student)
    registration, new = FairRegistration.objects.get_or_create(fair=fair, student_id=actor.student_id)
    if new:
        audit.record(actor=actor, verb="fairs.registered", target=fair)
    return registration


def enter_fair(*, actor: Actor, fair_id: int) -> None:
    """Note a registered student's first visit to the running hall: the visits of the report."""
    if not rules.can_stand_in_line(actor):
        return
    first = FairRegistration.objects.filter(
        fair_id=fair_id, student_id=actor.student_id, entered_at__isnull=True, fair__status__in=RUNNING
    )
    # Looked at before written: a look at the hall must not queue for SQLite's one writer.
    if first.exists():
        with transaction.atomic():
            first.update(entered_at=clock.now())


def managed_fair(actor: Actor, fair_id: int) -> Fair:
    """A fair one sees and runs; NotFound and NotAllowed say which of the two fails."""
    fair = queries.fairs_visible_to(actor).filter(pk=fair_id).first()
    if fair is None:
        raise NotFound
    if not rules.can_manage_fair(actor, fair):
        raise NotAllowed
    return fair


def _write(fair: Fair, values: dict[str, Any]) -> None:
    """Give a fair these values, its windows and guests among them, or say what stands against them."""
    for key in FIELDS:
        if key in values:
            setattr(fair, key, values[key])
    if "windows" not in values:
        _complete(fair)
    hours = windows.spanned(fair, values)
    _complete(fair)
    fair.save()
    windows.write_windows(fair, hours)
    guests.write_guests(fair, values)


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(values) - {*FIELDS, *BESIDE})
    if unknown:
        raise Invalid(fields={key: [_("This cannot be set.")] for key in unknown})
    return values


def _complete(fair: Fair) -> None:
    """Field limits and the order of times, as messages; the database holds the same as constraints."""
    problems: dict[str, list[Any]] = {}
    if not fair.name.strip():
        problems["name"] = [_("Give the fair a name.")]
    if fair.starts_at is None or fair.ends_at is None or fair.ends_at <= fair.starts_at:
        problems["ends_at"] = [_("The end lies before the start.")]
    for key, (low, high) in LIMITS.items():
        if not low <= getattr(fair, key) <= high:
            problems[key] = [_("Between %(low)d and %(high)d.") % {"low": low, "high": high}]
    if problems:
        raise Invalid(fields=problems)
