"""What the big screens show: numbers, never names; and which booths the hall's screen shows at this moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.http import urlencode

from backend.common import clock
from fairs import codes, queries
from fairs.enums import Scope, TicketStatus
from fairs.models import Announcement, Booth, Fair, Ticket
from fairs.queries import BoothFigures

NEXT = 3
"""Numbers told to make themselves ready."""
AT_ONCE = 24
"""Booths of one picture of the hall: more could not be read from ten metres."""
TURNS = 10
"""Seconds that a picture stands."""
NEWEST = 2
"""Announcements shown."""


@dataclass(frozen=True)
class BoothScreen:
    """A booth's line: the numbers called, the latest first, and who is next."""

    called: Sequence[int]
    following: Sequence[int]
    figures: BoothFigures


@dataclass(frozen=True)
class Zone:
    """A zone with booths of it; each booth has its `figures`."""

    name: str
    booths: list[Booth]


@dataclass(frozen=True)
class HallScreen:
    """One picture of the hall, the `number`th of `pictures`."""

    zones: list[Zone]
    number: int
    pictures: int


def open_booth(pk: int) -> Booth | None:
    """A booth that has a line to show."""
    rows = Booth.objects.filter(queries.open_booths(), pk=pk)
    return rows.select_related("fair__school", "company", "division").first()


def link(fair: Fair, booth: Booth | None = None) -> str:
    """The address of a booth's screen, or of the hall's, with the key that opens it for whoever has the link."""
    what, name, pk = ("booth", "booth_screen", booth.pk) if booth else ("fair", "hall_screen", fair.pk)
    key = codes.screen_key(f"{what}-{pk}", fair.screen_round)
    return f"{reverse(f'fairs:{name}', args=[pk])}?{urlencode({'key': key})}"


def zone_links(fair: Fair) -> list[tuple[str, str]]:
    """The hall's screen for each zone alone: (zone, address)."""
    rows = Booth.objects.filter(queries.open_booths(), fair=fair).exclude(zone="")
    zones = rows.order_by("zone").values_list("zone", flat=True).distinct()
    return [(zone, f"{link(fair)}&{urlencode({'zone': zone})}") for zone in zones]


def booth_screen(booth: Booth) -> BoothScreen:
    """The line as it stands; whoever stepped away is not told to come."""
    called = Ticket.objects.filter(booth=booth, status=TicketStatus.CALLED).order_by("-called_at", "-pk")
    following = queries.line_of(booth).filter(status=TicketStatus.WAITING)
    return BoothScreen(
        list(called.values_list("number", flat=True)),
        list(following.values_list("number", flat=True)[:NEXT]),
        queries.figures_of([booth])[booth.pk],
    )


def hall_screen(fair: Fair, zone: str = "") -> HallScreen:
    """The picture whose turn it is by the clock, of all zones or of one, so that every screen shows the same."""
    rows = Booth.objects.filter(queries.open_booths(), fair=fair).select_related("company", "fair")
    if zone:
        rows = rows.filter(zone=zone)
    booths = list(rows.order_by("zone", "order", "label", "pk"))
    pictures = max(1, -(-len(booths) // AT_ONCE))
    number = int(clock.now().timestamp()) // TURNS % pictures
    shown = booths[number * AT_ONCE : (number + 1) * AT_ONCE]
    figures = queries.figures_without_wait(shown)
    for booth in shown:
        booth.figures = figures[booth.pk]
    return HallScreen(by_zone(shown), number + 1, pictures)


def by_zone(booths: Sequence[Booth]) -> list[Zone]:
    """Booths that come in order of their zones, zone by zone."""
    zones: list[Zone] = []
    for booth in booths:
        if not zones or zones[-1].name != booth.zone:
            zones.append(Zone(booth.zone, []))
        zones[-1].booths.append(booth)
    return zones


def announced(
    fair: Fair, language: str, *, booth: Booth | None = None, zone: str = ""
) -> list[tuple[datetime, str]]:
    """The newest words of staff for everybody, and those for this booth's line or this zone; when, and what."""
    whom = Q(scope=Scope.ALL)
    if booth:
        whom |= Q(booths=booth)
    if zone:
        whom |= Q(scope=Scope.ZONE, zone=zone)
    rows = Announcement.objects.filter(whom, fair=fair, withdrawn_at__isnull=True).distinct()
    return [(one.created_at, one.text(language)) for one in rows.order_by("-pk")[:NEWEST]]
