"""What somebody searched for lately: their own to read, and to forget one by one or all at once.

It is kept for the person and not in the browser: students share the machines of their school, where the next one to sit
down must not find it, and their own searches should be there on the telephone too.
"""

from django.db import transaction
from django.db.models import QuerySet

from backend.accounts.actor import Actor
from backend.common import clock
from backend.common.errors import NotAllowed, NotFound
from backend.positions.models import RecentSearch

KEPT = 20
LONGEST = 60


def searches_of(actor: Actor) -> QuerySet[RecentSearch]:
    """The own searches of who asks, the last first; nobody else's, and none of a visitor."""
    return RecentSearch.objects.filter(user_id=actor.user_id or 0).order_by("-updated_at", "-pk")


@transaction.atomic
def remember_search(*, actor: Actor, text: str) -> RecentSearch | None:
    """Put a text on top of the own searches, each once and the last twenty of them; None for a text of nothing."""
    if actor.user_id is None:
        raise NotAllowed()
    said = " ".join(text.replace("\0", " ").split())[:LONGEST].strip()
    if not said:
        return None
    row, _new = RecentSearch.objects.update_or_create(
        user_id=actor.user_id, text=said, defaults={"updated_at": clock.now()}
    )
    old = searches_of(actor).values_list("pk", flat=True)[KEPT:]
    RecentSearch.objects.filter(pk__in=list(old)).delete()
    return row


def forget_search(*, actor: Actor, search_id: int) -> None:
    """Forget one of the own searches."""
    if not searches_of(actor).filter(pk=search_id).delete()[0]:
        raise NotFound()


def forget_searches(*, actor: Actor) -> int:
    """Forget all own searches; how many there were."""
    return searches_of(actor).delete()[0]


def beginning_with(actor: Actor, text: str, limit: int) -> list[str]:
    """Own searches in which what is being typed stands, those that begin with it first; the last ones before a letter."""
    typed = text.strip().casefold()
    if actor.user_id is None:
        return []
    said = [row for row in searches_of(actor).values_list("text", flat=True) if typed in row.casefold()]
    # What is in the box already need not be offered.
    said = [row for row in said if row.casefold() != typed]
    return sorted(said, key=lambda row: not row.casefold().startswith(typed))[:limit]
