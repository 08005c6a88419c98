"""The one reader and the one writer of spreadsheets: bounded coming in, formula-safe going out (rule 21).

`read_table` takes what people really send: xlsx, or csv in UTF-8 or GBK, with commas, semicolons or tabs,
gzipped or not. What a file is, its content says, never its name. `write_table` makes xlsx in which no cell
can run as a formula. The library for xlsx is read in where one is: the start of a server does not wait for it.
"""

import codecs
import csv
import gzip
import io
import itertools
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.core.files.base import File
from django.utils.translation import gettext_lazy as _

from backend.common.errors import Invalid

MAX_UNPACKED = 300 * 1024 * 1024
MAX_ROWS = 200_000
MAX_COLUMNS = 200
MAX_CELL = 32_767
CHUNK = 1024 * 1024
# What the library for xlsx and the ones below it raise where a workbook is damaged or made to hurt.
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    OverflowError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
FORMULA_START = ("=", "+", "-", "@", "\t", "\r")
# What XML cannot hold; such characters come from copied texts and mean nothing.
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

csv.field_size_limit(4 * MAX_CELL)


class Line(list[str]):
    """The cells of one row as text, and the number the row has in the person's file."""

    number: int

    def __init__(self, cells: Iterable[str], number: int) -> None:
        super().__init__(cells)
        self.number = number


def read_table(file: BinaryIO | File | Path | str) -> tuple[list[str], Iterator[Line]]:
    """The headers (first row that is not blank) and the rows below, blank ones left out.

    Each row is as long as the headers and knows its number in the file. Raises Invalid (field `file`) for
    what is neither xlsx nor csv, is too large once unpacked, or is empty; the iterator may raise it too.
    """
    stream = _stream_of(file)
    stream.seek(0)
    magic = stream.read(4)
    stream.seek(0)
    lines = (
        _xlsx_lines(stream)
        if magic == b"PK\x03\x04"
        else _csv_lines(stream, gzipped=magic[:2] == b"\x1f\x8b")
    )
    if isinstance(file, (str, Path)):
        lines = _closing(lines, stream)
    filled = (line for line in _bounded(lines) if any(line))
    first = next(filled, None)
    if first is None:
        raise refused("table_empty", _("The file holds no rows."))
    headers = list(first)
    while headers and not headers[-1]:
        headers.pop()
    return headers, (_fitted(line, len(headers)) for line in filled)


def write_table(headers: Sequence[Any], rows: Iterable[Sequence[Any]], *, title: str = "Sheet1") -> bytes:
    """An xlsx file; text that looks like a formula is stored and marked as text."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31] or "Sheet1")
    sheet.freeze_panes = "A2"
    for row in itertools.chain([headers], rows):
        sheet.append([_safe(sheet, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def refused(code: str, message: Any, **params: Any) -> Invalid:
    """The refusal of a file as a whole, worded for the field `file`."""
    text = message % params if params else message
    return Invalid(code, text, fields={"file": [text]})


def _stream_of(file: BinaryIO | File | Path | str) -> BinaryIO:
    """The plain binary stream below a path, an upload or a temporary file."""
    if isinstance(file, (str, Path)):
        return open(file, "rb")
    while not isinstance(file, io.IOBase):
        file = file.file
    return file


def _closing(lines: Iterator[Line], stream: BinaryIO) -> Iterator[Line]:
    with stream:
        yield from lines


def _safe(sheet: Any, value: Any) -> Any:
    """A cell whose text stays text."""
    if value is None or (isinstance(value, (bool, int, float, date)) and not isinstance(value, datetime)):
        return value
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    text = UNPRINTABLE.sub("", str(value))[:MAX_CELL]
    if not text.startswith(FORMULA_START):
        return text
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell


def _bounded(lines: Iterator[Line]) -> Iterator[Line]:
    for count, line in enumerate(lines, start=1):
        if count > MAX_ROWS + 1:
            raise refused(
                "table_too_long", _("The file has more than %(most)d rows. Split it."), most=MAX_ROWS
            )
        if len(line) > MAX_COLUMNS:
            raise refused("table_too_wide", _("The file has more than %(most)d columns."), most=MAX_COLUMNS)
        yield line


def _fitted(line: Line, width: int) -> Line:
    return Line((line + [""] * width)[:width], line.number)


def _xlsx_lines(stream: BinaryIO) -> Iterator[Line]:
    """Rows of the first sheet; the values that Excel last computed, never the formulas."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(stream) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > MAX_UNPACKED:
                raise refused("table_too_large", _("The file is too large once unpacked."))
        book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        # Some writers store a wrong extent; without it every row is read as it comes.
        sheet.reset_dimensions()
        rows = iter(sheet.iter_rows(values_only=True))
    except (InvalidFileException, *DAMAGED) as error:
        raise _unreadable() from error
    number = 0
    while True:
        try:
            values = next(rows, None)
        except DAMAGED as error:
            raise _unreadable() from error
        if values is None:
            return
        number += 1
        cells = [_text(value) for value in values]
        while cells and not cells[-1]:
            cells.pop()
        yield Line(cells, number)


def _text(value: Any) -> str:
    """A cell as people read it: whole numbers without ".0", dates in ISO form."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return (
            value.date().isoformat()
            if value.time() == datetime.min.time()
            else value.isoformat(" ", "minutes")
        )
    return str(value).strip()[:MAX_CELL]


def _csv_lines(stream: BinaryIO, *, gzipped: bool) -> Iterator[Line]:
    encoding = _encoding_of(stream, gzipped=gzipped)
    reader = io.TextIOWrapper(_opened(stream, gzipped=gzipped), encoding=encoding, newline="")
    try:
        head = reader.readline(64 * 1024)
        reader.seek(0)
        delimiter = max(",;\t", key=head.count)
        table = csv.reader(reader, delimiter=delimiter)
        number = 1
        for cells in table:
            yield Line((cell.strip()[:MAX_CELL] for cell in cells), number)
            number = table.line_num + 1
    except (csv.Error, UnicodeDecodeError) as error:
        raise _unreadable() from error
    finally:
        # A table left half read may outlive its file: there is nothing to let go of then.
        if not reader.closed:
            reader.detach()


def _opened(stream: BinaryIO, *, gzipped: bool) -> BinaryIO:
    stream.seek(0)
    return gzip.GzipFile(fileobj=stream) if gzipped else stream


def _encoding_of(stream: BinaryIO, *, gzipped: bool) -> str:
    """UTF-8 when the whole file is, else GB18030 (which reads GBK); one bounded pass over the bytes."""
    utf8 = codecs.getincrementaldecoder("utf-8-sig")()
    gb = codecs.getincrementaldecoder("gb18030")()
    possible = {"utf-8-sig": utf8, "gb18030": gb}
    source = _opened(stream, gzipped=gzipped)
    total = 0
    try:
        while chunk := source.read(CHUNK):
            total += len(chunk)
            if total > MAX_UNPACKED:
                raise refused("table_too_large", _("The file is too large once unpacked."))
            if b"\x00" in chunk:
                raise _unreadable()
            possible = {name: decoder for name, decoder in possible.items() if _decodes(decoder, chunk)}
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable() from error
    complete = [name for name, decoder in possible.items() if _decodes(decoder, b"", final=True)]
    if not complete:
        raise _unreadable()
    return complete[0]


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _unreadable() -> Invalid:
    return refused(
        "table_unreadable",
        _("This is not a spreadsheet that can be read. Save it as .xlsx, or as .csv in UTF-8."),
    )
