"""Spreadsheets: what is read is what was written, in every dress; nothing runs as a formula."""

import gzip
import io
import zipfile
from datetime import date, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from backend.common import spreadsheets
from backend.common.errors import Invalid
from backend.common.spreadsheets import read_table, write_table

CELL = st.text(
    alphabet=st.characters(
        exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff\u2028\u2029\x85"
    ),
    max_size=30,
).map(lambda text: " ".join(text.split()))


def read(data: bytes) -> tuple[list[str], list[list[str]]]:
    headers, rows = read_table(io.BytesIO(data))
    return headers, [list(row) for row in rows]


@pytest.mark.parametrize(
    "data",
    [
        "姓名,学号\n张三,1\n".encode(),
        "\ufeff姓名,学号\n张三,1\n".encode(),
        "姓名,学号\r\n张三,1\r\n".encode("gbk"),
        "姓名;学号\n张三;1\n".encode("gb18030"),
        "姓名\t学号\n 张三 \t1\n".encode(),
        '"姓名","学号"\n"张三","1"\n'.encode(),
        gzip.compress("姓名,学号\n张三,1\n".encode()),
    ],
    ids=["utf8", "bom", "gbk", "semicolon", "tab", "quoted", "gzip"],
)
def test_csv_is_read_in_every_dress(data):
    assert read(data) == (["姓名", "学号"], [["张三", "1"]])


def test_xlsx_is_read_as_people_see_it():
    book = Workbook()
    sheet = book.active
    sheet.append(["学号", "日期", "时刻", "空"])
    sheet.append([20230001.0, date(2026, 7, 1), datetime(2026, 7, 1, 9, 30), None])
    out = io.BytesIO()
    book.save(out)
    assert read(out.getvalue()) == (
        ["学号", "日期", "时刻", "空"],
        [["20230001", "2026-07-01", "2026-07-01 09:30", ""]],
    )


def test_rows_know_their_number_and_blank_ones_are_left_out():
    headers, rows = read_table(io.BytesIO("\n\n姓名,学号\n张三,1\n,\n\n李四,2\n".encode()))
    assert headers == ["姓名", "学号"]
    assert [(row.number, list(row)) for row in rows] == [(4, ["张三", "1"]), (7, ["李四", "2"])]


def test_rows_are_as_long_as_the_headers():
    assert read(b"a,b,c,,\n1\n1,2,3,4,5\n") == (["a", "b", "c"], [["1", "", ""], ["1", "2", "3"]])


def test_a_cell_with_a_line_break_counts_for_the_row_number():
    _headers, rows = read_table(io.BytesIO(b'a,b\n"x\ny",1\nz,2\n'))
    assert [row.number for row in rows] == [2, 4]


def test_uploads_are_read_and_stay_open():
    small = SimpleUploadedFile("x.csv", b"a,b\n1,2\n")
    large = TemporaryUploadedFile("x.csv", "text/csv", 8, None)
    large.write(b"a,b\n1,2\n")
    for upload in (small, large):
        headers, rows = read_table(upload)
        assert (headers, [list(row) for row in rows]) == (["a", "b"], [["1", "2"]])
        upload.seek(0)
        assert upload.read() == b"a,b\n1,2\n"
        upload.close()
    large.close()


def test_a_path_is_read_and_closed(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a\n1\n", encoding="utf-8")
    assert [list(row) for row in read_table(path)[1]] == [["1"]]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "table_empty"),
        (b"\n\n , \n", "table_empty"),
        (b"a,b\n\x00\x01\n", "table_unreadable"),
        (b"\x89PNG\r\n\x1a\n\xff\xff\xff", "table_unreadable"),
        (b"PK\x03\x04 broken", "table_unreadable"),
        (b"\x1f\x8bbroken", "table_unreadable"),
        (b"%PDF-1.4\n\xff\xfe\xff\n", "table_unreadable"),
    ],
    ids=["nothing", "blank", "binary", "png", "zip", "gzip", "pdf"],
)
def test_what_is_no_table_is_refused(data, code):
    with pytest.raises(Invalid) as refusal:
        read(data)
    assert refusal.value.code == code
    assert list(refusal.value.fields) == ["file"]


def test_a_zip_that_is_no_workbook_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("readme.txt", "hello")
    with pytest.raises(Invalid, match="table_unreadable"):
        read(out.getvalue())


@pytest.mark.parametrize("dress", [lambda data: data, gzip.compress], ids=["plain", "gzip"])
def test_bounds_hold_once_unpacked(monkeypatch, dress):
    monkeypatch.setattr(spreadsheets, "MAX_UNPACKED", 1000)
    with pytest.raises(Invalid, match="table_too_large"):
        read(dress(b"a\n" + b"x" * 2000))


def test_a_zip_bomb_is_refused_before_it_unpacks(monkeypatch):
    monkeypatch.setattr(spreadsheets, "MAX_UNPACKED", 100_000)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b" " * 200_000)
    assert len(out.getvalue()) < 1000
    with pytest.raises(Invalid, match="table_too_large"):
        read(out.getvalue())


def test_rows_and_columns_are_bounded(monkeypatch):
    monkeypatch.setattr(spreadsheets, "MAX_ROWS", 2)
    assert read(b"a\n1\n2\n") == (["a"], [["1"], ["2"]])
    with pytest.raises(Invalid, match="table_too_long"):
        read(b"a\n1\n2\n3\n")
    with pytest.raises(Invalid, match="table_too_wide"):
        read(b",".join([b"x"] * 201) + b"\n")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_formulas_are_written_as_text(start):
    text = f"{start}cmd|' /C calc'!A0"
    cell = load_workbook(io.BytesIO(write_table(["h"], [[text]]))).active["A2"]
    assert cell.data_type in {"s", "inlineStr"}
    assert cell.value.strip() == text.strip()
    assert cell.quotePrefix is True


def test_headers_are_safe_too():
    assert load_workbook(io.BytesIO(write_table(["=1+1"], []))).active["A1"].data_type != "f"


def test_numbers_dates_and_nothing_keep_their_kind():
    sheet = load_workbook(io.BytesIO(write_table(["a", "b", "c"], [[-5, date(2026, 3, 2), None]]))).active
    assert [sheet["A2"].value, sheet["B2"].value.date(), sheet["C2"].value] == [-5, date(2026, 3, 2), None]


def test_characters_that_xml_cannot_hold_are_dropped():
    assert read(write_table(["a"], [["x\x00y\x0bz"]])) == (["a"], [["xyz"]])


def test_rows_may_come_from_a_generator():
    assert read(write_table(["a"], ([number] for number in range(3)))) == (["a"], [["0"], ["1"], ["2"]])


# A busy machine generates slowly; that says nothing about what is read.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(CELL, min_size=2, max_size=2).filter(any), max_size=8))
def test_what_is_written_is_read_again(rows):
    assert read(write_table(["first", "second"], rows)) == (["first", "second"], rows)
