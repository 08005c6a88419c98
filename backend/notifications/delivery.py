"""Mail a notification, once, in the reader's language; and send dead entries of the outbox again."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.audit.domain import record
from backend.common import clock, failpoints, outbox
from backend.common.errors import Conflict, NotFound
from backend.notifications.kinds import ways_out_of
from backend.notifications.models import Notification
from backend.notifications.queries import dead_deliveries_visible_to


def mail(payloads: Sequence[dict[str, Any]]) -> None:
    """The outbox's handler; passes over what was mailed, was read, or whose reader has left."""
    for payload in payloads:
        row = (
            Notification.objects.select_related("user")
            .filter(user_id=payload["user"], dedupe_key=payload["dedupe_key"], user__is_active=True)
            .filter(mailed_at__isnull=True, read_at__isnull=True)
            .first()
        )
        if row is not None:
            _mail_one(row)


@transaction.atomic
def send_again(*, actor: Actor, entry_id: int) -> None:
    """Take an entry out of the dead-letter list and deliver it anew."""
    entry = dead_deliveries_visible_to(actor).filter(pk=entry_id).first()
    if entry is None:
        raise NotFound()
    if not outbox.revive(entry_id):
        raise Conflict()
    record(actor=actor, verb="delivery.revived", target=entry, after=entry.topic)


def _mail_one(row: Notification) -> None:
    with translation.override(row.user.language):
        sentence = row.text
        lines = [_("Hello,"), "", sentence]
        if row.url:
            lines += ["", settings.PUBLIC_URL + row.url]
        ways_out = [(text, settings.PUBLIC_URL + path) for text, path in ways_out_of(row.kind, row.params)]
        for text, address in ways_out:
            lines += ["", text, address]
        lines += ["", _("Fairway – where students and companies choose each other"), settings.PUBLIC_URL]
        subject = " ".join(sentence.split())[:120]
    headers = {}
    if ways_out:
        headers = {
            "List-Unsubscribe": f"<{ways_out[0][1]}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    EmailMessage(subject, "\n".join(lines), to=[row.user.email], headers=headers).send()
    failpoints.hit("notifications.after_mail")
    Notification.objects.filter(pk=row.pk, mailed_at__isnull=True).update(mailed_at=clock.now())
