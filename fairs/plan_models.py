"""What both sides wish before a fair, and the plan of who talks to whom and when."""

from datetime import datetime, timedelta
from functools import cached_property

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backend.common.models import Row
from backend.common.personal import REMOVE, about
from fairs.enums import PlanStatus

STUDENT = "student__membership__user"
MOST_CHOICES = 8
"""Booths a student may choose."""
MOST_RECRUITERS = 12
"""Recruiters of one booth who talk at once."""
MOST_SLOTS = 600
LIMITS = {"most": (1, 12), "minutes": (5, 120), "breath": (0, 20), "seed": (0, 2**31 - 1)}
"""Between what a plan may be laid out."""


@about("registration__student__membership__user", erase=REMOVE)
class BoothChoice(Row):
    """A booth that a registered student wants to meet; rank 1 is the dearest."""

    registration = models.ForeignKey("fairs.FairRegistration", models.CASCADE, related_name="choices")
    booth = models.ForeignKey("fairs.Booth", models.CASCADE, related_name="choices")
    rank = models.PositiveSmallIntegerField(_("Rank"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["registration", "booth"], name="choice_once"),
            models.UniqueConstraint(fields=["registration", "rank"], name="choice_rank_once"),
            models.CheckConstraint(name="choice_rank_known", condition=Q(rank__range=(1, MOST_CHOICES))),
        ]

    def __str__(self) -> str:
        return f"{self.registration_id}: {self.rank}. {self.booth_id}"


@about(STUDENT, erase=REMOVE)
class BoothMark(Row):
    """A student, or a major, that a booth wants to meet."""

    booth = models.ForeignKey("fairs.Booth", models.CASCADE, related_name="marks")
    student = models.ForeignKey("students.Student", models.CASCADE, null=True, blank=True, related_name="+")
    major = models.ForeignKey("schools.Major", models.CASCADE, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["booth", "student"], name="mark_student_once"),
            models.UniqueConstraint(fields=["booth", "major"], name="mark_major_once"),
            models.CheckConstraint(
                name="mark_one_thing",
                condition=Q(student__isnull=True, major__isnull=False)
                | Q(student__isnull=False, major__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.booth_id}: {self.student_id or self.major_id}"


class BoothTeam(Row):
    """How many recruiters of a booth talk at once, and when they are there; without times: as long as the fair."""

    booth = models.OneToOneField("fairs.Booth", models.CASCADE, related_name="team")
    recruiters = models.PositiveSmallIntegerField(_("Recruiters who talk at once"), default=1)
    starts_at = models.DateTimeField(_("There from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("There until"), null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="team_size", condition=Q(recruiters__range=(1, MOST_RECRUITERS))),
            models.CheckConstraint(
                name="team_in_order",
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.booth_id}: {self.recruiters}"


class Plan(Row):
    """The plan of a fair: a grid of `slots` from `starts_at`, one every `minutes`, and what is planned on it."""

    fair = models.OneToOneField("fairs.Fair", models.CASCADE, related_name="plan")
    status = models.CharField(_("Status"), max_length=9, choices=PlanStatus.choices, default=PlanStatus.DRAFT)
    starts_at = models.DateTimeField(_("Starts"))
    slots = models.PositiveSmallIntegerField()
    minutes = models.PositiveSmallIntegerField(_("Minutes from talk to talk"))
    most = models.PositiveSmallIntegerField(_("Talks per student at most"), default=6)
    breath = models.PositiveSmallIntegerField(_("Every how many-th time stays free"), default=0)
    seed = models.PositiveIntegerField(default=0)
    published_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(name="plan_status_known", condition=Q(status__in=PlanStatus.values)),
            models.CheckConstraint(name="plan_slots", condition=Q(slots__range=(1, MOST_SLOTS))),
            *(
                models.CheckConstraint(name=f"plan_{name}", condition=Q(**{f"{name}__range": limits}))
                for name, limits in LIMITS.items()
            ),
            models.CheckConstraint(
                name="plan_published_when",
                condition=~Q(status=PlanStatus.PUBLISHED) | Q(published_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fair_id}: {self.status}"

    def at(self, slot: int) -> datetime:
        """When a slot begins."""
        return self.starts_at + timedelta(minutes=self.minutes * slot)

    @property
    def ends_at(self) -> datetime:
        """When the last slot ends."""
        return self.at(self.slots)

    @cached_property
    def open_slots(self) -> frozenset[int]:
        """The slots that lie within one of the fair's windows as they are now."""
        hours = self.fair.hours()
        return frozenset(
            slot
            for slot in range(self.slots)
            if any(starts <= self.at(slot) and self.at(slot + 1) <= ends for starts, ends in hours)
        )


@about(STUDENT)
class PlannedTalk(Row):
    """A student at a booth at a time. All talks of a fair stand on one grid, so two at once are two with one slot.

    `seat` is which of the booth's recruiters, from 0. `ticket` is the number drawn when the time had come.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="talks")
    booth = models.ForeignKey("fairs.Booth", models.CASCADE, related_name="planned")
    student = models.ForeignKey("students.Student", models.CASCADE, related_name="planned_talks")
    slot = models.PositiveSmallIntegerField(pgettext_lazy("of a plan", "Time"))
    seat = models.PositiveSmallIntegerField()
    fit = models.FloatField(_("Fit"), null=True, blank=True)
    chosen = models.BooleanField(default=False)
    marked = models.BooleanField(default=False)
    ticket = models.OneToOneField(
        "fairs.Ticket", models.SET_NULL, null=True, blank=True, related_name="planned"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["booth", "slot", "seat"], name="planned_recruiter_once"),
            models.UniqueConstraint(fields=["plan", "student", "slot"], name="planned_student_once"),
            models.UniqueConstraint(fields=["booth", "student"], name="planned_pair_once"),
            models.CheckConstraint(name="planned_seat", condition=Q(seat__lt=MOST_RECRUITERS)),
        ]
        indexes = [models.Index(fields=["plan", "slot"], name="planned_by_time")]

    def __str__(self) -> str:
        return f"{self.booth_id}: {self.student_id} at {self.slot}"

    @property
    def percent(self) -> int | None:
        """The fit in per cent; None where the student is not ordered by fit."""
        return None if self.fit is None else round(100 * self.fit)

    @property
    def starts_at(self) -> datetime:
        """When the talk begins."""
        return self.plan.at(self.slot)

    @property
    def ends_at(self) -> datetime:
        """When the next begins."""
        return self.plan.at(self.slot + 1)
