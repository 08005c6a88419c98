"""Before the day: what is missing, for staff and for a company, the positions a booth brings, and reminders."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backend.accounts.enums import Role
from backend.common.errors import Invalid, NotFound
from backend.web.forms import add_errors
from backend.web.paging import page
from fairs import plans, queries, readiness, reminder_links, rules
from fairs.domain import booth as booths
from fairs.domain import reminders as reminding
from fairs.interfaces.forms import PositionsForm
from fairs.interfaces.views.company import own_booth
from fairs.interfaces.views.public import fair_for
from fairs.models import Booth


@login_required
@require_GET
def fair(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything a fair still lacks, each row leading to where it is mended."""
    found = fair_for(request.actor, pk)
    if not rules.can_manage_fair(request.actor, found):
        raise NotFound
    gaps = readiness.of_fair(found)
    context = {"fair": found, "rows": page(request, gaps, size=50), "count": len(gaps)}
    return render(request, "fairs/readiness.html", context)


@login_required
@require_GET
def booth(request: HttpRequest, pk: int) -> HttpResponse:
    """What a company can still mend of its own booth, also while it waits for approval or vetting."""
    found = _own(request, pk)
    gaps = readiness.of_booths([found])[pk]
    return render(request, "fairs/booth_readiness.html", {"booth": found, "rows": gaps})


@login_required
@require_http_methods(["GET", "POST"])
def positions(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose anew which positions the booth brings."""
    found = own_booth(request, pk)
    said = {"positions": list(found.positions.values_list("pk", flat=True))}
    form = PositionsForm(
        request.POST if request.method == "POST" else None, actor=request.actor, initial=said
    )
    if request.method == "POST" and form.is_valid():
        chosen = [row.pk for row in form.cleaned_data["positions"]]
        try:
            booths.bring_positions(actor=request.actor, booth_id=pk, position_ids=chosen)
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            before = found.fair.status in plans.BEFORE
            return redirect("fairs:booth_readiness" if before else "fairs:console", pk)
    context = {"form": form, "booth": found}
    return render(request, "fairs/booth_positions.html", context, status=422 if form.errors else 200)


def _own(request: HttpRequest, pk: int) -> Booth:
    if request.actor.role != Role.RECRUITER:
        raise NotFound
    found = queries.booths_worked_by(request.actor).filter(pk=pk, fair__status__in=plans.BEFORE).first()
    if found is None:
        raise NotFound
    return found


@login_required
@require_POST
def reminders(request: HttpRequest, pk: int) -> HttpResponse:
    """A student wants to be reminded of a fair, or no longer does."""
    reminding.set_reminders(actor=request.actor, fair_id=pk, wanted=request.POST.get("wanted") == "yes")
    messages.success(request, _("Saved."))
    return redirect("fairs:detail", pk)


# Mail programs post here for their users, from wherever they are: the signed link itself is the permission (RFC 8058).
@csrf_exempt
@require_http_methods(["GET", "POST"])
def reminders_stop(request: HttpRequest, signed: str) -> HttpResponse:
    """Ask whether to stop the reminders the link of a mail names; a POST stops them."""
    found = reminder_links.read(signed)
    if found is None:
        raise NotFound
    done = request.method == "POST"
    if done:
        reminding.stop_reminders(actor=request.actor, registration_id=found)
    return render(request, "fairs/reminders_stop.html", {"done": done})
