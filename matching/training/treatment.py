"""How a model treats groups of people, beside the weighted rules.

Everybody who was shown something is ranked, also those who taught it: what they chose plays no part here, and the more there
are of a group, the smaller a loss that is noticed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from matching.evaluation.audit import Audit, audit, with_intersections
from matching.evaluation.gate import Attributes
from matching.evaluation.proxies import proxies
from matching.evaluation.shifts import Shift, shifts
from matching.rankers.base import Ranker
from matching.rankers.baseline import Baseline
from matching.ranking import best
from matching.retrieval import full_scores
from matching.types import Interaction, Position, Student

# At most so many people are ranked for so many positions; who is among the first twenty counts as selected.
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
    *,
    attributes: Attributes,
    groups: Attributes,
    seed: int,
) -> Treatment | None:
    """The people ranked for positions they were shown; None where nothing was asked.

    attributes: protected, held to four fifths outright; groups: held by the product, compared with the rules. What
    both have together, such as sex × department, is compared with the rules.
    """
    wanted = {**attributes, **groups}
    if not wanted:
        return None
    members, offers = _both_sides(rows)
    own = {name: {who: by[who] for who in by if who in members} for name, by in wanted.items()}
    people = list(members.values())
    ours, rules = (_rankings(ranker, people, offers) for ranker in (model, Baseline()))
    found = audit(ours, own, first=FIRST, seed=seed, deciding=attributes.keys())
    protected = {name: own[name] for name in attributes}
    told = proxies(people, offers, protected, seed=seed) if attributes and people else {}
    few = min(FIRST, max(1, -(-_PLACES * len(people) // max(1, len(offers)))))
    wide, narrow = (
        {
            name: row
            for name, row in shifts(ours, rules, own, first=first, seed=seed, among=2).items()
            if not _only(name, attributes)
        }
        for first in (FIRST, few)
    )
    # A group too small for figures is named nowhere: its name alone may say who is in it.
    listed = found.rows()
    return Treatment(found, wide, narrow, {name: asdict(row) for name, row in told.items() if name in listed})


def _only(name: str, attributes: Attributes) -> bool:
    """Whether "a: group" or "a × b: group" speaks of these attributes alone."""
    return any(name.startswith(f"{one}: ") for one in with_intersections(attributes))


def _both_sides(rows: Sequence[Interaction]) -> tuple[dict[int, Student], list[Position]]:
    """People, the first shown something first, and positions they were shown."""
    members: dict[int, Student] = {}
    offers: dict[int, Position] = {}
    for row in rows:
        if row.student.id in members or len(members) < _PEOPLE:
            members[row.student.id] = row.student
            offers.update((position.id, position) for position in row.shown)
    return members, [offers[id_] for id_ in sorted(offers)][:_POSITIONS]


def _rankings(ranker: Ranker, people: Sequence[Student], offers: Sequence[Position]) -> list[list[int]]:
    scores = full_scores(ranker, people, offers, None)
    ids = [student.id for student in people]
    return [[ids[i] for i in best(scores[:, j], ids, FIRST)] for j in range(len(offers))]
