"""Tell people things: stored with the write, mailed by the outbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from backend.common import clock, outbox
from backend.notifications.models import Notification

MAIL_TOPIC = "notifications.mail"


@dataclass(frozen=True)
class Kind:
    """A kind of notification: its sentence (lazy, with %(…)s params) and whether it is mailed too."""

    name: str
    sentence: Any
    mail: bool


kinds: dict[str, Kind] = {}


def register_kind(name: str, sentence: Any, *, mail: bool = True) -> None:
    """Declare a kind with its lazily translated sentence; called from an app's ready()."""
    kinds[name] = Kind(name, sentence, mail)


def notify(*, user_ids: Sequence[int], kind: str, dedupe_key: str, url: str = "", **params: Any) -> None:
    """Tell each of these users once per dedupe_key; call inside the transaction that made it true."""
    known = kinds[kind]
    Notification.objects.bulk_create(
        [Notification(user_id=user_id, kind=kind, params=params, url=url, dedupe_key=dedupe_key) for user_id in user_ids],
        ignore_conflicts=True,
    )
    if known.mail:
        outbox.put_many(
            MAIL_TOPIC,
            [({"user": user_id, "dedupe_key": dedupe_key}, f"{user_id}:{dedupe_key}") for user_id in user_ids],
        )


def mark_read(*, user_id: int, notification_id: int | None = None) -> int:
    """Mark one, or all, of a person's notifications as read; the number changed."""
    rows = Notification.objects.filter(user_id=user_id, read_at__isnull=True)
    if notification_id is not None:
        rows = rows.filter(pk=notification_id)
    return rows.update(read_at=clock.now())
