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
from backend.positions import searching
from backend.positions.models import Position
from backend.positions.queries import open_now
from backend.searches.domain.telling import ask_to_tell
from backend.searches.enums import Frequency
from backend.searches.models import AlertedMatch, OpenPosition, SavedSearch
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
    """Outbox handler: note for each saved search which of these positions it finds, if they are newly open.

    What is open is read from the rows, and a match is one row, so it does not matter how often, in what order or in how
    many workers at once a position is told of.
    """
    ids = {payload["position"] for payload in payloads}
    rows = Position.objects.filter(open_now(), pk__in=ids)
    is_open = set(rows.values_list("pk", flat=True))
    OpenPosition.objects.filter(position__in=ids - is_open).delete()
    known = OpenPosition.objects.filter(position__in=is_open).values_list("pk", flat=True)
    came = is_open - set(known)
    if not came:
        return
    everything = PositionQuery(filters=Filters(school_ids=None), now=clock.now())
    indexed = api.matching(everything, came)
    if indexed:
        _note(indexed, searches_finding(indexed))
    if late := came - indexed:
        raise NotIndexedYet(f"positions {sorted(late)}")


def searches_finding(position_ids: Collection[int]) -> dict[int, set[int]]:
    """Saved search → which of these positions it finds, for owners who may save searches at this moment."""
    rows = list(SavedSearch.objects.order_by("pk").only("pk", "owner_id", "address"))
    actors = actors_of({row.owner_id for row in rows})
    asked: dict[PositionQuery, list[int]] = defaultdict(list)
    for row in rows:
        actor = actors.get(row.owner_id)
        if actor is not None and can_save(actor):
            query = replace(searching.query_at(actor, row.address), facets=())
            if "qualified=1" in row.address and query.filters.qualification is None:
                continue  # nobody can say at this moment what the owner qualifies for: not everything, then
            asked[searching.scoped(actor, query)].append(row.pk)
    found = {}
    for query, searches in asked.items():
        if hits := api.matching(query, position_ids):
            found |= dict.fromkeys(searches, hits)
    return found


@transaction.atomic
def _note(position_ids: Collection[int], found: dict[int, set[int]]) -> None:
    """Write down what came and who finds it; what was closed meanwhile has not come."""
    locked = Position.objects.select_for_update(of=("self",)).filter(open_now(), pk__in=position_ids)
    still = {row.pk for row in locked.order_by("pk")}
    moment = clock.now()
    OpenPosition.objects.bulk_create(
        [OpenPosition(position_id=pk, since=moment) for pk in sorted(still)], ignore_conflicts=True
    )
    searches = dict(SavedSearch.objects.filter(pk__in=found).values_list("pk", "frequency"))
    AlertedMatch.objects.bulk_create(
        [
            AlertedMatch(search_id=search, position_id=position, found_at=moment)
            for search in sorted(searches)
            for position in sorted(found[search] & still)
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )
    ask_to_tell([search for search, often in searches.items() if often == Frequency.INSTANT])
