"""What was delivered: that each stream came whole and in order, and when."""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Tally:
    """Shared by all clients of a run. Times are seconds since 1970, as the journal's are."""

    timing: bool = False
    delivered: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    closed: Counter[int] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    answered: int = 0
    waits: array = field(default_factory=lambda: array("d"))
    _numbers: dict[str, int] = field(default_factory=dict)
    _stream: array = field(default_factory=lambda: array("l"))
    _seq: array = field(default_factory=lambda: array("l"))
    _at: array = field(default_factory=lambda: array("d"))
    _since: array = field(default_factory=lambda: array("d"))

    def event(self, stream: str, seen: int, seq: int) -> bool:
        """Note a delivery; whether it is the next of its stream. One too far ahead is a gap, one not ahead comes again."""
        self.delivered += 1
        if seq == seen + 1:
            return True
        self.wrong["gap" if seq > seen else "again"] += 1
        return seq > seen

    def snapshot(self, seen: int, seq: int) -> None:
        """A snapshot may jump ahead, never back."""
        if seq < seen:
            self.wrong["back"] += 1

    def received(self, stream: str, seq: int, at: float, since: float) -> None:
        """When an event came, and since when that socket was there: what is older was replayed, not delivered late."""
        self._stream.append(self._numbers.setdefault(stream, len(self._numbers)))
        self._seq.append(seq)
        self._at.append(at)
        self._since.append(since)

    def latencies(self, committed: Iterable[tuple[str, int, float]]) -> np.ndarray:
        """Seconds from the journal's row to each receipt of it, given (stream, seq, at) of the journal."""
        times: Mapping[tuple[int, int], float] = {
            (self._numbers[name], seq): at for name, seq, at in committed if name in self._numbers
        }
        rows = zip(self._stream, self._seq, self._at, self._since, strict=True)
        found = (
            at - times[stream, seq]
            for stream, seq, at, since in rows
            if times.get((stream, seq), 0.0) >= since
        )
        return np.fromiter(found, dtype=float)

    @property
    def faults(self) -> int:
        """Answers of HTTP that say the server is at fault."""
        return sum(count for status, count in self.statuses.items() if status >= 500)
