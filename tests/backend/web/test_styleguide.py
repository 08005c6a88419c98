"""The style guide in a real Chromium: axe in both languages and themes, nothing wider than a phone, no script error."""

import shutil
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from tests.conftest import missing
from tests.journeys.browser import FLAGS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def chromium(monkeypatch):
    """Debian's Chromium, or Playwright's own."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    executable = shutil.which("chromium")
    with sync_playwright() as playwright:
        if executable is None and not Path(playwright.chromium.executable_path).exists():
            missing("no Chromium: apt install chromium, or playwright install chromium")
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


def open_page(browser, url, language, scheme, width=1280):
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    context.add_cookies([{"name": "django_language", "value": language, "url": url}])
    page = context.new_page()
    page.errors = []
    page.on("console", lambda message: page.errors.append(message.text) if message.type == "error" else None)
    return page


@pytest.mark.parametrize("path", ["/styleguide/", "/"])
def test_page_is_accessible_in_both_languages_and_themes(chromium, live_server, path):
    found = {}
    for language in ("zh-hans", "en"):
        for scheme in ("light", "dark"):
            for width in (1280, 390):
                page = open_page(chromium, live_server.url, language, scheme, width)
                page.goto(live_server.url + path)
                serious = [
                    v["id"]
                    for v in Axe().run(page).response["violations"]
                    if v["impact"] in {"serious", "critical"}
                ]
                wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                found[language, scheme, width] = (serious, wider, page.errors)
                page.context.close()
    assert found == {key: ([], 0, []) for key in found}


def test_select_with_search_sets_the_select(chromium, live_server):
    page = open_page(chromium, live_server.url, "en", "light")
    page.goto(live_server.url + "/styleguide/")
    box = page.get_by_role("combobox", name="City").first
    box.fill("云")
    page.get_by_role("option", name="云溪").click()
    assert page.locator("#empty_city").input_value() == "3"
    assert box.input_value() == "云溪"
    assert page.locator(".combobox").count() == 2


def test_dialog_opens_over_the_page_and_closes(chromium, live_server):
    page = open_page(chromium, live_server.url, "en", "light")
    page.goto(live_server.url + "/styleguide/")
    page.locator("[data-dialog=example]").click()
    assert page.get_by_role("dialog", name="Withdraw this application?").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#example").is_visible()
