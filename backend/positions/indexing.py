"""Keep the search index in step with the rows: what is open now is indexed, everything else forgotten.

An entry in the outbox says only "look at position N again"; the document is made from the row at that moment. Its
version is the sum of the position's and the company's row versions: both only grow, so of two documents that differ
in what these rows say the later one has the greater version.

At which fairs a position is shown is in neither row, and leaves the version as it is: of equal versions the engines keep
what was written last. Two relays that handle one position in the same moment can so leave the fairs of the slower one,
which stay until the position is looked at again, and a comparison of versions does not see it. Raising the version
would cost more: whoever has the position's form open could not save what they typed, because a booth was approved.

Every engine is fed on its own. What one of them does not take now waits for it under CATCH_UP, however long it is
away, while the others go on.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import structlog
from django.db.models import F, Min, QuerySet

from backend.common import clock, outbox
from backend.common.models import OutboxEntry
from backend.companies.domain import REACHABILITY_TOPIC
from backend.positions.enums import PositionStatus
from backend.positions.models import Position
from backend.positions.queries import open_now
from backend.schools.models import School
from backend.schools.queries import place_names
from search import api
from search.documents import PositionDocument, visibility

log = structlog.get_logger(__name__)

BATCH = 500
INDEX, CATCH_UP = "positions.index", "positions.catch_up"
TOPICS = (INDEX, REACHABILITY_TOPIC, CATCH_UP)
PAUSE = timedelta(seconds=1)
# Indexing twice is harmless, so what a killed indexer held comes again soon.
LEASE = timedelta(seconds=5)
# The version of what is not in the database any more: nothing can be newer.
NO_MORE = 2**53
FairIds = Callable[[Sequence[int]], dict[int, tuple[int, ...]]]
_fair_ids: list[FairIds] = []
Listener = Callable[[Collection[int]], None]
_listeners: list[Listener] = []


def set_fair_ids(of_positions: FairIds) -> None:
    """Set what tells at which fairs positions are shown: {position id: fair ids}; called from ready()."""
    _fair_ids[:] = [of_positions]


def fair_ids_of(position_ids: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """The fairs at which positions are shown; those at none are left out."""
    return _fair_ids[0](position_ids) if _fair_ids and position_ids else {}


def listen(heard: Listener) -> None:
    """Have `heard(ids)` called when positions were looked at again, whatever came of it; called from ready().

    It may be told of the same change twice and of changes out of order: the rows say what holds.
    """
    if heard not in _listeners:
        _listeners.append(heard)


def look_again(position_ids: Iterable[int]) -> None:
    """Have positions indexed or forgotten as their rows say then; call inside the transaction of the change."""
    outbox.put_many(INDEX, [({"position": pk}, str(pk)) for pk in position_ids])


def handle_positions(payloads: Sequence[dict[str, Any]]) -> None:
    """Outbox handler: feed every engine; what one does not take now is put down for it alone."""
    ids = {payload["position"] for payload in payloads}
    found, gone = as_they_are(ids)
    for engine, error in api.feed_all(found, gone).items():
        log.warning("indexing_postponed", engine=engine, positions=len(ids), error=str(error)[:300])
        rows = [({"position": pk, "engine": engine}, f"{engine}:{pk}") for pk in sorted(ids)]
        outbox.put_many(CATCH_UP, rows)
    _tell(ids)


def _tell(ids: Collection[int]) -> None:
    for heard in _listeners:
        heard(ids)


def handle_catch_up(payloads: Sequence[dict[str, Any]]) -> None:
    """Outbox handler: what an engine missed, as the rows are now; waits until it is back."""
    wanted: dict[str, set[int]] = {}
    for payload in payloads:
        wanted.setdefault(payload["engine"], set()).add(payload["position"])
    away = []
    for engine in sorted(wanted.keys() & set(api.engine_names())):
        try:
            api.feed(engine, *as_they_are(wanted[engine]))
        except api.EngineUnavailable as error:
            away.append(f"{engine}: {error}")
        else:
            _tell(wanted[engine])
    if away:
        raise outbox.Postponed(PAUSE, "; ".join(away))


def as_they_are(ids: Collection[int]) -> tuple[list[PositionDocument], list[tuple[int, int]]]:
    """Documents of what is open now, and (id, version) of the rest of these ids."""
    found = list(documents_of(_open(by_id=True).filter(pk__in=ids)))
    rest = set(ids) - {document.id for document in found}
    gone = list(_versioned(Position.objects.filter(pk__in=rest))) if rest else []
    gone += [(pk, NO_MORE) for pk in sorted(rest - {pk for pk, _ in gone})]
    return found, gone


def waiting() -> dict[str, float]:
    """For how many seconds the oldest write has waited for each engine that does not have everything."""
    rows = OutboxEntry.objects.filter(dead_at__isnull=True)
    since = {}
    everybody = rows.filter(topic__in=[INDEX, REACHABILITY_TOPIC]).aggregate(first=Min("created_at"))["first"]
    for engine in api.engine_names():
        own = rows.filter(topic=CATCH_UP, payload__engine=engine).aggregate(first=Min("created_at"))["first"]
        moments = [moment for moment in (everybody, own) if moment is not None]
        if moments:
            since[engine] = max(0.0, (clock.now() - min(moments)).total_seconds())
    return since


def complete_index() -> None:
    """Periodic job: build what was never built, is of an older schema, or was lost with its server."""
    if names := api.incomplete():
        try:
            api.rebuild(all_documents(), only=names)
        except api.EngineUnavailable as error:
            log.warning("index_not_completed", engines=names, error=str(error)[:300])


def handle_companies(payloads: Sequence[dict[str, Any]]) -> None:
    """Outbox handler: a company changed, so its positions that were ever public are looked at again."""
    ids = {payload["company"] for payload in payloads}
    rows = Position.objects.filter(company_id__in=ids, published_at__isnull=False)
    look_again(rows.exclude(status=PositionStatus.CLOSED).order_by("pk").values_list("pk", flat=True))


def all_documents() -> Iterator[PositionDocument]:
    """Everything that should be findable, read in batches: a row is as old as its batch, not as the first one."""
    circles = _circles()
    last = 0
    while rows := list(_open(by_id=True).filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield from _documents(rows, circles)
        last = rows[-1].pk


def all_standings() -> Iterator[tuple[int, int, int]]:
    """(id, version, checksum of visibility) of everything that should be findable, by id."""
    circles = _circles()
    columns = (
        "pk",
        F("version") + F("company__version"),
        "company__school_id",
        "expires_at",
        "company__vetted_until",
    )
    for pk, version, school, expires, vetted in _open().order_by("pk").values_list(*columns).iterator(5_000):
        yield pk, version, visibility(circles[school], min(expires, vetted))


def documents_of(rows: QuerySet[Position]) -> Iterator[PositionDocument]:
    """The documents of these rows."""
    return _documents(list(rows), _circles())


def _documents(rows: Sequence[Position], circles: dict[int, tuple[int, ...]]) -> Iterator[PositionDocument]:
    fairs = fair_ids_of([row.pk for row in rows])
    for row in rows:
        yield document_of(row, circles[row.company.school_id], fairs.get(row.pk, ()))


def document_of(
    row: Position, school_ids: tuple[int, ...], fair_ids: tuple[int, ...] = ()
) -> PositionDocument:
    """A row as search knows it."""
    company = row.company
    return PositionDocument(
        id=row.pk,
        version=row.version + company.version,
        title=row.title,
        company=company.name,
        company_id=company.pk,
        description="\n".join([row.duties, row.conditions, *row.certificates]),
        skills=(*row.skills, *row.wanted_skills),
        majors=tuple(row.majors),
        occupation_code=row.occupation_id,
        occupation_name=row.occupation.name,
        city_code=row.city_code,
        province_code=f"{row.city_code[:2]}0000",
        district_code=row.district_code,
        places=place_names(row.district_code or row.city_code),
        kind=row.kind,
        education=row.education,
        salary_min=row.salary_min,
        salary_max=row.salary_max,
        openings=row.openings,
        experience_months=row.experience_months,
        graduation_years=tuple(row.graduation_years),
        industry=company.industry,
        company_size=company.size,
        published_at=row.published_at,
        expires_at=min(row.expires_at, company.vetted_until),
        school_ids=school_ids,
        fair_ids=fair_ids,
    )


def _open(*, by_id: bool = False) -> QuerySet[Position]:
    return Position.objects.select_related("company", "occupation").filter(open_now(by_id=by_id))


def _versioned(rows: QuerySet[Position]) -> list[tuple[int, int]]:
    return list(rows.order_by("pk").values_list("pk", F("version") + F("company__version")))


def _circles() -> dict[int, tuple[int, ...]]:
    """Each school with the schools of its alliance, itself included."""
    members: dict[int, list[int]] = {}
    pairs = list(School.objects.order_by("pk").values_list("pk", "alliance_id"))
    for pk, alliance in pairs:
        if alliance is not None:
            members.setdefault(alliance, []).append(pk)
    return {pk: tuple(members[alliance]) if alliance is not None else (pk,) for pk, alliance in pairs}
