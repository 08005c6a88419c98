"""Sessions of browsers: where a person is signed in, and ending them."""

from allauth.usersessions.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.db import transaction

from backend.accounts.actor import Actor
from backend.accounts.hooks import record
from backend.accounts.models import User
from backend.common.errors import NotFound


@transaction.atomic
def end_session(*, actor: Actor, session_id: int) -> None:
    """Sign out one browser of one's own."""
    row = UserSession.objects.filter(user_id=actor.user_id, pk=session_id).first()
    if row is None:
        raise NotFound()
    _end(actor, [row])


@transaction.atomic
def end_other_sessions(*, actor: Actor, kept: str | None) -> int:
    """Sign out every browser but the one whose session key is `kept` (None: every one); how many ended."""
    rows = list(UserSession.objects.filter(user_id=actor.user_id).exclude(session_key=kept or ""))
    if rows:
        _end(actor, rows)
    return len(rows)


def _end(actor: Actor, rows: list[UserSession]) -> None:
    get_adapter().end_sessions(rows)
    record(
        actor=actor,
        verb="sign_in.ended",
        target=User.objects.get(pk=actor.user_id),
        data={"count": len(rows)},
    )
