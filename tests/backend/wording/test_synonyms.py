"""Groups of words that staff keep: who may, what a group may hold, what the trail says, and what the database refuses."""

import pytest
from django.db import IntegrityError, transaction

from backend.audit.models import AuditEntry
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.wording.domain import synonyms
from backend.wording.domain.synonyms import save_group, switch_group
from backend.wording.models import MOST_WORDS, SynonymGroup, SynonymStamp, SynonymWord
from backend.wording.queries import groups_visible_to
from tests.racing import codes, race

pytestmark = pytest.mark.django_db
KEEPERS = {"staff", "operator", "foreign_staff"}
EVERYBODY = ("staff", "department_staff", "foreign_staff", "operator", "recruiter", "student", "visitor")


def state():
    """All that a refusal must leave as it was."""
    return (
        list(SynonymGroup.objects.order_by("pk").values("pk", "words", "active", "school_id")),
        list(SynonymWord.objects.order_by("pk").values_list("group_id", "key")),
        AuditEntry.objects.count(),
        list(SynonymStamp.objects.values_list("stamp", flat=True)),
    )


def refused(act, **arguments):
    """The sentences about the words of a refused group; nothing may have changed."""
    before = state()
    with pytest.raises(Invalid) as caught:
        act(**arguments)
    assert (caught.value.code, list(caught.value.fields), state()) == ("invalid", ["words"], before)
    return [str(sentence) for sentence in caught.value.fields["words"]]


@pytest.mark.parametrize("who", EVERYBODY)
def test_staff_of_a_whole_school_and_the_operator_add_groups(people, who):
    if who in KEEPERS:
        group = save_group(actor=people[who], words=["码农", "Coder"])
        assert (group.school_id, group.words, group.active) == (people[who].school_id, "码农\nCoder", True)
        assert list(group.keys.values_list("key", "school_id", "place")) == [
            ("码农", group.school_id, 0),
            ("coder", group.school_id, 1),
        ]
        return
    before = state()
    with pytest.raises(NotAllowed):
        save_group(actor=people[who], words=["码农", "coder"])
    assert state() == before


@pytest.mark.parametrize("owner", ["staff", "operator"])
@pytest.mark.parametrize("who", EVERYBODY)
def test_a_group_is_seen_and_changed_by(people, owner, who):
    """The whole table: who sees a school's group and one for all, and who may change and switch it."""
    group = people.group(owner, "码农", "coder")
    sees = {
        "staff": {"staff", "department_staff", "operator"},
        "operator": {"staff", "department_staff", "foreign_staff", "operator"},
    }[owner]
    may = {"staff": {"staff"}, "operator": {"operator"}}[owner]
    assert list(groups_visible_to(people[who])) == ([group] if who in sees else [])
    before = state()
    acts = [
        lambda: save_group(actor=people[who], words=["码农", "程序猿"], group_id=group.pk),
        lambda: switch_group(actor=people[who], group_id=group.pk, active=False),
    ]
    for act in acts:
        if who in may:
            act()
            continue
        with pytest.raises(
            NotAllowed if who in sees and who in KEEPERS | {"department_staff"} else (NotFound, NotAllowed)
        ):
            act()
        assert state() == before
    group.refresh_from_db()
    assert (group.words, group.active) == (("码农\n程序猿", False) if who in may else ("码农\ncoder", True))


@pytest.mark.parametrize(
    ("words", "sentences"),
    [
        ([], ["A group needs at least two words."]),
        (["码农"], ["A group needs at least two words."]),
        (["码农", "！！"], ["“！！” holds nothing that can be searched for."]),
        (["码农", ""], ["“” holds nothing that can be searched for."]),
        (["碼農", "码农"], ["“码农” and “碼農” are the same to the search."]),
        (["CNC", "ｃｎｃ", "数控"], ["“ｃｎｃ” and “CNC” are the same to the search."]),
        (["码农", "焊"], ["“焊” is a single character, which stands in too many other words."]),
        (["码农", "x" * 41], [f"“{'x' * 40}” is longer than 40 characters."]),
        (
            ["码农", "a b c d e"],
            ["“a b c d e” is too long: at most four words, and twelve Chinese characters in a row."],
        ),
        (
            ["码农", "一二三四五六七八九十一二三"],
            [
                "“一二三四五六七八九十一二三” is too long: at most four words, and twelve Chinese characters in a row."
            ],
        ),
        ([f"w{n}" for n in range(13)], ["A group holds at most 12 words."]),
        (
            ["！", "焊", "码农"],
            [
                "“！” holds nothing that can be searched for.",
                "“焊” is a single character, which stands in too many other words.",
            ],
        ),
    ],
)
def test_what_cannot_be_a_group_is_refused_by_the_word(people, settings, words, sentences):
    settings.LANGUAGE_CODE = "en"
    assert refused(save_group, actor=people["staff"], words=words) == sentences


@pytest.mark.parametrize(
    "words",
    [["c", "c++"], ["3D打印", "3d printing"], ["node.js", "js"], ["一二三四五六七八九十一二", "ab cd ef gh"]],
)
def test_what_can_be_searched_for_can_be_a_group(people, words):
    assert save_group(actor=people["staff"], words=words).listed == words


def test_a_word_is_kept_as_it_was_written_without_spaces_around_it(people):
    assert people.group("staff", "  码  农 ", "cafe\u0301").listed == ["码 农", "café"]


@pytest.mark.parametrize("active", [True, False])
def test_a_word_stands_in_one_group_of_a_school_in_use_or_not(people, settings, active):
    settings.LANGUAGE_CODE = "en"
    first = people.group("staff", "码农", "coder")
    switch_group(actor=people["staff"], group_id=first.pk, active=active)
    said = refused(save_group, actor=people["staff"], words=["程序猿", "碼農", "Coders", "CODER"])
    assert said == [
        "“碼農” already stands in the group “码农、coder”. Add the other words there.",
        "“CODER” already stands in the group “码农、coder”. Add the other words there.",
    ]
    other = people.group("staff", "程序猿", "hacker")
    assert refused(save_group, actor=people["staff"], words=["程序猿", "coder"], group_id=other.pk) == [
        "“coder” already stands in the group “码农、coder”. Add the other words there."
    ]


def test_schools_and_the_installation_have_words_of_their_own(people):
    """What one school calls the same is no matter of another's, nor of what holds for all."""
    for who in ("staff", "foreign_staff", "operator"):
        people.group(who, "码农", "coder")
    assert SynonymGroup.objects.count() == 3


def test_changing_a_group_frees_the_words_it_lets_go(people):
    group = people.group("staff", "码农", "coder", "hacker")
    save_group(actor=people["staff"], words=["coder", "码农"], group_id=group.pk)
    assert list(group.keys.order_by("place").values_list("key", flat=True)) == ["coder", "码农"]
    assert people.group("staff", "hacker", "黑客").pk != group.pk


def test_there_is_a_most_of_groups_and_changing_one_still_goes(people, monkeypatch, settings):
    settings.LANGUAGE_CODE = "en"
    monkeypatch.setattr(synonyms, "MOST_GROUPS", 1)
    group = people.group("staff", "码农", "coder")
    assert refused(save_group, actor=people["staff"], words=["甲乙", "丙丁"]) == [
        "There are 1 groups, which is the most. Change one of them."
    ]
    assert people.group("foreign_staff", "甲乙", "丙丁").pk
    assert save_group(actor=people["staff"], words=["甲乙", "丙丁"], group_id=group.pk).listed == [
        "甲乙",
        "丙丁",
    ]


def test_the_trail_says_what_was_before_and_each_change_has_its_own_stamp(people):
    stamps = []

    def stamped():
        stamps.append(SynonymStamp.objects.get().stamp)

    group = people.group("staff", "码农", "coder")
    stamped()
    save_group(actor=people["staff"], words=["码农", "hacker"], group_id=group.pk)
    stamped()
    for active in (False, False, True):
        switch_group(actor=people["staff"], group_id=group.pk, active=active)
        stamped()
    trail = AuditEntry.objects.order_by("pk").values_list("verb", "data", "target_id", "school_id")
    own = (group.pk, people.school.pk)
    assert list(trail) == [
        ("synonyms.added", {"words": "码农、coder"}, *own),
        ("synonyms.changed", {"words": "码农、hacker", "before": "码农、coder"}, *own),
        ("synonyms.switched_off", {"words": "码农、hacker"}, *own),
        ("synonyms.switched_on", {"words": "码农、hacker"}, *own),
    ]
    # Switching off what is off is no change.
    assert [len(set(stamps)), stamps[2] == stamps[3]] == [4, True]


@pytest.mark.parametrize("words", ["码农", "", "码农\n", "\ncoder", "a\n\nb", "x" * 300 + "\n" + "y" * 300])
def test_the_database_refuses_a_group_that_is_none(people, words):
    with pytest.raises(IntegrityError), transaction.atomic():
        SynonymGroup.objects.create(words=words)
    assert SynonymGroup.objects.count() == 0


@pytest.mark.parametrize(
    "wrong", [{"key": ""}, {"key": "x" * 81}, {"place": MOST_WORDS}, {"place": 0}, {"key": "coder"}]
)
@pytest.mark.parametrize("who", ["staff", "operator"])
def test_the_database_refuses_a_word_that_stands_twice_or_is_none(people, who, wrong):
    group = people.group(who, "码农", "coder")
    fields = {"group": group, "school_id": group.school_id, "key": "new", "place": 5} | wrong
    # SQLite does not hold a column to its length; PostgreSQL says so in another way.
    with pytest.raises(Exception, match=r"constraint|UNIQUE|too long"), transaction.atomic():
        SynonymWord.objects.create(**fields)
    assert SynonymWord.objects.count() == 2


def test_there_is_one_stamp(people):
    with pytest.raises(IntegrityError), transaction.atomic():
        SynonymStamp.objects.create(pk=2, stamp="x")


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_a_word_at_once_one_hears_so(people):
    """Whoever comes second is told by the check or, past it, by the constraint."""
    staff = people["staff"]
    results = race(
        *(lambda other=other: save_group(actor=staff, words=["码农", other]) for other in ("甲乙", "丙丁"))
    )
    assert codes(results) in (["conflict"], ["invalid"])
    assert SynonymWord.objects.filter(key="码农").count() == SynonymGroup.objects.count() == 1


def test_without_the_check_the_constraint_says_conflict(people, monkeypatch):
    people.group("staff", "码农", "coder")
    monkeypatch.setattr(synonyms, "_free", lambda *_: None)
    before = state()
    with pytest.raises(Conflict):
        save_group(actor=people["staff"], words=["码农", "程序猿"])
    assert state() == before
