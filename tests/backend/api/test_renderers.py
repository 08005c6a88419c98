"""JSON as the framework writes it, whoever writes it."""

import json
from collections import OrderedDict
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from rest_framework import renderers

from backend.accounts.enums import Role
from backend.api.renderers import JSONRenderer

ODD = {
    "nothing": None,
    "text": "会计 \u2028\u2029 </script> \U0001f600",
    "marked": mark_safe("<mark>会计</mark>"),
    "lazy": gettext_lazy("Positions"),
    "moments": [
        datetime(2026, 11, 27, 8, 30, tzinfo=UTC),
        datetime(2026, 11, 27, 8, 30, 1, 250_000, tzinfo=timezone(timedelta(hours=8))),
        date(2026, 11, 27),
        time(8, 30),
        timedelta(minutes=90),
    ],
    "numbers": [0, -1, 2**53, 1.5, 1e-7, Decimal("10.50")],
    "role": Role.STUDENT,
    "id": UUID(int=7),
    "rows": (OrderedDict(b=1, a=2), {"nested": {"deep": []}}),
    "bytes": b"abc",
}


@pytest.mark.parametrize("data", [None, {}, [], "text", 1.5, ODD], ids=str)
def test_reads_like_the_frameworks_own(data):
    ours, theirs = JSONRenderer().render(data), renderers.JSONRenderer().render(data)
    assert [value and json.loads(value) for value in (ours, theirs)] == [theirs and json.loads(theirs)] * 2
    assert "\u2028".encode() not in ours
    assert "\u2029".encode() not in ours


@pytest.mark.parametrize("data", [{"big": 2**70}, {1: "a key that is no text"}], ids=str)
def test_what_orjson_refuses_is_written_all_the_same(data):
    assert JSONRenderer().render(data) == renderers.JSONRenderer().render(data)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_null(value):
    assert JSONRenderer().render({"score": value}) == b'{"score":null}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        renderers.JSONRenderer().render({"score": value})


def test_indented_where_that_is_asked_for():
    written = JSONRenderer().render({"a": [1]}, "application/json; indent=4")
    assert written == renderers.JSONRenderer().render({"a": [1]}, "application/json; indent=4")
    assert written.count(b"\n") == 4
