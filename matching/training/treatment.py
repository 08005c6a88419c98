"""How a model treats groups of people it was not fitted on, beside the weighted rules."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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

# At most so many held-out people are ranked for so many positions. Who is among the first twenty counts as selected; of
# fewer than a hundred people the first fifth does, since among all of them everybody would be.
_PEOPLE, _POSITIONS, FIRST, _SHARE = 500, 200, 20, 5


@dataclass(frozen=True)
class Treatment:
    """Figures of all groups under the model; shifts: of those judged against the rules; proxies: of protected ones."""

    audit: Audit
    shifts: dict[str, Shift]
    proxies: dict[str, dict[str, object]]

    def rows(self) -> dict[str, dict[str, float]]:
        """Plain numbers per "attribute: group", for a card; a group judged against the rules has theirs beside."""
        found = self.audit.rows()
        for name, shift in self.shifts.items():
            found[name] |= {
                "rules_ratio": shift.theirs,
                "change_low": shift.low,
                "change_high": shift.high,
                "counts": float(shift.counts),
            }
        return found


def treatment(
    model: Ranker,
    rows: Sequence[Interaction],
    kept: Collection[int],
    *,
    attributes: Attributes,
    groups: Attributes,
    seed: int,
) -> Treatment | None:
    """The people kept back, ranked for positions they were shown; None where nothing was asked.

    attributes: protected, held to four fifths outright; groups: held by the product, compared with the rules. What
    both have together, such as sex × department, is compared with the rules.
    """
    wanted = {**attributes, **groups}
    if not wanted:
        return None
    members, offers = _both_sides(rows, kept)
    own = {name: {who: by[who] for who in by if who in members} for name, by in wanted.items()}
    people = list(members.values())
    ours, rules = (_rankings(ranker, people, offers) for ranker in (model, Baseline()))
    first = min(FIRST, max(1, len(people) // _SHARE))
    found = audit(ours, own, first=first, seed=seed, deciding=attributes.keys())
    protected = {name: own[name] for name in attributes}
    told = proxies(people, offers, protected, seed=seed) if attributes and people else {}
    moved = shifts(ours, rules, own, first=first, seed=seed)
    spared = {name: row for name, row in moved.items() if not _only(name, attributes)}
    return Treatment(found, spared, {name: asdict(proxy) for name, proxy in told.items()})


def _only(name: str, attributes: Attributes) -> bool:
    """Whether "a: group" or "a × b: group" speaks of these attributes alone."""
    return any(name.startswith(f"{one}: ") for one in with_intersections(attributes))


def _both_sides(
    rows: Sequence[Interaction], kept: Collection[int]
) -> tuple[dict[int, Student], list[Position]]:
    """The people judged, and positions they were shown."""
    members: dict[int, Student] = {}
    offers: dict[int, Position] = {}
    for row in rows:
        if row.student.id in kept and (row.student.id in members or len(members) < _PEOPLE):
            members[row.student.id] = row.student
            offers.update((position.id, position) for position in row.shown)
    return members, [offers[id_] for id_ in sorted(offers)][:_POSITIONS]


def _rankings(ranker: Ranker, people: Sequence[Student], offers: Sequence[Position]) -> list[list[int]]:
    scores = full_scores(ranker, people, offers, None)
    ids = [student.id for student in people]
    return [[ids[i] for i in best(scores[:, j], ids, FIRST)] for j in range(len(offers))]
