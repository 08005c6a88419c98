"""Statuses of a company's vetting and the table of what may follow what."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class CompanyStatus(models.TextChoices):
    """Where a company stands in vetting (资质审查)."""

    DRAFT = "draft", _("Not submitted")
    SUBMITTED = "submitted", _("Waiting for vetting")
    VERIFIED = "verified", pgettext_lazy("vetting", "Verified")
    REJECTED = "rejected", _("Sent back")
    SUSPENDED = "suspended", _("Suspended")


TRANSITIONS = {
    CompanyStatus.DRAFT: frozenset({CompanyStatus.SUBMITTED}),
    CompanyStatus.SUBMITTED: frozenset({CompanyStatus.VERIFIED, CompanyStatus.REJECTED, CompanyStatus.DRAFT}),
    CompanyStatus.VERIFIED: frozenset({CompanyStatus.SUSPENDED, CompanyStatus.SUBMITTED}),
    CompanyStatus.REJECTED: frozenset({CompanyStatus.SUBMITTED}),
    CompanyStatus.SUSPENDED: frozenset({CompanyStatus.VERIFIED, CompanyStatus.SUBMITTED}),
}


class CompanySize(models.TextChoices):
    """Number of people in the company."""

    MICRO = "1-19", _("1–19 people")
    SMALL = "20-99", _("20–99 people")
    MEDIUM = "100-499", _("100–499 people")
    LARGE = "500-999", _("500–999 people")
    HUGE = "1000+", _("1000 people and more")
