"""Read the audit trail."""

from django.db import models
from django.db.models import QuerySet

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.audit.models import AuditEntry


def history_of(target: models.Model) -> QuerySet[AuditEntry]:
    """What happened to a row the caller has already been allowed to see, oldest first."""
    return AuditEntry.objects.filter(target=target._meta.label_lower, target_id=target.pk).order_by("id")


def entries_visible_to(actor: Actor) -> QuerySet[AuditEntry]:
    """What was done in the own school, newest first; the operator sees everything, nobody else anything.

    Staff of one department have no view of the whole school.
    """
    rows = AuditEntry.objects.select_related("actor_user").order_by("-id")
    if actor.role in {Role.OPERATOR, Role.SYSTEM}:
        return rows
    if actor.role == Role.STAFF and actor.department_id is None:
        return rows.filter(school_id=actor.school_id)
    return rows.none()
