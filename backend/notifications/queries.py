"""What has this person been told?"""

from collections.abc import Collection
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.accounts.models import Membership
from backend.common.models import OutboxEntry
from backend.notifications.models import Notification


def notifications_visible_to(actor: Actor) -> QuerySet[Notification]:
    """The person's own, newest first."""
    return Notification.objects.filter(user_id=actor.user_id).order_by("-id")


def unread_count(actor: Actor) -> int:
    """For the badge, which says 99+ for more than 99: counted up to 100 only."""
    unread = notifications_visible_to(actor).filter(read_at__isnull=True)
    return len(unread.values_list("pk", flat=True)[:100])


def told(users: Collection[int], keys: Collection[str]) -> set[tuple[int, str]]:
    """(user, dedupe key) of what these users were told already under these keys."""
    rows = Notification.objects.filter(user__in=users, dedupe_key__in=keys)
    return set(rows.values_list("user_id", "dedupe_key"))


def was_told(user: str, key: str) -> Exists:
    """The condition "was told already under this key"; `user` is the row's column with the user's number."""
    return Exists(Notification.objects.filter(user=OuterRef(user), dedupe_key=key))


def dead_deliveries_visible_to(actor: Actor) -> QuerySet[OutboxEntry]:
    """The dead-letter list of the outbox, without what the entries carry: for staff what was meant for their school."""
    rows = OutboxEntry.objects.filter(dead_at__isnull=False).defer("payload").order_by("-dead_at", "-id")
    if actor.role == Role.STAFF:
        return rows.filter(school_id=actor.school_id)
    return rows if actor.role in {Role.OPERATOR, Role.SYSTEM} else rows.none()


def school_of_reader(payload: dict[str, Any]) -> int | None:
    """The school of whom a mail was for: a student's, staff's, or the one that looks after the recruiter's company."""
    schools = Membership.objects.filter(user_id=payload.get("user"), ended_at__isnull=True)
    return schools.values_list(Coalesce("school_id", "company__school_id"), flat=True).first()
