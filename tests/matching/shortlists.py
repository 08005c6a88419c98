"""The first stage by itself."""

from matching.features.arrays import Pairs
from matching.rankers.base import Ranker
from matching.retrieval import CANDIDATES, Floats, Mask, Places, Shortlist, rough_scores


def candidates(ranker: Ranker, pairs: Pairs, *, barred: Mask | None, count: int = CANDIDATES) -> Places:
    """Places of the best of the side that has several."""
    axis = int(len(pairs.positions) > 1 or len(pairs.students) == 1)
    return Shortlist(ranker, pairs, axis=axis, barred=barred, count=count).places


def rough(ranker: Ranker, pairs: Pairs) -> Floats:
    """The rough scores of all pairs."""
    return rough_scores(ranker, pairs)[1]
