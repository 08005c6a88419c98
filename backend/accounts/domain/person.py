"""The account itself: made, changed, handed out, erased."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor, actor_of
from backend.accounts.domain.membership import check_replaceable, live_membership
from backend.accounts.hooks import personal_data, record
from backend.accounts.models import Membership, User
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotFound


@transaction.atomic
def create_user(
    *, email: str, password: str, name: str = "", language: str = "zh-hans", confirmed: bool = True
) -> User:
    """Make an account whose address is known to be the person's (or, unconfirmed, still has to be)."""
    _check_password(password, User(email=email, name=name))
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, password, name=name, language=language)
    except IntegrityError as error:
        raise Conflict("address_taken", _("This address already has an account. Sign in with it.")) from error
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=confirmed)
    return user


@transaction.atomic
def change_profile(*, actor: Actor, name: str, language: str) -> User:
    """Change the own name and language."""
    user = _own(actor)
    user.name, user.language = name.strip(), language
    user.save(update_fields=["name", "language"])
    record(actor=actor, verb="account.changed", target=user)
    return user


def export_account(*, actor: Actor) -> dict[str, Any]:
    """Everything kept about the person, by app, as plain values."""
    user = _own(actor)
    own = {
        "email": user.email,
        "name": user.name,
        "language": user.language,
        "joined_at": user.date_joined.isoformat(),
        "memberships": [
            {
                "role": row.role,
                "since": row.created_at.isoformat(),
                "until": row.ended_at and row.ended_at.isoformat(),
            }
            for row in user.memberships.order_by("pk")
        ],
    }
    return {"account": own, **{name: data.export(user) for name, data in personal_data().items()}}


@transaction.atomic
def erase_account(*, actor: Actor, password: str) -> None:
    """Erase the own account: apps erase what they hold; the row stays, nameless, for the histories."""
    user = _own(actor)
    if not user.check_password(password):
        raise Invalid("wrong_password", fields={"password": [_("This is not your password.")]})
    if (membership := live_membership(user.pk)) is not None:
        check_replaceable(membership)
    for data in personal_data().values():
        data.erase(user)
    record(actor=actor_of(user), verb="account.erased", target=user)
    Membership.objects.filter(user=user, ended_at__isnull=True).update(
        ended_at=clock.now(), updated_at=clock.now()
    )
    for session in UserSession.objects.filter(user=user):
        session.end()
    Authenticator.objects.filter(user=user).delete()
    EmailAddress.objects.filter(user=user).delete()
    user.api_tokens.all().delete()
    user.email, user.name, user.is_active = f"erased-{user.pk}@fairway.invalid", "", False
    user.set_unusable_password()
    user.save()


def _own(actor: Actor) -> User:
    user = User.objects.filter(pk=actor.user_id, is_active=True).first() if actor.user_id else None
    if user is None:
        raise NotFound()
    return user


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid("weak_password", fields={"password": list(error.messages)}) from error
