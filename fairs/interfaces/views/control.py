"""The control room: every line, what is wrong where, the servers, the day."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from backend.web.paging import page
from fairs import control as room
from fairs import readiness, reports, rules
from fairs.enums import FAIR_TRANSITIONS, FairStatus
from fairs.interfaces import labels
from fairs.interfaces.views.staff import watched_fair


@login_required
@require_GET
def control(request: HttpRequest, pk: int) -> HttpResponse:
    """The control room."""
    context = _control(request, pk)
    fair = context["fair"]
    steps = sorted(FAIR_TRANSITIONS[fair.status], key=FairStatus.values.index) if context["manages"] else []
    # Told where the hall can be opened; it opens all the same.
    opens = FairStatus.LIVE in steps and fair.status == FairStatus.READY
    context |= {"gaps": readiness.of_fair(fair) if opens else ()}
    context |= {"steps": [(to, labels.STEPS[to]) for to in steps], "streams": f"fair-{fair.pk}"}
    return render(request, "fairs/control.html", context)


@login_required
@require_GET
def control_rows(request: HttpRequest, pk: int) -> HttpResponse:
    """The live part of the control room."""
    return render(request, "fairs/_control.html", _control(request, pk))


@login_required
@require_GET
def course(request: HttpRequest, pk: int) -> HttpResponse:
    """The day in openings and seekers, and how the servers fare: read less often than the lines."""
    fair = watched_fair(request, pk)
    context = {"fair": fair, "course": room.course(fair), "servers": room.servers()}
    return render(request, "fairs/_course.html", context)


def _control(request: HttpRequest, pk: int) -> dict[str, Any]:
    fair = watched_fair(request, pk)
    rows = room.watched(fair)
    asked = {
        "sort": request.GET.get("sort", ""),
        "zone": request.GET.get("zone", "")[:40],
        "flagged": "1" if request.GET.get("flagged") else "",
    }
    kept = room.chosen(rows, sort=asked["sort"], zone=asked["zone"], flagged=bool(asked["flagged"]))
    for row in kept:
        row.booth.flags = [labels.FLAG[flag] for flag in row.flags]
    return {
        "fair": fair,
        "rows": page(request, kept, size=30),
        "totals": reports.totals(row.figures for row in rows),
        "overdue": room.overdue(fair),
        "counts": {flag: sum(1 for row in rows if flag in row.flags) for flag in room.FLAGS},
        "manages": rules.can_manage_fair(request.actor, fair),
        "chips": _chips(rows, asked),
        "heads": _heads(asked),
    }


def _address(asked: dict[str, str], **changed: str) -> str:
    """The page with what is asked for, one thing of it changed."""
    return "?" + urlencode({key: value for key, value in {**asked, **changed}.items() if value})


def _chips(rows: list[room.Watched], asked: dict[str, str]) -> list[tuple[str, str, bool]]:
    """What the lines can be narrowed to: those with something wrong, and each zone; (words, address, whether it is)."""
    found = [
        (
            _("With something wrong"),
            _address(asked, flagged="" if asked["flagged"] else "1"),
            bool(asked["flagged"]),
        )
    ]
    for zone in sorted({row.booth.zone for row in rows if row.booth.zone}):
        on = asked["zone"] == zone
        found.append((zone, _address(asked, zone="" if on else zone), on))
    return found


def _heads(asked: dict[str, str]) -> list[tuple[str, str, bool, bool]]:
    """The heads of the columns that sort: (words, address, whether it does now, whether it is a number)."""
    now = asked["sort"] if asked["sort"] in room.SORTS else "line"
    words = {
        "number": (_("Booth"), False),
        "line": (_("In line"), True),
        "talks": (_("In meetings"), True),
        "wait": (_("Wait"), False),
        "call": (_("Last call"), False),
    }
    return [
        (word, _address(asked, sort=name), now == name, numeric) for name, (word, numeric) in words.items()
    ]
