"""Real pairs, drawn and graded by two people who do not see each other's grades."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.audit.domain import record
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.recommendations import rules
from backend.recommendations.enums import Fit
from backend.recommendations.market import market_of
from backend.recommendations.models import DrawnPair, Grade, GraderSeat, GradingRound
from backend.recommendations.queries.grading import pairs_visible_to, rounds_visible_to
from backend.recommendations.serving import standing
from backend.schools.models import School
from matching import api as matching

PAIRS = 100


def draw_round(*, actor: Actor, number: int = PAIRS) -> GradingRound:
    """Draw pairs of today's market of the own school; the seed is the round's number, so that it can be repeated."""
    if not rules.can_grade(actor):
        raise NotAllowed()
    serving = standing()
    market = market_of(School.objects.get(pk=actor.school_id))
    if market.empty:
        raise Conflict(
            "nothing_to_grade", _("There are no students or no open positions to draw pairs from.")
        )
    # Scoring a whole market takes seconds: nobody else's write waits for it.
    scores = matching.score_matrix(market.students, market.positions, on=clock.today())
    with transaction.atomic():
        round_ = GradingRound.objects.create(
            school_id=actor.school_id, model=serving.model, seed=0, drawn_by_id=actor.user_id
        )
        round_.seed = round_.pk
        round_.save(update_fields=["seed"])
        DrawnPair.objects.bulk_create(
            DrawnPair(
                round=round_,
                number=place,
                student_id=market.students[row].id,
                position_id=market.positions[column].id,
                score=float(scores[row, column]),
            )
            for place, (row, column) in enumerate(matching.draw_pairs(scores, number, seed=round_.seed), 1)
        )
        record(actor=actor, verb="grading.drawn", target=round_)
    return round_


@transaction.atomic
def grade_pair(*, actor: Actor, pair_id: int, fit: int) -> Grade:
    """Grade a pair of the own school; the first grade takes one of the two seats.

    Conflict("two_grade_already") for a third person, Conflict("graded_by_both") once both have graded everything.
    """
    rounds = rounds_visible_to(actor).order_by()
    pair = pairs_visible_to(actor).filter(pk=pair_id, round__in=rounds).first()
    if pair is None:
        raise NotFound()
    if fit not in Fit.values:
        raise Invalid(fields={"fit": [_("Choose one of the grades.")]})
    if Grade.objects.filter(pair__round=pair.round).count() >= 2 * pair.round.pairs.count():
        raise Conflict("graded_by_both", _("Both have graded everything; the grades stay as they are."))
    seat = _seat(actor, pair.round)
    grade, _created = Grade.objects.update_or_create(
        pair=pair, seat=seat, defaults={"fit": fit, "at": clock.now()}
    )
    return grade


def _seat(actor: Actor, round_: GradingRound) -> GraderSeat:
    """The seat of this person, taken if one is free; the database gives each seat once."""
    mine = GraderSeat.objects.filter(round=round_, user_id=actor.user_id).first()
    if mine is not None:
        return mine
    for number in (1, 2):
        try:
            with transaction.atomic():
                return GraderSeat.objects.create(round=round_, number=number, user_id=actor.user_id)
        except IntegrityError:
            # Taken, or the same person was faster in another window.
            mine = GraderSeat.objects.filter(round=round_, user_id=actor.user_id).first()
            if mine is not None:
                return mine
    raise Conflict("two_grade_already", _("Two people grade this round already."))
