"""The main job end to end in a real browser: register, vet, post, moderate, find, apply, answer, count."""

import re
import time
from datetime import date, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from backend.companies.rules import check_character
from tests.journeys.conftest import Demo, sign_in

pytestmark = [pytest.mark.browser]
PASSWORD = "lantern-Bridge-42"
OWNER = "owner@lanternworks.invalid"
COMPANY = "武汉灯桥精密机械有限公司"
TITLE = "灯桥五轴加工技师"
OPENINGS = 60
BODY = "91420100MA0099871"
LICENCE = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def submit(page: Page) -> None:
    """Send the main form of the page."""
    page.locator("main form.form [type=submit]").first.click()
    page.wait_for_load_state()


def choose(page: Page, name: str, words: str) -> None:
    """Pick in a select by value or label, or type into its search box and take the first option."""
    box = page.locator(f".combobox:has(select[name={name}])")
    if box.count():
        box.locator("input").fill(words)
        box.locator("[role=option]").first.click()
    else:
        page.locator(f"select[name={name}]").select_option(words)


def sign_up(page: Page, demo: Demo, email: str) -> None:
    """Register and confirm the address by the mailed link."""
    page.goto("/accounts/signup/")
    page.fill("[name=email]", email)
    page.fill("[name=password1]", PASSWORD)
    page.fill("[name=password2]", PASSWORD)
    page.locator("form:has([name=password1]) [type=submit]").first.click()
    page.wait_for_load_state()
    mail = demo.newest_mail(to=email).replace("=\n", "")
    link = re.search(r"/accounts/confirm-email/[^\s\"]+", mail).group(0)
    page.goto(link)
    confirm = page.locator("main form [type=submit], form[action*=confirm] [type=submit]").first
    if confirm.count():
        confirm.click()
        page.wait_for_load_state()
    if "/login" in page.url or page.locator("[name=password]").count():
        sign_in(page, email=email, password=PASSWORD)


def register_company(page: Page, demo: Demo) -> None:
    sign_up(page, demo, OWNER)
    page.goto("/company/register/")
    page.fill("[name=name]", COMPANY)
    page.fill("[name=credit_code]", BODY + check_character(BODY))
    page.fill("[name=industry]", "装备制造")
    choose(page, "size", "20-99")
    choose(page, "city_code", "武汉")
    page.fill("[name=address]", "江夏区灯桥路1号")
    page.fill("[name=about]", "小批量精密零件，师傅带徒弟。")
    page.fill("[name=contact_name]", "林师傅")
    page.fill("[name=contact_phone]", "10012345678")
    choose(page, "school", "云浦职业技术学院")
    submit(page)
    page.set_input_files(
        "[name=file]", {"name": "licence.pdf", "mimeType": "application/pdf", "buffer": LICENCE}
    )
    submit(page)
    page.goto("/company/")
    page.locator("form[action$='/company/submit/'] [type=submit]").click()
    page.wait_for_load_state()


def vet(page: Page) -> None:
    page.goto("/staff/companies/?status=submitted")
    page.get_by_role("link", name=COMPANY).first.click()
    page.wait_for_load_state()
    decide = page.locator("main form.form").first
    decide.locator("[name=outcome][value=verified]").check(force=True)
    decide.locator("[name=reason]").fill("执照与登记一致")
    submit(page)


def post_position(page: Page) -> None:
    page.goto("/company/positions/new/")
    page.fill("[name=title]", TITLE)
    choose(page, "kind", "full_time")
    choose(page, "occupation", "6-18-01-07")
    page.fill("[name=openings]", str(OPENINGS))
    page.fill("[name=duties]", "按图加工五轴零件，首件自检。")
    page.fill("[name=conditions]", "会看图，肯学习。两班制，包住宿，五险一金。")
    choose(page, "education", "any")
    page.fill("[name=skills]", "数控编程、UG")
    choose(page, "city_code", "武汉")
    page.fill("[name=place]", "江夏区灯桥路1号")
    page.fill("[name=salary_min]", "6000")
    page.fill("[name=salary_max]", "8500")
    page.fill("[name=salary_months]", "13")
    page.fill("[name=experience_months]", "0")
    page.fill("[name=deadline]", (date.today() + timedelta(days=40)).isoformat())
    submit(page)
    page.locator("form[action*='/steps/submit'] [type=submit]").first.click()
    page.wait_for_load_state()


def publish(page: Page) -> None:
    page.goto("/staff/positions/")
    page.get_by_role("link", name=TITLE).first.click()
    page.wait_for_load_state()
    page.locator("[name=outcome][value=publish]").check(force=True)
    submit(page)


def find(page: Page) -> float:
    """Search until the position is found; the seconds it took."""
    started = time.monotonic()
    while time.monotonic() - started < 20:
        page.goto("/positions/?q=灯桥五轴")
        if page.get_by_role("link", name=TITLE).count():
            return time.monotonic() - started
    raise AssertionError("the position was not found within 20 s")


def test_a_stranger_does_the_whole_main_job(visitor, demo):
    owner, staff, student = visitor(), visitor("staff"), visitor("student")
    before = figures(staff)
    register_company(owner, demo)
    student.goto("/positions/?q=灯桥五轴")
    assert student.get_by_role("link", name=TITLE).count() == 0
    vet(staff)
    post_position(owner)
    assert find_nothing(student)
    publish(staff)
    assert find(student) <= 2
    student.get_by_role("link", name=TITLE).first.click()
    student.wait_for_load_state()
    expect(student.locator("main")).to_contain_text(re.compile(r"6,?000"))
    expect(student.locator("#side")).to_contain_text("为什么适合")
    expect(student.locator("#side")).to_contain_text("您符合条件")
    student.locator("a[href$='/apply/']").first.click()
    student.wait_for_load_state()
    student.fill("[name=note]", "希望有机会学五轴。")
    submit(student)
    application = student.url
    assert re.search(r"/applications/\d+/", application), application
    answer(owner)
    student.goto(application)
    expect(student.locator("main")).to_contain_text("初选通过")
    expect(student.locator("main")).to_contain_text("欢迎来车间看看")
    assert steps(student) == ["已投递", "已查看", "初选通过"]
    openings, seekers, ratio = figures(staff)
    assert (openings, seekers) == (before[0] + OPENINGS, before[1])
    assert ratio == pytest.approx(openings / seekers, abs=0.005)
    assert ratio > before[2]
    open_rows(staff, openings)


def find_nothing(page: Page) -> bool:
    page.goto("/positions/?q=灯桥五轴")
    return page.get_by_role("link", name=TITLE).count() == 0


def answer(page: Page) -> None:
    """The company opens the application, which marks it as seen, and shortlists the student."""
    page.goto("/applications/")
    page.locator("main th a[href^='/applications/']").first.click()
    page.wait_for_load_state()
    form = page.locator("form[action$='/move/']").first
    form.locator("[name=message]").fill("欢迎来车间看看")
    form.locator("[name=to][value=shortlisted]").click()
    page.wait_for_load_state()


def steps(page: Page) -> list[str]:
    """What happened to the application, in order; each step has its time."""
    events = page.locator(".timeline-event")
    for event in events.all():
        moment = event.locator("time").get_attribute("datetime")
        assert abs(time.time() - datetime.fromisoformat(moment).timestamp()) < 300, moment
    return [text.strip() for text in events.locator(".timeline-title").all_inner_texts()]


def figures(page: Page) -> tuple[int, int, float]:
    """Openings, seekers and their ratio, as staff see them."""
    page.goto("/insights/ratio/")
    shown = [text.replace(",", "") for text in page.locator("main .stat-value").all_inner_texts()]
    return int(shown[0]), int(shown[1]), float(shown[2])


def open_rows(page: Page, openings: int) -> None:
    """The figure opens into the positions that make it, this one among those with the most openings."""
    page.locator("main a.stat[href*='side=openings']").click()
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text(re.compile(f"{openings // 1000},?{openings % 1000:03}"))
    row = page.locator("main tr", has_text=TITLE)
    expect(row).to_contain_text(str(OPENINGS))
