"""What the search box offers while somebody types: by kind, each with the filter or the words that choosing it states."""

from collections.abc import Iterable
from dataclasses import dataclass

from backend.accounts.actor import Actor
from backend.companies.queries import companies_visible_to
from backend.positions import history, searching
from backend.schools.queries import occupation_code
from search.suggesting import Suggested

KINDS = ("history", "occupation", "company", "skill", "title")
EACH = {"history": 5, "occupation": 3, "company": 3, "skill": 3, "title": 4}
"""How many of each kind at most: a common title must not crowd out the companies."""


@dataclass(frozen=True)
class Offer:
    """One entry of the list: in how many positions it stands (None: not counted), and what it states in an address."""

    kind: str
    text: str
    count: int | None
    states: tuple[str, str]


def offers(actor: Actor, text: str) -> list[Offer]:
    """Own searches, occupations, companies, skills and titles for a text, in this order; before a letter own searches only."""
    own = history.beginning_with(actor, text, EACH["history"])
    found = [Offer("history", said, None, ("q", said)) for said in own]
    named = searching.suggest(actor, text)
    numbers = _companies(actor, [one.text for one in named if one.kind == "company"])
    for kind in KINDS[1:]:
        of_kind = [one for one in named if one.kind == kind][: EACH[kind]]
        found += [Offer(kind, one.text, one.count, _states(one, numbers)) for one in of_kind]
    # What leads where an own search leads already would stand there twice.
    first: dict[tuple[str, str], Offer] = {}
    for offer in found:
        first.setdefault(offer.states, offer)
    return list(first.values())


def _states(one: Suggested, companies: dict[str, int]) -> tuple[str, str]:
    """The filter by what is named; its words where there is no such filter."""
    if one.kind == "occupation" and (code := occupation_code(one.text)):
        return "occupation", code
    if one.kind == "company" and one.text in companies:
        return "company", str(companies[one.text])
    return "q", one.text


def _companies(actor: Actor, names: Iterable[str]) -> dict[str, int]:
    """Companies by name; two of one name are searched for by it."""
    wanted, found = list(names), {}
    if not wanted:
        return {}
    twice = set()
    for name, pk in companies_visible_to(actor).filter(name__in=wanted).values_list("name", "pk"):
        if name in found:
            twice.add(name)
        found[name] = pk
    return {name: pk for name, pk in found.items() if name not in twice}
