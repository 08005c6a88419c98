"""The audit trail: who did what to which row, when; append-only."""

from django.db import models

from backend.common import clock
from backend.common.personal import about, kept, personal


@about("actor_user")
class AuditEntry(models.Model):
    """One thing that happened, written in the transaction that did it."""

    at = models.DateTimeField(default=clock.now, db_index=True)
    verb = models.CharField(max_length=60)
    actor_user = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    actor_role = models.CharField(max_length=12)
    school_id = models.BigIntegerField(null=True)
    company_id = models.BigIntegerField(null=True)
    target = models.CharField(max_length=40)
    target_id = models.BigIntegerField()
    before = models.CharField(max_length=40, blank=True)
    after = models.CharField(max_length=40, blank=True)
    reason = personal(
        "history", erase=kept("the trail is never changed; who it is about is named by number alone")
    )(models.TextField(blank=True))
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["target", "target_id", "id"], name="audit_by_target")]

    def __str__(self) -> str:
        return f"{self.verb} {self.target}#{self.target_id}"
