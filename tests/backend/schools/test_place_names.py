"""What people call a place, and those it lies in."""

import pytest

from backend.schools.queries import place_names, places


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("320000", ("江苏省", "江苏", "Jiangsu")),
        ("320508", ("江苏省", "江苏", "Jiangsu", "苏州市", "苏州", "Suzhou", "姑苏区", "姑苏", "Gusu")),
        ("110000", ("北京市", "北京", "Beijing")),
        ("110105", ("北京市", "北京", "Beijing", "朝阳区", "朝阳", "Chaoyang")),
        ("469021", ("海南省", "海南", "Hainan", "定安县", "定安", "Dingan")),
        ("810000", ("香港特别行政区", "香港", "Hong Kong")),
        ("", ()),
        ("999999", ()),
    ],
)
def test_a_place_has_its_names_and_those_around_it(code, names):
    assert place_names(code) == names


def test_every_place_begins_with_its_province_and_holds_its_own_names():
    wrong = [
        code
        for code, place in places().items()
        if place_names(code)[:1] != (places()[f"{code[:2]}0000"].name,)
        or not {place.name, place.short_name, place.pinyin} <= set(place_names(code))
    ]
    assert wrong == []
