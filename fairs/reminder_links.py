"""The link of a reminder that stops the reminders of a fair: signed, without end, good for nothing else."""

from typing import Any

from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext as _

SIGNER = signing.Signer(salt="fairs.reminders")


def stopping(registration: int) -> str:
    """The path that stops the reminders of one registration."""
    return reverse("fairs:reminders_stop", args=[SIGNER.sign_object(registration)])


def read(signed: str) -> int | None:
    """The registration that a link was signed for; None for any other text."""
    try:
        return int(SIGNER.unsign_object(signed))
    except (signing.BadSignature, ValueError, TypeError):
        return None


def of_reminder(params: dict[str, Any]) -> list[tuple[str, str]]:
    """What the mail to a student can stop."""
    if "registration" not in params:
        return []
    return [(_("No more reminders of this fair:"), stopping(params["registration"]))]
