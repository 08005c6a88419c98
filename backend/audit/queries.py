"""Read the audit trail of a row the caller has already been allowed to see."""

from django.db import models
from django.db.models import QuerySet

from backend.audit.models import AuditEntry


def history_of(target: models.Model) -> QuerySet[AuditEntry]:
    """What happened to a row, oldest first."""
    return AuditEntry.objects.filter(target=target._meta.label_lower, target_id=target.pk).order_by("id")
