"""Where everything answers: pages under /, JSON under /api/v1/, health for machines."""

from importlib import import_module
from importlib.util import find_spec

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from backend.config import health

PAGES = (
    "backend.accounts",
    "backend.notifications",
    "backend.audit",
    "backend.schools",
    "backend.students",
    "backend.companies",
    "backend.wording",
    "backend.positions",
    "backend.searches",
    "backend.applications",
    "backend.recommendations",
    "fairs",
    "backend.insights",
)


def _routes(module: str) -> list[URLPattern | URLResolver]:
    """The routes of each app that has the module."""
    found = []
    for app in PAGES:
        if find_spec(f"{app}.interfaces") is None or find_spec(f"{app}.interfaces.{module}") is None:
            continue
        import_module(f"{app}.interfaces.{module}")
        found.append(path("", include(f"{app}.interfaces.{module}")))
    return found


urlpatterns = [
    path("healthz", health.live, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include([*_routes("api_urls"), path("", include("backend.api.urls"))])),
    path("", include("backend.web.urls")),
    *_routes("urls"),
]

handler400 = "backend.web.views.bad_request"
handler403 = "backend.web.views.forbidden"
handler404 = "backend.web.views.not_found"
handler500 = "backend.web.views.server_error"
