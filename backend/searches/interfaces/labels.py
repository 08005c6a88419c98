"""Saved searches in words, and what stands above the results of a search."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language

from backend.accounts.actor import Actor
from backend.positions import searching
from backend.positions.interfaces import filters
from backend.searches import queries
from backend.searches.domain.keeping import digest_of
from backend.searches.models import SavedSearch
from backend.searches.rules import can_save
from search.query import PositionQuery


def filters_of(actor: Actor, query: PositionQuery) -> list[tuple[str, str]]:
    """The filters of a query: name in the address, and words."""
    joint = "、" if (get_language() or "").startswith("zh") else ", "
    found: dict[str, list[str]] = {}
    for name, _value, label in filters.named(actor, query):
        found.setdefault(name, []).append(label)
    return [(name, joint.join(labels)) for name, labels in found.items()]


def name_of(actor: Actor, query: PositionQuery) -> str:
    """A name for a search that was given none: its words and filters."""
    parts = [" ".join(query.text.split()), *(label for _name, label in filters_of(actor, query))]
    return " · ".join(part for part in parts if part)[:80].strip()


def address_to_run(search: SavedSearch, sort: str = "") -> str:
    """The search page's address of a saved search, in its own order or another one."""
    order = sort or search.sort
    return f"/positions/?{search.address}" + (f"&sort={order}" if order != "relevance" else "")


def save_tool(request: HttpRequest, query: PositionQuery) -> tuple[str, dict[str, Any]] | None:
    """The button that keeps the search on the page: for students, and for visitors by way of signing in."""
    actor = request.actor
    address = searching.address_of(query)
    if not address or (actor.is_authenticated and not can_save(actor)):
        return None
    saved = queries.saved_at(actor, digest_of(address)) if actor.is_authenticated else None
    state = address if query.sort == "relevance" else f"{address}&sort={query.sort}"
    state += "&exact=1" if query.exact else ""
    return "searches/_save.html", {"saved": saved, "state": state, "here": f"/positions/?{state}"}
