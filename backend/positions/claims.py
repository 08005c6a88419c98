"""Positions a school imported, handed to the company itself once it has registered and been vetted.

An import makes a company nobody belongs to. The real one registers beside it, since whoever types its name or code
must not gain what is public already. Once the registered company is verified, its owners take the imported positions
over where both rows have the same unified social credit code; where only the name is the same, staff of the school
confirm that it is the same company.
"""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.accounts.models import Membership
from backend.audit import domain as audit
from backend.common import clock
from backend.common.errors import Conflict, NotAllowed, NotFound
from backend.companies import rules as company_rules
from backend.companies.domain import retire_company
from backend.companies.enums import CompanyStatus
from backend.companies.models import Company
from backend.companies.queries import companies_visible_to, reachable, recruiter_ids, vetting_staff_ids
from backend.notifications.domain import notify
from backend.positions.enums import PositionStatus
from backend.positions.indexing import look_again
from backend.positions.models import Position
from backend.students.domain.grants import carry_over_grants

IMPORTED = "import"
BY_CODE, BY_NAME = "code", "name"


@dataclass(frozen=True)
class Claim:
    """A verified company, the imported one that seems to be it, what is the same, and how many positions would move."""

    company: Company
    source: Company
    by: str
    positions: int


def claims_visible_to(actor: Actor) -> list[Claim]:
    """What waits to be taken over: an owner's own company, all of the school for its staff, everything else."""
    companies = Company.objects.exclude(source=IMPORTED).filter(reachable())
    match actor.role:
        case Role.OPERATOR:
            pass
        case Role.STAFF if actor.department_id is None:
            companies = companies.filter(school_id=actor.school_id)
        case Role.RECRUITER if actor.company_id is not None:
            companies = companies.filter(pk=actor.company_id)
        case _:
            return []
    return _pairs(companies.order_by("pk"))


@transaction.atomic
def claim_positions(*, actor: Actor, source_id: int) -> int:
    """Take over the positions of the imported company with the own code; how many there were."""
    company = companies_visible_to(actor).filter(pk=actor.company_id or 0).first()
    if company is None:
        raise NotFound()
    if not company_rules.can_edit(actor, company):
        raise NotAllowed("owners_only", _("Only owners of the company may do this."))
    return _take_over(
        actor,
        company,
        source_id,
        by={BY_CODE},
        told=(vetting_staff_ids(company.school_id), f"/staff/companies/{company.pk}/"),
    )


@transaction.atomic
def hand_over_positions(*, actor: Actor, company_id: int, source_id: int) -> int:
    """Staff confirm that an imported company is this one; how many positions went over."""
    company = companies_visible_to(actor).filter(pk=company_id).first()
    if company is None:
        raise NotFound()
    if not company_rules.can_vet(actor, company):
        raise NotAllowed(
            "vetting_school_only", _("Only staff of the school the company registered with may do this.")
        )
    return _take_over(
        actor,
        company,
        source_id,
        by={BY_CODE, BY_NAME},
        told=(recruiter_ids(company.pk), "/company/positions/"),
    )


def _pairs(companies: QuerySet[Company]) -> list[Claim]:
    """Each company with the imported ones of its school that have its code or its name, and something to move."""
    mine = list(companies.annotate(lowered=Lower("name")))
    same: dict[tuple[int, str, str], list[Company]] = {}
    for source in _unclaimed(mine):
        # A source with a code is found by that code, or is another company of the same name.
        by, mark = (BY_CODE, source.credit_code) if source.credit_code else (BY_NAME, source.lowered)
        same.setdefault((source.school_id, by, mark), []).append(source)
    pairs = [
        (company, source, by)
        for company in mine
        for by, mark in ((BY_CODE, company.credit_code), (BY_NAME, company.lowered))
        for source in same.get((company.school_id, by, mark), ())
    ]
    numbers = _movable(pairs)
    return [Claim(*pair, number) for pair, number in zip(pairs, numbers, strict=True) if number]


def _unclaimed(companies: list[Any]) -> QuerySet[Any]:
    """Imported companies nobody belongs to, with positions, that have the code or the name of one of these."""
    people = Membership.objects.filter(company_id=OuterRef("pk"), ended_at__isnull=True)
    return (
        Company.objects.annotate(lowered=Lower("name"))
        .filter(
            Q(credit_code__in={row.credit_code for row in companies} - {""})
            | Q(credit_code="", lowered__in={row.lowered for row in companies}),
            ~Exists(people),
            Exists(Position.objects.filter(company_id=OuterRef("pk"))),
            source=IMPORTED,
            school_id__in={row.school_id for row in companies},
        )
        .order_by("pk")
    )


def _movable(pairs: list[tuple[Company, Company, str]]) -> list[int]:
    """For each pair, how many of the source's positions the company does not hold already; see `_move`."""
    keys: dict[int, list[str]] = {}
    ids = {row.pk for company, source, _by in pairs for row in (company, source)}
    rows = Position.objects.filter(company_id__in=ids) if ids else Position.objects.none()
    for company_id, key in rows.values_list("company_id", "source_key"):
        keys.setdefault(company_id, []).append(key)
    held = {company.pk: set(keys.get(company.pk, ())) - {""} for company, _source, _by in pairs}
    return [
        sum(key not in held[company.pk] for key in keys.get(source.pk, ())) for company, source, _by in pairs
    ]


def _take_over(
    actor: Actor, company: Company, source_id: int, *, by: set[str], told: tuple[list[int], str]
) -> int:
    """Move, put it on record, and tell these people, who find it at that address."""
    if (
        company.status != CompanyStatus.VERIFIED
        or not Company.objects.filter(reachable(), pk=company.pk).exists()
    ):
        raise Conflict("company_not_verified", _("The company is not verified: vet it first."))
    # Of two who take over at once the second waits here and finds nothing left.
    list(Company.objects.select_for_update().filter(pk=source_id))
    claims = _pairs(Company.objects.filter(pk=company.pk))
    claim = next((claim for claim in claims if claim.source.pk == source_id and claim.by in by), None)
    if claim is None:
        raise NotFound()
    source = claim.source
    moved = _move(source, company, same_entity=claim.by == BY_CODE)
    if source.status == CompanyStatus.VERIFIED:
        retire_company(
            actor=actor,
            company_id=source.pk,
            reason=gettext("The company registered itself and took its positions over."),
        )
    entry = audit.record(
        actor=actor,
        verb="company.positions_claimed",
        target=company,
        data={"source": source.pk, "positions": moved, "by": claim.by},
    )
    user_ids, url = told
    notify(
        user_ids=user_ids,
        kind="positions_claimed",
        dedupe_key=f"positions-claimed:{entry.pk}",
        url=url,
        company=company.name,
        number=moved,
    )
    return moved


def _move(source: Company, company: Company, *, same_entity: bool) -> int:
    """Move the rows; consents only to what has the same credit code, for a name may be another's. Versions of a position and its company add up to its document's, which must not fall."""
    rows = Position.objects.filter(company=source)
    held = Position.objects.filter(company=company).exclude(source_key="").values("source_key")
    rows = rows.exclude(source_key__in=held)
    public = list(
        rows.filter(published_at__isnull=False)
        .exclude(status=PositionStatus.CLOSED)
        .values_list("pk", flat=True)
    )
    moved = rows.update(
        company=company,
        division=None,
        version=F("version") + max(0, source.version - company.version) + 1,
        updated_at=clock.now(),
    )
    if same_entity:
        carry_over_grants(from_company_id=source.pk, to_company_id=company.pk)
    look_again(public)
    return moved
