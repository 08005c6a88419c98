"""The list under the search box, and the page of one's own searches."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backend.positions import history, offering, searching
from backend.positions.interfaces import labels


@require_GET
def suggestions(request: HttpRequest) -> HttpResponse:
    """What completes the text being typed, as grouped options of a listbox; filters already chosen are kept."""
    params = searching.joined(request.GET)
    query = searching.read_query(params, actor=request.actor)
    state: dict[str, Any] = searching.chosen(query)
    if query.sort != "relevance":
        state["sort"] = query.sort
    found = offering.offers(request.actor, params.get("q", ""))
    groups = [
        {
            "kind": kind,
            "label": labels.OFFERED[kind],
            "offers": [
                {"id": f"suggestion-{place}", "offer": offer, "url": _address(offer, state)}
                for place, offer in enumerate(found)
                if offer.kind == kind
            ],
        }
        for kind in offering.KINDS
    ]
    context = {"groups": [group for group in groups if group["offers"]], "total": len(found)}
    return render(request, "positions/_suggestions.html", context)


def _address(offer: offering.Offer, state: dict[str, Any]) -> str:
    """Where a filter leads; words stay in the box, and their search has no address of its own."""
    name, value = offer.states
    return "" if name == "q" else f"{reverse('positions:search')}?{urlencode({**state, name: value})}"


@login_required
@require_http_methods(["GET", "POST"])
def searches(request: HttpRequest) -> HttpResponse:
    """One's own recent searches; the search box posts what was searched for."""
    if request.method == "POST":
        history.remember_search(actor=request.actor, text=request.POST.get("q", "")[:200])
        return HttpResponse(status=204)
    rows = [
        {"search": row, "url": f"{reverse('positions:search')}?{urlencode({'q': row.text})}"}
        for row in history.searches_of(request.actor)
    ]
    return render(request, "positions/searches.html", {"rows": rows})


@login_required
@require_POST
def search_forget(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget one search."""
    history.forget_search(actor=request.actor, search_id=pk)
    messages.success(request, _("Removed."))
    return redirect("positions:searches")


@login_required
@require_POST
def searches_forget(request: HttpRequest) -> HttpResponse:
    """Forget all."""
    history.forget_searches(actor=request.actor)
    messages.success(request, _("Your recent searches are erased."))
    return redirect("positions:searches")
