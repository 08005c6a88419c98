"""Static files under any server, and the refusals of the domain as pages."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware

from backend.common.errors import DomainError, unreadable_address
from backend.web.views import refusal


class StaticMiddleware(WhiteNoiseMiddleware):
    """whitenoise, without its synchronous iterator being consumed by an asynchronous server."""

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        """A small file is answered whole: pages' assets are a few kB, and no iterator is left open."""
        found = static_file.get_response(request.method, request.META)
        content = b""
        if found.file is not None:
            with found.file:
                content = found.file.read()
        response = HttpResponse(content, status=int(found.status))
        del response["content-type"]
        for key, value in found.headers:
            response[key] = value
        return response


class DomainErrorMiddleware:
    """A refusal raised in a view becomes the page of its family; JSON is left to the API."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Refuse an address that nothing could be looked up by; else nothing to do unless a view raises."""
        wrong = None if request.path.startswith("/api/") else unreadable_address(request.GET)
        return refusal(request, wrong) if wrong else self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer the domain's refusals; anything else is a fault and goes on to the 500 page."""
        if not isinstance(exception, DomainError) or request.path.startswith("/api/"):
            return None
        return refusal(request, exception)
