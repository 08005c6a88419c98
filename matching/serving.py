"""Which ranker answers now."""

from __future__ import annotations

import logging
from pathlib import Path

from matching import artifacts
from matching.rankers.base import Ranker
from matching.rankers.baseline import Baseline

_log = logging.getLogger(__name__)
_serving: list[Ranker] = [Baseline()]


def ranker() -> Ranker:
    """The ranker that answers now; the weighted rules until a model was loaded."""
    return _serving[0]


def load(directory: Path) -> str:
    """Serves the newest accepted artifact of the folder, else the weighted rules; says which."""
    _serving[0] = _newest(directory) or Baseline()
    return ranker().name


def _newest(directory: Path) -> Ranker | None:
    for path in artifacts.newest_first(directory):
        try:
            card, model = artifacts.read(path)
        except artifacts.ArtifactError as error:
            _log.warning("model not served: %s", error)
            continue
        if card.accepted and model is not None:
            return model
    return None
