"""Corrected and widened answers, as the product asks for them."""

from dataclasses import replace

import pytest

from search import api
from search.engines import configured
from search.query import Filters, PositionQuery
from tests.search.contract import ALL, NOW, document


@pytest.fixture(autouse=True)
def embedded_only(settings):
    settings.ELASTICSEARCH_URL = ""


def find(text="", filters=ALL, **more):
    return api.find_positions(PositionQuery(text, filters, now=NOW, **more))


@pytest.mark.parametrize(
    ("text", "meant"), [("kuaiji", "会计"), ("会记", "会计"), ("kj", "会计"), ("pyhton", "python")]
)
def test_unknown_words_are_read_as_what_they_seem_to_mean(text, meant):
    api.index([document(1, "会计"), document(2, "Python 开发"), document(3, "保洁")])
    found = find(text)
    assert (found.corrected, found.ids) == (meant, [1] if meant == "会计" else [2])


@pytest.mark.parametrize(
    ("text", "meant", "ids"),
    [
        ("出拿 -销售", "出纳 -销售", [1]),
        ("出拿 -xiaoshou", "出纳 -xiaoshou", [2, 1]),
        ("“machine lerning”", "“machine learning”", [3]),
        ("技能:javascripd", "技能:javascript", [3]),
        ("-销售 -出纳 kuaji -learning", "", []),
    ],
)
def test_a_corrected_query_keeps_its_marks_and_what_it_excludes(text, meant, ids):
    api.index(
        [
            document(1, "出纳"),
            document(2, "销售出纳"),
            document(3, "Machine learning", skills=("JavaScript",)),
            document(4, "销售"),
        ]
    )
    found = find(text)
    assert (found.corrected, sorted(found.ids, reverse=True)) == (meant, sorted(ids, reverse=True))


def test_known_words_are_left_alone_and_so_is_an_exact_query():
    api.index([document(1, "会计")])
    assert find("会计").corrected == ""
    assert (find("kuaiji", exact=True).ids, find("kuaiji", exact=True).corrected) == ([], "")


def test_correction_that_finds_nothing_in_the_scope_is_not_made():
    api.index([document(1, "会计", school_ids=(2,)), document(2, "保洁")])
    found = find("kuaiji", Filters(school_ids=(1,)))
    assert (found.ids, found.corrected) == ([], "")


BESIDE = (
    document(1, "Java 工程师"),
    document(2, "会计", places=("深圳", "shenzhen")),
    document(3, "保洁", skills=("JavaScript",)),
    document(4, "焊工", school_ids=(2,), city_code="420100"),
)


@pytest.mark.parametrize(
    ("text", "meant", "ids"),
    [
        ("java 工成师", "java 工程师", [1]),
        ("会计 shenzen", "会计 shenzhen", [2]),
        ("保洁 -enginer 工成师 技能:javascript", "保洁 -enginer 工程师 技能:javascript", [3]),
        # Nothing is wrong with what has a synonym that is found, nor with what a phrase, a field or a minus has.
        ("java accountant", "", [2, 1]),
        ("会计 -shenzen", "", [2]),
        ("java xyzxyz", "", [1]),
    ],
)
def test_a_word_that_nobody_wrote_is_corrected_beside_words_that_are_found(text, meant, ids):
    api.rebuild(BESIDE)
    found = find(text)
    assert (found.corrected, sorted(found.ids, reverse=True)) == (meant, ids)
    assert (find(text, exact=True).corrected, find(text, exact=True).worded > 0) == ("", True)


def test_characters_of_no_word_that_stand_apart_are_no_word():
    apart = [document(5, description="施工成本"), document(6, description="完成师傅交办的工作")]
    api.rebuild([*BESIDE, *apart])
    assert find("java 工成师").corrected == "java 工程师"
    api.index([document(7, company="工成师")])
    assert find("java 工成师").corrected == ""


def test_what_only_others_may_see_is_no_correction_and_what_a_filter_leaves_out_is_one():
    api.rebuild(BESIDE)
    assert find("java 汗工", Filters(school_ids=(1,))).corrected == ""
    everybody = Filters(school_ids=None, city_code="420100")
    assert find("焊工 shenzen", everybody).corrected == "焊工 shenzhen"


def test_an_index_still_to_be_built_knows_too_little_to_correct_beside_what_is_found():
    api.index(list(BESIDE))
    assert (find("java 工成师").corrected, find("java 工成师").ids) == ("", [1])


def test_where_all_words_are_known_no_word_of_the_index_is_read():
    api.rebuild(BESIDE)
    find("java 工程师 会计 accountant -xyz")
    assert configured.vocabulary()._speller is configured.vocabulary()._making is None
    find("java 工成师")
    assert configured.vocabulary()._speller is not None


def test_filters_are_let_go_until_enough_is_found():
    api.index(
        [document(i, city_code="420200", province_code="420000", salary_max=6_000) for i in (2, 3)]
        + [document(i, city_code="430100", province_code="430000", salary_max=6_000) for i in (4, 5)]
    )
    narrow = Filters(school_ids=None, city_code="420100", salary_floor=5_000)
    found = find("电工", narrow)
    assert (found.widened, sorted(found.ids)) == (("city", "province"), [2, 3, 4, 5])
    assert (find("电工", narrow, exact=True).ids, find("电工", narrow, exact=True).widened) == ([], ())


def test_a_wider_page_that_holds_nothing_either_is_not_shown():
    api.index([document(1, city_code="420100", province_code="420000")])
    found = find("焊工", Filters(school_ids=None, city_code="430100"))
    assert (found.ids, found.widened) == ([], ())


def test_one_hit_that_satisfies_everything_is_not_mixed_with_others():
    api.index([document(1, city_code="420100"), *(document(i, city_code="430100") for i in (2, 3, 4))])
    found = find("电工", Filters(school_ids=None, city_code="420100"))
    assert (found.ids, found.widened) == ([1], ())


def test_scope_is_never_let_go():
    api.index([document(1, school_ids=(2,), city_code="420100")])
    assert find("电工", Filters(school_ids=(1,), city_code="420100")).ids == []


def test_corrected_and_widened_at_once():
    api.index(
        [document(i, "会计", city_code="430100", province_code="430000") for i in (1, 2, 3)]
        + [document(4, "出纳", city_code="420100")]
    )
    found = find("kuaiji", Filters(school_ids=None, city_code="420100"))
    assert (found.corrected, found.widened, sorted(found.ids)) == ("会计", ("city", "province"), [1, 2, 3])


def test_next_page_of_a_widened_search_goes_on_with_it():
    api.index([document(i, city_code="430100", published_at=NOW) for i in range(1, 6)])
    narrow = Filters(school_ids=None, city_code="420100")
    first = find("电工", narrow, size=2)
    second = find("电工", narrow, size=2, cursor=first.next_cursor)
    assert (first.ids + second.ids, second.widened) == ([5, 4, 3, 2], ("city", "province"))


def test_suggestions_come_from_the_embedded_index_whatever_is_configured(settings):
    api.index([document(1, "会计", company="甲")])
    settings.ELASTICSEARCH_URL = "http://127.0.0.1:1"
    assert [(one.kind, one.text) for one in api.suggest("kj", school_ids=(1,))] == [("title", "会计")]


def test_query_that_excludes_only_lists_the_rest():
    api.index([document(1, "会计"), replace(document(2, "销售"), published_at=NOW)])
    assert find("-销售").ids == [1]
