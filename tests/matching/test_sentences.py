"""A sentence and the sign of its points never contradict each other."""

import numpy as np
import pytest

from matching.explain import to_match
from matching.features.registry import REGISTRY
from matching.rankers.baseline import Baseline
from tests.matching.builders import position, student

NAMES = Baseline().features


class Fixed(Baseline):
    """Weighted rules whose every term is worth the same, whatever the value."""

    def __init__(self, worth: float) -> None:
        super().__init__()
        self.worth = worth

    def term(self, index, values):
        return np.full(np.shape(values), self.worth)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("value", "worth", "said"),
    [
        (1.0, 0.01, "good"),
        (0.0, -0.01, "poor"),
        (1.0, -0.01, "counts against it here"),
        (0.0, 0.01, "counts for it here"),
        (np.nan, 0.0, "not given, counted as neutral"),
        (np.nan, -0.01, "not given, counts against it here"),
        (np.nan, 0.01, "not given, counts for it here"),
        (1.0, 0.0, "good"),
    ],
)
def test_the_sentence_follows_value_and_sign(name, value, worth, said):
    values = np.full(len(NAMES), value)
    found = {r.feature: r for r in to_match(Fixed(worth), student(), position(), values).reasons}[name]
    known = REGISTRY[name]
    expected = {"good": known.good[1], "poor": known.poor[1]}.get(said, f"{known.label[1]}: {said}")
    assert (found.en, found.contribution) == (expected, worth)
