"""A student's matches: shown, recorded, and answered to."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from backend.common.errors import Invalid
from backend.recommendations.domain import interact, record_impressions, set_personalised, undo
from backend.recommendations.enums import Cause, InteractionKind
from backend.recommendations.queries import matches_for, saved_positions, student_of
from backend.web.paging import page

LIMIT = 20


@login_required
@require_GET
def matches(request: HttpRequest) -> HttpResponse:
    """Positions that fit, with reasons; newest first where personalisation is off."""
    student = student_of(request.actor)
    shown = matches_for(request.actor, LIMIT)
    record_impressions(actor=request.actor, shown=shown, surface="matches")
    context = {"shown": shown, "personalised": student.personalised, "causes": list(Cause)}
    return render(request, "recommendations/matches.html", context)


@login_required
@require_GET
def saved(request: HttpRequest) -> HttpResponse:
    """Open positions the student has saved."""
    student_of(request.actor)
    rows = page(request, saved_positions(request.actor).order_by("-interactions__at", "-pk"))
    return render(request, "recommendations/saved.html", {"page": rows})


@login_required
@require_POST
def personalisation(request: HttpRequest) -> HttpResponse:
    """Switch the order by fit on or off."""
    set_personalised(actor=request.actor, on=request.POST.get("on") == "1")
    return redirect("recommendations:matches")


@login_required
@require_POST
def interest(request: HttpRequest, pk: int) -> HttpResponse:
    """Save a position, say "not interested" with a cause, or take either back."""
    kind = request.POST.get("kind", "")
    if kind not in {InteractionKind.SAVE, InteractionKind.NOT_INTERESTED}:
        raise Invalid(fields={"kind": [_("Choose save or not interested.")]})
    if request.POST.get("undo"):
        undo(actor=request.actor, position_id=pk, kind=kind)
        messages.success(request, _("Undone."))
    else:
        interact(actor=request.actor, position_id=pk, kind=kind, cause=request.POST.get("cause", ""))
        messages.success(
            request,
            _("Saved for later.") if kind == InteractionKind.SAVE else _("You will not see it again."),
        )
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    """Where the form stood, if it is a page of ours."""
    target = request.POST.get("next", "")
    own = url_has_allowed_host_and_scheme(target, allowed_hosts=None) and target.startswith("/")
    return target if own else reverse("recommendations:matches")
