"""Pages of staff: what is searched for in vain, and the words that mean the same."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backend.accounts.enums import Role
from backend.common import clock
from backend.common.errors import Invalid, NotAllowed, NotFound
from backend.schools.interfaces.access import for_roles
from backend.web.downloads import spreadsheet
from backend.web.forms import add_errors, number_or_none
from backend.web.paging import page
from backend.wording import preview, queries
from backend.wording.domain import synonyms
from backend.wording.interfaces.forms import GroupForm, TryForm
from backend.wording.models import SynonymGroup
from backend.wording.rules import can_change_group, can_keep_synonyms, scope_of
from search import api

MOST_ROWS = 5_000
FIELDS = {
    "company": gettext_lazy("Company"),
    "title": gettext_lazy("Position"),
    "skills": gettext_lazy("Skills"),
    "occupation_name": gettext_lazy("Occupation"),
    "places": gettext_lazy("Place of work"),
}
staff_only = for_roles(Role.STAFF, Role.OPERATOR)


@require_GET
@staff_only
def missed(request: HttpRequest) -> HttpResponse:
    """Texts that many searched for and found nothing by, or little."""
    wanted = _wanted(request)
    context = {
        **wanted,
        "rows": page(request, queries.missed(request.actor, **wanted)),
        "hidden": queries.hidden(request.actor, days=wanted["days"], few=wanted["few"]),
        "least": queries.LEAST_PEOPLE,
        "periods": queries.PERIODS,
        "orders": _orders(wanted),
        "kinds": _kinds(wanted),
        "may_keep": can_keep_synonyms(request.actor),
    }
    return render(request, "wording/missed.html", context)


def _wanted(request: HttpRequest) -> dict[str, Any]:
    """The list an address asks for; what makes no sense is left out."""
    days = number_or_none(request.GET.get("days"))
    order = request.GET.get("order", "")
    return {
        "days": days if days in queries.PERIODS else queries.PERIODS[1],
        "few": request.GET.get("few") == "1",
        "order": order if order in queries.ORDERS else "vain",
    }


def _address(wanted: dict[str, Any], **changed: Any) -> str:
    said = wanted | changed
    return f"?days={said['days']}&order={said['order']}" + ("&few=1" if said["few"] else "")


def _kinds(wanted: dict[str, Any]) -> list[tuple[str, str, bool]]:
    return [
        (_("Nothing found"), _address(wanted, few=False), not wanted["few"]),
        (_("Few found"), _address(wanted, few=True), wanted["few"]),
    ]


def _orders(wanted: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """Label, address and whether it is the present one, of each column that the list can be ordered by."""
    labels = {"vain": _("in vain"), "total": _("searched"), "last": _("latest"), "text": _("text")}
    return [(label, _address(wanted, order=name), name == wanted["order"]) for name, label in labels.items()]


@require_GET
@staff_only
def export(request: HttpRequest) -> HttpResponse:
    """The same list as a spreadsheet, formula-safe."""
    wanted = _wanted(request)
    headers = (
        _("Text"), _("In vain"), _("Searched"), _("Read as something else"), _("Filters let go"), _("With filters"),
        _("Most found"), _("Latest"),
    )  # fmt: skip
    names = ("text", "vain", "total", "read_otherwise", "let_go", "filtered", "most", "last")
    rows = queries.missed(request.actor, **wanted).values_list(*names)[:MOST_ROWS]
    return spreadsheet(f"searches-{clock.today()}.xlsx", headers, rows)


@require_GET
@staff_only
def groups(request: HttpRequest) -> HttpResponse:
    """Groups in use and switched off, and those of the product that hold a word looked for."""
    text = request.GET.get("q", "").strip()[:60]
    key = api.synonym_key(text)
    shown = page(request, queries.groups_visible_to(request.actor, holding=key))
    for row in shown:
        row.changeable = can_change_group(request.actor, row)
    context = {
        "rows": shown,
        "text": text,
        "shipped": _shipped(key),
        "number_shipped": len(api.shipped_synonyms()),
        "may_keep": can_keep_synonyms(request.actor),
    }
    return render(request, "wording/synonyms.html", context)


def _shipped(key: str) -> list[str]:
    """The product's own groups that hold a word; all where none is looked for."""
    return [
        "、".join(group) for group in api.shipped_synonyms() if any(key in api.synonym_key(w) for w in group)
    ]


@require_http_methods(["GET", "POST"])
@staff_only
def edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Add a group, or change its words."""
    group = _group(request, pk) if pk else None
    if not (can_change_group(request.actor, group) if group else can_keep_synonyms(request.actor)):
        raise NotAllowed()
    initial = {"words": group.listed} if group else {"words": [request.GET.get("words", "")[:40]]}
    form = GroupForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            synonyms.save_group(actor=request.actor, words=form.cleaned_data["words"], group_id=pk)
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved. It counts in every search from now on."))
            return redirect("wording:synonyms")
    context = {"form": form, "group": group, "for_all": scope_of(request.actor) is None}
    return render(request, "wording/group.html", context, status=422 if form.errors else 200)


def _group(request: HttpRequest, pk: int) -> SynonymGroup:
    group = queries.groups_visible_to(request.actor).filter(pk=pk).first()
    if group is None:
        raise NotFound()
    return group


@require_POST
@staff_only
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a group count, or not."""
    active = request.POST.get("active") == "1"
    synonyms.switch_group(actor=request.actor, group_id=pk, active=active)
    messages.success(request, _("Switched on.") if active else _("Switched off."))
    return redirect("wording:synonyms")


@require_GET
@staff_only
def attempt(request: HttpRequest) -> HttpResponse:
    """What a text becomes and finds, now and with some words more."""
    form = TryForm(request.GET if "q" in request.GET else None)
    context: dict[str, Any] = {"form": form}
    if form.is_valid() and form.cleaned_data["q"].strip():
        try:
            context |= _tried(request, form.cleaned_data["q"], form.cleaned_data["words"])
        except Invalid as error:
            add_errors(form, error)
    return render(request, "wording/try.html", context, status=422 if form.errors else 200)


def _tried(request: HttpRequest, text: str, words: list[str]) -> dict[str, Any]:
    scope = scope_of(request.actor)
    tables = [(_("As it is now"), queries.table_of(scope))]
    if words:
        synonyms.keys_of(words)
        tables.append((_("With these words as well"), queries.table_with(scope, words)))
    return {"outcomes": [_outcome(request, label, text, table) for label, table in tables]}


def _outcome(request: HttpRequest, label: str, text: str, table: api.Table) -> dict[str, Any]:
    read = preview.understood(text, table)
    return {
        "label": label,
        "read": read,
        "fields": [(FIELDS[name], said) for name, said in read.fields],
        "found": preview.found(request.actor, text, table),
    }
