"""What a booth's team does from its console: invitations out of the hall, and what it says among itself."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backend.common import clock
from backend.common.models import Row
from backend.common.personal import BLANK, about, personal
from fairs.enums import InvitationStatus
from fairs.plan_models import STUDENT

LONGEST_INVITATION = 200
LONGEST_SAID = 1000


@about(STUDENT)
class Invitation(Row):
    """A booth asks a student of the hall to join its line; `ticket` is the number drawn by saying yes."""

    booth = models.ForeignKey("fairs.Booth", models.CASCADE, related_name="invitations")
    student = models.ForeignKey("students.Student", models.CASCADE, related_name="fair_invitations")
    sent_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, blank=True, related_name="+")
    status = models.CharField(
        _("Status"), max_length=9, choices=InvitationStatus.choices, default=InvitationStatus.OPEN
    )
    text = personal("meeting", erase=BLANK, keep_days=180)(
        models.CharField(_("Message"), max_length=LONGEST_INVITATION, blank=True)
    )
    sent_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    ticket = models.OneToOneField(
        "fairs.Ticket", models.CASCADE, null=True, blank=True, related_name="invitation"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="booth_invitation_status_known", condition=Q(status__in=InvitationStatus.values)
            ),
            # Who said no is not asked by the same booth again.
            models.UniqueConstraint(
                fields=["booth", "student"],
                condition=Q(status__in=[InvitationStatus.OPEN.value, InvitationStatus.DECLINED.value]),
                name="booth_invitation_one_open",
            ),
            models.CheckConstraint(
                name="booth_invitation_in_order", condition=Q(expires_at__gt=F("sent_at"))
            ),
            models.CheckConstraint(
                name="booth_invitation_accepted_in_line",
                condition=Q(status=InvitationStatus.ACCEPTED, ticket__isnull=False)
                | (~Q(status=InvitationStatus.ACCEPTED) & Q(ticket__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["status", "expires_at"], name="booth_invitation_expiry"),
            models.Index(fields=["booth", "sent_at"], name="booth_invitation_rate"),
        ]

    def __str__(self) -> str:
        return f"{self.booth_id}: {self.student_id}"


@about("author")
class TeamMessage(models.Model):
    """One line of what a booth's team says among itself."""

    booth = models.ForeignKey("fairs.Booth", models.CASCADE, related_name="said")
    author = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    text = personal("meeting", erase=BLANK, keep_days=180, since="at")(
        models.TextField(_("Message"), max_length=LONGEST_SAID)
    )
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["booth", "id"], name="team_message_order")]

    def __str__(self) -> str:
        return f"{self.booth_id}: {self.author_id}"
