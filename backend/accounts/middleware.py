"""Put the actor on the request, read when first asked for."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from backend.accounts.actor import actor_of


class ActorMiddleware:
    """`request.actor`: the person's role and scope."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Attach a lazy actor, so that static and health answers cost no query."""
        request.actor = SimpleLazyObject(lambda: actor_of(request.user))
        return self.get_response(request)
