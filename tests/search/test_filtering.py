"""Filters and facets of the embedded engine against a plain filter over the same sixty positions: alone, in pairs, at random."""

import itertools
import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.documents import EDUCATION_LEVELS
from search.engines.tantivy import TantivyEngine
from search.query import COUNTABLE, Filters, PositionQuery, Qualification
from search.results import Facet
from tests.search.contract import ALL, NOW, document

# A loaded machine is no finding.
QUIET = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TITLES = ("电工", "高级电工", "会计", "Java 开发")
CODES = ("4-07-03-01", "4-07-03-02", "4-07-00-00", "4-70-01-01", "6-31-01-02", "")
# What may be asked for: of each field some values that occur, and one that does not.
CHOICES = {
    "occupation": ("4-07-03-01", "4-07-03-00", "4-07", "4", "9-09-00-00"),
    "city_code": ("420100", "420200", "999999"),
    "province_code": ("420000", "430000"),
    "kind": ("full_time", "internship", "none such"),
    "education": ("any", "associate", "doctor", "unheard of"),
    "salary_floor": (0, 4_000, 7_999, 99_999),
    "industry": ("C", "软件 与 服务"),
    "company_id": (1, 3, 77),
    "company_size": ("s", "m"),
    "fair_id": (5, 6, 7),
    "published_within_days": (0, 1, 10, 400),
    "district_codes": (("420102",), ("420102", "420103"), ("1",)),
    "majors": (("机电",), ("机电", "会计"), ("哲学",)),
    "qualification": (
        Qualification("associate", 6, ("机电",), (2026,)),
        Qualification(),
        Qualification("bachelor", None, ("会计",), (2027,)),
        Qualification("doctor", 99, ("机电", "会计"), (2026, 2027)),
    ),
    "ids": (None, (1, 7, 30)),
    "school_ids": (None, (1,), (2, 3), (9,), ()),
}
FACET_OF = {
    "occupation": ("occupation_code", {"occupation": ""}),
    "city": ("city_code", {"city_code": "", "district_codes": ()}),
    "kind": ("kind", {"kind": ""}),
    "education": ("education", {"education": ""}),
    "industry": ("industry", {"industry": ""}),
    "company_size": ("company_size", {"company_size": ""}),
    "province": ("province_code", {"province_code": "", "city_code": "", "district_codes": ()}),
    "district": ("district_code", {"district_codes": ()}),
    "major": ("majors", {"majors": ()}),
}


def positions():
    """Sixty positions of every sort, the same every time."""
    chance = random.Random(4)
    made = []
    for number in range(1, 61):
        low = chance.choice((None, 3_000, 5_000))
        city = chance.choice(("420100", "420200", "430100", ""))
        made.append(
            document(
                number,
                chance.choice(TITLES),
                company_id=chance.randint(1, 4),
                occupation_code=chance.choice(CODES),
                city_code=city,
                province_code=f"{city[:2]}0000" if city else "",
                district_code=chance.choice(("420102", "420103", "")),
                kind=chance.choice(("full_time", "internship", "")),
                education=chance.choice(EDUCATION_LEVELS),
                salary_min=low,
                salary_max=chance.choice((None, 4_000, 8_000)),
                industry=chance.choice(("C", "软件 与 服务", "")),
                company_size=chance.choice(("s", "m", "")),
                experience_months=chance.choice((0, 6, 7, 36)),
                majors=chance.choice(((), ("机电",), ("会计", "审计"), ("机电", "会计"))),
                graduation_years=chance.choice(((), (2026,), (2025, 2027))),
                fair_ids=chance.choice(((), (5,), (5, 6))),
                school_ids=chance.choice(((1,), (1, 2), (3,), ())),
                published_at=NOW - timedelta(days=chance.choice((0, 1, 5, 30)), seconds=chance.randint(0, 1)),
                expires_at=chance.choice((None, NOW, NOW + timedelta(seconds=1), NOW - timedelta(days=1))),
            )
        )
    return made


POSITIONS = positions()


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    made = TantivyEngine(tmp_path_factory.mktemp("filtering"))
    made.rebuild(POSITIONS)
    return made


# What a filter means, said once more without any engine


def falls_under(code: str, asked: str) -> bool:
    while asked.endswith("-00"):
        asked = asked.removesuffix("-00")
    return f"{code}-".startswith(f"{asked}-")


def qualifies(row, person: Qualification) -> bool:
    return (
        EDUCATION_LEVELS.index(row.education) <= EDUCATION_LEVELS.index(person.education)
        and (person.experience_months is None or row.experience_months <= person.experience_months)
        and (not row.majors or bool({*row.majors} & {*person.majors}))
        and (not row.graduation_years or bool({*row.graduation_years} & {*person.graduation_years}))
    )


def levels_up_to(education: str) -> tuple[str, ...]:
    return (*itertools.takewhile(lambda level: level != education, EDUCATION_LEVELS), education)


MEANS = {
    "ids": lambda row, asked: row.id in asked,
    "occupation": lambda row, asked: falls_under(row.occupation_code, asked),
    "education": lambda row, asked: asked in EDUCATION_LEVELS and row.education in levels_up_to(asked),
    "salary_floor": lambda row, asked: (row.salary_max or row.salary_min or 0) >= asked,
    "fair_id": lambda row, asked: asked in row.fair_ids,
    "published_within_days": lambda row, asked: row.published_at >= NOW - timedelta(days=asked),
    "district_codes": lambda row, asked: row.district_code in asked,
    "majors": lambda row, asked: bool({*row.majors} & {*asked}),
    "qualification": qualifies,
    "school_ids": lambda row, asked: bool({*row.school_ids} & {*asked}),
}


def satisfies(row, filters: Filters) -> bool:
    """Whether a position may be shown under these filters, by the words of `Filters` alone."""
    if row.expires_at is not None and row.expires_at <= NOW:
        return False
    if filters.school_ids == ():
        return False
    for name in CHOICES:
        asked = getattr(filters, name)
        if asked is None or asked in ("", ()):
            continue
        means = MEANS.get(name, lambda row, asked, name=name: getattr(row, name) == asked)
        if not means(row, asked):
            return False
    return True


def expected(filters: Filters, word: str = "") -> list[int]:
    return [row.id for row in POSITIONS if satisfies(row, filters) and word in row.title]


def counted(filters: Filters, word: str = "") -> tuple[Facet, ...]:
    """Facets by hand: each under all filters but its own, the most frequent first."""
    made = []
    for name, (field, without) in FACET_OF.items():
        others = replace(filters, **without)
        values = Counter(
            value
            for row in POSITIONS
            if satisfies(row, others) and word in row.title
            for value in (row.majors if name == "major" else (getattr(row, field),))
        )
        values.pop("", None)
        if name == "education":  # a filter by it leaves what asks for less too
            chosen = {level: replace(others, education=level) for level in values}
            values = Counter({level: len(expected(under, word)) for level, under in chosen.items()})
            values = +values
        made.append(Facet(name, tuple(sorted(values.items(), key=lambda item: (-item[1], item[0])))))
    return tuple(made)


def asked(engine, filters: Filters, word: str = "", **more):
    return engine.find(PositionQuery(word, filters, now=NOW, size=100, **more))


SINGLES = [(name, value) for name, values in CHOICES.items() for value in values]
PAIRS = list(itertools.combinations(CHOICES, 2))


def combinations(one: str, two: str) -> list[Filters]:
    return [
        replace(ALL, **{one: left, two: right})
        for left, right in itertools.product(CHOICES[one], CHOICES[two])
    ]


def test_the_sixty_positions_are_of_every_sort():
    """Otherwise the comparisons below would compare nothing with nothing."""
    alone = {(name, value): len(expected(replace(ALL, **{name: value}))) for name, value in SINGLES}
    none = {key for key, count in alone.items() if not count}
    absent = {"9-09-00-00", "999999", "none such", "unheard of", 99_999, 77, 7, ("1",), ("哲学",), (9,), ()}
    assert {value for _, value in none} == absent
    assert sum(0 < count < len(expected(ALL)) for count in alone.values()) > 25


@pytest.mark.parametrize(("name", "value"), SINGLES)
def test_each_value_of_each_filter_alone(engine, name, value):
    filters = replace(ALL, **{name: value})
    found = asked(engine, filters, facets=COUNTABLE)
    assert (sorted(found.ids), found.total, found.worded) == (expected(filters), *[len(found.ids)] * 2)
    assert found.facets == counted(filters)


@pytest.mark.parametrize(("one", "two"), PAIRS)
def test_each_pair_of_filters_holds_together(engine, one, two):
    for filters in combinations(one, two):
        found = asked(engine, filters)
        assert (filters, sorted(found.ids)) == (filters, expected(filters))


FACETED = (
    "occupation", "city_code", "province_code", "district_codes", "majors", "kind", "education", "industry", "company_size",
)  # fmt: skip


@pytest.mark.parametrize(("one", "two"), list(itertools.combinations(FACETED, 2)))
def test_facets_of_two_chosen_values_are_each_counted_without_their_own(engine, one, two):
    for filters in combinations(one, two)[:4]:
        found = asked(engine, filters, "电工", facets=COUNTABLE)
        assert (sorted(found.ids), found.facets) == (expected(filters, "电工"), counted(filters, "电工"))


@pytest.mark.parametrize("names", [(), ("city",), ("kind", "city"), tuple(reversed(COUNTABLE))])
def test_facets_come_in_the_order_they_were_asked_for(engine, names):
    filters = replace(ALL, city_code="420100", kind="internship")
    by_name = {facet.name: facet for facet in counted(filters)}
    assert asked(engine, filters, facets=names).facets == tuple(by_name[name] for name in names)


@st.composite
def any_filters(draw):
    names = draw(st.lists(st.sampled_from(sorted(CHOICES)), unique=True, max_size=6))
    return replace(ALL, **{name: draw(st.sampled_from(CHOICES[name])) for name in names})


@QUIET
@given(
    any_filters(),
    st.sampled_from(("", "电工", "会计", "java")),
    st.sampled_from(("relevance", "date", "salary")),
)
def test_any_filters_with_any_word_in_any_order(engine, filters, word, sort):
    found = asked(engine, filters, word, sort=sort, facets=COUNTABLE)
    word = word.replace("java", "Java")
    assert (sorted(found.ids), found.total) == (expected(filters, word), len(found.ids))
    assert found.facets == counted(filters, word)


KEYS = {
    "date": lambda row: (-int(row.published_at.timestamp()), -row.id),
    "salary": lambda row: (-(row.salary_max or row.salary_min or 0), -row.id),
}


@QUIET
@given(any_filters(), st.sampled_from(sorted(KEYS)), st.integers(1, 9))
def test_pages_by_number_and_by_cursor_are_the_sorted_list_cut(engine, filters, sort, size):
    rows = sorted((row for row in POSITIONS if satisfies(row, filters)), key=KEYS[sort])
    whole = [row.id for row in rows]
    by_cursor, cursor = [], ""
    for page in range(1, len(whole) // size + 2):
        query = PositionQuery("", filters, now=NOW, sort=sort, size=size)
        by_page = engine.find(replace(query, page=page))
        following = engine.find(replace(query, cursor=cursor))
        assert by_page.ids == following.ids == whole[(page - 1) * size : page * size]
        assert by_page.total == following.total == len(whole)
        by_cursor += following.ids
        cursor = following.next_cursor
        if not cursor:
            break
    assert by_cursor == whole
