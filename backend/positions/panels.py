"""Blocks other parts put on a position's page, as eligibility and match, and tools they put above the results of a search."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from backend.positions.models import Position
from search.query import PositionQuery

Panel = Callable[[HttpRequest, Position], tuple[str, dict[str, Any]] | None]


_panels: list[tuple[int, Panel]] = []
Tool = Callable[[HttpRequest, PositionQuery], tuple[str, dict[str, Any]] | None]
_tools: list[Tool] = []


def register(panel: Panel, *, order: int) -> None:
    """Show what `panel(request, position)` answers: (template, context) or None; lowest order first."""
    _panels.append((order, panel))
    _panels.sort(key=lambda entry: entry[0])


def blocks(request: HttpRequest, position: Position) -> list[SafeString]:
    """The rendered blocks this person gets on this position's page."""
    answers = (panel(request, position) for _order, panel in _panels)
    return [render_to_string(*answer, request=request) for answer in answers if answer is not None]


def register_tool(tool: Tool) -> None:
    """Show above the results of a search what `tool(request, query)` answers: (template, context) or None."""
    if tool not in _tools:
        _tools.append(tool)


def tools(request: HttpRequest, query: PositionQuery) -> list[SafeString]:
    """The rendered tools this person gets for this search."""
    answers = (tool(request, query) for tool in _tools)
    return [render_to_string(*answer, request=request) for answer in answers if answer is not None]
