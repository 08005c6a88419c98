"""What was done, in words: every verb that anything records reads as a sentence in both languages."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.template import Context, Template
from django.utils import translation

from backend.accounts.enums import Role
from backend.applications.enums import ApplicationStatus
from backend.audit.labels import ACTIONS, NOUNS, label_of
from backend.companies.interfaces import labels as company_labels
from backend.notifications.kinds import kinds
from backend.positions.interfaces import labels as position_labels

ROOT = Path(__file__).resolve().parents[3]
VERB = re.compile(r"[a-z_]+\.[a-z_]+")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def given(tree: ast.AST) -> set[str]:
    """What is given as `verb=`, in a condition too."""
    return {
        node.value
        for call in ast.walk(tree)
        if isinstance(call, ast.keyword) and call.arg == "verb"
        for node in ast.walk(call.value)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and VERB.fullmatch(node.value)
    }


def recorded() -> set[str]:
    """Every "noun.action" given as a verb, whatever its noun, and in a module that records those that start with a noun we
    know, but the kinds of notification, which look alike."""
    found, named = set(), set()
    for folder in ("backend", "fairs"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            if re.search(r"\brecord\(", text):
                tree = ast.parse(text)
                named |= given(tree)
                found |= {
                    node.value
                    for node in ast.walk(tree)
                    if isinstance(node, ast.Constant)
                    and isinstance(node.value, str)
                    and VERB.fullmatch(node.value)
                }
    return named | {verb for verb in found - kinds.keys() if verb.split(".")[0] in NOUNS}


def composed() -> set[str]:
    """What is put together from a status or a noun."""
    return (
        {f"application.{status}" for status in ApplicationStatus.values if status != "new"}
        | {f"company.{outcome}" for outcome in ("verified", "rejected", "suspended")}
        | {f"student.{status}" for status in ("confirmed", "refused")}
        | {
            f"{noun}.{action}"
            for noun in ("department", "major", "class")
            for action in ("added", "changed", "removed")
        }
    )


VERBS = sorted(recorded() | composed())


def test_the_verbs_are_found_where_they_stand():
    """The search itself: verbs given by name, by place, in a condition, and put together."""
    assert {
        "company.registered",
        "company.vetting_expired",
        "membership.owner_ended",
        "booths.resumed",
        "application.hired",
        "handovers.answered",
    } <= set(VERBS)
    assert len(VERBS) > 90


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_reads_in_both_languages(verb):
    noun, _dot, action = verb.partition(".")
    said = {}
    for language in ("en", "zh-hans"):
        with translation.override(language):
            said[language] = label_of(verb)
    assert (noun in NOUNS, action in ACTIONS) == (True, True)
    assert "_" not in said["en"]
    assert not CHINESE.search(said["en"])
    assert re.fullmatch(r"[^：a-z]+：[^：a-z]+", said["zh-hans"])


def test_no_label_is_kept_for_what_nobody_records():
    used = [verb.split(".") for verb in VERBS]
    assert sorted(NOUNS.keys() - {noun for noun, _action in used}) == []
    assert sorted(ACTIONS.keys() - {action for _noun, action in used}) == []


@pytest.mark.parametrize(
    ("labels", "noun"),
    [(company_labels, "company"), (position_labels, "position")],
    ids=["company", "position"],
)
def test_the_timelines_of_companies_and_positions_say_what_is_recorded_and_no_more(labels, noun):
    """A template of positions has no timeline of its own."""
    wanted = {verb for verb in VERBS if verb.startswith(f"{noun}.") and ".template_" not in verb}
    assert set(labels.VERBS) == wanted
    for language in ("en", "zh-hans"):
        with translation.override(language):
            assert all(
                bool(CHINESE.search(str(text))) == (language != "en") for text in labels.VERBS.values()
            )


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("future.done", "future: finished"),
        ("school.painted", "School: painted"),
        ("nothing", "nothing: "),
        ("", ": "),
        ("a.b.c", "a: b.c"),
        ("%(noun)s.x", "%(noun)s: x"),
    ],
)
def test_a_verb_of_another_version_is_shown_as_it_is(verb, words):
    with translation.override("en"):
        assert label_of(verb) == words


@pytest.mark.parametrize(("role", "words"), [*Role.choices, ("captain", "captain"), ("", "")])
def test_a_role_is_said_in_words_and_an_unknown_one_as_it_is(role, words):
    drawn = Template("{% load audit %}{{ role|role_label }}").render(Context({"role": role}))
    assert drawn == str(words)


def test_the_trail_has_no_way_to_be_changed_through_the_admin_site():
    from django.contrib import admin

    model = apps.get_model("audit", "AuditEntry")
    assert model not in admin.site._registry
