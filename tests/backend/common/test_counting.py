"""Rows of several kinds are counted in one query."""

import pytest

from backend.common.counting import counts
from backend.schools.models import Department, School
from tests.factories.schools import DepartmentFactory, SchoolFactory

pytestmark = pytest.mark.django_db


def test_each_kind_has_its_number_in_one_query(django_assert_num_queries):
    first, second = SchoolFactory.create_batch(2)
    DepartmentFactory.create_batch(3, school=first)
    with django_assert_num_queries(1):
        found = counts(
            School.objects.order_by("name"),
            Department.objects.filter(school=second),
            Department.objects.filter(school=first).order_by("-pk"),
            School.objects.filter(pk=first.pk),
        )
    assert found == [2, 0, 3, 1]


def test_an_empty_answer_is_nought():
    assert counts(School.objects.none(), School.objects.all()) == [0, 0]
