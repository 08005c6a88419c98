"""Pictures of every page × role × language × width × theme, and what is wrong on each: axe, width, focus, dialogs.

    python -m tests.journeys.screens --base-url http://127.0.0.1:8000 --out DIR [--axe] [--role student] [--language en]

The demo must be running, with DATA_DIR as it was started. Pages are found by following links (`pages.py`), states that no
link leads to stand in `states.py`. Ends with a non-zero code on a serious or critical finding, which a page wider than a
phone, a focus that cannot be seen and a dialog that Esc does not close are too.
"""

import argparse
import os
import re
import shutil
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import django
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Error, Page, Response, sync_playwright

from tests.journeys.browser import FLAGS
from tests.journeys.pages import SEEDS, accounts, context, discover, sign_in, speak
from tests.journeys.states import STATES, at, open_meeting

LANGUAGES = ("zh-hans", "en")
LOOKS = ((1280, "light"), (1280, "dark"), (390, "light"), (390, "dark"))
SERIOUS = {"serious", "critical"}
CONTRAST = {"runOnly": ["color-contrast"]}
"""In the second theme only the colours are new."""
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""Until the next picture is on the screen: colours of the theme before would be measured else."""
TABS = 30
FOCUS = """() => {
  const on = document.activeElement;
  if (!on || on === document.body || on.matches('main, html')) return '';
  // The button of a date field: it has the focus in the field's own tree, and the ring is drawn there.
  if (on.matches('input') && !on.matches(':focus')) return '';
  const style = getComputedStyle(on);
  const shown = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== 'none';
  const box = on.getBoundingClientRect();
  return shown && box.width && box.height ? '' : `${on.tagName.toLowerCase()}.${on.className} ${on.textContent.trim().slice(0, 30)}`;
}"""


@dataclass
class Findings:
    """What was wrong, by line; lines of the same words are printed once per role with the number of places."""

    lines: Counter = field(default_factory=Counter)
    places: dict[str, str] = field(default_factory=dict)

    def add(self, place: str, wrong: list[str]) -> None:
        """Note the findings of one picture."""
        for line in wrong:
            self.lines[line] += 1
            self.places.setdefault(line, place)

    def serious(self) -> int:
        """How many of them fail the run."""
        return sum(count for line, count in self.lines.items() if line.split(":")[0] in SERIOUS)

    def show(self) -> None:
        """Print each finding with the first place it was seen at."""
        for line, count in sorted(self.lines.items()):
            print(f"  {line}  [{count} x, first: {self.places[line]}]")


def axe(page: Page, options: dict | None = None) -> list[str]:
    """What axe objects to on this page, as lines."""
    violations = Axe().run(page, options=options).response["violations"]
    return [f"{v['impact']}: {v['id']}: {node['target']}" for v in violations for node in v["nodes"][:3]]


def overflow(page: Page) -> list[str]:
    """A page wider than its window, and what sticks out of it."""
    wider = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if wider <= 0:
        return []
    widest = page.evaluate(
        """() => [...document.querySelectorAll('body *')].filter(x => x.getBoundingClientRect().right > window.innerWidth + 1)
          .slice(-1).map(x => `${x.tagName.toLowerCase()}.${x.className}`).join('')"""
    )
    return [f"serious: {wider} px wider than a screen of {page.viewport_size['width']} px: {widest}"]


def keyboard(page: Page) -> list[str]:
    """Elements that the Tab key reaches without the focus being seen; the first stop must be the way to the content."""
    wrong = []
    page.evaluate("document.activeElement?.blur(); window.scrollTo(0, 0)")
    for number in range(TABS):
        page.keyboard.press("Tab")
        unseen = page.evaluate(FOCUS)
        if unseen:
            wrong.append(f"serious: the focus is not seen on {unseen}")
        if number == 0 and page.locator(".skip").count() and not page.locator(".skip:focus").count():
            wrong.append("serious: the first stop is not the link to the content")
    page.evaluate("document.activeElement?.blur(); window.scrollTo(0, 0)")
    return wrong


def dialogs(page: Page, name: str, folder: Path, with_axe: bool) -> list[str]:
    """Open each dialog, look at it, close it by Esc: the focus must come back to what opened it."""
    wrong = []
    for index, opener in enumerate(page.locator("[data-dialog]:visible").all()[:3]):
        opener.focus()
        opener.press("Enter")
        shown = page.locator("dialog[open]")
        if not shown.count():
            wrong.append(f"serious: no dialog opened: {opener.get_attribute('data-dialog')}")
            continue
        page.screenshot(path=folder / f"{name}-dialog-{index + 1}.png")
        wrong += axe(page) if with_axe else []
        for _ in range(8):
            page.keyboard.press("Tab")
        if not page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        ):
            wrong.append("serious: the focus leaves an open dialog")
        page.keyboard.press("Escape")
        if shown.count() or not opener.evaluate("x => x === document.activeElement"):
            wrong.append("serious: Esc does not close the dialog and bring the focus back")
        opener.blur()
    return wrong


def file_name(name: str) -> str:
    """The name of a picture."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def look(page: Page, name: str, folder: Path, options: argparse.Namespace, language: str) -> list[str]:
    """The page as it stands in all widths and themes: one picture each, and what is wrong."""
    wrong = []
    for width, scheme in LOOKS:
        if (options.width and width not in options.width) or (options.theme and scheme not in options.theme):
            continue
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.evaluate(DRAWN)
        made = folder / f"{language}-{width}-{scheme}"
        made.mkdir(parents=True, exist_ok=True)
        if not options.no_pictures:
            page.screenshot(
                path=made / f"{file_name(name)}.png", full_page=True, animations="disabled", timeout=90_000
            )
        wrong += overflow(page)
        if options.axe:
            wrong += axe(page, None if scheme == "light" else CONTRAST)
        if (width, scheme) == LOOKS[0]:
            wrong += keyboard(page) if options.axe and language == LANGUAGES[0] else []
            wrong += dialogs(page, file_name(name), made, options.axe)
    return wrong


def visit(page: Page, state: Callable[[Page], None]) -> list[str]:
    """Bring the page into the state; a fault of the server is a finding, except where it is the state."""
    answers: list[Response] = []

    def note(answer: Response) -> None:
        answers.append(answer)

    page.on("response", note)
    page.set_default_timeout(30_000)
    try:
        state(page)
    except Error as error:
        return [f"critical: not reached: {error.message.splitlines()[0]}"]
    finally:
        page.remove_listener("response", note)
    return [
        f"critical: status {answer.status} of {urlsplit(answer.url).path}"
        for answer in answers
        if answer.status >= 500 and not answer.url.endswith("/fault/")
    ]


def examine(
    page: Page, reach: Callable[[], list[str]], see: Callable[[], list[str]], *, again: bool = True
) -> list[str]:
    """Reach a state and look at it; once more where the page went elsewhere by itself while it was looked at."""
    page.set_viewport_size({"width": LOOKS[0][0], "height": 900})
    wrong = reach()
    try:
        return wrong + see()
    except Error as error:
        if again and "navigation" in error.message:
            return examine(page, reach, see, again=False)
        return [*wrong, f"critical: not looked at: {error.message.splitlines()[0]}"]


def walk(
    browser: Browser, role: str, account: dict[str, str] | None, options: argparse.Namespace
) -> Findings:
    """All pages and states of a role in both languages."""
    found, state, todo = Findings(), None, {}
    for language in options.language or LANGUAGES:
        made = context(browser, options.base_url, language, LOOKS[0][0])
        if state:
            made.add_cookies([cookie for cookie in state if cookie["name"] != "django_language"])
        page = made.new_page()
        if not todo:
            if account:
                sign_in(page, account)
                speak(made, options.base_url, language)
                state = made.cookies()
            pages = discover(page, SEEDS[role])
            print(f"{role}: {len(pages)} pages, {len(STATES[role])} states", flush=True)
            todo = {name: at(path) for name, path in pages.items()} | STATES[role]
        for name, reach in todo.items():
            if options.only and not re.search(options.only, name):
                continue
            see = partial(look, page, name, options.out / role, options, language)
            wrong = examine(page, partial(visit, page, reach), see)
            found.add(f"{language} {urlsplit(page.url).path} ({name})", wrong)
        made.close()
    return found


def main() -> int:
    """Walk every role; fails on serious or critical findings."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings")
    django.setup()
    options = _options()
    roles = options.role or list(SEEDS)
    people = accounts() if set(roles) != {"anonymous"} else {}
    meeting = open_meeting(people) if {"student", "recruiter"} & set(roles) else None
    if meeting:
        STATES["student"]["meeting"] = STATES["recruiter"]["meeting"] = at(f"/fairs/meetings/{meeting}/")
    serious = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for role in roles:
            found = walk(browser, role, people.get(role), options)
            found.show()
            serious += found.serious()
        browser.close()
    print(f"{serious} serious or critical findings; pictures are in {options.out}")
    return 1 if serious else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--base-url", default="http://127.0.0.1:8000")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--axe", action="store_true", help="run axe and the keyboard over every page")
    parser.add_argument("--no-pictures", action="store_true", help="only the findings")
    parser.add_argument("--only", help="only pages and states whose name matches this pattern")
    parser.add_argument("--language", choices=LANGUAGES, action="append", help="only this one")
    parser.add_argument("--width", type=int, choices=(390, 1280), action="append", help="only this one")
    parser.add_argument("--theme", choices=("light", "dark"), action="append", help="only this one")
    parser.add_argument("--role", choices=sorted(SEEDS), action="append", help="only this role")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
