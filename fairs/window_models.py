"""When a fair is open, window by window, and whom it invites."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backend.common.models import Row

MOST_WINDOWS = 14
"""Windows of one fair."""


class FairWindow(Row):
    """One stretch of time in which a fair is open; those of a fair follow each other and do not overlap.

    They are written together, under the lock of the fair, which spans them: SQLite knows no constraint against overlap.
    """

    fair = models.ForeignKey("fairs.Fair", models.CASCADE, related_name="windows")
    starts_at = models.DateTimeField(_("Starts"))
    ends_at = models.DateTimeField(pgettext_lazy("time", "Ends"))

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(name="window_in_order", condition=Q(ends_at__gt=F("starts_at"))),
            models.UniqueConstraint(fields=["fair", "starts_at"], name="window_begins_once"),
            models.UniqueConstraint(fields=["fair", "ends_at"], name="window_ends_once"),
        ]

    def __str__(self) -> str:
        return f"{self.fair_id}: {self.starts_at:%Y-%m-%d %H:%M}"


class FairGuests(Row):
    """A department, a major or a year of graduation that a fair invites; without any it invites everybody."""

    fair = models.ForeignKey("fairs.Fair", models.CASCADE, related_name="guests")
    department = models.ForeignKey(
        "schools.Department", models.CASCADE, null=True, blank=True, related_name="+"
    )
    major = models.ForeignKey("schools.Major", models.CASCADE, null=True, blank=True, related_name="+")
    year = models.PositiveSmallIntegerField(_("Year of graduation"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fair", "department"], name="guests_department_once"),
            models.UniqueConstraint(fields=["fair", "major"], name="guests_major_once"),
            models.UniqueConstraint(fields=["fair", "year"], name="guests_year_once"),
            models.CheckConstraint(
                name="guests_one_thing",
                condition=Q(department__isnull=False, major__isnull=True, year__isnull=True)
                | Q(department__isnull=True, major__isnull=False, year__isnull=True)
                | Q(department__isnull=True, major__isnull=True, year__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fair_id}: {self.department_id or self.major_id or self.year}"
