"""The staff's fair: set up, booths, report."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backend.common.errors import Invalid, NotAllowed, NotFound
from backend.web.forms import add_errors, number_or_none, values_of
from backend.web.paging import page
from fairs import papers, queries, reports, rules
from fairs.domain import booth as booths
from fairs.domain import fair as fairs
from fairs.domain import onsite
from fairs.domain.fair import FIELDS
from fairs.enums import BoothStatus, FairStatus
from fairs.interfaces import labels
from fairs.interfaces.forms import ApproveForm, FairForm, RefuseForm
from fairs.interfaces.views.public import fair_for
from fairs.models import Booth, Fair

SET_APART = {"starts_at", "ends_at", "by_clock", "entry"}
"""Fields of the form of a fair that stand with the windows and the guests."""


def watched_fair(request: HttpRequest, pk: int) -> Fair:
    """A fair whose control room and report this person reads."""
    fair = fair_for(request.actor, pk)
    if not rules.can_watch_fair(request.actor, fair):
        raise NotFound
    return labels.toned([fair], labels.FAIR)[0]


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Lay out a fair, or change one."""
    if not rules.can_run_fairs(request.actor):
        raise NotFound
    fair = fair_for(request.actor, pk) if pk else None
    if fair is not None and not rules.can_manage_fair(request.actor, fair):
        raise NotAllowed
    data = request.POST if request.method == "POST" else None
    form = FairForm(data, instance=fair, school_ids=request.actor.school_ids)
    more = "more" in request.POST  # one more window to fill in: nothing is saved yet
    if request.method == "POST" and not more and form.is_valid():
        try:
            if fair is None:
                fair = fairs.create_fair(actor=request.actor, values=form.values())
            else:
                fairs.update_fair(actor=request.actor, fair_id=fair.pk, values=form.values())
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("fairs:detail", fair.pk)
    context = {"form": form, "fair": fair, "main": [form[name] for name in FIELDS if name not in SET_APART]}
    # Whoever asks for one more row is not told yet what is still empty.
    status = 422 if not more and form.errors else 200
    return render(request, "fairs/edit.html", context, status=status)


@login_required
@require_POST
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a fair to its next state."""
    to = request.POST.get("to", "")
    if to not in FairStatus.values:
        raise NotFound
    fair = fairs.move_fair(actor=request.actor, fair_id=pk, to=to)
    messages.success(request, _("The fair is now: %(status)s.") % {"status": fair.get_status_display()})
    return redirect("fairs:control", pk)


@login_required
@require_GET
def booth_list(request: HttpRequest, pk: int) -> HttpResponse:
    """Companies that asked for a booth: decide, number, place."""
    fair = watched_fair(request, pk)
    rows = Booth.objects.filter(fair=fair).select_related("company", "division", "fair")
    status = request.GET.get("status", "")
    if status in BoothStatus.values:
        rows = rows.filter(status=status)
    rows = page(request, rows.prefetch_related("positions").order_by("-status", "label", "pk"), size=20)
    labels.toned(rows, labels.BOOTH)
    context = {
        "fair": fair,
        "rows": rows,
        "approve": ApproveForm(),
        "refuse": RefuseForm(),
        "manages": rules.can_manage_fair(request.actor, fair),
        "tabs": queries.booth_tabs(fair, status),
        "numberable": fair.status in onsite.BEFORE,
    }
    return render(request, "fairs/booths.html", context)


@login_required
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve or refuse a booth."""
    refuse = request.POST.get("decision") == "refuse"
    values = values_of((RefuseForm if refuse else ApproveForm)(request.POST))
    decide_on = booths.refuse_booth if refuse else booths.approve_booth
    booth = decide_on(actor=request.actor, booth_id=pk, **values)
    messages.success(request, _("Decided: %(status)s.") % {"status": booth.get_status_display()})
    return redirect("fairs:booths", booth.fair_id)


@login_required
@require_GET
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """A fair in figures, each of which opens into its rows."""
    fair = watched_fair(request, pk)
    figures = reports.figures(fair)
    context = {"fair": fair, "figures": figures, "rows": page(request, figures.rows, size=20)}
    return render(request, "fairs/report.html", context)


@login_required
@require_GET
def report_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The same as a paper to take along."""
    fair = watched_fair(request, pk)
    paper = papers.report_pdf(fair, reports.figures(fair), language=get_language())
    response = HttpResponse(paper, content_type="application/pdf")
    response["Content-Disposition"] = 'attachment; filename="report.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@require_GET
def report_rows(request: HttpRequest, pk: int, figure: str) -> HttpResponse:
    """The rows behind one figure of the report."""
    fair = watched_fair(request, pk)
    if figure not in reports.ROWS:
        raise NotFound
    booth = number_or_none(request.GET.get("booth")) if figure in reports.OF_A_BOOTH else None
    found = page(request, reports.rows(fair, figure, booth), size=30)
    title = reports.TITLES[figure]
    context = {"fair": fair, "rows": found, "title": title, "kind": reports.KINDS[figure]}
    return render(request, "fairs/report_rows.html", context)
