"""The account itself: made, changed, handed out, erased."""

from collections.abc import Iterator
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from backend.accounts import limits
from backend.accounts.actor import Actor, actor_of
from backend.accounts.domain.membership import check_replaceable, live_membership
from backend.accounts.hooks import leaving, record
from backend.accounts.models import Membership, User
from backend.accounts.queries import open_invitations
from backend.common import clock, forgetting, personal
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound


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
    """The rows that are the person's, by model, and what the sign-in libraries keep, as plain values.

    Left out: digests, and what others wrote about the person, as the tags of the columns say.
    """
    user = _own(actor)
    addresses = EmailAddress.objects.filter(user=user).order_by("pk").values("email", "verified", "primary")
    sessions = UserSession.objects.filter(user=user).order_by("pk").values("ip", "user_agent", "created_at")
    return {
        **personal.copy_of(user),
        "addresses": list(addresses),
        "sessions": [row | {"created_at": row["created_at"].isoformat()} for row in sessions],
        "second_factors": list(Authenticator.objects.filter(user=user).values_list("type", flat=True)),
    }


def export_files(*, actor: Actor) -> Iterator[tuple[str, Any]]:
    """(path in the copy, stored file) of everything the person has uploaded."""
    return personal.files_of(_own(actor))


def erase_account(*, actor: Actor, password: str) -> None:
    """Erase the own account by the rules of its columns; the row stays, nameless, for the histories.

    Wrong passwords are counted outside the transaction, which a refusal would roll back with the count.
    """
    user = _own(actor)
    _check_own_password(user, password)
    with transaction.atomic():
        _erase(user)


def _erase(user: User) -> None:
    moment = clock.now()
    if (membership := live_membership(user.pk)) is not None:
        check_replaceable(membership)
    for leave in leaving():
        leave(user)
    record(actor=actor_of(user), verb="account.erased", target=user)
    Membership.objects.filter(user=user, ended_at__isnull=True).update(ended_at=moment, updated_at=moment)
    # Once the address is forgotten, nothing would tie an open link to the person any more.
    open_invitations().filter(email=user.email).update(revoked_at=moment, updated_at=moment)
    _forget_sign_ins(user)
    forgetting.erase(user)
    user.refresh_from_db()
    user.is_active = False
    user.set_unusable_password()
    user.save(update_fields=["is_active", "password"])


def _forget_sign_ins(user: User) -> None:
    """Sessions, second factors, addresses and attempts, which the sign-in libraries keep."""
    for session in UserSession.objects.filter(user=user):
        session.end()
    Authenticator.objects.filter(user=user).delete()
    addresses = [user.email, *EmailAddress.objects.filter(user=user).values_list("email", flat=True)]
    for model in (AccessAttempt, AccessFailureLog, AccessLog):
        model.objects.filter(username__in=addresses).delete()
    EmailAddress.objects.filter(user=user).delete()


def _own(actor: Actor) -> User:
    user = User.objects.filter(pk=actor.user_id, is_active=True).first() if actor.user_id else None
    if user is None:
        raise NotFound()
    return user


def _check_own_password(user: User, password: str) -> None:
    """Raises NotAllowed `too_many_attempts` once there were too many wrong ones, also for the right one."""
    if not limits.consume("own_password", str(user.pk)):
        raise NotAllowed("too_many_attempts", _("Too many attempts. Wait ten minutes."))
    if not user.check_password(password):
        raise Invalid("wrong_password", fields={"password": [_("This is not your password.")]})
    limits.give_back("own_password", str(user.pk))


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid("weak_password", fields={"password": list(error.messages)}) from error
