"""Ask search for positions, as this person: scope in, rows out. Hits are read again through the visibility query."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.utils.datastructures import MultiValueDict

from backend.accounts.actor import ANONYMOUS, Actor
from backend.accounts.enums import Role
from backend.common import clock
from backend.positions import hits, personal
from backend.positions.queries import open_positions_visible_to
from backend.schools.queries import districts_of
from backend.wording.queries import table_of
from search import api
from search.query import FACETS, MAX_WINDOW, SORTS, Filters, PositionQuery, read_cursor
from search.results import SearchPage
from search.suggesting import Suggested

SIZE = 20
SUGGESTED = 24
WORDS = ("occupation", "city_code", "province_code", "kind", "education", "industry", "company_size")
NUMBERS = ("salary_floor", "company_id", "fair_id", "published_within_days")
# Several values of which a position needs one, parted by commas: (how many are heard, how long each may be).
LISTS = {"district_codes": (20, 6), "majors": (10, 60)}
ALIASES = {
    "city": "city_code",
    "province": "province_code",
    "company": "company_id",
    "salary": "salary_floor",
    "days": "published_within_days",
    "fair": "fair_id",
    "district": "district_codes",
    "major": "majors",
}
PAGE_FACETS = (
    "occupation", "province", "city", "district", "kind", "education", "major", "industry", "company_size",
)  # fmt: skip
"""What the page counts beside a search, districts only once there is a city to choose them in."""


def read_query(params: Mapping[str, str], *, size: int = SIZE, actor: Actor | None = None) -> PositionQuery:
    """The query an address states; what makes no sense is left out, never an error.

    `qualified=1`, only what somebody qualifies for, makes sense for an `actor` who applies for positions; `after`, the place
    behind which a page begins, in the order of the engine.
    """
    named = {ALIASES.get(name, name): value.strip() for name, value in params.items() if value.strip()}
    words = {name: named[name][:60] for name in WORDS if name in named}
    numbers = {name: int(named[name]) for name in NUMBERS if _is_number(named.get(name, ""))}
    qualified = actor is not None and named.get("qualified") == "1"
    qualification = personal.qualification_of(actor) if actor is not None and qualified else None
    lists = {name: _several(named.get(name, ""), *bounds) for name, bounds in LISTS.items()}
    page = int(named["page"]) if _is_number(named.get("page", "")) else 1
    sort = named["sort"] if named.get("sort") in SORTS else "relevance"
    return PositionQuery(
        text=named.get("q", "")[:200],
        filters=_one_place(Filters(**words, **numbers, **lists, qualification=qualification)),
        facets=FACETS,
        sort=sort,  # type: ignore[arg-type]
        page=min(max(page, 1), MAX_WINDOW // size),
        size=size,
        cursor=_place(named.get("after", "")) if sort != "fit" else "",
        exact=named.get("exact") == "1",
    )


def joined(params: MultiValueDict[str, str]) -> dict[str, str]:
    """The parameters of an address by name, values of one that may stand there several times parted by commas."""
    several = {*LISTS, *(name for name, field in ALIASES.items() if field in LISTS)}
    return {
        name: ",".join(values) if name in several else values[-1] for name, values in params.lists() if values
    }


def counting(query: PositionQuery) -> PositionQuery:
    """The same query with the facets that the page shows."""
    return replace(
        query, facets=tuple(name for name in PAGE_FACETS if name != "district" or query.filters.city_code)
    )


def _place(text: str) -> str:
    try:
        read_cursor(text)
    except ValueError:
        return ""
    return text


def _several(text: str, most: int, longest: int) -> tuple[str, ...]:
    values = (value.strip()[:longest] for value in text.split(","))
    return tuple(dict.fromkeys(value for value in values if value))[:most]


def _one_place(filters: Filters) -> Filters:
    """Without a city outside the province and without districts outside the city: the wider place was chosen last."""
    city, province = filters.city_code, filters.province_code
    if city and province and city[:2] != province[:2]:
        city = ""
    inside = filters.district_codes
    if city and inside:
        known = {code for code, _name in districts_of(city)}
        inside = tuple(code for code in inside if code in known)
    elif province:
        inside = tuple(code for code in inside if code[:2] == province[:2])
    return replace(filters, city_code=city, district_codes=inside)


def scoped(actor: Actor, query: PositionQuery) -> PositionQuery:
    """The same query within what this person may see, with the synonyms of the own school."""
    filters = replace(query.filters, school_ids=_scope(actor))
    if actor.role == Role.RECRUITER:
        filters = replace(filters, company_id=actor.company_id)
    synonyms = table_of(actor.school_id) if query.text.strip() else None
    return replace(query, filters=filters, now=clock.now(), synonyms=synonyms)


def find(actor: Actor, query: PositionQuery, columns: tuple[str, ...] = ()) -> tuple[SearchPage, list[Any]]:
    """A page of hits with their rows; a hit whose row may not be seen at this moment is left out."""
    page = api.find_positions(scoped(actor, query))
    return page, visible(actor, page.ids, columns)


def visible(actor: Actor, ids: Sequence[int], columns: tuple[str, ...] = ()) -> list[Any]:
    """Rows of hits in their order, without those that may not be seen at this moment; with these columns alone, if any are named
    (see `hits.read`)."""
    if columns:
        found = hits.read(actor, ids, columns)
    else:
        found = open_positions_visible_to(actor, by_id=True).in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def count(actor: Actor, query: PositionQuery, facets: tuple[str, ...]) -> SearchPage:
    """The number of hits and the facets asked for, without rows; corrected and widened as a search is."""
    return api.find_positions(scoped(actor, replace(query, facets=facets, page=1, size=1)))


def warm() -> None:
    """Search once, so that the first who does need not wait for the index, the vectors and the encoder."""
    find(ANONYMOUS, PositionQuery("会计", facets=FACETS))


def suggest(actor: Actor, text: str) -> list[Suggested]:
    """Titles, occupations, companies and skills that begin with what is being typed, in characters or in pinyin."""
    if not text.strip():
        return []
    return api.suggest(text[:60], SUGGESTED, school_ids=_scope(actor), now=clock.now())


def _scope(actor: Actor) -> tuple[int, ...] | None:
    """Visitors and operators see every open position, everybody else those of the own circle."""
    if actor.role in {Role.ANONYMOUS, Role.OPERATOR, Role.SYSTEM}:
        return None
    return actor.school_ids


def address_of(query: PositionQuery) -> str:
    """Words and filters of a query as an address states them: one text for the same search, in whatever order and page."""
    lists = {name: tuple(sorted(getattr(query.filters, name))) for name in LISTS}
    state = chosen(replace(query, filters=replace(query.filters, **lists)))
    if text := " ".join(query.text.split()).casefold():
        state["q"] = text
    return urlencode(sorted(state.items()))


def query_at(actor: Actor, address: str) -> PositionQuery:
    """The query that such a text states when this person asks."""
    params: MultiValueDict[str, str] = MultiValueDict()
    for name, value in parse_qsl(address):
        params.appendlist(name, value)
    return read_query(joined(params), actor=actor)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 9


def chosen(query: PositionQuery) -> dict[str, Any]:
    """The filters in use, by the names they have in an address."""
    back = {value: name for name, value in ALIASES.items()}
    qualified = {"qualified": 1} if query.filters.qualification else {}
    found = qualified | {
        back.get(name, name): getattr(query.filters, name)
        for name in (*WORDS, *NUMBERS, *LISTS)
        if getattr(query.filters, name)
    }
    return {name: ",".join(value) if isinstance(value, tuple) else value for name, value in found.items()}
