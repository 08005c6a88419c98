"""`Authorization: Bearer …`: tokens are random, stored as digests, and end."""

import hashlib
import secrets
from datetime import timedelta

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed

from backend.api.models import ApiToken
from backend.common import clock

LIFETIME = timedelta(days=90)


def digest_of(token: str) -> str:
    """What is stored of a token: it has 256 random bits, so a plain hash suffices."""
    return hashlib.sha256(token.encode()).hexdigest()


def issue_token(user, label: str) -> tuple[ApiToken, str]:
    """Make a token; its text is returned this once and never again."""
    text = secrets.token_urlsafe(32)
    moment = clock.now()
    row = ApiToken.objects.create(
        user=user, label=label, digest=digest_of(text), created_at=moment, expires_at=moment + LIFETIME
    )
    return row, text


class TokenAuthentication(BaseAuthentication):
    """A live token of an active person; anything else after `Bearer` is refused, not ignored."""

    keyword = "Bearer"

    def authenticate(self, request):
        """The person and the token row, or None where no bearer token is sent."""
        parts = get_authorization_header(request).decode("latin-1").split()
        if not parts or parts[0].lower() != self.keyword.lower():
            return None
        row = None
        if len(parts) == 2:
            row = (
                ApiToken.objects.select_related("user")
                .filter(digest=digest_of(parts[1]), expires_at__gt=clock.now(), user__is_active=True)
                .first()
            )
        if row is None:
            raise AuthenticationFailed(_("This token does not exist or has ended."), code="bad_token")
        return row.user, row

    def authenticate_header(self, request) -> str:
        """Makes a missing sign-in a 401 that says how."""
        return f'{self.keyword} realm="api"'


class BearerScheme(OpenApiAuthenticationExtension):
    """How the schema names it."""

    target_class = "backend.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema) -> dict:
        """HTTP bearer."""
        return {"type": "http", "scheme": "bearer", "description": "A token from POST /api/v1/tokens/."}
