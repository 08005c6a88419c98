"""What staff change while a fair runs: its end, a booth's place, whether a line takes anybody in."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.audit import domain as audit
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.notifications import domain as notifications
from fairs import queries, rules
from fairs.domain import announcements, digest, journal, windows
from fairs.domain.fair import managed_fair
from fairs.domain.line import set_ticket, user_ids
from fairs.enums import IN_LINE, RUNNING, BoothStatus, TicketStatus
from fairs.models import Booth, Fair, Ticket
from fairs.protocol.events import LineClosed

LONGEST = timedelta(hours=24)


@transaction.atomic
def extend_fair(*, actor: Actor, fair_id: int, ends_at: datetime) -> Fair:
    """A running fair ends later, and everybody is told; the plan's times stay what they are."""
    fair = managed_fair(actor, fair_id)
    fair = Fair.objects.select_for_update().get(pk=fair.pk)
    if fair.status not in RUNNING:
        raise Conflict("fair_not_live", _("The fair is not live."))
    now, hours = clock.now(), fair.hours()
    # Of several windows today's: the last that has begun.
    at = max((n for n, (starts, _ends) in enumerate(hours) if starts <= now), default=0)
    starts, before = hours[at]
    if ends_at <= max(before, now):
        raise Invalid(fields={"ends_at": [_("Choose a later end.")]})
    if at + 1 < len(hours) and ends_at > hours[at + 1][0]:
        raise Invalid(fields={"ends_at": [_("Two windows overlap.")]})
    # A window that is longer already was laid out so, over several days: it goes on for a day more at most.
    if ends_at > (starts if before - starts < LONGEST else before) + LONGEST:
        raise Invalid(fields={"ends_at": [_("A day of a fair lasts 24 hours at most.")]})
    hours[at] = (starts, ends_at)
    windows.write_windows(fair, hours)
    fair.ends_at = hours[-1][1]
    fair.save(update_fields=["ends_at", "updated_at"])
    audit.record(
        actor=actor, verb="fairs.extended", target=fair, before=before.isoformat(), after=ends_at.isoformat()
    )
    shown = timezone.localtime(ends_at).strftime("%H:%M")
    words = (f"双选会延长至 {shown} 结束。", f"The fair now ends at {shown}.")
    announcements.publish(actor, fair, words)
    return fair


@transaction.atomic
def move_booth(*, actor: Actor, booth_id: int, label: str, zone: str) -> Booth:
    """Give an approved booth another number and zone; those in line and its team are told where."""
    booth = _managed(actor, booth_id)
    # The fair before its booth, as a fair that closes takes them; what is told below takes the fair too.
    Fair.objects.select_for_update().get(pk=booth.fair_id)
    # The booth's row too: one that is refused in this very moment gets no number.
    held = Booth.objects.select_for_update(of=("self",)).select_related("fair", "company")
    booth = held.filter(pk=booth.pk, status=BoothStatus.APPROVED).first()
    if booth is None:
        raise NotFound
    label, zone = label.strip(), zone.strip()
    problems = {}
    if not label or len(label) > 12:
        problems["label"] = [_("Give the booth a number of at most 12 characters.")]
    if len(zone) > 40:
        problems["zone"] = [_("At most %(limit)d characters.") % {"limit": 40}]
    if problems:
        raise Invalid(fields=problems)
    if (label, zone) == (booth.label, booth.zone):
        raise Conflict("same_place", _("The booth stands there already."))
    before = f"{booth.label} {booth.zone}".strip()
    booth.label, booth.zone = label, zone
    try:
        with transaction.atomic():
            booth.save(update_fields=["label", "zone", "updated_at"])
    except IntegrityError:
        raise Conflict("label_taken", _("Another booth has this number.")) from None
    place = f"{label} {zone}".strip()
    audit.record(actor=actor, verb="booths.moved", target=booth, before=before[:40], after=place[:40])
    words = (f"展位已移至 {place}。", f"This booth has moved to {place}.")
    announcements.publish(actor, booth.fair, words, booths=[booth])
    digest.touch(booth)
    return booth


@transaction.atomic
def close_line(*, actor: Actor, booth_id: int, let_go: bool) -> int:
    """Nobody new stands in this line; those in it are still served, or let go with a message. How many were let go."""
    booth = _managed(actor, booth_id)
    # The row's lock: whoever draws a number holds it, so nobody slips in behind those who are let go.
    booth = Booth.objects.select_for_update(of=("self",)).select_related("fair", "company").get(pk=booth.pk)
    if not booth.line_closed:
        Booth.objects.filter(pk=booth.pk).update(line_closed=True)
        audit.record(actor=actor, verb="booths.line_closed", target=booth, after="let_go" if let_go else "")
        journal.tell((LineClosed(closed=True), booth.pk))
    elif not let_go:
        raise Conflict("line_closed", _("This line takes nobody in any more."))
    gone = _let_go(actor, booth) if let_go else 0
    digest.touch(booth)
    return gone


@transaction.atomic
def open_line(*, actor: Actor, booth_id: int) -> Booth:
    """Let people join again."""
    booth = _managed(actor, booth_id)
    if not Booth.objects.filter(pk=booth.pk, line_closed=True).update(line_closed=False):
        raise Conflict("line_open", _("This line is open."))
    booth.line_closed = False
    audit.record(actor=actor, verb="booths.line_opened", target=booth)
    journal.tell((LineClosed(closed=False), booth.pk))
    digest.touch(booth)
    return booth


def _let_go(actor: Actor, booth: Booth) -> int:
    waiting = list(
        Ticket.objects.select_for_update(of=("self",))
        .filter(booth=booth, status__in=IN_LINE)
        .select_related("booth__fair")
        .order_by("pk")
    )
    for ticket in waiting:
        set_ticket(actor, ticket, TicketStatus.LEFT, ended_at=clock.now())
    users = user_ids([ticket.student_id for ticket in waiting])
    notifications.notify(
        user_ids=sorted(users.values()),
        kind="fairs.line_ended_early",
        dedupe_key=f"fairs.line_ended_early:{booth.pk}:{clock.now():%Y%m%d%H%M%S}",
        url=f"/companies/{booth.company_id}/",
        company=booth.company.name,
    )
    return len(waiting)


def _managed(actor: Actor, booth_id: int) -> Booth:
    booth = queries.booths_visible_to(actor).filter(pk=booth_id, status=BoothStatus.APPROVED).first()
    if booth is None:
        raise NotFound
    if not rules.can_manage_fair(actor, booth.fair):
        raise NotAllowed
    return booth
