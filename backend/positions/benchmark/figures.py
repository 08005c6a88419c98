"""A figure beside its bar, and percentiles."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """A figure and its bar: at most, or at least where `floor`; without a bar it is told, not judged."""

    name: str
    figure: float
    bar: float | None = None
    floor: bool = False

    @property
    def kept(self) -> bool:
        if self.bar is None:
            return True
        return self.figure >= self.bar if self.floor else self.figure <= self.bar

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"kept": self.kept}

    def __str__(self) -> str:
        if self.bar is None:
            return f"       {self.name}: {self.figure:g}"
        word = "kept  " if self.kept else "MISSED"
        return f"{word} {self.name}: {self.figure:g} (bar {'≥' if self.floor else '≤'} {self.bar:g})"


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of all does not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]
