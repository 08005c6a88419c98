"""Blocks other parts put on a position's page: eligibility and apply, match and its reasons."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from backend.positions.models import Position

Panel = Callable[[HttpRequest, Position], tuple[str, dict[str, Any]] | None]


_panels: list[tuple[int, Panel]] = []


def register(panel: Panel, *, order: int) -> None:
    """Show what `panel(request, position)` answers: (template, context) or None; lowest order first."""
    _panels.append((order, panel))
    _panels.sort(key=lambda entry: entry[0])


def blocks(request: HttpRequest, position: Position) -> list[SafeString]:
    """The rendered blocks this person gets on this position's page."""
    answers = (panel(request, position) for _order, panel in _panels)
    return [render_to_string(*answer, request=request) for answer in answers if answer is not None]
