"""What is let go, and in which order."""

from dataclasses import replace

from search.query import Filters, Qualification
from search.widening import steps, widest

FULL = Filters(
    school_ids=(1,), occupation="4-07", city_code="420100", kind="internship", education="associate", salary_floor=6000,
    industry="制造", company_id=3, company_size="large", fair_id=2, published_within_days=7, district_codes=("420102",),
    majors=("机电",), qualification=Qualification("associate"),
)  # fmt: skip


def test_everything_goes_in_order_but_scope_fair_company_and_qualification():
    names, last = [], FULL
    for name, filters in steps(FULL):
        names.append(name)
        last = filters
    assert names == [
        "days", "district", "city", "province", "salary", "company_size", "industry", "kind", "education", "occupation",
        "majors",
    ]  # fmt: skip
    assert (
        last
        == widest(FULL)
        == Filters(school_ids=(1,), company_id=3, fair_id=2, qualification=Qualification("associate"))
    )


def test_city_gives_way_to_its_province_first():
    assert list(steps(Filters(city_code="420100"))) == [
        ("city", Filters(province_code="420000")),
        ("province", Filters()),
    ]


def test_steps_add_up():
    filters = Filters(salary_floor=5000, kind="internship")
    assert list(steps(filters)) == [("salary", replace(filters, salary_floor=None)), ("kind", Filters())]


def test_nothing_to_let_go():
    assert list(steps(Filters(school_ids=(1,), fair_id=4))) == []
