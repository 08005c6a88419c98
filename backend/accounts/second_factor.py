"""Who must, and who should, sign in with a second factor."""

from datetime import timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings

from backend.accounts.actor import Actor
from backend.accounts.models import Membership
from backend.accounts.rules import second_factor_wanted
from backend.common import clock

GRACE = timedelta(days=7)


def has_second_factor(user_id: int) -> bool:
    """Whether an authenticator app is set up."""
    return Authenticator.objects.filter(user_id=user_id, type=Authenticator.Type.TOTP).exists()


def advised(actor: Actor) -> bool:
    """Wanted by the role and not there: pages show a notice."""
    return second_factor_wanted(actor) and not has_second_factor(actor.user_id)


def due(actor: Actor) -> bool:
    """Advised, enforced here, and the days of grace since joining are over: nothing else is answered."""
    if not settings.REQUIRE_SECOND_FACTOR or not advised(actor):
        return False
    recent = Membership.objects.filter(
        user_id=actor.user_id, ended_at__isnull=True, created_at__gt=clock.now() - GRACE
    )
    return not recent.exists()
