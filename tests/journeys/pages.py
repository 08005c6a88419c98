"""Which pages there are: found by following links from each role's home, one example per route."""

import json
import re
import subprocess
import sys
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Browser, BrowserContext, Error, Page

SEEDS = {
    "anonymous": [
        "/",
        "/styleguide/",
        "/positions/?q=%E4%BC%9A%E8%AE%A1",
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/password/reset/",
        "/accounts/password/reset/done/",
        "/accounts/confirm-email/",
        "/accounts/inactive/",
    ],
    "student": ["/", "/me/", "/matches/", "/applications/", "/fairs/", "/account/", "/accounts/2fa/"],
    "recruiter": [
        "/",
        "/company/",
        "/company/profile/",
        "/company/licence/",
        "/company/divisions/",
        "/company/positions/",
        "/applications/",
        "/company/fairs/",
        "/account/",
    ],
    "staff": [
        "/",
        "/staff/companies/",
        "/staff/positions/",
        "/students/",
        "/school/",
        "/insights/ratio/",
        "/fairs/",
        "/staff/fairs/new/",
        "/account/",
    ],
    "operator": ["/", "/deliveries/", "/trail/", "/account/"],
}
EXAMPLES = {"fairs:detail": 3, "applications:detail": 3, "positions:company_detail": 2, "positions:detail": 2}
"""How many pages of a route to look at, where its rows look different by their status; one of all others."""
LEFT_OUT = re.compile(
    r"^/(api|admin|static|metrics|healthz|readyz)|logout|export|/download/|/template/$|/problems/$"
    r"|^/staff/positions/imports/\d+/report/$|^/resumes/|^/company/evidence/|\.(ics|csv|pdf|xlsx)$"
)
MOST = 90


def accounts() -> dict[str, dict[str, str]]:
    """How to sign in as each role of the running demo."""
    command = [sys.executable, "manage.py", "demo_accounts", "--json"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return json.loads(shown.strip().splitlines()[-1])


def route(path: str) -> str | None:
    """The name of the route that serves a path."""
    from django.urls import Resolver404, resolve

    try:
        return resolve(path).view_name
    except Resolver404:
        return None


def context(browser: Browser, base: str, language: str, width: int) -> BrowserContext:
    """A browser of one language and width."""
    locale = "en-GB" if language == "en" else "zh-CN"
    made = browser.new_context(base_url=base, viewport={"width": width, "height": 900}, locale=locale)
    speak(made, base, language)
    return made


def speak(made: BrowserContext, base: str, language: str) -> None:
    """Ask for a language; signing in brings back the person's own."""
    made.add_cookies([{"name": "django_language", "value": language, "url": base}])


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
    """Name of the picture -> address, in the order of discovery."""
    found: dict[str, str] = {}
    waiting, seen = list(seeds), set()
    while waiting and len(found) < MOST:
        path = waiting.pop(0)
        name = route(urlsplit(path).path) or path
        taken = sum(key.split(" ")[0] == name for key in found)
        if path in seen or taken >= EXAMPLES.get(name, 1):
            continue
        seen.add(path)
        try:
            response = page.goto(path)
        except Error as error:
            print(f"  not reached: {path}: {error.message.splitlines()[0]}", flush=True)
            continue
        if response is None or "text/html" not in response.headers.get("content-type", ""):
            continue
        found[f"{name} {taken + 1}" if taken else name] = path
        waiting.extend(links(page))
    return found
