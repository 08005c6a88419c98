"""Runs of an import: chunks, repeats, crashes, the sum that must come out, and the report people open."""

import csv
import gzip
import io
import random
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import translation
from openpyxl import Workbook

from backend.accounts.actor import actor_of
from backend.audit.models import AuditEntry
from backend.common import clock, outbox
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.common.models import OutboxEntry
from backend.companies.models import Company
from backend.positions.enums import PositionStatus
from backend.positions.imports import run
from backend.positions.imports.cells import RESIDUAL
from backend.positions.models import Position, PositionImport
from backend.schools.models import Occupation
from tests.backend.refusals import refused
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import DepartmentFactory, OccupationFactory, SchoolFactory

HEADERS = ["岗位名称", "企业名称", "城市", "薪资", "学历", "工作经验", "工作简介"]
DUTIES = "岗位职责：记账、报税和整理凭证。任职要求：细心。"


@pytest.fixture
def school(db, frozen_now):
    """A school whose national codes are loaded."""
    OccupationFactory(code=RESIDUAL, name="不便分类的其他从业人员")
    OccupationFactory(code="2-06-03-00", name="会计专业人员")
    return SchoolFactory()


@pytest.fixture
def office(school):
    return actor_of(MembershipFactory(school=school).user)


def row(title="会计", company="甲公司", city="苏州", pay="5-8千"):
    return [title, company, city, pay, "大专", "不限", DUTIES]


def sheet(*rows):
    text = io.StringIO()
    csv.writer(text).writerows([HEADERS, *rows])
    return text.getvalue().encode()


def import_rows(school, *rows, **options):
    return run.import_table(actor=None, school_id=school.pk, file=io.BytesIO(sheet(*rows)), **options)


def sum_holds(outcome):
    return outcome.total == outcome.stored + len(outcome.rejected)


def upload(office, school, *rows):
    file = SimpleUploadedFile("岗位.csv", sheet(*rows))
    return run.upload_import(actor=office, school_id=school.pk, file=file)


def started(office, school, *rows):
    kept = upload(office, school, *rows)
    return run.start_import(actor=office, import_id=kept.pk, mapping=kept.mapping)


def test_columns_of_what_is_asked_besides_are_read_where_a_file_has_them(school):
    header = [*HEADERS, "技能要求", "加分技能", "证书要求", "到岗时间"]
    lines = [[*row(), "Excel", "用友", "初级会计", "2026-07-01"], [*row(title="出纳"), "", "", "无", "随时"]]
    text = io.StringIO()
    csv.writer(text).writerows([header, *lines])
    run.import_table(actor=None, school_id=school.pk, file=io.BytesIO(text.getvalue().encode()))
    kept = Position.objects.order_by("pk").values_list("skills", "wanted_skills", "certificates", "starts_on")
    assert list(kept) == [(["Excel"], ["用友"], ["初级会计"], date(2026, 7, 1)), ([], [], [], None)]


@pytest.mark.parametrize("seed", range(6))
def test_rows_in_are_rows_stored_plus_rows_reported_whatever_the_rows(school, seed):
    chance = random.Random(seed)
    rows = [
        row(
            title=chance.choice(["会计", "出纳", "", "文员"]),
            company=chance.choice(["甲公司", "乙公司", "无", "12345"]),
            city=chance.choice(["苏州", "上海", "火星", ""]),
            pay=chance.choice(["5-8千", "面议", "$5", ""]),
        )
        for _ in range(chance.randrange(1, 60))
    ]
    outcome = import_rows(school, *rows)
    assert (outcome.total, sum_holds(outcome)) == (len(rows), True)
    assert Position.objects.count() == outcome.stored
    assert Company.objects.count() == outcome.companies
    numbers = [entry[0] for entry in outcome.rejected]
    assert (len(set(numbers)), set(numbers) <= set(range(2, len(rows) + 2))) == (len(numbers), True)


def test_an_empty_table_is_an_empty_outcome(school):
    assert import_rows(school) == run.Outcome()


@pytest.mark.parametrize("chunk", [1, 2, 3, 100])
def test_the_size_of_a_chunk_changes_nothing(school, monkeypatch, chunk):
    monkeypatch.setattr(run, "CHUNK", chunk)
    seen = []
    rows = [row("会计"), row("会计"), row("出纳"), row("文员", city="火星"), row("司机", "乙公司")]
    outcome = import_rows(school, *rows, progress=seen.append)
    assert (outcome.total, outcome.stored, outcome.companies) == (5, 3, 2)
    assert [number for number, *_rest in outcome.rejected] == ([3, 5])
    assert seen == [min(done, 5) for done in range(chunk, 5 + chunk, chunk)]


def test_the_same_row_twice_names_the_first_one(school):
    with translation.override("en"):
        outcome = import_rows(school, row(), row("出纳"), row(), row())
    assert [(number, reason) for number, _t, _c, reason in outcome.rejected] == [
        (4, "The same as row 2."),
        (5, "The same as row 2."),
    ]


def test_what_was_imported_before_is_said_and_not_stored_again(school):
    import_rows(school, row(), row("出纳"))
    with translation.override("en"):
        outcome = import_rows(school, row("文员"), row())
    assert (outcome.stored, outcome.rejected) == (1, [(3, "会计", "甲公司", "Imported before.")])
    assert sorted(Position.objects.values_list("title", flat=True)) == sorted(["会计", "出纳", "文员"])


def test_another_school_imports_the_same_rows_for_itself(school):
    other = SchoolFactory()
    import_rows(school, row())
    assert import_rows(other, row()).stored == 1
    assert set(Company.objects.values_list("school_id", flat=True)) == {school.pk, other.pk}


def test_what_was_closed_is_not_imported_again(school):
    import_rows(school, row())
    Position.objects.update(status=PositionStatus.CLOSED)
    assert import_rows(school, row()).stored == 0


def test_a_run_that_dies_leaves_the_chunks_before_it_and_the_next_one_stores_the_rest(school, monkeypatch):
    monkeypatch.setattr(run, "CHUNK", 2)

    def dies(done):
        raise ConnectionError(done)

    rows = [row(f"会计{n}", f"公司{n}") for n in range(5)]
    with pytest.raises(ConnectionError):
        import_rows(school, *rows, progress=dies)
    assert (Position.objects.count(), Company.objects.count()) == (2, 2)
    outcome = import_rows(school, *rows)
    assert (outcome.stored, len(outcome.rejected), Position.objects.count()) == (3, 2, 5)


def test_a_file_without_the_national_codes_is_refused(db, frozen_now):
    school = SchoolFactory()
    assert not Occupation.objects.filter(code=RESIDUAL).exists()
    with refused(Invalid, "reference_missing", Position, Company):
        import_rows(school, row())


def test_an_occupation_the_school_does_not_know_becomes_the_residual_one(school):
    Occupation.objects.filter(code="2-06-03-00").delete()
    import_rows(school, row())
    assert Position.objects.get().occupation_id == RESIDUAL


@pytest.mark.parametrize("missing", ["企业名称", "岗位名称"])
def test_a_table_without_title_or_company_is_refused_before_a_row_is_read(school, missing):
    text = sheet(row()).decode().replace(missing, "?")
    with refused(Invalid, "columns_missing", Position, Company):
        run.import_table(actor=None, school_id=school.pk, file=io.BytesIO(text.encode()))


def test_a_chosen_mapping_beats_the_guess(school):
    mapping = {"title": "企业名称", "company": "岗位名称", "city": "城市"}
    import_rows(school, row("晨光制造", "会计"), mapping=mapping)
    position = Position.objects.get()
    assert (position.title, position.company.name, position.salary_min) == ("会计", "晨光制造", None)


def formats():
    book = Workbook()
    for line in [HEADERS, row(), row("出纳")]:
        book.active.append(line)
    stream = io.BytesIO()
    book.save(stream)
    plain = sheet(row(), row("出纳"))
    return {
        "utf-8": plain,
        "utf-8 with a mark": b"\xef\xbb\xbf" + plain,
        "gb18030": plain.decode().encode("gb18030"),
        "gzip": gzip.compress(plain),
        "xlsx": stream.getvalue(),
        "windows lines": plain.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
        "empty lines between": plain + b"\r\n\r\n,,,,,,\r\n",
    }


@pytest.mark.parametrize("kind", formats())
def test_a_table_is_read_in_every_form_people_have(school, kind):
    outcome = run.import_table(actor=None, school_id=school.pk, file=io.BytesIO(formats()[kind]))
    assert (outcome.stored, sum_holds(outcome)) == (2, True)


# What becomes public


HELD = {
    "no duties": ["会计", "甲公司", "苏州", "5-8千", "大专", "不限", ""],
    "no conditions": ["会计", "甲公司", "苏州", "5-8千", "大专", "不限", "记账、报税和整理凭证。"],
    "no basic pay": ["会计", "甲公司", "苏州", "面议", "大专", "不限", DUTIES],
    "forbidden terms: 限女性": ["会计", "甲公司", "苏州", "5-8千", "大专", "不限", DUTIES + "限女性"],
}


@pytest.mark.parametrize("why", HELD)
def test_what_staff_answer_for_is_held_back_where_the_law_wants_more(school, office, why):
    with translation.override("en"):
        outcome = import_rows(school, HELD[why], verified_by=office)
    position = Position.objects.get()
    assert (outcome.published, position.status) == (0, PositionStatus.IN_REVIEW)
    assert why in position.review_reason
    assert not OutboxEntry.objects.filter(topic="positions.index").exists()


def test_what_is_published_is_dated_and_put_down_for_the_index(school, office):
    outcome = import_rows(school, row(), verified_by=office)
    position = Position.objects.get()
    assert (outcome.published, position.status, position.published_at) == (1, "published", clock.now())
    assert position.expires_at > clock.now()
    assert [entry.payload for entry in OutboxEntry.objects.filter(topic="positions.index")] == [
        {"position": position.pk}
    ]


@pytest.mark.parametrize("state", ["submitted", "rejected", "suspended", "expired"])
def test_nothing_is_published_for_a_known_company_that_is_not_vetted(school, office, state):
    known = CompanyFactory(school=school, name="甲公司", **{state: True})
    before = Company.objects.values().get(pk=known.pk)
    outcome = import_rows(school, row(), verified_by=office)
    assert (outcome.published, outcome.companies, Company.objects.values().get()) == (0, 0, before)


# On the web


def test_a_file_is_kept_and_looked_at_before_anything_is_read(school, office):
    kept = upload(office, school, row(), row("出纳"))
    headers, lines = run.first_lines(kept, 1)
    assert (headers, len(lines), list(lines[0])[:2]) == (HEADERS, 1, ["会计", "甲公司"])
    assert (kept.original_name, kept.created_by_id) == ("岗位.csv", office.user_id)
    assert AuditEntry.objects.get().verb == "position_import.uploaded"
    assert (Position.objects.count(), OutboxEntry.objects.count()) == (0, 0)


@pytest.mark.parametrize("status", ["queued", "running", "done", "failed"])
def test_a_file_is_started_once(school, office, status):
    kept = upload(office, school, row())
    PositionImport.objects.update(status=status)
    with refused(Conflict, "conflict", PositionImport):
        run.start_import(actor=office, import_id=kept.pk, mapping=kept.mapping)


@pytest.mark.parametrize(
    "mapping", [{}, {"title": "岗位名称"}, {"title": "岗位名称", "company": "没有这一列"}]
)
def test_a_mapping_without_title_and_company_starts_nothing(school, office, mapping):
    kept = upload(office, school, row())
    with refused(Invalid, "columns_missing", PositionImport):
        run.start_import(actor=office, import_id=kept.pk, mapping=mapping)


def test_the_worker_reads_a_queued_file_once_and_a_repeat_changes_nothing(school, office):
    kept = started(office, school, row(), row("出纳", city="火星"))
    for _ in range(2):
        run.handle([{"import": kept.pk}])
    kept.refresh_from_db()
    assert (kept.status, kept.total, kept.stored, kept.rejected, kept.published) == ("done", 2, 1, 1, 0)
    assert AuditEntry.objects.filter(verb="position_import.done").count() == 1
    assert Position.objects.count() == 1


def test_a_worker_that_died_in_the_middle_goes_on_where_it_stopped(school, office):
    kept = started(office, school, row(), row("出纳"))
    import_rows(school, row())
    PositionImport.objects.update(status="running", total=1)
    outbox.drain()
    kept.refresh_from_db()
    assert (kept.status, kept.total, kept.stored, kept.rejected) == ("done", 2, 1, 1)
    assert Position.objects.count() == 2


def test_a_file_the_worker_cannot_read_has_failed_and_says_why(school, office):
    kept = started(office, school, row())
    Occupation.objects.all().delete()
    outbox.drain()
    kept.refresh_from_db()
    assert (kept.status, bool(kept.error), bool(kept.report)) == ("failed", True, False)
    assert Position.objects.count() == 0


def test_only_whole_schools_staff_upload_and_see_imports(school, office):
    bound = actor_of(MembershipFactory(school=school, department=DepartmentFactory(school=school)).user)
    other = actor_of(MembershipFactory().user)
    kept = upload(office, school, row())
    for person in (bound, other, actor_of(None)):
        assert not run.imports_visible_to(person).exists()
        with refused(NotAllowed, "not_allowed", PositionImport):
            upload(person, school, row())
        with refused(NotFound, "not_found", PositionImport):
            run.start_import(actor=person, import_id=kept.pk, mapping=kept.mapping)
    assert list(run.imports_visible_to(office)) == [kept]


# The report and the command


@pytest.mark.parametrize("start", list("=+-@\t\r"))
def test_the_report_holds_no_formula(start):
    outcome = run.Outcome(rejected=[(2, f"{start}1+1", f"{start}cmd", "理由")])
    (_head, line) = csv.reader(io.StringIO(run.report_of(outcome).decode("utf-8-sig"), newline=""))
    assert line == ["2", f"'{start}1+1", f"'{start}cmd", "理由"]


@pytest.mark.parametrize(
    ("language", "head"),
    [("en", ["Row", "Title", "Company", "Reason"]), ("zh-hans", None)],
)
def test_the_report_is_in_the_readers_language_and_opens_in_a_spreadsheet(language, head):
    with translation.override(language):
        report = run.report_of(run.Outcome())
    assert report.startswith(b"\xef\xbb\xbf")
    first = next(csv.reader(io.StringIO(report.decode("utf-8-sig"))))
    assert first == head if head else not any(word.isascii() for word in first)


def test_the_command_says_the_sum_in_which_somebody_answers_for_the_file(school, office, tmp_path, capsys):
    file, report = tmp_path / "p.csv", tmp_path / "r.csv"
    file.write_bytes(sheet(row(), row("出纳", city="火星")))
    email = MembershipFactory(school=school).user.email
    call_command(
        "import_positions", str(file), school=school.code, report=str(report), verified_by=email.upper()
    )
    said = capsys.readouterr().out
    assert "rows 2 = stored 1 + rejected 1; published 1, new companies 1" in said
    assert "出纳" in report.read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("who", ["student", "recruiter", "bound", "other school"])
def test_the_command_takes_only_staff_of_the_whole_school_at_their_word(school, tmp_path, who):
    people = {
        "student": lambda: MembershipFactory(of_student=True),
        "recruiter": lambda: MembershipFactory(recruiter=True),
        "bound": lambda: MembershipFactory(school=school, department=DepartmentFactory(school=school)),
        "other school": MembershipFactory,
    }
    file = tmp_path / "p.csv"
    file.write_bytes(sheet(row()))
    with pytest.raises(CommandError):
        call_command("import_positions", str(file), school=school.code, verified_by=people[who]().user.email)
    assert Position.objects.count() == 0


def test_the_command_names_a_file_that_is_not_there(school, tmp_path):
    with translation.override("en"), pytest.raises(CommandError, match="There is no such file"):
        call_command("import_positions", str(tmp_path / "none.csv"), school=school.code)
