"""Save a search, change it, give it up, stop what it tells."""

import hashlib
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.accounts.models import User
from backend.audit.domain import record
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.positions import searching
from backend.searches import rules
from backend.searches.domain.telling import ask_to_tell
from backend.searches.enums import Frequency
from backend.searches.models import MOST, SavedSearch
from backend.searches.queries import searches_visible_to
from search.query import PositionQuery


def save_search(
    *, actor: Actor, query: PositionQuery, name: str, frequency: str = Frequency.DAILY
) -> SavedSearch:
    """Keep a search. A text that search read as another one (typing errors) is kept as it was read."""
    if not rules.can_save(actor):
        raise NotAllowed()
    # Before the transaction: no write of anybody waits for the engine that is asked.
    address = _address(actor, query)
    with transaction.atomic():
        _lock(actor)
        _require_new(actor, address)
        search = SavedSearch.objects.create(
            owner_id=actor.user_id,
            place=_free_place(actor),
            name=_name(name),
            address=address,
            digest=digest_of(address),
            sort=query.sort,
            frequency=_frequency(frequency),
        )
        record(actor=actor, verb="search.saved", target=search, after=search.frequency)
    return search


def change_search(*, actor: Actor, search_id: int, values: dict[str, Any]) -> SavedSearch:
    """Change `name`, `frequency` or `query`, whichever are given.

    What was found for another query, or while nobody wanted to hear of it, is not told afterwards. A query that states
    what is kept already changes nothing but the order: it is not read for typing errors again.
    """
    kept, query = own_search(actor, search_id), values.get("query")
    same = query is None or searching.address_of(query) == kept.address
    address = kept.address if same else _address(actor, query)
    with transaction.atomic():
        _lock(actor)
        search = _held(actor, search_id)
        before = search.frequency
        if "name" in values:
            search.name = _name(values["name"])
        if "frequency" in values:
            search.frequency = _frequency(values["frequency"])
        if before == Frequency.OFF != search.frequency:
            search.matches.filter(told_at__isnull=True).update(told_at=clock.now())
        if query is not None:
            search.sort = query.sort
        if address != search.address and not same:
            _require_new(actor, address)
            search.address, search.digest, search.looked_at = address, digest_of(address), clock.now()
            search.matches.filter(told_at__isnull=True).delete()
        search.save()
        record(actor=actor, verb="search.changed", target=search, before=before, after=search.frequency)
        if search.frequency == Frequency.INSTANT:
            ask_to_tell([search.pk])
    return search


@transaction.atomic
def delete_search(*, actor: Actor, search_id: int) -> None:
    """Give a search up, and with it what it found."""
    search = _held(actor, search_id)
    record(actor=actor, verb="search.deleted", target=search, before=search.frequency)
    search.delete()


def look_at(*, actor: Actor, search_id: int) -> SavedSearch:
    """Note that the person looks at what a search found; the search as it was before."""
    search = own_search(actor, search_id)
    SavedSearch.objects.filter(pk=search.pk).update(looked_at=clock.now())
    return search


@transaction.atomic
def stop_alerts(*, actor: Actor, search_id: int) -> None:
    """Tell nothing more for one search; whoever holds the link of a mail may, signed in or not."""
    _stop(actor, SavedSearch.objects.filter(pk=search_id))


@transaction.atomic
def stop_digests(*, actor: Actor, owner_id: int) -> None:
    """Send a person no more daily mail; the link of such a mail does it."""
    _stop(actor, SavedSearch.objects.filter(owner_id=owner_id, frequency=Frequency.DAILY))


def digest_of(address: str) -> str:
    """The text by which equal addresses are known."""
    return hashlib.sha256(address.encode()).hexdigest()


def _stop(actor: Actor, rows: Any) -> None:
    for search in rows.select_for_update().exclude(frequency=Frequency.OFF).order_by("pk"):
        before, search.frequency = search.frequency, Frequency.OFF
        search.save(update_fields=["frequency"])
        record(actor=actor, verb="search.stopped", target=search, before=before, after=search.frequency)


def own_search(actor: Actor, search_id: int) -> SavedSearch:
    """A search of the person; NotFound for any other."""
    search = searches_visible_to(actor).filter(pk=search_id).first()
    if search is None:
        raise NotFound()
    return search


def _held(actor: Actor, search_id: int) -> SavedSearch:
    """The same, its row held until the transaction ends: a mail's link may stop it meanwhile."""
    SavedSearch.objects.select_for_update().filter(pk=search_id, owner_id=actor.user_id).first()
    return own_search(actor, search_id)


def _lock(actor: Actor) -> None:
    """One change of a person's searches at a time: places and doubles are judged before the database refuses."""
    User.objects.select_for_update().filter(pk=actor.user_id).first()


def _address(actor: Actor, query: PositionQuery) -> str:
    if query.text.strip() and not query.exact:
        query = replace(query, text=searching.count(actor, query, ()).corrected or query.text)
    address = searching.address_of(query)
    if not address:
        raise Invalid(fields={"query": [_("Enter words or choose a filter first.")]})
    return address


def _require_new(actor: Actor, address: str) -> None:
    if SavedSearch.objects.filter(owner_id=actor.user_id, digest=digest_of(address)).exists():
        raise Invalid(fields={"query": [_("You have saved this search already.")]})


def _free_place(actor: Actor) -> int:
    taken = set(SavedSearch.objects.filter(owner_id=actor.user_id).values_list("place", flat=True))
    free = next((place for place in range(1, MOST + 1) if place not in taken), None)
    if free is None:
        raise Conflict(
            "too_many_searches",
            _("You keep %(most)s searches, as many as there is room for. Delete one first."),
            most=MOST,
        )
    return free


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > 80:
        raise Invalid(fields={"name": [_("Enter a name of at most 80 characters.")]})
    return name


def _frequency(frequency: str) -> str:
    if frequency not in Frequency.values:
        raise Invalid(fields={"frequency": [_("Choose how often.")]})
    return Frequency(frequency)
