"""The rows that are searched, and somebody who changes them all the time through the product's own functions."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.companies import domain as companies
from backend.companies.enums import CompanyStatus
from backend.companies.models import Company
from backend.positions import domain, indexing
from backend.positions.enums import PositionStatus
from backend.positions.models import Position
from search import api
from tests.factories.companies import CompanyFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import OccupationFactory, SchoolFactory

OPERATOR = Actor(role=Role.OPERATOR)
VALIDITY = timedelta(days=100)
TITLES = ("数控操作员", "会计助理", "前端工程师", "电工学徒", "仓库管理员", "Java 开发", "护理员", "叉车司机")


@dataclass
class Ground:
    """Companies with published positions; `suspended` are companies out of sight now."""

    company_ids: list[int]
    position_ids: list[int]
    suspended: list[int] = field(default_factory=list)


def lay(companies_count: int, per_company: int) -> Ground:
    """A school, verified companies and published positions, every engine rebuilt from them."""
    school, occupation = SchoolFactory(), OccupationFactory()
    made = [CompanyFactory(school=school, verified=True) for _ in range(companies_count)]
    rows = [
        PositionFactory.build(
            company=company, occupation=occupation, published=True, title=f"{title}{number}"
        )
        for company in made
        for number, title in zip(range(per_company), TITLES * (per_company // len(TITLES) + 1), strict=False)
    ]
    Position.objects.bulk_create(rows, batch_size=500)
    api.rebuild(indexing.all_documents())
    return Ground([company.pk for company in made], [row.pk for row in rows])


class Writer:
    """Changes one thing after another: entries, pauses, new and closed positions, companies taken out of sight and back."""

    def __init__(self, ground: Ground, seed: int) -> None:
        self.ground, self.random = ground, random.Random(seed)
        self.writes = 0

    def write(self) -> None:
        """One write, drawn by weight; what is not possible in the present state becomes another one."""
        steps: list[tuple[int, Callable[[], None]]] = [
            (50, self._change), (20, self._pause_or_resume), (12, self._publish), (8, self._close), (4, self._delete),
            (6, self._suspend_or_verify),
        ]  # fmt: skip
        weights, acts = zip(*steps, strict=True)
        self.random.choices(acts, weights)[0]()
        self.writes += 1

    def _drawn(self) -> tuple[Position, Actor]:
        while True:
            number = self.random.choice(self.ground.position_ids)
            row = Position.objects.select_related("company", "occupation").filter(pk=number).first()
            if row is not None and row.status in (PositionStatus.PUBLISHED, PositionStatus.PAUSED):
                return row, Actor(role=Role.RECRUITER, company_id=row.company_id)

    def _change(self) -> None:
        row, actor = self._drawn()
        domain.update_position(
            actor=actor, position_id=row.pk, values={"deadline": row.deadline + timedelta(days=1)}
        )

    def _pause_or_resume(self) -> None:
        row, actor = self._drawn()
        act = domain.pause_position if row.status == PositionStatus.PUBLISHED else domain.resume_position
        act(actor=actor, position_id=row.pk)

    def _publish(self) -> None:
        row, _actor = self._drawn()
        if row.company.status != CompanyStatus.VERIFIED:
            return
        made = PositionFactory(company=row.company, occupation=row.occupation, in_review=True)
        domain.decide_position(actor=OPERATOR, position_id=made.pk, publish=True)
        self.ground.position_ids.append(made.pk)

    def _close(self) -> None:
        row, actor = self._drawn()
        domain.close_position(actor=actor, position_id=row.pk)

    def _delete(self) -> None:
        """No page does this; an operator may, by hand in the database, and has the index look again."""
        row, _actor = self._drawn()
        indexing.look_again([row.pk])
        row.delete()

    def _suspend_or_verify(self) -> None:
        if self.ground.suspended:
            company = self.ground.suspended.pop()
            seen = Company.objects.values_list("version", flat=True).get(pk=company)
            companies.decide_vetting(
                actor=OPERATOR,
                company_id=company,
                seen=seen,
                outcome=CompanyStatus.VERIFIED,
                validity=VALIDITY,
            )
            return
        company = self.random.choice(self.ground.company_ids)
        companies.suspend_company(actor=OPERATOR, company_id=company, reason="-")
        self.ground.suspended.append(company)
