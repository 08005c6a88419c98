"""Positions: everything a lawful posting must say."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Left
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backend.common.models import Row
from backend.common.personal import REMOVE, about, personal
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
    skill_levels = models.JSONField(_("Levels of skill"), default=dict)
    wanted_skills = models.JSONField(_("Skills that are nice to have"), default=list)
    certificates = models.JSONField(_("Certificates asked for"), default=list)
    experience_months = models.PositiveSmallIntegerField(_("Experience asked for, months"), default=0)
    graduation_years = models.JSONField(_("Years of graduation"), default=list)
    city_code = models.CharField(_("City"), max_length=6)
    district_code = models.CharField(_("District"), max_length=6, blank=True, default="")
    place = models.CharField(_("Place of work"), max_length=200)
    salary_min = models.PositiveIntegerField(_("Basic pay from, yuan a month"), null=True, blank=True)
    salary_max = models.PositiveIntegerField(_("Basic pay to, yuan a month"), null=True, blank=True)
    salary_months = models.PositiveSmallIntegerField(_("Months of pay a year"), default=12)
    deadline = models.DateField(_("Apply by"))
    starts_on = models.DateField(_("First day of work"), null=True, blank=True)
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
                # A comparison with NULL is neither true nor false, and a check lets it through.
                | Q(salary_min__isnull=False, salary_max__isnull=False, salary_min__lte=F("salary_max")),
            ),
            models.CheckConstraint(
                name="position_district_in_province",
                condition=Q(district_code="") | Exact(Left("district_code", 2), Left("city_code", 2)),
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


@about("user", erase=REMOVE)
class RecentSearch(Row):
    """Words somebody searched for; the newest by `updated_at`, and forgotten half a year after the last time."""

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="recent_searches")
    text = personal("search", erase=REMOVE, keep_days=180, since="updated_at")(
        models.CharField(_("Search"), max_length=60)
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "text"], name="recent_search_once"),
            models.CheckConstraint(condition=~Q(text=""), name="recent_search_says_something"),
        ]

    def __str__(self) -> str:
        return self.text


class PositionTemplate(Row):
    """A company's reusable text for a position."""

    company = models.ForeignKey("companies.Company", models.CASCADE, related_name="position_templates")
    name = models.CharField(pgettext_lazy("thing", "Name"), max_length=80)
    values = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "name"], name="position_template_once")]

    def __str__(self) -> str:
        return self.name


class PositionImport(Row):
    """A spreadsheet of postings: uploaded, looked at, then read; rows = stored + rejected when it is done."""

    class Status(models.TextChoices):
        """Where the import stands."""

        PREVIEW = "preview", _("Preview")
        QUEUED = "queued", _("Waiting to run")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    school = models.ForeignKey("schools.School", models.CASCADE, related_name="+")
    file = models.FileField(_("Spreadsheet"), upload_to="imports/")
    original_name = models.CharField(max_length=120)
    mapping = models.JSONField(_("Columns"), default=dict)
    status = models.CharField(_("Status"), max_length=8, choices=Status.choices, default=Status.PREVIEW)
    total = models.PositiveIntegerField(_("Rows"), default=0)
    stored = models.PositiveIntegerField(_("Stored"), default=0)
    published = models.PositiveIntegerField(_("Published"), default=0)
    rejected = models.PositiveIntegerField(_("Rejected"), default=0)
    error = models.CharField(max_length=300, blank=True)
    report = models.FileField(upload_to="imports/", blank=True)
    created_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="position_import_status_known",
                condition=Q(status__in=["preview", "queued", "running", "done", "failed"]),
            )
        ]

    def __str__(self) -> str:
        return self.original_name
