"""What happens at the door of the hall."""

from django.db import models

from backend.common import clock
from backend.common.models import Row
from backend.common.personal import REMOVE, about


@about("registration__student__membership__user", erase=REMOVE, hidden=("device", "scan"))
class CheckIn(Row):
    """A registered student came through the door: of all scans the earliest, with the device's own id for it."""

    fair = models.ForeignKey("fairs.Fair", models.CASCADE, related_name="check_ins")
    registration = models.OneToOneField("fairs.FairRegistration", models.CASCADE, related_name="check_in")
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    device = models.UUIDField(null=True, blank=True)
    scan = models.UUIDField(unique=True)

    class Meta:
        indexes = [models.Index(fields=["fair", "at"], name="check_in_by_time")]

    def __str__(self) -> str:
        return f"{self.fair_id}: {self.registration_id}"
