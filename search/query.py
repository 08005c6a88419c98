"""The question, as plain data: text, filters, facets, sort and page. It knows no engine."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Literal, TypeAlias

from search.terms import QueryTerms, analyse

FACETS = ("occupation", "city", "kind", "education", "industry", "company_size")
# What can be counted; a search counts FACETS unless it is asked for others.
COUNTABLE = (*FACETS, "province", "district", "major")
SORTS = ("relevance", "date", "salary", "fit")
MAX_SIZE = 100
"""A page; whoever wants all hits at once, to order them, may ask for a whole window."""
MAX_WINDOW = 2_000
LONGEST_CURSOR = 120

Sort: TypeAlias = Literal["relevance", "date", "salary", "fit"]
Cursor: TypeAlias = tuple[float, int]


@dataclass(frozen=True)
class Qualification:
    """What somebody has to offer, to find only positions that ask for no more: level of education (see
    `documents.EDUCATION_LEVELS`), months of experience (None: however much is asked for), majors and years of graduation."""

    education: str = "any"
    experience_months: int | None = 0
    majors: tuple[str, ...] = ()
    graduation_years: tuple[int, ...] = ()


@dataclass(frozen=True)
class Filters:
    """What hits must satisfy; an empty field does not restrict.

    `school_ids` is the scope of who asks: positions visible to any of these schools; None (operators only) is
    no scope, and an empty tuple sees nothing. `ids`: only these positions, for whoever asks about a handful; None is all.
    """

    school_ids: tuple[int, ...] | None = ()
    occupation: str = ""
    city_code: str = ""
    province_code: str = ""
    kind: str = ""
    education: str = ""
    salary_floor: int | None = None
    industry: str = ""
    company_id: int | None = None
    company_size: str = ""
    fair_id: int | None = None
    published_within_days: int | None = None
    district_codes: tuple[str, ...] = ()
    majors: tuple[str, ...] = ()
    qualification: Qualification | None = None
    ids: tuple[int, ...] | None = None

    @property
    def narrow(self) -> bool:
        """Whether they leave out any of what the person may see."""
        return self != Filters(school_ids=self.school_ids)


@dataclass(frozen=True)
class PositionQuery:
    """One search. `cursor` continues after the last hit of a page and wins over `page` (1 is the first).

    `exact` asks for the text and the filters as they are, neither corrected nor widened. The sort `fit` is that of who
    asks: engines know no person and answer it by relevance, for the caller to put in order. `synonyms` are those that
    hold for who asks (see `synonyms.extended`), None those of the data file.
    """

    text: str = ""
    filters: Filters = field(default_factory=Filters)
    facets: tuple[str, ...] = ()
    sort: Sort = "relevance"
    page: int = 1
    size: int = 20
    cursor: str = ""
    now: datetime | None = None
    exact: bool = False
    synonyms: Mapping[str, tuple[str, ...]] | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.sort not in SORTS:
            raise ValueError(f"sort must be one of {SORTS}, not {self.sort!r}")
        if unknown := set(self.facets) - set(COUNTABLE):
            raise ValueError(f"unknown facets: {sorted(unknown)}")
        if self.size < 1:
            raise ValueError("size must be at least 1")
        if self.page < 1 or self.page * self.size > MAX_WINDOW:
            raise ValueError(f"page × size must be 1 to {MAX_WINDOW}")
        read_cursor(self.cursor)

    @cached_property
    def terms(self) -> QueryTerms:
        """The text as engines run it; whoever reads a query more than once has it taken apart once."""
        return analyse(self.text, strict=self.sort != "relevance", table=self.synonyms)


def write_cursor(value: float, position_id: int) -> str:
    """The place of a hit in the order, as text that goes through a URL."""
    return base64.urlsafe_b64encode(json.dumps([value, position_id]).encode()).decode().rstrip("=")


def read_cursor(text: str) -> Cursor | None:
    """The place that `write_cursor` wrote; ValueError for anything else, and for numbers that no engine could hold."""
    if not text:
        return None
    try:
        if len(text) > LONGEST_CURSOR:
            raise ValueError(text[:LONGEST_CURSOR])
        value, position_id = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        place = float(value), int(position_id)
        if not (abs(place[0]) <= 2**53 and 0 <= place[1] < 2**63):
            raise ValueError(place)
    except (binascii.Error, UnicodeDecodeError, TypeError, OverflowError, ValueError) as error:
        raise ValueError("the cursor was not written by this search") from error
    return place
