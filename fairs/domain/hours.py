"""A booth's opening hours within the fair: outside of them nobody joins and nobody is called."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.audit import domain as audit
from backend.common import clock
from backend.common.errors import Conflict, Invalid
from fairs.domain.booth import tell_team, worked_booth
from fairs.enums import BoothStatus
from fairs.models import Booth, Fair


@transaction.atomic
def set_hours(*, actor: Actor, booth_id: int, opens_at: datetime | None, closes_at: datetime | None) -> Booth:
    """Say when the booth takes people; without a time it is the fair's own."""
    booth = worked_booth(actor, booth_id)
    # Held, so that its times do not move meanwhile.
    fair = Fair.objects.select_for_update().get(pk=booth.fair_id)
    problems: dict[str, list[Any]] = {}
    for name, moment in (("opens_at", opens_at), ("closes_at", closes_at)):
        if moment is not None and not fair.starts_at <= moment <= fair.ends_at:
            problems[name] = [_("This lies outside the fair.")]
    if opens_at is not None and closes_at is not None and closes_at <= opens_at:
        problems["closes_at"] = [_("The end lies before the start.")]
    if problems:
        raise Invalid(fields=problems)
    Booth.objects.filter(pk=booth.pk).update(opens_at=opens_at, closes_at=closes_at)
    booth.opens_at, booth.closes_at = opens_at, closes_at
    said = {"opens_at": _iso(opens_at), "closes_at": _iso(closes_at)}
    audit.record(actor=actor, verb="booths.hours_set", target=booth, data=said)
    return booth


def keep_within(actor: Actor, fair: Fair) -> int:
    """Hours that a fair's new times have left behind fall back to the fair's own, and the booths' teams are told; how many.

    The caller holds the fair's row. Planned hours that reach beyond the fair are cut by whoever reads them; those that lie
    wholly outside would keep the booth from every talk.
    """
    begins, ends = fair.starts_at, fair.ends_at
    own = Q(opens_at__lt=begins) | Q(opens_at__gte=ends) | Q(closes_at__lte=begins) | Q(closes_at__gt=ends)
    planned = Q(team__starts_at__gte=ends) | Q(team__ends_at__lte=begins)
    rows = Booth.objects.select_for_update(of=("self",)).filter(own | planned, fair=fair)
    found = list(rows.select_related("fair", "team").order_by("pk"))
    for booth in found:
        _cut(booth, begins, ends)
        said = {"opens_at": _iso(booth.opens_at), "closes_at": _iso(booth.closes_at)}
        audit.record(actor=actor, verb="booths.hours_set", target=booth, data=said)
        if booth.status != BoothStatus.REFUSED:
            tell_team(booth, "fairs.hours_cleared", str(clock.now().timestamp()), fair=fair.name)
    return len(found)


def _cut(booth: Booth, begins: datetime, ends: datetime) -> None:
    """Take the hours outside of these times off a booth: both ends of its own, and planned ones that miss them wholly."""
    if booth.opens_at is not None and not begins <= booth.opens_at < ends:
        booth.opens_at = None
    if booth.closes_at is not None and not begins < booth.closes_at <= ends:
        booth.closes_at = None
    booth.save(update_fields=["opens_at", "closes_at", "updated_at"])
    team = getattr(booth, "team", None)
    if team is None:
        return
    if team.starts_at is not None and team.starts_at >= ends:
        team.starts_at = None
    if team.ends_at is not None and team.ends_at <= begins:
        team.ends_at = None
    team.save(update_fields=["starts_at", "ends_at"])


def must_be_open(booth: Booth) -> None:
    """Conflict outside the booth's hours."""
    now = clock.now()
    if booth.opens_at is not None and now < booth.opens_at:
        raise Conflict("booth_not_open", _("This booth opens at %(time)s."), time=_clock(booth.opens_at))
    if booth.closes_at is not None and now >= booth.closes_at:
        raise Conflict("booth_closed", _("This booth has closed at %(time)s."), time=_clock(booth.closes_at))


def _iso(moment: datetime | None) -> str | None:
    return moment and moment.isoformat()


def _clock(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%H:%M")
