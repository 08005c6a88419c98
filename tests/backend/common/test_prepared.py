"""Queries whose SQL is made once, with other values put into it."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.common.prepared import Prepared
from backend.schools.models import School
from tests.factories.schools import SchoolFactory

MARK, LATER = datetime(1970, 1, 1, tzinfo=UTC), datetime(1971, 1, 1, tzinfo=UTC)


@pytest.fixture
def schools(frozen_now, db):
    return [
        SchoolFactory(suspended_at=frozen_now + timedelta(days=day), suspended_reason="flood")
        for day in range(3)
    ]


def statement():
    rows = School.objects.filter(suspended_at__gt=MARK, pk__in=[-1, -2], name__gt="").order_by("pk")
    return Prepared(rows.values_list("pk", "suspended_at"), {MARK: "after", -1: "one", -2: "other"})


def test_each_run_has_its_own_values_and_columns_come_as_django_reads_them(schools, frozen_now):
    asked = statement()
    first, second, third = schools
    every = {"one": first.pk, "other": third.pk, "after": frozen_now - timedelta(days=1)}
    assert asked.run(every) == [[first.pk, first.suspended_at], [third.pk, third.suspended_at]]
    assert asked.run(every | {"one": second.pk, "after": frozen_now}) == [
        [second.pk, second.suspended_at],
        [third.pk, third.suspended_at],
    ]
    assert asked.run(every | {"after": third.suspended_at}) == []


def test_a_run_without_one_of_its_values_asks_nothing(schools, django_assert_num_queries):
    asked = statement()
    with django_assert_num_queries(0), pytest.raises(KeyError, match="after"):
        asked.run({"one": schools[0].pk, "other": schools[1].pk})


def test_a_mark_that_the_query_forgets_is_refused(db):
    rows = School.objects.filter(pk=-1).values_list("pk")
    with pytest.raises(ValueError, match="later"):
        Prepared(rows, {-1: "one", LATER: "later"})
