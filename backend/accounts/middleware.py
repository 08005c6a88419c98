"""Put the actor on the request; limit attempts; hold the door until a second factor is set up."""

from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from backend.accounts import limits, second_factor
from backend.accounts.actor import actor_of

Answer = Callable[[HttpRequest], HttpResponse]

LIMITED = {"account_signup": "signup_network", "account_reset_password": "reset_network"}
"""POSTs anybody may send, counted per network; sign-in itself is counted by the adapter."""
BEFORE_SECOND_FACTOR = frozenset(
    {"account_logout", "account_reauthenticate", "account_confirm_email", "healthz", "readyz", "metrics"}
)
"""What is answered while the second factor is missing, besides setting it up."""


class ActorMiddleware:
    """`request.actor`: the person's role and scope."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Attach a lazy actor, so that static and health answers cost no query."""
        request.actor = SimpleLazyObject(lambda: actor_of(request.user))
        return self.get_response(request)


class AttemptLimitMiddleware:
    """Answer 429 once a network has sent too many sign-ups or password resets."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Only views are looked at."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any) -> HttpResponse | None:
        """Count before the view does any work."""
        name = LIMITED.get(request.resolver_match.url_name or "")
        if name is None or request.method != "POST":
            return None
        if limits.consume(name, get_adapter().get_client_ip(request)):
            return None
        return render(request, "429.html", status=429)


class SecondFactorMiddleware:
    """Where it is enforced, whoever must have a second factor sets it up before anything else."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The JSON interface reads `request.second_factor_due` itself, once it has authenticated."""
        request.second_factor_due = SimpleLazyObject(lambda: second_factor.due(request.actor))
        return self.get_response(request)

    def process_view(self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any) -> HttpResponse | None:
        """Lead pages to the set-up."""
        match = request.resolver_match
        open_to_all = match.url_name in BEFORE_SECOND_FACTOR or (match.url_name or "").startswith("mfa_")
        if open_to_all or request.path.startswith("/api/") or not request.user.is_authenticated:
            return None
        if not request.second_factor_due:
            return None
        messages.warning(request, _("Your role needs a second factor: set up an authenticator app to go on."))
        return redirect("mfa_activate_totp")
