"""The one setter of a status: only by the table, and only for one of several callers."""

import pytest

from backend.common.errors import Conflict
from backend.common.transitions import move
from backend.companies.enums import TRANSITIONS, CompanyStatus
from backend.companies.models import Company
from tests.factories.companies import CompanyFactory

pytestmark = pytest.mark.django_db


def test_move_sets_the_status_and_raises_the_version():
    company = CompanyFactory(status=CompanyStatus.DRAFT)
    before = company.version
    assert move(company, CompanyStatus.SUBMITTED, TRANSITIONS) == CompanyStatus.DRAFT
    stored = Company.objects.get(pk=company.pk)
    assert (stored.status, stored.version) == (CompanyStatus.SUBMITTED, before + 1)
    assert company.version == stored.version


def test_move_not_in_the_table_changes_nothing():
    company = CompanyFactory(status=CompanyStatus.DRAFT)
    with pytest.raises(Conflict) as refusal:
        move(company, CompanyStatus.VERIFIED, TRANSITIONS)
    assert refusal.value.code == "wrong_state"
    assert Company.objects.get(pk=company.pk).status == CompanyStatus.DRAFT


def test_the_second_of_two_who_read_the_same_state_gets_conflict():
    company = CompanyFactory(status=CompanyStatus.DRAFT)
    first, second = Company.objects.get(pk=company.pk), Company.objects.get(pk=company.pk)
    move(first, CompanyStatus.SUBMITTED, TRANSITIONS)
    with pytest.raises(Conflict) as refusal:
        move(second, CompanyStatus.SUBMITTED, TRANSITIONS)
    assert refusal.value.code == "conflict"
    assert Company.objects.get(pk=company.pk).version == first.version


def test_the_condition_is_what_stops_the_second_caller():
    """The control: without the condition on the status read, both writes go through."""
    company = CompanyFactory(status=CompanyStatus.DRAFT)
    Company.objects.filter(pk=company.pk, status=CompanyStatus.DRAFT).update(status=CompanyStatus.SUBMITTED)
    assert Company.objects.filter(pk=company.pk).update(status=CompanyStatus.SUBMITTED) == 1
    assert (
        Company.objects.filter(pk=company.pk, status=CompanyStatus.DRAFT).update(
            status=CompanyStatus.SUBMITTED
        )
        == 0
    )


def test_the_refusal_names_both_states_in_words():
    company = CompanyFactory(status=CompanyStatus.DRAFT)
    with pytest.raises(Conflict) as refusal:
        move(company, CompanyStatus.SUSPENDED, TRANSITIONS)
    assert set(refusal.value.params) == {"before", "after"}
    assert refusal.value.params["before"] in refusal.value.text
