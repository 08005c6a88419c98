"""Pages of saved searches, and the page that stops a mail."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from backend.accounts.actor import Actor
from backend.common.errors import Invalid, NotFound
from backend.positions import searching
from backend.searches import domain, links, queries, rules
from backend.searches.enums import Frequency
from backend.searches.interfaces import labels
from backend.searches.interfaces.forms import SearchForm
from backend.searches.models import MOST
from backend.web.forms import add_errors
from backend.web.paging import page
from search.query import PositionQuery


@login_required
@require_http_methods(["GET", "POST"])
def saved(request: HttpRequest) -> HttpResponse:
    """The person's searches; a POST keeps the one that the search page shows."""
    if not rules.can_save(request.actor):
        raise NotFound()
    if request.method == "POST":
        return _save(request)
    rows = page(request, queries.searches_visible_to(request.actor), size=10)
    for row in rows:
        query = searching.query_at(request.actor, row.address)
        row.words = query.text if query.text != row.name else ""
        row.filters = labels.filters_of(request.actor, query)
        row.run_url, row.dialog = labels.address_to_run(row), f"delete-{row.pk}"
    return render(request, "searches/list.html", {"rows": rows, "most": MOST})


def _save(request: HttpRequest) -> HttpResponse:
    query = searching.query_at(request.actor, request.POST.get("state", "")[:4000])
    try:
        search = domain.save_search(
            actor=request.actor,
            query=query,
            name=request.POST.get("name", "") or labels.name_of(request.actor, query),
            frequency=request.POST.get("frequency") or Frequency.DAILY,
        )
    except Invalid as error:
        for sentences in error.fields.values():
            messages.error(request, " ".join(map(str, sentences)))
        return redirect("searches:list")
    messages.success(request, _("Saved. New positions that it finds are told once a day."))
    return redirect(labels.address_to_run(search))


@login_required
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What came since the search was saved, latest first; looking is noted."""
    search = domain.look_at(actor=request.actor, search_id=pk)
    rows = page(request, queries.found_by(request.actor, search))
    query = searching.query_at(request.actor, search.address)
    context = {
        "search": search,
        "words": query.text,
        "filters": labels.filters_of(request.actor, query),
        "rows": rows,
        "run_url": labels.address_to_run(search, "date"),
    }
    return render(request, "searches/detail.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename it, hear of it more or less often, change its words, take filters out."""
    search = domain.own_search(request.actor, pk)
    query = searching.query_at(request.actor, search.address)
    filters = labels.filters_of(request.actor, query)
    initial = {
        "name": search.name,
        "frequency": search.frequency,
        "q": query.text,
        "keep": [name for name, _label in filters],
    }
    form = SearchForm(request.POST or None, initial=initial, filters=filters)
    if request.method == "POST" and form.is_valid():
        try:
            values = _values(request.actor, replace(query, sort=search.sort), form)
            domain.change_search(actor=request.actor, search_id=pk, values=values)
        except Invalid as error:
            fields = {"q" if name == "query" else name: found for name, found in error.fields.items()}
            add_errors(form, Invalid(fields=fields))
        else:
            messages.success(request, _("Saved."))
            return redirect("searches:list")
    status = 422 if form.errors else 200
    return render(request, "searches/form.html", {"form": form, "search": search}, status=status)


def _values(actor: Actor, before: PositionQuery, form: SearchForm) -> dict[str, Any]:
    """What the form says; with words or filters that were touched, the query that they make."""
    said = form.cleaned_data
    values = {"name": said["name"], "frequency": said["frequency"]}
    if {"q", "keep"} & set(form.changed_data):
        kept = {
            name: value for name, value in searching.chosen(before).items() if name in said.get("keep", ())
        }
        query = searching.query_at(actor, urlencode({**kept, "q": said["q"], "sort": before.sort}))
        values["query"] = query
    return values


@login_required
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then give the search up."""
    search = domain.own_search(request.actor, pk)
    if request.method == "GET":
        return render(request, "searches/delete.html", {"search": search})
    domain.delete_search(actor=request.actor, search_id=pk)
    messages.success(request, _("The search “%(name)s” is deleted.") % {"name": search.name})
    return redirect("searches:list")


# Mail programs post here for their users, from wherever they are: the signed link itself is the permission (RFC 8058).
@csrf_exempt
@require_http_methods(["GET", "POST"])
def stop(request: HttpRequest, signed: str) -> HttpResponse:
    """Ask whether to stop what the link of a mail names; a POST stops it."""
    found = links.read(signed)
    if found is None:
        raise NotFound()
    kind, pk = found
    search = queries.named_in_link(pk) if kind == links.ONE else None
    if request.method == "POST":
        if kind == links.ONE:
            domain.stop_alerts(actor=request.actor, search_id=pk)
        else:
            domain.stop_digests(actor=request.actor, owner_id=pk)
    context = {"search": search, "kind": kind, "done": request.method == "POST"}
    return render(request, "searches/stop.html", context)
