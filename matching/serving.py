"""Which ranker answers now."""

from __future__ import annotations

from pathlib import Path

from matching import artifacts
from matching.rankers.base import Ranker
from matching.rankers.baseline import Baseline

_serving: list[Ranker] = [Baseline()]
_people: list[int] = [0]


def ranker() -> Ranker:
    """The ranker that answers now; the weighted rules until a model was loaded."""
    return _serving[0]


def load(directory: Path) -> str:
    """Serves the newest accepted artifact of the folder, else the weighted rules; says which."""
    found = artifacts.served(directory)
    _serving[0], _people[0] = (Baseline(), 0) if found is None else (found[1], found[0].people)
    return ranker().name


def people() -> int:
    """How many people the ranker that answers has learnt from; 0 for rules, fitted or not."""
    return _people[0]
