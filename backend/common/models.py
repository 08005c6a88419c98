"""Base model with times and row version, and the transactional outbox's table."""

from django.db import models
from django.db.models import Q

from backend.common import clock
from backend.common.personal import REMOVE, about, personal


class Row(models.Model):
    """Times of every row, from the injectable clock."""

    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        """Stamp the change; `update_fields` keeps the stamp too."""
        self.updated_at = clock.now()
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "updated_at"}
        super().save(*args, **kwargs)


@about(None)
class OutboxEntry(models.Model):
    """Something others must hear about, written in the transaction that made it true (rule 8)."""

    topic = models.CharField(max_length=60)
    dedupe_key = models.CharField(max_length=200, null=True)
    # A mail stands here until it is sent; what cannot be delivered is forgotten after a while.
    payload = personal("delivery", erase=REMOVE, keep_days=30, since="dead_at")(
        models.JSONField(default=dict)
    )
    created_at = models.DateTimeField(default=clock.now)
    available_at = models.DateTimeField(default=clock.now)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)
    dead_at = models.DateTimeField(null=True)
    # Whose staff may see it dead; null: the platform's, for the operator alone.
    school_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            # A waiting entry with the same key already says it; a leased one may have read an older value.
            models.UniqueConstraint(
                fields=["topic", "dedupe_key"],
                condition=Q(leased_until__isnull=True, dead_at__isnull=True),
                name="outbox_one_waiting_per_key",
            )
        ]
        indexes = [
            models.Index(fields=["available_at", "id"], condition=Q(dead_at__isnull=True), name="outbox_due")
        ]

    def __str__(self) -> str:
        return f"{self.topic} #{self.pk}"
