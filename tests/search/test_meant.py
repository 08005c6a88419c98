"""Tables of what is meant: pinyin of names, misspelt words of every kind, names that complete what is typed, synonyms."""

import string
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from search import synonyms
from search.pinyin import sounds, spelt
from search.spelling import ONE_WRONG, TWO_WRONG, UNKNOWN, Speller, _cost
from search.suggesting import KINDS, LONGEST, MARK, Suggested, entries, keys, prefix, read
from search.terms import analyse
from search.text import normalise, pieces
from tests.search.contract import document

# A loaded machine is no finding.
QUIET = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# Pinyin


@pytest.mark.parametrize(
    ("name", "whole", "first"),
    [
        ("会计", "kuaiji", "kj"),
        ("银行", "yinhang", "yh"),
        ("行政", "xingzheng", "xz"),
        ("重庆", "chongqing", "cq"),
        ("长沙", "changsha", "cs"),
        ("音乐", "yinyue", "yy"),
        ("女装设计", "nvzhuangsheji", "nzsj"),
        ("绿化", "lvhua", "lh"),
        ("會計", "kuaiji", "kj"),
        ("ＣＮＣ操作员", "cnccaozuoyuan", "cncczy"),
        ("C++ 开发", "c++kaifa", "c++kf"),
        ("3D 打印", "3ddayin", "3ddy"),
        ("前端（上海）", "qianduanshanghai", "qdsh"),
        ("Java", "java", "java"),
        ("！？", "", ""),
    ],
)
def test_a_name_in_syllables_and_first_letters(name, whole, first):
    assert spelt(name) == (whole, first)


@pytest.mark.parametrize(
    ("character", "some"),
    [("会", {"hui", "kuai"}), ("行", {"xing", "hang"}), ("乐", {"le", "yue"}), ("工", {"gong"})],
)
def test_a_character_has_every_sound_it_is_read_with(character, some):
    assert some <= sounds(character)


@QUIET
@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), max_size=8))
def test_first_letters_are_those_of_the_syllables(run):
    whole, first = spelt(run)
    assert len(first) <= len(whole)
    assert set(first) <= set(whole)


# Spelling

WORDS = {
    "java": 40,
    "python": 30,
    "engineer": 20,
    "accounting": 9,
    "rust": 2,
    "会计": 50,
    "前端": 30,
    "机械设计": 7,
    "电气工程": 5,
}


@pytest.fixture(scope="module")
def speller():
    return Speller(WORDS)


def misspelt(word: str) -> dict[str, str]:
    """One mistake of each kind in the middle of a word."""
    half = len(word) // 2
    return {
        "left out": word[:half] + word[half + 1 :],
        "doubled": word[:half] + word[half] + word[half:],
        "another": word[:half] + "q" + word[half + 1 :],
        "turned round": word[: half - 1] + word[half] + word[half - 1] + word[half + 1 :],
        "added": word[:half] + "q" + word[half:],
    }


@pytest.mark.parametrize("word", ["python", "engineer", "accounting"])
@pytest.mark.parametrize("kind", ["left out", "doubled", "another", "turned round", "added"])
def test_one_mistake_of_each_kind_is_mended(speller, word, kind):
    assert speller.correct(misspelt(word)[kind]) == word


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("engineqr", "engineer"),
        ("enqineqr", "engineer"),  # two wrong letters of eight
        ("pyqhqon", ""),  # two of seven are too many
        ("jqva", "java"),
        ("jva", ""),  # of three letters none may be wrong
        ("rst", ""),
        ("engineer accountinq", "engineer accounting"),
        ("ENGINEQR", "engineer"),
        ("会计 pythn", "会计 python"),
    ],
)
def test_longer_words_may_hold_more_mistakes(speller, typed, meant):
    assert speller.correct(typed) == meant


LETTERS = st.text(string.ascii_lowercase, min_size=1, max_size=12)


@QUIET
@given(LETTERS, st.dictionaries(LETTERS, st.integers(1, 9), min_size=1, max_size=8))
def test_a_corrected_word_is_a_known_one_no_further_than_allowed(word, known):
    meant = Speller(known).correct(word)
    if word in known:
        assert meant == ""
    elif meant:
        wrong = 2 if len(word) >= TWO_WRONG else 1
        assert (meant in known, len(word) >= ONE_WRONG) == (True, True)
        assert OSA.distance(word, meant) <= wrong
        nearest = min(OSA.distance(word, other) for other in known)
        assert OSA.distance(word, meant) == nearest
        assert known[meant] == max(
            count for other, count in known.items() if OSA.distance(word, other) == nearest
        )


@QUIET
@given(st.dictionaries(st.sampled_from(sorted(WORDS)), st.integers(1, 99), min_size=1))
def test_no_known_word_is_ever_corrected(known):
    made = Speller(known)
    assert [made.correct(word) for word in known] == [""] * len(known)
    assert made.correct(" ".join(known)) == ""


@pytest.mark.parametrize(
    ("run", "word", "cost"),
    [
        ("会计", "会计", 0),
        ("会记", "会计", 1),
        ("快记", "会计", 2),
        ("会机", "会计", 1),
        ("会拿", "会计", UNKNOWN),  # of two characters none may sound different
        ("出那", "出纳", 1),
        ("工程帅", "工程师", 3),
        ("公程帅", "工程师", UNKNOWN),  # one that sounds the same beside one that does not
        ("弓成诗", "工程师", 3),
        ("工长帅", "工程师", UNKNOWN),
    ],
)
def test_how_far_apart_two_words_of_one_length_are(run, word, cost):
    assert _cost(run, word) == cost


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("机械社计", "机械设计"),
        ("机戒设计", "机械设计"),
        ("机械设汁", "机械设计"),
        ("电汽工程", "电气工程"),
        ("电七工成", "电气工程"),
        ("jixiesheji", "机械设计"),
        ("dianqigongcheng", "电气工程"),
        ("dqgc", "电气工程"),
        ("jixie", ""),  # only a part of a word
        ("qianduankuaiji", "前端会计"),
        ("qianduanx", ""),
    ],
)
def test_chinese_by_its_sound(speller, typed, meant):
    assert speller.correct(typed) == meant


@pytest.mark.parametrize(
    "typed", ["kj" * 30, "a" * 41, "会" * 9, "c++", ".net", "1.5", "3d打印机械", "🙂", "“”"]
)
def test_what_is_too_long_or_no_word_is_left_alone(speller, typed):
    assert speller.correct(typed) == ""


def test_a_vocabulary_of_nothing_corrects_nothing():
    empty = Speller({})
    empty.prepare()
    assert [empty.correct(text) for text in ("", "java", "会记", "kuaiji")] == [""] * 4


def test_later_changes_of_the_words_given_change_nothing():
    given_words = {"java": 1}
    made = Speller(given_words)
    given_words["jaava"] = 9
    assert made.correct("jaava") == "java"


# Completing


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_name_is_read_back_under_its_word(kind):
    assert read([(f"x{MARK}{kind}{MARK}名", 2)], 5) == [Suggested(KINDS[kind], "名", 2)]


def test_every_name_of_a_document_can_be_completed_from_each_way_to_type_it():
    row = document(1, "前端 开发", company="海川 Tech", skills=("Vue.js", "C++"), occupation_name="程序员")
    held = entries(row)
    for name in ("前端 开发", "海川 Tech", "Vue.js", "C++", "程序员"):
        typed = {normalise(name), *spelt(name)}
        assert set(keys(name)) == typed
        assert {term.split(MARK)[0] for term in held if term.split(MARK)[2] == name} == typed


def test_a_long_name_is_cut_and_white_space_made_one():
    (term, *_) = entries(document(1, f"  长 {MARK} 名\n{'字' * 99}", company=""))
    label = term.split(MARK)[2]
    assert (len(label), label[:4]) == (LONGEST, "长 名 ")


@pytest.mark.parametrize(
    ("typed", "begins"),
    [
        ("Qian Duan", "qianduan"),
        ("xi'an", "xian"),
        ("前端 ", "前端"),
        ("C++", "c++"),
        ("node.js", "node.js"),
        ("前 duan", "前 duan"),
        ("電", "电"),
        ("''", "''"),
        ("x" * 99, "x" * LONGEST),
        ("  ", ""),
    ],
)
def test_what_entries_begin_with(typed, begins):
    assert prefix(typed) == begins


TERMS = st.lists(
    st.tuples(
        st.builds(lambda key, kind, label: f"{key}{MARK}{kind}{MARK}{label}", st.sampled_from("xyz"), st.sampled_from("otsc"), st.sampled_from("甲乙丙丁戊")),
        st.integers(1, 9),
    ),
    max_size=20,
)  # fmt: skip


@QUIET
@given(TERMS, st.integers(1, 8))
def test_suggestions_are_the_most_frequent_names_each_once_grouped_by_kind(terms, limit):
    made = read(terms, limit)
    best = Counter()
    for term, count in terms:
        _, kind, label = term.split(MARK)
        best[KINDS[kind], label] = max(best[KINDS[kind], label], count)
    assert {(one.kind, one.text): one.count for one in made}.items() <= dict(best).items()
    assert len(made) == len({(one.kind, one.text) for one in made}) == min(limit, len(best))
    assert sum(one.count for one in made) == sum(count for _, count in best.most_common(limit))
    order = list(KINDS.values())
    assert made == sorted(made, key=lambda one: (order.index(one.kind), -one.count, one.text))


# Synonyms


def lines() -> list[str]:
    path = Path(synonyms.__file__).with_name("data") / "synonyms.txt"
    return path.read_text(encoding="utf-8").splitlines()


def test_every_line_of_the_file_says_something():
    """Faults by the number of their line: fewer than two words, a word twice, or one that nobody could search for."""
    faults = []
    for number, line in enumerate(lines(), start=1):
        for group in synonyms.read_groups([line]):
            searched = [" ".join(pieces(word)) for word in group]
            if len(searched) < 2 or len(set(searched)) < len(searched) or not all(searched):
                faults.append((number, line))
    assert faults == []


def test_no_two_lines_say_the_same():
    groups = [frozenset(group) for line in lines() for group in synonyms.read_groups([line])]
    assert [sorted(group) for group, times in Counter(groups).items() if times > 1] == []


def test_each_word_of_the_file_stands_in_for_the_others_where_it_is_searched_for():
    """Words of one Chinese run or of one or two Latin words: what a unit can stand for."""
    deaf = []
    for word, others in synonyms.table().items():
        alternatives = {other for unit in analyse(word).units for other in unit[1:]}
        parts = pieces(word)
        reachable = len(parts) == 1 or (len(parts) == 2 and all(part.isascii() for part in parts))
        if others and reachable and not alternatives:
            deaf.append(word)
    assert deaf == []


@pytest.mark.parametrize(
    ("typed", "unit", "others"),
    [
        ("电工", "电工", {("electrician",)}),
        ("electricians", "electrician", {("电工",)}),
        ("Mechanical Engineers", "engineer", {("机械", "械工", "工程", "程师"), ("工程", "程师")}),
        ("高级电工证", "电工", {("electrician",)}),
        (
            "quality inspection",
            "quality",
            {("质检",), ("质量", "量检", "检验"), ("品检",), ("qc",), ("质量",), ("品质",), ("qa",)},
        ),
    ],
)
def test_a_synonym_stands_in_for_its_word_within_a_longer_text(typed, unit, others):
    found = {first[0]: set(rest) for first, *rest in analyse(typed).units}
    assert found[unit] == others


def test_a_synonym_does_not_stand_in_for_other_words_beside_it():
    units = {first[0]: rest for first, *rest in analyse("电工 保洁").units}
    assert units == {"电工": [("electrician",)], "保洁": units["保洁"]}
    assert ("electrician",) not in units["保洁"]
