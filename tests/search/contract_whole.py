"""More of what every engine must do: forms of words, filters and facets together, orders, deliveries, suggestions."""

from dataclasses import replace
from datetime import timedelta

import pytest

from search.documents import EDUCATION_LEVELS
from search.engines import base
from search.query import COUNTABLE, FACETS, Filters
from search.results import Facet
from tests.search.contract import ALL, NOW, EngineContract, document, versions

# A title, and a query that must find it.
FORMS = [
    ("电工", "「电工」"),
    ("电工", '"电工"'),
    ("电工", "'电工'"),
    ("电工", "电工 AND 电工"),
    ("电工", "NOT 电工"),
    ("电工", "电工 OR"),
    ("电工", "title:电工"),
    ("电工", "电工*"),
    ("电工", "电工~2"),
    ("电工", "电工^9"),
    ("电工", "(电工"),
    ("电工", "[电工 TO *]"),
    ("电工", "/电工/"),
    ("电工", "电工\\"),
    ("电工", "<b>电工</b>"),
    ("电工", "电工; DROP TABLE positions"),
    ("电工", "　电工　"),
    ("电工", "電工"),
    ("软件开发", "軟體開發"),
    ("车床操作", "車床"),
    ("ＪＡＶＡ 工程师", "java"),
    ("JAVA工程师", "ｊａｖａ"),
    ("Ｃ＋＋ 开发", "c++"),
    ("C#开发", "Ｃ＃"),
    ("C++/Qt 开发", "qt c++"),
    ("ASP.NET 开发", "asp.net"),
    ("Vue.js 前端", "vue.js"),
    ("Vue.js 前端", "vue"),
    ("Vue 前端", "vuejs"),
    ("NodeJS 后端", "node.js"),
    ("Node JS 后端", "nodejs"),
    ("VB.NET 程序员", ".net"),
    ("C++17 开发", "c++"),
    ("café 店员", "CAFE"),
    ("Cafe 店员", "cafe\u0301"),
    ("成\u200b本核算", "成本核算"),
    ("成本核算", "成本\u2060核算"),
    ("10kV 电工", "10 kv"),
    ("10 kV 电工", "10KV"),
    ("软件工程师", "軟體工程師"),
    ("資料庫管理員", "数据库"),
    ("3D 打印", "3d"),
    ("出纳", "出纳！？"),
    ("UI 设计", "ui设计"),
    ("Sales managers", "SALES MANAGER"),
]
EVERY_PROVINCE, EVERY_CITY = {"420000": 4, "430000": 1}, {"420100": 3, "420200": 1, "430100": 1}
# What is chosen, and then how many positions each province, city, district and major has.
PLACES_CHOSEN = [
    ({}, (EVERY_PROVINCE, EVERY_CITY, {"420102": 2, "420103": 1, "420202": 1}, {"机电": 3, "会计": 2})),
    (
        {"province_code": "420000"},
        (EVERY_PROVINCE, {"420100": 3, "420200": 1}, {"420102": 2, "420103": 1, "420202": 1}, {"机电": 3, "会计": 1}),
    ),
    ({"city_code": "420100"}, (EVERY_PROVINCE, EVERY_CITY, {"420102": 2, "420103": 1}, {"机电": 2, "会计": 1})),
    (
        {"city_code": "420100", "district_codes": ("420103",)},
        (EVERY_PROVINCE, EVERY_CITY, {"420102": 2, "420103": 1}, {"会计": 1}),
    ),
    (
        {"district_codes": ("420102", "420202")},
        (EVERY_PROVINCE, EVERY_CITY, {"420102": 2, "420103": 1, "420202": 1}, {"机电": 3}),
    ),
    (
        {"city_code": "420100", "district_codes": ("420102",), "majors": ("会计",)},
        (
            {"420000": 1, "430000": 1},
            {"420100": 1, "430100": 1},
            {"420103": 1},
            {"机电": 2},
        ),
    ),
]  # fmt: skip
# What is delivered in which order, (w)rite or (f)orget with a version; the version that can be found then, or none.
DELIVERIES = [
    ([("w", 1), ("w", 2)], 2),
    ([("w", 2), ("w", 1)], 2),
    ([("w", 2), ("w", 2)], 2),
    ([("w", 1), ("f", 1)], None),
    ([("w", 1), ("f", 2)], None),
    ([("w", 2), ("f", 1)], 2),
    ([("f", 2), ("w", 1)], None),
    ([("f", 2), ("w", 2)], 2),
    ([("f", 2), ("w", 3)], 3),
    ([("f", 3), ("f", 2), ("w", 3)], 3),
    ([("f", 2**53), ("w", 2**40)], None),
]


def places():
    """Five positions in four districts of three cities of two provinces."""
    where = [
        ("420102", ("机电",)), ("420102", ("机电",)), ("420103", ("会计",)), ("420202", ("机电",)), ("430100", ("会计",)),
    ]  # fmt: skip
    return [
        document(
            number,
            province_code=f"{code[:2]}0000",
            city_code=f"{code[:4]}00",
            district_code="" if code.endswith("00") else code,
            majors=majors,
        )
        for number, (code, majors) in enumerate(where, 1)
    ]


class WholeContract(EngineContract):
    """The whole of it; inherited by the test of each engine."""

    # Words

    def test_marks_widths_and_forms_change_nothing(self, engine):
        assert self.unfound(engine, FORMS) == []

    @pytest.mark.parametrize(
        ("query", "ids"), [("c", [1]), ("c++", [2]), ("c#", [3]), (".net", [4]), ("net", [5]), ("java", [6])]
    )
    def test_names_of_techniques_are_not_parts_of_each_other(self, engine, query, ids):
        titles = (
            "C 程序员",
            "C++ 程序员",
            "C# 程序员",
            ".NET 程序员",
            "Net 程序员",
            "Java 程序员",
            "JavaScript 程序员",
        )
        self.store(engine, *(document(number, title) for number, title in enumerate(titles, start=1)))
        assert self.find(engine, query).ids == ids

    def test_word_order_does_not_matter_to_who_is_found(self, engine):
        self.store(engine, document(1, "Python 开发"), document(2, "保洁"))
        assert self.find(engine, "python 开发").ids == self.find(engine, "开发 python").ids == [1]

    def test_more_of_the_words_comes_first(self, engine):
        self.store(engine, document(9, "维修学徒"), document(1, "高级电工维修"), document(2, "电工"))
        assert self.find(engine, "电工维修").ids[0] == 1

    @pytest.mark.parametrize("text", ["", " ", "　", "\t\n"])
    def test_blank_text_is_everything(self, engine, text):
        self.store(engine, document(1), document(2, "保洁"))
        assert sorted(self.find(engine, text).ids) == [1, 2]

    def test_text_of_marks_alone_finds_nothing_rather_than_everything(self, engine):
        self.store(engine, document(1), document(2))
        found = self.find(engine, "！？", facets=FACETS)
        assert (found.total, found.ids) == (0, [])
        assert all(facet.counts == () for facet in found.facets)

    # Filters and facets

    @pytest.mark.parametrize(
        ("asked", "levels"),
        [
            ("any", ["any"]),
            ("secondary", ["any", "secondary"]),
            ("bachelor", ["any", "secondary", "associate", "bachelor"]),
            ("doctor", ["any", "secondary", "associate", "bachelor", "master", "doctor"]),
            ("unheard of", []),
        ],
    )
    def test_education_asks_for_ones_own_level_or_less(self, engine, asked, levels):
        self.store(
            engine, *(document(n, education=level) for n, level in enumerate(EDUCATION_LEVELS, start=1))
        )
        found = self.find(engine, "", replace(ALL, education=asked))
        assert sorted(found.ids) == [EDUCATION_LEVELS.index(level) + 1 for level in levels]

    def test_filters_hold_together(self, engine):
        both = {"city_code": "1", "kind": "a", "salary_max": 6000, "fair_ids": (5,)}
        others = [{"city_code": "2"}, {"kind": "b"}, {"salary_max": 5000}, {"fair_ids": ()}]
        self.store(
            engine, document(1, **both), *(document(n, **(both | o)) for n, o in enumerate(others, start=2))
        )
        asked = replace(ALL, city_code="1", kind="a", salary_floor=6000, fair_id=5)
        assert self.find(engine, "电工", asked).ids == [1]

    def test_filters_decide_who_is_in_and_never_who_is_first(self, engine):
        self.store(engine, document(1, "电工", city_code="1"), document(2, "电工 学徒", city_code="1"))
        plain = self.find(engine, "电工 学徒")
        narrowed = self.find(engine, "电工 学徒", replace(ALL, city_code="1", school_ids=(1,)))
        assert [(hit.id, hit.score) for hit in plain.hits] == [(hit.id, hit.score) for hit in narrowed.hits]

    @pytest.mark.parametrize("name", [name for name in COUNTABLE if name not in ("district", "major")])
    def test_each_facet_keeps_its_other_values_and_follows_the_other_filters(self, engine, name):
        field = base.FACET_FIELDS[name]
        one, two = ("1-01-01-01", "2-02-02-02") if name == "occupation" else ("any", "secondary")
        self.store(
            engine,
            document(1, company_id=1, **{field: one}),
            document(2, company_id=1, **{field: two}),
            document(3, company_id=1, **{field: two}),
            document(4, company_id=2, **{field: one}),
        )
        chosen = {("occupation" if name == "occupation" else field): one}
        found = self.find(engine, "", replace(ALL, company_id=1, **chosen), facets=(name,))
        # Who has no schooling to show is shown what asks for none; the facet still counts both.
        assert (found.ids, found.total) == ([1], 1)
        # What choosing the other would leave: a level of education has what asks for less too.
        assert found.facets == (Facet(name, ((two, 3 if name == "education" else 2), (one, 1))),)

    def test_all_six_facets_under_two_chosen_ones(self, engine):
        self.store(
            engine,
            document(
                1, city_code="1", kind="a", industry="C", company_size="s", occupation_code="1-01-01-01"
            ),
            document(
                2, city_code="1", kind="b", industry="D", company_size="s", occupation_code="1-01-01-01"
            ),
            document(
                3, city_code="2", kind="a", industry="C", company_size="m", occupation_code="2-02-02-02"
            ),
            document(
                4, city_code="2", kind="b", industry="D", company_size="m", occupation_code="2-02-02-02"
            ),
        )
        found = self.find(engine, "", replace(ALL, city_code="1", kind="a"), facets=FACETS)
        counted = {facet.name: facet.counts for facet in found.facets}
        assert [facet.name for facet in found.facets] == list(FACETS)
        assert (found.total, found.ids) == (1, [1])
        assert counted == {
            "occupation": (("1-01-01-01", 1),),
            "city": (("1", 1), ("2", 1)),
            "kind": (("a", 1), ("b", 1)),
            "education": (("any", 1),),
            "industry": (("C", 1),),
            "company_size": (("s", 1),),
        }

    @pytest.mark.parametrize(("filters", "counts"), PLACES_CHOSEN)
    def test_places_are_counted_without_those_within_and_majors_one_by_one(self, engine, filters, counts):
        self.store(engine, *places())
        names = ("province", "city", "district", "major")
        found = self.find(engine, "", replace(ALL, **filters), facets=names)
        assert {facet.name: dict(facet.counts) for facet in found.facets} == dict(
            zip(names, counts, strict=True)
        )

    def test_facets_count_the_text_the_scope_and_the_validity(self, engine):
        self.store(
            engine,
            document(1, city_code="1"),
            document(2, "保洁", city_code="1"),
            document(3, city_code="1", school_ids=(2,)),
            document(4, city_code="1", expires_at=NOW),
            document(5, city_code=""),
        )
        found = self.find(engine, "电工", Filters(school_ids=(1,)), facets=("city",))
        assert found.facets == (Facet("city", (("1", 1),)),)

    def test_forgotten_positions_are_not_counted(self, engine):
        self.store(engine, document(1, city_code="1"), document(2, city_code="1"))
        engine.forget([(1, 2)])
        self.settle(engine)
        found = self.find(engine, "", facets=("city",))
        assert (found.total, found.facets) == (1, (Facet("city", (("1", 1),)),))

    def test_a_facet_shows_the_most_frequent_values_equal_ones_in_order(self, engine):
        many = [document(n, city_code=f"{n % 60:02d}") for n in range(1, 121)]
        self.store(engine, *many, document(200, city_code="59"))
        (facet,) = self.find(engine, "", facets=("city",), size=1).facets
        assert facet.counts[0] == ("59", 3)
        assert len(facet.counts) == base.FACET_LIMIT
        assert {count for _, count in facet.counts[1:]} == {2}

    # Order and pages

    @pytest.mark.parametrize("sort", ["relevance", "date", "salary"])
    def test_equal_hits_stand_by_id_the_later_first(self, engine, sort):
        self.store(engine, *(document(n, salary_max=5) for n in (4, 1, 3, 2)))
        assert self.find(engine, "电工", sort=sort).ids == [4, 3, 2, 1]

    @pytest.mark.parametrize("sort", ["relevance", "date", "salary"])
    @pytest.mark.parametrize("by", ["page", "cursor"])
    def test_pages_lay_out_the_whole_order(self, engine, sort, by):
        self.store(
            engine,
            *(document(n, salary_max=n % 3, published_at=NOW - timedelta(days=n % 4)) for n in range(1, 12)),
        )
        whole = self.find(engine, "电工", sort=sort, size=50).ids
        seen, cursor = [], ""
        for number in range(1, 5):
            step = {"page": number} if by == "page" else {"cursor": cursor}
            page = self.find(engine, "电工", sort=sort, size=3, **step)
            seen += page.ids
            assert (page.total, bool(page.next_cursor)) == (11, number < 4)
            cursor = page.next_cursor
        assert (seen, sorted(seen)) == (whole, [*range(1, 12)])

    @pytest.mark.parametrize("sort", ["date", "salary"])
    def test_a_cursor_goes_on_where_it_was_when_its_hit_is_gone(self, engine, sort):
        self.store(
            engine, *(document(n, salary_max=n, published_at=NOW + timedelta(hours=n)) for n in range(1, 8))
        )
        page = self.find(engine, "电工", sort=sort, size=3)
        engine.forget([(5, 2)])
        self.settle(engine)
        rest = self.find(engine, "电工", sort=sort, size=9, cursor=page.next_cursor)
        assert (page.ids, rest.ids, rest.next_cursor) == ([7, 6, 5], [4, 3, 2, 1], "")

    @pytest.mark.parametrize("sort", ["date", "salary"])
    @pytest.mark.parametrize(("moved_to", "rest"), [(1, [4, 3, 2, 5, 1]), (9, [4, 3, 2, 1])])
    def test_a_cursor_goes_on_where_it_was_when_its_hit_has_moved(self, engine, sort, moved_to, rest):
        def standing(number, value, version=1):
            return document(
                number, version=version, salary_max=value, published_at=NOW + timedelta(hours=value)
            )

        self.store(engine, *(standing(n, n) for n in range(1, 8)))
        page = self.find(engine, "电工", sort=sort, size=3)
        self.store(engine, standing(5, moved_to, version=2))
        left = self.find(engine, "电工", sort=sort, size=9, cursor=page.next_cursor)
        assert (page.ids, left.ids, left.total) == ([7, 6, 5], rest, 7)

    def test_a_page_past_the_end_is_empty_and_still_knows_the_total(self, engine):
        self.store(engine, document(1))
        found = self.find(engine, "电工", page=9)
        assert (found.ids, found.total, found.next_cursor) == ([], 1, "")

    def test_dates_and_pay_sort_more_strictly_than_relevance(self, engine):
        """One common pair of characters is enough to be last by relevance, not to be first by date."""
        self.store(
            engine,
            document(1, "网络安全工程师"),
            document(2, "土木工程", published_at=NOW + timedelta(days=1)),
        )
        assert self.find(engine, "网络安全工程师", sort="date").ids == [1]

    # Writes

    @pytest.mark.parametrize("together", [False, True])
    def test_whatever_the_order_of_delivery_the_newest_counts(self, engine, together):
        left = {}
        for number, (steps, found) in enumerate(DELIVERIES, start=1):
            rows = [
                base.rows([document(number, version=v)])[0] if what == "w" else base.tombstone(number, v)
                for what, v in steps
            ]
            for batch in [rows] if together else [[row] for row in rows]:
                engine.write(batch)
            left |= {number: found} if found else {}
        self.settle(engine)
        assert dict(versions(engine)) == left

    def test_a_changed_position_is_found_by_its_new_words_and_fields_alone(self, engine):
        self.store(engine, document(1, "电工", city_code="1", school_ids=(1,), skills=("焊接",)))
        self.store(engine, document(1, "厨师", version=2, city_code="2", school_ids=(2,)))
        asked = [
            ("电工", {}),
            ("焊接", {}),
            ("厨师", {}),
            ("", {"city_code": "1"}),
            ("", {"city_code": "2"}),
            ("", {"school_ids": (1,)}),
        ]
        assert [self.find(engine, text, replace(ALL, **f)).ids for text, f in asked] == [
            [],
            [],
            [1],
            [],
            [1],
            [],
        ]

    def test_an_empty_batch_is_nothing(self, engine):
        engine.index([])
        engine.forget([])
        assert engine.count() == 0

    def test_many_rows_in_one_batch(self, engine):
        self.store(engine, *(document(n) for n in range(1, 1_201)))
        assert (engine.count(), self.find(engine).total) == (1_200, 1_200)

    # Rebuilding

    def test_two_rebuilds_one_after_the_other(self, engine):
        for number in (1, 2, 3):
            engine.rebuild([document(number)])
        self.settle(engine)
        assert versions(engine) == [(3, 1)]

    def test_a_discarded_build_leaves_no_trace_and_takes_no_more_writes(self, engine):
        self.store(engine, document(1))
        build = engine.build()
        build.add(base.rows([document(9)]))
        build.discard()
        self.store(engine, document(2))
        assert versions(engine) == [(1, 1), (2, 1)]
        engine.rebuild([document(3)])
        self.settle(engine)
        assert versions(engine) == [(3, 1)]

    def test_a_position_forgotten_during_a_rebuild_stays_forgotten(self, engine):
        self.store(engine, document(1), document(2))
        build = engine.build()
        engine.forget([(1, 2)])
        build.add(base.rows([document(1), document(2)]))
        build.finish()
        self.settle(engine)
        assert versions(engine) == [(2, 1)]

    def test_searches_go_on_through_a_rebuild(self, engine):
        self.store(engine, document(1))
        build = engine.build()
        seen = [self.find(engine).ids]
        for number in (1, 2):
            build.add(base.rows([document(number)]))
            seen.append(self.find(engine).ids)
        build.finish()
        self.settle(engine)
        assert [*seen, self.find(engine).ids] == [[1], [1], [1], [2, 1]]
