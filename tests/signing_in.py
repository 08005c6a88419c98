"""Sign a test's browser in without the empty session that Django's test client makes, reads and deletes first.

`force_login` of a client that has no session yet stores an empty one, asks for it, and deletes it when the person's own
takes its place: three of its questions to the database, in every fourth test. What it leaves behind is the same.
"""

from importlib import import_module

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest
from django.test import Client

_with_a_session = Client._login


def _login(client: Client, user, backend: str | None = None) -> None:
    if settings.SESSION_COOKIE_NAME in client.cookies:
        _with_a_session(client, user, backend)
        return
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore()
    login(request, user, backend)
    request.session.save()
    client._set_login_cookies(request)


def install() -> None:
    """Sign in this way in every test of the run."""
    Client._login = _login
