"""What matches add to other pages: why a position fits, the company's link to students who fit, and a student's home."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from backend.applications.enums import OPEN
from backend.applications.queries import applications_visible_to
from backend.positions.models import Position
from backend.recommendations import rules
from backend.recommendations.domain import record_impressions, record_view
from backend.recommendations.enums import Cause, Surface
from backend.recommendations.queries import detail_for, matches_for
from backend.students.interfaces.asking import asking_student
from backend.students.queries import completeness


def position_panel(request: HttpRequest, position: Position) -> tuple[str, dict[str, Any]] | None:
    """To students: why it fits and what would raise it; looking is an interaction. To the company: who fits."""
    if rules.can_see_fitting(request.actor):
        return "recommendations/panel_company.html", {"position": position}
    if not rules.has_matches(request.actor):
        return None
    student = asking_student(request)
    found = detail_for(request.actor, position, student=student)
    record_view(student=student, position=position, before=found.viewed_at)
    return "recommendations/panel.html", {"found": found, "position": position, "causes": list(Cause)}


def student_home(request: HttpRequest) -> HttpResponse:
    """Matches, applications in progress, and how complete the profile is."""
    found = matches_for(request.actor, 6)
    record_impressions(actor=request.actor, matches=found, surface=Surface.HOME)
    running = applications_visible_to(request.actor).filter(status__in=OPEN).order_by("due_at", "pk")
    context = {
        "student": found.student,
        "shown": found.shown,
        "running": running[:5],
        "completeness": completeness(found.student),
        "personalised": found.personalised,
    }
    return render(request, "recommendations/home_student.html", context)
