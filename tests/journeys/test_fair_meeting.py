"""A fair meeting in two browsers: the student joins, the recruiter calls, both talk, the student reads the result."""

import os
import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

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


def test_a_meeting_from_the_hall_to_the_result(visitor: Callable[..., Page], demo: Demo) -> None:
    _alone_in_line(demo)
    recruiter, student = visitor("recruiter"), visitor("student", width=390)
    company = _live_console(recruiter)
    _enter_hall(student)
    student.fill("input[name=q]", company)
    student.locator("form[role=search] button").click()
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
