"""Pages of staff: the queue and its tabs, the decision, uploads with a preview, progress and the report."""

import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook

from backend.accounts.actor import SYSTEM
from backend.accounts.enums import Role
from backend.audit.domain import record
from backend.common import clock, outbox
from backend.common.models import OutboxEntry
from backend.positions.enums import PositionStatus
from backend.positions.imports.cells import RESIDUAL
from backend.positions.models import Position, PositionImport
from tests.backend.positions.conftest import BACKEND
from tests.backend.refusals import contents
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import CompanyFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import AllianceFactory, DepartmentFactory, OccupationFactory, SchoolFactory

S = PositionStatus
QUEUE, IMPORTS = "/staff/positions/", "/staff/positions/imports/"
SHEET = (
    "岗位名称,企业名称,城市,薪资,工作简介\n"
    "会计,甲公司,苏州,5-8千,岗位职责：记账、报税和整理凭证。任职要求：细心。\n"
    "出纳,乙公司,火星,5-8千,岗位职责：管理现金与票据。任职要求：细心。\n"
)


def english(user):
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(user, BACKEND)
    return client


@pytest.fixture
def office(company):
    """Staff of the whole school who read English."""
    return english(MembershipFactory(school=company.school).user)


@pytest.fixture
def bound(company):
    """Staff of one department."""
    department = DepartmentFactory(school=company.school)
    return english(MembershipFactory(school=company.school, department=department).user)


def text_of(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def messages_of(answer):
    return [(message.level_tag, str(message)) for message in answer.context["messages"]]


# The queue


@pytest.fixture
def life(company):
    return {
        status: PositionFactory(company=company, published=True, status=status, title=f"岗位{status}")
        for status in S
    }


@pytest.mark.parametrize("status", [status for status in S if status != S.DRAFT])
def test_each_tab_shows_its_status(office, life, status):
    answer = office.get(QUEUE, {"status": status})
    assert [row.status for row in answer.context["rows"]] == [status]
    assert [url for _label, url, active, _count in answer.context["tabs"] if active] == [f"?status={status}"]


def test_the_queue_is_what_opens_first_and_drafts_are_in_no_tab(office, life):
    assert [row.status for row in office.get(QUEUE).context["rows"]] == [S.IN_REVIEW]
    everything = office.get(QUEUE, {"status": "all"}).context["rows"]
    assert {row.status for row in everything} == set(S) - {S.DRAFT}
    assert "?status=draft" not in text_of(office.get(QUEUE))


def test_the_queue_shows_who_waits_longest_first(office, company):
    second = PositionFactory(company=company, in_review=True)
    clock.advance(timedelta(days=-1))
    first = PositionFactory(company=company, in_review=True)
    clock.advance(timedelta(days=1))
    assert list(office.get(QUEUE).context["rows"]) == [first, second]


def test_an_ally_sees_the_positions_but_has_nothing_to_decide(company, life):
    alliance = AllianceFactory()
    ally = SchoolFactory(alliance=alliance)
    company.school.alliance = alliance
    company.school.save()
    client = english(MembershipFactory(school=ally).user)
    assert list(client.get(QUEUE).context["rows"]) == []
    assert len(client.get(QUEUE, {"status": "all"}).context["rows"]) == 5
    answer = client.get(f"{QUEUE}{life[S.IN_REVIEW].pk}/")
    assert (answer.status_code, answer.context["form"]) == (200, None)
    before = contents(Position)
    assert client.post(f"{QUEUE}{life[S.IN_REVIEW].pk}/", {"outcome": "publish"}).status_code == 200
    assert contents(Position) == before


def test_staff_of_a_department_look_and_do_not_decide(bound, life):
    answer = bound.get(f"{QUEUE}{life[S.IN_REVIEW].pk}/")
    assert (answer.status_code, answer.context["form"]) == (200, None)
    assert bound.get(IMPORTS).status_code == 404


FORMS = {S.IN_REVIEW: ["outcome", "reason"], S.PUBLISHED: ["reason"], S.PAUSED: ["reason"]}


@pytest.mark.parametrize("status", [status for status in S if status != S.DRAFT])
def test_the_page_asks_for_the_decision_the_status_allows(office, life, status):
    form = office.get(f"{QUEUE}{life[status].pk}/").context["form"]
    assert (list(form.fields) if form else None) == FORMS.get(status)


def test_a_draft_is_no_page_for_staff(office, life):
    assert office.get(f"{QUEUE}{life[S.DRAFT].pk}/").status_code == 404


def test_publishing_and_sending_back_return_to_the_queue_and_say_so(office, company):
    for outcome, after in (("publish", S.PUBLISHED), ("send_back", S.DRAFT)):
        row = PositionFactory(company=company, in_review=True)
        answer = office.post(f"{QUEUE}{row.pk}/", {"outcome": outcome, "reason": "请改"}, follow=True)
        row.refresh_from_db()
        assert (row.status, answer.redirect_chain) == (after, [(QUEUE, 302)])
        assert messages_of(answer) == [("success", "Decided. The company has been told.")]


def test_taking_down_asks_for_a_reason_and_gives_it_on(office, life):
    address = f"{QUEUE}{life[S.PUBLISHED].pk}/"
    refused = office.post(address, {"reason": ""})
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["reason"])
    office.post(address, {"reason": "举报核实中"})
    life[S.PUBLISHED].refresh_from_db()
    assert (life[S.PUBLISHED].status, life[S.PUBLISHED].review_reason) == (S.IN_REVIEW, "举报核实中")
    assert "举报核实中" in text_of(office.get(address))


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ({"reason": "x"}, ["outcome"]),
        ({"outcome": "burn"}, ["outcome"]),
        ({"outcome": "send_back"}, ["reason"]),
    ],
)
def test_a_wrong_decision_is_shown_and_nothing_is_decided(office, life, data, named):
    before = contents(Position)
    answer = office.post(f"{QUEUE}{life[S.IN_REVIEW].pk}/", data)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, named)
    assert contents(Position) == before


def test_what_the_law_forbids_is_said_above_the_decision(office, company):
    row = PositionFactory(company=company, in_review=True, duties="限男性")
    page = text_of(office.get(f"{QUEUE}{row.pk}/"))
    assert ("限男性" in page, "《就业促进法》第二十七条" in page) == (True, True)
    answer = office.post(f"{QUEUE}{row.pk}/", {"outcome": "publish"})
    assert answer.status_code == 422
    assert "may not stand here" in text_of(answer)


def test_a_company_that_is_not_vetted_is_a_conflict_that_says_what_to_do(office, company):
    row = PositionFactory(company=CompanyFactory(submitted=True, school=company.school), in_review=True)
    answer = office.post(f"{QUEUE}{row.pk}/", {"outcome": "publish"})
    assert (answer.status_code, "vet it first" in text_of(answer)) == (409, True)


@pytest.mark.parametrize("path", [QUEUE, IMPORTS, f"{QUEUE}1/", f"{IMPORTS}1/", f"{IMPORTS}1/report/"])
def test_pages_of_staff_are_for_staff(hr_browser, path):
    assert hr_browser.get(path).status_code == 404
    assert Client().get(path).status_code == 302


COSTS = {f"{QUEUE}?status=in_review": 6, IMPORTS: 8}


@pytest.mark.parametrize("path", COSTS)
@pytest.mark.parametrize("rows", [1, 3])
def test_lists_take_the_same_queries(office, company, django_assert_num_queries, path, rows):
    PositionFactory.create_batch(rows, company=company, in_review=True)
    for _ in range(rows):
        PositionImport.objects.create(school=company.school, original_name="a.csv", status="done")
    office.get(path)
    with django_assert_num_queries(COSTS[path]):
        answer = office.get(path)
    assert len(answer.context["rows"]) == rows


@pytest.mark.parametrize("entries", [1, 3])
def test_the_page_of_a_decision_takes_the_same_queries(office, company, django_assert_num_queries, entries):
    row = PositionFactory(company=company, in_review=True)
    for _ in range(entries):
        record(actor=SYSTEM, verb="position.updated", target=row)
    office.get(f"{QUEUE}{row.pk}/")
    with django_assert_num_queries(6):
        assert len(office.get(f"{QUEUE}{row.pk}/").context["events"]) == entries


# Imports


@pytest.fixture
def codes(db):
    OccupationFactory(code=RESIDUAL, name="不便分类的其他从业人员")
    OccupationFactory(code="2-06-03-00", name="会计专业人员")


def upload(office, company, content=None, name="岗位.csv"):
    file = SimpleUploadedFile(name, SHEET.encode() if content is None else content)
    return office.post(IMPORTS, {"school": company.school_id, "file": file})


def xlsx():
    book, stream = Workbook(), io.BytesIO()
    for line in SHEET.strip().splitlines():
        book.active.append(line.split(","))
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize("kind", ["csv", "gb18030", "xlsx"])
def test_the_whole_way_of_a_file_upload_look_run_report(office, company, codes, kind):
    content = {
        "csv": SHEET.encode,
        "gb18030": lambda: SHEET.encode("gb18030"),
        "xlsx": xlsx,
    }[kind]()
    answer = upload(office, company, content, f"岗位.{'xlsx' if kind == 'xlsx' else 'csv'}")
    row = PositionImport.objects.get()
    address = f"{IMPORTS}{row.pk}/"
    assert (answer.status_code, answer["Location"], row.status) == (302, address, "preview")
    preview = office.get(address)
    samples = {column["name"]: column["sample"] for column in preview.context["columns"]}
    assert (samples["title"], samples["company"], samples["salary"], samples["skills"]) == (
        "会计", "甲公司", "5-8千", "",
    )  # fmt: skip
    assert Position.objects.count() == 0
    data = {f"column_{name}": header for name, header in row.mapping.items()}
    assert office.post(address, data)["Location"] == address
    assert 'hx-trigger="every 2s"' in text_of(office.get(address))
    outbox.drain()
    done = office.get(address)
    assert 'hx-trigger="every 2s"' not in text_of(done)
    row.refresh_from_db()
    assert (row.status, row.total, row.stored, row.rejected) == ("done", 2, 1, 1)
    report = office.get(f"{address}report/")
    assert report["Content-Disposition"] == f'attachment; filename="import-{row.pk}.csv"'
    body = b"".join(report.streaming_content).decode("utf-8-sig")
    assert [line.split(",")[:3] for line in body.splitlines()[1:]] == [["3", "出纳", "乙公司"]]


def test_progress_by_htmx_is_the_progress_alone(office, company):
    row = PositionImport.objects.create(
        school=company.school, original_name="a.csv", status="running", total=1200
    )
    text = text_of(office.get(f"{IMPORTS}{row.pk}/", headers={"HX-Request": "true"}))
    assert ("<html" in text, "1,200" in text, "hx-get" in text) == (False, True, True)


def test_a_failed_import_says_why(office, company):
    row = PositionImport.objects.create(
        school=company.school, original_name="a.csv", status="failed", error="Say which columns"
    )
    assert "Say which columns" in text_of(office.get(f"{IMPORTS}{row.pk}/"))
    assert office.get(f"{IMPORTS}{row.pk}/report/").status_code == 404


def test_without_title_and_company_a_file_is_not_started(office, company, codes):
    upload(office, company)
    row = PositionImport.objects.get()
    answer = office.post(f"{IMPORTS}{row.pk}/", {"column_title": "岗位名称"})
    assert (answer.status_code, PositionImport.objects.get().status) == (422, "preview")
    assert not OutboxEntry.objects.filter(topic="positions.import").exists()


@pytest.mark.parametrize(
    ("content", "name"), [(b"", "a.csv"), (b"PK\x03\x04broken", "a.xlsx"), (b"\x1f\x8bbroken", "a.csv.gz")]
)
def test_a_file_that_is_no_table_is_refused_beside_the_field(office, company, content, name):
    answer = upload(office, company, content, name)
    assert (answer.status_code, PositionImport.objects.count()) == (422, 0)
    assert answer.context["form"].errors


def test_a_clerk_imports_for_the_own_school_alone(office, company):
    other = SchoolFactory()
    answer = office.post(IMPORTS, {"school": other.pk, "file": SimpleUploadedFile("a.csv", SHEET.encode())})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["school"])
    assert PositionImport.objects.count() == 0


def test_the_operator_imports_for_any_school(company):
    client = english(MembershipFactory(role=Role.OPERATOR, school=None).user)
    other = SchoolFactory()
    answer = client.post(IMPORTS, {"school": other.pk, "file": SimpleUploadedFile("a.csv", SHEET.encode())})
    assert (answer.status_code, PositionImport.objects.get().school_id) == (302, other.pk)
    assert len(client.get(IMPORTS).context["rows"]) == 1


def test_an_import_of_another_school_does_not_exist(office):
    row = PositionImport.objects.create(school=SchoolFactory(), original_name="a.csv", status="preview")
    assert list(office.get(IMPORTS).context["rows"]) == []
    for answer in (
        office.get(f"{IMPORTS}{row.pk}/"),
        office.post(f"{IMPORTS}{row.pk}/", {"column_title": "x"}),
        office.get(f"{IMPORTS}{row.pk}/report/"),
    ):
        assert answer.status_code == 404
    assert PositionImport.objects.get().status == "preview"
