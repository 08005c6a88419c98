"""Interactions as lines of JSON, so that training runs without a database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from matching.types import Interaction, Position, Student

Side = TypeVar("Side", Student, Position)
_DAYS = frozenset({"available_from", "published_on", "starts_on", "closes_on"})


def write_interactions(path: Path, rows: Iterable[Interaction]) -> None:
    """One line per showing."""
    with path.open("w", encoding="utf-8") as lines:
        for row in rows:
            body = {
                "student": _plain(row.student),
                "shown": [_plain(position) for position in row.shown],
                "chosen": sorted(row.chosen),
                "at": row.at.isoformat(),
                "deeds": sorted(row.deeds.items()),
                "places": list(row.places),
                "propensities": list(row.propensities),
            }
            lines.write(json.dumps(body, ensure_ascii=False) + "\n")


def read_interactions(path: Path) -> Iterator[Interaction]:
    """The showings of a file; a line with an unknown or absent field is refused with its number."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                body = json.loads(line)
                yield Interaction(
                    _side(Student, body["student"]),
                    tuple(_side(Position, item) for item in body["shown"]),
                    set(body["chosen"]),
                    datetime.fromisoformat(body["at"]),
                    dict(body["deeds"]),
                    tuple(body["places"]),
                    tuple(body["propensities"]),
                )
            except (ValueError, TypeError, KeyError) as error:
                raise ValueError(f"{path.name}, line {number}: {error}") from error


def _plain(side: Student | Position) -> dict[str, Any]:
    return {
        key: value.isoformat() if isinstance(value, date) else value for key, value in asdict(side).items()
    }


def _side(kind: type[Side], body: dict[str, Any]) -> Side:
    names = {field.name for field in fields(kind)}
    if names != body.keys():
        raise ValueError(f"{kind.__name__}: fields differ: {sorted(names ^ body.keys())}")
    return kind(**{key: _value(key, value) for key, value in body.items()})


def _value(key: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(tuple(item) if isinstance(item, list) else item for item in value)
    return date.fromisoformat(value) if key in _DAYS and value is not None else value
