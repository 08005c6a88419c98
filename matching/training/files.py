"""Interactions as lines of JSON, so that training runs without a database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from matching.types import DEEDS, Interaction, Position, Student

Side = TypeVar("Side", Student, Position)
FIELDS = ("student", "shown", "chosen", "at", "deeds", "places", "propensities")
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
    """The showings of a file; ValueError with the number of a line that is not one and what is wrong with it."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield _showing(json.loads(line))
            except (ValueError, TypeError, RecursionError) as error:
                raise ValueError(f"{path.name}, line {number}: {error}") from error


def _showing(body: Any) -> Interaction:
    _same(set(FIELDS), body, "showing")
    moment = datetime.fromisoformat(body["at"])
    if moment.tzinfo is None:
        raise ValueError(f"at: {body['at']} names no time zone")
    deeds = dict(body["deeds"])
    if unknown := sorted(set(deeds.values()) - DEEDS.keys()):
        raise ValueError(f"deeds: {', '.join(unknown)} is none of {', '.join(DEEDS)}")
    if wrong := [chance for chance in body["propensities"] if not 0 < chance <= 1]:
        raise ValueError(f"propensities: {wrong[0]} is no chance above 0 and up to 1")
    return Interaction(
        _side(Student, body["student"]),
        tuple(_side(Position, item) for item in body["shown"]),
        set(body["chosen"]),
        moment,
        deeds,
        tuple(body["places"]),
        tuple(body["propensities"]),
    )


def _plain(side: Student | Position) -> dict[str, Any]:
    return {
        key: value.isoformat() if isinstance(value, date) else value for key, value in asdict(side).items()
    }


def _side(kind: type[Side], body: dict[str, Any]) -> Side:
    _same({field.name for field in fields(kind)}, body, kind.__name__)
    return kind(**{key: _value(f"{kind.__name__}.{key}", key, value) for key, value in body.items()})


def _same(names: set[str], body: Any, what: str) -> None:
    if not isinstance(body, dict):
        raise ValueError(f"{what}: an object is needed, not {type(body).__name__}")
    if names != body.keys():
        raise ValueError(f"{what}: fields differ: {sorted(names ^ body.keys())}")


def _value(where: str, key: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(tuple(item) if isinstance(item, list) else item for item in value)
    if key not in _DAYS or value is None:
        return value
    try:
        return date.fromisoformat(value)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{where}: {error}") from error
