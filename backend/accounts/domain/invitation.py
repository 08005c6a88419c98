"""Invitations: a secret link, stored as a digest, that ends after some days or when it has been used."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backend.accounts import limits, rules
from backend.accounts.actor import Actor, actor_of
from backend.accounts.domain.membership import join_membership
from backend.accounts.domain.person import create_user
from backend.accounts.enums import Role
from backend.accounts.hooks import record
from backend.accounts.mail import put_mail
from backend.accounts.models import Invitation, Membership, User
from backend.accounts.queries import invitations_visible_to, language_of_address, open_invitations
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound

LIFETIME = timedelta(days=14)


@transaction.atomic
def invite_person(
    *,
    actor: Actor,
    email: str,
    role: str,
    school_id: int | None = None,
    department_id: int | None = None,
    is_owner: bool = False,
) -> Invitation:
    """Send somebody a link that makes them a recruiter of the own company, or staff of a school.

    The company is always the inviter's own; so is the school, unless the inviter is the operator.
    """
    place = _place(actor, role, school_id, department_id)
    address = email.strip().lower()
    if not limits.consume("invitation_inviter", str(actor.user_id)):
        raise Conflict("too_many_invitations", _("Too many invitations today: go on tomorrow."))
    token = secrets.token_urlsafe(32)
    invitation = _stored(
        email=address,
        role=role,
        is_owner=is_owner and role == Role.RECRUITER,
        token_digest=digest_of(token),
        invited_by_id=actor.user_id,
        expires_at=clock.now() + LIFETIME,
        **place,
    )
    record(actor=actor, verb="invitation.sent", target=invitation, after=role)
    _send(invitation, token)
    return invitation


@transaction.atomic
def revoke_invitation(*, actor: Actor, invitation_id: int) -> Invitation:
    """Make the link useless."""
    invitation = invitations_visible_to(actor).filter(pk=invitation_id).first()
    if invitation is None:
        raise NotFound()
    if not _may_invite(actor, invitation.role, invitation.school_id, invitation.company_id):
        raise NotAllowed()
    _use(invitation, revoked_at=clock.now())
    record(actor=actor, verb="invitation.revoked", target=invitation)
    return invitation


@transaction.atomic
def accept_invitation(*, user: User, token: str) -> Membership:
    """Join with an account that owns the invited address. The link works once."""
    invitation = open_invitation(token)
    if user.email != invitation.email:
        raise NotAllowed("other_address", _("This invitation is for another address. Sign in with that one."))
    _use(invitation, accepted_at=clock.now())
    membership = join_membership(
        user=user,
        role=invitation.role,
        actor=actor_of(user),
        school=invitation.school if invitation.role == Role.STAFF else None,
        department=invitation.department,
        company=invitation.company,
        is_owner=invitation.is_owner,
    )
    record(actor=actor_of(user), verb="invitation.accepted", target=invitation)
    return membership


@transaction.atomic
def register_invited(*, token: str, name: str, password: str, language: str) -> User:
    """Make the account of an invited person and join at once: the link has proved the address."""
    invitation = open_invitation(token)
    user = create_user(email=invitation.email, name=name, password=password, language=language)
    accept_invitation(user=user, token=token)
    return user


def open_invitation(token: str) -> Invitation:
    """The invitation behind a link, while it can still be used."""
    rows = open_invitations().select_related("school", "department", "company", "invited_by")
    invitation = rows.filter(token_digest=digest_of(token)).first()
    if invitation is None:
        raise NotFound(
            "invitation_gone", _("This invitation does not exist, was used, or has ended. Ask for a new one.")
        )
    return invitation


def digest_of(token: str) -> str:
    """What is stored of a link's secret: it has 256 random bits, so a plain hash suffices."""
    return hashlib.sha256(token.encode()).hexdigest()


def _may_invite(actor: Actor, role: str, school_id: int | None, company_id: int | None) -> bool:
    if role == Role.RECRUITER:
        return rules.can_invite_recruiter(actor, company_id)
    return role == Role.STAFF and rules.can_invite_staff(actor, school_id)


def _place(
    actor: Actor, role: str, school_id: int | None, department_id: int | None
) -> dict[str, int | None]:
    """Where the invited person will belong, from the inviter's own scope."""
    if role == Role.RECRUITER:
        place = {"company_id": actor.company_id, "school_id": None, "department_id": None}
    else:
        school_id = school_id if actor.role == Role.OPERATOR else actor.school_id
        place = {"company_id": None, "school_id": school_id, "department_id": department_id}
    if not _may_invite(actor, role, place["school_id"], place["company_id"]):
        raise NotAllowed()
    _check_exists(Invitation._meta.get_field("school").related_model, "school", pk=place["school_id"])
    _check_exists(
        Invitation._meta.get_field("department").related_model,
        "department",
        pk=place["department_id"],
        school_id=place["school_id"],
    )
    return place


def _stored(*, email: str, **values: Any) -> Invitation:
    """A new row; the database lets one open invitation stand per address and place."""
    place = {name: values[name] for name in ("company_id", "school_id", "department_id")}
    moment = clock.now()
    ended = Invitation.objects.filter(email=email, expires_at__lte=moment, **place)
    ended.filter(accepted_at__isnull=True, revoked_at__isnull=True).update(
        revoked_at=moment, updated_at=moment
    )
    try:
        with transaction.atomic():
            return Invitation.objects.create(email=email, **values)
    except IntegrityError as error:
        raise Invalid(
            "already_invited", fields={"email": [_("This address has an open invitation.")]}
        ) from error


def _check_exists(model: type[models.Model], field: str, **where: int | None) -> None:
    """A school that does not exist, or a department of another school, is a wrong entry."""
    if where["pk"] is not None and not model._default_manager.filter(**where).exists():
        raise Invalid(fields={field: [_("Choose one from the list.")]})


def _use(invitation: Invitation, **stamp) -> None:
    """Accept or revoke: of several simultaneous callers exactly one does."""
    rows = Invitation.objects.filter(pk=invitation.pk, accepted_at__isnull=True, revoked_at__isnull=True)
    if not rows.update(updated_at=clock.now(), **stamp):
        raise Conflict()
    invitation.refresh_from_db()


def _send(invitation: Invitation, token: str) -> None:
    url = settings.PUBLIC_URL + reverse("accounts:invitation", args=[token])
    with translation.override(language_of_address(invitation.email) or settings.LANGUAGE_CODE):
        values = {
            "place": str(invitation.company or invitation.school),
            "role": invitation.get_role_display(),
            "url": url,
            "days": LIFETIME.days,
        }
        subject = gettext("%(place)s invites you to Fairway") % values
        body = gettext(
            "Hello,\n\n%(place)s invites you to Fairway as: %(role)s.\n\n"
            "Open this link within %(days)s days:\n%(url)s\n\n"
            "If you did not expect this, ignore this message.\n"
        )
        put_mail(to=invitation.email, subject=subject, body=body % values)
