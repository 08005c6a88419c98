"""Ask all saved searches about the positions that have just come into sight.

The question is the search's own: the same analysis, filters and scope, of the index that holds the positions, narrowed to
the few that are new. Equal searches of people of the same scope are asked once.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction

from backend.accounts.actor import actors_of
from backend.common import clock, outbox
from backend.positions import indexing, searching
from backend.positions.models import Position
from backend.positions.queries import open_now
from backend.searches.domain.telling import ask_to_tell
from backend.searches.enums import Frequency
from backend.searches.models import AlertedMatch, SavedSearch, SeenPosition
from backend.searches.rules import can_save
from search import api
from search.query import Filters, PositionQuery

TOPIC = "searches.find"
BATCH = 100


class NotIndexedYet(Exception):
    """Some of the positions cannot be found yet: they come again, each by itself."""


def look(position_ids: Collection[int]) -> None:
    """Have positions looked at that were indexed or forgotten just now."""
    outbox.put_many(TOPIC, [({"position": pk}, str(pk)) for pk in sorted(position_ids)])


def find_for(payloads: Sequence[dict[str, Any]]) -> None:
    """Outbox handler: note for each saved search which of these positions it finds, if they are newly open or at a
    fair they were not at.

    What is open is read from the rows, and a match is one row, so it does not matter how often, in what order or in how
    many workers at once a position is told of.
    """
    ids = {payload["position"] for payload in payloads}
    is_open = set(Position.objects.filter(open_now(by_id=True), pk__in=ids).values_list("pk", flat=True))
    _closed(ids - is_open)
    seen = SeenPosition.objects.filter(position__in=is_open, is_open=True)
    before = {pk: set(fairs) for pk, fairs in seen.values_list("pk", "fairs")}
    fairs = indexing.fair_ids_of(sorted(is_open))
    came = is_open - before.keys()
    joined: dict[int, set[int]] = defaultdict(set)
    for pk, known in before.items():
        for fair in set(fairs.get(pk, ())) - known:
            joined[fair].add(pk)
    news = came.union(*joined.values())
    if not news:
        return
    everything = PositionQuery(filters=Filters(school_ids=None), now=clock.now())
    try:
        indexed = api.matching(everything, news)
        found = searches_finding(came & indexed)
        for fair, ids in joined.items():
            for search, hits in searches_finding(ids & indexed, fair=fair).items():
                found[search] = found.get(search, set()) | hits
    except api.EngineUnavailable as error:
        raise outbox.Postponed(indexing.PAUSE, str(error)) from error
    _note(indexed, found, fairs)
    if late := news - indexed:
        raise NotIndexedYet(f"positions {sorted(late)}")


def _closed(position_ids: Collection[int]) -> None:
    """Note what is not open, also of positions that nobody has seen yet: they come back when they open."""
    known = Position.objects.filter(pk__in=position_ids).values_list("pk", flat=True)
    SeenPosition.objects.bulk_create(
        [SeenPosition(position_id=pk, is_open=False) for pk in known],
        update_conflicts=True,
        unique_fields=["position"],
        update_fields=["is_open"],
    )


def searches_finding(position_ids: Collection[int], *, fair: int | None = None) -> dict[int, set[int]]:
    """Saved search → which of these positions it finds, for owners who may save searches at this moment.

    Given a fair, only searches at that fair are asked.
    """
    if not position_ids:
        return {}
    saved = SavedSearch.objects.order_by("pk").only("pk", "owner_id", "address")
    rows = list(saved if fair is None else saved.filter(address__contains=f"fair={fair}"))
    actors = actors_of({row.owner_id for row in rows})
    # Schools of one circle see the same positions, but each has synonyms of its own.
    asked: dict[tuple[PositionQuery, int | None], list[int]] = defaultdict(list)
    # One moment for all: a query holds it, and equal searches would differ by it.
    moment = clock.now()
    for row in rows:
        actor = actors.get(row.owner_id)
        if actor is not None and can_save(actor):
            query = replace(searching.query_at(actor, row.address), facets=())
            if fair is not None and query.filters.fair_id != fair:
                continue
            if "qualified=1" in row.address and query.filters.qualification is None:
                continue  # nobody can say at this moment what the owner qualifies for: not everything, then
            asked[replace(searching.scoped(actor, query), now=moment), actor.school_id].append(row.pk)
    found = {}
    for (query, _school), searches in asked.items():
        if hits := api.matching(query, position_ids):
            found |= dict.fromkeys(searches, hits)
    return found


@transaction.atomic
def _note(
    position_ids: Collection[int], found: dict[int, set[int]], fairs: dict[int, tuple[int, ...]]
) -> None:
    """Write down what came and who finds it; what was closed meanwhile has not come."""
    rows = Position.objects.select_for_update(of=("self",))
    locked = rows.filter(open_now(by_id=True), pk__in=position_ids)
    came = {row.pk: row for row in locked.order_by("pk")}
    back = set(SeenPosition.objects.filter(position__in=came).values_list("pk", flat=True))
    SeenPosition.objects.bulk_create(
        [SeenPosition(position_id=pk, is_open=True, fairs=[*fairs.get(pk, ())]) for pk in came],
        update_conflicts=True,
        unique_fields=["position"],
        update_fields=["is_open", "fairs"],
    )
    searches = list(SavedSearch.objects.filter(pk__in=found).order_by("pk").defer("address", "name"))
    moment = clock.now()
    AlertedMatch.objects.bulk_create(
        [
            AlertedMatch(search=search, position=came[pk], found_at=moment)
            for search in searches
            for pk in sorted(found[search.pk] & came.keys())
            # What is seen for the first time came when it was published: who saved the search later has seen it there.
            if pk in back or came[pk].published_at >= search.created_at
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )
    ask_to_tell([search.pk for search in searches if search.frequency == Frequency.INSTANT])
