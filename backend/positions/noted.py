"""Count what is searched for, once somebody has finished typing; and show staff what a text would find.

A page that is opened or sent counts at once. What htmx asks for while somebody types does not: the page says three seconds
after the last letter that the text has settled, and that counts. Programs say `typing=1` while theirs is not finished.
"""

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

from django.urls import reverse

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.positions import searching
from backend.wording.domain import tallies
from search import api
from search.query import PositionQuery
from search.results import SearchPage

# The element of the page that says so (templates/positions/search.html).
SETTLED = "position-settled"
SHOWN = 5


def note(request: Any, actor: Actor, query: PositionQuery, answer: SearchPage) -> None:
    """Count the first page of a search by a student or a visitor: what staff and companies search for is their own work."""
    if actor.role in {Role.STUDENT, Role.ANONYMOUS} and query.text.strip() and query.page == 1:
        tallies.note(
            school_id=actor.school_id,
            who=actor.user_id or _visitor(request),
            text=query.text,
            filters=tuple(searching.chosen(query)),
            answer=answer,
        )


def settled(request: Any, actor: Actor, query: PositionQuery) -> bool:
    """Whether the page only says that a text has settled; then it is searched for once more, briefly, and counted."""
    if request.headers.get("HX-Trigger") != SETTLED:
        return False
    brief = replace(query, facets=(), sort="relevance", size=1)
    note(request, actor, query, api.find_positions(searching.scoped(actor, brief)))
    return True


def _visitor(request: Any) -> Hashable:
    """What tells visitors apart for a day, in the memory of this process only."""
    address = request.META.get("HTTP_X_FORWARDED_FOR") or request.META.get("REMOTE_ADDR", "")
    return address, request.META.get("HTTP_USER_AGENT", "")


def previewed(actor: Actor, text: str, table: api.Table) -> tuple[int, list[tuple[str, str]]]:
    """How many positions have the words of a text, taken with these synonyms, and title and page of the first ones."""
    query = replace(searching.scoped(actor, PositionQuery(text, size=SHOWN)), synonyms=table)
    page = api.find_positions(replace(query, exact=True))
    rows = searching.visible(actor, page.ids)
    return page.worded, [(row.title, reverse("positions:detail", args=[row.pk])) for row in rows]
