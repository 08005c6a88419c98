"""Pictures of every page × role × language × width, and axe's findings on each.

    python -m tests.journeys.screens --base-url http://127.0.0.1:8000 --out DIR [--axe] [--role student]

The demo must be running, with DATA_DIR as it was started. Pages are found by following the links from each role's home,
one example per route, so a new page needs no entry here; SEEDS names those that no link leads to.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import django
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.journeys.browser import FLAGS

LANGUAGES = ("zh-hans", "en")
WIDTHS = (1280, 390)
SEEDS = {
    "anonymous": [
        "/",
        "/styleguide/",
        "/no-such-page/",
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/password/reset/",
    ],
    "student": ["/", "/me/", "/matches/", "/applications/", "/fairs/", "/account/"],
    "recruiter": ["/", "/company/", "/company/positions/", "/applications/", "/company/fairs/", "/account/"],
    "staff": [
        "/",
        "/staff/companies/",
        "/staff/positions/",
        "/students/",
        "/insights/ratio/",
        "/fairs/",
        "/account/",
    ],
    "operator": ["/", "/deliveries/", "/trail/", "/account/"],
}
LEFT_OUT = re.compile(
    r"^/(api|admin|static|metrics|healthz|readyz)|logout|export|\.(ics|csv|pdf|xlsx)$|/report/$|/template/$"
)
SERIOUS = {"serious", "critical"}
MOST = 80


def accounts() -> dict[str, dict[str, str]]:
    """How to sign in as each role of the running demo."""
    command = [sys.executable, "manage.py", "demo_accounts", "--json"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return json.loads(shown.strip().splitlines()[-1])


def route(path: str) -> str | None:
    """The name of the route that serves a path, by which one example of each is enough."""
    from django.urls import Resolver404, resolve

    try:
        return resolve(path).view_name
    except Resolver404:
        return None


def context(browser: Browser, base: str, language: str, width: int, scheme: str = "light") -> BrowserContext:
    """A browser of one language and width."""
    made = browser.new_context(base_url=base, viewport={"width": width, "height": 900}, color_scheme=scheme)
    made.add_cookies([{"name": "django_language", "value": language, "url": base}])
    return made


def sign_in(page: Page, account: dict[str, str]) -> None:
    """Fill the sign-in form as a person does."""
    page.goto("/accounts/login/")
    page.fill("[name=login]", account["email"])
    page.fill("[name=password]", account["password"])
    page.locator("form:has([name=password]) [type=submit]").first.click()
    page.wait_for_url(lambda url: "/login" not in url)


def links(page: Page) -> list[str]:
    """Paths of our own pages this page leads to."""
    host = urlsplit(page.url).netloc
    found = [
        urlsplit(urljoin(page.url, href))
        for href in page.eval_on_selector_all("a[href]", "a => a.map(x => x.href)")
    ]
    return [part.path for part in found if part.netloc == host and not LEFT_OUT.search(part.path)]


def discover(page: Page, seeds: list[str]) -> dict[str, str]:
    """One address per route that the role can reach, in the order of discovery."""
    found: dict[str, str] = {}
    waiting = list(seeds)
    while waiting and len(found) < MOST:
        path = waiting.pop(0)
        name = route(path) or path
        if name in found:
            continue
        response = page.goto(path)
        if response is None or "text/html" not in response.headers.get("content-type", ""):
            continue
        found[name] = path
        waiting.extend(links(page))
    return found


def findings(page: Page) -> list[str]:
    """What axe objects to on this page, as lines."""
    violations = Axe().run(page).response["violations"]
    return [f"{v['impact']}: {v['id']}: {node['target']}" for v in violations for node in v["nodes"][:3]]


def visit(page: Page, path: str, picture: Path, with_axe: bool) -> list[str]:
    """Take one picture; say what is wrong with the page."""
    response = page.goto(path)
    page.screenshot(path=picture, full_page=True)
    wrong = findings(page) if with_axe else []
    if response is not None and response.status >= 500:
        wrong.append(f"critical: status {response.status}")
    wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if wider > 1:
        wrong.append(f"serious: {wider} px wider than the screen")
    return wrong


def walk(
    browser: Browser, base: str, role: str, account: dict[str, str] | None, *, out: Path, with_axe: bool
) -> int:
    """All pages of a role in both languages and widths; returns the number of serious findings."""
    state, pages, serious = None, {}, 0
    for language in LANGUAGES:
        for width in WIDTHS:
            made = context(browser, base, language, width)
            if state:
                made.add_cookies([cookie for cookie in state if cookie["name"] != "django_language"])
            page = made.new_page()
            if not pages:
                if account:
                    sign_in(page, account)
                    state = made.cookies()
                pages = discover(page, SEEDS[role])
                print(f"{role}: {len(pages)} pages")
            folder = out / role / f"{language}-{width}"
            folder.mkdir(parents=True, exist_ok=True)
            for name, path in pages.items():
                wrong = visit(
                    page,
                    path,
                    folder / f"{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}.png",
                    with_axe,
                )
                serious += sum(line.split(":")[0] in SERIOUS for line in wrong)
                for line in wrong:
                    print(f"  {role} {language} {width} {path}: {line}")
            made.close()
    return serious


def main() -> int:
    """Walk every role; fails on serious or critical findings."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--base-url", default="http://127.0.0.1:8000")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--axe", action="store_true", help="run axe on every page")
    parser.add_argument(
        "--role", choices=sorted(SEEDS), action="append", help="only this role; may be repeated"
    )
    chosen = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings")
    django.setup()
    roles = chosen.role or list(SEEDS)
    people = accounts() if set(roles) != {"anonymous"} else {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        serious = sum(
            walk(browser, chosen.base_url, role, people.get(role), out=chosen.out, with_axe=chosen.axe)
            for role in roles
        )
        browser.close()
    print(f"{serious} serious or critical findings; pictures are in {chosen.out}")
    return 1 if serious else 0


if __name__ == "__main__":
    sys.exit(main())
