"""Which ranker answers now."""

from __future__ import annotations

from pathlib import Path

from matching import artifacts
from matching.rankers.base import Ranker
from matching.rankers.baseline import Baseline

_serving: list[Ranker] = [Baseline()]


def ranker() -> Ranker:
    """The ranker that answers now; the weighted rules until a model was loaded."""
    return _serving[0]


def load(directory: Path) -> str:
    """Serves the newest accepted artifact of the folder, else the weighted rules; says which."""
    _serving[0] = artifacts.newest_accepted(directory) or Baseline()
    return ranker().name
