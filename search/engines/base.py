"""What an engine must do, and the shape of a document that all engines store."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol, TypeAlias

from search.documents import EDUCATION_LEVELS, PositionDocument, occupation_path, occupation_prefix
from search.query import Cursor, Filters, PositionQuery
from search.results import SearchPage
from search.text import normalise, tokens

NEVER = 253_402_300_799
TEXT_FIELDS = {"title": 4.0, "occupation_name": 2.0, "skills": 2.0, "company": 1.5, "description": 1.0}
FACET_FIELDS = {
    "occupation": "occupation_code",
    "city": "city_code",
    "kind": "kind",
    "education": "education",
    "industry": "industry",
    "company_size": "company_size",
}
KEYWORDS = (*FACET_FIELDS.values(), "province_code", "occupation_path", "majors", "title_key")
NUMBERS = (
    "salary_min",
    "salary_max",
    "salary_sort",
    "published",
    "expires",
    "openings",
    "live",
    "company_id",
)
NUMBER_LISTS = ("school_ids", "fair_ids")
SORT_FIELDS = {"date": "published", "salary": "salary_sort"}
FACET_LIMIT = 50


# Sort key, id and version of a hit.
Ranked: TypeAlias = tuple[float, int, int]


class EngineUnavailable(Exception):
    """The engine cannot answer now: not reachable, too slow, or its index is locked."""


class SearchEngine(Protocol):
    """One index of positions. Writes carry versions: an older one than what is stored changes nothing."""

    name: str

    def find(self, query: PositionQuery) -> SearchPage: ...
    def suggest(self, text: str, limit: int, school_ids: tuple[int, ...] | None) -> list[str]: ...
    def index(self, documents: Sequence[PositionDocument]) -> None: ...
    def forget(self, versions: Sequence[tuple[int, int]]) -> None: ...
    def rebuild(self, documents: Iterable[PositionDocument]) -> int: ...
    def versions(self) -> Iterator[tuple[int, int]]: ...
    def count(self) -> int: ...


def stored(document: PositionDocument) -> dict[str, Any]:
    """A document as fields with the analysed words, the same for every engine."""
    pay = [amount for amount in (document.salary_max, document.salary_min) if amount is not None]
    return {
        "id": document.id,
        "version": document.version,
        "live": 1,
        "title": " ".join(tokens(document.title)),
        "company": " ".join(tokens(document.company)),
        "occupation_name": " ".join(tokens(document.occupation_name)),
        "skills": " ".join(tokens(" , ".join(document.skills))),
        "description": " ".join(tokens(document.description)),
        "title_key": normalise(document.title)[:100],
        "occupation_code": document.occupation_code,
        "occupation_path": occupation_path(document.occupation_code),
        "majors": list(document.majors),
        **{name: getattr(document, name) for name in ("city_code", "province_code", "kind", "education")},
        **{name: getattr(document, name) for name in ("industry", "company_size", "company_id", "openings")},
        "salary_min": document.salary_min or 0,
        "salary_max": pay[0] if pay else 0,
        "salary_sort": pay[0] if pay else 0,
        "published": int(document.published_at.timestamp()),
        "expires": int(document.expires_at.timestamp()) if document.expires_at else NEVER,
        "school_ids": list(document.school_ids),
        "fair_ids": list(document.fair_ids),
    }


def tombstone(position_id: int, version: int) -> dict[str, Any]:
    """What stays of a forgotten position, so that a late, older write cannot bring it back."""
    return {"id": position_id, "version": version, "live": 0}


def exact_filters(filters: Filters) -> dict[str, list[Any]]:
    """Field -> values of which a hit must have one."""
    wanted: dict[str, list[Any]] = {}
    if filters.school_ids is not None:
        wanted["school_ids"] = list(filters.school_ids)
    if filters.occupation:
        wanted["occupation_path"] = [occupation_prefix(filters.occupation)]
    for name in ("city_code", "province_code", "kind", "industry", "company_size"):
        if getattr(filters, name):
            wanted[name] = [getattr(filters, name)]
    if filters.education:
        level = EDUCATION_LEVELS.index(filters.education) if filters.education in EDUCATION_LEVELS else -1
        wanted["education"] = list(EDUCATION_LEVELS[: level + 1])
    if filters.company_id is not None:
        wanted["company_id"] = [filters.company_id]
    if filters.fair_id is not None:
        wanted["fair_ids"] = [filters.fair_id]
    if filters.majors:
        wanted["majors"] = list(filters.majors)
    return wanted


def after(ranked: list[Ranked], cursor: Cursor) -> list[Ranked]:
    """What follows a hit. Its id is looked for first, since scores move together while the index changes."""
    place = next((number for number, hit in enumerate(ranked) if hit[1] == cursor[1]), None)
    if place is not None:
        return ranked[place + 1 :]
    return [hit for hit in ranked if (hit[0], hit[1]) < cursor]


def lower_bounds(query: PositionQuery) -> dict[str, int]:
    """Field -> smallest value a hit may have; expired positions never pass."""
    now = int((query.now or datetime.now(UTC)).timestamp())
    bounds = {"expires": now + 1}
    if query.filters.salary_floor is not None:
        bounds["salary_max"] = query.filters.salary_floor
    if query.filters.published_within_days is not None:
        bounds["published"] = now - query.filters.published_within_days * 86_400
    return bounds


# The filter that a facet is counted without, so that its other values stay visible.
FACET_FILTERS = {"occupation": "occupation_path", "city": "city_code"} | {
    name: name for name in ("kind", "education", "industry", "company_size")
}
