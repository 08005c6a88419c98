"""Report and block, for both sides of a meeting; and the reports as staff decide them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backend.accounts.enums import Role
from backend.common.errors import NotFound
from backend.students.queries import profiles_for
from backend.web.forms import values_of
from backend.web.paging import page
from fairs import blocking, reported, rules
from fairs.domain import safety
from fairs.interfaces import labels
from fairs.interfaces.console_forms import DecideForm, ReportForm
from fairs.interfaces.views.public import fair_for, part_of


@login_required
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell the school about the other side, and if wanted meet no more; afterwards: what it decided."""
    actor = request.actor
    found = part_of(actor, pk)
    form = ReportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        safety.report_person(
            actor=actor, meeting_id=pk, reason=form.cleaned_data["reason"], text=form.cleaned_data["text"]
        )
        if form.cleaned_data["block"]:
            safety.block_person(actor=actor, meeting_id=pk)
        messages.success(request, _("The school has your report and will tell you what it decides."))
        return redirect("fairs:meeting_report", pk)
    made = reported.own_report(found, by_student=actor.role == Role.STUDENT)
    if made is not None:
        labels.toned([made], labels.REPORT)
    context = {"meeting": found, "form": form, "report": made}
    return render(request, "fairs/report_person.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def block(request: HttpRequest, pk: int) -> HttpResponse:
    """Meet the other side no more."""
    safety.block_person(actor=request.actor, meeting_id=pk)
    messages.success(request, _("You will not meet again. You can take this back under “Blocked”."))
    return redirect("fairs:blocks")


@login_required
@require_GET
def blocks(request: HttpRequest) -> HttpResponse:
    """Whom one's side does not meet."""
    if request.actor.role not in (Role.STUDENT, Role.RECRUITER):
        raise NotFound
    rows = page(request, blocking.blocks_of(request.actor), size=20)
    if request.actor.role == Role.RECRUITER:
        found = list(rows)
        for row, profile in zip(found, profiles_for(request.actor, [r.student for r in found]), strict=True):
            row.profile = profile
        rows.object_list = found
    return render(request, "fairs/blocks.html", {"rows": rows})


@login_required
@require_POST
def unblock(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a block back."""
    safety.unblock(actor=request.actor, block_id=pk)
    messages.success(request, _("Taken back."))
    return redirect("fairs:blocks")


@login_required
@require_GET
def report_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The reports of a fair, open ones first."""
    fair = fair_for(request.actor, pk)
    if not rules.can_manage_fair(request.actor, fair):
        raise NotFound
    rows = page(request, reported.reports_at(request.actor, fair), size=20)
    labels.toned(rows, labels.REPORT)
    return render(request, "fairs/reports.html", {"fair": fair, "rows": rows, "form": DecideForm()})


@login_required
@require_POST
def decide_report(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what the school did."""
    values = values_of(DecideForm(request.POST))
    decided = safety.decide_report(actor=request.actor, report_id=pk, **values)
    messages.success(request, _("Decided. Whoever reported is told."))
    return redirect("fairs:reports", decided.meeting.ticket.booth.fair_id)
