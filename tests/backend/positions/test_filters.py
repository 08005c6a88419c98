"""The panel beside the results: what can be chosen, what is, and every address that leads on from there."""

from urllib.parse import parse_qs

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import translation

from backend.accounts.actor import ANONYMOUS
from backend.common import clock, outbox
from backend.positions import indexing, searching
from backend.positions.interfaces import filters, labels
from backend.positions.models import Position
from backend.schools.queries import occupation_groups
from search.query import Filters
from search.results import Facet
from tests.factories.positions import PositionFactory
from tests.factories.schools import OccupationFactory

ENGLISH = {"Accept-Language": "en"}
WUHAN, JIANGAN, JIANGHAN, HUANGPI = "420100", "420102", "420103", "420116"
YICHANG, XILING, SHANGHAI = "420500", "420502", "310000"


@pytest.fixture
def spread(company):
    """Four positions in two districts of Wuhan, in Yichang and in Shanghai."""
    welder = OccupationFactory(code="6-18-02-04", name="焊工")
    where = [
        (WUHAN, JIANGAN, ["机电"]), (WUHAN, JIANGHAN, ["机电", "会计"]), (YICHANG, XILING, ["会计"]), (SHANGHAI, "", []),
    ]  # fmt: skip
    for number, (city, district, majors) in enumerate(where, 1):
        PositionFactory(
            published=True, company=company, title=f"岗位{number}", city_code=city, district_code=district,
            majors=majors, occupation=welder, published_at=clock.now(),
        )  # fmt: skip
    indexing.look_again(Position.objects.values_list("pk", flat=True))
    outbox.drain()


def shown(address):
    """What the page has for an address, in English."""
    return Client().get(f"/positions/?{address}", headers=ENGLISH).context


def titles(address):
    return {row["position"].title for row in shown(f"{address}&exact=1")["rows"]}


@pytest.mark.parametrize(
    ("address", "numbers"),
    [
        (f"district={JIANGAN}", {1}),
        (f"district={JIANGAN}&district={JIANGHAN}", {1, 2}),
        (f"district={JIANGAN},{XILING}", {1, 3}),
        (f"city={WUHAN}&district={HUANGPI}", set()),
        (f"city={WUHAN}&district={XILING}", {1, 2}),
        (f"province=420000&city={SHANGHAI}", {1, 2, 3}),
        (f"province=310000&city={WUHAN}&district={JIANGAN}", {4}),
        ("major=机电", {1, 2}),
        ("major=机电&major=会计", {1, 2, 3}),
        (f"major=会计&district={XILING}", {3}),
        ("occupation=6-18-00-00", {1, 2, 3, 4}),
        ("occupation=6-18", {1, 2, 3, 4}),
        ("occupation=4-00-00-00", set()),
    ],
)
def test_places_majors_and_groups_of_occupations_narrow(spread, address, numbers):
    assert titles(address) == {f"岗位{number}" for number in numbers}


@pytest.mark.parametrize(
    ("params", "wanted"),
    [
        ({"district": "420102, 420103 ,,420102"}, {"district_codes": ("420102", "420103")}),
        ({"district": "4201020000"}, {"district_codes": ("420102",)}),
        (
            {"district": ",".join(f"4201{n:02d}" for n in range(30))},
            {"district_codes": tuple(f"4201{n:02d}" for n in range(20))},
        ),
        ({"major": "机电,会计"}, {"majors": ("机电", "会计")}),
        ({"major": ",".join("abcdefghijklm")}, {"majors": tuple("abcdefghij")}),
        ({"major": "x" * 99}, {"majors": ("x" * 60,)}),
        (
            {"city": "420100", "district": "420102,310101"},
            {"city_code": "420100", "district_codes": ("420102",)},
        ),
        ({"city": "310000", "district": "310101"}, {"city_code": "310000", "district_codes": ("310101",)}),
        ({"city": "999999", "district": "420102"}, {"city_code": "999999"}),
        ({"province": "420000", "city": "420100"}, {"province_code": "420000", "city_code": "420100"}),
        ({"province": "310000", "city": "420100"}, {"province_code": "310000"}),
        (
            {"province": "420000", "district": "420102,310101"},
            {"province_code": "420000", "district_codes": ("420102",)},
        ),
        ({"fair": "3"}, {"fair_id": 3}),
    ],
)
def test_an_address_names_one_place_and_several_of_a_kind(params, wanted):
    assert searching.read_query(params).filters == Filters(**wanted)


def test_values_that_stand_several_times_are_joined_and_of_others_the_last_counts():
    address = QueryDict("district=420102&district=420103&city=1&city=420100&q=&major=会计")
    assert searching.joined(address) == {
        "district": "420102,420103", "city": "420100", "q": "", "major": "会计",
    }  # fmt: skip


def test_what_is_chosen_goes_back_into_an_address_as_it_came():
    params = {"city": "420100", "district": "420102,420103", "major": "机电,会计", "fair": "3"}
    chosen = searching.chosen(searching.read_query(params))
    assert {name: str(value) for name, value in chosen.items()} == params


# Groups of links


def options(context, name):
    (group,) = [group for group in context["groups"] if group["name"] == name]
    return {option["label"]: option for option in group["options"]}


def test_districts_are_offered_within_a_city_and_counted_without_their_own_filter(spread):
    assert "district" not in {group["name"] for group in shown("")["groups"]}
    context = shown(f"city={WUHAN}&district={JIANGAN}")
    districts = options(context, "district")
    assert {label: (option["count"], option["active"]) for label, option in districts.items()} == {
        "江岸": (1, True),
        "江汉": (1, False),
    }
    assert parse_qs(districts["江汉"]["url"][1:]) == {"city": [WUHAN], "district": [f"{JIANGAN},{JIANGHAN}"]}
    assert parse_qs(districts["江岸"]["url"][1:]) == {"city": [WUHAN]}


def test_another_city_and_no_city_leave_the_districts_behind(spread):
    cities = options(shown(f"city={WUHAN}&district={JIANGAN}&q=岗位&page=1"), "city")
    assert {label: option["count"] for label, option in cities.items()} == {"武汉": 2, "宜昌": 1, "上海": 1}
    assert parse_qs(cities["宜昌"]["url"][1:]) == {"city": [YICHANG], "q": ["岗位"]}
    assert parse_qs(cities["武汉"]["url"][1:]) == {"q": ["岗位"]}


def test_majors_are_chosen_one_beside_the_other(spread):
    majors = options(shown("major=机电"), "major")
    assert {label: (option["count"], option["active"]) for label, option in majors.items()} == {
        "机电": (2, True),
        "会计": (2, False),
    }
    assert parse_qs(majors["会计"]["url"][1:]) == {"major": ["机电,会计"]}
    both = options(shown("major=机电,会计"), "major")
    assert parse_qs(both["机电"]["url"][1:]) == {"major": ["会计"]}


def occupations(*codes):
    return [Facet("occupation", tuple((code, 9 - at) for at, code in enumerate(codes)))]


@pytest.mark.parametrize(
    ("within", "codes"),
    [
        ("", ["6-18-02-04", "6-18-03-01", "4-07-03-01"]),
        ("6-18-00-00", ["6-18-02-04", "6-18-03-01"]),
        ("6-18-02-00", ["6-18-02-04"]),
        ("4-00-00-00", ["4-07-03-01"]),
        ("6-18-02-04", ["6-18-02-04", "6-18-03-01", "4-07-03-01"]),
        ("6-18", ["6-18-02-04", "6-18-03-01"]),
        ("6-18-02", ["6-18-02-04"]),
        ("4", ["4-07-03-01"]),
    ],
)
def test_within_a_group_only_its_occupations_are_offered(within, codes):
    state = {"occupation": within} if within else {}
    (group,) = labels.facet_groups(
        occupations("6-18-02-04", "6-18-03-01", "4-07-03-01"), state, within=within
    )
    assert [option["id"].removeprefix("facet-occupation-") for option in group["options"]] == codes


def test_a_group_of_which_nothing_is_left_is_not_shown():
    assert labels.facet_groups(occupations("4-07-03-01"), {}, within="6-18-00-00") == []


def test_the_ninth_value_is_behind_a_button_unless_it_is_chosen():
    facet = Facet("industry", tuple((f"行业{number}", 20 - number) for number in range(11)))
    (group,) = labels.facet_groups([facet], {"industry": "行业9"})
    assert [option["label"] for option in group["options"]] == [*(f"行业{n}" for n in range(8)), "行业9"]
    assert [option["label"] for option in group["more"]] == ["行业8", "行业10"]


def test_a_long_facet_is_cut_but_for_what_is_chosen():
    facet = Facet("industry", tuple((f"行业{number}", 99 - number) for number in range(40)))
    (group,) = labels.facet_groups([facet], {"industry": "行业30"})
    assert [len(group["options"]), len(group["more"])] == [9, 16]
    assert group["options"][-1]["label"] == "行业30"


# Selects


def select(context, name):
    return next((one for one in context["selects"] if one["name"] == name), None)


def test_provinces_are_counted_and_the_chosen_one_stays_though_it_has_nothing(spread):
    assert select(shown(""), "province")["options"] == [("310000", "上海 1"), ("420000", "湖北 3")]
    chosen = select(shown("province=110000"), "province")
    assert (chosen["options"][0], chosen["value"]) == (("110000", "北京 0"), "110000")


def group_codes(asked):
    return [code for code, _label in select(shown(asked), "occupation")["options"]]


def test_groups_of_occupations_open_level_by_level(spread):
    majors = [code for code, _name in occupation_groups()]
    assert majors == [f"{number}-00-00-00" for number in range(1, 9)]
    assert group_codes("") == majors
    middle = [code for code, _name in occupation_groups("6-00-00-00")]
    assert (middle[0], "6-18-00-00" in middle, len(middle) > 20) == ("6-01-00-00", True, True)
    assert group_codes("occupation=6-00-00-00") == [*majors[:6], *middle, *majors[6:]]
    small = [code for code, _name in occupation_groups("6-18-00-00")]
    at = middle.index("6-18-00-00") + 1
    assert group_codes("occupation=6-18-00-00") == [
        *majors[:6],
        *middle[:at],
        *small,
        *middle[at:],
        *majors[6:],
    ]
    assert all(code.startswith("6-18-") for code in small)
    # By the beginning of its code it is the same group, in its place, and stands there as the address has it.
    for short, whole in (("6-18", "6-18-00-00"), ("6", "6-00-00-00")):
        named = [short if code == whole else code for code in group_codes(f"occupation={whole}")]
        assert group_codes(f"occupation={short}") == named


def test_an_occupation_proper_stands_before_the_groups_it_is_in(spread):
    options = select(shown("occupation=6-18-02-04"), "occupation")["options"]
    assert options[0] == ("6-18-02-04", "焊工")
    assert {"6-18-00-00", "6-18-02-00"} <= set(dict(options))
    indents = {code: len(label) - len(label.lstrip("　")) for code, label in options}
    assert [indents[code] for code in ("6-00-00-00", "6-18-00-00", "6-18-02-00")] == [0, 1, 2]


@pytest.mark.parametrize(("asked", "days"), [("", [1, 3, 7, 30]), ("days=5", [1, 3, 5, 7, 30])])
def test_times_of_publication_include_what_the_address_asks(spread, asked, days):
    assert [value for value, _label in select(shown(asked), "days")["options"]] == days


@pytest.mark.parametrize(("asked", "more"), [("", []), ("salary=5000", []), ("salary=4000", [4000])])
def test_pay_is_a_select_of_the_panel_with_what_the_address_asks(spread, asked, more):
    pay = select(shown(asked), "salary")
    floors = sorted([3000, 5000, 8000, 10_000, 15_000, 20_000, *more])
    assert pay["options"] == [(floor, f"{floor} yuan and more") for floor in floors]
    assert (pay["label"], pay["any"]) == ("Pay at least", "Any pay")
    assert pay["value"] == (int(asked[7:]) if asked else None)


def test_fairs_are_offered_where_there_are_some_and_named_on_their_chip(spread, monkeypatch):
    monkeypatch.setattr(filters, "_fairs", [])
    assert select(shown(""), "fair") is None
    filters.set_fairs(lambda actor: [(7, "秋季双选会")] if actor == ANONYMOUS else [])
    context = shown("fair=7&exact=1")
    assert select(context, "fair")["options"] == [(7, "秋季双选会")]
    assert [chip["label"] for chip in context["chips"]] == ["秋季双选会"]
    over = shown("fair=8&exact=1")
    assert [chip["label"] for chip in over["chips"]] == ["8"]
    # What is no option is lost with the next change of the form.
    assert select(over, "fair")["options"] == [(7, "秋季双选会"), (8, "8")]


def test_hidden_fields_carry_what_no_select_states(spread):
    address = (
        f"city={WUHAN}&district={JIANGAN}&major=机电&kind=full_time&days=7&occupation=6-18&province=420000"
    )
    assert dict(shown(address)["hidden"]) == {
        "city": WUHAN, "district": JIANGAN, "major": "机电", "kind": "full_time",
    }  # fmt: skip


# Chips


def test_every_value_of_several_has_its_own_chip_and_all_can_be_cleared(spread):
    context = shown(f"q=岗位&sort=date&city={WUHAN}&district={JIANGAN},{JIANGHAN}&major=机电")
    left = {chip["label"]: parse_qs(chip["url"][1:]) for chip in context["chips"]}
    kept = {"q": ["岗位"], "sort": ["date"]}
    both = f"{JIANGAN},{JIANGHAN}"
    assert left == {
        "武汉": {**kept, "major": ["机电"]},
        "江岸": {**kept, "city": [WUHAN], "district": [JIANGHAN], "major": ["机电"]},
        "江汉": {**kept, "city": [WUHAN], "district": [JIANGAN], "major": ["机电"]},
        "机电": {**kept, "city": [WUHAN], "district": [both]},
    }
    assert parse_qs(context["clear_url"][1:]) == kept
    assert shown("q=岗位")["chips"] == []


# What htmx gets


def partial(address="", target="results", **headers):
    asked = {"HX-Request": "true", "HX-Target": target, **headers}
    return Client().get(f"/positions/?{address}", headers={**ENGLISH, **asked}).content.decode()


@pytest.mark.parametrize(
    ("target", "boosted", "whole"),
    [("results", "true", False), ("results", "", False), ("", "true", True), ("main", "true", True)],
)
def test_a_link_of_the_panel_gets_the_results_alone(spread, target, boosted, whole):
    text = partial(target=target, **({"HX-Boosted": boosted} if boosted else {}))
    assert ("<html" in text) is whole


@pytest.mark.parametrize(
    ("address", "count"), [("", "4 positions"), (f"city={YICHANG}&exact=1", "1 position")]
)
def test_a_swap_tells_the_number_and_renews_the_panel(spread, address, count):
    text = partial(address)
    assert f'<p id="search-status" hx-swap-oob="innerHTML">{count}</p>' in text
    assert f"Show {count}" in text
    assert '<div id="filter-panel" hx-swap-oob="innerHTML">' in text
    whole = Client().get(f"/positions/?{address}", headers=ENGLISH).content.decode()
    assert "hx-swap-oob" not in whole
    assert whole.count('id="filter-panel"') == whole.count('id="search-status"') == 1


def test_pay_that_is_taken_out_is_out_of_the_form_too(spread):
    """Nothing beside the panel, which every swap renews, states it: it would come back with the next letter."""
    whole = Client().get("/positions/?salary=5000", headers=ENGLISH).content.decode()
    assert whole.count('name="salary"') == 1
    chosen = '<option value="5000" selected>5000 yuan and more</option>'
    panel = [partial(address).partition('<button id="sheet-count"')[0] for address in ("salary=5000", "")]
    assert [text.count('name="salary"') for text in panel] == [1, 1]
    assert [chosen in text for text in (whole, *panel)] == [True, True, False]


def test_the_panel_speaks_chinese(spread):
    with translation.override("zh-hans"):
        assert labels.facet_value("district", JIANGAN) == "江岸"
    text = (
        Client()
        .get(f"/positions/?city={WUHAN}&days=7", headers={"Accept-Language": "zh-CN"})
        .content.decode()
    )
    assert all(
        word in text
        for word in ("省份", "职业大类", "最低薪资", "5000元及以上", "发布时间", "区县", "全部清除", "查看")
    )
