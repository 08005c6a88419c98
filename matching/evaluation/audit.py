"""One answer for all groups and their intersections; see groups.py for the measures."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations

from matching.evaluation.groups import FOUR_FIFTHS, GroupFigures, by_group

FEWEST_SHARE = 0.02
"""Groups under this share of the people are told about, but decide nothing."""
BOTH = " × "


@dataclass(frozen=True)
class Audit:
    """Figures per attribute (or "a × b" for two at once) and group; `worst` is the lowest impact ratio."""

    figures: dict[str, dict[Hashable, GroupFigures]]
    worst: float
    passed: bool

    def rows(self) -> dict[str, dict[str, float]]:
        """Plain numbers per "attribute: group", for a card or a table."""
        return {
            f"{attribute}: {group}": asdict(row)
            for attribute, groups in self.figures.items()
            for group, row in groups.items()
        }


def audit(
    rankings: Sequence[Sequence[int]],
    attributes: Mapping[str, Mapping[int, Hashable]],
    *,
    first: int = 20,
    seed: int = 0,
    deciding: Collection[str] | None = None,
) -> Audit:
    """Impact ratio and exposure per group and intersection of two attributes.

    rankings: person ids, best first, one per position. attributes: name → person id → group, for everybody who
    could have been ranked. Groups under two people in a hundred do not decide whether the audit is passed.
    deciding: the attributes that do, alone and with one another; None: all.
    """
    wanted = with_intersections(attributes)
    asked = set(attributes if deciding is None else deciding)
    figures = {name: by_group(rankings, groups, first=first, seed=seed) for name, groups in wanted.items()}
    counted = [
        row.impact_ratio
        for name, rows in figures.items()
        for row in rows.values()
        if asked.issuperset(name.split(BOTH)) and row.people >= FEWEST_SHARE * len(wanted[name])
    ]
    worst = min(counted, default=1.0)
    return Audit(figures, worst, worst >= FOUR_FIFTHS)


def with_intersections(
    attributes: Mapping[str, Mapping[int, Hashable]],
) -> dict[str, Mapping[int, Hashable]]:
    """The attributes, and every two of them as one: "a × b", for whoever has both."""
    wanted: dict[str, Mapping[int, Hashable]] = dict(attributes)
    for one, other in combinations(sorted(attributes), 2):
        both = attributes[one].keys() & attributes[other].keys()
        wanted[f"{one}{BOTH}{other}"] = {
            who: f"{attributes[one][who]}{BOTH}{attributes[other][who]}" for who in both
        }
    return wanted
