"""Count what is searched for, once somebody has finished typing; and show staff what a text would find.

A page that is opened or sent counts at once. What htmx asks for while somebody types does not: the page says three seconds
after the last letter that the text has settled, and that counts. Programs say `typing=1` while theirs is not finished.
A list in the order of fit is recorded as shown (`by_fit`) by the same rule.
"""

from collections.abc import Hashable
from dataclasses import replace

from django.http import HttpRequest
from django.urls import reverse
from rest_framework.request import Request

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.positions import by_fit, searching
from backend.wording.domain import tallies
from search import api
from search.query import PositionQuery
from search.results import SearchPage

# The element of the page that says so (templates/positions/search.html).
SETTLED = "position-settled"
SHOWN = 5
READERS = {Role.ANONYMOUS, Role.STUDENT}
"""Who looks for a position for themself."""


def finished(request: HttpRequest) -> bool:
    """Whether a page is asked for whose text and filters stand; htmx asks while somebody types or chooses."""
    return not request.htmx or request.htmx.boosted


def note(request: HttpRequest | Request, actor: Actor, query: PositionQuery, answer: SearchPage) -> None:
    """Count the first page of a search by a student or a visitor: what staff and companies search for is their own work."""
    if actor.role in READERS and query.text.strip() and query.page == 1 and not query.cursor:
        tallies.note(
            school_id=actor.school_id,
            who=actor.user_id or _visitor(request),
            text=query.text,
            filters=tuple(searching.chosen(query)),
            answer=answer,
        )


def settled(request: HttpRequest, actor: Actor, query: PositionQuery) -> bool:
    """Whether the page only says that a search has settled; then it is asked once more, briefly, and counted."""
    if request.headers.get("HX-Trigger") != SETTLED:
        return False
    if query.sort == "fit":
        note(request, actor, query, by_fit.find(actor, replace(query, facets=())).page)
    elif query.text.strip():
        brief = replace(query, facets=(), sort="relevance", size=1)
        note(request, actor, query, api.find_positions(searching.scoped(actor, brief)))
    return True


def _visitor(request: HttpRequest | Request) -> Hashable:
    """What tells visitors apart for a day, in the memory of this process only."""
    address = request.META.get("HTTP_X_FORWARDED_FOR") or request.META.get("REMOTE_ADDR", "")
    return address, request.META.get("HTTP_USER_AGENT", "")


def previewed(actor: Actor, text: str, table: api.Table) -> tuple[int, list[tuple[str, str]]]:
    """How many positions have the words of a text, taken with these synonyms, and title and page of the first ones."""
    query = replace(searching.scoped(actor, PositionQuery(text, size=SHOWN)), synonyms=table)
    page = api.find_positions(replace(query, exact=True))
    rows = searching.visible(actor, page.ids)
    return page.worded, [(row.title, reverse("positions:detail", args=[row.pk])) for row in rows]
