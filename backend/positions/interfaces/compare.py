"""Choosing positions to compare, kept for the visit, and the page of up to four side by side."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from backend.common.errors import Conflict, NotFound
from backend.positions import comparing
from backend.positions.interfaces import labels
from backend.positions.models import Position
from backend.positions.queries import positions_visible_to
from backend.web.forms import number_of
from backend.web.views import way_back

KEY = "compare"
"""Where the choice stands in the session: it goes from page to page and ends with the visit."""


def chosen(request: HttpRequest) -> list[int]:
    """The ids chosen so far."""
    return list(request.session.get(KEY, []))[: comparing.MOST]


def tray(request: HttpRequest) -> dict[str, Any]:
    """What a page with positions shows of the choice; what may not be seen any more is left out."""
    ids = chosen(request)
    found = comparing.compare(request.actor, ids, fits=False).positions if ids else []
    return {
        "compared": ids,
        "tray": [{"id": position.pk, "title": position.title, "company": position.company.name} for position in found],
        "tray_url": address([position.pk for position in found]),
        "most": comparing.MOST,
    }  # fmt: skip


def address(ids: list[int]) -> str:
    """Where these stand side by side."""
    return f"{reverse('positions:compare')}?{urlencode({'ids': comparing.written(ids)}, safe=',')}"


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Add a position to the choice, or take it out (`act=remove`, or `clear`); htmx gets its button and the tray anew."""
    ids, act, refused = chosen(request), request.POST.get("act", ""), ""
    pk = 0 if act == "clear" else number_of(request.POST, "position")
    position = positions_visible_to(request.actor).filter(pk=pk).first() if pk else None
    if act in ("remove", "clear"):
        ids = [one for one in ids if act == "remove" and one != pk]
    elif position is None:
        raise NotFound()
    else:
        # What has gone from sight does not take up a place.
        ids = comparing.compare(request.actor, ids, fits=False).ids
        try:
            ids = comparing.with_one_more(ids, pk)
        except Conflict as error:
            refused = error.text
    request.session[KEY] = ids
    if request.htmx and pk:
        context = {"position": position, "refused": refused, **tray(request)}
        return render(request, "positions/_chosen.html", context)
    if refused:
        messages.warning(request, refused)
    target = request.POST.get("ids")
    # not redirect(): a word without a stroke is the name of a page to it
    return HttpResponseRedirect(way_back(request) if target is None else address(comparing.read_ids(target)))


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Positions side by side; the address names them, so that it can be passed on."""
    ids = comparing.read_ids(request.GET.get("ids", "")) or chosen(request)
    found = comparing.compare(request.actor, ids)
    columns = [
        {
            "position": position,
            "fit": found.fits.get(position.pk),
            "rest": comparing.written(pk for pk in ids if pk != position.pk),
        }
        for position in found.positions
    ]
    context = {
        "columns": columns,
        "rows": rows(found.positions),
        "fits": bool(found.fits),
        "gone": found.gone,
        "too_many": len(ids) > comparing.MOST,
        "most": comparing.MOST,
    }
    return render(request, "positions/compare.html", context)


def rows(positions: list[Position]) -> list[dict[str, Any]]:
    """Names and values, one of each position, and whether they differ."""
    found = []
    for name, label, value_of in _FACTS:
        values = [str(value_of(position)) for position in positions]
        found.append({"name": name, "label": label(), "values": values, "differs": len(set(values)) > 1})
    return found


_FACTS = (
    ("pay", lambda: _("Basic pay"), labels.pay),
    ("city", lambda: _("City"), labels.place_name),
    ("place", lambda: _("Place of work"), lambda position: position.place),
    ("kind", lambda: _("Kind of work"), lambda position: position.get_kind_display()),
    ("education", lambda: _("Education asked for"), lambda position: position.get_education_display()),
    ("experience", lambda: _("Experience"), lambda position: labels.experience(position.experience_months)),
    ("majors", lambda: _("Majors"), lambda position: "、".join(position.majors) or _("Any")),
    ("skills", lambda: _("Skills"), labels.skills),
    (
        "wanted_skills",
        lambda: _("Skills that are nice to have"),
        lambda position: "、".join(position.wanted_skills) or _("None named"),
    ),
    (
        "certificates",
        lambda: _("Certificates asked for"),
        lambda position: "、".join(position.certificates) or _("None asked for"),
    ),
    ("openings", lambda: _("Openings"), lambda position: position.openings),
    ("deadline", lambda: _("Apply by"), lambda position: position.deadline.isoformat()),
    ("starts_on", lambda: _("First day of work"), labels.starts),
    ("company", lambda: _("Company"), lambda position: position.company.name),
    ("industry", lambda: _("Industry"), lambda position: position.company.industry or "–"),
    ("company_size", lambda: _("Company size"), lambda position: position.company.get_size_display() or "–"),
)
