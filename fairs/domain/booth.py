"""Booths: asked for by a company with its positions, approved by staff, paused by recruiters."""

from collections.abc import Callable, Sequence

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.accounts.models import Membership
from backend.audit import domain as audit
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.common.transitions import move
from backend.companies.models import Company, CompanyDivision
from backend.companies.queries import reachable
from backend.notifications import domain as notifications
from backend.positions import indexing
from backend.positions.models import Position
from backend.positions.queries import open_now
from fairs import queries, rules
from fairs.domain import digest, journal
from fairs.domain.words import must_be_heard
from fairs.enums import BOOTH_TRANSITIONS, BoothStatus, FairStatus
from fairs.models import Booth, BoothPosition, Fair, Plan
from fairs.protocol.events import LinePaused

refused: list[Callable[[Actor, Booth], None]] = []
"""What follows from a booth's refusal, in its transaction; appended from ready(): a plan imports lines, which import booths."""
MESSAGE = 200
SIGN_UP_OPEN = [FairStatus.SIGN_UP, FairStatus.READY]


@transaction.atomic
def request_booth(
    *, actor: Actor, fair_id: int, position_ids: Sequence[int], division_id: int | None = None
) -> Booth:
    """A verified company asks for a booth and names the published positions it brings."""
    fair = queries.fairs_visible_to(actor).filter(pk=fair_id).first()
    if fair is None:
        raise NotFound
    if actor.role != Role.RECRUITER:
        raise NotAllowed
    if fair.status not in SIGN_UP_OPEN:
        raise Conflict("sign_up_closed", _("Companies can no longer sign up for this fair."))
    if not Company.objects.filter(reachable(), pk=actor.company_id).exists():
        raise NotAllowed("company_unverified", _("Your company has to pass vetting first."))
    if (
        division_id
        and not CompanyDivision.objects.filter(pk=division_id, company_id=actor.company_id).exists()
    ):
        raise Invalid(fields={"division": [_("This is not a division of your company.")]})
    positions = _own_positions(actor, position_ids)
    booth = _save_once(Booth(fair=fair, company_id=actor.company_id, division_id=division_id))
    BoothPosition.objects.bulk_create([BoothPosition(booth=booth, position_id=pk) for pk in positions])
    audit.record(actor=actor, verb="booths.requested", target=booth, data={"positions": positions})
    return booth


@transaction.atomic
def bring_positions(*, actor: Actor, booth_id: int, position_ids: Sequence[int]) -> Booth:
    """Choose anew which positions the booth brings."""
    booth = worked_booth(actor, booth_id)
    # The row's lock: of two who save at once the second has to see what the first one left.
    Booth.objects.select_for_update().get(pk=booth.pk)
    positions = _own_positions(actor, position_ids)
    before = _brought(booth)
    BoothPosition.objects.filter(booth=booth).exclude(position_id__in=positions).delete()
    BoothPosition.objects.bulk_create(
        [BoothPosition(booth=booth, position_id=pk) for pk in positions], ignore_conflicts=True
    )
    # Search finds positions by the fairs they are brought to.
    indexing.look_again(sorted({*before} ^ {*positions}))
    audit.record(actor=actor, verb="booths.positions_changed", target=booth, data={"positions": positions})
    return booth


@transaction.atomic
def approve_booth(*, actor: Actor, booth_id: int, label: str = "", zone: str = "") -> Booth:
    """Staff give the booth its number and zone; without a number it gets the next free one."""
    booth = _managed_booth(actor, booth_id)
    label = label.strip() or _next_label(booth.fair)
    try:
        with transaction.atomic():
            before = move(
                booth, BoothStatus.APPROVED, BOOTH_TRANSITIONS, label=label, zone=zone.strip(), reason=""
            )
    except IntegrityError:
        raise Conflict("label_taken", _("Another booth has this number.")) from None
    audit.record(actor=actor, verb="booths.approved", target=booth, before=before, after=booth.status)
    indexing.look_again(_brought(booth))
    _tell_anew(booth, "fairs.booth_approved", label=label)
    digest.touch(booth)
    return booth


@transaction.atomic
def refuse_booth(*, actor: Actor, booth_id: int, reason: str) -> Booth:
    """Staff refuse a booth, with the reason the company reads."""
    booth = _managed_booth(actor, booth_id)
    if not reason.strip():
        raise Invalid(fields={"reason": [_("Give the reason.")]})
    _hold_plan(booth)
    # The row's lock keeps a student from joining between this look and the refusal.
    Booth.objects.select_for_update().get(pk=booth.pk)
    if queries.live_tickets(booth).exists():
        raise Conflict("line_not_empty", _("Students stand in line here."))
    before = move(booth, BoothStatus.REFUSED, BOOTH_TRANSITIONS, label="", reason=reason.strip())
    audit.record(
        actor=actor, verb="booths.refused", target=booth, before=before, after=booth.status, reason=reason
    )
    indexing.look_again(_brought(booth))
    _tell_anew(booth, "fairs.booth_refused", reason=reason.strip())
    for follow in refused:
        follow(actor, booth)
    return booth


@transaction.atomic
def pause_booth(*, actor: Actor, booth_id: int, paused: bool, message: str = "") -> Booth:
    """Stop calling for a while, or go on; the line keeps its order, and reads why. Staff may do it too."""
    booth = queries.booths_visible_to(actor).filter(pk=booth_id).first()
    if booth is None:
        raise NotFound
    if not (rules.can_work_booth(actor, booth) or rules.can_manage_fair(actor, booth.fair)):
        raise NotAllowed
    message = message.strip() if paused else ""
    if len(message) > MESSAGE:
        raise Invalid(fields={"message": [_("At most %(limit)d characters.") % {"limit": MESSAGE}]})
    if message:
        must_be_heard(actor, booth.fair_id)
    different = Booth.objects.filter(pk=booth.pk).exclude(paused=paused, pause_message=message)
    if different.update(paused=paused, pause_message=message):
        booth.paused, booth.pause_message = paused, message
        audit.record(actor=actor, verb="booths.paused" if paused else "booths.resumed", target=booth)
        digest.touch(booth)
        journal.tell((LinePaused(paused=paused, message=message), booth.pk))
    return booth


def worked_booth(actor: Actor, booth_id: int) -> Booth:
    """The recruiter's own booth: approved, and of a company that is verified at this moment."""
    booth = queries.booths_visible_to(actor).filter(pk=booth_id).first()
    if booth is None:
        raise NotFound
    if not rules.can_work_booth(actor, booth):
        raise NotAllowed
    if not Company.objects.filter(reachable(), pk=booth.company_id).exists():
        raise NotAllowed("company_unverified", _("Your company has to pass vetting first."))
    return booth


def _managed_booth(actor: Actor, booth_id: int) -> Booth:
    booth = queries.booths_visible_to(actor).filter(pk=booth_id).first()
    if booth is None:
        raise NotFound
    if not rules.can_manage_fair(actor, booth.fair):
        raise NotAllowed
    return booth


def _hold_plan(booth: Booth) -> None:
    """Lock the plan before its booth, as whoever edits it does: in the other order each would wait for the other."""
    list(Plan.objects.select_for_update().filter(fair=booth.fair_id))


def _brought(booth: Booth) -> list[int]:
    return list(
        BoothPosition.objects.filter(booth=booth).order_by("pk").values_list("position_id", flat=True)
    )


def _own_positions(actor: Actor, wanted: Sequence[int]) -> list[int]:
    """The wanted positions, all of them the company's own and open; else the field says so."""
    found = list(
        Position.objects.filter(open_now(), pk__in=wanted, company_id=actor.company_id)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    if not wanted or len(found) != len(set(wanted)):
        raise Invalid(fields={"positions": [_("Choose published positions of your company.")]})
    return found


def _save_once(booth: Booth) -> Booth:
    try:
        with transaction.atomic():
            booth.save()
    except IntegrityError:
        raise Conflict("booth_exists", _("Your company has asked for this booth already.")) from None
    return booth


def _next_label(fair: Fair) -> str:
    taken = set(Booth.objects.filter(fair=fair).values_list("label", flat=True))
    number = 1
    while f"A{number:03d}" in taken:
        number += 1
    return f"A{number:03d}"


def _tell_anew(booth: Booth, kind: str, **params: str) -> None:
    tell_team(booth, kind, str(booth.version), fair=booth.fair.name, **params)


def tell_team(booth: Booth, kind: str, once: str, **params: str) -> None:
    """Notify the recruiters of a booth's company; `once` tells this occasion from others of the kind."""
    team = Membership.objects.filter(company_id=booth.company_id, role=Role.RECRUITER, ended_at__isnull=True)
    notifications.notify(
        user_ids=list(team.order_by("pk").values_list("user_id", flat=True)),
        kind=kind,
        dedupe_key=f"{kind}:{booth.pk}:{once}",
        url=f"/company/fairs/booths/{booth.pk}/",
        **params,
    )
