"""Whether a learned model may serve."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from matching.evaluation.audit import Audit
from matching.evaluation.groups import FOUR_FIFTHS
from matching.evaluation.metrics import interval, mean
from matching.evaluation.shifts import Shift

FEWEST_PEOPLE = 20
# A verdict names at most so many groups; the others stand on the card.
_NAMED = 4
Attributes = Mapping[str, Mapping[int, Hashable]]


@dataclass(frozen=True)
class Verdict:
    """The gate's answer; `gain` is the mean difference in per-person AUC, with its 95 % interval.

    groups: the same per group of people, "attribute: group" → people, gain, low, high.
    """

    accepted: bool
    reason: str
    people: int
    gain: float | None = None
    low: float | None = None
    high: float | None = None
    groups: dict[str, dict[str, float]] = field(default_factory=dict)


def judge(
    learned: Mapping[int, float],
    baseline: Mapping[int, float],
    *,
    seed: int = 0,
    serving: Mapping[int, float] | None = None,
    attributes: Attributes | None = None,
    audit: Audit | None = None,
    shifts: Sequence[Mapping[str, Shift]] = (),
) -> Verdict:
    """Accepts what beats the rules, is not beaten by what serves, leaves no group behind and favours none.

    All on held-out people, by paired bootstrap: the whole interval of the gain over the rules above zero; the whole
    interval of the gain over the serving model not below zero, nor that over either in any group; the lowest impact
    ratio of the audit at least four fifths; no group of any of `shifts` below four fifths and surely below what the
    rules give it.
    """
    people = sorted(learned.keys() & baseline.keys())
    if len(people) < FEWEST_PEOPLE:
        return Verdict(False, f"{len(people)} held-out people, at least {FEWEST_PEOPLE} needed", len(people))
    gain, low, high = _gain(learned, baseline, seed)
    groups = _per_group(learned, baseline, attributes or {}, seed)
    words = "beats" if low > 0 else "does not beat"
    reason = (
        f"{words} the weighted rules on {len(people)} held-out people: "
        f"AUC {gain:+.4f}, 95 % interval {low:+.4f} to {high:+.4f}"
    )
    against = [] if low > 0 else [""]
    if serving is not None and (lost := _gain(learned, serving, seed))[2] < 0:
        against.append(f"; worse than the model that serves: AUC {lost[0]:+.4f}")
    if behind := _behind(groups):
        against.append(f"; worse than the rules for {_named(behind)}")
    if serving is not None and (behind := _behind(_per_group(learned, serving, attributes or {}, seed))):
        against.append(f"; worse than the model that serves for {_named(behind)}")
    if audit is not None and not audit.passed:
        against.append(f"; impact ratio {audit.worst:.2f}, at least {FOUR_FIFTHS:.2f} needed")
    if unfair := list(dict.fromkeys(name for by in shifts for name, shift in by.items() if shift.unfair)):
        against.append(
            f"; impact ratio under {FOUR_FIFTHS:.2f} and under that of the rules for {_named(unfair)}"
        )
    return Verdict(not against, reason + "".join(against), len(people), gain, low, high, groups)


def _gain(one: Mapping[int, float], other: Mapping[int, float], seed: int) -> tuple[float, float, float]:
    gains = [one[who] - other[who] for who in sorted(one.keys() & other.keys())]
    return (mean(gains), *interval(gains, seed=seed)) if gains else (0.0, 0.0, 0.0)


def _behind(groups: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Groups whose whole interval lies below zero."""
    return sorted(name for name, row in groups.items() if row["high"] < 0)


def _named(groups: Sequence[str]) -> str:
    left = len(groups) - _NAMED
    return ", ".join(groups[:_NAMED]) + (f" and {left} more" if left > 0 else "")


def _per_group(
    learned: Mapping[int, float], baseline: Mapping[int, float], attributes: Attributes, seed: int
) -> dict[str, dict[str, float]]:
    """Groups of fewer than twenty held-out people are left out: they would decide by luck."""
    found = {}
    for attribute, groups in sorted(attributes.items()):
        for group in sorted({str(value) for value in groups.values()}):
            members = {who for who, value in groups.items() if str(value) == group}
            ours = {who: learned[who] for who in members & learned.keys() & baseline.keys()}
            if len(ours) < FEWEST_PEOPLE:
                continue
            gain, low, high = _gain(ours, baseline, seed)
            found[f"{attribute}: {group}"] = {"people": len(ours), "gain": gain, "low": low, "high": high}
    return found
