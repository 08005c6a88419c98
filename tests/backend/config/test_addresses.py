"""What is served where: every app's pages and JSON are found, each by one name, refusals lead to our pages."""

import pkgutil
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLPattern

import backend
from backend.config import urls
from backend.config.env import BASE_DIR


def patterns(found=None, before="", space=""):
    """(address, full name, view) of everything that is served by us."""
    for pattern in urls.urlpatterns if found is None else found:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield path, f"{space}{pattern.name}", pattern.callback
        elif not path.startswith(("admin/", "accounts/")) or path != f"{before}admin/":
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from patterns(pattern.url_patterns, path, inner)


def test_every_app_with_addresses_is_served():
    apps = {f"backend.{found.name}" for found in pkgutil.iter_modules(backend.__path__)} | {"fairs"}
    with_addresses = {
        app
        for app in apps
        if any(
            (BASE_DIR / Path(*app.split(".")) / "interfaces" / f"{name}.py").exists()
            for name in ("urls", "api_urls")
        )
    }
    assert with_addresses == set(urls.PAGES)
    assert len(urls.PAGES) == len(set(urls.PAGES))


def test_no_name_is_given_to_two_addresses():
    names = Counter(name for _path, name, _view in patterns() if not name.endswith("None"))
    assert {
        name: number for name, number in names.items() if number > 1 and not name.startswith("admin:")
    } == {}


def test_no_address_is_served_twice():
    found = Counter(path for path, name, _view in patterns() if not name.startswith("admin:"))
    assert {path: number for path, number in found.items() if number > 1} == {}


def test_json_lies_under_one_folder_and_pages_elsewhere():
    for path, _name, view in patterns():
        module = view.__module__
        if module.endswith(".api"):
            assert path.startswith("api/v1/"), path
        if module.endswith(".views") and module.startswith(("backend.", "fairs.")):
            assert not path.startswith("api/") or module.startswith("backend.api"), path


def test_an_address_ends_with_a_stroke_unless_a_machine_or_a_file_is_meant():
    bare = {
        path
        for path, name, view in patterns()
        if view.__module__.startswith(("backend.", "fairs.")) and path.rstrip("$")[-1:] not in ("", "/")
    }
    assert {path for path in bare if "." not in path.rpartition("/")[2]} == {"healthz", "readyz", "metrics"}


@pytest.mark.parametrize(
    ("status", "view"),
    [(400, "bad_request"), (403, "forbidden"), (404, "not_found"), (500, "server_error")],
)
def test_what_django_refuses_itself_is_said_on_our_pages(status, view):
    assert getattr(urls, f"handler{status}") == f"backend.web.views.{view}"
    assert get_resolver().resolve_error_handler(status).__name__ == view


def test_where_settings_lead_there_is_a_page():
    assert reverse(settings.LOGIN_URL) == "/accounts/login/"
    assert get_resolver().resolve(settings.LOGIN_REDIRECT_URL).url_name == "home"
    assert get_resolver().resolve(settings.LOGOUT_REDIRECT_URL).url_name == "home"
