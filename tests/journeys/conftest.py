"""A demo of its own, served by daphne as `make demo` serves it, and a real Chromium to walk through it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.conftest import missing
from tests.journeys.browser import FLAGS

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 240


@dataclass(frozen=True)
class Demo:
    """A running demo: its address, accounts by role, and the folder its mail lies in."""

    url: str
    accounts: dict[str, dict[str, str]]
    folder: Path

    def newest_mail(self, *, to: str) -> str:
        """The text of the newest mail to an address; waits up to ten seconds for it."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            texts = [
                path.read_text() for path in sorted((self.folder / "mail").glob("*"), key=os.path.getmtime)
            ]
            found = [text for text in texts if f"To: {to}" in text]
            if found:
                return found[-1]
            time.sleep(0.1)
        raise AssertionError(f"no mail to {to}")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Build and serve a demo with daphne; everything stops with the session."""
    folder = tmp_path_factory.mktemp("demo")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {
        key: value
        for key, value in os.environ.items()
        if key not in {"DATABASE_URL", "REDIS_URL", "ELASTICSEARCH_URL"}
    }
    env = kept | {"DATA_DIR": str(folder), "EMAIL_URL": f"filemail:///{folder}/mail", "DEMO_BOTS": "0"}
    log = (folder / "server.log").open("wb")
    server = subprocess.Popen(
        [sys.executable, "manage.py", "demo", "--port", str(port)], cwd=ROOT, env=env, stdout=log, stderr=log
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(server, url, folder)
        shown = subprocess.run(
            [sys.executable, "manage.py", "demo_accounts", "--json"],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            check=True,
        )
        yield Demo(url, json.loads(shown.stdout.strip().splitlines()[-1]), folder)
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def _wait(server: subprocess.Popen, url: str, folder: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert server.poll() is None, (folder / "server.log").read_text()[-3000:]
        try:
            urllib.request.urlopen(f"{url}/healthz", timeout=2).read()
        except OSError:
            time.sleep(0.2)
            continue
        return
    raise AssertionError("the demo did not answer")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, or Playwright's own where a user has one.

    It ends with its file: its loop, left running, would be taken for an asynchronous caller by every test after it.
    """
    executable = shutil.which("chromium")
    with sync_playwright() as playwright:
        if executable is None and not Path(playwright.chromium.executable_path).exists():
            missing("no Chromium: apt install chromium, or playwright install chromium")
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visitor(chromium: Browser, demo: Demo) -> Iterator[Callable[..., Page]]:
    """Make pages of separate people: `visitor()` is nobody, `visitor("staff")` is signed in."""
    contexts: list[BrowserContext] = []

    def make(
        role: str | None = None, *, width: int = 1280, locale: str = "zh-CN", javascript: bool = True
    ) -> Page:
        context = chromium.new_context(
            base_url=demo.url,
            viewport={"width": width, "height": 900},
            locale=locale,
            java_script_enabled=javascript,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        if role is not None:
            sign_in(page, **demo.accounts[role])
        return page

    yield make
    for context in contexts:
        context.close()


def sign_in(page: Page, *, email: str, password: str) -> None:
    """Fill the sign-in form as a person does."""
    page.goto("/accounts/login/")
    page.fill("[name=login]", email)
    page.fill("[name=password]", password)
    page.locator("form:has([name=password]) [type=submit]").first.click()
    page.wait_for_url(lambda url: "/login" not in url)
