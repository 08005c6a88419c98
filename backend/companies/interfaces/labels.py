"""Words and colours of a company's states and history."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backend.audit.models import AuditEntry
from backend.companies.enums import CompanyStatus

TONES = {
    CompanyStatus.DRAFT: "neutral",
    CompanyStatus.SUBMITTED: "info",
    CompanyStatus.VERIFIED: "success",
    CompanyStatus.REJECTED: "warning",
    CompanyStatus.SUSPENDED: "danger",
}
VERBS = {
    "company.registered": _("Registered"),
    "company.updated": _("Entries changed"),
    "company.recheck": _("Back to vetting after a change"),
    "company.evidence_uploaded": _("Licence uploaded"),
    "company.submitted": _("Submitted for vetting"),
    "company.verified": pgettext_lazy("vetting", "Verified"),
    "company.rejected": _("Sent back"),
    "company.suspended": _("Suspended"),
    "company.positions_claimed": _("Imported positions taken over"),
    "company.vetting_expired": _("Vetting ended"),
    "company.division_added": _("Division added"),
    "company.division_removed": _("Division removed"),
}


def tone_of(status: str) -> str:
    """The colour of a status."""
    return TONES[CompanyStatus(status)]


def history_events(entries: Iterable[AuditEntry]) -> list[dict[str, Any]]:
    """Audit rows as the timeline shows them, newest first."""
    return [
        {
            "title": VERBS.get(entry.verb, entry.verb),
            "at": entry.at,
            "text": entry.reason,
            "tone": TONES.get(entry.after, "neutral"),
        }
        for entry in reversed(list(entries))
    ]
