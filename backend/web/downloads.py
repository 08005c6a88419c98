"""What a person takes along as a file."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpResponse

from backend.common.spreadsheets import write_table

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def spreadsheet(name: str, headers: Sequence[Any], rows: Iterable[Sequence[Any]]) -> HttpResponse:
    """The table as a formula-safe xlsx file of this name, which no cache keeps; the name is ours, never a person's."""
    response = HttpResponse(write_table(headers, rows), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


def calendar(name: str, content: bytes) -> HttpResponse:
    """A calendar file of this name; the name is ours, never a person's."""
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
