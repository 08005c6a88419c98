"""Pages as people read them: signed in as one of them, in one language, as plain words."""

from html.parser import HTMLParser

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def reader(membership, language: str = "en") -> Client:
    """A browser of this person; of nobody without a membership."""
    client = Client()
    client.cookies["django_language"] = language
    if membership is not None:
        client.force_login(membership.user, BACKEND)
    return client


class Text(HTMLParser):
    """The words of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words = ""
        self.feed(html)

    def handle_data(self, data: str) -> None:
        self.words += f"{data.strip()} "


def text(response) -> str:
    """The words of an answer, one blank between them."""
    return " ".join(Text(response.content.decode()).words.split())


def queries_of(client, path: str) -> int:
    """Queries of the second visit: the first fills what is held in memory and records what is new."""
    client.get(path)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200
    return len(seen)
