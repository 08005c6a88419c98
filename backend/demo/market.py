"""The demo's positions: 5,900 openings in 143 occupations, with titles, duties, pay and places that fit."""

import random
from datetime import timedelta

from django.db import transaction

from backend.common import clock
from backend.companies.enums import CompanyStatus
from backend.companies.models import Company
from backend.demo.families import FAMILIES, Family
from backend.demo.names import CITIES
from backend.positions.enums import PositionStatus
from backend.positions.models import Position
from backend.schools.queries import districts_of
from backend.students.enums import PositionKind

OPENINGS = 5900
CITY_NAMES = {code: name for code, name, _ in CITIES}
CITY_PAY = {"440300": 1.2, "310000": 1.22, "330100": 1.15, "320100": 1.08}
WELFARE = "五险一金；包住，餐补每天15元；每年两次体检；转正后有工龄工资。"


@transaction.atomic
def build_positions(
    rng: random.Random, companies: list[tuple[Company, Family]], openings: int = OPENINGS
) -> list[Position]:
    """Positions of the verified companies, every occupation at least once, and a few in the other states."""
    verified = [
        (company, family) for company, family in companies if company.status == CompanyStatus.VERIFIED
    ]
    rows = [position for company, family in verified for position in _of_company(rng, company, family)]
    rows += _missing(rng, verified, {row.occupation_id for row in rows})
    _spread_openings(rng, rows, openings)
    rows += _in_other_states(rng, verified)
    return Position.objects.bulk_create(rows, batch_size=300)


def _of_company(rng: random.Random, company: Company, family: Family) -> list[Position]:
    own = rng.sample(family.jobs, k=min(len(family.jobs), rng.randint(3, 6)))
    other = rng.choice(FAMILIES)
    return [_position(rng, company, family, job) for job in own] + [
        _position(rng, company, other, rng.choice(other.jobs))
    ]


def _missing(rng: random.Random, verified: list[tuple[Company, Family]], have: set[str]) -> list[Position]:
    """One position for each occupation that chance left out."""
    return [
        _position(rng, rng.choice([company for company, own in verified if own is family]), family, job)
        for family in FAMILIES
        for job in family.jobs
        if job[0] not in have
    ]


def _position(rng: random.Random, company: Company, family: Family, job: tuple[str, str, float]) -> Position:
    code, title, weight = job
    now = clock.now()
    published = now - timedelta(days=rng.randint(1, 45), minutes=rng.randint(0, 1400))
    valid = now + timedelta(days=rng.randint(20, 90))
    kind = rng.choices(list(PositionKind), weights=(75, 20, 5))[0]
    low = (
        round(family.pay * weight * CITY_PAY.get(company.city_code, 1) * rng.uniform(0.88, 1.08) / 100) * 100
    )
    if kind == PositionKind.INTERNSHIP:
        low = round(low * 0.6 / 100) * 100
    skills = rng.sample(family.skills, k=3)
    district, place = _place(company, code)
    position = Position(
        company=company,
        title=title + ("（实习）" if kind == PositionKind.INTERNSHIP else ""),
        kind=kind,
        occupation_id=code,
        openings=1,
        duties="\n".join(
            f"{number}. {duty}。" for number, duty in enumerate(rng.sample(family.duties, k=3), 1)
        ),
        conditions=f"1. 掌握{skills[0]}、{skills[1]}，了解{skills[2]}者更好。\n2. 做事细心，愿意学习，服从安排。\n3. {WELFARE}",
        education=rng.choices(("any", "secondary", "associate", "bachelor"), weights=(15, 25, 55, 5))[0],
        majors=list(rng.sample(family.majors, k=min(2, len(family.majors)))) if rng.random() < 0.7 else [],
        skills=skills,
        graduation_years=[],
        city_code=company.city_code,
        district_code=district,
        place=place,
        salary_min=low,
        salary_max=round(low * rng.uniform(1.2, 1.6) / 100) * 100,
        salary_months=rng.choice((12, 12, 12, 13, 14)),
        deadline=valid.date(),
        expires_at=valid,
        published_at=published,
        created_at=published - timedelta(days=2),
        status=PositionStatus.PUBLISHED,
    )
    _ask_more(random.Random(f"{company.credit_code} {code} {low}"), position, family)
    return position


def _ask_more(rng: random.Random, position: Position, family: Family) -> None:
    """What some positions say besides: a level, what is nice to have, a certificate, the first day of work."""
    if rng.random() < 0.4:
        position.skill_levels = {position.skills[0]: rng.choices((2, 3), weights=(80, 20))[0]}
    if rng.random() < 0.5:
        others = [skill for skill in family.skills if skill not in position.skills]
        position.wanted_skills = rng.sample(others, k=min(len(others), rng.randint(1, 2)))
    if rng.random() < 0.25:
        position.certificates = [rng.choice(family.certificates)]
    if rng.random() < 0.6:
        position.starts_on = position.deadline + timedelta(days=rng.choice((7, 14, 30, 60)))


def _place(company: Company, occupation: str) -> tuple[str, str]:
    """A district of the company's city and a street in it: the company's works lie in several districts."""
    districts = districts_of(company.city_code)
    code, name = districts[sum(map(ord, company.credit_code[-9:] + occupation)) % len(districts)]
    street = company.address[company.address.rindex("区") + 1 :]
    return code, f"{CITY_NAMES[company.city_code]}市{name}{street}"


def _spread_openings(rng: random.Random, rows: list[Position], openings: int) -> None:
    """Deal exactly so many openings among the positions: many small ones, some large."""
    shares = [rng.paretovariate(1.6) for _ in rows]
    scale = (openings - len(rows)) / sum(shares)
    for row, share in zip(rows, shares, strict=True):
        row.openings = 1 + int(share * scale)
    left = openings - sum(row.openings for row in rows)
    for row in rng.sample(rows, k=left % len(rows)):
        row.openings += 1
    for row in rows:
        row.openings += left // len(rows)


def _in_other_states(rng: random.Random, verified: list[tuple[Company, Family]]) -> list[Position]:
    """Drafts, positions in review, paused and closed ones, so that no list is empty."""
    rows = []
    for index, (company, family) in enumerate(verified[:48]):
        row = _position(rng, company, family, rng.choice(family.jobs))
        row.status = [
            PositionStatus.DRAFT,
            PositionStatus.IN_REVIEW,
            PositionStatus.PAUSED,
            PositionStatus.CLOSED,
        ][index % 4]
        row.openings = rng.randint(1, 8)
        if row.status in (PositionStatus.DRAFT, PositionStatus.IN_REVIEW):
            row.published_at = row.expires_at = None
        rows.append(row)
    return rows
