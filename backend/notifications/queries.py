"""What has this person been told?"""

from django.db.models import QuerySet

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.common.models import OutboxEntry
from backend.notifications.models import Notification


def notifications_visible_to(actor: Actor) -> QuerySet[Notification]:
    """The person's own, newest first."""
    return Notification.objects.filter(user_id=actor.user_id).order_by("-id")


def unread_count(actor: Actor) -> int:
    """For the badge; counted up to 99 only."""
    unread = notifications_visible_to(actor).filter(read_at__isnull=True)
    return len(unread.values_list("pk", flat=True)[:99])


def dead_deliveries_visible_to(actor: Actor) -> QuerySet[OutboxEntry]:
    """The dead-letter list of the outbox for staff and the operator, without what the entries carry."""
    rows = OutboxEntry.objects.filter(dead_at__isnull=False).defer("payload").order_by("-dead_at", "-id")
    return rows if actor.role in {Role.STAFF, Role.OPERATOR, Role.SYSTEM} else rows.none()
