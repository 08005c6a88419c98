"""What matching adds to other pages: the position's page and a student's home."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from backend.accounts.enums import Role
from backend.applications.enums import OPEN
from backend.applications.queries import applications_visible_to
from backend.positions.models import Position
from backend.recommendations.domain import note_view, record_impressions
from backend.recommendations.enums import Cause
from backend.recommendations.queries import match_of, matches_for, raise_of, saved_ids, sentences, student_of
from backend.students.interfaces.asking import asking_student
from backend.students.queries import completeness


def position_panel(request: HttpRequest, position: Position) -> tuple[str, dict[str, Any]] | None:
    """Why the position fits, what would raise the match, save and not interested; looking is an interaction."""
    if request.actor.role != Role.STUDENT or request.actor.student_id is None:
        return None
    student = asking_student(request)
    note_view(actor=request.actor, position=position)
    context = {
        "position": position,
        "saved": position.pk in saved_ids(student.pk),
        "causes": list(Cause),
        "personalised": student.personalised,
    }
    if student.personalised:
        match = match_of(student, position)
        found = sentences(match)
        context |= {
            "percent": round(match.score * 100),
            "good": [text for text, value in found if value > 0],
            "poor": [text for text, value in found if value < 0],
            "raising": raise_of(student, position)[:4],
        }
    return "recommendations/panel.html", context


def student_home(request: HttpRequest) -> HttpResponse:
    """Matches, applications in progress, and how complete the profile is."""
    student = student_of(request.actor)
    shown = matches_for(request.actor, 6)
    record_impressions(actor=request.actor, shown=shown, surface="home")
    running = applications_visible_to(request.actor).filter(status__in=OPEN).order_by("due_at", "pk")
    context = {
        "student": student,
        "shown": shown,
        "running": running[:5],
        "completeness": completeness(student),
        "personalised": student.personalised,
    }
    return render(request, "recommendations/home_student.html", context)
