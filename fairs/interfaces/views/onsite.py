"""In the hall itself: posters that lead into a line, and big screens."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backend.accounts.actor import ANONYMOUS, Actor
from backend.common import clock
from backend.common.errors import NotFound
from backend.web.forms import values_of
from backend.web.paging import page
from fairs import codes, door, queries, rules, screens
from fairs import hall_map as drawing
from fairs.blocking import with_barred
from fairs.domain import fair as fairs
from fairs.domain import line, onsite
from fairs.enums import BoothStatus
from fairs.interfaces import labels
from fairs.interfaces.forms import PlaceForm
from fairs.interfaces.views.public import fair_for
from fairs.models import Booth, Fair

PAPERS = ("a4", "a3")


def _watched(request: HttpRequest, pk: int) -> Fair:
    fair = fair_for(request.actor, pk)
    if not rules.can_watch_fair(request.actor, fair):
        raise NotFound
    return fair


def _booth(actor: Actor, pk: int) -> Booth:
    rows = with_barred(queries.booths_visible_to(actor), actor.student_id)
    booth = rows.filter(pk=pk, status=BoothStatus.APPROVED).first()
    if booth is None:
        raise NotFound
    return booth


@login_required
@require_http_methods(["GET", "POST"])
def here(request: HttpRequest, pk: int) -> HttpResponse:
    """Where a poster leads: one tap, and a registered student stands in the line of this booth."""
    actor = request.actor
    booth = _booth(actor, pk)
    mine = (
        [one for one in queries.my_live_tickets(actor, booth.fair) if one.booth_id == pk]
        if actor.student_id
        else []
    )
    if request.method == "POST":
        if request.POST.get("register"):
            fairs.register_for_fair(actor=actor, fair_id=booth.fair_id)
        if not mine:
            drawn = line.join_line(actor=actor, booth_id=pk)
            messages.success(request, _("Your number is %(number)s.") % {"number": drawn.number})
        return redirect("fairs:here", pk)
    queries.with_waits(mine)
    labels.toned(mine, labels.TICKET)
    context = {
        "booth": booth,
        "ticket": mine[0] if mine else None,
        "figures": queries.figures_of([booth])[pk],
        "registered": door.registration_of(actor, booth.fair) is not None,
        "may_join": rules.can_stand_in_line(actor),
        "own": rules.can_work_booth(actor, booth),
        "streams": f"person-{actor.user_id} line-{pk}",
    }
    return render(request, "fairs/here.html", context)


@login_required
@require_GET
def poster(request: HttpRequest, pk: int) -> HttpResponse:
    """A booth's poster, for its company and for staff."""
    booth = _booth(request.actor, pk)
    if not (rules.can_work_booth(request.actor, booth) or rules.can_watch_fair(request.actor, booth.fair)):
        raise NotFound
    return _posters(request, booth.fair, queries.with_offers(Booth.objects.filter(pk=pk)))


@login_required
@require_GET
def posters(request: HttpRequest, pk: int) -> HttpResponse:
    """The posters of all open booths of a fair, one a sheet."""
    fair = _watched(request, pk)
    rows = Booth.objects.filter(queries.open_booths(), fair=fair)
    return _posters(request, fair, queries.with_offers(rows.order_by("zone", "order", "label", "pk")))


def _posters(request: HttpRequest, fair: Fair, rows: Any) -> HttpResponse:
    booths = list(rows.select_related("company", "division"))
    for booth in booths:
        booth.address = settings.PUBLIC_URL + reverse("fairs:here", args=[booth.pk])
        booth.symbol = codes.qr(booth.address)
    paper = request.GET.get("paper", "")
    paper = paper if paper in PAPERS else PAPERS[0]
    papers = [(name.upper(), f"?paper={name}", name == paper) for name in PAPERS]
    return render(
        request, "fairs/posters.html", {"fair": fair, "booths": booths, "paper": paper, "papers": papers}
    )


@login_required
@require_GET
def hall_map(request: HttpRequest, pk: int) -> HttpResponse:
    """The hall as a map of its zones; on a phone a list zone by zone."""
    return render(request, "fairs/map.html", _map(request, pk))


@login_required
@require_GET
def hall_map_rows(request: HttpRequest, pk: int) -> HttpResponse:
    """The live part of the map."""
    return render(request, "fairs/_map.html", _map(request, pk))


def _map(request: HttpRequest, pk: int) -> dict[str, Any]:
    fair = fair_for(request.actor, pk)
    zone, mine = request.GET.get("zone"), "mine" in request.GET
    found = drawing.drawn(request.actor, fair, zone=zone, hiring=mine)
    chips = [(_("All zones"), "?", zone is None and not mine)]
    chips += [
        (name or _("Without a zone"), f"?{urlencode({'zone': name})}", zone == name) for name in found.names
    ]
    if found.hiring is not None:
        words = _("Hiring for my major (%(n)d)") % {"n": found.hiring}
        chips.append((words, "?mine=1", mine))
    return {"fair": fair, "map": found, "zones": chips, "streams": f"fair-{pk}"}


@login_required
@require_POST
def place(request: HttpRequest, pk: int) -> HttpResponse:
    """Say where a booth stands."""
    booth = onsite.place_booth(actor=request.actor, booth_id=pk, **values_of(PlaceForm(request.POST)))
    messages.success(request, _("Saved."))
    return redirect("fairs:booths", booth.fair_id)


@login_required
@require_POST
def number(request: HttpRequest, pk: int) -> HttpResponse:
    """Number all booths, zone by zone."""
    changed = onsite.number_booths(actor=request.actor, fair_id=pk)
    messages.success(request, _("Booths with a new number: %(n)d.") % {"n": changed})
    return redirect("fairs:booths", pk)


@require_GET
def booth_screen(request: HttpRequest, pk: int) -> HttpResponse:
    """A booth's big screen."""
    return render(request, "fairs/screen_booth.html", _booth_screen(request, pk))


@require_GET
def booth_screen_rows(request: HttpRequest, pk: int) -> HttpResponse:
    """The live part of a booth's screen."""
    return render(request, "fairs/_screen_booth.html", _booth_screen(request, pk))


def _booth_screen(request: HttpRequest, pk: int) -> dict[str, Any]:
    booth = screens.open_booth(pk)
    if booth is None:
        raise NotFound
    fair, key = booth.fair, request.GET.get("key", "")
    opened = codes.opens_screen(key, f"booth-{pk}", fair.screen_round)
    _may_show(request.actor, fair, opened, rules.can_work_booth(request.actor, booth))
    return _shown(request, fair, key) | {
        "booth": booth,
        "line": screens.booth_screen(booth),
        "told": screens.announced(fair, get_language() or "", booth=booth),
        "streams": f"line-{pk} fair-{fair.pk}",
    }


@require_GET
def hall_screen(request: HttpRequest, pk: int) -> HttpResponse:
    """The big screen of the hall."""
    return render(request, "fairs/screen_hall.html", _hall_screen(request, pk))


@require_GET
def hall_screen_rows(request: HttpRequest, pk: int) -> HttpResponse:
    """The live part of the hall's screen."""
    return render(request, "fairs/_screen_hall.html", _hall_screen(request, pk))


def _hall_screen(request: HttpRequest, pk: int) -> dict[str, Any]:
    fair = Fair.objects.select_related("school").filter(pk=pk).first()
    if fair is None:
        raise NotFound
    key, zone = request.GET.get("key", ""), request.GET.get("zone", "")[:40]
    _may_show(request.actor, fair, codes.opens_screen(key, f"fair-{pk}", fair.screen_round))
    return _shown(request, fair, key, zone) | {
        "hall": screens.hall_screen(fair, zone),
        "told": screens.announced(fair, get_language() or "", zone=zone),
        "streams": f"fair-{pk}",
    }


def _may_show(actor: Actor, fair: Fair, opened: bool, own: bool = False) -> None:
    """With the link a screen needs nobody signed in; without it, staff and the booth's company may look."""
    if opened:
        allowed = queries.fairs_visible_to(ANONYMOUS).filter(pk=fair.pk).exists()
    else:
        seen = queries.fairs_visible_to(actor).filter(pk=fair.pk).exists()
        allowed = seen and (own or rules.can_watch_fair(actor, fair))
    if not allowed:
        raise NotFound


def _shown(request: HttpRequest, fair: Fair, key: str, zone: str = "") -> dict[str, Any]:
    asked = {name: value for name, value in (("key", key), ("zone", zone)) if value}
    return {"fair": fair, "now": clock.now(), "query": urlencode(asked)}


@login_required
@require_GET
def screen_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The links of a fair's screens and the posters of its booths."""
    fair = _watched(request, pk)
    rows = Booth.objects.filter(queries.open_booths(), fair=fair).select_related("company", "division")
    rows = page(request, rows.order_by("zone", "order", "label", "pk"), size=30)
    for booth in rows:
        booth.screen = screens.link(fair, booth)
    context = {"fair": fair, "rows": rows, "hall": screens.link(fair), "zones": screens.zone_links(fair)}
    return render(
        request, "fairs/screens.html", context | {"manages": rules.can_manage_fair(request.actor, fair)}
    )


@login_required
@require_POST
def renew_screens(request: HttpRequest, pk: int) -> HttpResponse:
    """New links for all screens of a fair: the old ones show nothing any more."""
    onsite.renew_screens(actor=request.actor, fair_id=pk)
    messages.success(request, _("All screens have new links; the old ones no longer work."))
    return redirect("fairs:screens", pk)
