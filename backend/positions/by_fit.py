"""Search in the order of fit: the hits that search finds, put in order once and read page by page from that order.

What is asked for stays as it was ordered while somebody turns its pages, however the market moves: the order is kept
under a token that goes with the address. Where it is lost, it is made anew.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

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
    that there are more. `fits`: score and reason by id. `token` goes into the addresses of the other pages.
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
        return bool(self.token) and self.page.total > self.ordered


def find(actor: Actor, query: PositionQuery, token: str = "") -> Found:
    """A page of hits, best fit first; in the order of relevance where there is none by fit, saying why."""
    reader = personal.reader_of(actor)
    if isinstance(reader, personal.Refused):
        page, rows = searching.find(actor, replace(query, sort="relevance"))
        return Found(page, rows, refused=reader)
    kept = cache.get(_key(actor, token)) if token else None
    # Facets and total are those of this moment, whatever was put in order before.
    page = api.find_positions(
        searching.scoped(actor, replace(query, page=1, size=MAX_WINDOW if kept is None else 1))
    )
    if kept is None:
        token, kept = secrets.token_urlsafe(9), reader.ordered(page.ids)
        cache.set(_key(actor, token), kept, KEPT)
    start = (query.page - 1) * query.size
    rows = searching.visible(actor, kept[start : start + query.size])
    return Found(page, rows, len(kept), token, reader.told(rows, start + 1))


def _key(actor: Actor, token: str) -> str:
    return f"fit:{actor.school_id}:{actor.student_id}:{token[:20]}"
