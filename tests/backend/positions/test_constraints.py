"""What the database itself refuses, whoever writes past the domain."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from backend.common import clock
from backend.companies.models import CompanyDivision
from backend.positions.enums import PositionStatus
from backend.positions.models import Position, PositionImport, PositionTemplate
from tests.factories.companies import CompanyFactory
from tests.factories.positions import PositionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]

WRONG = {
    "a status nobody knows": ({"status": "gone"}, "position_status_known"),
    "no openings": ({"openings": 0}, "position_openings_positive"),
    "pay in the wrong order": ({"salary_min": 9000, "salary_max": 8000}, "position_salary_in_order"),
    "pay with one end": ({"salary_min": 9000, "salary_max": None}, "position_salary_in_order"),
    "eleven months of pay": ({"salary_months": 11}, "position_salary_months"),
    "twenty-five months of pay": ({"salary_months": 25}, "position_salary_months"),
    "public without a moment": (
        {"status": "published", "published_at": None},
        "position_published_has_dates",
    ),
    "public without an end": ({"status": "published", "expires_at": None}, "position_published_has_dates"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_row_that_cannot_be_is_refused_by_name(case):
    change, _name = WRONG[case]
    row = PositionFactory(published=True, status=PositionStatus.PAUSED)
    before = Position.objects.values().get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Position.objects.filter(pk=row.pk).update(**change)
    assert Position.objects.values().get() == before


def test_every_check_of_the_table_is_tried_here():
    checks = {row.name for row in Position._meta.constraints if hasattr(row, "condition")}
    tried = {name for _change, name in WRONG.values()}
    assert checks - tried == {"position_district_in_province", "position_imported_once"}


@pytest.mark.parametrize("pay", [(None, None), (1, 1), (5000, 8000)])
def test_pay_in_order_or_by_agreement_is_stored(pay):
    row = PositionFactory(salary_min=pay[0], salary_max=pay[1])
    assert Position.objects.values_list("salary_min", "salary_max").get(pk=row.pk) == pay


def test_a_company_holds_an_imported_posting_once():
    company = CompanyFactory()
    PositionFactory(company=company, source="import", source_key="k")
    with pytest.raises(IntegrityError), transaction.atomic():
        PositionFactory(company=company, source="import", source_key="k")
    PositionFactory(company=CompanyFactory(), source="import", source_key="k")
    PositionFactory.create_batch(2, company=company, source_key="")
    assert Position.objects.count() == 4


def test_a_template_has_its_name_once_in_a_company():
    company, other = CompanyFactory(), CompanyFactory()
    PositionTemplate.objects.create(company=company, name="操作类")
    with pytest.raises(IntegrityError), transaction.atomic():
        PositionTemplate.objects.create(company=company, name="操作类")
    PositionTemplate.objects.create(company=other, name="操作类")
    assert PositionTemplate.objects.count() == 2


def test_an_import_has_a_known_status():
    school = CompanyFactory().school
    with pytest.raises(IntegrityError), transaction.atomic():
        PositionImport.objects.create(school=school, original_name="a.csv", status="lost")
    assert PositionImport.objects.count() == 0


def test_a_company_with_positions_cannot_be_deleted_nor_can_their_occupation():
    row = PositionFactory()
    for parent in (row.company, row.occupation):
        with pytest.raises(ProtectedError):
            parent.delete()
    assert Position.objects.count() == 1


def test_a_division_that_goes_leaves_its_positions_with_the_company():
    row = PositionFactory()
    row.division = CompanyDivision.objects.create(company=row.company, name="一部")
    row.save()
    row.division.delete()
    row.refresh_from_db()
    assert (row.division_id, row.company_id is None) == (None, False)


def test_names_of_rows_say_what_they_are():
    row = PositionFactory(title="焊工")
    template = PositionTemplate(company=row.company, name="焊接类")
    upload = PositionImport(school=row.company.school, original_name="岗位.csv")
    assert [str(row), str(template), str(upload)] == ["焊工", "焊接类", "岗位.csv"]


def test_the_public_dates_may_lie_in_the_past_of_a_row_that_expired():
    row = PositionFactory(
        status=PositionStatus.EXPIRED,
        published_at=clock.now() - timedelta(days=9),
        expires_at=clock.now() - timedelta(days=1),
    )
    assert row.expires_at < clock.now()
