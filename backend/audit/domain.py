"""Write the audit trail; there is no way to change it."""

from typing import Any

from django.db import models

from backend.accounts.actor import Actor
from backend.audit.models import AuditEntry


def record(
    *,
    actor: Actor,
    verb: str,
    target: models.Model,
    before: str = "",
    after: str = "",
    reason: str = "",
    data: dict[str, Any] | None = None,
) -> AuditEntry:
    """Note who did what to which row, in the running transaction; `data` holds no personal values."""
    return AuditEntry.objects.create(
        verb=verb,
        actor_user_id=actor.user_id,
        actor_role=actor.role,
        school_id=actor.school_id,
        company_id=actor.company_id,
        target=target._meta.label_lower,
        target_id=target.pk,
        before=before,
        after=after,
        reason=reason,
        data=data or {},
    )
