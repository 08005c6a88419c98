"""Tokens of programs: made with the person's credentials or in the settings, revoked by the person."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.accounts.hooks import record
from backend.accounts.models import User
from backend.api.authentication import issue_token
from backend.api.models import ApiToken
from backend.common import clock
from backend.common.errors import Conflict, NotFound

MOST = 10


@transaction.atomic
def create_token(*, actor: Actor, label: str) -> tuple[ApiToken, str]:
    """Make a token for the person who asks; its text is returned this once."""
    user = User.objects.select_for_update().filter(pk=actor.user_id, is_active=True).first()
    if user is None:
        raise NotFound()
    if user.api_tokens.filter(expires_at__gt=clock.now()).count() >= MOST:
        raise Conflict("too_many_tokens", _("You have %(most)s tokens: revoke one first."), most=MOST)
    row, text = issue_token(user, label.strip())
    record(actor=actor, verb="token.created", target=row)
    return row, text


@transaction.atomic
def revoke_token(*, actor: Actor, token_id: int) -> None:
    """End a token of one's own."""
    row = ApiToken.objects.filter(user_id=actor.user_id, pk=token_id).first()
    if row is None:
        raise NotFound()
    record(actor=actor, verb="token.revoked", target=row)
    row.delete()
