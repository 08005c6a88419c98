"""How far swamped positions give way to comparable ones in the lists of a school's students."""

from backend.common import clock
from backend.recommendations import catalogue
from backend.recommendations.market import market_of
from backend.recommendations.serving import standing
from backend.schools.models import School
from matching import api as matching
from matching.api import Moved
from matching.types import Match

ASKED = 200
"""At most so many students' lists are compared, evenly drawn from all."""
FIRST = 20
"""Places of a list that are compared."""


def exposure_moved(school: School) -> tuple[int, Moved]:
    """How many students were asked, and what giving way changed in their first places."""
    standing()
    market = market_of(school)
    people = market.students[:: max(-(-len(market.students) // ASKED), 1)]
    held, only = catalogue.positions().held, {position.id for position in market.positions}

    def lists(spread: bool) -> list[list[Match]]:
        return [held.rank(one, limit=FIRST, only=only, on=clock.today(), spread=spread) for one in people]

    return len(people), matching.exposure_moved(lists(False), lists(True))
