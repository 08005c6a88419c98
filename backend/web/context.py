"""What every page gets: who is asking, where they can go, language, theme, unread notifications."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from backend.web import nav

THEMES = ("auto", "light", "dark")
_unread: list[tuple[Callable[[Any], int], str]] = []


def register_unread(counter: Callable[[Any], int], url_name: str) -> None:
    """Set what counts an actor's unread notifications, and the page that lists them. Called from `ready()`."""
    _unread[:] = [(counter, url_name)]


def page(request: HttpRequest) -> dict[str, Any]:
    """The context processor; everything that may cost a query is lazy."""
    actor = getattr(request, "actor", None)
    role = SimpleLazyObject(lambda: str(actor.role) if actor is not None else "anonymous")
    theme = request.COOKIES.get("theme", "auto")
    return {
        "actor": actor,
        "nav": SimpleLazyObject(lambda: nav.links(str(role), request.path)),
        "account_nav": SimpleLazyObject(lambda: nav.links(str(role), request.path, "account")),
        "unread": SimpleLazyObject(lambda: _count(actor)),
        "unread_url": _unread_url(),
        "theme": theme if theme in THEMES else "auto",
        "language": get_language() or settings.LANGUAGE_CODE,
        "languages": settings.LANGUAGES,
    }


def _count(actor: Any) -> int:
    """Unread notifications of a signed-in person."""
    if actor is None or not actor.is_authenticated:
        return 0
    return sum(counter(actor) for counter, _ in _unread)


def _unread_url() -> str:
    """Where the bell leads; empty where nothing is registered or served."""
    for _, url_name in _unread:
        try:
            return reverse(url_name)
        except NoReverseMatch:
            return ""
    return ""
