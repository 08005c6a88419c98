"""Facets are counted in a list of words of its own: they must count the very positions that are found by the fields."""

import random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from search.engines.base import EVERYWHERE
from search.engines.tantivy import TantivyEngine
from search.query import Filters, PositionQuery
from search.results import Facet
from tests.search.contract import ALL, NOW, document

QUIET = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
WORDS = (
    "会计",
    "财务",
    "出纳",
    "数控",
    "CNC",
    "machine learning",
    "C++",
    "Java",
    "前端开发工程师",
    "3.5",
    "海川",
)
PARTS = (
    *WORDS, *(f'"{word}"' for word in WORDS), *(f"-{word}" for word in WORDS), "公司:海川", "技能:Java",
    "accounting", "frontend", "learning machine", "工程", "无人机",
)  # fmt: skip


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """Eighty positions whose words are scattered over all fields, some forgotten, some of another school or expired."""
    chance = random.Random(3)
    made = TantivyEngine(tmp_path_factory.mktemp("counting"))
    made.rebuild(
        document(
            number,
            chance.choice(WORDS),
            company=chance.choice(("海川公司", "Java House", "")),
            skills=tuple(chance.sample(WORDS, chance.randint(0, 3))),
            occupation_name=chance.choice(("会计人员", "数控车工", "")),
            description=" ".join(chance.sample(WORDS, chance.randint(0, 4))),
            kind=chance.choice(("full_time", "internship")),
            school_ids=chance.choice(((1,), (2,))),
            expires_at=chance.choice((None, NOW)),
        )
        for number in range(1, 81)
    )
    made.forget([(number, 9) for number in range(1, 81, 7)])
    return made


@QUIET
@given(
    parts=st.lists(st.sampled_from(PARTS), min_size=1, max_size=7),
    school=st.sampled_from([None, (1,), ()]),
    kind=st.sampled_from(["", "full_time"]),
)
@example(parts=["machine learning", "accounting"], school=None, kind="")
@example(parts=["-会计"], school=(1,), kind="full_time")
def test_as_many_are_counted_as_are_found(engine, parts, school, kind):
    query = PositionQuery(" ".join(parts), Filters(school_ids=school, kind=kind), facets=("kind",), now=NOW)
    found = {
        one: engine.find(PositionQuery(query.text, Filters(school_ids=school, kind=one), now=NOW)).total
        for one in ("full_time", "internship")
    }
    counted = sorted(
        ((one, many) for one, many in found.items() if many), key=lambda pair: (-pair[1], pair[0])
    )
    assert engine.find(query).facets == (Facet("kind", tuple(counted)),)


def test_a_word_is_listed_once_however_often_and_wherever_it_stands(tmp_path):
    engine = TantivyEngine(tmp_path)
    engine.rebuild([document(1, "电工", company="电工", skills=("电工", "电"), description="电工 电工")])
    searcher = engine.opened().searcher()
    assert {word: searcher.doc_freq(EVERYWHERE, word) for word in ("电工", "电", "焊")} == {
        "电工": 1,
        "电": 1,
        "焊": 0,
    }


def test_what_is_forgotten_has_no_words_left(tmp_path):
    engine = TantivyEngine(tmp_path)
    engine.rebuild([document(1, "电工"), document(2, "电工")])
    engine.forget([(1, 5)])
    assert engine.find(PositionQuery("电工", ALL, facets=("kind",), now=NOW)).total == 1
    assert engine.count() == 1
