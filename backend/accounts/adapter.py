"""How allauth behaves here: limits in the database, mail through the outbox, the person's language."""

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from backend.accounts import limits
from backend.accounts.mail import put_mail
from backend.accounts.queries import language_of_address


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in by e-mail address and password."""

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt for the address and for the network before any work is done for it."""
        address, network = self._who(request, credentials)
        if not (limits.consume("login_network", network) and limits.consume("login_address", address)):
            raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Only failures count: 2,000 students of one campus sign in from one network."""
        user = super().authenticate(request, **credentials)
        if user is not None:
            address, network = self._who(request, credentials)
            limits.give_back("login_network", network)
            limits.give_back("login_address", address)
        return user

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write the mail into the outbox, in the reader's language; past the limit per address, drop it.

        The page says the same either way and waits for no mail server, so neither tells whether an account
        exists.
        """
        if not limits.consume("mail_address", email):
            return
        request = allauth_context.request
        values = {"request": request, "email": email, "site": settings.PUBLIC_URL, **context}
        with translation.override(language_of_address(email) or translation.get_language()):
            message = self.render_mail(template_prefix, email, values)
        put_mail(to=email, subject=message.subject, body=message.body)

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse:
        """Continue in the language the person has chosen."""
        response = super().post_login(request, user, **kwargs)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, user.language, samesite="Lax", secure=settings.HTTPS
        )
        return response

    def _who(self, request: HttpRequest, credentials: dict[str, Any]) -> tuple[str, str]:
        return str(credentials.get("email") or credentials.get("username") or ""), self.get_client_ip(request)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets of authenticator apps are stored encrypted under a key made from SECRET_KEY."""

    def encrypt(self, text: str) -> str:
        """Ciphertext for the database."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """What `encrypt` was given."""
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> Fernet:
    key = hashlib.sha256(b"second factor:" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
