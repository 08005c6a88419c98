"""The analysis in depth: what is one word, what is two, and what never changes whoever writes it."""

import itertools
import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search import text
from search.terms import STRICT_SHARE, analyse

# A loaded machine is no finding.
QUIET = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
CHINESE = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=12)
LATIN = st.text(string.ascii_lowercase, min_size=1, max_size=9)
ODD = [
    "C++", "C#", ".NET", "Node.js", "nodejs", "3D", "5 kg", "1.5万", "8,000", "Ａ", "會計", "ﬁ", "İ", "ß", "，", "·", "é", "e\u0301",
    "\u200b", "ø", "〇", "\U00020bb7",
]  # fmt: skip
MIXED = st.lists(
    st.one_of(
        CHINESE,
        LATIN,
        st.sampled_from(ODD),
    ),
    max_size=8,
).map(" ".join)


@pytest.mark.parametrize(
    ("typed", "cut"),
    [
        # Names of techniques
        ("C", ["c"]),
        ("C语言", ["c", "语言"]),
        ("C++11/C++17", ["c++", "11", "c++", "17"]),
        ("VC++", ["vc++"]),
        ("C♯", ["c#"]),
        (".NET6", [".net", "6"]),
        ("NodeJS nodejs Vue3.js", ["node.js", "node.js", "vue3.js"]),
        ("js Ajs 3js", ["js", "ajs", "3js"]),
        ("C++开发", ["c++", "开发"]),
        ("C/C++", ["c", "c++"]),
        ("C#/F#/J#", ["c#", "f#", "j#"]),
        ("G#", ["g"]),
        ("abc#", ["abc"]),
        ("objective-c++", ["objective", "c++"]),
        ("ASP.NET", ["asp.net"]),
        ("asp.netcore", ["asp", "netcore"]),
        ("会用.NET的", ["会用", ".net", "的"]),
        ("Vue.js,React.JS", ["vue.js", "react.js"]),
        ("vue.json", ["vue", "json"]),
        ("notepad++", ["notepad"]),
        # Numbers
        ("1.5", ["1.5"]),
        ("1.5.2", ["1", "5", "2"]),
        ("v1.5", ["v1", "5"]),
        ("1,000", ["1000"]),
        ("1,000,000元", ["1000000", "元"]),
        ("1,00", ["1", "00"]),
        ("1,0000", ["1", "0000"]),
        ("8k-12k", ["8k", "12k"]),
        ("8K·13薪", ["8k", "13", "薪"]),
        ("5000元/月", ["5000", "元", "月"]),
        ("6,000-8,000元/月", ["6000", "8000", "元", "月"]),
        ("３．５年", ["3.5", "年"]),
        ("①②", ["12"]),
        ("½", ["1", "2"]),
        ("10kV", ["10kv"]),
        ("10 kV 5 kg 2.5 mm", ["10kv", "5kg", "2.5", "mm"]),
        ("3 D打印", ["3d", "打印"]),
        ("5 days, v5 kg, 5 kgs", ["5", "days", "v5", "kg", "5", "kgs"]),
        ("-5℃", ["5", "c"]),
        # Width, case, traditional characters
        ("ＪＡＶＡ", ["java"]),
        ("ｶﾀｶﾅ", ["カタカナ"]),
        ("軟體工程師", ["软体工程师"]),
        ("髮型師 後勤 乾洗", ["发型师", "后勤", "干洗"]),
        ("STRASSE straße", ["strasse", "strasse"]),
        ("ﬁnance", ["finance"]),
        # Accents, and what is not seen
        ("café cafe\u0301 CAFÉ", ["cafe", "cafe", "cafe"]),
        ("Résumé, naïve, e\u0301\u0323lan", ["resume", "naive", "elan"]),
        ("smørrebrød łódź", ["smørrebrød", "łodz"]),
        ("lǜshī lüshi nǚ für", ["lvshi", "lvshi", "nv", "fur"]),
        ("会\u0301计", ["会计"]),
        ("成\u200b本\u200d核\ufeff算", ["成本核算"]),
        ("soft\u00adware\u2060s", ["softwares"]),
        ("\u202e会计\u202c", ["会计"]),
        ("йога Άλφα", ["йога", "άλφα"]),
        ("ガス", ["ガス"]),
        # Scripts side by side
        ("\U00020bb7野家", ["\U00020bb7野家"]),
        ("二〇二六 佐々木", ["二〇二六", "佐々木"]),
        ("AI算法", ["ai", "算法"]),
        ("日本語教師", ["日本语教师"]),
        ("Инженер", ["инженер"]),
        ("한국어 통역", ["한국어", "통역"]),
        ("e-mail", ["e", "mail"]),
        ("a_b", ["a", "b"]),
        ("😀会计😀", ["会计"]),
        ("会计\x00出纳", ["会计", "出纳"]),
    ],
)
def test_pieces_of(typed, cut):
    assert text.pieces(typed) == cut


@pytest.mark.parametrize(
    ("word", "stemmed"),
    [
        ("managers", "manager"),
        ("manager", "manager"),
        ("companies", "company"),
        ("series", "sery"),
        ("testing", "test"),
        ("tested", "test"),
        ("planning", "plan"),
        ("selling", "sell"),
        ("dressing", "dress"),
        ("buzzing", "buzz"),
        ("controlled", "controll"),
        ("being", "being"),
        ("speed", "speed"),
        ("string", "string"),
        ("business", "business"),
        ("status", "status"),
        ("analysis", "analysis"),
        ("bus", "bus"),
        ("apps", "apps"),
        ("skills", "skill"),
        ("naïves", "naïves"),
        ("c++11s", "c++11s"),
        ("会计", "会计"),
    ],
)
def test_a_stem_is_taken_only_where_enough_of_the_word_remains(word, stemmed):
    assert text.stem(word) == stemmed


@QUIET
@given(LATIN)
def test_a_stem_begins_like_its_word_and_leaves_four_letters_or_the_word(word):
    stemmed = text.stem(word)
    assert stemmed == word or len(stemmed) >= 3
    assert word.startswith(stemmed.removesuffix("y"))


@QUIET
@given(MIXED)
def test_a_document_is_found_under_every_token_of_its_own_text(anything):
    """Queries are made of bigrams and stems; documents must hold all of them, or nothing would be found."""
    held = set(text.tokens(anything))
    assert set(text.exact(anything)) <= held
    assert set(text.phrase(anything)) <= held


@QUIET
@given(MIXED)
def test_a_text_is_analysed_like_its_normal_form(anything):
    plain = text.normalise(anything)
    assert text.tokens(anything) == text.tokens(plain)
    assert text.vocabulary(anything) == text.vocabulary(plain)


@QUIET
@given(
    st.lists(st.one_of(LATIN, st.sampled_from(["C++", "Node.js", "1.5", "8,000"])), max_size=6).map(" ".join)
)
def test_capital_wide_and_spaced_writing_changes_no_token(plain):
    wide = "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in plain)
    written = (plain.upper(), wide, wide.upper(), f"\u3000{plain} \t", plain.replace(" ", "\u2003"))
    assert [text.tokens(other) for other in written] == [text.tokens(plain)] * 5


@QUIET
@given(CHINESE, CHINESE)
def test_words_of_a_sentence_hold_together_only_inside_their_run(one, two):
    """Two runs with a mark between them share no bigram across it."""
    left, right = text.normalise(one), text.normalise(two)
    made = text.exact(f"{one}，{two}")
    assert made == text.exact(left) + text.exact(right)


@QUIET
@given(st.lists(LATIN.filter(lambda word: not word.endswith("js")), min_size=1, max_size=6))
def test_a_phrase_of_latin_words_has_one_pair_less_than_words(words):
    made = text.phrase(" ".join(words))
    pairs = [token for token in made if "_" in token]
    assert len(pairs) == len(words) - 1
    assert pairs == [f"{text.stem(a)}_{text.stem(b)}" for a, b in itertools.pairwise(words)]


@pytest.mark.parametrize(
    ("standing", "asked", "there"),
    [
        ("machine learning engineer", "machine learning", True),
        ("machines learned", "machine learning", True),
        ("learning machine", "machine learning", False),
        ("machine, learning", "machine learning", True),
        ("machine 的 learning", "machine learning", False),
        ("成本核算", "成本核算", True),
        ("成本会计核算", "成本核算", False),
        ("C++ developer", "c++ developer", True),
        ("java 开发", "java 开发", True),
    ],
)
def test_a_phrase_stands_where_all_its_tokens_do(standing, asked, there):
    assert (set(text.phrase(asked)) <= set(text.tokens(standing))) is there


@pytest.mark.parametrize(
    ("run", "grams"), [("会", ["会"]), ("会计", ["会计"]), ("会计师", ["会计", "计师"]), ("", [""])]
)
def test_bigrams_of_a_run(run, grams):
    assert text.bigrams(run) == grams


@pytest.mark.parametrize(
    "typed", ["(" * 5_000, "会" * 10_000, "a " * 5_000, "C++ " * 2_500, "1," * 5_000, "\ud83d" * 9_000]
)
def test_ten_thousand_characters_of_anything_stay_bounded(typed):
    made = text.tokens(typed)
    assert len(made) <= 3 * len(typed)
    assert max(map(len, made), default=0) <= 10_000


def test_what_lies_past_ten_thousand_characters_is_not_read():
    assert "后面" not in text.pieces("前" * text.MAX_CHARACTERS + " 后面")
    assert text.pieces("前" * (text.MAX_CHARACTERS - 3) + " 后面")[-1] == "后面"


# Queries out of it


@QUIET
@given(MIXED)
def test_units_are_what_a_text_is_made_of_each_with_itself_first(anything):
    terms = analyse(anything)
    own = [unit[0] for unit in terms.units]
    assert len(own) == len(set(own))
    assert all(len(first) == 1 for first in own)
    assert all(len(unit) == len(set(unit)) for unit in terms.units)


@QUIET
@given(st.integers(0, 40))
def test_a_hit_needs_one_of_the_units_or_three_fifths(count):
    words = " ".join(f"w{number}" for number in range(count))
    loose, strict = analyse(words), analyse(words, strict=True)
    assert (loose.share, strict.share) == (0, STRICT_SHARE)
    kept = len(loose.units)
    assert (loose.needed, strict.needed) == (1, max(1, -(-kept * 3 // 5)))


@pytest.mark.parametrize(
    ("typed", "boosts"),
    [
        ("会计", ("会", "计")),
        ("会计 会", ("会", "计")),
        ("机械设计", ("机", "械", "设", "计", "机械设计")),
        ("java", ()),
        ("“会计”", ()),
        ("-会计", ()),
        ("公司:会计", ()),
    ],
)
def test_single_characters_and_whole_words_only_raise_what_is_found(typed, boosts):
    assert analyse(typed).boosts == boosts


@pytest.mark.parametrize(
    ("typed", "phrases", "fields", "excluded"),
    [
        ("“成本核算”", (("成本", "本核", "核算"),), (), ()),
        ("“！”", (), (), ()),
        ("公司:海川", (), (("company", ("海川",)),), ()),
        ("公司:！", (), (), ()),
        ("-外包", (), (), (("外包",),)),
        ("-“machine learning”", (), (), (("machine", "learn", "machine_learn"),)),
        ("-！", (), (), ()),
    ],
)
def test_what_must_be_there_is_all_its_tokens_and_marks_alone_are_nothing(typed, phrases, fields, excluded):
    terms = analyse(typed)
    assert (terms.units, terms.phrases, terms.fields, terms.excluded) == ((), phrases, fields, excluded)
