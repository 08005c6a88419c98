"""The small run of `python -m tests.fuzz`: every operation at least once, as somebody."""

import pytest

from tests.factories import world
from tests.fuzz.asking import document, fuzz


@pytest.mark.django_db
@pytest.mark.filterwarnings("ignore")
def test_made_up_requests_break_nothing():
    operations = sum(len(methods) for methods in document()["paths"].values())
    figures = fuzz(world.build(), 300)
    assert (figures.faults, figures.violations) == ({}, {})
    assert figures.requests >= min(300, operations)
