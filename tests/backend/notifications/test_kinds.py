"""Every kind of notification: a whole sentence in both languages, filled by whoever sends it, and mailed in one line."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.core import mail
from django.utils import translation

from backend.notifications import delivery
from backend.notifications.kinds import kinds, text_of
from backend.notifications.models import Notification
from tests.factories.accounts import UserFactory

ROOT = Path(__file__).resolve().parents[3]
KINDS = sorted(kinds)
NAMED = re.compile(r"%\((\w+)\)s")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
OWN = {"user_ids", "kind", "dedupe_key", "url"}


def nodes(naming: str = "") -> Iterator[ast.AST]:
    """Of what might send something, everything but the declarations: the files that hold these letters."""
    for path in (path for top in ("backend", "fairs") for path in (ROOT / top).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if path.name != "apps.py" and naming in text:
            yield from ast.walk(ast.parse(text))


@cache
def sent_with() -> list[tuple[str, frozenset[str]]]:
    """(kind, names of the params) of every call that spells both out."""
    found = []
    for node in nodes(naming="notify"):
        if not isinstance(node, ast.Call) or "notify" not in ast.unparse(node.func):
            continue
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        kind = given.get("kind")
        if isinstance(kind, ast.Constant) and None not in given:
            found.append((kind.value, frozenset(given.keys() - OWN)))
    return sorted(found)


def sentence(kind: str, language: str) -> str:
    with translation.override(language):
        return str(kinds[kind].sentence)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_a_sentence_in_both_languages_that_names_the_same_things(kind):
    chinese, english = sentence(kind, "zh-hans"), sentence(kind, "en")
    assert set(NAMED.findall(chinese)) == set(NAMED.findall(english))
    assert bool(CHINESE.search(chinese))
    assert not CHINESE.search(english)
    assert english.endswith((".", "%(reason)s"))
    assert chinese.endswith(("。", "%(reason)s"))
    # A stray percent sign would break the sentence only when somebody reads it.
    for text in (chinese, english):
        assert "%" not in NAMED.sub("", text)


@pytest.mark.parametrize(("kind", "params"), sent_with())
def test_a_sender_fills_every_name_of_the_sentence(kind, params):
    assert set(NAMED.findall(sentence(kind, "en"))) <= params


def test_most_senders_are_read():
    """The search above: fewer would mean that it looks in the wrong places."""
    assert len({kind for kind, _params in sent_with()}) >= 10


def test_no_kind_is_declared_that_nothing_sends():
    said = set()
    for node in nodes():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            said.add(node.value)
    composed = {f"company_{outcome}" for outcome in ("verified", "rejected", "suspended")}
    composed |= {f"student_{status}" for status in ("confirmed", "refused")}
    composed |= {kind for kind in KINDS if kind.startswith("application_")} & {
        f"application_{status}" for status in said
    }
    assert set(KINDS) - said - composed == set()


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kinds[kind].mail])
def test_a_mail_reads_like_the_notification_and_leads_to_the_same_place(kind, language):
    user = UserFactory(language=language)
    params = {name: f"<{name}>" for name in NAMED.findall(sentence(kind, "en"))}
    Notification.objects.create(user=user, kind=kind, params=params, url="/there/", dedupe_key="k")
    # The sender's own language is the other one.
    with translation.override("en" if language == "zh-hans" else "zh-hans"):
        delivery.mail([{"user": user.pk, "dedupe_key": "k"}])
    (letter,) = mail.outbox
    filled = sentence(kind, language) % params
    assert (letter.to, letter.subject) == ([user.email], filled[:120])
    assert letter.body.split("\n")[2:5] == [filled, "", "http://127.0.0.1:8000/there/"]
    assert bool(CHINESE.search(letter.body)) == (language == "zh-hans")


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"name": "李华"}, "李华 sends greetings."),
        ({}, "— sends greetings."),
        ({"nickname": "李华"}, "— sends greetings."),
        ({"name": "%(name)s"}, "%(name)s sends greetings."),
        ({"name": "100 %"}, "100 % sends greetings."),
        ({"name": "<b>x</b>"}, "<b>x</b> sends greetings."),
        ({"name": None}, "None sends greetings."),
        ({"name": 7, "more": "x"}, "7 sends greetings."),
    ],
)
def test_a_stored_notification_is_read_whatever_it_holds(params, text):
    """It may be older than its sentence: one row must not close the whole list to its reader."""
    with translation.override("en"):
        assert text_of("tests.greeting", params) == text
