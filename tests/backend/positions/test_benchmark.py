"""`bench_search` on a handful of rows: every figure is there, bars are judged, copies keep their rows."""

import gc
import gzip
import os
import threading
from types import SimpleNamespace

import psycopg
import pytest
from django.core.management import CommandError
from django.http import JsonResponse

from backend.common import warming
from backend.positions import indexing
from backend.positions.benchmark import beside, corpus, run, searches
from backend.positions.benchmark.figures import Check, percentile
from backend.positions.enums import PositionStatus
from backend.positions.models import Position
from backend.schools.models import School
from search import api
from tests.conftest import missing
from tests.factories.positions import PositionFactory


@pytest.fixture(autouse=True)
def embedded_only(settings):
    settings.ELASTICSEARCH_URL = ""


@pytest.mark.parametrize(
    ("check", "kept", "line"),
    [
        (Check("p95, ms", 60, 60), True, "kept   p95, ms: 60 (bar ≤ 60)"),
        (Check("p95, ms", 60.1, 60), False, "MISSED p95, ms: 60.1 (bar ≤ 60)"),
        (Check("overlap", 0.8, 0.8, floor=True), True, "kept   overlap: 0.8 (bar ≥ 0.8)"),
        (Check("overlap", 0.79, 0.8, floor=True), False, "MISSED overlap: 0.79 (bar ≥ 0.8)"),
        (Check("positions", 5), True, "       positions: 5"),
    ],
)
def test_a_figure_is_judged_by_its_bar(check, kept, line):
    assert (check.kept, str(check), check.as_dict()["kept"]) == (kept, line, kept)


@pytest.mark.parametrize(("share", "value"), [(0, 1), (0.5, 51), (0.95, 96), (0.99, 100), (1, 100)])
def test_percentiles(share, value):
    assert percentile(range(100, 0, -1), share) == value


@pytest.fixture
def few(monkeypatch):
    """Three rows, a log without searches before the clock, and a process that reads nothing in."""
    monkeypatch.setattr(searches, "WARM", 1)
    monkeypatch.setattr(warming, "_steps", {})
    PositionFactory.create_batch(3, published=True)
    yield
    gc.unfreeze()


@pytest.mark.django_db
def test_every_figure_is_measured_through_the_api(few):
    said: list[str] = []
    checks = run.measured(run.Plan(["embedded"], 6, rate=200), said.append)
    figures = {check.name: check.figure for check in checks}
    assert figures["embedded: positions"] == 3
    assert {check.name: check.bar for check in checks if check.bar is not None} == {
        "embedded: API, p95, ms": 60,
        "embedded: API over the engine bare, words and meaning, p50": 2,
        "embedded: API at 200 searches a second, p95, ms": 60,
    }
    zero = {name for name, figure in figures.items() if not figure}
    assert zero <= {
        "embedded: index on the disk, MB",
        "embedded: seconds of indexing, read from the database and analysed",
        "beside it, icontains, share of searches that find nothing",
    }
    assert said == ["embedded: indexing", "embedded: 6 searches", "beside it"]


@pytest.mark.django_db
@pytest.mark.parametrize(("status", "body"), [(500, {}), (200, {"degraded": True})])
def test_an_answer_that_is_none_or_of_the_reserve_stops_the_measuring(monkeypatch, status, body):
    visitor = searches.Visitor()
    monkeypatch.setattr(visitor.client, "get", lambda *_args, **_more: JsonResponse(body, status=status))
    visitor.ask({"q": "数控"})
    visitor.answer.json = lambda: body
    with pytest.raises(RuntimeError, match=f"^{status} for "):
        visitor.check()


@pytest.mark.django_db
def test_visitors_come_from_addresses_that_change_before_the_throttle_minds(monkeypatch):
    visitor, seen = searches.Visitor(), []
    monkeypatch.setattr(visitor.client, "get", lambda *_args, REMOTE_ADDR: seen.append(REMOTE_ADDR))
    for _ in range(501):
        visitor.ask({})
    assert (seen[0], seen[249], seen[250], seen[500]) == (
        "198.18.0.1",
        "198.18.0.250",
        "198.18.1.1",
        "198.18.2.1",
    )


def test_who_is_served_late_has_waited(monkeypatch):
    """At a thousand searches a second of two hundredths each the tenth waits for nine others."""
    monkeypatch.setattr(searches, "WARM", 0)
    visitor = SimpleNamespace(ask=lambda _params: threading.Event().wait(0.02), check=lambda: None)
    monkeypatch.setattr(searches, "Visitor", lambda: visitor)
    checks = list(searches.paced("embedded", [{}] * 10, 1000, 60))
    assert [(check.bar, check.kept) for check in checks] == [(None, True), (60, False), (None, True)]
    assert checks[0].figure >= 100
    assert checks[2].figure >= 190


@pytest.mark.django_db
def test_what_a_small_school_would_use_finds_what_stands_there():
    PositionFactory(published=True, title="数控操作员")
    checks = list(beside.by_contains([{"q": "数控"}, {"q": "控数"}, {"q": ""}]))
    assert [check.name.split(", ", 1)[1] for check in checks] == [
        "icontains without facets, p50, ms",
        "icontains without facets, p95, ms",
        "icontains, share of searches that find nothing",
    ]
    assert checks[2].figure == 0.5


@pytest.mark.parametrize("log", [[], [{"q": ""}]])
def test_beside_a_log_without_words_there_is_nothing_to_measure(log):
    assert list(beside.by_contains(log)) == []


@pytest.mark.servers
@pytest.mark.django_db
def test_full_text_finds_the_words_that_search_cuts_in_any_order():
    url = os.environ.get("TEST_DATABASE_URL")
    if not url:
        missing('TEST_DATABASE_URL is not set: eval "$(python -m tests.servers env)"')
    for title, duties in (("数控操作员", "看图纸"), ("C++ 开发", "it's \\ work"), ("会计", "数控")):
        PositionFactory(title=title, duties=duties)
    with psycopg.connect(**beside._address(url)) as connection, connection.cursor() as cursor:
        beside._fill(cursor)
        found = {
            text: beside._matched(cursor, text) for text in ("数控", "操作 数控", "c++", "it's", "厨师", "’")
        }
        connection.rollback()
    assert found == {"数控": 2, "操作 数控": 1, "c++": 1, "it's": 1, "厨师": 0, "’": 0}
    checks = list(beside.by_full_text(url, [{"q": "会计"}, {"q": "厨师"}]))
    assert (checks[2].name, checks[2].figure) == (
        "beside it, PostgreSQL full text, share of searches that find nothing",
        0.5,
    )


@pytest.mark.django_db
def test_copies_have_rows_so_that_hits_can_be_read():
    rows = [PositionFactory(published=True, source_key=f"k{n}") for n in range(2)]
    apart = corpus.copied(3)
    assert (apart, Position.objects.count()) == (rows[1].pk, 6)
    assert Position.objects.filter(title=rows[0].title).count() == 3
    assert corpus.copied(3) == apart
    assert Position.objects.count() == 6
    assert [document.id for document in corpus.originals()] == [row.pk for row in rows]


@pytest.mark.django_db
def test_real_postings_are_imported_and_all_published(tmp_path):
    (tmp_path / "some.csv.gz").write_bytes(
        "title,company,city,salary,description\n会计,甲公司,武汉,5千-8千,记账\n出纳,乙公司,上海,4千-6千,收付款\n".encode()
    )
    said: list[str] = []
    corpus.lay(tmp_path, said.append)
    corpus.lay(tmp_path, said.append)
    assert said == ["some.csv.gz: 2 rows, 2 stored"]
    assert set(Position.objects.values_list("status", flat=True)) == {PositionStatus.PUBLISHED}
    assert (School.objects.get().code, api.rebuild(indexing.all_documents())) == (corpus.CODE, 2)


def postings(folder, name, *titles):
    rows = [f"{title},甲公司,武汉,5千-8千,记账" for title in titles]
    text = "\n".join(["title,company,city,salary,description", *rows])
    (folder / name).write_bytes(gzip.compress(text.encode()))


@pytest.mark.django_db
def test_an_import_that_broke_off_is_gone_on_with(tmp_path):
    """With --keep the database stays: what stands half in it is no database to measure."""
    postings(tmp_path, "1.csv.gz", "会计", "出纳")
    postings(tmp_path, "2.csv.gz", "司机")
    with pytest.raises(KeyboardInterrupt):
        corpus.lay(tmp_path, broken_off)
    assert Position.objects.filter(status=PositionStatus.PUBLISHED).count() == 0
    said: list[str] = []
    corpus.lay(tmp_path, said.append)
    corpus.lay(tmp_path, said.append)
    assert said == ["1.csv.gz: 2 rows, 0 stored", "2.csv.gz: 1 rows, 1 stored"]
    assert sorted(Position.objects.values_list("title", "status")) == [
        ("会计", "published"),
        ("出纳", "published"),
        ("司机", "published"),
    ]
    assert School.objects.get().code == corpus.CODE


def broken_off(_line: str) -> None:
    raise KeyboardInterrupt


@pytest.mark.django_db
@pytest.mark.parametrize("folder", ["", "nowhere"])
def test_a_folder_without_postings_is_named(tmp_path, folder):
    with pytest.raises(CommandError, match=f"^{tmp_path / folder} holds no .*--postings"):
        corpus.lay(tmp_path / folder, broken_off)
    assert not School.objects.exists()
