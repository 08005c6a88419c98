"""Files people really send, and files nobody should: encodings, headings, hostile cells, wrong shapes."""

import gzip
import io
import zipfile

import pytest
from openpyxl import Workbook, load_workbook

from backend.common.errors import Conflict, Invalid, NotFound
from backend.students.domain import confirm_roster, drop_roster, upload_roster
from backend.students.enums import IMPORT_TRANSITIONS, ImportStatus
from backend.students.models import RosterImport, Student
from tests.backend.refusals import last_trail, refused
from tests.factories.students import StudentFactory

HEAD = ["学号", "姓名", "院系", "专业", "班级", "学历", "毕业年份", "邮箱", "手机"]
ROW = ["9001", "王一", "", "软件技术", "", "大专", "2026", "", ""]
GOOD = {"new": 1, "changed": 0, "same": 0, "bad": 0}
BAD = {"new": 0, "changed": 0, "same": 0, "bad": 1}


def sheet(*rows: list, merged: str = "", blank_first: int = 0) -> bytes:
    book = Workbook()
    for _ in range(blank_first):
        book.active.append([])
    for row in rows:
        book.active.append(row)
    if merged:
        book.active.merge_cells(merged)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def text(*rows: list, comma: str = ",") -> str:
    return "\n".join(comma.join(row) for row in rows)


def look(world, data: bytes, **options) -> RosterImport:
    return upload_roster(
        actor=options.pop("actor", world.staff),
        file=io.BytesIO(data),
        file_name="名单",
        create_structure=False,
    )


CSV = text(HEAD, ROW)
FILES = {
    "utf-8": CSV.encode(),
    "utf-8 with BOM": CSV.encode("utf-8-sig"),
    "gbk": CSV.encode("gbk"),
    "gb18030": CSV.encode("gb18030"),
    "semicolons": text(HEAD, ROW, comma=";").encode(),
    "tabs": text(HEAD, ROW, comma="\t").encode(),
    "windows line ends": CSV.replace("\n", "\r\n").encode(),
    "gzipped": gzip.compress(CSV.encode()),
    "quoted": "\n".join(",".join(f'"{cell}"' for cell in row) for row in (HEAD, ROW)).encode(),
    "xlsx": sheet(HEAD, ROW),
    "xlsx with numbers": sheet(HEAD, [9001, *ROW[1:6], 2026, None, None]),
    "xlsx with blank rows": sheet(HEAD, [], ROW, [], blank_first=3),
    "xlsx with merged cells": sheet(HEAD, ROW, merged="H2:I2"),
    "blank rows": f"\n\n{CSV}\n,,,,,,,,\n\n".encode(),
    "spaces around": text([f" {cell} " for cell in HEAD], [f" {cell} " for cell in ROW]).encode(),
    "full width": text(HEAD, ["９００１", "王一", "", "软件技术", "", "大专", "２０２６", "", ""]).encode(),
    "stars at needed columns": text(["学号*", "姓名*", *HEAD[2:]], ROW).encode(),
    "other order": text(HEAD[::-1], ROW[::-1]).encode(),
    "unknown columns": text([*HEAD, "备注"], [*ROW, "x"]).encode(),
    "a heading twice": text([*HEAD, "学号"], [*ROW, "8888"]).encode(),
}


@pytest.mark.parametrize("kind", FILES)
def test_every_kind_of_file_says_the_same(world, kind):
    kept = look(world, FILES[kind])
    assert (kept.counts, kept.problems, kept.status) == (GOOD, [], "preview")
    (row,) = kept.rows
    assert {name: row[name] for name in ("number", "name", "major", "education", "graduation_year")} == {
        "number": "9001",
        "name": "王一",
        "major": "软件技术",
        "education": "associate",
        "graduation_year": 2026,
    }
    assert last_trail() == ("roster.uploaded", "", "preview", "students.rosterimport", kept.pk)


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for n in range(4):
            packed.writestr(f"xl/worksheets/sheet{n}.xml", b"0" * (80 * 1024 * 1024))
    return out.getvalue()


@pytest.fixture(scope="module")
def zip_bomb() -> bytes:
    """320 MB of zeros in a few hundred kB."""
    return bomb()


def test_a_zip_bomb_is_refused_before_it_is_unpacked(world, zip_bomb):
    assert len(zip_bomb) < 1_000_000
    with refused(Invalid, "table_too_large", RosterImport, fields=["file"]):
        look(world, zip_bomb)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "table_empty"),
        (b"\n\n ,, \n", "table_empty"),
        (b"PK\x03\x04 broken", "table_unreadable"),
        (b"\x1f\x8b broken", "table_unreadable"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "table_unreadable"),
        (b"\xff\xfe\x00\x00", "table_unreadable"),
        (b"\xff\xff\xff", "table_unreadable"),
        (sheet(), "table_empty"),
        (sheet(["x"] * 201), "table_too_wide"),
        (",".join(["x"] * 201).encode(), "table_too_wide"),
        ("姓名,学号\n王,1".encode(), "roster_columns"),
        (b"%PDF-1.7", "roster_columns"),
        (b"<html><body>", "roster_columns"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_roster_is_refused_without_a_trace(world, data, code):
    with refused(Invalid, code, RosterImport, Student, fields=["file"]):
        look(world, data)


@pytest.mark.parametrize("missing", ["学号", "姓名", "专业", "学历", "毕业年份"])
def test_each_needed_column_is_named(world, missing):
    head = [cell for cell in HEAD if cell != missing]
    with pytest.raises(Invalid) as caught:
        look(world, text(head).encode())
    assert missing in str(caught.value.fields["file"][0])


@pytest.mark.parametrize("left_out", ["院系", "班级", "邮箱", "手机"])
def test_other_columns_may_be_missing(world, left_out):
    at = HEAD.index(left_out)
    data = text(HEAD[:at] + HEAD[at + 1 :], ROW[:at] + ROW[at + 1 :]).encode()
    assert look(world, data).counts == GOOD


def with_cell(column: str, value: str) -> bytes:
    row = dict(zip(HEAD, ROW, strict=True)) | {column: value}
    return sheet(HEAD, list(row.values()))


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("学号", ""),
        ("学号", "9001 号"),
        ("学号", "<b>1</b>"),
        ("学号", "1" * 31),
        ("学号", "-1"),
        ("学号", "=1+1"),
        ("姓名", ""),
        ("姓名", "名" * 61),
        ("专业", "没有的专业"),
        ("专业", "专" * 81),
        ("班级", "没有的班"),
        ("班级", "班" * 81),
        ("院系", "没有的系"),
        ("学历", "小学"),
        ("学历", ""),
        ("学历", "any"),
        ("毕业年份", "26"),
        ("毕业年份", "1999"),
        ("毕业年份", "2026.5"),
        ("毕业年份", "二〇二六"),
        ("邮箱", "nobody"),
        ("邮箱", "a@b"),
        ("邮箱", f"{'a' * 190}@example.org"),
        ("手机", "电话"),
        ("手机", "1234"),
        ("手机", "1" * 31),
        ("手机", "139-0000-0000<script>"),
    ],
)
def test_a_wrong_cell_is_named_with_its_value(world, column, value):
    kept = look(world, with_cell(column, value))
    named = kept.problems[0]
    cell = "" if value == "=1+1" else value  # Excel never computed it
    assert (kept.counts, kept.rows) == (BAD, [])
    assert (named["row"], named["column"], named["value"]) == (2, column, cell)
    assert named["remedy"]


@pytest.mark.parametrize(
    ("column", "value", "field", "kept_as"),
    [
        ("学号", "ab-12_3/4", "number", "AB-12_3/4"),
        ("学号", "1" * 30, "number", "1" * 30),
        ("姓名", "阿依古丽·买买提", "name", "阿依古丽·买买提"),
        ("姓名", "名" * 60, "name", "名" * 60),
        ("姓名", "<script>alert(1)</script>", "name", "<script>alert(1)</script>"),
        ("姓名", "王  \t 一", "name", "王 一"),
        ("学历", "高职", "education", "associate"),
        ("学历", "中专", "education", "secondary"),
        ("学历", "本科", "education", "bachelor"),
        ("学历", "硕士研究生", "education", "master"),
        ("学历", "博士", "education", "doctor"),
        ("学历", "Bachelor", "education", "bachelor"),
        ("毕业年份", "2026届", "graduation_year", 2026),
        ("毕业年份", "2026年", "graduation_year", 2026),
        ("毕业年份", "2026年6月", "graduation_year", 2026),
        ("毕业年份", "2026-06-30", "graduation_year", 2026),
        ("毕业年份", "2099", "graduation_year", 2099),
        ("邮箱", "A.B@Example.ORG", "email", "a.b@example.org"),
        ("手机", "+86 139-0000-0000", "phone", "+86 139-0000-0000"),
        ("手机", "0512-12345678", "phone", "0512-12345678"),
    ],
)
def test_a_right_cell_is_kept_as(world, column, value, field, kept_as):
    kept = look(world, with_cell(column, value))
    assert (kept.counts, [row[field] for row in kept.rows]) == (GOOD, [kept_as])


def test_a_huge_cell_is_cut_and_named_not_swallowed(world):
    data = text(HEAD, ["9001", "名" * 40_000, *ROW[2:]]).encode()
    kept = look(world, data)
    assert kept.counts == BAD
    assert len(kept.problems[0]["value"]) == 32_767


def test_a_formula_that_excel_computed_counts_by_its_value_only(world):
    data = sheet(HEAD, ['=HYPERLINK("http://evil.invalid")', *ROW[1:]])
    kept = look(world, data)
    assert kept.counts == BAD
    assert "evil" not in str(kept.problems)


def test_only_the_first_sheet_is_read(world):
    book = load_workbook(io.BytesIO(sheet(HEAD, ROW)))
    second = book.create_sheet("第二")
    second.append(HEAD)
    second.append(["9002", *ROW[1:]])
    out = io.BytesIO()
    book.save(out)
    assert [row["number"] for row in look(world, out.getvalue()).rows] == ["9001"]


def test_rows_are_numbered_as_the_person_sees_them(world):
    wrong = ["", *ROW[1:]]
    kept = look(world, sheet(HEAD, [], wrong, [], wrong, blank_first=2))
    assert [problem["row"] for problem in kept.problems] == [5, 7]


@pytest.mark.parametrize("after", ["applied", "dropped"])
@pytest.mark.parametrize("before", ImportStatus.values)
def test_every_pair_of_statuses_follows_the_table(world, before, after):
    kept = look(world, FILES["utf-8"])
    RosterImport.objects.filter(pk=kept.pk).update(status=before)
    act = {"applied": confirm_roster, "dropped": drop_roster}[after]
    if after in IMPORT_TRANSITIONS[before]:
        done = act(actor=world.staff, import_id=kept.pk)
        assert (done.status, done.rows, done.problems) == (after, [], [])
        assert last_trail() == (f"roster.{after}", before, after, "students.rosterimport", kept.pk)
        return
    with refused(Conflict, "wrong_state", RosterImport, Student):
        act(actor=world.staff, import_id=kept.pk)


def test_rows_are_compared_again_when_they_are_written(world):
    first, second = look(world, FILES["utf-8"]), look(world, FILES["xlsx"])
    confirm_roster(actor=world.staff, import_id=first.pk)
    Student.objects.filter(number="9001").update(name="王改")
    done = confirm_roster(actor=world.staff, import_id=second.pk)
    assert done.counts == {"new": 0, "changed": 1, "same": 0, "bad": 0}
    assert list(Student.objects.filter(number="9001").values_list("name", flat=True)) == ["王一"]


def test_a_major_removed_meanwhile_is_said_and_nothing_is_written(world):
    kept = look(world, FILES["utf-8"])
    type(world.student.major).objects.filter(pk=world.student.major_id).update(name="改名")
    with refused(Invalid, "structure_changed", RosterImport, Student):
        confirm_roster(actor=world.staff, import_id=kept.pk)


@pytest.mark.parametrize("who", ["other_staff", "recruiter", "student_actor", "dean"])
def test_nobody_else_decides_about_an_upload(world, who):
    kept = look(world, FILES["utf-8"])
    for act in (confirm_roster, drop_roster):
        with refused(NotFound, "not_found", RosterImport, Student):
            act(actor=getattr(world, who), import_id=kept.pk)


def test_a_long_roster_is_refused(world, monkeypatch):
    monkeypatch.setattr("backend.students.roster.MOST_ROWS", 2)
    rows = [[str(9000 + n), *ROW[1:]] for n in range(3)]
    assert look(world, text(HEAD, *rows[:2]).encode()).counts["new"] == 2
    with refused(Invalid, "roster_too_long", RosterImport, fields=["file"]):
        look(world, text(HEAD, *rows).encode())


def test_an_import_costs_the_same_queries_whatever_the_rows(world, django_assert_max_num_queries):
    rows = [[str(9000 + n), *ROW[1:]] for n in range(40)]
    StudentFactory(school=world.school, major=world.student.major, number="9000", name="旧名")
    kept = look(world, text(HEAD, *rows).encode())
    with django_assert_max_num_queries(22):
        done = confirm_roster(actor=world.staff, import_id=kept.pk)
    assert done.counts == {"new": 39, "changed": 1, "same": 0, "bad": 0}
