"""Blocks other parts put on a position's page: eligibility and apply, match and its reasons."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from backend.positions.models import Position

Panel = Callable[[HttpRequest, Position], tuple[str, dict[str, Any]] | None]


@dataclass(frozen=True)
class Block:
    """A rendered place on the page: its template with its own context."""

    template: str
    context: dict[str, Any]


_panels: list[tuple[int, Panel]] = []


def register(panel: Panel, *, order: int) -> None:
    """Show what `panel(request, position)` answers, (template, context) or None, lowest order first; from ready()."""
    _panels.append((order, panel))
    _panels.sort(key=lambda entry: entry[0])


def blocks(request: HttpRequest, position: Position) -> list[Block]:
    """The blocks this person gets on this position's page."""
    answers = (panel(request, position) for _order, panel in _panels)
    return [Block(*answer) for answer in answers if answer is not None]
