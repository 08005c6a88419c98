"""The filters beside the results of a search: what can be chosen, what is chosen, and the addresses without it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.companies.queries import companies_visible_to
from backend.positions import searching
from backend.positions.interfaces import labels
from backend.schools.queries import city_name, occupation_groups
from search.documents import occupation_prefix
from search.query import PositionQuery
from search.results import SearchPage

DAYS = (1, 3, 7, 30)
FLOORS = (3000, 5000, 8000, 10_000, 15_000, 20_000)
CONTROLS = {"salary", "province", "occupation", "days", "fair"}
"""What a select of the form states; everything else that is chosen goes along in hidden fields."""

Fairs = Callable[[Actor], list[tuple[int, str]]]
_fairs: list[Fairs] = []


def set_fairs(listed_for: Fairs) -> None:
    """Set what lists the fairs somebody may choose, (id, name); called from ready()."""
    _fairs[:] = [listed_for]


def fairs_for(actor: Actor) -> list[tuple[int, str]]:
    """The fairs whose positions can be asked for."""
    return _fairs[0](actor) if _fairs else []


def panel(actor: Actor, query: PositionQuery, answer: SearchPage, state: Mapping[str, Any]) -> dict[str, Any]:
    """What the panel shows: selects, groups of links, chips of what is chosen, fields that go along."""
    chosen = searching.chosen(query)
    fairs = fairs_for(actor)
    sorted_by = {name: kept for name, kept in state.items() if name in ("q", "sort")}
    return {
        "selects": _selects(query, answer, fairs),
        "groups": labels.facet_groups(
            [facet for facet in answer.facets if facet.name != "province"],
            state,
            within=query.filters.occupation,
        ),
        "chips": _chips(named(actor, query, dict(fairs)), state),
        "clear_url": "?" + urlencode(sorted_by),
        "hidden": [(name, value) for name, value in chosen.items() if name not in CONTROLS],
    }


def _selects(query: PositionQuery, answer: SearchPage, fairs: list[tuple[int, str]]) -> list[dict[str, Any]]:
    """Filters of which one value is chosen from a list, as the selects of the form."""
    filters = query.filters
    asked = [
        ("salary", _("Pay at least"), _("Any pay"), _floors(filters.salary_floor), filters.salary_floor),
        ("province", _("Province"), _("Any province"), _provinces(filters.province_code, answer), filters.province_code),
        ("occupation", _("Group of occupations"), _("Any occupation"), _groups(filters.occupation), filters.occupation),
        ("days", _("Time of publication"), _("At any time"), _days(filters.published_within_days), filters.published_within_days),
        ("fair", _("Brought to a fair"), _("Any fair or none"), _listed(filters.fair_id, fairs), filters.fair_id),
    ]  # fmt: skip
    return [
        {"name": name, "label": label, "any": nothing, "options": options, "value": value}
        for name, label, nothing, options, value in asked
        if options
    ]


def _provinces(chosen: str, answer: SearchPage) -> list[tuple[str, str]]:
    counted = next((dict(facet.counts) for facet in answer.facets if facet.name == "province"), {})
    if chosen:
        counted.setdefault(chosen, 0)
    return [(code, f"{city_name(code)} {counted[code]}") for code in sorted(counted)]


def _groups(chosen: str) -> list[tuple[str, str]]:
    """The major groups; below what is chosen, and below the groups above it, those of the next level.

    What is chosen has the code by which the address names it: 6-18 is the group 6-18-00-00.
    """
    stem = occupation_prefix(chosen)
    listed = [
        (chosen if occupation_prefix(code) == stem else code, name) for code, name in _below("", chosen)
    ]
    if chosen and chosen not in dict(listed):
        listed.insert(0, (chosen, labels.facet_value("occupation", chosen)))
    return listed


def _below(group: str, chosen: str, depth: int = 0) -> list[tuple[str, str]]:
    found = []
    for code, name in occupation_groups(group):
        found.append((code, "　" * depth + name))
        if f"{occupation_prefix(chosen)}-".startswith(f"{occupation_prefix(code)}-"):
            found += _below(code, chosen, depth + 1)
    return found


def _floors(chosen: int | None) -> list[tuple[int, str]]:
    return [(floor, _("%(floor)s yuan and more") % {"floor": floor}) for floor in _with(chosen, FLOORS)]


def _days(chosen: int | None) -> list[tuple[int, str]]:
    return [(days, _within(days)) for days in _with(chosen, DAYS)]


def _with(chosen: int | None, offered: Iterable[int]) -> list[int]:
    return sorted({*offered, *([chosen] if chosen else [])})


def _listed(chosen: int | None, fairs: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """A fair that an address names stays to be chosen, though it is over: what is no option is lost with the next change."""
    return fairs if not chosen or chosen in dict(fairs) else [*fairs, (chosen, str(chosen))]


def _within(days: int) -> str:
    return _("Published in the last %(days)s days") % {"days": days}


def _chips(values: Iterable[tuple[str, str, str]], state: Mapping[str, Any]) -> list[dict[str, str]]:
    """Each value in use, with the address without it."""
    return [
        {"label": label, "url": "?" + urlencode(labels.without(state, name, one))}
        for name, one, label in values
    ]


def named(
    actor: Actor, query: PositionQuery, fairs: Mapping[int, str] | None = None
) -> list[tuple[str, str, str]]:
    """Each value that a query filters by: the filter's name in the address, the value, and words.

    `fairs` by their number, for whoever has them at hand.
    """
    chosen = searching.chosen(query)
    if fairs is None:
        fairs = dict(fairs_for(actor)) if "fair" in chosen else {}
    return [
        (name, one, _chip_label(actor, name, one, fairs))
        for name, value in chosen.items()
        for one in (str(value).split(",") if name in labels.SEVERAL else [str(value)])
    ]


def _chip_label(actor: Actor, name: str, value: str, fairs: Mapping[int, str]) -> str:
    match name:
        case "company":
            company = companies_visible_to(actor).filter(pk=int(value)).first()
            return company.name if company else value
        case "salary":
            return _("At least %(salary)s yuan") % {"salary": value}
        case "days":
            return _within(int(value))
        case "qualified":
            return _("Only those I qualify for")
        case "fair":
            return fairs.get(int(value), value)
    return labels.facet_value(name, value)
