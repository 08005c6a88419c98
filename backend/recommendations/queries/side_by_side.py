"""How well each of some positions fits the student who asks, for the page on which they stand side by side."""

from collections.abc import Sequence

from backend.accounts.actor import Actor
from backend.common import clock
from backend.positions.comparing import Fitted
from backend.positions.models import Position
from backend.recommendations import rules
from backend.recommendations.interest import plain_students
from backend.recommendations.queries.student import student_of
from backend.recommendations.queries.words import SENTENCES, against, reasons_for
from backend.recommendations.serving import plain_positions, standing
from matching import api as matching


def fits_of(actor: Actor, positions: Sequence[Position]) -> dict[int, Fitted]:
    """{id: percent and reasons}; nothing for whoever is no student, or has switched the order by fit off."""
    if not rules.has_matches(actor):
        return {}
    student = student_of(actor)
    if not student.personalised:
        return {}
    standing()
    (person,) = plain_students([student])
    pairs = [(person, place) for place in plain_positions(list(positions))]
    return {
        match.position_id: Fitted(
            round(match.score * 100), reasons_for(match, SENTENCES), against(match, SENTENCES)
        )
        for match in matching.explain_pairs(pairs, on=clock.today())
    }
