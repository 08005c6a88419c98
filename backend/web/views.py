"""Pages that belong to no app: errors, the switch of theme, the style guide."""

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from backend.common.errors import DomainError
from backend.web import gallery
from backend.web.context import THEMES

YEAR = 365 * 24 * 3600
TITLES = {
    400: gettext_lazy("This request could not be understood"),
    403: gettext_lazy("This is not open to you"),
    404: gettext_lazy("Nothing is here"),
    409: gettext_lazy("Somebody was faster"),
    422: gettext_lazy("Some entries need correcting"),
    500: gettext_lazy("Something broke on our side"),
}
CODES = {400: "bad_request", 403: "not_allowed", 404: "not_found", 500: "server_error"}
"""What the JSON interface calls them where no rule of ours refused."""


def refusal(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The page of a domain error, or a toast where htmx asked for a fragment."""
    fields = [
        sentence for sentences in getattr(error, "fields", {}).values() for sentence in _listed(sentences)
    ]
    return error_page(request, error.status, error.text, details=fields, code=error.code)


def _listed(sentences: Any) -> list[Any]:
    """One sentence or several, as a list."""
    return list(sentences) if isinstance(sentences, list | tuple) else [sentences]


def error_page(
    request: HttpRequest, status: int, text: Any, *, details: list[Any] | None = None, code: str = ""
) -> HttpResponse:
    """An error with its sentence and a way back; a fragment for htmx, the one error body for JSON."""
    if _speaks_json(request):
        return _error_body(status, text, code)
    values = {
        "status": status,
        "error_title": TITLES.get(status, TITLES[400]),
        "text": text,
        "details": details or [],
        "code": code,
        "back": way_back(request),
        "tone": "danger",
    }
    if request.headers.get("HX-Request") == "true":
        response = render(request, "web/toast.html", values, status=status)
        response["HX-Retarget"] = "#toasts"
        response["HX-Reswap"] = "beforeend"
        return response
    return render(request, "web/error.html", values, status=status)


def _speaks_json(request: HttpRequest) -> bool:
    """Whether the address is one of the JSON interface; what no view of it took comes here too."""
    return request.path.startswith("/api/")


def _error_body(status: int, text: Any, code: str = "") -> JsonResponse:
    body = {"error": code or CODES.get(status, "error"), "message": str(text), "params": {}}
    return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})


def way_back(request: HttpRequest) -> str:
    """The page the person came from, where it is one of ours and not this one; else home."""
    came_from = request.headers.get("Referer", "")
    if came_from and url_has_allowed_host_and_scheme(came_from, {request.get_host()}, request.is_secure()):
        parts = urlsplit(came_from)
        if parts.path != request.path or request.method != "GET":
            return parts.path + (f"?{parts.query}" if parts.query else "")
    return "/"


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: Django refused the request before a view saw it."""
    return error_page(request, 400, _("Please go back and try again."))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: raised as PermissionDenied."""
    return error_page(
        request, 403, _("Your account may not open this page. If you think it should, ask your school.")
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: no such address, or not for this person."""
    return error_page(request, 404, _("The page does not exist, or you may not see it."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that was open too long or sent from elsewhere."""
    return error_page(
        request, 403, _("The form was open for too long. Go back, reload the page and send it again.")
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500, drawn without session, database or context processors: any of them may be what broke."""
    text = _("We have noted it. Please try again in a moment.")
    if _speaks_json(request):
        return _error_body(500, text)
    values = {"status": 500, "error_title": TITLES[500], "tone": "danger", "text": text}
    if request.headers.get("HX-Request") == "true":
        headers = {"HX-Retarget": "#toasts", "HX-Reswap": "beforeend"}
        return HttpResponse(render_to_string("web/toast.html", values), status=500, headers=headers)
    return HttpResponse(render_to_string("web/500.html", values), status=500)


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen theme in a cookie and return to the page."""
    theme = request.POST.get("theme", "")
    if theme not in THEMES:
        return HttpResponseBadRequest()
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        target = "/"
    response = HttpResponseRedirect(
        target
    )  # not redirect(): a word without a stroke is the name of a page to it
    response.set_cookie(
        "theme", theme, max_age=YEAR, samesite="Lax", secure=request.is_secure(), httponly=True
    )
    return response


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in every state."""
    return render(request, "web/styleguide.html", gallery.everything(request))
