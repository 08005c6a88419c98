"""Spreadsheets as people have them: cells, columns, and rows in = rows stored + rows reported."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError

from backend.accounts.actor import actor_of
from backend.common import outbox
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.companies.models import Company, VettingDecision
from backend.positions.enums import PositionStatus
from backend.positions.imports import run
from backend.positions.imports.cells import (
    RESIDUAL,
    Refused,
    city_of,
    education_of,
    experience_of,
    occupation_of,
    read_posting,
    size_of,
)
from backend.positions.imports.columns import cleaned_mapping, guess_mapping
from backend.positions.models import Position, PositionImport
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import DepartmentFactory, OccupationFactory, SchoolFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]

HEADERS = "岗位名称,企业名称,城市,薪资,学历,工作经验,工作简介,企业人数规模"
GOOD = "会计,甲公司,苏州,5-8千,大专,1-3年,岗位职责：记账、报税和整理凭证。任职要求：细心,20-99人"


@pytest.fixture
def school():
    """A school whose national codes are loaded."""
    OccupationFactory(code=RESIDUAL, name="不便分类的其他从业人员")
    OccupationFactory(code="2-06-03-00", name="会计专业人员")
    return SchoolFactory()


@pytest.fixture
def office(school):
    """Staff of the whole school."""
    return actor_of(MembershipFactory(school=school).user)


def table(*rows, headers=HEADERS):
    return io.BytesIO("\n".join([headers, *rows]).encode())


def do_import(school, *rows, **options):
    return run.import_table(
        actor=options.pop("actor", None), school_id=school.pk, file=table(*rows), **options
    )


def reasons(outcome):
    return [(number, reason) for number, _title, _company, reason in outcome.rejected]


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("本科", "bachelor"),
        ("统招本科", "bachelor"),
        ("以内本科", "bachelor"),
        ("5个月,本科", "bachelor"),
        ("大专及以上", "associate"),
        ("硕士及以上", "master"),
        ("博士", "doctor"),
        ("中专/中技", "secondary"),
        ("高中", "secondary"),
        ("学历不限", "any"),
        ("1-3年学历不限", "any"),
        ("BA/BS degree or equivalent", "bachelor"),
        ("1-3年", None),
        ("应届生", None),
    ],
)
def test_education_of(text, level):
    assert education_of(text) == level


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("1-3年", 12),
        ("5年以上", 60),
        ("1年以内", 0),
        ("10年以上", 120),
        ("经验不限", 0),
        ("应届毕业生", 0),
        ("3 years of experience", 36),
        ("本科", None),
        ("5天/周", None),
    ],
)
def test_experience_of(text, months):
    assert experience_of(text) == months


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("少于15人", "1-19"),
        ("少于50人", "20-99"),
        ("20-99人", "20-99"),
        ("50-150人", "20-99"),
        ("150-500人", "100-499"),
        ("500-999人", "500-999"),
        ("10000人以上", "1000+"),
        ("互联网", None),
    ],
)
def test_size_of(text, size):
    assert size_of(text) == size


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("上海", "310000"),
        ("上海-浦东新区", "310000"),
        ("广州·南沙区", "440100"),
        ("昆山", "320500"),
        ("苏州市", "320500"),
        ("Shanghai, China", "310000"),
        ("Mountain View, CA, United States", None),
        ("远程办公", None),
        ("", None),
    ],
)
def test_city_of(text, code):
    assert city_of(text) == code


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Java开发工程师", "4-04-05-01"),
        ("软件测试工程师", "4-04-05-02"),
        ("财务实习生", "2-06-03-00"),
        ("客服专员", "4-07-02-03"),
        ("导游", "4-07-04-01"),
        ("xyz", RESIDUAL),
    ],
)
def test_occupation_of(title, code):
    assert occupation_of(title) == code


def test_guess_mapping_reads_chinese_and_english_headers():
    assert guess_mapping(["岗位名称", "企业名称", "薪资", "行政区域", "?"]) == {
        "title": "岗位名称",
        "company": "企业名称",
        "salary": "薪资",
        "district": "行政区域",
    }
    assert guess_mapping(["Title", "company_name", "Job Description", "company_scale", "title"]) == {
        "title": "Title",
        "company": "company_name",
        "description": "Job Description",
        "company_size": "company_scale",
    }
    assert cleaned_mapping({"title": "A", "salary": "Z", "evil": "A"}, ["A", "B"]) == {"title": "A"}


def cells(**changed):
    return {"title": "会计", "company": "甲公司", "city": "苏州", "salary": "5-8千", **changed}


def test_swapped_columns_are_read_by_their_content():
    posting = read_posting(
        cells(education="1-3年", experience="本科", industry="20-99人", company_size="互联网")
    )
    assert (posting.education, posting.experience_months) == ("bachelor", 12)
    assert (posting.industry, posting.company_size) == ("互联网", "20-99")


def test_a_text_that_holds_both_is_parted_at_the_requirements():
    posting = read_posting(
        cells(description="负责日常记账和报税工作。任职要求：细心。", welfare="五险一金,双休")
    )
    assert posting.duties == "负责日常记账和报税工作。"
    assert posting.conditions == "任职要求：细心。\n福利：五险一金,双休"


def test_skills_leave_benefits_out_and_internships_are_seen():
    posting = read_posting(cells(title="会计实习生", skills="用友 五险一金 餐饮补贴 Excel 用友"))
    assert (posting.skills, posting.kind) == (("用友", "Excel"), "internship")


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": " "},
        {"company": ""},
        {"company": "上海市杨浦区国权路98号 点击查看地图"},
        {"salary": "1元/次"},
        {"city": "远程办公"},
        {"city": ""},
    ],
)
def test_rows_that_cannot_become_a_position_say_why(wrong):
    with pytest.raises(Refused) as refusal:
        read_posting(cells(**wrong))
    assert str(refusal.value)


def test_every_row_is_stored_or_reported(school):
    outcome = do_import(
        school, GOOD, GOOD, ",甲公司,苏州,5-8千,,,,", "出纳,乙公司,火星,5-8千,,,,", GOOD.replace("甲", "乙")
    )
    assert (outcome.total, outcome.stored, len(outcome.rejected)) == (5, 2, 3)
    assert [number for number, _reason in reasons(outcome)] == [3, 4, 5]
    assert Position.objects.count() == 2
    rows = list(csv.reader(io.StringIO(run.report_of(outcome).decode("utf-8-sig"))))
    assert [row[0] for row in rows[1:]] == ["3", "4", "5"]


def test_the_report_runs_no_formula():
    outcome = run.Outcome(rejected=[(2, "=1+1", "@evil", "reason")])
    assert "'=1+1,'@evil" in run.report_of(outcome).decode()


def test_a_second_import_stores_nothing_twice(school):
    do_import(school, GOOD)
    outcome = do_import(school, GOOD)
    assert (outcome.stored, len(outcome.rejected), outcome.companies) == (0, 1, 0)
    assert Position.objects.count() == 1


def test_imported_companies_are_unvetted_and_positions_wait_in_review(school):
    do_import(school, GOOD)
    company, position = Company.objects.get(), Position.objects.get()
    assert (company.status, company.credit_code, company.source) == ("draft", "", "import")
    assert (position.status, position.published_at) == (PositionStatus.IN_REVIEW, None)
    assert (position.salary_min, position.salary_max, position.occupation_id) == (5000, 8000, "2-06-03-00")


def test_a_known_company_is_kept_as_it_is(school):
    known = CompanyFactory(school=school, name="甲公司", verified=True)
    do_import(school, GOOD)
    assert Position.objects.get().company == known
    assert Company.objects.count() == 1


def test_staff_who_answer_for_a_file_vet_its_companies_and_publish_what_is_complete(school, office):
    outcome = do_import(
        school,
        GOOD,
        "出纳,乙公司,苏州,面议,大专,不限,岗位职责：管理现金与票据。任职要求：细心,",
        "文员,丙公司,苏州,5-8千,大专,不限,岗位职责：接待来访的客人。任职要求：限女性,",
        verified_by=office,
    )
    assert (outcome.stored, outcome.published, outcome.companies) == (3, 1, 3)
    assert set(Company.objects.values_list("status", flat=True)) == {"verified"}
    assert VettingDecision.objects.filter(decided_by_id=office.user_id).count() == 3
    states = {row.title: (row.status, bool(row.review_reason)) for row in Position.objects.all()}
    assert states == {
        "会计": (PositionStatus.PUBLISHED, False),
        "出纳": (PositionStatus.IN_REVIEW, True),
        "文员": (PositionStatus.IN_REVIEW, True),
    }


def test_answering_for_a_file_does_not_vet_a_company_that_was_suspended(school, office):
    known = CompanyFactory(school=school, name="甲公司", suspended=True)
    outcome = do_import(school, GOOD, verified_by=office)
    known.refresh_from_db()
    assert (known.status, outcome.published) == ("suspended", 0)


def test_without_title_and_company_nothing_is_read(school):
    with pytest.raises(Invalid) as refusal:
        run.import_table(actor=None, school_id=school.pk, file=table("1,2", headers="foo,bar"))
    assert refusal.value.code == "columns_missing"
    assert Position.objects.count() == 0


def upload(text=f"{HEADERS}\n{GOOD}\n"):
    return SimpleUploadedFile("岗位.csv", text.encode())


def test_the_path_on_the_web_upload_look_run(school, office):
    row = run.upload_import(actor=office, school_id=school.pk, file=upload())
    assert (row.status, row.mapping["title"]) == ("preview", "岗位名称")
    assert Position.objects.count() == 0
    run.start_import(actor=office, import_id=row.pk, mapping=row.mapping)
    with pytest.raises(Conflict):
        run.start_import(actor=office, import_id=row.pk, mapping=row.mapping)
    outbox.drain()
    row.refresh_from_db()
    assert (row.status, row.total, row.stored, row.rejected) == ("done", 1, 1, 0)


def test_imports_are_for_staff_of_the_whole_school(school, office):
    department = DepartmentFactory(school=school)
    bound = actor_of(MembershipFactory(school=school, department=department).user)
    other = actor_of(MembershipFactory().user)
    for person in (bound, other, actor_of(None)):
        with pytest.raises(NotAllowed):
            run.upload_import(actor=person, school_id=school.pk, file=upload())
    row = run.upload_import(actor=office, school_id=school.pk, file=upload())
    for person in (bound, other, actor_of(None)):
        with pytest.raises(NotFound):
            run.start_import(actor=person, import_id=row.pk, mapping=row.mapping)
    assert PositionImport.objects.get().status == "preview"


def test_the_command_prints_the_sum_and_writes_the_report(school, tmp_path, capsys):
    file, report = tmp_path / "p.csv", tmp_path / "r.csv"
    file.write_text(f"{HEADERS}\n{GOOD}\n{GOOD}\n", encoding="gb18030")
    call_command("import_positions", str(file), school=school.code, report=str(report))
    assert "rows 2 = stored 1 + rejected 1" in capsys.readouterr().out
    assert len(report.read_text(encoding="utf-8-sig").splitlines()) == 2


@pytest.mark.parametrize("options", [{"school": "nowhere"}, {"verified_by": "nobody@example.org"}])
def test_the_command_refuses_unknown_schools_and_people(school, tmp_path, options):
    file = tmp_path / "p.csv"
    file.write_text(f"{HEADERS}\n{GOOD}\n")
    with pytest.raises(CommandError):
        call_command("import_positions", str(file), **{"school": school.code, **options})
    assert Position.objects.count() == 0


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "rows", "least"),
    [("zh_wuhan_2024", 665, 650), ("zh_finance_internships_2018", 1578, 1500), ("en_google_2018", 1127, 50)],
)
def test_real_files_are_read_as_they_are(school, shared_data, name, rows, least):
    path = shared_data / "postings" / f"{name}.csv.gz"
    outcome = run.import_table(actor=None, school_id=school.pk, file=path)
    assert outcome.total == rows
    assert outcome.stored + len(outcome.rejected) == rows
    assert outcome.stored == Position.objects.count() >= least
