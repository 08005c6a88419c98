"""A position that comes to a fair is new, once, to whoever looks for what is brought there."""

import pytest

from backend.positions import indexing
from backend.searches.models import SeenPosition
from tests.backend.searches.conftest import deliver, keep, look_again, matches, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_fairs(monkeypatch):
    """Position → the fairs it is shown at, as the part for fairs tells the index."""
    shown: dict[int, tuple[int, ...]] = {}
    monkeypatch.setattr(indexing, "_fair_ids", [lambda ids: {pk: shown[pk] for pk in ids if pk in shown}])
    return shown


def test_a_position_that_comes_to_a_fair_is_new_to_who_looks_there(student, company, at_fairs):
    there, elsewhere, anywhere = (
        keep(student, address, place=place).pk
        for place, address in enumerate(("fair=3", "fair=4&q=数控", "q=操作"), 1)
    )
    row = publish(company)
    deliver()
    assert matches() == [(anywhere, row.pk)]
    late = keep(student, "q=数控操作", place=4).pk
    at_fairs[row.pk] = (3,)
    look_again(row)
    assert matches() == [(there, row.pk), (anywhere, row.pk)]
    at_fairs[row.pk] = (3, 4)
    look_again(row)
    assert matches() == [(there, row.pk), (elsewhere, row.pk), (anywhere, row.pk)]
    assert late not in {search for search, _ in matches()}


def test_what_was_at_the_fair_when_the_search_was_saved_is_not_new(student, company, at_fairs):
    row = publish(company)
    at_fairs[row.pk] = (3,)
    deliver()
    keep(student, "fair=3")
    look_again(row)
    other = publish(company, "焊工")
    at_fairs[other.pk] = (5,)
    deliver()
    assert matches() == []


def test_each_position_is_new_only_at_the_fair_it_came_to(student, company, at_fairs):
    old, new = publish(company, "数控一"), publish(company, "数控二")
    at_fairs[old.pk] = (3,)
    deliver()
    kept = [keep(student, f"fair={fair}", place=fair).pk for fair in (3, 4)]
    at_fairs.update({old.pk: (3, 4), new.pk: (3,)})
    look_again(old, new)
    assert matches() == [(kept[0], new.pk), (kept[1], old.pk)]


def test_a_position_is_new_at_a_fair_once(student, company, at_fairs):
    row = publish(company)
    deliver()
    at_fairs[row.pk] = (3,)
    look_again(row)
    keep(student, "fair=3")
    look_again(row)
    assert (matches(), SeenPosition.objects.get().fairs) == ([], [3])
