"""A group session: the first students of a line who are free, called together for one talk."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backend.common import clock
from backend.common.models import Row
from backend.common.personal import BLANK, about, personal
from fairs.enums import MeetingStatus

SMALLEST, LARGEST = 2, 20
LONGEST_TOPIC = 120
LONGEST_LINE = 2000


class GroupSession(Row):
    """A recruiter with several students at once; each of them has a ticket of this group, and a meeting once they came."""

    booth = models.ForeignKey("fairs.Booth", models.CASCADE, related_name="groups")
    recruiter = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    size = models.PositiveSmallIntegerField(_("Students at once"))
    topic = models.CharField(_("Topic"), max_length=LONGEST_TOPIC, blank=True)
    status = models.CharField(
        _("Status"), max_length=6, choices=MeetingStatus.choices, default=MeetingStatus.OPEN
    )
    started_at = models.DateTimeField(default=clock.now)
    ends_at = models.DateTimeField(_("Planned end"))
    ended_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["recruiter"],
                condition=Q(status=MeetingStatus.OPEN.value),
                name="group_recruiter_one_open",
            ),
            models.CheckConstraint(name="group_status_known", condition=Q(status__in=MeetingStatus.values)),
            models.CheckConstraint(name="group_size", condition=Q(size__range=(SMALLEST, LARGEST))),
            models.CheckConstraint(name="group_in_order", condition=Q(ends_at__gt=F("started_at"))),
            models.CheckConstraint(
                name="group_ended_at",
                condition=Q(status=MeetingStatus.OPEN, ended_at__isnull=True)
                | Q(status=MeetingStatus.ENDED, ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.booth_id}: {self.size}"


@about("author")
class GroupMessage(models.Model):
    """One line that everybody in a group session reads; `ticket` is the number of the student who wrote it, None: the company."""

    group = models.ForeignKey(GroupSession, models.CASCADE, related_name="lines")
    ticket = models.ForeignKey("fairs.Ticket", models.CASCADE, null=True, blank=True, related_name="+")
    author = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    text = personal("meeting", erase=BLANK, keep_days=180, since="at")(
        models.TextField(_("Message"), max_length=LONGEST_LINE)
    )
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["group", "id"], name="group_message_order")]

    def __str__(self) -> str:
        return f"{self.group_id}: {self.author_id}"
