"""Pages of staff: the moderation queue, a position under review, imports."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from backend.accounts.enums import Role
from backend.audit.queries import history_of
from backend.common.errors import Invalid, NotFound
from backend.positions import domain, linter, queries, rules
from backend.positions.claims import claims_visible_to, hand_over_positions
from backend.positions.enums import PositionStatus
from backend.positions.imports import run
from backend.positions.imports.columns import FIELDS
from backend.positions.interfaces import labels
from backend.positions.interfaces.forms import ImportForm, ReviewForm, TakeDownForm
from backend.positions.models import Position, PositionImport
from backend.schools.queries import schools_visible_to
from backend.web.forms import add_errors, number_of
from backend.web.paging import page

STAFF = {Role.STAFF, Role.OPERATOR}


def _staff_only(request: HttpRequest) -> None:
    if request.actor.role not in STAFF:
        raise NotFound()


@login_required
@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """Positions that wait for a decision, or all of the circle by status."""
    _staff_only(request)
    status = request.GET.get("status", "in_review")
    rows = (
        queries.review_queue(request.actor)
        if status == PositionStatus.IN_REVIEW
        else queries.staff_positions(request.actor, status=status)
    )
    choices = [choice for choice in PositionStatus.choices if choice[0] != PositionStatus.DRAFT]
    shown = page(request, rows)
    for row in shown:
        row.tone = labels.tone_of(row.status)
    context = {
        "rows": shown,
        "tabs": [
            (label, f"?status={value}", status == value, None)
            for value, label in [*choices, ("all", _("All"))]
        ],
    }
    return render(request, "positions/staff_list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """A position with what the linter found, its history and the decision."""
    _staff_only(request)
    position = queries.positions_visible_to(request.actor).filter(pk=pk).first()
    if position is None:
        raise NotFound()
    form = _form_for(request, position)
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            _decide(request, position, form.cleaned_data)
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Decided. The company has been told."))
            return redirect("positions:staff_list")
    context = {
        "position": position,
        "facts": labels.facts(position),
        "tone": labels.tone_of(position.status),
        "advice": labels.advice(linter.lint(linter.texts_of(position))),
        "form": form,
        "events": labels.history_events(history_of(position)),
    }
    refused = form is not None and form.errors
    return render(request, "positions/staff_detail.html", context, status=422 if refused else 200)


def _form_for(request: HttpRequest, position: Position) -> ReviewForm | TakeDownForm | None:
    """The decision this person may take about a position in this state."""
    if not rules.can_moderate(request.actor, position):
        return None
    if position.status == PositionStatus.IN_REVIEW:
        return ReviewForm(request.POST or None)
    if position.status in (PositionStatus.PUBLISHED, PositionStatus.PAUSED):
        return TakeDownForm(request.POST or None)
    return None


def _decide(request: HttpRequest, position: Position, data: dict[str, Any]) -> None:
    if "outcome" in data:
        domain.decide_position(
            actor=request.actor,
            position_id=position.pk,
            publish=data["outcome"] == "publish",
            reason=data["reason"],
        )
    else:
        domain.take_down_position(actor=request.actor, position_id=position.pk, reason=data["reason"])


@login_required
@require_http_methods(["GET", "POST"])
def claims(request: HttpRequest) -> HttpResponse:
    """Imported positions beside the verified company that seems to be theirs; staff confirm that it is."""
    _may_import(request)
    if request.method == "POST":
        moved = hand_over_positions(
            actor=request.actor,
            company_id=number_of(request.POST, "company"),
            source_id=number_of(request.POST, "source"),
        )
        messages.success(request, _("%(number)s positions handed over.") % {"number": moved})
        return redirect("positions:claims")
    return render(request, "positions/claims.html", {"rows": page(request, claims_visible_to(request.actor))})


def _may_import(request: HttpRequest) -> None:
    """Staff of a whole school and the operator."""
    if not run.can_import(request.actor):
        raise NotFound()


@login_required
@require_http_methods(["GET", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """Earlier imports, and the upload of a new file."""
    _may_import(request)
    schools = schools_visible_to(request.actor)
    if request.actor.role == Role.STAFF:
        schools = schools.filter(pk=request.actor.school_id)
    form = ImportForm(request.POST or None, request.FILES or None, schools=schools)
    if request.method == "POST" and form.is_valid():
        try:
            made = run.upload_import(
                actor=request.actor, school_id=form.cleaned_data["school"].pk, file=form.cleaned_data["file"]
            )
        except Invalid as error:
            add_errors(form, error)
        else:
            return redirect("positions:import_detail", made.pk)
    rows = page(request, run.imports_visible_to(request.actor).order_by("-pk"))
    status = 422 if form.errors else 200
    return render(request, "positions/imports.html", {"form": form, "rows": rows}, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The preview with its columns before it runs, the progress while it does, the figures after."""
    _may_import(request)
    row = run.imports_visible_to(request.actor).filter(pk=pk).first()
    if row is None:
        raise NotFound()
    if request.method == "POST":
        mapping = {name: request.POST.get(f"column_{name}", "") for name in FIELDS}
        run.start_import(actor=request.actor, import_id=pk, mapping=mapping)
        return redirect("positions:import_detail", pk)
    context: dict[str, Any] = {"row": row, "done": row.stored + row.rejected}
    if row.status == PositionImport.Status.PREVIEW:
        context |= _preview(row)
    template = "positions/_import_progress.html" if request.htmx else "positions/import_detail.html"
    return render(request, template, context)


def _preview(row: PositionImport) -> dict[str, Any]:
    headers, lines = run.first_lines(row)
    columns = [
        {
            "name": name,
            "label": label,
            "chosen": row.mapping.get(name, ""),
            "sample": _sample(headers, lines, row.mapping.get(name, "")),
        }
        for name, label in FIELDS.items()
    ]
    return {"headers": headers, "columns": columns}


def _sample(headers: list[str], lines: list[list[str]], header: str) -> str:
    if header not in headers:
        return ""
    place = headers.index(header)
    return next((line[place][:60] for line in lines if line[place]), "")


@login_required
@require_GET
def import_report(request: HttpRequest, pk: int) -> HttpResponse:
    """The file of refused rows with their reasons."""
    _may_import(request)
    row = run.imports_visible_to(request.actor).filter(pk=pk).first()
    if row is None or not row.report:
        raise NotFound()
    return FileResponse(row.report.open(), as_attachment=True, filename=f"import-{row.pk}.csv")
