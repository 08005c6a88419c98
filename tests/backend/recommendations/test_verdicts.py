"""The gate's verdict in the reader's language: every sentence the gate can form is known."""

import pytest
from django.utils import translation

from backend.recommendations.interfaces.verdicts import verdict
from matching.evaluation.audit import Audit
from matching.evaluation.gate import judge
from matching.evaluation.shifts import Shift

PEOPLE = range(40)
RULES = dict.fromkeys(PEOPLE, 0.5)
BETTER = {who: 0.6 + 0.001 * (who % 3) for who in PEOPLE}
BEST = dict.fromkeys(PEOPLE, 0.9)
HALVES = {"education": {who: "bachelor" if who < 20 else "master" for who in PEOPLE}}
SPLIT = {who: 0.4 if who < 20 else 0.9 for who in PEOPLE}
LOST = Shift(30, 0.5, 0.9, -0.6, -0.2)


@pytest.mark.parametrize(
    ("judged", "english", "chinese"),
    [
        (
            ({1: 0.9}, {1: 0.5}, {}),
            "1 people kept back, at least 20 needed",
            "留出的人有 1 位，至少需要 20 位",
        ),
        (
            (BETTER, RULES, {}),
            "better than the weighted rules on 40 people kept back: AUC +0.1010 (+0.1007 to +0.1012)",
            "在留出的 40 人上优于加权规则：AUC +0.1010（+0.1007 至 +0.1012）",
        ),
        (
            (RULES, RULES, {}),
            "not surely better than the weighted rules on 40 people kept back: "
            "AUC +0.0000 (+0.0000 to +0.0000)",
            "在留出的 40 人上不能肯定优于加权规则：AUC +0.0000（+0.0000 至 +0.0000）",
        ),
    ],
)
def test_what_the_gate_says_is_said_in_both_languages(judged, english, chinese):
    learned, rules, options = judged
    reason = judge(learned, rules, **options).reason
    for language, words in (("en", english), ("zh-hans", chinese)):
        with translation.override(language):
            assert verdict(reason) == (words, True)


@pytest.mark.parametrize(
    ("learned", "options", "english"),
    [
        (BETTER, {"serving": BEST}, "worse than the model in service: AUC -0.2990"),
        (SPLIT, {"attributes": HALVES}, "worse than the weighted rules for Education: Bachelor"),
        (BETTER, {"audit": Audit({}, 0.75, False)}, "impact ratio 0.75, at least 0.80 needed"),
        (
            BETTER,
            {
                "shifts": (
                    {f"department: {name}": LOST for name in ("护理系", "乙", "丙", "丁", "戊")},
                    {"sex: f": LOST},
                )
            },
            "impact ratio under 0.80 and under that of the weighted rules for Department: 护理系, Department: 乙, "
            "Department: 丙, Department: 丁, 2 more",
        ),
    ],
)
def test_each_objection_of_the_gate_is_told(learned, options, english):
    found = judge(learned, RULES, **options)
    assert found.accepted is False
    with translation.override("en"):
        words, known = verdict(found.reason)
    assert (words.split("; ")[1:], known) == ([english], True)


def test_all_objections_at_once_and_a_model_that_was_taken_back():
    reason = judge(SPLIT, RULES, serving=BEST, attributes=HALVES, audit=Audit({}, 0.1, False)).reason
    with translation.override("en"):
        words, known = verdict(f"withdrawn; {reason}")
    assert (words.split("; ")[0], len(words.split("; ")), known) == ("taken back", 6, True)


@pytest.mark.parametrize(
    ("reason", "words", "known"),
    [
        ("given up", "given up: it did not end within two hours", True),
        (
            "withdrawn; synthetic proxy, not people: 3 held-out people, at least 20 needed",
            "taken back; learnt from made-up people, not from real ones; 3 people kept back, at least 20 needed",
            True,
        ),
        (
            "synthetic proxy, not people: 3 held-out people, at least 20 needed; additive-0001 learnt from people",
            "learnt from made-up people, not from real ones; 3 people kept back, at least 20 needed; "
            "additive-0001 has learnt from real people and stays",
            True,
        ),
        ("", "", False),
        ("OSError(28, 'No space left on device')", "OSError(28, 'No space left on device')", False),
        ("withdrawn; who knows", "withdrawn; who knows", False),
    ],
)
def test_what_is_not_known_stays_as_it_is(reason, words, known):
    with translation.override("en"):
        assert verdict(reason) == (words, known)


@pytest.mark.parametrize(
    ("said", "english", "chinese"),
    [
        ("1500 showings read", "1500 lists read", "已读取 1500 次展示"),
        (
            "630 showings of 600 people teach something",
            "630 lists of 600 people teach something",
            "其中 600 人的 630 次展示可供学习",
        ),
        (
            "fitted on 357 showings, fading of attention 0.45",
            "fitted on 357 lists (fading of attention 0.45), now judged",
            "已用 357 次展示拟合（注意力衰减 0.45），正在评判",
        ),
        (
            "x; worse than the model that serves for education: bachelor × 2027 and 3 more",
            None,
            None,
        ),
        (
            "given up; worse than the model that serves for education: bachelor",
            "given up: it did not end within two hours; worse than the model in service for Education: Bachelor",
            "已放弃：两小时内没有结束；对下列群体不如使用中的模型：学历：本科",
        ),
        (
            "given up; additive-0007 was accepted meanwhile",
            "given up: it did not end within two hours; additive-0007 came into service meanwhile",
            "已放弃：两小时内没有结束；additive-0007 在此期间已投入使用",
        ),
    ],
)
def test_what_a_training_says_on_its_way_is_said_in_both_languages(said, english, chinese):
    for language, words in (("en", english), ("zh-hans", chinese)):
        with translation.override(language):
            assert verdict(said) == ((said, False) if words is None else (words, True))
