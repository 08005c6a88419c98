"""What is indexed of a position. Raising SCHEMA_VERSION makes every engine build a new index."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

SCHEMA_VERSION = 6

# Levels a position may ask for, lowest first; a person is shown what asks for their own level or less.
EDUCATION_LEVELS = ("any", "secondary", "associate", "bachelor", "master", "doctor")


@dataclass(frozen=True)
class PositionDocument:
    """A position as plain data: searchable text, filterable fields, who may see it, and the row's version.

    `places` names where the work is, in every form people write: 江苏, 江苏省, 苏州, suzhou.
    """

    id: int
    version: int
    title: str
    company: str
    company_id: int
    description: str = ""
    skills: tuple[str, ...] = ()
    majors: tuple[str, ...] = ()
    occupation_code: str = ""
    occupation_name: str = ""
    city_code: str = ""
    province_code: str = ""
    district_code: str = ""
    places: tuple[str, ...] = ()
    kind: str = ""
    education: str = "any"
    salary_min: int | None = None
    salary_max: int | None = None
    openings: int = 1
    experience_months: int = 0
    graduation_years: tuple[int, ...] = ()
    industry: str = ""
    company_size: str = ""
    published_at: datetime = field(kw_only=True)
    expires_at: datetime | None = None
    school_ids: tuple[int, ...] = ()
    fair_ids: tuple[int, ...] = ()


def visibility(school_ids: Iterable[int], expires_at: datetime | None) -> int:
    """A checksum of who may find a position and until when (whole seconds), to compare index and database by."""
    until = int(expires_at.timestamp()) if expires_at else 0
    return zlib.crc32(f"{sorted(school_ids)} {until}".encode())


def occupation_prefix(code: str) -> str:
    """A code or the beginning of one without its empty levels: 4-07-00-00 -> 4-07."""
    parts = code.strip().split("-")
    while len(parts) > 1 and parts[-1] in {"00", ""}:
        parts.pop()
    return "-".join(parts)


def occupation_path(code: str) -> list[str]:
    """Every level above a code and the code itself: 4-07-03-01 -> 4, 4-07, 4-07-03, 4-07-03-01."""
    parts = occupation_prefix(code).split("-") if code.strip() else []
    return ["-".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
