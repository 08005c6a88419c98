"""The national codes that ship with the project: read from `data/` for names, loaded into tables for keys."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from django.db import transaction

from backend.schools.models import Division, Occupation

DATA = Path(__file__).parent / "data"
MUNICIPALITIES = ("110000", "120000", "310000", "500000")


@dataclass(frozen=True)
class Place:
    """A province (level 1), city (2) or county (3)."""

    code: str
    name: str
    short_name: str
    parent_code: str
    level: int
    pinyin: str


@cache
def places() -> Mapping[str, Place]:
    """Every place by its code, in order of code; the facts of the shipped file, without a query."""
    rows = ({**row, "level": int(row["level"])} for row in _rows("divisions.csv"))
    return MappingProxyType({row["code"]: Place(**row) for row in rows})


@cache
def occupations() -> Mapping[str, str]:
    """The name of every group and occupation by its code, in order of code, without a query."""
    return MappingProxyType({row["code"]: row["name"] for row in _rows("occupations.csv")})


@cache
def occupations_proper() -> Mapping[str, str]:
    """The occupations without their groups (level 4)."""
    return MappingProxyType(
        {row["code"]: row["name"] for row in _rows("occupations.csv") if row["level"] == "4"}
    )


@transaction.atomic
def load() -> tuple[int, int]:
    """Insert or correct every occupation and place in the tables; returns how many of each there are."""
    listed = [Occupation(**row) for row in _rows("occupations.csv")]
    known = [Division(**row) for row in _rows("divisions.csv")]
    Occupation.objects.bulk_create(
        listed, batch_size=500, update_conflicts=True, unique_fields=["code"], update_fields=["name", "level"]
    )
    Division.objects.bulk_create(
        known,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "short_name", "parent_code", "level", "pinyin"],
    )
    return len(listed), len(known)


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return sorted(csv.DictReader(file), key=lambda row: row["code"])
