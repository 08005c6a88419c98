"""What staff tell a fair: everybody, a zone, or one booth's line. The rows are the truth; the events only ring."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.audit import domain as audit
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotFound
from fairs import queries, rules
from fairs.control_models import LONGEST_WORDS
from fairs.domain import journal
from fairs.domain.fair import managed_fair
from fairs.domain.words import problems_of
from fairs.enums import LIVE_TICKET, BoothStatus, Scope
from fairs.models import Announcement, Booth, Fair, Ticket
from fairs.protocol.events import HallAnnounced, LineAnnounced

MOST = 20
"""So many may stand at once for everybody, and so many at one booth: whoever comes reads them all."""


@transaction.atomic
def announce(
    *,
    actor: Actor,
    fair_id: int,
    scope: str,
    text_zh: str,
    text_en: str,
    zone: str = "",
    booth_id: int | None = None,
) -> Announcement:
    """Staff tell those they choose, in one language or both; it stands until it is withdrawn."""
    fair = managed_fair(actor, fair_id)
    booths = _addressed(fair, scope, zone, booth_id)
    return publish(actor, fair, (text_zh, text_en), booths=booths, zone=zone if scope == Scope.ZONE else "")


def publish(
    actor: Actor, fair: Fair, words: tuple[str, str], *, booths: Sequence[Booth] = (), zone: str = ""
) -> Announcement:
    """Store and ring, for everybody where no booth is named; the caller has asked whether this person may."""
    text_zh, text_en = _words(*words)
    scope = Scope.ZONE if zone else Scope.BOOTH if booths else Scope.ALL
    # The fair's row lock keeps two who announce at once within the limit.
    Fair.objects.select_for_update().get(pk=fair.pk)
    _within_limit(fair, booths)
    row = Announcement.objects.create(
        fair=fair,
        scope=scope,
        zone=zone,
        text_zh=text_zh,
        text_en=text_en,
        by_id=actor.user_id,
    )
    row.booths.set(booths)
    audit.record(
        actor=actor,
        verb="booths.announced" if scope == Scope.BOOTH else "fairs.announced",
        target=booths[0] if scope == Scope.BOOTH else fair,
        after=scope,
        data={"announcement": row.pk, "zone": row.zone},
    )
    _ring(row, [booth.pk for booth in booths], standing=True)
    return row


@transaction.atomic
def withdraw(*, actor: Actor, fair_id: int, announcement_id: int) -> Announcement:
    """Take an announcement back; nobody is shown it any more."""
    fair = managed_fair(actor, fair_id)
    row = Announcement.objects.filter(fair=fair, pk=announcement_id).first()
    if row is None:
        raise NotFound
    if not Announcement.objects.filter(pk=row.pk, withdrawn_at__isnull=True).update(withdrawn_at=clock.now()):
        raise Conflict("withdrawn_already", _("This was withdrawn already."))
    row.refresh_from_db()
    booths = list(row.booths.order_by("pk").values_list("pk", flat=True))
    target = Booth.objects.get(pk=booths[0]) if row.scope == Scope.BOOTH and booths else fair
    verb = "booths.announcement_withdrawn" if row.scope == Scope.BOOTH else "fairs.announcement_withdrawn"
    audit.record(actor=actor, verb=verb, target=target, before=row.scope, data={"announcement": row.pk})
    _ring(row, booths, standing=False)
    return row


def shown_to(actor: Actor, fair: Fair) -> QuerySet[Announcement]:
    """What stands at a fair for this person, newest first: the lines they stand in, the booths they work at; staff all."""
    rows = Announcement.objects.filter(fair=fair, withdrawn_at__isnull=True).order_by("-pk")
    if rules.can_watch_fair(actor, fair):
        return rows
    if rules.can_stand_in_line(actor):
        standing = Ticket.objects.filter(
            booth__fair=fair, student_id=actor.student_id, status__in=LIVE_TICKET
        )
        mine = standing.values("booth_id")
    else:
        mine = queries.booths_worked_by(actor).filter(fair=fair).values("pk")
    there = Announcement.booths.through.objects.filter(booth__in=mine)
    return rows.filter(Q(scope=Scope.ALL) | Q(pk__in=there.values("announcement")))


def _addressed(fair: Fair, scope: str, zone: str, booth_id: int | None) -> list[Booth]:
    approved = Booth.objects.filter(fair=fair, status=BoothStatus.APPROVED).order_by("pk")
    if scope == Scope.ALL:
        return []
    if scope == Scope.ZONE:
        found = list(approved.filter(zone=zone)) if zone else []
        if not found:
            raise Invalid(fields={"zone": [_("Choose a zone of this fair.")]})
        return found
    if scope != Scope.BOOTH:
        raise Invalid(fields={"scope": [_("Choose whom to tell.")]})
    found = list(approved.filter(pk=booth_id or 0))
    if not found:
        raise Invalid(fields={"booth": [_("Choose a booth of this fair.")]})
    return found


def _words(text_zh: str, text_en: str) -> tuple[str, str]:
    text_zh, text_en = text_zh.strip(), text_en.strip()
    said = (("text_zh", text_zh), ("text_en", text_en))
    problems = {name: wrong for name, text in said if (wrong := problems_of(text, LONGEST_WORDS))}
    if not text_zh and not text_en:
        problems["text_zh"] = [_("Write something first.")]
    if problems:
        raise Invalid(fields=problems)
    return text_zh, text_en


def _within_limit(fair: Fair, booths: Sequence[Booth]) -> None:
    standing = Announcement.objects.filter(fair=fair, withdrawn_at__isnull=True)
    if booths:
        fullest = (
            Booth.objects.filter(pk__in=[booth.pk for booth in booths])
            .annotate(told=Count("announcements", filter=Q(announcements__withdrawn_at__isnull=True)))
            .filter(told__gte=MOST)
        )
        full = fullest.exists()
    else:
        full = standing.filter(scope=Scope.ALL).count() >= MOST
    if full:
        raise Conflict("too_many_announcements", _("Withdraw an older announcement first."))


def _ring(row: Announcement, booths: Sequence[int], *, standing: bool) -> None:
    if row.scope == Scope.ALL:
        journal.tell((HallAnnounced(announcement=row.pk, standing=standing), row.fair_id))
    else:
        journal.tell(*((LineAnnounced(announcement=row.pk, standing=standing), booth) for booth in booths))
