"""Somebody writes quickly to a slow server: every word arrives, in order, or is back where it was typed."""

import time
from collections.abc import Iterator
from importlib.resources import files
from urllib.parse import parse_qs

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Browser, Page, Route

from fairs.interfaces.forms import MessageForm
from tests.journeys.conftest import ROOT

pytestmark = pytest.mark.browser
HTMX = files("django_htmx") / "static/django_htmx/htmx-2.min.js"
AT = "http://talk.test"
BEFORE = """<form id="write" action="/say/" hx-post="/say/" hx-target="#talk" hx-sync="this:drop">
<textarea name="text" required></textarea><button>发送</button></form>"""
RESETS = "document.body.addEventListener('htmx:afterRequest', ({ detail }) => detail.successful && detail.elt.reset())"
READS = "words => document.getElementById('outbox').innerText.trim().replace(/\\n+/g, '\\n') === words"
OVER = '<p>说了</p><i id="write" hx-swap-oob="true" hidden></i>'


class Slow:
    """A page with the form of a talk, and a server that answers when it is told to."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.held: list[Route] = []

    def open(self, form: str) -> None:
        """The page with this form in it."""
        body = f'<!doctype html><meta charset="utf-8"><div id="talk"></div>{form}'
        self.page.route(f"{AT}/", lambda route: route.fulfill(content_type="text/html", body=body))
        self.page.route(f"{AT}/say/", self.hold)
        self.page.goto(f"{AT}/")
        self.page.add_script_tag(path=str(HTMX))

    def hold(self, route: Route) -> None:
        """Keep a message unanswered."""
        self.held.append(route)

    def write(self, *words: str) -> None:
        """Type and send each, without waiting for an answer."""
        for word in words:
            self.page.fill("textarea", word)
            self.page.click("button")

    def said(self, count: int) -> list[str]:
        """What has reached the server, once it is this much."""
        deadline = time.monotonic() + 5
        while len(self.held) < count and time.monotonic() < deadline:
            self.page.evaluate("0")
        return [parse_qs(route.request.post_data)["text"][0] for route in self.held]

    def answer(self, body: str = "<p>说了</p>", **how: object) -> None:
        """Answer the newest, and let the page hear it."""
        self.held[-1].fulfill(content_type="text/html", body=body, **how)

    @property
    def field(self) -> str:
        return self.page.input_value("textarea")

    def shown(self, words: str) -> None:
        """Wait until the outbox reads so."""
        self.page.wait_for_function(READS, arg=words)


@pytest.fixture
def slow(chromium: Browser) -> Iterator[Slow]:
    page = chromium.new_page()
    page.set_default_timeout(5_000)
    yield Slow(page)
    page.close()


@pytest.fixture
def talk(slow: Slow) -> Slow:
    form = {"form": MessageForm(), "action": f"{AT}/say/", "target": "#talk", "label": "发送"}
    slow.open(render_to_string("fairs/write.html", form))
    slow.page.add_script_tag(path=ROOT / "fairs/static/fairs/outbox.js", type="module")
    return slow


def test_what_is_typed_meanwhile_was_lost_before(slow: Slow) -> None:
    """The control: a second message dropped, a third emptied by the answer to the first."""
    slow.open(BEFORE)
    slow.page.evaluate(RESETS)
    slow.write("一", "二")
    slow.page.fill("textarea", "三")
    assert slow.said(1) == ["一"]
    slow.answer()
    slow.page.wait_for_function("document.querySelector('#talk p')")
    slow.page.wait_for_function("document.querySelector('textarea').value === ''")
    assert (slow.said(1), slow.field) == (["一"], "")


def test_every_word_arrives_in_order_and_once(talk: Slow) -> None:
    words = list("一二三四五六七八")
    talk.write(*words)
    talk.page.fill("textarea", "九")
    for count in range(1, 9):
        assert talk.said(count) == words[:count]
        talk.answer()
    talk.page.wait_for_function("document.getElementById('outbox').hidden")
    assert (talk.said(8), talk.field) == (words, "九")


REFUSED = {"status": 409, "headers": {"HX-Retarget": "#talk", "HX-Reswap": "beforeend"}}


@pytest.mark.parametrize("fails", ["network", "refused", "signed out"])
@pytest.mark.parametrize(("typed", "left"), [("", "一\n二"), ("三", "一\n二\n三")])
def test_what_was_not_sent_is_back_in_the_field(talk: Slow, *, fails: str, typed: str, left: str) -> None:
    talk.write("一", "二")
    talk.page.fill("textarea", typed)
    talk.shown("正在发送\n一\n正在发送\n二")
    assert talk.said(1) == ["一"]
    _fail(talk, fails)
    talk.shown("未能发送。内容已放回输入框，请重新发送。")
    assert (talk.said(1), talk.field) == (["一"], left)
    talk.page.click("button")
    assert talk.said(2)[1].replace("\r", "") == left
    talk.answer()
    talk.page.wait_for_function("document.getElementById('outbox').hidden")
    assert talk.field == ""


def _fail(talk: Slow, fails: str) -> None:
    if fails == "network":
        talk.held[-1].abort()
    elif fails == "refused":
        talk.answer("<p>不行</p>", **REFUSED)
    else:
        login = {"content_type": "text/html", "body": "<p>登录</p>"}
        talk.page.route(f"{AT}/login/", lambda route: route.fulfill(**login))
        talk.answer("", status=302, headers={"Location": f"{AT}/login/"})


def test_a_talk_that_ends_meanwhile_leaves_the_words_in_sight(talk: Slow) -> None:
    talk.write("一", "二")
    talk.page.fill("textarea", "三")
    talk.said(1)
    talk.answer(OVER)
    talk.said(2)
    talk.answer("<p>不行</p>", **REFUSED)
    talk.shown("以下内容未发送：\n二\n三")
    assert talk.page.locator("textarea").count() == 0


def test_nothing_is_taken_from_under_a_word_that_is_being_typed(talk: Slow) -> None:
    """The field changes only when the word of an input method is whole."""
    talk.write("一")
    talk.said(1)
    talk.page.dispatch_event("textarea", "compositionstart")
    talk.page.fill("textarea", "ni")
    with talk.page.expect_event("requestfailed"):
        talk.held[-1].abort()
    assert talk.field == "ni"
    talk.page.fill("textarea", "你")
    talk.page.dispatch_event("textarea", "compositionend")
    talk.shown("未能发送。内容已放回输入框，请重新发送。")
    assert talk.field == "一\n你"
