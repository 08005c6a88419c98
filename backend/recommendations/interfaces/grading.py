"""Pages of grading: real pairs that two of the staff grade, each for themselves."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from backend.common import clock
from backend.common.errors import Invalid
from backend.recommendations.domain import draw_round, grade_pair
from backend.recommendations.enums import Fit
from backend.recommendations.queries import comparison, to_grade
from backend.recommendations.queries.grading import (
    comparisons,
    graded_pairs,
    own_grades,
    round_for,
    rounds_visible_to,
    seat_of,
)
from backend.students.profiles import profile_for
from backend.web.downloads import spreadsheet
from backend.web.forms import number_or_none
from backend.web.paging import page


@login_required
@require_GET
def grading(request: HttpRequest) -> HttpResponse:
    """Rounds of the school, the last first, with how far each is."""
    rows = page(request, rounds_visible_to(request.actor), size=10)
    found = comparisons(list(rows))
    context = {"page": rows, "rounds": [found[row.pk] for row in rows]}
    return render(request, "recommendations/grading.html", context)


@login_required
@require_POST
def draw(request: HttpRequest) -> HttpResponse:
    """Draw a new round."""
    return redirect("recommendations:round", draw_round(actor=request.actor).pk)


@login_required
@require_GET
def grading_round(request: HttpRequest, pk: int) -> HttpResponse:
    """The next pair to grade, or one graded before; the result once two people have graded all."""
    found = round_for(request.actor, pk)
    seat = seat_of(request.actor, found)
    result = comparison(found)
    context = {
        "round": found,
        "seat": seat,
        "done": result.graded[seat.number] if seat else 0,
        "full": seat is None and result.taken,
        "result": result,
        "table": [(Fit(a).label, [result.table[a, b] for b in Fit]) for a in Fit],
        "means": [(Fit(fit).label, round(mean * 100)) for fit, mean in result.mean_scores.items()],
        "fits": [{"value": fit.value, "label": fit.label} for fit in Fit],
    }
    if not result.complete:
        context |= _asked(request, found)
    return render(request, "recommendations/round.html", context)


def _asked(request: HttpRequest, found: Any) -> dict[str, Any]:
    """The pair on the page, what this person said of it before, and the graded one before it."""
    pair = to_grade(request.actor, found, number_or_none(request.GET.get("pair")))
    own = own_grades(request.actor, found)
    if pair is None:
        return {"pair": None, "earlier": max(own, default=None)}
    return {
        "pair": pair,
        "said": own.get(pair.number),
        "earlier": max((n for n in own if n < pair.number), default=None),
        "profile": profile_for(request.actor, pair.student),
    }


@login_required
@require_POST
def grade(request: HttpRequest, pk: int, pair: int) -> HttpResponse:
    """Grade one pair of the round."""
    asked = request.POST.get("fit", "")
    if asked not in {str(fit.value) for fit in Fit}:
        raise Invalid(fields={"fit": [_("Choose one of the grades.")]})
    grade_pair(actor=request.actor, pair_id=pair, fit=int(asked))
    return redirect("recommendations:round", pk)


@login_required
@require_GET
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """Every pair with both grades and the score, without names, as a spreadsheet; once both are done."""
    found = round_for(request.actor, pk)
    headers = (
        _("Pair"), _("Major"), _("Position"), _("Company"), _("First person"), _("Second person"), _("Score"),
    )  # fmt: skip
    rows = [
        (
            pair.number,
            pair.student.major.name,
            pair.position.title,
            pair.position.company.name,
            str(Fit(one).label),
            str(Fit(other).label),
            round(pair.score, 4),
        )
        for pair, one, other in graded_pairs(request.actor, found)
    ]
    return spreadsheet(f"grading-{found.pk}-{clock.today()}.xlsx", headers, rows)
