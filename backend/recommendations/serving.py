"""Which ranker answers in this process, and positions as it knows them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

import matching.types as plain
from backend.positions.models import Position
from backend.recommendations import catalogue
from backend.recommendations.convert import as_position
from matching import api as matching

WARMING = "matches"
"""What the start of a process calls reading the ranker and both sides of the market."""
_served: list[tuple[str, int | None]] = []


@dataclass(frozen=True)
class Standing:
    """The ranker that answers: its name, and whether it has learnt from people; False while weighted rules stand in."""

    model: str
    trained: bool


def standing() -> Standing:
    """Let the newest accepted model answer; reads the folder again only when it has changed."""
    folder = Path(settings.MODELS_DIR)
    stamp = (str(folder), folder.stat().st_mtime_ns if folder.is_dir() else None)
    if _served != [stamp]:
        _served[:] = [stamp]
        matching.load(folder)
    return Standing(matching.active_model(), matching.learnt_from() > 0)


def warm() -> None:
    """Read the ranker and both sides of the market into the memory of this process."""
    standing()
    catalogue.positions()
    catalogue.students()


def forget() -> None:
    """Read the folder of models and all rows anew at the next question."""
    _served.clear()
    catalogue.clear()


def plain_positions(rows: Iterable[Position]) -> list[plain.Position]:
    """These positions as matching knows them, from memory where they are published."""
    held = catalogue.positions().held
    return [held.get(row.pk) or as_position(row) for row in rows]
