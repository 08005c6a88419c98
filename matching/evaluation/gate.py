"""Whether a learned model may serve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from matching.evaluation.metrics import interval, mean

FEWEST_PEOPLE = 20


@dataclass(frozen=True)
class Verdict:
    """The gate's answer; `gain` is the mean difference in per-person AUC, with its 95 % interval."""

    accepted: bool
    reason: str
    people: int
    gain: float | None = None
    low: float | None = None
    high: float | None = None


def judge(learned: Mapping[int, float], baseline: Mapping[int, float], *, seed: int = 0) -> Verdict:
    """Accepts when the paired bootstrap over held-out people puts the whole gain above zero."""
    people = sorted(learned.keys() & baseline.keys())
    if len(people) < FEWEST_PEOPLE:
        return Verdict(False, f"{len(people)} held-out people, at least {FEWEST_PEOPLE} needed", len(people))
    gains = [learned[who] - baseline[who] for who in people]
    gain = mean(gains)
    low, high = interval(gains, seed=seed)
    accepted = low > 0
    words = "beats" if accepted else "does not beat"
    reason = (
        f"{words} the weighted rules on {len(people)} held-out people: "
        f"AUC {gain:+.4f}, 95 % interval {low:+.4f} to {high:+.4f}"
    )
    return Verdict(accepted, reason, len(people), gain, low, high)
