"""Each step of letting go on the embedded engine: what is let go, in what words, and never where there is a hit."""

import itertools
from dataclasses import fields, replace

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.positions.interfaces.labels import let_go
from search import serving
from search.engines import configured
from search.engines.tantivy import TantivyEngine
from search.query import Filters, PositionQuery, Qualification
from search.widening import ENOUGH, STEPS, steps, widest
from tests.search.contract import ALL, NOW, document

# A loaded machine is no finding.
QUIET = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
HERE = {
    "city_code": "420100", "province_code": "420000", "district_code": "420102", "kind": "internship", "education": "any",
    "salary_max": 8_000, "industry": "C", "company_size": "s", "occupation_code": "4-07-03-01", "majors": ("机电",),
}  # fmt: skip
# A filter that no position of these satisfies, what is let go for it, and what that is called.
CASES = [
    ({"published_within_days": 0}, ("days",), "发布时间", "time of publication"),
    ({"district_codes": ("420199",)}, ("district",), "区县", "district"),
    ({"city_code": "420200"}, ("city",), "城市", "city"),
    ({"city_code": "430100"}, ("city", "province"), "城市、省份", "city, province"),
    ({"province_code": "430000"}, ("province",), "省份", "province"),
    ({"salary_floor": 9_000}, ("salary",), "薪资", "pay"),
    ({"company_size": "m"}, ("company_size",), "企业规模", "company size"),
    ({"industry": "D"}, ("industry",), "行业", "industry"),
    ({"kind": "full_time"}, ("kind",), "工作性质", "kind of work"),
    ({"education": "unheard of"}, ("education",), "学历要求", "education asked for"),
    ({"occupation": "6"}, ("occupation",), "职业", "occupation"),
    ({"majors": ("哲学",)}, ("majors",), "专业", "majors"),
    ({"salary_floor": 9_000, "industry": "D"}, ("salary", "industry"), "薪资、行业", "pay, industry"),
]


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    """Four positions of school 1 that satisfy everything in HERE, published yesterday."""
    folder = tmp_path_factory.mktemp("market")
    yesterday = NOW.replace(day=1)
    made = TantivyEngine(folder)
    made.rebuild(
        document(number, company_id=3, fair_ids=(5,), published_at=yesterday, **HERE)
        for number in range(1, 5)
    )
    return folder


@pytest.fixture
def find(market, settings):
    settings.SEARCH_DIR, settings.ELASTICSEARCH_URL = market, ""
    assert configured.embedded().folder == market

    def ask(filters, text="电工", **more):
        return serving.find_positions(PositionQuery(text, filters, now=NOW, **more))

    return ask


@pytest.mark.parametrize(("asked", "gone", "chinese", "english"), CASES)
def test_each_step_lets_go_what_is_in_the_way_and_says_so(find, asked, gone, chinese, english):
    found = find(replace(ALL, **asked))
    assert (found.widened, sorted(found.ids)) == (gone, [1, 2, 3, 4])
    with translation.override("zh-hans"):
        assert let_go(found.widened) == chinese
    with translation.override("en"):
        assert let_go(found.widened) == english


@pytest.mark.parametrize("asked", [case[0] for case in CASES])
def test_nothing_is_let_go_for_who_asks_for_exactly_this(find, asked):
    found = find(replace(ALL, **asked), exact=True)
    assert (found.ids, found.widened) == ([], ())


@pytest.mark.parametrize(
    "satisfied",
    [
        {"city_code": "420100"},
        {"province_code": "420000", "kind": "internship"},
        {"district_codes": ("420102",), "salary_floor": 8_000},
        {"occupation": "4-07", "majors": ("机电",), "education": "bachelor"},
        {"published_within_days": 1, "industry": "C", "company_size": "s"},
    ],
)
def test_nothing_is_let_go_where_there_are_hits(find, satisfied):
    found = find(replace(ALL, **satisfied))
    assert (found.total, found.widened) == (4, ())


@pytest.mark.parametrize(
    "kept",
    [
        {"school_ids": (2,)},
        {"school_ids": ()},
        {"fair_id": 6},
        {"company_id": 4},
        {"qualification": Qualification("any", 0)},
    ],
)
def test_who_may_see_what_and_what_was_meant_as_it_is_are_never_let_go(find, kept):
    """The last asks for a major of theirs: who has none qualifies for nothing here."""
    for more in ({}, {"city_code": "430100", "salary_floor": 9_000}):
        found = find(replace(ALL, **kept, **more))
        assert (found.ids, found.widened) == ([], ())


def test_facets_and_pages_of_a_widened_answer_are_its_own(find):
    found = find(replace(ALL, city_code="430100"), facets=("city", "kind"), size=3)
    assert [(facet.name, facet.counts) for facet in found.facets] == [
        ("city", (("420100", 4),)),
        ("kind", (("internship", 4),)),
    ]
    assert (len(found.ids), found.total, bool(found.next_cursor)) == (3, 4, True)


def test_words_that_nobody_has_are_not_found_by_letting_filters_go(find):
    found = find(replace(ALL, city_code="430100"), "焊条药皮")
    assert (found.ids, found.widened) == ([], ())


# The steps alone


VALUES = {
    "published_within_days": st.integers(0, 30),
    "district_codes": st.just(("420102",)),
    "city_code": st.sampled_from(("420100", "110000")),
    "province_code": st.sampled_from(("420000", "430000")),
    "salary_floor": st.integers(0, 9_000),
    "company_size": st.just("s"),
    "industry": st.just("C"),
    "kind": st.just("internship"),
    "education": st.just("master"),
    "occupation": st.just("4-07"),
    "majors": st.just(("机电",)),
    "school_ids": st.sampled_from(((1,), None)),
    "company_id": st.integers(1, 3),
    "fair_id": st.integers(1, 3),
    "qualification": st.just(Qualification("associate")),
    "ids": st.sampled_from(((1, 2), (99,))),
}
KEPT = ("school_ids", "company_id", "fair_id", "qualification", "ids")


@st.composite
def any_filters(draw):
    names = draw(st.lists(st.sampled_from(sorted(VALUES)), unique=True))
    return Filters(**{name: draw(VALUES[name]) for name in names})


def test_every_filter_is_let_go_or_kept_on_purpose():
    assert {field.name for field in fields(Filters)} == set(VALUES)


@QUIET
@given(any_filters())
def test_steps_come_in_their_order_each_once_and_end_at_the_widest(filters):
    names, made = [], [filters]
    for name, wider in steps(filters):
        names.append(name)
        made.append(wider)
    order = [name for name, _ in STEPS]
    assert names == sorted(set(names), key=order.index)
    assert made[-1] == widest(filters)
    assert all(one != other for one, other in itertools.pairwise(made))


@QUIET
@given(any_filters())
def test_what_is_kept_stays_at_every_step(filters):
    kept = {name: getattr(filters, name) for name in KEPT}
    for _name, wider in steps(filters):
        assert {name: getattr(wider, name) for name in KEPT} == kept


@QUIET
@given(any_filters())
def test_the_widest_has_nothing_left_to_let_go(filters):
    wide = widest(filters)
    assert list(steps(wide)) == []
    assert widest(wide) == wide


@pytest.mark.parametrize(
    ("stock", "widened", "count"),
    [
        # How many there are here, in the province, anywhere; what is let go; how many are shown.
        ((1, 0, 9), (), 1),
        ((0, ENOUGH, 9), ("city",), ENOUGH),
        ((0, 1, 0), ("city",), 1),
        ((0, 1, 1), ("city", "province"), 2),
        ((0, 0, 9), ("city", "province"), 9),
        ((0, 0, 0), (), 0),
    ],
)
def test_letting_go_stops_at_enough_or_at_the_most(tmp_path, settings, stock, widened, count):
    settings.ELASTICSEARCH_URL = ""
    cities = ("420100", "420200", "430100")
    places = [city for city, many in zip(cities, stock, strict=True) for _ in range(many)]
    configured.embedded().rebuild(
        document(number, city_code=city, province_code=f"{city[:2]}0000")
        for number, city in enumerate(places, start=1)
    )
    found = serving.find_positions(PositionQuery("电工", replace(ALL, city_code="420100"), now=NOW))
    assert (found.widened, found.total) == (widened, count)
