"""Pages in a real browser: without JavaScript, in both languages, on a phone, by keyboard, and to axe."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Demo

pytestmark = pytest.mark.browser
MAIN = {
    None: ["/", "/positions/?q=会计", "/fairs/", "/accounts/login/", "/styleguide/", "/no-such-page/"],
    "student": ["/", "/matches/", "/applications/", "/me/profile/"],
    "recruiter": ["/", "/company/", "/company/positions/new/", "/applications/"],
    "staff": ["/", "/staff/positions/", "/students/", "/insights/ratio/"],
}


def test_a_student_applies_without_javascript(visitor: Callable[..., Page]) -> None:
    student = visitor("student", javascript=False)
    student.goto("/positions/")
    student.fill("[name=q]", "数控")
    student.locator("form[role=search] [type=submit]").click()
    expect(student.locator("main .item-title").first).to_be_visible()
    student.goto("/matches/")
    student.locator("main .item-title a").first.click()
    title = student.locator("h1").inner_text()
    student.locator("a[href$='/apply/']").click()
    student.fill("[name=note]", "没有脚本也能投递。")
    student.locator("main form.form [type=submit]").click()
    expect(student).to_have_url(re.compile(r"/applications/\d+/$"))
    expect(student.locator("h1")).to_have_text(title)
    expect(student.locator("main")).to_contain_text("没有脚本也能投递。")
    student.goto("/applications/")
    expect(student.locator("main .item-title", has_text=title)).to_have_count(1)


def test_errors_stand_beside_their_fields_without_javascript(visitor: Callable[..., Page]) -> None:
    company = visitor("recruiter", javascript=False)
    company.goto("/company/positions/new/")
    company.locator("main form.form").evaluate("form => { form.noValidate = true }")
    company.fill("[name=title]", "焊工")
    company.locator("main form.form [type=submit]").first.click()
    wrong = company.locator(".field-wrong:has([name=openings])")
    expect(wrong.locator(".field-error")).to_be_visible()
    assert company.locator("[name=openings]").get_attribute("aria-invalid") == "true"
    expect(company.locator("[name=title]")).to_have_value("焊工")


def spoken(page: Page) -> tuple[str | None, str]:
    """The language a page says it is in, and its heading."""
    return page.locator("html").get_attribute("lang"), page.locator("h1").inner_text()


def test_the_language_is_switched_and_kept(visitor: Callable[..., Page]) -> None:
    anybody = visitor()
    anybody.goto("/positions/")
    assert spoken(anybody) == ("zh-Hans", "岗位")
    anybody.get_by_role("button", name="English").click()
    expect(anybody.locator("h1")).to_have_text("Positions")
    anybody.goto("/fairs/")
    assert spoken(anybody) == ("en", "Fairs")
    anybody.get_by_role("button", name="中文").click()
    expect(anybody.locator("h1")).to_have_text("双选会")


def axe(page: Page) -> list[tuple[str, str]]:
    """What axe objects to: (rule, where)."""
    violations = Axe().run(page).response["violations"]
    return [
        (v["id"], str(node["target"])) for v in violations for node in v["nodes"] if v["impact"] != "minor"
    ]


@pytest.mark.parametrize("role", MAIN, ids=str)
def test_main_pages_fit_a_phone_and_have_no_finding(
    visitor: Callable[..., Page], demo: Demo, role: str | None
) -> None:
    """English has the longest words, so its pages are the ones that could be wider than the phone."""
    page = visitor(role, width=390)
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": demo.url}])
    wider, found = {}, {}
    for number, path in enumerate(MAIN[role]):
        page.emulate_media(color_scheme="dark" if number % 2 else "light")
        page.set_viewport_size({"width": 390, "height": 900})
        page.goto(path)
        wider[path] = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if number % 2:
            page.set_viewport_size({"width": 1280, "height": 900})
        found[path] = axe(page)
    assert (wider, found) == (dict.fromkeys(MAIN[role], 0), {path: [] for path in MAIN[role]})


def test_the_keyboard_reaches_content_dialog_and_select(visitor: Callable[..., Page]) -> None:
    anybody = visitor()
    anybody.goto("/styleguide/")
    anybody.keyboard.press("Tab")
    expect(anybody.locator(".skip")).to_be_focused()
    anybody.keyboard.press("Enter")
    expect(anybody.locator("#main")).to_be_focused()

    opener = anybody.locator("[data-dialog=example]").first
    opener.focus()
    anybody.keyboard.press("Enter")
    dialog = anybody.locator("dialog#example")
    expect(dialog).to_be_visible()
    for _ in range(6):
        anybody.keyboard.press("Tab")
        assert anybody.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )
    anybody.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


def test_a_searched_select_follows_its_form(visitor: Callable[..., Page]) -> None:
    """It is chosen from by typing, and shows what autofill or a reset makes of the select behind it."""
    anybody = visitor()
    anybody.goto("/styleguide/")
    select = anybody.locator("select#empty_city")
    box = anybody.locator(".combobox:has(select#empty_city) input")
    box.fill("云")
    anybody.keyboard.press("ArrowDown")
    anybody.keyboard.press("Enter")
    assert (select.input_value(), box.input_value()) == ("3", "云溪")
    box.blur()
    select.evaluate("s => { s.value = '5'; s.dispatchEvent(new Event('change', { bubbles: true })); }")
    expect(box).to_have_value("新安")
    select.evaluate("s => s.form.reset()")
    expect(box).to_have_value("")
    assert select.input_value() == ""


def test_the_search_box_suggests_and_the_back_button_undoes_a_filter(visitor: Callable[..., Page]) -> None:
    student = visitor("student")
    student.goto("/positions/")
    box, options = student.locator("#position-q"), student.locator("#position-suggestions [role=option]")
    box.press_sequentially("软件")
    expect(options.first).to_be_visible()
    expect(student.locator("#search-status")).not_to_be_empty()
    assert "q=" in student.url
    student.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    assert box.get_attribute("aria-activedescendant") == options.last.get_attribute("id")
    student.keyboard.press("Home")
    expect(options.first).to_have_attribute("aria-selected", "true")
    student.keyboard.press("Escape")
    expect(options.first).to_be_hidden()
    expect(box).to_have_value("软件")
    # What an input method composes is looked for when it is done, not before.
    typed = student.context.new_cdp_session(student)
    box.fill("")
    student.evaluate("document.addEventListener('input', () => { window.heard = (window.heard ?? 0) + 1 })")
    typed.send("Input.imeSetComposition", {"text": "hui'ji", "selectionStart": 6, "selectionEnd": 6})
    assert (box.input_value(), student.evaluate("window.heard ?? 0")) == ("hui'ji", 0)
    typed.send("Input.insertText", {"text": "会计"})
    assert student.evaluate("window.heard") > 0
    expect(options.first).to_be_visible()
    student.keyboard.press("Enter")
    expect(student.locator("#position-suggestions")).to_be_hidden()
    expect(student).to_have_url(re.compile("q=%E4%BC%9A%E8%AE%A1"))
    searched = student.url
    student.locator("#filter-panel a[id^=facet-kind]").first.click()
    expect(student.locator(".chip-active .icon")).to_have_count(1)
    student.go_back()
    expect(student).to_have_url(searched)
    expect(student.locator(".chip-active")).to_have_count(0)
    # The searches that were sent are one's own to see and to erase.
    student.goto("/positions/searches/")
    expect(student.locator("main .item-title").first).to_have_text("会计")
    student.locator("main .page-header form [type=submit], main header form [type=submit]").first.click()
    expect(student.locator("main .item-title")).to_have_count(0)


def test_filters_are_a_sheet_on_a_phone_and_positions_are_compared(visitor: Callable[..., Page]) -> None:
    anybody = visitor(width=390)
    anybody.goto("/positions/")
    opener, sheet = anybody.locator("details.facets > summary"), anybody.locator("#filter-sheet")
    opener.click()
    expect(sheet).to_be_visible()
    count = anybody.locator("#sheet-count").inner_text()
    sheet.locator("a[id^=facet-city]").first.click()
    expect(anybody.locator("#sheet-count")).not_to_have_text(count)
    assert anybody.evaluate("document.activeElement.id").startswith("facet-city-")
    assert axe(anybody) == []
    anybody.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(opener).to_be_focused()
    for number in range(5):
        # Without waiting for the answers: they come one after the other, so that no choice is lost.
        anybody.locator(".compare-form button").nth(number).click()
    expect(anybody.locator(".tray-refused")).to_be_visible()
    expect(anybody.locator(".tray .chip")).to_have_count(4)
    anybody.locator(".tray a.button").click()
    expect(anybody.locator(".compare-table thead th")).to_have_count(4)
    assert anybody.evaluate("document.documentElement.scrollWidth - window.innerWidth") == 0
    assert axe(anybody) == []
    anybody.locator(".compare-table thead button").first.click()
    expect(anybody.locator(".compare-table thead th")).to_have_count(3)


def test_the_drawer_of_a_phone_opens_and_closes(visitor: Callable[..., Page]) -> None:
    student = visitor("student", width=390)
    student.goto("/")
    student.locator(".bottombar button").click()
    drawer = student.locator("#drawer")
    expect(drawer.get_by_role("link", name="我的投递")).to_be_visible()
    student.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
