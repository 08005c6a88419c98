"""Tell people things: stored with the write, mailed by the outbox."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from backend.common import clock, outbox
from backend.notifications.kinds import kinds, register_kind
from backend.notifications.models import Notification

__all__ = ["MAIL_TOPIC", "forget_name", "mark_read", "notify", "register_kind"]

MAIL_TOPIC = "notifications.mail"


def notify(*, user_ids: Sequence[int], kind: str, dedupe_key: str, url: str = "", **params: Any) -> None:
    """Tell each of these users once per dedupe_key; call inside the transaction that made it true."""
    known = kinds[kind]
    Notification.objects.bulk_create(
        [
            Notification(user_id=user_id, kind=kind, params=params, url=url, dedupe_key=dedupe_key)
            for user_id in user_ids
        ],
        ignore_conflicts=True,
    )
    if known.mail:
        outbox.put_many(
            MAIL_TOPIC,
            [
                ({"user": user_id, "dedupe_key": dedupe_key}, f"{user_id}:{dedupe_key}")
                for user_id in user_ids
            ],
        )


def mark_read(*, user_id: int, notification_id: int | None = None) -> int:
    """Mark one, or all, of a person's notifications as read; the number changed."""
    rows = Notification.objects.filter(user_id=user_id, read_at__isnull=True)
    if notification_id is not None:
        rows = rows.filter(pk=notification_id)
    return rows.update(read_at=clock.now())


def forget_name(*, param: str, urls: Sequence[str] = (), keys: Sequence[str] = ()) -> int:
    """Put a dash for a name in what others were told about somebody who has erased the account.

    Found by the address a notification leads to, or by the beginning of its dedupe key; the number changed.
    """
    where = Q(url__in=urls)
    for key in keys:
        where |= Q(dedupe_key__startswith=key)
    rows = list(Notification.objects.filter(where, **{f"params__{param}__isnull": False}))
    for row in rows:
        row.params[param] = "—"
    Notification.objects.bulk_update(rows, ["params"])
    return len(rows)
