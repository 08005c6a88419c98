"""What somebody is told: in the product, and by mail."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from backend.common.models import Row
from backend.common.personal import REMOVE, about, personal
from backend.notifications.kinds import text_of


@about("user", erase=REMOVE)
class Notification(Row):
    """One sentence to one person, stored as a kind with params so that it reads in the reader's language."""

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="notifications")
    kind = models.CharField(_("Kind"), max_length=60)
    params = personal("notice", erase=REMOVE)(models.JSONField(default=dict))
    url = models.CharField(max_length=300, blank=True)
    dedupe_key = models.CharField(max_length=200)
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "dedupe_key"], name="notification_once")]
        indexes = [models.Index(fields=["user", "-id"], name="notification_list")]

    def __str__(self) -> str:
        return f"{self.kind} → {self.user_id}"

    @property
    def text(self) -> str:
        """The sentence in the active language."""
        return text_of(self.kind, self.params)
