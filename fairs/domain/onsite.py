"""The hall laid out: where booths stand, what is written on them, and the links of the screens."""

from collections import defaultdict

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.audit import domain as audit
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from fairs import queries, rules
from fairs.domain.fair import managed_fair
from fairs.enums import BoothStatus, FairStatus
from fairs.models import Booth, Fair

BEFORE = [FairStatus.DRAFT, FairStatus.SIGN_UP, FairStatus.READY]
FURTHEST = 999
"""The last place of a zone."""


@transaction.atomic
def renew_screens(*, actor: Actor, fair_id: int) -> Fair:
    """Give all screens of a fair new links."""
    fair = managed_fair(actor, fair_id)
    Fair.objects.filter(pk=fair.pk).update(screen_round=F("screen_round") + 1)
    audit.record(actor=actor, verb="fairs.screens_renewed", target=fair)
    return fair


@transaction.atomic
def place_booth(*, actor: Actor, booth_id: int, label: str, zone: str, order: int) -> Booth:
    """Say where a booth stands: its zone, its place in it, and the number written on it."""
    booth = queries.booths_visible_to(actor).filter(pk=booth_id, status=BoothStatus.APPROVED).first()
    if booth is None:
        raise NotFound
    if not rules.can_manage_fair(actor, booth.fair):
        raise NotAllowed
    if not 0 <= order <= FURTHEST:
        raise Invalid(fields={"order": [_("Between %(low)d and %(high)d.") % {"low": 0, "high": FURTHEST}]})
    if not label.strip():
        raise Invalid(fields={"label": [_("Give the booth a number.")]})
    still = Booth.objects.filter(pk=booth.pk, status=BoothStatus.APPROVED)
    try:
        with transaction.atomic():
            placed = still.update(label=label.strip(), zone=zone.strip(), order=order)
    except IntegrityError:
        raise Conflict("label_taken", _("Another booth has this number.")) from None
    if not placed:
        raise NotFound  # refused in this very moment: it has no number any more
    audit.record(
        actor=actor,
        verb="booths.placed",
        target=booth,
        before=f"{booth.zone} {booth.label}".strip(),
        after=f"{zone.strip()} {label.strip()}".strip(),
    )
    booth.refresh_from_db()
    return booth


@transaction.atomic
def number_booths(*, actor: Actor, fair_id: int) -> int:
    """Number the approved booths of every zone A01, A02 …, in the order they stand; how many got another number.

    A zone keeps a letter that its name begins with; others get the first letter that is free. Only before the fair: later
    the numbers stand on posters and in people's heads.
    """
    # Held, so that it does not open meanwhile; before its booths, as everybody who takes both.
    fair = Fair.objects.select_for_update().get(pk=managed_fair(actor, fair_id).pk)
    if fair.status not in BEFORE:
        raise Conflict("fair_begun", _("The fair has begun: booths keep their numbers."))
    rows = Booth.objects.select_for_update().filter(fair=fair, status=BoothStatus.APPROVED)
    zones: dict[str, list[Booth]] = defaultdict(list)
    for booth in rows.order_by("zone", "order", "label", "pk"):
        zones[booth.zone].append(booth)
    letters = _letters(list(zones))
    others = Booth.objects.filter(fair=fair).exclude(status=BoothStatus.APPROVED).exclude(label="")
    taken = set(others.values_list("label", flat=True))
    wanted: dict[int, str] = {}
    for zone, booths in zones.items():
        free = (label for n in range(1, 1000) if (label := f"{letters[zone]}{n:02d}") not in taken)
        wanted |= {booth.pk: label for booth, label in zip(booths, free, strict=False)}
    changed = [booth for booths in zones.values() for booth in booths if booth.label != wanted[booth.pk]]
    # Numbers are unique at every moment: those that change are given back first.
    Booth.objects.filter(pk__in=[booth.pk for booth in changed]).update(label="")
    for booth in changed:
        booth.label = wanted[booth.pk]
    Booth.objects.bulk_update(changed, ["label"])
    audit.record(actor=actor, verb="fairs.numbered", target=fair, data={"booths": len(changed)})
    return len(changed)


def _letters(zones: list[str]) -> dict[str, str]:
    """A letter for each zone, each letter once; past Z two."""
    alphabet = [chr(65 + n) for n in range(26)]
    letters: dict[str, str] = {}
    for zone in zones:
        first = zone[:1].upper()
        if first in alphabet and first not in letters.values():
            letters[zone] = first
    free = iter([*alphabet, *(a + b for a in alphabet for b in alphabet)])
    for zone in zones:
        if zone not in letters:
            letters[zone] = next(letter for letter in free if letter not in letters.values())
    return letters
