"""Students who fit a position, on a page of its company and of the school's staff."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from backend.recommendations.domain import hint_student
from backend.recommendations.queries import students_for


@login_required
@require_GET
def fitting_students(request: HttpRequest, pk: int) -> HttpResponse:
    """The list, best first, with reasons and without anything private."""
    return render(request, "recommendations/students.html", {"found": students_for(request.actor, pk)})


@login_required
@require_POST
def hint(request: HttpRequest, pk: int, student: int) -> HttpResponse:
    """Staff tell a student about the position."""
    hint_student(actor=request.actor, student_id=student, position_id=pk)
    messages.success(request, _("The student has been told."))
    return redirect("recommendations:students", pk)
