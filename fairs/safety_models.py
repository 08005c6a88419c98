"""What either side of a meeting can do against the other: report to the school, and not meet again."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backend.common import clock
from backend.common.models import Row
from backend.common.personal import BLANK, about, personal
from fairs.enums import Decision, ReportReason, ReportStatus
from fairs.plan_models import STUDENT

LONGEST_REPORT = 1000


@about("reporter")
class Report(Row):
    """One side of a meeting tells the school that runs the fair about the other."""

    meeting = models.ForeignKey("fairs.Meeting", models.CASCADE, related_name="reports")
    reporter = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    by_student = models.BooleanField()
    reason = models.CharField(_("Reason"), max_length=10, choices=ReportReason.choices)
    text = personal("meeting", erase=BLANK, keep_days=365)(
        models.TextField(_("What happened"), max_length=LONGEST_REPORT, blank=True)
    )
    status = models.CharField(
        _("Status"), max_length=7, choices=ReportStatus.choices, default=ReportStatus.OPEN
    )
    decision = models.CharField(_("Decision"), max_length=9, choices=Decision.choices, blank=True)
    answer = personal("meeting", erase=BLANK, keep_days=365)(
        models.TextField(pgettext_lazy("to a report", "Answer"), max_length=LONGEST_REPORT, blank=True)
    )
    decided_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting", "by_student"], name="report_once_per_side"),
            models.CheckConstraint(name="report_status_known", condition=Q(status__in=ReportStatus.values)),
            models.CheckConstraint(name="report_reason_known", condition=Q(reason__in=ReportReason.values)),
            models.CheckConstraint(
                name="report_decided_how",
                condition=Q(status=ReportStatus.OPEN, decision="", decided_at__isnull=True)
                | Q(status=ReportStatus.DECIDED, decision__in=Decision.values, decided_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["status", "created_at"], name="report_open")]

    def __str__(self) -> str:
        return f"{self.meeting_id}: {self.reason}"


@about(STUDENT)
class Block(models.Model):
    """A student and a company that do not meet again at any fair, because one side wants it so."""

    student = models.ForeignKey("students.Student", models.CASCADE, related_name="blocks")
    company = models.ForeignKey("companies.Company", models.CASCADE, related_name="+")
    by_student = models.BooleanField()
    by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["student", "company", "by_student"], name="block_once_per_side")
        ]

    def __str__(self) -> str:
        return f"{self.student_id} × {self.company_id}"
