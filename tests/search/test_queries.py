"""Every construct of the query language under every prefix, printed and read again, and queries that are broken."""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.terms import analyse
from search.tree import FIELDS, MAX_QUERY_CHARACTERS, Tree, parse

# A loaded machine is no finding.
QUIET = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
QUOTES = ('""', "“”", "「」", "『』", "＂＂")
MINUSES = ("-", "－", "−", "–")
COLONS = (":", "：", ": ", "： ", " :", " ：")
PREFIXES = sorted(FIELDS)


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("colon", COLONS)
def test_a_prefix_takes_the_word_after_it_in_any_writing(prefix, colon):
    expected = Tree(fields=((FIELDS[prefix], "电工"),))
    for written in (prefix, prefix.upper(), prefix.capitalize()):
        assert parse(f"{written}{colon}电工") == expected


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("quotes", QUOTES)
def test_a_prefix_takes_the_whole_of_what_is_quoted(prefix, quotes):
    opened, closed = quotes
    assert parse(f"甲 {prefix}:{opened}a b{closed} 乙") == Tree(
        ("甲", "乙"), fields=((FIELDS[prefix], "a b"),)
    )


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("minus", MINUSES)
def test_a_minus_before_a_prefix_excludes_the_word_wherever_it_stands(prefix, minus):
    assert parse(f"{minus}{prefix}:甲") == Tree(excluded=("甲",))


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_prefix_inside_a_word_or_alone_is_plain_text(prefix):
    assert parse(f"x{prefix}:甲") == Tree((f"x{prefix}:甲",))
    assert parse(f"{prefix}:") == Tree((f"{prefix}:",))
    assert parse(prefix) == Tree((prefix,))


@pytest.mark.parametrize(("minus", "quotes"), list(itertools.product(MINUSES, QUOTES)))
def test_each_minus_with_each_quotation_mark(minus, quotes):
    opened, closed = quotes
    assert parse(f"甲 {minus}{opened}a b{closed}") == Tree(("甲",), excluded=("a b",))
    assert parse(f"甲{minus}乙") == Tree((f"甲{minus}乙",))


@pytest.mark.parametrize("quotes", QUOTES)
def test_a_mark_that_is_not_closed_is_left_out_and_its_words_stay(quotes):
    opened, closed = quotes
    assert parse(f"甲 {opened}乙 丙") == Tree(("甲", "乙", "丙"))
    assert parse(f"甲{closed} 乙") == Tree(("甲", "乙"))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ('"a""b"', Tree(phrases=("a", "b"))),
        ('a"b"c', Tree(("a", "c"), ("b",))),
        ('"  "', Tree()),
        ('公司:"" 乙', Tree(("乙",))),
        ("公司:公司:甲", Tree(fields=(("company", "公司:甲"),))),
        ("公司:-甲", Tree(fields=(("company", "-甲"),))),
        ("--甲", Tree(excluded=("-甲",))),
        ("- 甲", Tree(("-", "甲"))),
        ("-", Tree(("-",))),
        ("“甲」", Tree(("甲",))),
        ("“甲「乙」丙”", Tree(phrases=("甲「乙」丙",))),
        ("a\nb\tc\u3000d", Tree(("a", "b", "c", "d"))),
        ("公司:甲 公司:乙", Tree(fields=(("company", "甲"), ("company", "乙")))),
        ("title:company:x", Tree(fields=(("title", "company:x"),))),
    ],
)
def test_a_query_that_is_not_well_made_still_says_something(text, tree):
    assert parse(text) == tree


# Printing


def printed(tree: Tree, prefixes: dict[str, str]) -> str:
    """A tree as somebody would type it: every text between quotation marks."""
    return " ".join(
        [
            *(f"{word}" for word in tree.words),
            *(f'"{phrase}"' for phrase in tree.phrases),
            *(f'-"{text}"' for text in tree.excluded),
            *(f'{prefixes[name]}:"{text}"' for name, text in tree.fields),
        ]
    )


CHINESE = {"company": "公司", "title": "职位", "skills": "技能", "occupation_name": "职业"}
ENGLISH = {"company": "company", "title": "title", "skills": "skill", "occupation_name": "occupation"}
WORD = st.text("abc会计工+#.", min_size=1, max_size=4)
TEXT = st.lists(WORD, min_size=1, max_size=2).map(" ".join)
TREES = st.builds(
    Tree,
    *[st.lists(kind, max_size=3).map(tuple) for kind in (WORD, TEXT, TEXT)],
    st.lists(st.tuples(st.sampled_from(sorted(CHINESE)), TEXT), max_size=2).map(tuple),
)


@QUIET
@given(TREES, st.sampled_from([CHINESE, ENGLISH]))
def test_a_printed_tree_is_read_as_it_was(tree, prefixes):
    text = printed(tree, prefixes)
    assert len(text) <= MAX_QUERY_CHARACTERS
    assert parse(text) == tree


@QUIET
@given(TREES)
def test_chinese_and_english_prefixes_ask_the_same(tree):
    assert analyse(printed(tree, CHINESE)) == analyse(printed(tree, ENGLISH))


@QUIET
@given(TREES)
def test_what_is_excluded_is_never_looked_for(tree):
    only = Tree(excluded=tree.excluded)
    terms = analyse(printed(only, CHINESE))
    assert (terms.units, terms.phrases, terms.fields, terms.boosts, terms.text) == ((), (), (), (), "")


@QUIET
@given(TREES, st.text('ab "“”-：公司甲\n', max_size=40))
def test_what_is_closed_is_not_changed_by_what_follows(tree, anything):
    """White space parts a query, so the parts before it stay as they are, whatever somebody types behind them."""
    whole = parse(f"{printed(tree, CHINESE)} {anything}")
    for name in ("words", "phrases", "excluded", "fields"):
        before = getattr(tree, name)
        assert getattr(whole, name)[: len(before)] == before
