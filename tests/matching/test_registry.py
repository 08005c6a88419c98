"""The one list of features: what stands in it, and what a new one must bring."""

import re

import numpy as np
import pytest

from matching.features import registry
from matching.features.arrays import Grid, Pairs
from matching.features.registry import REGISTRY, extract, feature
from tests.matching.models import DAY
from tests.matching.worlds import world


@pytest.fixture
def another(monkeypatch):
    """A registry to which a test may add."""
    monkeypatch.setattr(registry, "REGISTRY", dict(REGISTRY))
    return registry.REGISTRY


def half(pairs):
    """0.5 for all; never missing."""
    return Grid(np.array([[0.5]]))


def test_a_feature_is_registered_under_the_name_of_its_function_with_what_was_said(another):
    said = ("标签", "Label"), ("好", "Good"), ("差", "Poor")
    assert feature(0.25, *said, side="company")(half) is half
    found = another["half"]

    assert (found.name, found.weight, found.side) == ("half", 0.25, "company")
    assert (found.label, found.good, found.poor) == said
    assert found.compute is found.rough is half
    assert list(another)[-1] == "half"
    assert extract(Pairs(*world(2, 3, seed=1)), ("half", "experience")).shape == (2, 3, 2)
    with pytest.raises(ValueError, match="feature half is registered twice"):
        feature(1.0, *said)(half)


def test_a_stand_in_is_kept_beside_the_feature(another):
    feature(1.0, ("", ""), ("", ""), ("", ""), rough=REGISTRY["place"].compute)(half)

    assert another["half"].compute is half
    assert another["half"].rough is REGISTRY["place"].compute
    assert another["half"].side == "student"


@pytest.mark.parametrize("name", REGISTRY)
def test_half_reads_well_and_less_reads_poorly(name):
    one = REGISTRY[name]

    assert [one.words(value) for value in (0.5, 0.75, 1.0)] == [one.good] * 3
    assert [one.words(value) for value in (0.0, 0.25, 0.49999, -1.0)] == [one.poor] * 4
    assert one.words(float("nan")) == (
        f"{one.label[0]}：资料不足，按中性计",
        f"{one.label[1]}: not given, counted as neutral",
    )


@pytest.mark.parametrize("name", REGISTRY)
def test_every_feature_says_its_range_and_what_missing_means(name):
    said = REGISTRY[name].compute.__doc__.split("\n")[0]

    # Both ends of the range, or the shares that lie within it; and one word about what is not known.
    assert re.search(r"0 to 1|at most 1|1 .* 0|0\.5", said), said
    assert re.search(r"missing", said), said


@pytest.mark.parametrize("name", ["education", "experience"])
def test_features_that_are_never_missing_say_so_and_are_not(name):
    people, offers = world(20, 20, seed=91)

    assert "never missing" in REGISTRY[name].compute.__doc__
    assert not np.isnan(extract(Pairs(people, offers, DAY), (name,))).any()
    others = set(REGISTRY) - {"education", "experience"}
    assert not [one for one in others if "never missing" in REGISTRY[one].compute.__doc__]


def test_values_follow_the_names_asked_for_also_twice():
    pairs = Pairs(*world(3, 3, seed=1), DAY)
    place, kind = (extract(pairs, (name,))[..., 0] for name in ("place", "kind"))
    found = extract(pairs, ("kind", "place", "kind"))

    assert np.array_equal(found, np.stack([kind, place, kind], axis=-1), equal_nan=True)
    assert found.dtype == np.float64
