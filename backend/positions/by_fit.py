"""Search in the order of fit: the hits that search finds, put in order once and read page by page from that order.

What is asked for stays as it was ordered while somebody turns its pages, however the market moves: the order is kept
under a token that goes with the address. Where it is lost, or is that of another search, it is made anew.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

from django.core.cache import cache

from backend.accounts.actor import Actor
from backend.positions import personal, searching
from backend.positions.models import Position
from search import api
from search.query import MAX_WINDOW, PositionQuery
from search.results import SearchPage

KEPT = 30 * 60
"""Seconds for which the pages of one order hang together."""


@dataclass(frozen=True)
class Found:
    """A page of hits with their rows.

    `refused`: why it is in the order of relevance instead. `ordered`: how many hits were put in order; `bounded` says
    that there are more. `fits`: score and reason by id. `token` goes into the addresses of the other pages, empty where
    there are none.
    """

    page: SearchPage
    rows: list[Position]
    ordered: int = 0
    token: str = ""
    fits: Mapping[int, personal.Fit] = field(default_factory=dict)
    refused: personal.Refused | None = None

    @property
    def bounded(self) -> bool:
        """Whether only the best by relevance were put in order."""
        return self.page.total > self.ordered >= MAX_WINDOW


def find(actor: Actor, query: PositionQuery, token: str = "", *, shown: bool = True) -> Found:
    """A page of hits, best fit first; in the order of relevance where there is none by fit, saying why.

    What is `shown` is recorded as shown: not what passes by while somebody types.
    """
    reader = personal.reader_of(actor)
    if isinstance(reader, personal.Refused):
        page, rows = searching.find(actor, query)
        return Found(page, rows, refused=reader)
    kept = cache.get(_key(actor, query, token)) if token else None
    # Facets are those of this moment, whatever was put in order before; the total is that of the order.
    page = api.find_positions(
        searching.scoped(actor, replace(query, page=1, size=MAX_WINDOW if kept is None else 1))
    )
    if kept is None:
        kept = reader.ordered(page.ids), page.total
        token = secrets.token_urlsafe(9) if page.total > query.size else ""
        if token:
            cache.set(_key(actor, query, token), kept, KEPT)
    ids, total = kept
    start = (query.page - 1) * query.size
    rows = searching.visible(actor, ids[start : start + query.size])
    fits = reader.told(rows, start + 1, recorded=shown)
    return Found(replace(page, total=total), rows, len(ids), token, fits)


def _key(actor: Actor, query: PositionQuery, token: str) -> str:
    asked = f"{token} {query.exact} {searching.address_of(query)}"
    return f"fit:{actor.school_id}:{actor.student_id}:{sha256(asked.encode()).hexdigest()}"
