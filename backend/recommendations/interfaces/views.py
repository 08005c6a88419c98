"""A student's matches: shown, recorded, explained, compared, and answered to."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from backend.common.errors import Invalid, NotAllowed, NotFound
from backend.positions.queries import positions_visible_to
from backend.recommendations import rules
from backend.recommendations.domain import interact, record_impressions, set_personalised, undo
from backend.recommendations.enums import Cause, InteractionKind, Surface
from backend.recommendations.interfaces.labels import FACTS, facts
from backend.recommendations.models import Interaction
from backend.recommendations.queries import (
    compare_for,
    detail_for,
    last_showing,
    matches_for,
    saved_positions,
    unwanted_for,
)
from backend.students.interfaces.asking import asking_student
from backend.web.forms import number_or_none
from backend.web.paging import page

LIMIT, PAGES = 20, 10
"""Matches on a page, and pages: what comes after two hundred hardly fits."""


@login_required
@require_GET
def matches(request: HttpRequest) -> HttpResponse:
    """Positions that fit, with reasons; newest first where personalisation is off."""
    number = min(number_or_none(request.GET.get("page")) or 1, PAGES)
    found = matches_for(request.actor, LIMIT, page=number)
    record_impressions(actor=request.actor, matches=found, surface=Surface.MATCHES)
    context = {
        "found": found,
        "shown": found.shown,
        "personalised": found.personalised,
        "causes": list(Cause),
        "just_hidden": _just_hidden(request),
        "earlier": number - 1,
        "later": number + 1 if found.more and number < PAGES else 0,
    }
    return render(request, "recommendations/matches.html", context)


def _student(request: HttpRequest) -> None:
    if not rules.has_matches(request.actor):
        raise NotAllowed()


def _just_hidden(request: HttpRequest) -> Interaction | None:
    """The position that was hidden a moment ago, to take it back."""
    asked = number_or_none(request.GET.get("hidden"))
    return None if asked is None else unwanted_for(request.actor).filter(position_id=asked).first()


@login_required
@require_GET
def why(request: HttpRequest, pk: int) -> HttpResponse:
    """Why a position is shown: every term of the score, what would raise it, and what was used."""
    _student(request)
    student = asking_student(request)
    position = positions_visible_to(request.actor).filter(pk=pk).first()
    if position is None:
        raise NotFound()
    found = detail_for(request.actor, position, student=student)
    context = {"found": found, "last": last_showing(student, position), "causes": list(Cause)}
    return render(request, "recommendations/why.html", context)


@login_required
@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """Two positions side by side, term by term."""
    _student(request)
    asked = [number_or_none(text) for text in request.GET.getlist("p")]
    if len(asked) != 2 or None in asked:
        messages.warning(request, _("Choose exactly two positions to compare."))
        return redirect("recommendations:matches")
    found = compare_for(request.actor, *asked)
    context = {"found": found, "rows": list(zip(FACTS, facts(found.a), facts(found.b), strict=True))}
    return render(request, "recommendations/compare.html", context)


@login_required
@require_GET
def saved(request: HttpRequest) -> HttpResponse:
    """Open positions the student has saved."""
    _student(request)
    return render(
        request, "recommendations/saved.html", {"page": page(request, saved_positions(request.actor))}
    )


@login_required
@require_GET
def hidden(request: HttpRequest) -> HttpResponse:
    """Positions the student did not want, with the cause and a way back."""
    _student(request)
    rows = page(request, unwanted_for(request.actor))
    for row in rows:
        row.cause_label = Cause(row.cause).label if row.cause else ""
    return render(request, "recommendations/hidden.html", {"page": rows})


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
    target = _back(request)
    if request.POST.get("undo"):
        undo(actor=request.actor, position_id=pk, kind=kind)
        messages.success(request, _("Undone."))
        return redirect(target)
    cause = request.POST.get("cause", "") if kind == InteractionKind.NOT_INTERESTED else ""
    interact(actor=request.actor, position_id=pk, kind=kind, cause=cause)
    if kind == InteractionKind.SAVE:
        messages.success(request, _("Saved for later."))
        return redirect(target)
    if target == reverse("recommendations:matches"):
        return redirect(f"{target}?{urlencode({'hidden': pk})}")
    messages.success(request, _("You will not see it again."))
    return redirect(target)


def _back(request: HttpRequest) -> str:
    """Where the form stood, if it is a page of ours."""
    target = request.POST.get("next", "")
    own = url_has_allowed_host_and_scheme(target, allowed_hosts=None) and target.startswith("/")
    return target if own else reverse("recommendations:matches")
