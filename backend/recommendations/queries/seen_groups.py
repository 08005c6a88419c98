"""Which groups of students a reader of cards and trainings may see: a ranker is judged by those of all schools."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.recommendations.queries.groups import HELD
from backend.schools.models import Department, School
from matching.api import BOTH, Card

Row = TypeVar("Row")
GATE = "gate, "
"""Stands before a group's name among the metrics of a card."""
# Up to the next sentence of a verdict: what a school calls its groups may hold any mark.
_LISTED = re.compile(
    r"(?P<before>(?:worse than the rules|worse than the model that serves|under that of the rules) for )"
    r"(?P<names>.+?)(?: and (?P<more>\d+) more)?(?=; (?:worse than |impact ratio |additive-)|\Z)",
    re.DOTALL,
)


@dataclass(frozen=True)
class SeenGroups:
    """Operators see every group. Staff see departments of their own school, and groups that were brought along for
    judging only where no other school is here: whose they are is stored nowhere."""

    actor: Actor

    def called(self, department: str) -> str:
        """The name of a department this person may see, by the key that stands for it; anything else as it is."""
        return self._departments.get(department, department)

    def card(self, card: Card) -> Card:
        """The card without what it tells of other groups."""
        metrics = {
            part: row
            for part, row in card.metrics.items()
            if not part.startswith(GATE) or self._sees(part.removeprefix(GATE))
        }
        return replace(
            card,
            reason=self.message(card.reason),
            metrics=metrics,
            fairness=self._seen(card.fairness),
            proxies=self._seen(card.proxies),
        )

    def message(self, said: str) -> str:
        """What the gate or a training says, other groups counted instead of named."""
        return _LISTED.sub(self._counted, said)

    @cached_property
    def _departments(self) -> dict[str, str]:
        rows = Department.objects.all()
        if self.actor.role != Role.OPERATOR:
            rows = rows.filter(school_id=self.actor.school_id)
        return {str(pk): name for pk, name in rows.values_list("pk", "name")}

    @cached_property
    def _alone(self) -> bool:
        return School.objects.count() < 2

    def _seen(self, rows: Mapping[str, Row]) -> dict[str, Row]:
        return {name: row for name, row in rows.items() if self._sees(name)}

    def _sees(self, name: str) -> bool:
        """Whether "attribute: group", or "a × b: group × group", may be told."""
        if self.actor.role == Role.OPERATOR:
            return True
        attribute, _colon, group = name.partition(": ")
        parts = zip(attribute.split(BOTH), group.split(BOTH), strict=False)
        return all(
            part in self._departments if one == "department" else one in HELD or self._alone
            for one, part in parts
        )

    def _counted(self, found: re.Match[str]) -> str:
        names = found["names"].split(", ")
        seen = [name for name in names if self._sees(name)]
        if len(seen) == len(names):
            return found[0]
        more = int(found["more"] or 0) + len(names) - len(seen)
        return found["before"] + (f"{', '.join(seen)} and {more} more" if seen else f"other groups ({more})")
