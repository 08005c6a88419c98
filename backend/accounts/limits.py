"""Limits on guessing and on mail, counted in the database by one conditional statement (rule 19).

Neither the cache nor the API's throttle is a security measure: both lose counts under concurrent requests.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import HttpRequest

from backend.accounts.models import AttemptCount
from backend.common import clock


@dataclass(frozen=True)
class Limit:
    """At most `amount` attempts per `window`, counted from the first."""

    amount: int
    window: timedelta


LIMITS = {
    "login_address": Limit(8, timedelta(minutes=10)),
    # A campus shares one address, so only failures count here (see `give_back`).
    "login_network": Limit(200, timedelta(minutes=10)),
    "second_factor": Limit(8, timedelta(minutes=10)),
    # Asked again before the account is erased.
    "own_password": Limit(8, timedelta(minutes=10)),
    "signup_network": Limit(60, timedelta(hours=1)),
    "reset_network": Limit(60, timedelta(hours=1)),
    "mail_address": Limit(5, timedelta(hours=1)),
    "invitation_inviter": Limit(100, timedelta(days=1)),
}


def consume(name: str, key: str) -> bool:
    """Count one attempt; False when the limit is reached. Of racing calls exactly `amount` get True."""
    limit, digest, moment = LIMITS[name], _digest(name, key), clock.now()
    running = AttemptCount.objects.filter(digest=digest, ends_at__gt=moment, count__lt=limit.amount)
    if running.update(count=F("count") + 1):
        return True
    if AttemptCount.objects.filter(digest=digest, ends_at__lte=moment).update(
        count=1, ends_at=moment + limit.window
    ):
        return True
    try:
        with transaction.atomic():
            AttemptCount.objects.create(digest=digest, count=1, ends_at=moment + limit.window)
    except IntegrityError:
        # Either the limit is reached, or somebody made the row meanwhile: counting again tells.
        return bool(running.update(count=F("count") + 1))
    return True


def give_back(name: str, key: str) -> None:
    """Take one attempt back: it succeeded, and only failures shall count."""
    AttemptCount.objects.filter(digest=_digest(name, key), count__gt=0).update(count=F("count") - 1)


def forget_ended() -> int:
    """Drop counters whose window is over; run by the worker."""
    return AttemptCount.objects.filter(ends_at__lte=clock.now()).delete()[0]


def attempted_address(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Whose sign-in is tried, for the second line of defence (axes)."""
    given = credentials or {}
    return str(given.get("email") or given.get("username") or request.POST.get("login", "")).strip().lower()


def _digest(name: str, key: str) -> str:
    """Counters carry no address in the clear."""
    return hashlib.sha256(f"{name}:{key.strip().lower()}".encode()).hexdigest()
