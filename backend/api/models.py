"""What the edge of the JSON interface keeps: tokens as digests, and answers to repeated requests."""

from django.conf import settings
from django.db import models

from backend.common import clock
from backend.common.personal import REMOVE, about, personal


@about("user", erase=REMOVE, hidden=("digest",))
class ApiToken(models.Model):
    """A token a person made for a program; only its digest is stored."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    label = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.label


@about("user", erase=REMOVE, hidden=("key", "digest", "body"))
class IdempotencyKey(models.Model):
    """The answer a creating request got, kept so that a repeat gets the same one (rule 13)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=80)
    route = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = personal("repeat", erase=REMOVE, copied=False)(models.JSONField(null=True))
    created_at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return f"{self.route} {self.key}"
