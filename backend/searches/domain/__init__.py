"""What can happen to saved searches: kept, changed, given up; found for; told of."""

from backend.searches.domain.finding import find_for, look
from backend.searches.domain.keeping import (
    change_search,
    delete_search,
    look_at,
    own_search,
    save_search,
    stop_alerts,
    stop_digests,
)
from backend.searches.domain.telling import send_digests, tell_at_once

__all__ = [
    "change_search",
    "delete_search",
    "find_for",
    "look",
    "look_at",
    "own_search",
    "save_search",
    "send_digests",
    "stop_alerts",
    "stop_digests",
    "tell_at_once",
]
