"""The staff's view of demand and supply, its rows, and its export."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from backend.common.errors import NotFound
from backend.insights.enums import Dimension, Side
from backend.insights.interfaces.export import csv_file
from backend.insights.queries import observe, rows_behind
from backend.insights.ratio import Ratio
from backend.web.paging import page

PER_PAGE = 25


def _dimension(request: HttpRequest) -> Dimension:
    asked = request.GET.get("by", Dimension.OCCUPATION)
    return Dimension(asked) if asked in Dimension.values else Dimension.OCCUPATION


@login_required
@require_GET
def ratio(request: HttpRequest) -> HttpResponse:
    """Demand and supply by one dimension; htmx asks again for the table alone."""
    observation = observe(request.actor, _dimension(request))
    groups = [(group, observation.label(group.key)) for group in observation.table.groups]
    context = {"observation": observation, "groups": groups, "dimensions": list(Dimension)}
    template = (
        "insights/_figures.html" if request.htmx and not request.htmx.boosted else "insights/ratio.html"
    )
    return render(request, template, context)


@login_required
@require_GET
def rows(request: HttpRequest) -> HttpResponse:
    """The rows that make one figure."""
    side = request.GET.get("side", "")
    if side not in Side.values:
        raise NotFound()
    dimension, key = _dimension(request), request.GET.get("key", "*")
    observation = observe(request.actor, dimension)
    found = rows_behind(request.actor, observation, Side(side), key)
    table = observation.table
    # A group may be gone between the figure and its rows: nothing of it is left to count.
    group = next((one for one in (table.total, *table.groups) if one.key == key), Ratio(key, 0, 0, 0))
    context = {
        "page": page(request, found, PER_PAGE),
        "side": Side(side),
        "dimension": dimension,
        "key": key,
        "label": _("All") if key == "*" else observation.label(key),
        "group": group,
        "observation": observation,
    }
    return render(request, "insights/rows.html", context)


@login_required
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """The table as CSV."""
    observation = observe(request.actor, _dimension(request))
    response = HttpResponse(csv_file(observation), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="ratio-{observation.dimension.value}.csv"'
    return response
