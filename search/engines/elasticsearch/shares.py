"""How much of the index each filter leaves, as it was counted within the last minutes."""

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

KEPT_SECONDS, MOST = 600.0, 1_000


class Shares:
    """Filters with the share of all positions that each leaves, 0 to 1.

    Estimates, for choosing between two ways to the same hits: what is a few minutes old will do, and a filter nobody has
    counted yet has none.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._known: dict[str, tuple[float, float]] = {}

    def unknown(self, clauses: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Those of these filters that are to be counted; not those by a moment, which are others every second."""
        return [
            clause
            for clause in clauses
            if "published" not in clause.get("range", {}) and self._share(clause) is None
        ]

    def of(self, clauses: Sequence[dict[str, Any]]) -> float:
        """The share that all of these leave, if they have nothing to do with each other; 0 where one is not known."""
        share = 1.0
        for clause in clauses:
            share *= self._share(clause) or 0.0
        return share

    def learn(self, clauses: Sequence[dict[str, Any]], counts: Sequence[int], total: int) -> None:
        """What was counted for these, and among how many."""
        if len(self._known) + len(clauses) > MOST:
            self._known = {}
        until = self.clock() + KEPT_SECONDS
        for clause, count in zip(clauses, counts, strict=True):
            self._known[_key(clause)] = (count / total if total else 0.0, until)

    def _share(self, clause: dict[str, Any]) -> float | None:
        share, until = self._known.get(_key(clause), (None, 0.0))
        return share if self.clock() < until else None


def _key(clause: dict[str, Any]) -> str:
    return json.dumps(clause, sort_keys=True)
