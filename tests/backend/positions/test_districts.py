"""Where a position is within its city: named by the company, found in a spreadsheet, kept by the database."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from backend.common.errors import Invalid
from backend.positions import domain
from backend.positions.imports.cells import read_posting
from backend.positions.models import Position
from backend.schools.queries import district_of, districts_of
from tests.factories.positions import PositionFactory

PLACES = {
    "a county of the city": ("420100", "武汉市江夏区创业路1号", "420115"),
    "a municipality's district by its short name": ("310000", "上海 浦东 世纪大道", "310115"),
    "the longer name wins": ("420100", "东西湖区金山大道", "420112"),
    "another city's district is no district of this one": ("420100", "岳麓区", ""),
    "a zone that is no district": ("420100", "高新区", ""),
    "nothing said": ("420100", "", ""),
    "a city without districts": ("441900", "东莞市南城街道", ""),
}


@pytest.mark.parametrize("case", PLACES)
def test_district_of_reads_the_district_from_an_address(case):
    city, text, code = PLACES[case]
    assert district_of(city, text) == code


def test_districts_of_lists_a_city_in_order_of_code():
    names = districts_of("420100")
    assert names[:2] == (("420102", "江岸区"), ("420103", "江汉区"))
    assert len(names) == 13
    assert ("310115", "浦东新区") in districts_of("310000")
    assert districts_of("441900") == ()
    assert districts_of("nonsense") == ()


def test_the_database_refuses_a_district_of_another_province(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        PositionFactory(city_code="420100", district_code="310115")
    assert PositionFactory(city_code="420100", district_code="420115").district_code == "420115"


@pytest.mark.parametrize("code", ["310115", "420100", "430104", "x"])
def test_a_district_outside_the_city_is_named_as_wrong(recruiter, code):
    position = PositionFactory(company_id=recruiter.company_id, city_code="420100")
    with pytest.raises(Invalid) as refusal:
        domain.update_position(actor=recruiter, position_id=position.pk, values={"district_code": code})
    assert list(refusal.value.fields) == ["district_code"]
    assert Position.objects.get().district_code == ""


def test_a_district_is_material_so_the_change_is_reviewed(recruiter):
    position = PositionFactory(company_id=recruiter.company_id, city_code="420100", published=True)
    changed = domain.update_position(
        actor=recruiter, position_id=position.pk, values={"district_code": "420115"}
    )
    assert (changed.district_code, changed.status) == ("420115", "in_review")


def test_a_spreadsheet_row_that_names_the_district_fills_it():
    cells = {
        "title": "会计",
        "company": "江城财务有限公司",
        "city": "武汉",
        "district": "洪山区珞喻路",
        "salary": "5-8k",
    }
    cells |= {"description": "记账，报税，编制报表，整理凭证。", "conditions": "有会计证。"}
    posting = read_posting(cells)
    assert (posting.city_code, posting.district_code, posting.place) == (
        "420100",
        "420111",
        "武汉 洪山区珞喻路",
    )
    assert read_posting({**cells, "district": ""}).district_code == ""


def test_the_form_gets_the_districts_of_the_chosen_city(db):
    page = Client().get("/positions/districts/", {"city_code": "420500"})
    text = page.content.decode()
    assert text.count("<option") == len(districts_of("420500")) + 1
    assert '<option value="420502">西陵区</option>' in text
    assert Client().get("/positions/districts/", {"city_code": "x"}).content.decode().count("<option") == 1
