"""Staff's pages about the ranking: pairs nobody noticed, groups, reach, models, and grading."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from backend.common.errors import Invalid
from backend.recommendations.domain import draw_round, grade_pair, hint_pair
from backend.recommendations.enums import AuditKind, Fit, RunStatus
from backend.recommendations.interfaces.groups import group_labels
from backend.recommendations.interfaces.labels import card_facts
from backend.recommendations.interfaces.verdicts import verdict
from backend.recommendations.queries import (
    audit_of,
    comparison,
    model_cards,
    runs,
    standing,
    to_grade,
    unnoticed,
)
from backend.recommendations.queries.grading import round_for, rounds_visible_to, seat_of
from backend.recommendations.queries.staff import unnoticed_rows
from backend.students.enums import Education
from backend.web.paging import page

RUNS = 20


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
    cards = [card_facts(card, serving.model) for card in model_cards(request.actor)]
    trainings = list(runs(request.actor)[:RUNS])
    for run in trainings:
        run.reason, run.reason_known = verdict(run.message or run.progress)
    running = any(run.status == RunStatus.RUNNING for run in trainings)
    context = {"cards": cards, "serving": serving, "runs": trainings, "running": running}
    return render(request, "recommendations/models.html", context)


@login_required
@require_GET
def grading(request: HttpRequest) -> HttpResponse:
    """Rounds of the school, the last first."""
    rows = page(request, rounds_visible_to(request.actor), size=10)
    return render(request, "recommendations/grading.html", {"page": rows})


@login_required
@require_POST
def draw(request: HttpRequest) -> HttpResponse:
    """Draw a new round."""
    return redirect("recommendations:round", draw_round(actor=request.actor).pk)


@login_required
@require_GET
def grading_round(request: HttpRequest, pk: int) -> HttpResponse:
    """The next pair to grade; the result once two people have graded all."""
    found = round_for(request.actor, pk)
    seat = seat_of(request.actor, found)
    result = comparison(found)
    pair = None if result.complete else to_grade(request.actor, found)
    context = {
        "round": found,
        "seat": seat,
        "done": result.graded[seat.number] if seat else 0,
        "full": seat is None and result.taken,
        "pair": pair,
        "education": Education(pair.student.education).label if pair else "",
        "fits": list(Fit),
        "result": result,
        "table": [(Fit(a).label, [result.table[a, b] for b in Fit]) for a in Fit],
        "means": [(Fit(fit).label, round(mean * 100)) for fit, mean in result.mean_scores.items()],
    }
    return render(request, "recommendations/round.html", context)


@login_required
@require_POST
def grade(request: HttpRequest, pk: int, pair: int) -> HttpResponse:
    """Grade one pair of the round."""
    asked = request.POST.get("fit", "")
    if asked not in {str(fit.value) for fit in Fit}:
        raise Invalid(fields={"fit": [_("Choose one of the grades.")]})
    grade_pair(actor=request.actor, pair_id=pair, fit=int(asked))
    return redirect("recommendations:round", pk)
