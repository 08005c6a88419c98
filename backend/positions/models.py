"""Positions: everything a lawful posting must say."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backend.common.models import Row
from backend.positions.enums import PositionStatus
from backend.students.enums import Education, PositionKind


class Position(Row):
    """A position of a company; pay is yuan a month, before tax."""

    company = models.ForeignKey("companies.Company", models.PROTECT, related_name="positions")
    division = models.ForeignKey(
        "companies.CompanyDivision", models.SET_NULL, null=True, blank=True, related_name="positions"
    )
    title = models.CharField(_("Title"), max_length=80)
    kind = models.CharField(
        _("Kind of work"), max_length=12, choices=PositionKind.choices, default=PositionKind.FULL_TIME
    )
    occupation = models.ForeignKey("schools.Occupation", models.PROTECT, related_name="+")
    openings = models.PositiveIntegerField(_("Openings"))
    duties = models.TextField(_("Duties"), max_length=4000)
    conditions = models.TextField(_("Working conditions and requirements"), max_length=4000)
    education = models.CharField(
        _("Education asked for"), max_length=12, choices=Education.choices, default=Education.ANY
    )
    majors = models.JSONField(_("Majors"), default=list)
    skills = models.JSONField(_("Skills"), default=list)
    experience_months = models.PositiveSmallIntegerField(_("Experience asked for, months"), default=0)
    graduation_years = models.JSONField(_("Years of graduation"), default=list)
    city_code = models.CharField(_("City"), max_length=6)
    place = models.CharField(_("Place of work"), max_length=200)
    salary_min = models.PositiveIntegerField(_("Basic pay from, yuan a month"), null=True, blank=True)
    salary_max = models.PositiveIntegerField(_("Basic pay to, yuan a month"), null=True, blank=True)
    salary_months = models.PositiveSmallIntegerField(_("Months of pay a year"), default=12)
    deadline = models.DateField(_("Apply by"))
    expires_at = models.DateTimeField(_("Valid until"), null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(
        _("Status"), max_length=10, choices=PositionStatus.choices, default=PositionStatus.DRAFT
    )
    review_reason = models.TextField(_("Reason"), blank=True)
    source = models.CharField(max_length=40, blank=True)
    source_key = models.CharField(max_length=64, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="position_status_known", condition=Q(status__in=PositionStatus.values)
            ),
            models.CheckConstraint(name="position_openings_positive", condition=Q(openings__gte=1)),
            models.CheckConstraint(
                name="position_salary_in_order",
                condition=Q(salary_min__isnull=True, salary_max__isnull=True)
                | Q(salary_min__lte=F("salary_max")),
            ),
            models.CheckConstraint(name="position_salary_months", condition=Q(salary_months__range=(12, 24))),
            models.CheckConstraint(
                name="position_published_has_dates",
                condition=~Q(status=PositionStatus.PUBLISHED)
                | Q(published_at__isnull=False, expires_at__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["company", "source_key"], condition=~Q(source_key=""), name="position_imported_once"
            ),
        ]
        indexes = [
            models.Index(fields=["company", "status"], name="position_by_company"),
            models.Index(fields=["status", "-published_at"], name="position_by_status"),
        ]

    def __str__(self) -> str:
        return self.title


class PositionTemplate(Row):
    """A company's reusable text for a position."""

    company = models.ForeignKey("companies.Company", models.CASCADE, related_name="position_templates")
    name = models.CharField(_("Name"), max_length=80)
    values = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "name"], name="position_template_once")]

    def __str__(self) -> str:
        return self.name
