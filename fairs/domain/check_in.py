"""Check-in at the door: a scan counts once, the earliest wins, and each one is answered, also hours later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.audit import domain as audit
from backend.common import clock
from backend.common.errors import Conflict, DomainError, Invalid, NotFound
from fairs import codes, door
from fairs.domain.fair import managed_fair
from fairs.enums import FairStatus
from fairs.models import CheckIn, Fair, FairRegistration

MOST = 500
"""Scans of one batch."""
CLOCKS_APART = timedelta(minutes=2)
"""So far a device's clock may be from ours before whoever scans is told."""
DOOR_OPEN = [FairStatus.READY, FairStatus.LIVE, FairStatus.PAUSED]


@dataclass(frozen=True)
class Scan:
    """What a device read: its own id for the scan, the code, and when."""

    scan: UUID
    code: str
    at: datetime


@dataclass(frozen=True)
class Answer:
    """What became of a scan: `checked_in`, `duplicate` (with the time that counts), or `refused` with code and sentence.

    One that counts at another time than its device says, for its clock is wrong, has a code and sentence too.
    """

    scan: UUID
    result: str
    at: datetime | None = None
    code: str = ""
    message: str = ""


def merge_scans(
    *, actor: Actor, fair_id: int, scans: Sequence[Scan], device: UUID | None = None
) -> list[Answer]:
    """Take scans in, each in a transaction of its own; the same batch again changes nothing and is answered alike."""
    fair = managed_fair(actor, fair_id)
    if len(scans) > MOST:
        raise Invalid(fields={"scans": [_("At most %(most)d scans at once.") % {"most": MOST}]})
    short = door.short_codes(fair) if any(codes.typed(scan.code) for scan in scans) else {}
    counted = CheckIn.objects.filter(fair=fair).in_bulk([scan.scan for scan in scans], field_name="scan")
    answers = []
    for scan in scans:
        try:
            whose = _registration(fair, scan.code, short)
            row = _counted(actor, fair, whose, scan, device=device, counted=counted)
        except DomainError as error:
            answers.append(Answer(scan.scan, "refused", code=error.code, message=error.text))
        else:
            answers.append(_answer(scan, row))
    return answers


def _answer(scan: Scan, row: CheckIn) -> Answer:
    """What whoever scanned hears of a scan and the row that counts after it."""
    if row.scan != scan.scan:
        return Answer(scan.scan, "duplicate", row.at)
    if abs(row.at - scan.at) < CLOCKS_APART:
        return Answer(scan.scan, "checked_in", row.at)
    said = gettext("The clock of this device is wrong: the scan counts at %(time)s.") % {
        "time": timezone.localtime(row.at).strftime("%H:%M")
    }
    return Answer(scan.scan, "checked_in", row.at, "clock_wrong", said)


def check_in_by_hand(*, actor: Actor, fair_id: int, registration_id: int) -> CheckIn:
    """Check a registered student in whom staff know by name or number."""
    fair = managed_fair(actor, fair_id)
    if not FairRegistration.objects.filter(fair=fair, pk=registration_id).exists():
        raise NotFound
    return _record(actor, fair, registration_id, Scan(uuid4(), "", clock.now()), None)


def _registration(fair: Fair, text: str, short: dict[str, int]) -> int:
    """The registration a code stands for; the refusal says what is wrong with it."""
    if spelled := codes.typed(text):
        if spelled not in short:
            raise Conflict("code_unknown", _("Nobody registered for this fair has this code."))
        return short[spelled]
    found = codes.read(text)
    if found is None:
        raise Conflict("code_unreadable", _("This is not a check-in code."))
    code, signature = found
    if code.fair != fair.pk:
        raise Conflict("code_foreign", _("This code is for another fair."))
    if not codes.is_signed(fair.school_id, code, signature):
        raise Conflict("code_forged", _("This code was not signed by the school: it is forged or damaged."))
    return code.registration


def _counted(
    actor: Actor,
    fair: Fair,
    registration: int,
    scan: Scan,
    *,
    device: UUID | None,
    counted: dict[UUID, CheckIn],
) -> CheckIn:
    """The row that counts after this scan; one that counts already is not written again."""
    row = counted.get(scan.scan)
    if row is None:
        row = counted[scan.scan] = _record(actor, fair, registration, scan, device)
    elif row.registration_id != registration:
        raise Conflict("scan_reused", _("Another scan has this number."))
    return row


@transaction.atomic
def _record(actor: Actor, fair: Fair, registration: int, scan: Scan, device: UUID | None) -> CheckIn:
    """The row that counts after this scan: the earliest of all that a right clock can have told."""
    # The row's lock, and only then the look at what counts: read in one statement with the lock, PostgreSQL gives what
    # counted before the wait, and of two devices that merge at once the second would not see what the first one wrote.
    held = FairRegistration.objects.select_for_update().filter(fair=fair, pk=registration)
    if not held.values_list("pk"):
        raise Conflict("code_unknown", _("Nobody registered for this fair has this code."))
    at = _moment(fair, scan.at)
    late = fair.status == FairStatus.CLOSED and fair.closed_at is not None and at <= fair.closed_at
    if fair.status not in DOOR_OPEN and not late:
        raise Conflict("door_closed", _("Nobody is checked in at this fair at that time."))
    row = CheckIn.objects.filter(registration_id=registration).first()
    if row is not None and (row.scan == scan.scan or row.at <= at):
        return row
    if row is None:
        row = CheckIn(fair=fair, registration_id=registration)
        audit.record(actor=actor, verb="fairs.checked_in", target=fair, data={"registration": registration})
    row.at, row.by_id, row.device, row.scan = at, actor.user_id, device, scan.scan
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Conflict("scan_reused", _("Another scan has this number.")) from None
    # Whoever is in the hall is here: planned talks of theirs begin, and the report counts the visit.
    FairRegistration.objects.filter(
        Q(entered_at__isnull=True) | Q(entered_at__gt=at), pk=registration
    ).update(entered_at=at)
    return row


def _moment(fair: Fair, at: datetime) -> datetime:
    """When a scan counts as made: clocks that run ahead are set back to now.

    So is one that tells a time before the day on which the door opens: the scan is true, only its clock is not, and the
    earliest counts. After the fair it counts at the fair's end.
    """
    now = clock.now()
    first = fair.starts_at.astimezone(ZoneInfo(fair.school.time_zone))
    opens = first.replace(hour=0, minute=0, second=0, microsecond=0)
    if at < min(opens, fair.opened_at or opens):
        at = fair.closed_at or now
    return min(at, now)
