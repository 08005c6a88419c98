"""Search in the order of fit for the student who asks: positions in order, scores and reasons, recorded as shown."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.common import warming
from backend.positions.models import Position
from backend.positions.personal import Fit, Refused
from backend.recommendations import rules
from backend.recommendations.domain import record_impressions
from backend.recommendations.enums import Surface
from backend.recommendations.queries import SearchOrder, student_of
from backend.recommendations.queries.words import fit_of
from backend.recommendations.serving import WARMING


class FitReader:
    """Orders and explains for one student; positions and students are those in the memory of this process."""

    def __init__(self, actor: Actor, order: SearchOrder) -> None:
        self._actor, self._order = actor, order

    def ordered(self, ids: Sequence[int]) -> list[int]:
        """The best first, swamped positions giving way; what is not in memory yet comes last."""
        return self._order.ordered(ids)

    def told(self, rows: Sequence[Position], first: int, *, recorded: bool) -> dict[int, Fit]:
        """Score and main reason by id; where it is so wanted, the places are recorded as shown."""
        matches = self._order.shown(rows, first)
        if recorded:
            record_impressions(actor=self._actor, matches=matches, surface=Surface.SEARCH)
        return {item.position.pk: fit_of(item.match) for item in matches.shown if item.match is not None}


def search_reader(actor: Actor) -> FitReader | Refused:
    """Who orders for this person; why nobody does where they are no student, chose a neutral order, or are too early."""
    if not actor.is_authenticated:
        text = _("Sign in as a student to order positions by how well they fit you.")
        return Refused("signed_out", text, reverse("account_login"), _("Sign in"))
    if not rules.has_matches(actor):
        return Refused("not_a_student", _("Only students have an order by fit."))
    student = student_of(actor)
    if not student.personalised:
        text = _("You have switched the order by fit off; nothing about you is used for the order.")
        return Refused("off", text, reverse("recommendations:matches"), _("Switch it on"))
    if WARMING in warming.remaining():
        text = _("The order by fit is being prepared after a restart. Please try again in a minute.")
        return Refused("warming", text)
    return FitReader(actor, SearchOrder(student))
