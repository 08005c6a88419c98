"""The small things everything stands on: clock and zone, ids of requests, failpoints, stamps of rows, catalogues."""

import os
import threading
from datetime import UTC, date, datetime, timedelta
from gettext import GNUTranslations
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import structlog
from django.core.management import call_command
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from backend.common import clock, failpoints
from backend.common.errors import unreadable_address
from backend.common.middleware import RequestIdMiddleware
from backend.schools.models import School
from tests.factories.schools import SchoolFactory

SHANGHAI = ZoneInfo("Asia/Shanghai")


# The clock


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 3, 1, 15, 59, 59, 999_999, tzinfo=UTC), date(2026, 3, 1)),
        (datetime(2026, 3, 1, 16, 0, tzinfo=UTC), date(2026, 3, 2)),
        (datetime(2024, 2, 28, 16, 0, tzinfo=UTC), date(2024, 2, 29)),
        (datetime(2025, 12, 31, 16, 0, tzinfo=UTC), date(2026, 1, 1)),
        (datetime(2026, 3, 2, 0, 0, tzinfo=SHANGHAI), date(2026, 3, 2)),
        (datetime(2026, 3, 1, 23, 0, tzinfo=ZoneInfo("America/New_York")), date(2026, 3, 2)),
        # A summer with saving of daylight, as Shanghai last had one.
        (datetime(1991, 7, 1, 14, 59, tzinfo=UTC), date(1991, 7, 1)),
        (datetime(1991, 7, 1, 15, 0, tzinfo=UTC), date(1991, 7, 2)),
    ],
)
def test_a_day_begins_at_midnight_in_shanghai(moment, day):
    with clock.frozen(moment):
        assert clock.today() == day


def test_the_day_is_that_of_the_zone_somebody_reads_in():
    with clock.frozen(datetime(2026, 3, 2, 3, 0, tzinfo=UTC)):
        with timezone.override(ZoneInfo("America/New_York")):
            assert clock.today() == date(2026, 3, 1)
        assert clock.today() == date(2026, 3, 2)


def test_the_clock_stands_still_in_every_thread(frozen_now):
    seen = []
    thread = threading.Thread(target=lambda: seen.append(clock.now()))
    thread.start()
    thread.join()
    assert seen == [frozen_now]


def test_a_clock_is_given_back_after_a_fault():
    with pytest.raises(ZeroDivisionError), clock.frozen(datetime(2026, 1, 1, tzinfo=UTC)):
        raise ZeroDivisionError
    assert clock.now() > datetime(2026, 1, 2, tzinfo=UTC)


def test_a_clock_that_runs_cannot_be_moved():
    with pytest.raises(IndexError):
        clock.advance(timedelta(days=1))


# Ids of requests


def through(given: str | None) -> tuple[str, HttpResponse, dict]:
    """(id of the request, answer, what its log lines carried) of one request."""
    bound = {}

    def view(request):
        bound.update(structlog.contextvars.get_contextvars())
        return HttpResponse(request.request_id)

    headers = {} if given is None else {"X-Request-ID": given}
    request = RequestFactory().get("/", headers=headers)
    response = RequestIdMiddleware(view)(request)
    return request.request_id, response, bound


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (None, False),
        ("", False),
        ("short", False),
        ("a" * 7, False),
        ("a" * 8, True),
        ("A" * 64, True),
        ("a" * 65, False),
        ("0b5c1d2e-1f2a-4b3c-8d4e-5f6a7b8c9d0e", True),
        ("abcd1234\r\nSet-Cookie: x=1", False),
        ("abcd1234\n", False),
        ("<script>alert(1)</script>", False),
        ("请求一二三四五六", False),
        ("abcd_1234", False),
    ],
)
def test_an_id_is_kept_when_it_looks_like_one_and_else_made(given, kept):
    request_id, response, bound = through(given)
    assert (request_id == given) == kept
    assert 8 <= len(request_id) <= 64
    assert (response["X-Request-ID"], bound) == (request_id, {"request_id": request_id})


def test_no_two_requests_share_an_id_or_what_was_bound():
    structlog.contextvars.bind_contextvars(left_over="canary")
    first, _response, bound = through(None)
    second, _response, _bound = through(None)
    assert first != second
    assert bound == {"request_id": first}


# Addresses


@pytest.mark.parametrize(
    ("params", "fields"),
    [
        ({}, None),
        ({"q": "会计", "page": "2"}, None),
        ({"q": "\x01\x7f"}, None),
        ({"q": "a\0b"}, ["q"]),
        ({"a\0b": "x"}, ["ab"]),
        ({"q": "\0", "city": "\0", "page": "1"}, ["q", "city"]),
    ],
)
def test_an_address_that_no_text_column_could_hold_is_named(params, fields):
    refusal = unreadable_address(params)
    assert (list(refusal.fields) if refusal else None) == fields


# Failpoints


def test_a_place_is_armed_for_its_block_alone_also_after_a_fault():
    hits = []
    failpoints.hit("tests.place")
    with failpoints.armed("tests.place", lambda: hits.append(1)):
        failpoints.hit("tests.place")
        failpoints.hit("tests.other")
    with pytest.raises(ZeroDivisionError), failpoints.armed("tests.place", lambda: 1 / 0):
        failpoints.hit("tests.place")
    failpoints.hit("tests.place")
    assert (hits, failpoints._armed) == ([1], {})


# Rows


@pytest.mark.django_db
@pytest.mark.parametrize("fields", [None, ["name"], []])
def test_saving_stamps_the_change_and_never_the_beginning(frozen_now, fields):
    school = SchoolFactory()
    clock.advance(timedelta(hours=1))
    school.name = "新名"
    school.save() if fields is None else school.save(update_fields=fields)
    school.refresh_from_db()
    assert (school.created_at, school.updated_at) == (frozen_now, frozen_now + timedelta(hours=1))
    assert (school.name == "新名") == (fields != [])


@pytest.mark.django_db
def test_a_stamp_is_a_moment_and_not_a_time_of_day(frozen_now):
    school = SchoolFactory()
    with timezone.override(ZoneInfo("America/New_York")):
        assert School.objects.get(pk=school.pk).created_at == frozen_now
        assert School.objects.get(created_at__date=date(2026, 3, 1)) == school
    assert School.objects.get(created_at__date=date(2026, 3, 2)) == school


# Catalogues


def test_a_catalogue_is_compiled_when_it_is_newer_and_says_the_same(settings, tmp_path, capsys):
    folder = tmp_path / "backend" / "x" / "locale" / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    for top in ("fairs", "search"):
        (tmp_path / top).mkdir()
    source, target = folder / "django.po", folder / "django.mo"
    source.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Fair"\nmsgstr "双选会"\n',
        encoding="utf-8",
    )
    settings.BASE_DIR = tmp_path

    def built() -> str:
        call_command("build_messages")
        return capsys.readouterr().out.strip().removeprefix("Message catalogues: ")

    assert (built(), built()) == ("1 compiled", "0 compiled")
    assert said(target, "Fair") == "双选会"
    source.write_text(source.read_text(encoding="utf-8").replace("双选会", "招聘会"), encoding="utf-8")
    later(source, target)
    assert (built(), said(target, "Fair")) == ("1 compiled", "招聘会")
    target.unlink()
    assert (built(), said(target, "Fair")) == ("1 compiled", "招聘会")


def said(target: Path, sentence: str) -> str:
    with target.open("rb") as stream:
        return GNUTranslations(stream).gettext(sentence)


def later(source: Path, target: Path) -> None:
    """The source was written a second after the compiled one, whatever the file system can tell apart."""
    stamp = target.stat().st_mtime + 1
    os.utime(source, (stamp, stamp))
