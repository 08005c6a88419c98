"""A booth's opening hours within the fair: outside of them nobody joins and nobody is called."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.audit import domain as audit
from backend.common import clock
from backend.common.errors import Conflict, Invalid
from fairs.domain.booth import worked_booth
from fairs.models import Booth


@transaction.atomic
def set_hours(*, actor: Actor, booth_id: int, opens_at: datetime | None, closes_at: datetime | None) -> Booth:
    """Say when the booth takes people; without a time it is the fair's own."""
    booth = worked_booth(actor, booth_id)
    fair, problems = booth.fair, {}
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
