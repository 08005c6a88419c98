"""Positions a school imported, handed to the company itself once it has registered and been vetted.

An import makes a company nobody belongs to. The real one registers beside it, since whoever types its name or code
must not gain what is public already. Once the registered company is verified, its owners take the imported positions
over where both rows have the same unified social credit code; where only the name is the same, staff of the school
confirm that it is the same company.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, QuerySet
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
    """A verified company, the imported one that seems to be it, its number of positions, and what is the same."""

    company: Company
    source: Company
    positions: int
    by: str


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


def unclaimed() -> QuerySet[Company]:
    """Imported companies nobody belongs to, with the number of their positions."""
    people = Membership.objects.filter(company_id=OuterRef("pk"), ended_at__isnull=True)
    rows = Company.objects.filter(~Exists(people), source=IMPORTED)
    return rows.annotate(held=Count("positions")).filter(held__gt=0)


@transaction.atomic
def claim_positions(*, actor: Actor, source_id: int) -> int:
    """Take over the positions of the imported company with the own code; how many there were."""
    company = companies_visible_to(actor).filter(pk=actor.company_id or 0).first()
    if company is None:
        raise NotFound()
    if not company_rules.can_edit(actor, company):
        raise NotAllowed("owners_only", _("Only owners of the company may do this."))
    moved = _take_over(actor, company, source_id, {BY_CODE})
    _tell(company, vetting_staff_ids(company.school_id), f"/staff/companies/{company.pk}/", source_id, moved)
    return moved


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
    moved = _take_over(actor, company, source_id, {BY_CODE, BY_NAME})
    _tell(company, recruiter_ids(company.pk), "/company/positions/", source_id, moved)
    return moved


def _pairs(companies: Iterable[Company]) -> list[Claim]:
    """Each company with the imported ones of its school that have its code or its name."""
    by_code: dict[tuple[int, str], list[Company]] = {}
    by_name: dict[tuple[int, str], list[Company]] = {}
    for source in unclaimed().order_by("pk"):
        by_code.setdefault((source.school_id, source.credit_code), []).append(source)
        by_name.setdefault((source.school_id, source.name.casefold()), []).append(source)
    claims = []
    for company in companies:
        same = by_code.get((company.school_id, company.credit_code), []) if company.credit_code else []
        named = by_name.get((company.school_id, company.name.casefold()), [])
        claims += [Claim(company, source, source.held, BY_CODE) for source in same]
        # A source with a code is found by that code, or is another company of the same name.
        claims += [Claim(company, source, source.held, BY_NAME) for source in named if not source.credit_code]
    return claims


def _take_over(actor: Actor, company: Company, source_id: int, by: set[str]) -> int:
    if (
        company.status != CompanyStatus.VERIFIED
        or not Company.objects.filter(reachable(), pk=company.pk).exists()
    ):
        raise Conflict("company_not_verified", _("The company is not verified: vet it first."))
    # Of two who take over at once the second waits here and finds nothing left.
    list(Company.objects.select_for_update().filter(pk=source_id))
    claims = [claim for claim in _pairs([company]) if claim.source.pk == source_id and claim.by in by]
    if not claims:
        raise NotFound()
    source = claims[0].source
    moved = _move(source, company, same_entity=claims[0].by == BY_CODE)
    if source.status == CompanyStatus.VERIFIED:
        retire_company(
            actor=actor,
            company_id=source.pk,
            reason=gettext("The company registered itself and took its positions over."),
        )
    audit.record(
        actor=actor,
        verb="company.positions_claimed",
        target=company,
        data={"source": source.pk, "positions": moved, "by": claims[0].by},
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


def _tell(company: Company, user_ids: list[int], url: str, source_id: int, moved: int) -> None:
    params: dict[str, Any] = {"company": company.name, "number": moved}
    notify(
        user_ids=user_ids,
        kind="positions_claimed",
        dedupe_key=f"positions-claimed:{company.pk}:{source_id}:{company.version}",
        url=url,
        **params,
    )
