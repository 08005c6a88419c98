"""Which pairs of a student and a position are no news: one side has looked, answered, talked or applied."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q

from backend.applications.models import Application
from backend.recommendations.models import Interaction


def acted_on(student_ids: Iterable[int]) -> set[tuple[int, int]]:
    """(student, position) wherever one of these students looked, answered, talked or applied."""
    people = list(student_ids)
    return set(
        Interaction.objects.filter(student_id__in=people).values_list("student_id", "position_id")
    ) | set(Application.objects.filter(student_id__in=people).values_list("student_id", "position_id"))


def acted(student: str, position: str | int) -> Q:
    """The same as a condition on rows: `student` names their column with the student, `position` theirs, or is one."""
    place = OuterRef(position) if isinstance(position, str) else position
    pair = {"student_id": OuterRef(student), "position_id": place}
    return Exists(Interaction.objects.filter(**pair)) | Exists(Application.objects.filter(**pair))
