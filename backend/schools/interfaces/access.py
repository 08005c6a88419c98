"""Which roles a page is for; everything finer is asked by queries and rules."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from backend.common.errors import NotAllowed

View = Callable[..., HttpResponse]


def for_roles(*roles: str) -> Callable[[View], View]:
    """Let these roles in; others get "not allowed", visitors the way to sign in."""

    def decorate(view: View) -> View:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.actor.role not in roles:
                raise NotAllowed()
            return view(request, *args, **kwargs)

        return guarded

    return decorate
