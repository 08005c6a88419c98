"""Which searches are this person's, and what have they found?"""

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from backend.accounts.actor import Actor
from backend.positions.queries import positions_visible_to
from backend.searches.enums import Frequency
from backend.searches.models import AlertedMatch, SavedSearch
from backend.searches.rules import can_save


def searches_visible_to(actor: Actor) -> QuerySet[SavedSearch]:
    """The person's own, latest first; `new` counts what came since the person last looked and is open now."""
    rows = SavedSearch.objects.order_by("-created_at", "-pk")
    if not can_save(actor):
        return rows.none()
    news = (
        matches_visible_to(actor)
        .filter(search=OuterRef("pk"), found_at__gt=OuterRef("looked_at"))
        .order_by()
        .values("search")
        .annotate(number=Count("pk"))
        .values("number")
    )
    return rows.filter(owner_id=actor.user_id).annotate(new=Coalesce(Subquery(news), 0))


def matches_visible_to(actor: Actor) -> QuerySet[AlertedMatch]:
    """What the person's searches found and the person may see at this moment, latest first."""
    rows = AlertedMatch.objects.filter(search__owner_id=actor.user_id).order_by("-found_at", "-pk")
    return rows.filter(position__in=positions_visible_to(actor).order_by().values("pk"))


def untold(actor: Actor, searches: list[SavedSearch]) -> list[AlertedMatch]:
    """What these searches of a person found and the person may see and was not told of, latest first."""
    rows = matches_visible_to(actor).filter(search__in=searches, told_at__isnull=True)
    return list(rows.select_related("position__company", "search"))


def found_by(actor: Actor, search: SavedSearch) -> QuerySet[AlertedMatch]:
    """What a search found, latest first, with the companies."""
    return matches_visible_to(actor).filter(search=search).select_related("position__company")


def waiting_owners() -> set[int]:
    """Whose daily searches found what was not told yet."""
    rows = AlertedMatch.objects.filter(told_at__isnull=True, search__frequency=Frequency.DAILY)
    return set(rows.order_by().values_list("search__owner_id", flat=True).distinct())


def saved_at(actor: Actor, digest: str) -> SavedSearch | None:
    """The person's search with this digest of its address, if there is one."""
    return SavedSearch.objects.filter(owner_id=actor.user_id, digest=digest).first()


def named_in_link(search_id: int) -> SavedSearch | None:
    """The search that a signed link of a mail names; whoever holds the link may read its name."""
    return SavedSearch.objects.filter(pk=search_id).first()
