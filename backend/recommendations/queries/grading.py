"""Pairs that two people grade, each without the other's word, and what comes of it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.common.errors import Conflict, NotAllowed, NotFound
from backend.positions.queries import positions_visible_to
from backend.recommendations import rules
from backend.recommendations.enums import Fit
from backend.recommendations.models import DrawnPair, Grade, GraderSeat, GradingRound
from backend.students.queries import students_visible_to
from matching.api import Agreement, agreement

Graded = tuple[int, int, int, float]
"""Pair, seat, grade, and the pair's score."""


@dataclass(frozen=True)
class Comparison:
    """How far a round is, and once both have graded everything, how well they and the ranker agree."""

    round: GradingRound
    pairs: int
    graded: dict[int, int]
    agreement: Agreement | None
    mean_scores: dict[int, float]
    table: dict[tuple[int, int], int]

    @property
    def taken(self) -> bool:
        """Whether two people grade already."""
        return all(self.graded.values())

    @property
    def complete(self) -> bool:
        """Whether two people have graded every pair."""
        return self.agreement is not None


def rounds_visible_to(actor: Actor) -> QuerySet[GradingRound]:
    """Rounds of the own school; only staff who see the whole school grade."""
    if not rules.can_grade(actor):
        raise NotAllowed()
    return GradingRound.objects.filter(school_id=actor.school_id).order_by("-at", "-pk")


def round_for(actor: Actor, round_id: int) -> GradingRound:
    """One round of the own school."""
    found = rounds_visible_to(actor).filter(pk=round_id).first()
    if found is None:
        raise NotFound()
    return found


def pairs_visible_to(actor: Actor) -> QuerySet[DrawnPair]:
    """Drawn pairs whose student and position this person may still see, in order."""
    return (
        DrawnPair.objects.filter(
            student__in=students_visible_to(actor).order_by(),
            position__in=positions_visible_to(actor).order_by(),
        )
        .select_related("student__major", "position__company", "position__occupation")
        .order_by("number")
    )


def to_grade(actor: Actor, round_: GradingRound, number: int | None = None) -> DrawnPair | None:
    """The next pair this person has not graded, or the one of this number if they have; None when all are done."""
    if number is not None:
        own = Grade.objects.filter(pair=OuterRef("pk"), seat__user_id=actor.user_id)
        graded = pairs_visible_to(actor).filter(Exists(own), round=round_, number=number).first()
        if graded is not None:
            return graded
    return _ungraded(actor).filter(round=round_).first()


def own_grades(actor: Actor, round_: GradingRound) -> dict[int, int]:
    """What this person has graded so far: number of the pair → grade."""
    rows = Grade.objects.filter(pair__round=round_, seat__user_id=actor.user_id)
    return dict(rows.order_by("pair__number").values_list("pair__number", "fit"))


def graded_pairs(actor: Actor, round_: GradingRound) -> list[tuple[DrawnPair, int, int]]:
    """Every pair this person may still see with both grades, first seat first.

    Conflict("grading_not_done") before both have graded everything: until then nobody reads the other's word.
    """
    if not comparison(round_).complete:
        raise Conflict("grading_not_done", _("Both have to grade every pair first."))
    grades: dict[int, dict[int, int]] = defaultdict(dict)
    for pair, seat, fit in Grade.objects.filter(pair__round=round_).values_list(
        "pair", "seat__number", "fit"
    ):
        grades[pair][seat] = fit
    pairs = pairs_visible_to(actor).filter(round=round_)
    return [(pair, grades[pair.pk][1], grades[pair.pk][2]) for pair in pairs]


def next_pairs(actor: Actor, rounds: Sequence[GradingRound]) -> dict[int, DrawnPair]:
    """The same for many rounds at once, by round; a round that is done is missing."""
    first = _ungraded(actor).filter(round=OuterRef("pk")).values("pk")[:1]
    rows = GradingRound.objects.filter(pk__in=[row.pk for row in rounds]).annotate(first=Subquery(first))
    found = dict(rows.exclude(first=None).values_list("pk", "first"))
    pairs = pairs_visible_to(actor).in_bulk(found.values())
    return {round_: pairs[pair] for round_, pair in found.items()}


def _ungraded(actor: Actor) -> QuerySet[DrawnPair]:
    mine = Grade.objects.filter(pair=OuterRef("pk"), seat__user_id=actor.user_id)
    return pairs_visible_to(actor).exclude(Exists(mine))


def seat_of(actor: Actor, round_: GradingRound) -> GraderSeat | None:
    """The seat this person has taken."""
    return GraderSeat.objects.filter(round=round_, user_id=actor.user_id).first()


def comparison(round_: GradingRound) -> Comparison:
    """Kappa with its interval, the table of both people's grades, and the mean score per grade."""
    return comparisons([round_])[round_.pk]


def comparisons(rounds: Sequence[GradingRound]) -> dict[int, Comparison]:
    """The same for many rounds at once, by round."""
    ids = [row.pk for row in rounds]
    drawn = DrawnPair.objects.filter(round__in=ids).order_by().values("round")
    pairs = dict(drawn.annotate(number=Count("pk")).values_list("round", "number"))
    rows = Grade.objects.filter(pair__round__in=ids).order_by("pair__number")
    grades: dict[int, list[Graded]] = defaultdict(list)
    for round_, *grade in rows.values_list("pair__round", "pair", "seat__number", "fit", "pair__score"):
        grades[round_].append(tuple(grade))
    return {row.pk: _compared(row, pairs.get(row.pk, 0), grades[row.pk]) for row in rounds}


def _compared(round_: GradingRound, pairs: int, rows: list[Graded]) -> Comparison:
    grades: dict[int, dict[int, int]] = defaultdict(dict)
    scores: dict[int, float] = {}
    graded = {1: 0, 2: 0}
    for pair, seat, fit, score in rows:
        grades[pair][seat], scores[pair] = fit, score
        graded[seat] += 1
    both = {pair: by for pair, by in grades.items() if len(by) == 2}
    table = {(int(a), int(b)): 0 for a in Fit for b in Fit}
    by_grade: dict[int, list[float]] = defaultdict(list)
    for pair, by in both.items():
        table[by[1], by[2]] += 1
        for fit in by.values():
            by_grade[fit].append(scores[pair])
    done = pairs > 0 and len(both) == pairs
    found = agreement([by[1] for by in both.values()], [by[2] for by in both.values()]) if done else None
    means = {fit: sum(values) / len(values) for fit, values in sorted(by_grade.items())} if done else {}
    return Comparison(round_, pairs, graded, found, means, table)
