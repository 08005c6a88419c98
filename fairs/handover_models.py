"""A student is asked to go on at another booth of the same company, with the place they have."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backend.common.models import Row
from backend.common.personal import BLANK, about, personal
from fairs.enums import HandoverStatus
from fairs.plan_models import STUDENT

LONGEST_REASON = 200


@about(f"ticket__{STUDENT}")
class Handover(Row):
    """`ticket` stands at the first booth; `new_ticket`, once the student agreed, at `booth`, since the same moment."""

    ticket = models.ForeignKey("fairs.Ticket", models.CASCADE, related_name="handovers")
    booth = models.ForeignKey("fairs.Booth", models.CASCADE, related_name="+")
    asked_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    reason = personal("meeting", erase=BLANK)(models.CharField(_("Reason"), max_length=LONGEST_REASON))
    status = models.CharField(
        _("Status"), max_length=8, choices=HandoverStatus.choices, default=HandoverStatus.ASKED
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    new_ticket = models.OneToOneField(
        "fairs.Ticket", models.SET_NULL, null=True, blank=True, related_name="handed_by"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"], condition=Q(status="asked"), name="handover_one_asked"
            ),
            models.CheckConstraint(
                name="handover_status_known", condition=Q(status__in=HandoverStatus.values)
            ),
            models.CheckConstraint(
                name="handover_answered", condition=Q(status="asked") | Q(answered_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.booth_id}"
