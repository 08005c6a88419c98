"""States of pages that no link leads to: refused forms, empty lists, error pages, previews, a meeting at a fair.

Each function brings the page of a signed-in role into one state. Nothing is confirmed, so it may run again and again.
"""

from collections.abc import Callable
from urllib.parse import urlencode

from playwright.sync_api import Page, Route

State = Callable[[Page], None]
ROSTER = "学号,姓名,院系,专业,班级,毕业年份\n,无学号,,,,\nX99001,林小溪,没有这个系,数控技术,,2027\n"
POSITIONS = "岗位名称,单位名称,工资,学历,工作地点,招聘人数\n装配钳工,云江机械有限公司,5-7千,大专,武汉,3\n,缺名称有限公司,面议,,,\n"


def at(path: str, **query: str) -> State:
    """Just this address."""

    def go(page: Page) -> None:
        page.goto(f"{path}?{urlencode(query)}" if query else path)

    return go


def refused(path: str, form: str = "main form.form", **values: str) -> State:
    """A form sent with these values and nothing else, as a browser without validation sends it."""

    def go(page: Page) -> None:
        page.goto(path)
        chosen = page.locator(form).first
        chosen.evaluate(
            """form => { form.noValidate = true; form.removeAttribute('hx-post');
              for (const field of form.querySelectorAll('input:not([type=hidden], [type=checkbox], [type=radio]), textarea'))
                field.value = '';
              for (const field of form.querySelectorAll('[type=checkbox], [type=radio]')) field.checked = false; }"""
        )
        for name, value in values.items():
            chosen.locator(f"[name={name}]").first.evaluate("(field, value) => field.value = value", value)
        chosen.evaluate("form => form.requestSubmit(form.querySelector('[type=submit]'))")
        page.wait_for_load_state()

    return go


def link(start: str, selector: str, then: State | None = None, tail: str = "") -> State:
    """The page the first matching link of another page leads to, with something after its address."""

    def go(page: Page) -> None:
        page.goto(start)
        path = page.locator(selector).first.get_attribute("href")
        page.goto(f"{path}{tail}")
        if then is not None:
            then(page)

    return go


def upload(path: str, name: str, text: str) -> State:
    """The page after a file was sent: its preview, with the rows it refuses."""

    def go(page: Page) -> None:
        page.goto(path)
        page.set_input_files(
            "[type=file]", {"name": name, "mimeType": "text/csv", "buffer": text.encode("utf-8")}
        )
        page.locator("form:has([type=file]) [type=submit]").first.click()
        page.wait_for_load_state()

    return go


def forbidden(page: Page) -> None:
    """A post without its token."""
    page.goto("/accounts/login/")
    page.locator("[name=csrfmiddlewaretoken]").evaluate_all("all => all.forEach(field => field.value = 'x')")
    page.fill("[name=login]", "nobody@school.invalid")
    page.fill("[name=password]", "wrong")
    page.locator("form:has([name=password]) [type=submit]").first.click()
    page.wait_for_load_state()


def broken(page: Page) -> None:
    """The page of a fault, rendered here and shown at an address of the server, since no address of it is faulty."""
    from django.test import RequestFactory
    from django.utils import translation

    from backend.web.views import server_error

    language = next(c["value"] for c in page.context.cookies() if c["name"] == "django_language")
    with translation.override(language):
        body = server_error(RequestFactory().get("/fault/")).content.decode()

    def answer(asked: Route) -> None:
        asked.fulfill(status=500, content_type="text/html; charset=utf-8", body=body)

    page.route("**/fault/", answer)
    page.goto("/fault/")


def positions_of_company(tail: str) -> State:
    """A page below the first position of the recruiter's company."""
    return link("/company/positions/", "main th a, main .item-title a", tail=tail)


STATES: dict[str, dict[str, State]] = {
    "anonymous": {
        "login refused": refused("/accounts/login/", "form:has([name=password])", login="x@y.invalid", password="no"),
        "signup refused": refused("/accounts/signup/", "form:has([name=password1])", email="x", password1="1", password2="2"),
        "reset refused": refused("/accounts/password/reset/", "form:has([name=email])", email="x"),
        "not found": at("/no-such-page/"),
        "forbidden": forbidden,
        "fault": broken,
        "search without result": at("/positions/", q="qqqqzzzz"),
        "search with filters": at("/positions/", q="会计", sort="new"),
        "page of another role": at("/staff/companies/"),
        "invitation gone": at("/invitations/no-such-token/"),
    },
    "student": {
        "not found": at("/positions/99999999/"),
        "not allowed": at("/staff/companies/"),
        "apply": link("/matches/", "main a[href^='/positions/']", tail="apply/"),
        "profile refused": refused("/me/profile/", salary_floor="-1", skills="x" * 500),
        "experience refused": refused("/me/experiences/new/"),
        "resume refused": refused("/me/resumes/", "form:has([type=file])"),
        "erase refused": refused("/account/erase/"),
        "lines": link("/fairs/", "li.item:has(.badge-success) a, main .item-title a", tail="lines/"),
        "password refused": refused("/accounts/password/change/", "main form:has([type=password])", oldpassword="x"),
    },
    "recruiter": {
        "position refused": refused("/company/positions/new/", openings="0", salary_min="9", salary_max="1"),
        "position with bad words": refused(
            "/company/positions/new/", title="前台（限女，28岁以下）", duties="只要985，入职交押金200元。"
        ),
        "slots": positions_of_company("slots/"),
        "profile refused": refused("/company/profile/"),
        "team refused": refused("/team/", email="x"),
        "applications without result": at("/applications/", q="qqqqzzzz"),
        "not found": at("/company/positions/99999999/"),
    },
    "staff": {
        "companies without result": at("/staff/companies/", q="qqqqzzzz"),
        "students without result": at("/students/", q="qqqqzzzz"),
        "roster preview": upload("/students/rosters/", "roster.csv", ROSTER),
        "roster refused": refused("/students/rosters/", "form:has([type=file])"),
        "import preview": upload("/staff/positions/imports/", "positions.csv", POSITIONS),
        "import refused": refused("/staff/positions/imports/", "form:has([type=file])"),
        "fair refused": refused("/staff/fairs/new/"),
        "department refused": refused("/school/departments/new/"),
        "vetting refused": link(
            "/staff/companies/", "main th a, main .item-title a", then=lambda page: refused(page.url)(page)
        ),
        "moderation refused": link(
            "/staff/positions/", "main th a, main .item-title a", then=lambda page: refused(page.url)(page)
        ),
        "ratio by city": at("/insights/ratio/", by="city"),
        "not found": at("/students/99999999/"),
    },
    "operator": {"trail without result": at("/trail/", q="qqqqzzzz")},
}  # fmt: skip


def open_meeting(people: dict[str, dict[str, str]]) -> int | None:
    """The id of a meeting between the student and the recruiter of the demo at the live fair, begun where there is none."""
    from backend.accounts.actor import actor_of
    from backend.accounts.models import User
    from fairs.domain import chat, fair, line, meeting
    from fairs.models import Booth, Meeting, Ticket

    student, recruiter = (
        actor_of(User.objects.get(email=people[role]["email"])) for role in ("student", "recruiter")
    )
    booth = Booth.objects.filter(
        company_id=recruiter.company_id, fair__status="live", status="approved"
    ).first()
    if booth is None:
        return None
    running = Meeting.objects.filter(ticket__booth=booth, ticket__student_id=student.student_id)
    if running.filter(ended_at=None).exists():
        return running.filter(ended_at=None).first().pk
    # Whoever stands before the student, or keeps one of both busy, has gone home.
    Ticket.objects.filter(booth=booth, status__in=("waiting", "away", "called", "meeting")).update(
        status="left"
    )
    fair.register_for_fair(actor=student, fair_id=booth.fair_id)
    ticket = line.join_line(actor=student, booth_id=booth.pk)
    line.call_next(actor=recruiter, booth_id=booth.pk)
    begun = meeting.accept_call(actor=student, ticket_id=ticket.pk)
    chat.send_message(actor=student, meeting_id=begun.pk, text="您好，我想了解实习安排。")
    chat.send_message(actor=recruiter, meeting_id=begun.pk, text="周一到周五，有师傅带，包住宿。")
    return begun.pk
