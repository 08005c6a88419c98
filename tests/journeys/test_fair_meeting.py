"""A fair meeting in two browsers: the student joins, the recruiter calls, both talk, the student reads the result."""

import os
import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import ROOT, Demo

pytestmark = pytest.mark.browser
PROMPT = 4_000
"""Milliseconds within which the other side sees it; the page polls every five seconds, so the socket has to ring."""


def _live_console(recruiter: Page) -> str:
    """Open the console of the recruiter's booth at the live fair; the company's name."""
    recruiter.goto("/company/fairs/")
    item = recruiter.locator("li.item", has_text=re.compile("进行中")).first
    item.locator("a").first.click()
    expect(recruiter.locator("#console")).to_be_visible()
    recruiter.goto("/company/")
    name = recruiter.locator("h1").first.inner_text().strip()
    recruiter.go_back()
    return name


def _enter_hall(student: Page) -> None:
    """Open the live fair, register where that is still to do, and go in."""
    student.goto("/fairs/")
    student.locator("li.item", has_text=re.compile("进行中")).locator("a").first.click()
    register = student.get_by_role("button", name="报名本场双选会")
    if register.count():
        register.click()
    student.get_by_role("link", name="进入大厅").click()
    expect(student.locator("#hall")).to_be_visible()


def _alone_in_line(demo: Demo) -> None:
    """Whoever waited at any booth has gone home, so that the student of this journey is next."""
    leave = "from fairs.models import Ticket; Ticket.objects.exclude(status='served').update(status='left')"
    env = os.environ | {"DATA_DIR": str(demo.folder)}
    subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", leave],
        cwd=ROOT,
        env=env,
        check=True,
        capture_output=True,
    )


PLAYS = "() => { const seen = document.querySelector('[data-remote]'); return seen.videoWidth > 0 && seen.currentTime > 0.3; }"


def _by_video(recruiter: Page, student: Page) -> None:
    """The recruiter calls, the student is asked and answers, both see each other move; then back to text."""
    recruiter.get_by_role("button", name="发起视频").click()
    answer = student.get_by_role("button", name="视频接听")
    expect(answer).to_be_visible(timeout=PROMPT)
    assert (
        student.evaluate("document.querySelector('[data-own]').srcObject") is None
    )  # nobody's camera opens by itself
    assert [page.evaluate("fairsRing.state") for page in (recruiter, student)] == ["silent", "running"]
    answer.click()
    for page in (recruiter, student):
        page.wait_for_function(PLAYS)
    assert student.evaluate("fairsRing.state") == "silent"
    student.get_by_role("button", name="关闭摄像头").click()
    expect(recruiter.locator("[data-other=off]")).to_be_visible(timeout=PROMPT)
    recruiter.get_by_role("button", name="挂断").click()
    expect(student.locator("[data-say=ended]")).to_be_visible(timeout=PROMPT)
    for page in (recruiter, student):
        assert page.evaluate("document.querySelector('[data-own]').srcObject") is None


def _longer(recruiter: Page, student: Page) -> None:
    """The student asks for five minutes more, the recruiter agrees, and both see the new end."""
    until = student.locator("[data-timer]").get_attribute("data-timer")
    student.get_by_role("button", name="征求对方同意").click()
    agree = recruiter.get_by_role("button", name="同意", exact=True)
    expect(agree).to_be_visible(timeout=PROMPT)
    agree.click()
    for page in (recruiter, student):
        expect(page.locator("[data-timer]")).not_to_have_attribute("data-timer", until, timeout=PROMPT)


def test_a_meeting_from_the_hall_to_the_result(visitor: Callable[..., Page], demo: Demo) -> None:
    _alone_in_line(demo)
    recruiter, student = visitor("recruiter"), visitor("student", width=390)
    company = _live_console(recruiter)
    _enter_hall(student)
    student.fill("input[name=q]", company)
    student.locator("form[role=search] button").click()
    # The booth stands on the page before the search, too: a number drawn there is lost to the page that comes.
    expect(student).to_have_url(re.compile(r"[?&]q="))
    booth = student.locator("#hall li.item", has_text=company).first
    booth.get_by_role("button", name="取号排队").click()
    place = student.locator("[data-place-at]").first
    expect(place).to_be_visible()

    expect(place).to_have_text("1")
    expect(recruiter.locator("#console li.item")).to_have_count(1, timeout=PROMPT)
    recruiter.get_by_role("button", name="叫下一位").click()

    coming = student.get_by_role("button", name="我来了")
    expect(coming).to_be_visible(timeout=PROMPT)
    coming.click()
    expect(student).to_have_url(re.compile(r"/fairs/meetings/\d+/"))
    to_meeting = recruiter.get_by_role("link", name="进入洽谈")
    expect(to_meeting).to_be_visible(timeout=PROMPT)
    to_meeting.click()
    expect(recruiter).to_have_url(re.compile(r"/fairs/meetings/\d+/"))

    _by_video(recruiter, student)
    _longer(recruiter, student)
    student.fill("textarea[name=text]", "您好，我想了解实习安排。")
    student.get_by_role("button", name="发送").click()
    expect(recruiter.locator("#talk")).to_contain_text("您好，我想了解实习安排。", timeout=PROMPT)
    recruiter.fill("textarea[name=text]", "周一到周五，有师傅带。")
    recruiter.get_by_role("button", name="发送").click()
    expect(student.locator("#talk")).to_contain_text("周一到周五，有师傅带。", timeout=PROMPT)
    expect(student.locator("textarea[name=text]")).to_have_value("")

    recruiter.select_option("select[name=outcome]", "interview")
    recruiter.fill("textarea[name=message]", "请周五来面试。")
    recruiter.get_by_role("button", name="结束洽谈").click()
    expect(student.locator("#talk")).to_contain_text("请周五来面试。", timeout=PROMPT)
    expect(student.locator("#talk")).to_contain_text("邀请面试")


GOOD, FAIR, LOSSY = {"loss": 0, "rtt": 50}, {"loss": 0.05, "rtt": 50}, {"loss": 0.2, "rtt": 50}


def _free(kbps: int) -> dict[str, float]:
    return GOOD | {"kbps": kbps}


# A rung to begin on, samples, and every rung that was stood on, in order.
LADDER = [
    ("medium", [GOOD] * 4, "medium"),
    ("medium", [GOOD] * 5, "medium high"),
    ("medium", [*[GOOD] * 4, FAIR, *[GOOD] * 4], "medium"),
    ("medium", [_free(450)] * 30, "medium"),  # enough for this rung, without room for the next
    ("high", [LOSSY, GOOD] * 5, "high"),  # one bad sample is no trend
    ("high", [LOSSY] * 2, "high medium"),
    ("high", [{"loss": 0, "rtt": 2000}] * 2, "high medium"),
    ("high", [_free(500)] * 2, "high medium"),
    ("high", [_free(140)] * 2, "high low"),
    ("high", [_free(100)] * 2, "high voice"),  # at once to what is carried
    ("high", [LOSSY] * 20, "high medium low voice text"),
    ("voice", [_free(10)] * 2, "voice text"),
    ("text", [GOOD] * 20, "text voice low medium high"),
    ("text", [LOSSY] * 9, "text"),
    # Fallen again soon after a climb: ten good samples are needed now, not five.
    ("medium", [*[GOOD] * 5, *[LOSSY] * 2, *[GOOD] * 9], "medium high medium"),
    ("medium", [*[GOOD] * 5, *[LOSSY] * 2, *[GOOD] * 10], "medium high medium high"),
    ("high", [*[LOSSY] * 2, *[GOOD] * 5], "high medium high"),
]
WALK = """([first, samples]) => {
  let state = fairsLadder.begin(first);
  const stood = [state.rung];
  for (const sample of samples) {
    state = fairsLadder.step(state, sample);
    if (state.rung !== stood.at(-1)) stood.push(state.rung);
  }
  return stood.join(" ");
}"""


def test_the_ladder_of_a_call(chromium: Browser) -> None:
    page = chromium.new_page()
    page.add_script_tag(path=ROOT / "fairs/static/fairs/ladder.js")
    walked = [(first, samples, page.evaluate(WALK, [first, samples])) for first, samples, _stood in LADDER]
    page.close()
    assert walked == LADDER


def test_the_sound_of_a_call_and_its_switch(chromium: Browser) -> None:
    """It rings until it is stopped; who turned it off hears none, on this page or the next."""
    page = chromium.new_page()
    body = '<input type="checkbox" data-ring checked>'
    page.route("**/*", lambda route: route.fulfill(content_type="text/html", body=body))
    ring = ROOT / "fairs/static/fairs/ring.js"

    def opened() -> None:
        page.goto("http://ring.test/")
        page.mouse.click(300, 300)  # browsers let a page sound that was touched
        page.add_script_tag(path=ring)

    def rung() -> str:
        return page.evaluate("() => { fairsRing.start(); fairsRing.start(); return fairsRing.state; }")

    opened()
    assert (page.evaluate("fairsRing.state"), rung()) == ("silent", "running")
    page.locator("[data-ring]").uncheck()
    assert (page.evaluate("fairsRing.state"), rung()) == ("silent", "silent")
    opened()
    assert (page.locator("[data-ring]").is_checked(), rung()) == (False, "silent")
    page.locator("[data-ring]").check()
    assert rung() == "running"
    page.close()
