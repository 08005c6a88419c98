"""Mail about accounts goes through the outbox, like everything that leaves the house."""

from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMessage

from backend.common import outbox

TOPIC = "accounts.mail"


def put_mail(*, to: str, subject: str, body: str) -> None:
    """Record a finished mail in the running transaction."""
    outbox.put(TOPIC, {"to": to, "subject": subject, "body": body})


def send(payloads: Sequence[dict[str, Any]]) -> None:
    """The outbox's handler: a mail may come twice after a crash, which for a link does no harm."""
    for payload in payloads:
        EmailMessage(payload["subject"], payload["body"], to=[payload["to"]]).send()
