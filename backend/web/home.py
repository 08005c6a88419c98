"""The address `/`: what each role sees there is registered by the app that owns it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

View = Callable[[HttpRequest], HttpResponse]
_views: dict[str, View | str] = {}


def register(role: str, view: View | str) -> None:
    """Set the home of a role: a view, or the name of the page to go to. Called from `ready()`."""
    _views[role] = view


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The landing page for visitors, the registered home for everyone else."""
    actor = request.actor
    view = _views.get(actor.role)
    if isinstance(view, str):
        return redirect(view)
    if view is not None:
        return view(request)
    return render(request, "web/welcome.html" if actor.is_authenticated else "web/landing.html")
