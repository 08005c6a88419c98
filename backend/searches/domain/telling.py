"""Tell owners what their searches found: at once, or in one message on the morning."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from backend.accounts.actor import Actor, actors_of
from backend.common import clock, outbox
from backend.notifications.domain import notify
from backend.notifications.models import Notification
from backend.schools.models import School
from backend.searches.enums import Frequency
from backend.searches.models import AlertedMatch, SavedSearch
from backend.searches.queries import untold, waiting_owners
from backend.searches.rules import can_save

TOPIC = "searches.tell"
GATHER = timedelta(seconds=10)
"""What comes within this time is told in one message: a spreadsheet publishes many positions in a row."""
MORNING = range(8, 12)
"""The hours, where the owner's school is, in which the message of the day is sent."""
NAMED = 5
"""Positions that a message names for each search."""


def ask_to_tell(search_ids: Iterable[int]) -> None:
    """Have these searches told of soon; call inside the transaction that found something for them."""
    outbox.put_many(TOPIC, [({"search": pk}, str(pk)) for pk in sorted(search_ids)], delay=GATHER)


def tell_at_once(payloads: Sequence[dict[str, Any]]) -> None:
    """Outbox handler: tell the owner of each search what was not told yet."""
    for payload in payloads:
        _tell_of(payload["search"])


def send_digests() -> int:
    """Tell everybody for whom it is morning of the day's matches; the number of messages.

    May be killed or run twice at once: the message of a day is one row, and what it tells is marked with it.
    """
    actors = {pk: actor for pk, actor in actors_of(waiting_owners()).items() if can_save(actor)}
    zones = dict(School.objects.values_list("pk", "time_zone"))
    sent = 0
    for owner, actor in sorted(actors.items()):
        local = clock.now().astimezone(ZoneInfo(zones[actor.school_id]))
        if local.hour in MORNING:
            sent += _tell_day(owner, actor, f"searches:{local.date().isoformat()}")
    return sent


@transaction.atomic
def _tell_of(search_id: int) -> None:
    search = _locked(pk=search_id, frequency=Frequency.INSTANT)
    actor = actors_of([one.owner_id for one in search]).get(search[0].owner_id) if search else None
    matches = untold(actor, search) if actor and can_save(actor) else []
    if not matches:
        return
    notify(
        user_ids=[search[0].owner_id],
        kind="search_found",
        # The last match is in no other message, so a second worker's would bear the same key.
        dedupe_key=f"search:{search_id}:{max(match.pk for match in matches)}",
        url=f"/me/searches/{search_id}/",
        search=search[0].name,
        number=len(matches),
        positions=_names(matches),
        id=search_id,
    )
    _mark(matches)


@transaction.atomic
def _tell_day(owner_id: int, actor: Actor, key: str) -> int:
    searches = _locked(owner_id=owner_id, frequency=Frequency.DAILY)
    if Notification.objects.filter(user_id=owner_id, dedupe_key=key).exists():
        return 0
    matches = untold(actor, searches)
    if not matches:
        return 0
    found: dict[int, list[AlertedMatch]] = {}
    for match in matches:
        found.setdefault(match.search_id, []).append(match)
    names = {search.pk: search.name for search in searches}
    notify(
        user_ids=[owner_id],
        kind="searches_digest",
        dedupe_key=key,
        url="/me/searches/",
        number=len({match.position_id for match in matches}),
        found=" ".join(f"【{names[pk]}】{_names(found[pk])}" for pk in sorted(found)),
        owner=owner_id,
        searches=[[pk, names[pk]] for pk in sorted(found)],
    )
    _mark(matches)
    return 1


def _locked(**where: Any) -> list[SavedSearch]:
    """Searches that nobody else tells of meanwhile."""
    return list(SavedSearch.objects.select_for_update().filter(**where).order_by("pk"))


def _names(matches: Sequence[AlertedMatch]) -> str:
    shown = [f"{match.position.title}（{match.position.company.name}）" for match in matches[:NAMED]]
    return "；".join(shown) + ("…" if len(matches) > NAMED else "")


def _mark(matches: Sequence[AlertedMatch]) -> None:
    rows = AlertedMatch.objects.filter(pk__in=[match.pk for match in matches])
    rows.update(told_at=clock.now())
