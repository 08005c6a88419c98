"""Workbooks that are strange, damaged or made to hurt: read as people see them, or refused as a whole, and never a fault."""

import io
import random
import zipfile
from datetime import date, datetime, time

import pytest
from openpyxl import Workbook
from openpyxl.styles import Font

from backend.common import spreadsheets
from backend.common.errors import Invalid
from backend.common.spreadsheets import read_table, write_table

SHEET = "xl/worksheets/sheet1.xml"
# The library says what it leaves out of a strange file.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")


def parts() -> dict[str, bytes]:
    """The files inside a small good workbook."""
    data = write_table(["a", "b", "c"], [["x", 1, date(2026, 1, 1)], ["y", 2.5, None], ["z", "=1", True]])
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


PARTS = parts()


def pack(files: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return out.getvalue()


def read(data: bytes) -> list[list[str]]:
    headers, rows = read_table(io.BytesIO(data))
    return [headers, *map(list, rows)]


def outcome(data: bytes) -> list[list[str]] | str:
    """The rows, or the code of the refusal; anything else that is raised fails the test."""
    try:
        return read(data)
    except Invalid as refusal:
        return refusal.code if list(refusal.fields) == ["file"] else f"{refusal.code} without its field"


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sheet_of(*rows) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    return saved(book)


# Strange


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        (1.0, "1"),
        (-0.5, "-0.5"),
        (1e15, "1000000000000000"),
        (202300010001, "202300010001"),
        (True, "True"),
        (date(2026, 2, 28), "2026-02-28"),
        (datetime(2026, 2, 28), "2026-02-28"),
        (datetime(2026, 2, 28, 9, 5, 59), "2026-02-28 09:05"),
        (time(9, 30), "09:30:00"),
        ("  前后空格\u3000", "前后空格"),
        ("007", "007"),
        ("#N/A", "#N/A"),
        ("第一行\n第二行", "第一行\n第二行"),
    ],
)
def test_a_cell_is_read_as_people_see_it(value, text):
    assert read(sheet_of(["h", "end"], [value, "x"])) == [["h", "end"], [text, "x"]]


def test_only_the_first_sheet_is_read_also_when_another_was_open():
    book = Workbook()
    book.active.append(["first"])
    book.create_sheet("二").append(["second"])
    book.active = 1
    assert read(saved(book)) == [["first"]]


def test_a_formula_without_a_value_is_an_empty_cell():
    assert read(sheet_of(["a", "b"], ["=1+1", "x"])) == [["a", "b"], ["", "x"]]


def test_merged_and_dressed_cells_are_read_where_they_begin():
    book = Workbook()
    sheet = book.active
    sheet.append(["名单", None, None])
    sheet.merge_cells("A1:C1")
    sheet.append(["学号", "姓名", "专业"])
    sheet["A2"].font = Font(bold=True)
    assert read(saved(book)) == [["名单"], ["学号"]]


def test_a_sheet_that_says_it_is_smaller_than_it_is_is_read_whole():
    files = dict(PARTS)
    files[SHEET] = files[SHEET].replace(b"<sheetData", b'<dimension ref="A1:A1"/><sheetData')
    assert len(read(pack(files))) == 4


def test_a_cell_longer_than_any_office_takes_is_cut(monkeypatch):
    monkeypatch.setattr(spreadsheets, "MAX_CELL", 10)
    assert read(write_table(["h"], [["字" * 20]])) == [["h"], ["字" * 10]]
    assert read(b"h\n" + b"x" * 20) == [["h"], ["x" * 10]]


@pytest.mark.parametrize(
    ("title", "kept"),
    [("名单", "名单"), ("a/b\\c:d*e?f[g]", "a b c d e f g "), ("长" * 40, "长" * 31), ("", "Sheet1")],
)
def test_a_title_is_made_one_that_a_sheet_may_have(title, kept):
    with zipfile.ZipFile(io.BytesIO(write_table(["h"], [], title=title))) as packed:
        assert f'name="{kept}"' in packed.read("xl/workbook.xml").decode()


# Damaged


SPARE = {
    "docProps/app.xml",
    "docProps/core.xml",
    "xl/theme/theme1.xml",
    "xl/styles.xml",
    "_rels/.rels",
    "xl/sharedStrings.xml",
}


@pytest.mark.parametrize("name", sorted(PARTS))
def test_a_workbook_that_lacks_a_part_is_read_or_refused(name):
    files = {other: content for other, content in PARTS.items() if other != name}
    whole = read(pack(PARTS))
    if name == "xl/styles.xml":
        whole[1][2] = "46023"  # a day is a number that is dressed as one
    assert outcome(pack(files)) == (whole if name in SPARE else "table_unreadable")


BROKEN = {
    "a part that is no xml": {SHEET: b"hello"},
    "an empty part": {SHEET: b""},
    "a part cut off": {SHEET: PARTS[SHEET][:-30]},
    "a cell at no place": {SHEET: PARTS[SHEET].replace(b'r="A2"', b'r="??"')},
    "a text that is not there": {SHEET: PARTS[SHEET].replace(b't="inlineStr"', b't="s"').replace(b"<is><t>x</t></is>", b"<v>999</v>")},
    "an attribute nobody knows": {"xl/workbook.xml": PARTS["xl/workbook.xml"].replace(b"sheetId", b"sheetIx")},
    "a workbook part of another name": {"[Content_Types].xml": PARTS["[Content_Types].xml"].replace(b"sheet.main", b"sheet.other")},
    "a letter that xml has not": {SHEET: PARTS[SHEET].replace(b"<t>x</t>", b"<t>&#1;</t>")},
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_a_damaged_part_is_refused_not_a_fault(kind):
    assert any(content != PARTS[name] for name, content in BROKEN[kind].items())
    assert outcome(pack(PARTS | BROKEN[kind])) == "table_unreadable"


@pytest.mark.parametrize("how", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED], ids=["stored", "deflated"])
@pytest.mark.parametrize("seed", range(20))
def test_bytes_that_were_overwritten_are_refused_not_a_fault(seed, how):
    """As a bad disk or a broken upload leaves a file; whatever is read of it is a table."""
    chance = random.Random(seed)
    data = bytearray(pack(PARTS, how))
    for _ in range(chance.randint(1, 3)):
        data[chance.randrange(4, len(data))] = chance.randrange(256)
    if seed % 3 == 0:
        del data[chance.randrange(4, len(data)) :]
    found = outcome(bytes(data))
    if isinstance(found, str):
        assert found in {"table_unreadable", "table_too_large", "table_empty"}
    else:
        assert all(isinstance(cell, str) for row in found for cell in row)


# Made to hurt


def test_text_that_unfolds_without_end_is_refused():
    """Each entity is ten of the one before: a billion letters from a file of one kilobyte."""
    laughs = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
    document = PARTS[SHEET].decode().partition("?>")[2] or PARTS[SHEET].decode()
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]>{document}'.replace(
        "<t>x</t>", "<t>&l9;</t>"
    )
    assert "&l9;" in bomb
    with pytest.raises(Invalid, match="table_unreadable"):
        read(pack(PARTS | {SHEET: bomb.encode()}))


def test_a_file_of_the_server_cannot_be_drawn_into_a_cell(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("canary")
    document = PARTS[SHEET].decode().partition("?>")[2] or PARTS[SHEET].decode()
    reach = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY s SYSTEM "file://{secret}">]>{document}'.replace(
        "<t>x</t>", "<t>&s;</t>"
    )
    assert "&s;" in reach
    assert outcome(pack(PARTS | {SHEET: reach.encode()})) in (
        "table_unreadable",
        [*read(pack(PARTS))[:1], ["", "1", "2026-01-01"], *read(pack(PARTS))[2:]],
    )


def test_names_that_lead_out_of_the_archive_write_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert len(read(pack(PARTS | {"../outside.txt": b"x", "/tmp/outside.txt": b"x"}))) == 4
    assert list(tmp_path.iterdir()) == []


def test_a_locked_workbook_is_refused_with_a_sentence_for_its_field():
    """Excel locks a workbook by putting it into the container of the old offices."""
    with pytest.raises(Invalid) as refusal:
        read(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 500)
    assert (refusal.value.code, list(refusal.value.fields)) == ("table_unreadable", ["file"])


@pytest.mark.parametrize(("count", "refused"), [(199, False), (200, False), (201, True)])
def test_columns_are_bounded_in_a_workbook_too(count, refused):
    data = sheet_of(["x"] * count)
    if not refused:
        assert len(read(data)[0]) == count
        return
    with pytest.raises(Invalid, match="table_too_wide"):
        read(data)
