"""The links of mails that stop alerts: signed, without end, good for nothing else."""

from typing import Any

from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext as _

SIGNER = signing.Signer(salt="searches.stop")
ONE, DAILY = "search", "owner"


def stopping(kind: str, pk: int) -> str:
    """The path that stops the alerts of one search (ONE), or the daily mail of a person (DAILY)."""
    return reverse("searches:stop", args=[SIGNER.sign_object([kind, pk])])


def read(signed: str) -> tuple[str, int] | None:
    """Kind and number that a link was signed for; None for any other text."""
    try:
        kind, pk = SIGNER.unsign_object(signed)
        pk = int(pk)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return (kind, pk) if kind in (ONE, DAILY) else None


def of_search(params: dict[str, Any]) -> list[tuple[str, str]]:
    """What the mail about one search can stop."""
    if "id" not in params:
        return []
    return [(_("No more alerts for this search:"), stopping(ONE, params["id"]))]


def of_digest(params: dict[str, Any]) -> list[tuple[str, str]]:
    """What the mail of a day can stop: itself, or what it says of each search."""
    if "owner" not in params:
        return []
    named = _("No more alerts for “%(search)s”:")
    return [(_("No more daily mail:"), stopping(DAILY, params["owner"]))] + [
        (named % {"search": name}, stopping(ONE, pk)) for pk, name in params["searches"]
    ]
