"""What an engine must do, and the shape of a document that all engines store."""

import abc
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import accumulate, islice
from typing import Any, Protocol, TypeAlias, TypeVar

from search.documents import (
    EDUCATION_LEVELS,
    PositionDocument,
    occupation_path,
    occupation_prefix,
    visibility,
)
from search.fusion import Ranked
from search.query import Cursor, Filters, PositionQuery
from search.results import Facet, SearchPage
from search.semantics import key_of
from search.suggesting import entries
from search.text import tokens, vocabulary
from search.vectors import VectorFile

T = TypeVar("T")
NEVER = 253_402_300_799
TEXT_FIELDS = {
    "title": 4.0,
    "occupation_name": 2.0,
    "skills": 2.0,
    "company": 1.5,
    "places": 1.5,
    "description": 1.0,
}
# Where words are looked for to say how good a hit is, with their weights: the short facts about a position count as one
# field, which is a third of the work of looking in each (Robertson, Zaragoza and Taylor, "Simple BM25 extension to multiple
# weighted fields", 2004). What only raises a hit is looked for in its title alone.
FACTS, RAISING_FIELD = "facts", "title"
SCORED_FIELDS = {"title": 4.0, FACTS: 2.0, "description": 1.0}
# Every word of a position, whatever field it stands in: for counting, where it is all the same.
EVERYWHERE = "everywhere"
FACET_FIELDS = {
    "occupation": "occupation_code",
    "city": "city_code",
    "kind": "kind",
    "education": "education",
    "industry": "industry",
    "company_size": "company_size",
    "province": "province_code",
    "district": "district_code",
    "major": "majors",
}
KEYWORDS = (*FACET_FIELDS.values(), "occupation_path")
# What words are corrected to, and what names are completed from: only the embedded engine does either.
VOCABULARY, SUGGESTED = "vocabulary", "suggested"
EMBEDDED_ONLY = (VOCABULARY, SUGGESTED)
NUMBERS = (
    "salary_most",
    "published",
    "expires",
    "openings",
    "live",
    "company_id",
    "experience_months",
    "education_level",
    "any_major",
    "any_year",
    "visibility",
    "meaning",
)
NUMBER_LISTS = ("school_ids", "fair_ids", "graduation_years")
# Fields that are stored as they are.
PLAIN = (
    "city_code",
    "province_code",
    "district_code",
    "kind",
    "education",
    "industry",
    "company_size",
    "company_id",
    "openings",
    "experience_months",
)
SYNONYM_WEIGHT = 0.5
RAISING_WEIGHT = 0.1
SORT_FIELDS = {"date": "published", "salary": "salary_most"}
FACET_LIMIT = 50


# A document as an engine stores it: `stored` or `tombstone`.
Row: TypeAlias = dict[str, Any]
# Id, version and checksum of visibility of something that can be found.
Standing: TypeAlias = tuple[int, int, int]
BUILD_BATCH = 1_000


class EngineUnavailable(Exception):
    """The engine cannot answer now: not reachable, too slow, its index absent or locked. Try again later."""


class DocumentRefused(Exception):
    """The engine answers but will not take a document, however often it comes."""


class Build(Protocol):
    """An index being built beside the one in use, which meanwhile receives every write too."""

    def add(self, rows: Sequence[Row]) -> None:
        """Store rows read from the database; what a write brought meanwhile stays."""

    def finish(self) -> None:
        """Put the new index in the place of the old one, in one step."""

    def discard(self) -> None:
        """Leave everything as it was; never raises EngineUnavailable."""


class SearchEngine(Protocol):
    """One index of positions. Writes carry versions: an older one than what is stored changes nothing."""

    name: str

    def find(self, query: PositionQuery) -> SearchPage: ...
    def count(self) -> int: ...

    def write(self, rows: Sequence[Row]) -> None: ...
    def build(self) -> Build: ...
    def complete(self) -> bool: ...
    def standings(self, now: datetime | None = None) -> Iterator[Standing]: ...


class Storage(abc.ABC):
    """What every engine's writing half can do once it can `write` rows and `build` an index."""

    vectors: VectorFile | None = None

    @abc.abstractmethod
    def write(self, rows: Sequence[Row]) -> None:
        """Store rows; one older than what is there changes nothing."""

    @abc.abstractmethod
    def build(self) -> Build:
        """Begin an index beside the one in use."""

    def index(self, documents: Sequence[PositionDocument]) -> None:
        """Store documents; repeats and old versions change nothing."""
        self.write(rows(documents, self.vectors))

    def forget(self, versions: Sequence[tuple[int, int]]) -> None:
        """Make positions unfindable from these (id, version) on."""
        self.write([tombstone(position_id, version) for position_id, version in versions])

    def rebuild(self, documents: Iterable[PositionDocument]) -> int:
        """Build anew from these documents and swap; the number of documents."""
        return fill([self.build()], documents, self.vectors)


def fill(
    builds: Sequence[Build], documents: Iterable[PositionDocument], vectors: VectorFile | None = None
) -> int:
    """Analyse once, store in every build, swap each; the number of documents.

    An engine that gives up keeps its old index while the others go on; EngineUnavailable names it at the end.
    """
    left, failed, written = list(builds), [], 0

    def each(step: Callable[[Build], None]) -> None:
        for build in list(left):
            try:
                step(build)
            except (EngineUnavailable, DocumentRefused) as error:
                left.remove(build)
                failed.append(str(error))
                build.discard()

    try:
        for batch in batches(documents, BUILD_BATCH):
            analysed = rows(batch, vectors)
            each(lambda build, analysed=analysed: build.add(analysed))
            written += len(batch)
            if not left:
                break
    except BaseException:  # whatever ends it, Ctrl-C too, nothing half-built may stay in the way of the next
        for build in left:
            build.discard()
        raise
    each(lambda build: build.finish())
    if failed:
        raise EngineUnavailable("; ".join(failed))
    return written


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in lists of at most `size`."""
    left = iter(items)
    while batch := list(islice(left, size)):
        yield batch


def newest(rows: Iterable[Row]) -> list[Row]:
    """One row per id: the greatest version, the last of equal ones."""
    kept: dict[int, Row] = {}
    for row in rows:
        if row["id"] not in kept or row["version"] >= kept[row["id"]]["version"]:
            kept[row["id"]] = row
    return list(kept.values())


def rows(documents: Sequence[PositionDocument], vectors: VectorFile | None = None) -> list[Row]:
    """Documents as every engine stores them, analysed once for all engines; `vector` only where there are some."""
    made = [stored(document) for document in documents]
    if vectors is not None and documents:
        _, found = vectors.of([document.title for document in documents])
        for row, vector in zip(made, found, strict=True):
            row["vector"] = vector
    return made


def stored(document: PositionDocument) -> Row:
    """A document as fields with the analysed words, the same for every engine."""
    pay = [amount for amount in (document.salary_max, document.salary_min) if amount is not None]
    said = _said(document)
    return {
        "id": document.id,
        "version": document.version,
        "live": 1,
        **said,
        FACTS: " ".join(said[name] for name in TEXT_FIELDS if name not in SCORED_FIELDS),
        "meaning": key_of(document.title),
        VOCABULARY: words_of(document),
        SUGGESTED: entries(document),
        "occupation_code": document.occupation_code,
        "occupation_path": occupation_path(document.occupation_code),
        "majors": list(document.majors),
        **{name: getattr(document, name) for name in PLAIN},
        "education_level": _level(document.education),
        "any_major": int(not document.majors),
        "any_year": int(not document.graduation_years),
        "salary_most": pay[0] if pay else 0,
        "published": int(document.published_at.timestamp()),
        "expires": int(document.expires_at.timestamp()) if document.expires_at else NEVER,
        "school_ids": list(document.school_ids),
        "fair_ids": list(document.fair_ids),
        "graduation_years": list(document.graduation_years),
        "visibility": visibility(document.school_ids, document.expires_at),
    }


def words_of(document: PositionDocument) -> list[str]:
    """The words that a misspelt one may be taken for, each once.

    Of places only their pinyin (suzhou): the first letters of their Chinese names (js, hj) would be taken for words of work.
    """
    spelt = filter(str.isascii, document.places)
    return vocabulary(" , ".join([document.title, document.occupation_name, *document.skills, *spelt]))


def _said(document: PositionDocument) -> dict[str, str]:
    """The analysed words of each text field."""
    return {
        "title": " ".join(tokens(document.title)),
        "company": " ".join(tokens(document.company)),
        "occupation_name": " ".join(tokens(document.occupation_name)),
        "skills": " ".join(tokens(" , ".join(document.skills))),
        # Each once: a place is not more of a place because its name is written in several ways.
        "places": " ".join(dict.fromkeys(tokens(" , ".join(document.places)))),
        "description": " ".join(tokens(document.description)),
    }


def everywhere(row: Row) -> list[str]:
    """Every word of a position once, whatever field it stands in."""
    return list(dict.fromkeys(token for name in TEXT_FIELDS for token in row[name].split()))


def _level(education: str) -> int:
    """The place of a level among all; what is unknown asks for nothing."""
    return EDUCATION_LEVELS.index(education) if education in EDUCATION_LEVELS else 0


def unexpired(now: datetime | None) -> int:
    """The smallest `expires` of what can still be found."""
    return int((now or datetime.now(UTC)).timestamp()) + 1


def tombstone(position_id: int, version: int) -> Row:
    """What stays of a forgotten position, so that a late, older write cannot bring it back."""
    return {"id": position_id, "version": version, "live": 0}


def exact_filters(filters: Filters) -> dict[str, list[Any]]:
    """Field -> values of which a hit must have one."""
    wanted: dict[str, list[Any]] = {}
    if filters.ids is not None:
        wanted["id"] = list(filters.ids)
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
    if filters.district_codes:
        wanted["district_code"] = list(filters.district_codes)
    if filters.majors:
        wanted["majors"] = list(filters.majors)
    return wanted


def qualifying(filters: Filters) -> list[list[tuple[str, Sequence[Any], int | None]]]:
    """What a hit may ask for at most, for a person to qualify: all of these rules, of each one alternative.

    An alternative is a field with the values of which it must have one, or with the greatest value it may have.
    """
    person = filters.qualification
    if person is None:
        return []
    months = person.experience_months
    return [
        [("education_level", (), _level(person.education))],
        *([] if months is None else [[("experience_months", (), months)]]),
        [("any_major", (1,), None), ("majors", person.majors, None)],
        [("any_year", (1,), None), ("graduation_years", person.graduation_years, None)],
    ]


def facet(name: str, buckets: Sequence[Any]) -> Facet:
    """What an engine counted: the most frequent values first, equal ones in order, the empty value left out.

    A level of education has what asks for it or for less, as its filter finds.
    """
    counts = [(str(bucket["key"]), int(bucket["doc_count"])) for bucket in buckets if bucket["key"]]
    if name == "education":
        own = dict(counts)
        levels = [level for level in EDUCATION_LEVELS if level in own]
        counts = list(zip(levels, accumulate(own[level] for level in levels), strict=True))
    return Facet(name, tuple(sorted(counts, key=lambda count: (-count[1], count[0]))))


def after(ranked: Sequence[Ranked], cursor: Cursor) -> Sequence[Ranked]:
    """What follows a hit. Its id is looked for first, since scores move together while the index changes."""
    place = next((number for number, hit in enumerate(ranked) if hit[1] == cursor[1]), None)
    if place is not None:
        return ranked[place + 1 :]
    return [hit for hit in ranked if (hit[0], hit[1]) < cursor]


def lower_bounds(query: PositionQuery) -> dict[str, int]:
    """Field -> smallest value a hit may have; expired positions never pass."""
    now = int((query.now or datetime.now(UTC)).timestamp())
    bounds = {"expires": unexpired(query.now)}
    if query.filters.salary_floor is not None:
        bounds["salary_most"] = query.filters.salary_floor
    if query.filters.published_within_days is not None:
        bounds["published"] = now - query.filters.published_within_days * 86_400
    return bounds


# The filters that a facet is counted without, so that its other values stay visible: its own, and those of places within.
FACET_FILTERS: dict[str, tuple[str, ...]] = {
    "occupation": ("occupation_path",),
    "province": ("province_code", "city_code", "district_code"),
    "city": ("city_code", "district_code"),
    "district": ("district_code",),
    "major": ("majors",),
} | {name: (name,) for name in ("kind", "education", "industry", "company_size")}
