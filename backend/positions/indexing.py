"""Keep the search index in step with the rows: what is open now is indexed, everything else forgotten.

An entry in the outbox says only "look at position N again"; the document is made from the row at that moment. Its
version is the sum of the position's and the company's row versions: both only grow, so a later document always has
the greater one, whichever of the two changed.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.db.models import F, QuerySet

from backend.common import outbox
from backend.positions.enums import PositionStatus
from backend.positions.models import Position
from backend.positions.queries import open_now
from backend.schools.models import School
from backend.schools.queries import city_name
from search import api
from search.documents import PositionDocument

BATCH = 500
FairIds = Callable[[Sequence[int]], dict[int, tuple[int, ...]]]
_fair_ids: list[FairIds] = []


def set_fair_ids(of_positions: FairIds) -> None:
    """Set what tells at which fairs positions are shown: {position id: fair ids}; called from ready()."""
    _fair_ids[:] = [of_positions]


def look_again(position_ids: Iterable[int]) -> None:
    """Have positions indexed or forgotten as their rows say then; call inside the transaction of the change."""
    outbox.put_many("positions.index", [({"position": pk}, str(pk)) for pk in position_ids])


def handle_positions(payloads: Sequence[dict[str, Any]]) -> None:
    """Outbox handler: index what is open, forget the rest."""
    ids = {payload["position"] for payload in payloads}
    found = list(documents_of(_open().filter(pk__in=ids)))
    gone = _versioned(Position.objects.filter(pk__in=ids - {document.id for document in found}))
    if found:
        api.index(found)
    if gone:
        api.forget(gone)


def handle_companies(payloads: Sequence[dict[str, Any]]) -> None:
    """Outbox handler: a company changed, so its positions that were ever public are looked at again."""
    ids = {payload["company"] for payload in payloads}
    rows = Position.objects.filter(company_id__in=ids, published_at__isnull=False)
    look_again(rows.exclude(status=PositionStatus.CLOSED).order_by("pk").values_list("pk", flat=True))


def all_documents() -> Iterator[PositionDocument]:
    """Everything that should be findable."""
    yield from documents_of(_open().order_by("pk"))


def all_versions() -> list[tuple[int, int]]:
    """(id, version) of everything that should be findable."""
    return _versioned(_open())


def documents_of(rows: QuerySet[Position]) -> Iterator[PositionDocument]:
    """The documents of these rows, read in batches."""
    circles = _circles()
    batch: list[Position] = []
    for row in rows.iterator(chunk_size=BATCH):
        batch.append(row)
        if len(batch) == BATCH:
            yield from _documents(batch, circles)
            batch = []
    yield from _documents(batch, circles)


def _documents(rows: Sequence[Position], circles: dict[int, tuple[int, ...]]) -> Iterator[PositionDocument]:
    ids = [row.pk for row in rows]
    fairs = _fair_ids[0](ids) if _fair_ids and ids else {}
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
        description=f"{row.duties}\n{row.conditions}",
        skills=tuple(row.skills),
        majors=tuple(row.majors),
        occupation_code=row.occupation_id,
        occupation_name=row.occupation.name,
        city_code=row.city_code,
        city_name=city_name(row.city_code),
        province_code=f"{row.city_code[:2]}0000",
        kind=row.kind,
        education=row.education,
        salary_min=row.salary_min,
        salary_max=row.salary_max,
        openings=row.openings,
        industry=company.industry,
        company_size=company.size,
        published_at=row.published_at,
        expires_at=min(row.expires_at, company.vetted_until),
        school_ids=school_ids,
        fair_ids=fair_ids,
    )


def _open() -> QuerySet[Position]:
    return Position.objects.select_related("company", "occupation").filter(open_now())


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
