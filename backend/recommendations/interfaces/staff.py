"""Staff's pages about the ranking: pairs nobody noticed, groups, reach, and models."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from backend.recommendations.domain import hint_pair
from backend.recommendations.enums import AuditKind, RunStatus
from backend.recommendations.interfaces.groups import group_labels
from backend.recommendations.interfaces.labels import card_facts
from backend.recommendations.interfaces.verdicts import verdict
from backend.recommendations.queries import (
    audit_of,
    model_cards,
    runs,
    standing,
    unnoticed,
)
from backend.recommendations.queries.seen_groups import SeenGroups
from backend.recommendations.queries.staff import unnoticed_rows
from backend.web.paging import page

NEWEST = 2
"""Cards that show how groups are treated, beside the one in service."""


@login_required
@require_GET
def unnoticed_pairs(request: HttpRequest) -> HttpResponse:
    """Students and positions that would gain from each other, and neither has noticed."""
    rows = page(request, unnoticed_rows(request.actor))
    return render(request, "recommendations/unnoticed.html", {"page": rows, "pairs": unnoticed(list(rows))})


@login_required
@require_POST
def hint(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell the student about the position."""
    hint_pair(actor=request.actor, pair_id=pk)
    messages.success(request, _("The student has been told."))
    return redirect("recommendations:unnoticed")


@login_required
@require_GET
def groups(request: HttpRequest) -> HttpResponse:
    """How the ranking treats groups of students."""
    found = audit_of(request.actor, AuditKind.FAIRNESS)
    tables = group_labels(found.figures["groups"]) if found else []
    return render(request, "recommendations/groups.html", {"found": found, "tables": tables})


@login_required
@require_GET
def reach(request: HttpRequest) -> HttpResponse:
    """Majors that fit few positions, and positions that few students fit."""
    return render(request, "recommendations/reach.html", {"found": audit_of(request.actor, AuditKind.REACH)})


@login_required
@require_GET
def models(request: HttpRequest) -> HttpResponse:
    """Cards of the models, and the trainings."""
    serving = standing()
    seen = SeenGroups(request.actor)
    cards = []
    # While a training runs its table alone is asked for again and again; the cards are read from disk.
    if request.headers.get("HX-Target") != "runs":
        cards = [card_facts(card, serving.model, seen.called) for card in model_cards(request.actor, seen)]
    for older in cards[NEWEST:]:
        older["groups"] = older["groups"] if older["serves"] else []
    trainings = runs(request.actor, seen)
    for run in trainings:
        run.reason, run.reason_known = verdict(run.message or run.progress, seen.called)
    running = any(run.status == RunStatus.RUNNING for run in trainings)
    context = {"cards": cards, "serving": serving, "runs": trainings, "running": running}
    return render(request, "recommendations/models.html", context)
