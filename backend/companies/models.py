"""Companies, their divisions, and the evidence and decisions of vetting."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backend.common.models import Row
from backend.common.personal import about, kept, personal
from backend.companies.enums import CompanySize, CompanyStatus

OF_THE_COMPANY = kept("the company's contact, which its owners change")


@about(None)
class Company(Row):
    """A company, vetted by the school it registered with; the school's alliance shares it."""

    school = models.ForeignKey("schools.School", models.PROTECT, related_name="companies")
    name = models.CharField(_("Company name"), max_length=120)
    credit_code = models.CharField(_("Unified social credit code"), max_length=18, blank=True)
    industry = models.CharField(_("Industry"), max_length=60)
    size = models.CharField(_("Company size"), max_length=10, choices=CompanySize.choices)
    city_code = models.CharField(_("City"), max_length=6)
    address = models.CharField(_("Address"), max_length=200, blank=True)
    website = models.URLField(_("Website"), blank=True)
    about = models.TextField(_("About the company"), max_length=3000, blank=True)
    contact_name = personal("contact", erase=OF_THE_COMPANY)(
        models.CharField(_("Contact"), max_length=60, blank=True)
    )
    contact_phone = personal("contact", erase=OF_THE_COMPANY)(
        models.CharField(_("Telephone"), max_length=30, blank=True)
    )
    status = models.CharField(
        _("Status"), max_length=12, choices=CompanyStatus.choices, default=CompanyStatus.DRAFT
    )
    vetted_until = models.DateTimeField(_("Vetting valid until"), null=True, blank=True)
    submitted_at = models.DateTimeField(_("Submitted"), null=True, blank=True)
    source = models.CharField(max_length=40, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            # The company itself may register beside the row an import made of it, and then takes its positions over.
            models.UniqueConstraint(
                fields=["school", "credit_code"],
                condition=~Q(credit_code="") & ~Q(source="import"),
                name="company_once_per_school",
            ),
            models.UniqueConstraint(
                fields=["school", "credit_code"],
                condition=~Q(credit_code="") & Q(source="import"),
                name="imported_company_once_per_school",
            ),
            models.CheckConstraint(name="company_status_known", condition=Q(status__in=CompanyStatus.values)),
            models.CheckConstraint(
                name="company_verified_has_expiry",
                condition=~Q(status=CompanyStatus.VERIFIED) | Q(vetted_until__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["school", "status"], name="company_by_status")]

    def __str__(self) -> str:
        return self.name


class CompanyDivision(Row):
    """A division of a company, which may have its own booth."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="divisions")
    name = models.CharField(pgettext_lazy("thing", "Name"), max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "name"], name="division_once")]

    def __str__(self) -> str:
        return self.name


class VettingEvidence(Row):
    """An uploaded document (licence) a decision rests on."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="evidence")
    file = models.FileField(_("File"), upload_to="licences/")
    original_name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=60)
    size = models.PositiveIntegerField(default=0)
    uploaded_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return self.original_name


class VettingDecision(Row):
    """One decision of staff about a company, with its reason."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="decisions")
    outcome = models.CharField(_("Decision"), max_length=12, choices=CompanyStatus.choices)
    reason = models.TextField(_("Reason"), blank=True)
    decided_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    valid_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.company_id}: {self.outcome}"
