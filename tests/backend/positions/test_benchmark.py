"""`bench_search` on a handful of rows: every figure is there, bars are judged, copies keep their rows."""

import gzip

import pytest
from django.core.management import CommandError

from backend.positions import indexing
from backend.positions.benchmark import corpus, run
from backend.positions.benchmark.figures import Check, percentile
from backend.positions.enums import PositionStatus
from backend.positions.models import Position
from backend.schools.models import School
from search import api
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


@pytest.mark.django_db
def test_every_figure_is_measured_through_the_api(monkeypatch):
    monkeypatch.setattr(run, "WARM", 1)
    PositionFactory.create_batch(3, published=True)
    said: list[str] = []
    checks = run.measured(["embedded"], 6, 0, said.append)
    figures = {check.name: check.figure for check in checks}
    assert figures["embedded: positions"] == 3
    assert [check.name for check in checks if check.bar is not None] == [
        "embedded: API, p95, ms",
        "embedded: API over the bare query, p50",
    ]
    assert all(figure > 0 for figure in figures.values())
    assert said == ["embedded: indexing", "embedded: 6 searches"]


@pytest.mark.django_db
def test_a_search_that_fails_or_comes_from_the_reserve_stops_the_measuring(settings):
    PositionFactory(published=True)
    settings.ELASTICSEARCH_URL = "http://127.0.0.1:1"
    with pytest.raises(RuntimeError, match="degraded"):
        run._ask(run.Client(), {"q": "数控"}, 1)


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
