"""Around a call in a meeting: that camera and microphone were tried before the fair, and more time that was asked for."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backend.common import clock
from backend.common.models import Row
from backend.common.personal import REMOVE, about

MOST_EXTENSION = 30
"""Minutes that may be asked for at once."""


@about("user", erase=REMOVE)
class CameraCheck(Row):
    """Somebody's camera, microphone and network were tried for a fair, and all worked; the newest time."""

    fair = models.ForeignKey("fairs.Fair", models.CASCADE, related_name="camera_checks")
    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="+")
    passed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fair", "user"], name="camera_check_once")]

    def __str__(self) -> str:
        return f"{self.fair_id}: {self.user_id}"


@about("meeting__ticket__student__membership__user")
class Extension(Row):
    """One side of a meeting asks for more minutes; `agreed` is empty until the other side answers."""

    meeting = models.ForeignKey("fairs.Meeting", models.CASCADE, related_name="extensions")
    by_student = models.BooleanField()
    minutes = models.PositiveSmallIntegerField(_("Minutes more"))
    agreed = models.BooleanField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["meeting"], condition=Q(agreed__isnull=True), name="extension_one_asked"
            ),
            models.CheckConstraint(name="extension_minutes", condition=Q(minutes__range=(1, MOST_EXTENSION))),
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id}: {self.minutes}"
