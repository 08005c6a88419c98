"""A kind of notification that only tests use."""

import pytest
from django.utils.translation import gettext_lazy as _

from backend.notifications.kinds import Kind, kinds


@pytest.fixture(autouse=True)
def greeting(monkeypatch) -> None:
    """Its sentence is translated, and filled with a name."""
    monkeypatch.setitem(kinds, "tests.greeting", Kind("tests.greeting", Sentence(), mail=True))
    monkeypatch.setitem(kinds, "tests.quiet", Kind("tests.quiet", _("Hello,"), mail=False))


class Sentence:
    """A lazy sentence in two languages."""

    def __str__(self) -> str:
        """In the active language."""
        from django.utils.translation import get_language

        return "%(name)s sends greetings." if get_language() == "en" else "%(name)s向您问好。"
