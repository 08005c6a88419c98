"""What was shown to whom in which order, and what they did with it."""

from django.db import models

from backend.common import clock
from backend.common.personal import REMOVE, about


@about("student__membership__user", erase=REMOVE)
class Impression(models.Model):
    """A position shown to a student at a place in a list, with the model and score that put it there."""

    student = models.ForeignKey("students.Student", models.CASCADE, related_name="+")
    position = models.ForeignKey("positions.Position", models.CASCADE, related_name="+")
    at = models.DateTimeField(default=clock.now)
    surface = models.CharField(max_length=20)
    rank = models.PositiveSmallIntegerField()
    score = models.FloatField(null=True)
    model = models.CharField(max_length=60)
    reasons = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["student", "-at"], name="impression_by_student")]

    def __str__(self) -> str:
        return f"{self.student_id} saw {self.position_id}"


@about("student__membership__user", erase=REMOVE)
class Interaction(models.Model):
    """A view, save, "not interested" or application of a student."""

    student = models.ForeignKey("students.Student", models.CASCADE, related_name="interactions")
    position = models.ForeignKey("positions.Position", models.CASCADE, related_name="interactions")
    kind = models.CharField(max_length=16)
    at = models.DateTimeField(default=clock.now)
    cause = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["student", "position", "kind"], name="interaction_once")
        ]

    def __str__(self) -> str:
        return f"{self.student_id} {self.kind} {self.position_id}"
