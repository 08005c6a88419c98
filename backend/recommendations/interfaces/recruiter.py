"""Students who fit a position, on a page of its company and of the school's staff."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from backend.recommendations.queries import students_for


@login_required
@require_GET
def fitting_students(request: HttpRequest, pk: int) -> HttpResponse:
    """The list, best first, with reasons and without anything private."""
    return render(request, "recommendations/students.html", {"found": students_for(request.actor, pk)})
