"""The navigation: apps register their entries in `ready()`, the shell shows those of the person's role."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.checks import Error
from django.core.checks import register as register_check
from django.urls import NoReverseMatch, reverse

ROLES = ("anonymous", "student", "recruiter", "staff", "operator")


@dataclass(frozen=True)
class Entry:
    """One registered link; `section` is "main" (sidebar, bottom bar) or "account" (the person's own menu).

    `under`: where further pages of it lie that do not begin with its own address; empty for nowhere.
    """

    label: Any
    url_name: str
    icon: str
    order: int
    section: str
    under: str


@dataclass(frozen=True)
class Link:
    """An entry as a page shows it."""

    label: Any
    url: str
    icon: str
    current: bool


_entries: dict[str, list[Entry]] = {role: [] for role in ROLES}


def register(
    role: str | Iterable[str],
    label: Any,
    url_name: str,
    icon: str = "dot",
    *,
    order: int = 50,
    section: str = "main",
    under: str = "",
) -> None:
    """Offer a page to one role or several; registering the same page again replaces the entry."""
    for name in [role] if isinstance(role, str) else role:
        kept = [entry for entry in _entries[name] if (entry.url_name, entry.section) != (url_name, section)]
        _entries[name] = sorted(
            [*kept, Entry(label, url_name, icon, order, section, under)], key=lambda entry: entry.order
        )


def links(role: str, path: str, section: str = "main") -> list[Link]:
    """The links of a role; the one with the longest address, or place of further pages, that starts the present path is current."""
    found = []
    for entry in _entries.get(role, ()):
        if entry.section == section and (url := _url(entry.url_name)):
            found.append((entry, url))
    places = [(place, url) for entry, url in found for place in (url, entry.under) if place]
    matching = [(len(at), url) for at, url in places if path == at or (at != "/" and path.startswith(at))]
    best = max(matching, default=(0, None))[1]
    return [Link(entry.label, url, entry.icon, url == best) for entry, url in found]


def _url(name: str) -> str | None:
    """The address of a page, or nothing where the page is not served; `check_entries` reports that."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return None


@register_check()
def check_entries(app_configs: Any = None, **kwargs: Any) -> list[Error]:
    """Every registered page must exist."""
    return [
        Error(f"Navigation of {role}: no page is named {entry.url_name!r}.", id="web.E001")
        for role, entries in _entries.items()
        for entry in entries
        if _url(entry.url_name) is None
    ]
