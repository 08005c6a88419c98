"""What all engines share: rows out of documents, filters out of queries, batches, and the place after a cursor."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.documents import EDUCATION_LEVELS, occupation_path, visibility
from search.engines import base
from search.engines.base import DocumentRefused, EngineUnavailable
from search.query import COUNTABLE, Filters, PositionQuery
from tests.search.contract import FITTER, NOW, document

# A loaded machine is no finding.
QUIET = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SECONDS = int(NOW.timestamp())


def test_a_stored_row_holds_words_fields_and_visibility():
    full = document(
        7, "CNC 操作", version=3, company="甲 Ltd", company_id=9, description="会看图纸", skills=("数控", "C++"),
        majors=("机电",), occupation_code=FITTER, occupation_name="电工", places=("上海市", "上海"), city_code="310000",
        province_code="310000", district_code="310115", kind="internship", education="associate", salary_min=3000,
        salary_max=5000, openings=2, experience_months=12, graduation_years=(2026, 2027), industry="C", company_size="s",
        expires_at=NOW + timedelta(days=1), school_ids=(1, 2), fair_ids=(5,),
    )  # fmt: skip
    row = base.stored(full)
    # What serves meaning, spelling and suggestions has tests of its own.
    served = {"meaning", *base.EMBEDDED_ONLY}
    assert {name: value for name, value in row.items() if name not in served} == {
        "id": 7, "version": 3, "live": 1, "title": "cnc 操 作 操作", "company": "甲 ltd", "company_id": 9,
        "occupation_name": "电 工 电工", "skills": "数 控 数控 c++", "description": "会 看 图 纸 会看 看图 图纸",
        "places": "上 海 市 上海 海市 上海市",
        "facts": "电 工 电工 数 控 数控 c++ 甲 ltd 上 海 市 上海 海市 上海市", "occupation_code": FITTER, "occupation_path": ["4", "4-07", "4-07-03", FITTER],
        "majors": ["机电"], "any_major": 0, "any_year": 0, "city_code": "310000", "province_code": "310000",
        "district_code": "310115", "kind": "internship", "education": "associate", "education_level": 2, "industry": "C",
        "company_size": "s", "openings": 2, "experience_months": 12, "salary_most": 5000,
        "published": SECONDS, "expires": SECONDS + 86_400, "school_ids": [1, 2], "fair_ids": [5],
        "graduation_years": [2026, 2027], "visibility": visibility((1, 2), NOW + timedelta(days=1)),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "stored"),
    [
        ({}, {"salary_most": 0}),
        ({"salary_min": 4000}, {"salary_most": 4000}),
        ({"salary_max": 6000}, {"salary_most": 6000}),
        ({"salary_min": 1, "salary_max": 2}, {"salary_most": 2}),
        ({"expires_at": None}, {"expires": base.NEVER}),
        ({"education": "unheard of"}, {"education": "unheard of", "education_level": 0}),
        ({"majors": (), "graduation_years": ()}, {"any_major": 1, "any_year": 1, "majors": []}),
        ({"occupation_code": ""}, {"occupation_path": []}),
    ],
)
def test_what_is_not_given_is_stored_as(fields, stored):
    row = base.stored(document(1, **fields))
    assert {name: row[name] for name in stored} == stored


def test_a_word_is_taken_for_a_place_by_its_pinyin_only():
    row = base.stored(document(1, "会计", skills=("Excel",), places=("江苏省", "江苏", "Jiangsu")))
    assert (row[base.VOCABULARY], "jiangsu" in row["places"].split()) == (["会计", "excel", "jiangsu"], True)


@pytest.mark.parametrize("level", EDUCATION_LEVELS)
def test_levels_of_education_are_in_order(level):
    assert base.stored(document(1, education=level))["education_level"] == EDUCATION_LEVELS.index(level)


def test_every_field_of_the_mapping_is_filled_and_none_beside_it():
    """Elasticsearch refuses fields it was not told of, so the lists must agree."""
    named = {
        "id",
        "version",
        *base.EMBEDDED_ONLY,
        *base.TEXT_FIELDS,
        base.FACTS,
        *base.KEYWORDS,
        *base.NUMBERS,
        *base.NUMBER_LISTS,
    }
    assert set(base.stored(document(1))) == named
    assert set(base.tombstone(1, 2)) <= named


def test_every_facet_has_a_field_and_a_filter_it_is_counted_without():
    assert set(base.FACET_FIELDS) == set(base.FACET_FILTERS) == set(COUNTABLE)
    assert set(base.FACET_FIELDS.values()) <= set(base.KEYWORDS)


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ({}, {"school_ids": []}),
        ({"school_ids": None}, {}),
        ({"school_ids": (2, 1)}, {"school_ids": [2, 1]}),
        ({"school_ids": None, "occupation": "4-07-00-00"}, {"occupation_path": ["4-07"]}),
        ({"school_ids": None, "education": "associate"}, {"education": ["any", "secondary", "associate"]}),
        ({"school_ids": None, "education": "none such"}, {"education": []}),
        ({"school_ids": None, "company_id": 0}, {"company_id": [0]}),
        ({"school_ids": None, "fair_id": 3, "kind": "k"}, {"fair_ids": [3], "kind": ["k"]}),
        ({"school_ids": None, "majors": ("a", "b")}, {"majors": ["a", "b"]}),
        ({"school_ids": None, "salary_floor": 1, "published_within_days": 1}, {}),
    ],
)
def test_filters_are_fields_with_the_values_one_of_which_a_hit_has(filters, wanted):
    assert base.exact_filters(Filters(**filters)) == wanted


@pytest.mark.parametrize(
    ("filters", "bounds"),
    [
        ({}, {"expires": SECONDS + 1}),
        ({"salary_floor": 0}, {"expires": SECONDS + 1, "salary_most": 0}),
        ({"salary_floor": 5000}, {"expires": SECONDS + 1, "salary_most": 5000}),
        ({"published_within_days": 2}, {"expires": SECONDS + 1, "published": SECONDS - 2 * 86_400}),
    ],
)
def test_bounds_are_counted_from_the_moment_of_the_query(filters, bounds):
    assert base.lower_bounds(PositionQuery(filters=Filters(**filters), now=NOW)) == bounds


def test_without_a_moment_the_present_one_counts():
    before = int(datetime.now(UTC).timestamp())
    assert before < base.unexpired(None) <= int(datetime.now(UTC).timestamp()) + 1


@QUIET
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), max_size=20))
def test_newest_keeps_one_row_per_id_the_last_of_the_greatest_version(pairs):
    rows = [{"id": i, "version": v, "place": place} for place, (i, v) in enumerate(pairs)]
    kept = {row["id"]: row for row in base.newest(rows)}
    assert set(kept) == {row["id"] for row in rows}
    for row in rows:
        best = kept[row["id"]]
        assert (row["version"], row["place"]) <= (best["version"], best["place"])


@QUIET
@given(st.lists(st.integers(), max_size=50), st.integers(1, 10))
def test_batches_lose_nothing_and_are_full_but_for_the_last(items, size):
    made = list(base.batches(items, size))
    assert [item for batch in made for item in batch] == items
    assert all(len(batch) == size for batch in made[:-1])
    assert all(made)


RANKED = [(3.0, 9, 1), (2.0, 8, 1), (2.0, 5, 1), (1.0, 7, 1)]


@pytest.mark.parametrize(
    ("cursor", "left"),
    [
        ((3.0, 9), [8, 5, 7]),
        ((2.0, 8), [5, 7]),
        ((1.0, 7), []),
        # The hit has moved: it is found by its id, wherever it stands now.
        ((0.5, 8), [5, 7]),
        # The hit is gone: what comes after the place it had.
        ((2.0, 6), [5, 7]),
        ((2.5, 1), [8, 5, 7]),
        ((9.0, 1), [9, 8, 5, 7]),
        ((0.1, 1), []),
    ],
)
def test_a_cursor_goes_on_after_its_hit_or_after_the_place_of_it(cursor, left):
    assert [hit[1] for hit in base.after(RANKED, cursor)] == left


class Recorded:
    """A build that writes down what it is told, and gives up where it is told to."""

    def __init__(self, fails: str = "", error: type[Exception] = EngineUnavailable) -> None:
        self.fails, self.error, self.told = fails, error, []

    def _step(self, name: str, said: object) -> None:
        self.told.append(said)
        if self.fails == name:
            raise self.error(f"cannot {name}")

    def add(self, rows):
        self._step("add", [row["id"] for row in rows])

    def finish(self):
        self._step("finish", "finish")

    def discard(self):
        self.told.append("discard")


def test_all_builds_are_filled_from_one_analysis():
    one, two = Recorded(), Recorded()
    assert base.fill([one, two], (document(n) for n in (1, 2))) == 2
    assert one.told == two.told == [[1, 2], "finish"]


@pytest.mark.parametrize("error", [EngineUnavailable, DocumentRefused])
@pytest.mark.parametrize(
    ("fails", "told"), [("add", [[1], "discard"]), ("finish", [[1], "finish", "discard"])]
)
def test_a_build_that_gives_up_is_discarded_and_the_others_go_on(fails, told, error):
    weak, strong = Recorded(fails, error), Recorded()
    with pytest.raises(EngineUnavailable, match=f"cannot {fails}"):
        base.fill([weak, strong], [document(1)])
    assert (weak.told, strong.told) == (told, [[1], "finish"])


def test_a_source_that_breaks_discards_every_build():
    def breaks():
        yield document(1)
        raise LookupError("the database went away")

    one, two = Recorded(), Recorded()
    with pytest.raises(LookupError):
        base.fill([one, two], breaks())
    assert one.told == two.told == ["discard"]


def test_nothing_is_read_once_every_build_has_given_up(monkeypatch):
    monkeypatch.setattr(base, "BUILD_BATCH", 1)
    read = []

    def documents():
        for number in range(1, 5):
            read.append(number)
            yield document(number)

    with pytest.raises(EngineUnavailable):
        base.fill([Recorded("add")], documents())
    assert read == [1]


@QUIET
@given(st.lists(st.integers(1, 9), max_size=4), st.integers(0, 2**31))
def test_the_checksum_of_visibility_minds_neither_order_nor_parts_of_a_second(schools, seconds):
    moment = datetime.fromtimestamp(seconds, UTC)
    later = moment + timedelta(microseconds=999_999)
    assert visibility(schools, moment) == visibility(reversed(schools), later)
    assert visibility(schools, moment) != visibility([*schools, 10], moment)
    assert visibility(schools, moment) != visibility(schools, moment + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("", []),
        ("  ", []),
        ("4", ["4"]),
        ("4-00-00-00", ["4"]),
        ("4-07-00-00", ["4", "4-07"]),
        (FITTER, ["4", "4-07", "4-07-03", FITTER]),
    ],
)
def test_an_occupation_is_found_under_each_level_above_it(code, path):
    assert occupation_path(code) == path
