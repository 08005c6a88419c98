"""What somebody searched for is theirs: in the copy of their data, gone with the account, unknown to schools."""

from datetime import timedelta

import pytest

from backend.common import clock, forgetting, personal
from backend.searches.models import AlertedMatch, SavedSearch
from tests.backend.positions.conftest import student_of
from tests.backend.searches.conftest import deliver, keep, publish

pytestmark = pytest.mark.django_db


def test_the_copy_holds_searches_and_what_they_found(student, company):
    row = keep(student, "q=a&city=320500", name="甲")
    keep(student_of(company.school))
    publish(company, "a")
    deliver()
    copy = personal.copy_of(student)
    assert [(one["name"], one["address"], one["frequency"]) for one in copy["searches.savedsearch"]] == [
        ("甲", "q=a&city=320500", "daily")
    ]
    assert "digest" not in copy["searches.savedsearch"][0]
    assert copy.get("searches.alertedmatch", []) == []
    assert row.name not in str(copy.get("audit.auditentry", ""))


def test_a_match_stands_in_the_copy_with_the_position(student, company):
    keep(student)
    publish(company)
    deliver()
    (match,) = personal.copy_of(student)["searches.alertedmatch"]
    assert (match["position"], match["told_at"]) == ("数控操作员", None)


def test_erasing_the_account_removes_them_and_nobody_else_s(student, company):
    keep(student)
    other = keep(student_of(company.school))
    publish(company)
    deliver()
    assert AlertedMatch.objects.count() == 2
    forgetting.erase(student)
    assert [*SavedSearch.objects.values_list("pk", flat=True)] == [other.pk]
    assert [*AlertedMatch.objects.values_list("search_id", flat=True)] == [other.pk]


@pytest.mark.parametrize(("days", "left"), [(364, 1), (366, 0)])
def test_what_was_found_is_forgotten_after_a_year_and_the_search_is_kept(student, company, days, left):
    keep(student)
    publish(company)
    deliver()
    clock.advance(timedelta(days=days))
    forgetting.purge()
    assert (SavedSearch.objects.count(), AlertedMatch.objects.count()) == (1, left)
