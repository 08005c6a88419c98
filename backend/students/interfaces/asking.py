"""The student behind a request, read once for all that a page says about them."""

from django.db.models import Prefetch
from django.http import HttpRequest

from backend.students.models import Experience, Student


def asking_student(request: HttpRequest) -> Student:
    """Who asks, with school, major and experience; only for requests of students."""
    found = getattr(request, "asking_student", None)
    if found is None or found.pk != request.actor.student_id:
        experiences = Prefetch("experiences", queryset=Experience.objects.order_by("pk"))
        rows = Student.objects.select_related("school", "major").prefetch_related(experiences)
        found = request.asking_student = rows.get(pk=request.actor.student_id)
    return found
