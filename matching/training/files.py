"""Interactions as lines of JSON, so that training runs without a database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Set
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from matching.types import DEEDS, Interaction, Position, Student

Side = TypeVar("Side", Student, Position)
# What a line holds, and how each is written in JSON.
FIELDS: dict[str, Any] = {
    "student": Any,
    "shown": tuple[Any, ...],
    "chosen": tuple[int, ...],
    "at": datetime,
    "deeds": tuple[tuple[int, str], ...],
    "places": tuple[int, ...],
    "propensities": tuple[float, ...],
}
_HINTS = {kind.__name__: get_type_hints(kind) for kind in (Student, Position)}


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
    _same(FIELDS.keys(), body, "showing")
    told = {name: _read(name, body[name], hint) for name, hint in FIELDS.items()}
    moment = told["at"]
    if moment.tzinfo is None:
        raise ValueError(f"at: {body['at']} names no time zone")
    deeds = dict(told["deeds"])
    if unknown := sorted(set(deeds.values()) - DEEDS.keys()):
        raise ValueError(f"deeds: {', '.join(unknown)} is none of {', '.join(DEEDS)}")
    if wrong := [chance for chance in told["propensities"] if not 0 < chance <= 1]:
        raise ValueError(f"propensities: {wrong[0]} is no chance above 0 and up to 1")
    return Interaction(
        _side(Student, told["student"]),
        tuple(_side(Position, item) for item in told["shown"]),
        set(told["chosen"]),
        moment,
        deeds,
        told["places"],
        told["propensities"],
    )


def _plain(side: Student | Position) -> dict[str, Any]:
    return {
        key: value.isoformat() if isinstance(value, date) else value for key, value in asdict(side).items()
    }


def _side(kind: type[Side], body: Any) -> Side:
    hints = _HINTS[kind.__name__]
    _same(hints.keys(), body, kind.__name__)
    return kind(**{key: _read(f"{kind.__name__}.{key}", body[key], hint) for key, hint in hints.items()})


def _same(names: Set[str], body: Any, what: str) -> None:
    if not isinstance(body, dict):
        raise ValueError(f"{what}: an object is needed, not {type(body).__name__}")
    if names != body.keys():
        raise ValueError(f"{what}: fields differ: {sorted(names ^ body.keys())}")


def _read(where: str, value: Any, hint: Any) -> Any:
    """The value as its type says: lists become tuples, texts days and moments; ValueError where it is another."""
    parts = get_args(hint)
    if NoneType in parts:
        return None if value is None else _read(where, value, parts[0])
    if get_origin(hint) is tuple and isinstance(value, list):
        kinds = parts[:1] * len(value) if parts[-1] is Ellipsis else parts
        if len(kinds) == len(value):
            return tuple(_read(where, item, one) for item, one in zip(value, kinds, strict=True))
    if hint in {date, datetime} and isinstance(value, str):
        try:
            return hint.fromisoformat(value)
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from error
    if hint is Any or type(value) is hint or (hint is float and type(value) is int):
        return value
    raise ValueError(f"{where}: {value!r} is no {hint if parts else hint.__name__}")
