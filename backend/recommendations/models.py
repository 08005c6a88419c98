"""What was shown to whom in which order, what they did with it, and what became of the ranker that learnt from it."""

import uuid

from django.db import models
from django.db.models import Q

from backend.common import clock
from backend.common.personal import REMOVE, about
from backend.recommendations.enums import AuditKind, Cause, Fit, InteractionKind, RunStatus, Surface

NEUTRAL = "neutral"
"""Name of the order without personalisation: newest first."""


@about("student__membership__user", erase=REMOVE)
class Impression(models.Model):
    """A position shown to a student at a place of one list, with the model and score that put it there.

    `showing` is the list; `propensity` the chance that its place was looked at.
    """

    showing = models.UUIDField(default=uuid.uuid4, editable=False)
    student = models.ForeignKey("students.Student", models.CASCADE, related_name="+")
    position = models.ForeignKey("positions.Position", models.CASCADE, related_name="+")
    at = models.DateTimeField(default=clock.now)
    surface = models.CharField(max_length=20)
    rank = models.PositiveSmallIntegerField()
    propensity = models.FloatField(default=1.0)
    score = models.FloatField(null=True)
    model = models.CharField(max_length=60)
    reasons = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["showing", "rank"], name="impression_one_per_place"),
            models.UniqueConstraint(fields=["showing", "position"], name="impression_once_per_list"),
            models.CheckConstraint(name="impression_surface_known", condition=Q(surface__in=Surface.values)),
            models.CheckConstraint(name="impression_rank_from_one", condition=Q(rank__gte=1)),
            models.CheckConstraint(
                name="impression_propensity", condition=Q(propensity__gt=0.0, propensity__lte=1.0)
            ),
            models.CheckConstraint(
                name="impression_score", condition=Q(score__isnull=True) | Q(score__range=(0.0, 1.0))
            ),
            # The neutral order scores nobody: what is off leaves nothing to learn from.
            models.CheckConstraint(name="impression_not_neutral", condition=~Q(model=NEUTRAL)),
        ]
        indexes = [
            models.Index(fields=["student", "-at"], name="impression_by_student"),
            models.Index(fields=["at"], name="impression_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} saw {self.position_id}"


@about("student__membership__user", erase=REMOVE)
class Interaction(models.Model):
    """A view, save, talk, application or "not interested" of a student; the last one of its kind."""

    student = models.ForeignKey("students.Student", models.CASCADE, related_name="interactions")
    position = models.ForeignKey("positions.Position", models.CASCADE, related_name="interactions")
    kind = models.CharField(max_length=16)
    at = models.DateTimeField(default=clock.now)
    cause = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["student", "position", "kind"], name="interaction_once"),
            models.CheckConstraint(
                name="interaction_kind_known", condition=Q(kind__in=InteractionKind.values)
            ),
            models.CheckConstraint(
                name="interaction_cause_of_no_interest",
                condition=Q(cause="") | Q(cause__in=Cause.values, kind=InteractionKind.NOT_INTERESTED),
            ),
        ]
        indexes = [models.Index(fields=["kind", "at"], name="interaction_by_time")]

    def __str__(self) -> str:
        return f"{self.student_id} {self.kind} {self.position_id}"


class TrainingRun(models.Model):
    """One training of the ranker; at most one runs at a time, and at most one a night.

    `progress`: the last thing it said, `heard_at` when.
    """

    started_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=10, choices=RunStatus.choices, default=RunStatus.RUNNING)
    night = models.DateField(null=True, unique=True)
    model = models.CharField(max_length=60, blank=True)
    message = models.CharField(max_length=500, blank=True)
    progress = models.CharField(max_length=200, blank=True)
    heard_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="training_status_known", condition=Q(status__in=RunStatus.values)),
            models.UniqueConstraint(
                fields=["status"], condition=Q(status=RunStatus.RUNNING), name="training_one_at_a_time"
            ),
            models.CheckConstraint(
                name="training_ends_with_a_verdict",
                condition=Q(status=RunStatus.RUNNING, ended_at__isnull=True)
                | ~Q(status=RunStatus.RUNNING) & Q(ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M} {self.status}"


class StoredAudit(models.Model):
    """Figures about the ranking of one school, worked out after a training; the newest of a kind is shown."""

    school = models.ForeignKey("schools.School", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=AuditKind.choices)
    at = models.DateTimeField(default=clock.now)
    model = models.CharField(max_length=60)
    figures = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(name="audit_kind_known", condition=Q(kind__in=AuditKind.values)),
            models.UniqueConstraint(fields=["school", "kind"], name="audit_one_per_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.school_id} {self.kind}"


@about("student__membership__user", erase=REMOVE)
class StrongPair(models.Model):
    """A student and a position that gain from each other, and neither has noticed; `hinted_at`: staff told the student."""

    student = models.ForeignKey("students.Student", models.CASCADE, related_name="+")
    position = models.ForeignKey("positions.Position", models.CASCADE, related_name="+")
    mutual = models.FloatField()
    model = models.CharField(max_length=60)
    at = models.DateTimeField(default=clock.now)
    hinted_at = models.DateTimeField(null=True)
    hinted_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["student", "position"], name="strong_pair_once"),
            models.CheckConstraint(name="strong_pair_mutual", condition=Q(mutual__range=(0.0, 1.0))),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} ↔ {self.position_id}"


class GradingRound(models.Model):
    """Some real pairs of a school, drawn to be graded by two people who do not see each other's grades."""

    school = models.ForeignKey("schools.School", models.CASCADE, related_name="+")
    at = models.DateTimeField(default=clock.now)
    model = models.CharField(max_length=60)
    seed = models.PositiveIntegerField()
    drawn_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return f"#{self.pk}"


@about("student__membership__user", erase=REMOVE)
class DrawnPair(models.Model):
    """A pair of a round; its score is kept, and shown to nobody before both have graded it."""

    round = models.ForeignKey(GradingRound, models.CASCADE, related_name="pairs")
    number = models.PositiveSmallIntegerField()
    student = models.ForeignKey("students.Student", models.CASCADE, related_name="+")
    position = models.ForeignKey("positions.Position", models.CASCADE, related_name="+")
    score = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "number"], name="drawn_pair_number_once"),
            models.UniqueConstraint(fields=["round", "student", "position"], name="drawn_pair_once"),
            models.CheckConstraint(name="drawn_pair_score", condition=Q(score__range=(0.0, 1.0))),
        ]

    def __str__(self) -> str:
        return f"{self.round_id}/{self.number}"


@about("user", erase=REMOVE)
class GraderSeat(models.Model):
    """One of the two people of a round, taken with the first grade."""

    round = models.ForeignKey(GradingRound, models.CASCADE, related_name="seats")
    number = models.PositiveSmallIntegerField()
    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "number"], name="grader_seat_once"),
            models.UniqueConstraint(fields=["round", "user"], name="grader_one_seat"),
            models.CheckConstraint(name="grader_two_seats", condition=Q(number__in=(1, 2))),
        ]

    def __str__(self) -> str:
        return f"{self.round_id}: {self.number}"


class Grade(models.Model):
    """What one of the two thinks of a pair; it may be changed until the round is compared."""

    pair = models.ForeignKey(DrawnPair, models.CASCADE, related_name="grades")
    seat = models.ForeignKey(GraderSeat, models.CASCADE, related_name="grades")
    fit = models.PositiveSmallIntegerField(choices=Fit.choices)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pair", "seat"], name="grade_once"),
            models.CheckConstraint(name="grade_known", condition=Q(fit__in=Fit.values)),
        ]

    def __str__(self) -> str:
        return f"{self.pair_id}: {self.fit}"
