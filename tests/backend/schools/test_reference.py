"""The national codes: complete, each once, and found by name."""

import pytest
from django.core.management import call_command

from backend.schools.models import Division, Occupation
from backend.schools.queries import (
    cities,
    city_codes_under,
    city_name,
    occupation_choices,
    occupation_name,
    occupations,
    occupations_under,
    places,
)


def test_places_are_all_there():
    levels = [place.level for place in places().values()]
    assert (len(levels), levels.count(1), levels.count(2), levels.count(3)) == (3220, 34, 419, 2767)
    assert all(len(code) == 6 and code.isdigit() for code in places())


def test_occupations_are_all_there_and_each_once():
    assert len(occupations()) == 2047
    assert len(occupation_choices()) == 1631
    assert dict(occupation_choices()).items() <= dict(occupations()).items()


def test_names_are_found_by_code():
    assert (city_name("320500"), city_name("310000"), city_name("999999")) == ("苏州", "上海", "999999")
    assert (occupation_name("2-02-10-03"), occupation_name("x")) == ("计算机软件工程技术人员", "x")


def test_names_carry_no_marks_of_other_lists():
    assert not [name for name in occupations().values() if name.endswith(("S", "L", "L/S"))]


def test_cities_are_cities_and_municipalities():
    found = dict(cities())
    assert {"110000", "310000", "320500", "420100"} <= found.keys()
    assert not {"110101", "110105", "320000", "320505"} & found.keys()
    assert list(found) == sorted(found)


def test_a_province_holds_its_cities_and_counties():
    inside = city_codes_under("320000")
    assert {"320000", "320500", "320505"} <= set(inside)
    assert all(code.startswith("32") for code in inside)
    assert city_codes_under("000000") == ["000000"]


@pytest.mark.django_db
def test_loading_twice_changes_nothing(capsys):
    call_command("load_reference")
    call_command("load_reference")
    assert capsys.readouterr().out == "2047 occupations, 3220 places\n" * 2
    assert (Occupation.objects.count(), Division.objects.count()) == (2047, 3220)
    suzhou = Division.objects.get(code="320500")
    assert (suzhou.name, suzhou.short_name, suzhou.parent_code, suzhou.level) == (
        "苏州市",
        "苏州",
        "320000",
        2,
    )


@pytest.mark.django_db
def test_loading_corrects_what_was_changed():
    call_command("load_reference")
    Occupation.objects.filter(code="2-02-10-03").update(name="x")
    call_command("load_reference")
    assert Occupation.objects.get(code="2-02-10-03").name == "计算机软件工程技术人员"


@pytest.mark.django_db
@pytest.mark.parametrize("prefix", ["2-02-10", "2-02-10-00"])
def test_occupations_under_a_group(prefix):
    call_command("load_reference")
    found = list(occupations_under(prefix))
    assert found
    assert all(row.code.startswith("2-02-10-") and row.level == 4 for row in found)
    assert occupations_under("2").count() > occupations_under("2-02").count() > len(found)
