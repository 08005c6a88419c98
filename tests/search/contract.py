"""What every engine must do: one class, inherited by the test of each engine."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from search import synonyms
from search.documents import PositionDocument, visibility
from search.engines import base
from search.query import FACETS, MAX_WINDOW, Filters, PositionQuery, Qualification
from search.results import Facet

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
FITTER = "4-07-03-01"
ALL = Filters(school_ids=None)


def document(position_id: int, title: str = "电工", **fields) -> PositionDocument:
    given = {"version": 1, "company": "甲公司", "company_id": 1, "published_at": NOW, "school_ids": (1,)}
    return PositionDocument(id=position_id, title=title, **(given | fields))


def versions(engine) -> list[tuple[int, int]]:
    """(id, version) of what can be found."""
    return [(position_id, version) for position_id, version, _ in engine.standings(NOW)]


OPERATORS = ['"', "*", "AND", "title:x OR", "😀", "\\", "((", "~^", "x" * 10_000, "' --"]
# A title, and a query that means it.
MEANT = [
    ("会计", "会计"),
    ("成本会计专员", "会计专员"),
    ("成本会计", "会计 成本"),
    ("数控操作工", "CNC"),
    ("CNC操作工", "数控"),
    ("会计", "accounting"),
    ("Accountant", "会计"),
    ("前端工程师", "front-end"),
    ("会计", "會計"),
    ("CNC 编程", "ＣＮＣ"),
    ("Java 开发", "java"),
    ("Software engineers", "software engineer"),
    ("Node.js 开发", "node.js"),
    (".NET 开发", ".net"),
    ("Machine learning", "机器学习"),
    ("会计", "我是一名应届毕业生,想找一份会计方面的工作,请问有没有合适的"),
    (
        "Nurse",
        "is there any work for somebody who has just qualified as a nurse and likes to be with children",
    ),
]


class EngineContract:
    """A subclass gives the `engine` fixture, empty, and `settle`, after which writes are findable."""

    def settle(self, engine) -> None:
        """Nothing to wait for."""

    def store(self, engine, *documents) -> None:
        engine.index(documents)
        self.settle(engine)

    def find(self, engine, text="", filters=ALL, **more):
        return engine.find(PositionQuery(text, filters, now=NOW, **more))

    def unfound(self, engine, pairs):
        """(title, query) of those whose query does not find the title, or finds what has nothing to do with it."""
        ids = {title: number for number, title in enumerate(dict(pairs), start=1)}
        self.store(engine, document(99, "保洁"), *(document(number, title) for title, number in ids.items()))
        found = {query: self.find(engine, query, size=50).ids for _, query in pairs}
        return [
            (title, query) for title, query in pairs if ids[title] not in found[query] or 99 in found[query]
        ]

    def test_query_finds_what_is_meant(self, engine):
        assert self.unfound(engine, MEANT) == []

    def test_c_languages_are_three_words(self, engine):
        self.store(engine, document(1, "C"), document(2, "C++"), document(3, "C#"))
        assert [self.find(engine, text).ids for text in ("c", "c++", "C#")] == [[1], [2], [3]]

    def test_operators_are_data(self, engine):
        self.store(engine, document(1, "电工"))
        assert {text: self.find(engine, text).ids for text in OPERATORS} == {text: [] for text in OPERATORS}
        assert {self.find(engine, f"电工 {text[:99]}").total for text in OPERATORS} <= {0, 1}

    def test_company_skill_and_description_are_searched_after_the_title(self, engine):
        self.store(
            engine,
            document(1, "文员", description="会开叉车"),
            document(2, "叉车"),
            document(3, "文员", skills=("叉车",)),
            document(4, "文员", company="叉车公司"),
        )
        found = self.find(engine, "叉车")
        assert (found.ids[0], sorted(found.ids)) == (2, [1, 2, 3, 4])

    def test_empty_query_is_everything_newest_first(self, engine):
        self.store(engine, *(document(i, published_at=NOW - timedelta(days=i)) for i in (3, 1, 2)))
        found = self.find(engine)
        assert (found.total, found.ids, found.degraded) == (3, [1, 2, 3], False)

    def test_nothing_found_is_an_empty_page(self, engine):
        found = self.find(engine, "电工", facets=FACETS)
        assert (found.total, found.hits, found.next_cursor) == (0, (), "")
        assert found.facets == tuple(Facet(name, ()) for name in FACETS)

    @pytest.mark.parametrize(
        ("filters", "fields", "others"),
        [
            ({"occupation": "4-07-00-00"}, {"occupation_code": FITTER}, {"occupation_code": "4-08-03-01"}),
            ({"occupation": "4-07"}, {"occupation_code": FITTER}, {"occupation_code": "4-70-03-01"}),
            ({"occupation": "4-07-03-01"}, {"occupation_code": FITTER}, {"occupation_code": "4-07-03-02"}),
            ({"city_code": "420100"}, {"city_code": "420100"}, {"city_code": "420200"}),
            ({"province_code": "420000"}, {"province_code": "420000"}, {"province_code": "430000"}),
            ({"kind": "internship"}, {"kind": "internship"}, {"kind": "full_time"}),
            ({"education": "associate"}, {"education": "any"}, {"education": "bachelor"}),
            ({"education": "associate"}, {"education": "associate"}, {"education": "master"}),
            ({"salary_floor": 6000}, {"salary_min": 5000, "salary_max": 6000}, {"salary_max": 5999}),
            ({"salary_floor": 6000}, {"salary_min": 6000}, {}),
            ({"industry": "C"}, {"industry": "C"}, {"industry": "D"}),
            ({"company_id": 7}, {"company_id": 7}, {"company_id": 8}),
            ({"company_size": "s"}, {"company_size": "s"}, {"company_size": "m"}),
            ({"ids": (1, 9)}, {}, {}),
            ({"fair_id": 5}, {"fair_ids": (4, 5)}, {"fair_ids": (4,)}),
            ({"published_within_days": 7}, {"published_at": NOW - WEEK}, {"published_at": NOW - 2 * WEEK}),
            ({"majors": ("机电", "数控")}, {"majors": ("数控",)}, {"majors": ("会计",)}),
            ({"school_ids": (1, 2)}, {"school_ids": (2, 3)}, {"school_ids": (3,)}),
        ],
    )  # fmt: skip
    def test_filter_keeps_only_what_satisfies_it(self, engine, filters, fields, others):
        self.store(engine, document(1, **fields), document(2, **others))
        assert self.find(engine, "电工", replace(ALL, **filters)).ids == [1]

    def test_scope_is_closed_unless_it_is_given(self, engine):
        self.store(engine, document(1, school_ids=(1,)), document(2, school_ids=()))
        asked = [Filters(), Filters(school_ids=(1,)), Filters(school_ids=(9,)), ALL]
        assert [self.find(engine, "", filters).ids for filters in asked] == [[], [1], [], [2, 1]]

    def test_expired_positions_are_never_found(self, engine):
        self.store(engine, document(1, expires_at=NOW), document(2, expires_at=NOW + timedelta(seconds=1)))
        assert self.find(engine).ids == [2]

    @pytest.mark.parametrize(
        ("fields", "qualifies"),
        [
            ({}, True),
            ({"education": "associate"}, True),
            ({"education": "bachelor"}, False),
            ({"experience_months": 12}, True),
            ({"experience_months": 13}, False),
            ({"majors": ("会计", "审计")}, True),
            ({"majors": ("护理",)}, False),
            ({"graduation_years": (2026, 2027)}, True),
            ({"graduation_years": (2025,)}, False),
        ],
    )
    def test_qualification_leaves_what_asks_for_no_more(self, engine, fields, qualifies):
        self.store(engine, document(1, **fields))
        person = Qualification("associate", 12, ("会计",), (2026,))
        found = self.find(engine, filters=Filters(school_ids=None, qualification=person))
        assert found.ids == ([1] if qualifies else [])

    def test_without_months_experience_keeps_nobody_out(self, engine):
        self.store(engine, document(1, experience_months=600), document(2, education="doctor"))
        person = Qualification("associate", None)
        assert self.find(engine, filters=Filters(school_ids=None, qualification=person)).ids == [1]

    def test_the_order_by_fit_is_left_to_who_asks(self, engine):
        """An engine answers it by relevance, and gives a whole window at once to be ordered."""
        self.store(engine, *(document(i, "会计" if i % 2 else "出纳") for i in range(1, 131)))
        for text in ("", "会计"):
            query = PositionQuery(text, ALL, size=MAX_WINDOW, now=NOW)
            found, plain = (engine.find(replace(query, sort=sort)) for sort in ("fit", "relevance"))
            assert found == plain
            assert len(found.ids) == found.total == (130 if not text else 65)

    def test_pages_past_the_window_neither_repeat_nor_leave_out(self, engine):
        """More hits are equal than a window holds; of what stands past it some has what only raises a hit."""
        raised = [document(number, "会 计 员", description="accountant") for number in range(226, 231)]
        self.store(engine, *(document(number, "accountant") for number in range(1, 226)), *raised)
        pages = [self.find(engine, "会计", size=23, page=page).ids for page in range(1, 11)]
        assert sorted(pk for page in pages for pk in page) == [*range(1, 231)]

    def test_districts_are_alternatives(self, engine):
        self.store(engine, *(document(i, district_code=f"42010{i}") for i in (1, 2, 3)))
        some = Filters(school_ids=None, district_codes=("420101", "420103"))
        assert sorted(self.find(engine, filters=some).ids) == [1, 3]

    @pytest.mark.parametrize(
        ("text", "ids"),
        [
            ('"成本核算"', [1]),
            ("“成本核算” 会计", [1]),
            ("「成本核算」", [1]),
            ('"machine learning"', [4]),
            ('"learning machine"', []),
            ("会计 -核算", [2, 3]),
            ("会计 －核算 -主管", [2]),
            ("-会计", [4, 5]),
            ("公司:海川", [2]),
            ("会计 公司：海川", [2]),
            ("company:海川 -会计", []),
            ("技能:excel", [3]),
            ("职位:会计 excel", [3]),
            ('公司:"不 存在"', []),
        ],
    )
    def test_phrases_exclusions_and_fields(self, engine, text, ids):
        self.store(
            engine,
            document(1, "成本核算会计"),
            document(2, "会计", company="海川公司"),
            document(3, "会计主管", skills=("Excel",)),
            document(4, "Machine learning engineer"),
            document(5, "Learning of a machine", company="乙公司"),
        )
        assert sorted(self.find(engine, text).ids) == ids

    @pytest.mark.parametrize(
        ("text", "ids"),
        [
            ("苏州 会计", [1, 2, 3]),
            ("苏州会计", [1, 2, 3]),
            ("会计 蘇州市", [1, 2, 3]),
            ("吴中区会计", [1, 2, 3]),
            ("Suzhou accounting", [1, 2, 3]),
            ("会计 -苏州", [2]),
            ("苏州", [3, 1]),
            ("城市:苏州 会计", [1]),
            ("place:suzhou", [3, 1]),
            ('"江苏省"', [3, 1]),
        ],
    )
    def test_where_the_work_is_is_searched_like_its_words(self, engine, text, ids):
        """First what has the work and the place, then the work elsewhere, then other work there."""
        suzhou = ("江苏省", "江苏", "Jiangsu", "苏州市", "苏州", "Suzhou", "吴中区", "吴中", "Wuzhong")
        self.store(
            engine,
            document(1, "会计", places=suzhou),
            document(2, "会计", places=("北京市", "北京", "Beijing")),
            document(3, "保洁", places=suzhou),
        )
        assert self.find(engine, text).ids == ids

    @pytest.mark.parametrize(
        ("group", "text", "ids"),
        [
            (("账房", "会计"), "账房", [1]),
            (("账房", "会计"), "账房先生", [1]),
            (("账房", "会计"), "-账房", [3, 2, 1]),
            (("账房", "会计"), '"账房"', []),
            (("front office clerk", "保洁"), "Front-Office clerks", [3]),
            (("3D打印", "c++"), "3D 打印", [2]),
            (("账房", "c++", "会计"), "账房", [1, 2]),
        ],
    )
    def test_synonyms_are_the_query_s_and_need_no_new_index(self, engine, group, text, ids):
        """The index was made without the group, and a query without it finds nothing by it."""
        self.store(engine, document(1, "会计"), document(2, "C++ 程序"), document(3, "保洁"))
        assert self.find(engine, text, synonyms=synonyms.extended([group])).ids == ids
        assert self.find(engine, text).ids == (ids if text.startswith("-") else [])

    def test_phrase_stands_in_one_field(self, engine):
        self.store(
            engine, document(1, "成本", description="核算"), document(2, "文员", description="成本核算")
        )
        assert self.find(engine, '"成本核算"').ids == [2]

    def test_exact_title_comes_first(self, engine):
        self.store(engine, document(1, "会计"), document(2, "会计会计"), document(3, "高级会计"))
        assert self.find(engine, "会计").ids[0] == 1

    def test_fresher_of_equals_comes_first_then_more_openings(self, engine):
        self.store(
            engine,
            document(3, published_at=NOW - timedelta(days=90)),
            document(1, published_at=NOW),
            document(2, published_at=NOW, openings=50),
        )
        assert self.find(engine, "电工").ids == [2, 1, 3]

    def test_words_found_are_counted(self, engine):
        self.store(engine, document(1), document(2), document(3, "保洁"))
        assert [self.find(engine, text).worded for text in ("电工", "护士", "")] == [2, 0, 3]

    def test_facets_are_counted_under_the_other_filters(self, engine):
        self.store(
            engine,
            document(1, city_code="1", kind="a"),
            document(2, city_code="2", kind="a"),
            document(3, city_code="2", kind="b"),
        )
        found = self.find(engine, "", replace(ALL, city_code="2"), facets=("city", "kind"))
        assert found.ids == [3, 2]
        assert found.total == 2
        assert found.facets == (
            Facet("city", (("2", 2), ("1", 1))),
            Facet("kind", (("a", 1), ("b", 1))),
        )

    def test_sorts_by_salary_and_date(self, engine):
        self.store(
            engine,
            document(1, salary_max=5, published_at=NOW - timedelta(days=1)),
            document(2, salary_min=9, published_at=NOW - timedelta(days=2)),
            document(3),
        )
        assert self.find(engine, "电工", sort="salary").ids == [2, 1, 3]
        assert self.find(engine, "电工", sort="date").ids == [3, 1, 2]

    @pytest.mark.parametrize("sort", ["relevance", "date", "salary"])
    def test_cursor_walks_through_everything_once_while_the_index_grows(self, engine, sort):
        self.store(engine, *(document(i, salary_max=i % 3) for i in range(1, 12)))
        page = self.find(engine, "电工", size=4, sort=sort)
        seen = list(page.ids)
        self.store(engine, document(99, "电工", salary_max=9, published_at=NOW + timedelta(hours=1)))
        while page.next_cursor:
            page = self.find(engine, "电工", size=4, sort=sort, cursor=page.next_cursor)
            seen += page.ids
        assert sorted(seen) in ([*range(1, 12)], [*range(1, 12), 99])

    def test_pages_by_number_follow_each_other(self, engine):
        self.store(engine, *(document(i) for i in range(1, 6)))
        assert [self.find(engine, size=2, page=n).ids for n in (1, 2, 3, 4)] == [[5, 4], [3, 2], [1], []]

    def test_newer_version_replaces_and_older_changes_nothing(self, engine):
        self.store(engine, document(1, "电工", version=2))
        self.store(engine, document(1, "焊工", version=1))
        assert versions(engine) == [(1, 2)]
        self.store(engine, document(1, "厨师", version=3), document(1, "厨师", version=3))
        assert [self.find(engine, text).ids for text in ("电工", "焊工", "厨师")] == [[], [], [1]]
        assert versions(engine) == [(1, 3)]

    def test_forgotten_position_does_not_come_back_with_a_late_write(self, engine):
        self.store(engine, document(1, version=1))
        engine.forget([(1, 2)])
        self.store(engine, document(1, version=1))
        assert (self.find(engine).ids, versions(engine), engine.count()) == ([], [], 0)
        self.store(engine, document(1, version=3))
        assert self.find(engine).ids == [1]

    def test_late_forget_of_an_older_version_changes_nothing(self, engine):
        self.store(engine, document(1, version=5))
        engine.forget([(1, 4)])
        self.settle(engine)
        assert self.find(engine).ids == [1]

    def test_rebuild_replaces_everything(self, engine):
        self.store(engine, document(1), document(2))
        assert engine.rebuild(iter([document(2, version=4), document(3)])) == 2
        self.settle(engine)
        assert versions(engine) == [(2, 4), (3, 1)]
        self.store(engine, document(4))
        assert self.find(engine).ids == [4, 3, 2]

    def test_writes_during_a_rebuild_are_in_the_new_index_and_win_over_what_it_read(self, engine):
        self.store(engine, document(1, "电工"), document(2, "电工"))
        build = engine.build()
        engine.index([document(1, "焊工", version=2), document(3, "厨师")])
        engine.index([document(2, "保洁", version=1)])
        build.add(base.rows([document(1, "电工"), document(2, "电工")]))
        build.finish()
        self.settle(engine)
        assert versions(engine) == [(1, 2), (2, 1), (3, 1)]
        assert [self.find(engine, text).ids for text in ("电工", "焊工", "保洁")] == [[], [1], [2]]

    def test_forgotten_positions_stay_forgotten_through_a_rebuild(self, engine):
        self.store(engine, document(1, version=1))
        engine.forget([(1, 2)])
        engine.rebuild([document(2)])
        self.store(engine, document(1, version=1))
        assert versions(engine) == [(2, 1)]

    def test_a_rebuild_that_fails_leaves_everything_as_it_was(self, engine):
        self.store(engine, document(1))

        def breaks():
            yield document(2)
            raise LookupError("the database went away")

        with pytest.raises(LookupError):
            engine.rebuild(breaks())
        self.store(engine, document(3))
        assert versions(engine) == [(1, 1), (3, 1)]

    def test_a_rebuild_is_not_seen_before_it_is_finished(self, engine):
        self.store(engine, document(1))
        build = engine.build()
        build.add(base.rows([document(2)]))
        self.settle(engine)
        seen = [versions(engine)]
        build.finish()
        assert [*seen, versions(engine)] == [[(1, 1)], [(2, 1)]]

    def test_standings_come_by_id_and_leave_out_the_expired(self, engine):
        late = NOW + timedelta(days=1)
        self.store(engine, document(3, expires_at=late), document(1), document(2, expires_at=NOW))
        assert list(engine.standings(NOW)) == [
            (1, 1, visibility((1,), None)),
            (3, 1, visibility((1,), late)),
        ]

    def test_visibility_tells_scopes_and_times_apart(self, engine):
        self.store(engine, document(1, school_ids=(1, 2)), document(2, school_ids=(2, 1)), document(3))
        one, two, three = (checksum for _, _, checksum in engine.standings(NOW))
        assert one == two != three

    def test_an_engine_is_complete_once_it_was_rebuilt(self, engine):
        engine.rebuild([])
        assert engine.complete() is True
