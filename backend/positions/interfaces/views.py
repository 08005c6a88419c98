"""Pages everybody and recruiters see: search, a position, the company's own positions."""

import math
import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.audit.queries import history_of
from backend.common.errors import Invalid, NotFound
from backend.companies.models import Company
from backend.positions import by_fit, content, domain, highlights, linter, panels, searching
from backend.positions.claims import claim_positions, claims_visible_to
from backend.positions.enums import TRANSITIONS, PositionStatus
from backend.positions.interfaces import compare, filters, labels, noted
from backend.positions.interfaces.forms import PositionForm, TemplateForm, district_choices
from backend.positions.models import Position
from backend.positions.queries import positions_visible_to, templates_visible_to
from backend.schools.queries import city_name
from backend.web.forms import add_errors, number_of, number_or_none
from backend.web.paging import page
from search.query import MAX_WINDOW, PositionQuery

STEPS = {
    "submit": (domain.submit_position, gettext_noop("Submitted for review.")),
    "withdraw": (domain.withdraw_position, gettext_noop("Taken back.")),
    "pause": (domain.pause_position, gettext_noop("Paused.")),
    "resume": (domain.resume_position, gettext_noop("Public again.")),
    "close": (domain.close_position, gettext_noop("Closed.")),
}


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Search for everybody: the address holds the whole state; htmx gets the results alone."""
    query = searching.counting(searching.read_query(searching.joined(request.GET), actor=request.actor))
    if noted.settled(request, request.actor, query):
        return HttpResponse(status=204)
    finished = noted.finished(request)
    asked, fitted = query, _found(request, query, finished)
    last = max(1, math.ceil(_reach(fitted) / searching.SIZE))
    if query.page > last and not fitted.rows:
        query = replace(query, page=last, cursor="")
        fitted = _found(request, query, finished)
    answer, found = fitted.page, fitted.rows
    pattern = highlights.pattern_of(answer.corrected or query.text)
    chosen = searching.chosen(query)
    state = chosen | ({"q": query.text} if query.text else {})
    if query.sort != "relevance":
        state["sort"] = query.sort
    pages = Paginator(range(_reach(fitted)), searching.SIZE).get_page(query.page)
    pages.query, pages.param = request.GET.copy(), "page"
    pages.query.pop("after", None)
    if fitted.token:
        pages.query["order"] = fitted.token
    elif answer.next_cursor and query.sort != "fit":
        pages.after = [urlencode({"after": answer.next_cursor})]
    context = {
        "query": query,
        "answer": answer,
        "let_go": labels.let_go(answer.widened),
        "exact_url": "?" + urlencode({**state, "exact": "1"}),
        "rows": [_row(position, pattern) | {"fit": fitted.fits.get(position.pk)} for position in found],
        "fitted": fitted,
        "qualified": labels.qualified(request.actor, query, state),
        **filters.panel(request.actor, query, answer, state),
        "pages": pages,
        "tools": panels.tools(request, replace(query, text=answer.corrected or query.text)),
        "sorts": _sorts(request.actor),
        **compare.tray(request),
    }
    htmx = request.htmx
    partial = htmx and not htmx.history_restore_request and (not htmx.boosted or htmx.target == "results")
    context["partial"] = partial
    if finished:
        noted.note(request, request.actor, asked, answer)
    return render(request, "positions/_results.html" if partial else "positions/search.html", context)


def _found(request: HttpRequest, query: PositionQuery, finished: bool) -> by_fit.Found:
    if query.sort == "fit":
        return by_fit.find(request.actor, query, request.GET.get("order", ""), shown=finished)
    return by_fit.Found(*searching.find(request.actor, query))


def _reach(fitted: by_fit.Found) -> int:
    """How many hits the pages go through."""
    return fitted.ordered or min(fitted.page.total, MAX_WINDOW)


def _sorts(actor: Actor) -> list[tuple[str, str]]:
    """The orders on offer; by fit to students, and to visitors, who may be one."""
    sorts = [("relevance", _("Best match")), ("date", _("Newest")), ("salary", _("Highest pay"))]
    return [*sorts, ("fit", _("Best fit for me"))] if actor.role in noted.READERS else sorts


def _row(position: Position, pattern: re.Pattern[str] | None) -> dict[str, Any]:
    return {
        "position": position,
        **highlights.of(position, pattern),
        "pay": labels.pay(position),
        "city": city_name(position.city_code),
    }


@require_GET
def districts(request: HttpRequest) -> HttpResponse:
    """The districts of a city as options of a select, for htmx."""
    city = request.GET.get("city_code", "")[:6]
    return render(request, "positions/_districts.html", {"choices": district_choices(city)})


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A position with everything the law requires, and what other parts add."""
    position = _visible(request, pk)
    context = {
        "position": position,
        "facts": labels.facts(position),
        "pay": labels.pay(position),
        "tone": labels.tone_of(position.status),
        "blocks": panels.blocks(request, position),
        **compare.tray(request),
    }
    return render(request, "positions/detail.html", context)


def _visible(request: HttpRequest, pk: int) -> Position:
    position = positions_visible_to(request.actor).select_related("company__school").filter(pk=pk).first()
    if position is None:
        raise NotFound()
    return position


def _own(request: HttpRequest, pk: int) -> Position:
    if request.actor.role != Role.RECRUITER:
        raise NotFound()
    return _visible(request, pk)


@login_required
@require_GET
def company_list(request: HttpRequest) -> HttpResponse:
    """The company's positions by status."""
    if request.actor.role != Role.RECRUITER:
        raise NotFound()
    status = request.GET.get("status", "")
    rows = positions_visible_to(request.actor).order_by("-updated_at", "-pk")
    if status in PositionStatus.values:
        rows = rows.filter(status=status)
    shown = page(request, rows)
    for row in shown:
        row.tone = labels.tone_of(row.status)
    context = {
        "rows": shown,
        "tabs": [
            (label, f"?status={value}" if value else "?", status == value, None)
            for value, label in [("", _("All")), *PositionStatus.choices]
        ],
        "templates": templates_visible_to(request.actor),
        "company": Company.objects.get(pk=request.actor.company_id),
        "claims": claims_visible_to(request.actor),
    }
    return render(request, "positions/list.html", context)


@login_required
@require_GET
def company_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A position as its company sees it: preview, state, history, what can be done."""
    position = _own(request, pk)
    findings = linter.lint(linter.texts_of(position))
    context = {
        "position": position,
        "facts": labels.facts(position),
        "tone": labels.tone_of(position.status),
        "steps": _possible(position),
        "editable": position.status in domain.rules.EDITABLE,
        "advice": labels.advice(findings),
        "missing": [Position._meta.get_field(name).verbose_name for name in content.missing(position)],
        "template_form": TemplateForm(),
        "events": labels.history_events(history_of(position)),
        "blocks": panels.blocks(request, position),
    }
    return render(request, "positions/company_detail.html", context)


def _possible(position: Position) -> set[str]:
    """The names of STEPS that are possible now."""
    after = TRANSITIONS[position.status]
    named = {
        "submit": PositionStatus.IN_REVIEW in after
        and position.status in (PositionStatus.DRAFT, PositionStatus.EXPIRED),
        "withdraw": position.status == PositionStatus.IN_REVIEW,
        "pause": PositionStatus.PAUSED in after,
        "resume": position.status == PositionStatus.PAUSED,
        "close": PositionStatus.CLOSED in after,
    }
    return {name for name, possible in named.items() if possible}


@login_required
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Write a new position, empty or from a template."""
    if request.actor.role != Role.RECRUITER:
        raise NotFound()
    initial = _template_values(request)
    form = PositionForm(request.POST or None, initial=initial, company_id=request.actor.company_id)
    if request.method == "POST" and form.is_valid():
        try:
            position = domain.create_position(actor=request.actor, values=form.values())
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved as a draft. Look it over and submit it."))
            return redirect("positions:company_detail", position.pk)
    return _form_page(request, form, None)


def _template_values(request: HttpRequest) -> dict[str, Any]:
    number = number_or_none(request.GET.get("template"))
    if number is None:
        return {}
    template = templates_visible_to(request.actor).filter(pk=number).first()
    if template is None:
        raise NotFound()
    values = dict(template.values)
    values["occupation"] = values.pop("occupation_id", None)
    values["division"] = values.pop("division_id", None)
    return values


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a position."""
    position = _own(request, pk)
    form = PositionForm(request.POST or None, instance=position, company_id=position.company_id)
    if request.method == "POST" and form.is_valid():
        try:
            changed = domain.update_position(
                actor=request.actor,
                position_id=pk,
                values=form.values(),
                version=number_of(request.POST, "version") if request.POST.get("version") else None,
            )
        except Invalid as error:
            add_errors(form, error)
        else:
            if changed.status == PositionStatus.IN_REVIEW:
                messages.warning(
                    request, _("Saved. The change is reviewed before the position is public again.")
                )
            else:
                messages.success(request, _("Saved."))
            return redirect("positions:company_detail", pk)
    return _form_page(request, form, position)


def _form_page(request: HttpRequest, form: PositionForm, position: Position | None) -> HttpResponse:
    return render(
        request,
        "positions/form.html",
        {"form": form, "position": position},
        status=422 if form.errors else 200,
    )


@login_required
@require_POST
def lint(request: HttpRequest) -> HttpResponse:
    """What the texts being typed may not say; htmx puts it beside the form."""
    texts = {name: request.POST.get(name, "")[:4000] for name in (*linter.TEXT_FIELDS, *linter.WORD_FIELDS)}
    return render(
        request, "positions/_advice.html", {"advice": labels.advice(linter.lint(texts)), "checked": True}
    )


@login_required
@require_POST
def step(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """One step of a position's life."""
    if name not in STEPS:
        raise NotFound()
    act, sentence = STEPS[name]
    _own(request, pk)
    try:
        act(actor=request.actor, position_id=pk)
    except Invalid as error:
        for field, sentences in error.fields.items():
            for text in sentences:
                messages.error(request, f"{Position._meta.get_field(field).verbose_name}: {text}")
    else:
        messages.success(request, _(sentence))
    return redirect("positions:company_detail", pk)


@login_required
@require_POST
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a new draft with the same entries."""
    _own(request, pk)
    made = domain.copy_position(actor=request.actor, position_id=pk)
    messages.success(request, _("Copied. This is the new draft."))
    return redirect("positions:edit", made.pk)


@login_required
@require_POST
def template_save(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a position's entries as a template."""
    _own(request, pk)
    form = TemplateForm(request.POST)
    if form.is_valid():
        domain.save_template(actor=request.actor, position_id=pk, **form.cleaned_data)
        messages.success(request, _("Kept as a template."))
    else:
        messages.error(request, _("Enter a name of at most 80 characters."))
    return redirect("positions:company_detail", pk)


@login_required
@require_POST
def claim(request: HttpRequest) -> HttpResponse:
    """Take over the positions a school imported for the company."""
    if request.actor.role != Role.RECRUITER:
        raise NotFound()
    moved = claim_positions(actor=request.actor, source_id=number_of(request.POST, "source"))
    messages.success(request, _("%(number)s positions taken over.") % {"number": moved})
    return redirect("positions:list")


@login_required
@require_POST
def template_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a template."""
    domain.delete_template(actor=request.actor, template_id=pk)
    messages.success(request, _("Removed."))
    return redirect("positions:list")
