"""How a model treats groups of people, beside the weighted rules.

Of everybody who was shown something at most 1,000, drawn, are ranked, also those who taught it: what they chose plays no
part here, and the more there are of a group, the smaller a loss that is noticed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from matching.evaluation.audit import BOTH, Audit, audit
from matching.evaluation.gate import Attributes
from matching.evaluation.proxies import proxies
from matching.evaluation.shifts import Shift, shifts
from matching.rankers.base import Ranker
from matching.rankers.baseline import Baseline
from matching.ranking import best
from matching.retrieval import full_scores
from matching.types import Interaction, Position, Student

# At most so many people, drawn, are ranked for so many positions, drawn; who is among the first twenty counts as selected.
_PEOPLE, _POSITIONS, FIRST = 1000, 200, 20
# Two rankers are compared where places are few as well, two for each person: with twenty at each of many positions both
# reach everybody, and nobody sees whom one of them would pass over.
_PLACES = 2


@dataclass(frozen=True)
class Treatment:
    """Figures of all groups under the model; proxies: of protected ones.

    shifts: of groups judged against the rules, among the first twenty; few: the same where places are few.
    """

    audit: Audit
    shifts: dict[str, Shift]
    few: dict[str, Shift]
    proxies: dict[str, dict[str, object]]

    def rows(self) -> dict[str, dict[str, float]]:
        """Plain numbers per "attribute: group", for a card; a group judged against the rules has theirs beside."""
        found = self.audit.rows()
        for name, wide in self.shifts.items():
            few = self.few[name]
            found[name] |= {
                "rules_ratio": wide.theirs,
                "change_low": wide.low,
                "change_high": wide.high,
                "few_ratio": few.ours,
                "few_rules_ratio": few.theirs,
                "few_change_low": few.low,
                "few_change_high": few.high,
                "unfair": float(wide.unfair or few.unfair),
            }
        return found


def treatment(
    model: Ranker,
    rows: Sequence[Interaction],
    groups: Attributes,
    *,
    protected: Collection[str],
    seed: int,
) -> Treatment | None:
    """The people ranked for positions they were shown; None where nothing was asked.

    groups: by attribute; those of protected ones are held to four fifths outright, the others, and what both have
    together, such as sex × department, are compared with the rules.
    """
    if not groups:
        return None
    members, offers = _both_sides(rows, seed)
    own = {name: {who: by[who] for who in by if who in members} for name, by in groups.items()}
    people = list(members.values())
    ours, rules = (_rankings(ranker, people, offers) for ranker in (model, Baseline()))
    found = audit(ours, own, first=FIRST, seed=seed, deciding=protected)
    guarded = {name: own[name] for name in protected}
    told = proxies(people, offers, guarded, seed=seed) if guarded and people else {}
    few = min(FIRST, max(1, -(-_PLACES * len(people) // max(1, len(offers)))))
    wide, narrow = (
        {
            name: row
            for name, row in shifts(ours, rules, own, first=first, seed=seed, among=2).items()
            if not _only(name, protected)
        }
        for first in (FIRST, few)
    )
    # A group too small for figures is named nowhere: its name alone may say who is in it.
    listed = found.rows()
    return Treatment(found, wide, narrow, {name: asdict(row) for name, row in told.items() if name in listed})


def _only(name: str, attributes: Collection[str]) -> bool:
    """Whether "a: group" or "a × b: group" speaks of these attributes alone."""
    return set(name.partition(": ")[0].split(BOTH)) <= set(attributes)


def _both_sides(rows: Sequence[Interaction], seed: int) -> tuple[dict[int, Student], list[Position]]:
    """People, the first shown something first, and positions they were shown; drawn where they are too many."""
    members = {row.student.id: row.student for row in rows}
    people = _drawn(members, _PEOPLE, seed)
    offers = {place.id: place for row in rows if row.student.id in people for place in row.shown}
    places = _drawn(offers, _POSITIONS, seed)
    return {who: members[who] for who in members if who in people}, [offers[id_] for id_ in sorted(places)]


def _drawn(ids: Collection[int], most: int, seed: int) -> set[int]:
    if len(ids) <= most:
        return set(ids)
    return set(np.random.default_rng(seed).choice(sorted(ids), most, replace=False).tolist())


def _rankings(ranker: Ranker, people: Sequence[Student], offers: Sequence[Position]) -> list[list[int]]:
    scores = full_scores(ranker, people, offers, None)
    ids = [student.id for student in people]
    return [[ids[i] for i in best(scores[:, j], ids, FIRST)] for j in range(len(offers))]
