"""Lists in which swamped positions give way."""

from collections.abc import Sequence

import numpy as np

from matching.ranking import best
from matching.two_sided import MOST_GIVEN, given
from matching.types import Match


def give_way(matches: Sequence[Match], most: float = MOST_GIVEN) -> list[Match]:
    """The same matches in the order in which a catalogue shows them."""
    scores, full = (np.array([getattr(m, name) for m in matches]) for name in ("score", "saturation"))
    keys = given(scores, full, most)
    return [matches[place] for place in best(keys, [m.position_id for m in matches], len(matches))]
