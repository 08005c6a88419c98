"""`manage.py bench_matching` on tiny sizes."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from matching import bench
from matching.rankers.baseline import Baseline


def run(**options):
    out = StringIO()
    call_command("bench_matching", students=4, positions=20, stdout=out, stderr=StringIO(), **options)
    return out.getvalue().splitlines()


def test_the_batch_is_told_with_its_bars(monkeypatch):
    monkeypatch.setattr(bench, "peak_memory", lambda: 300.0)
    lines = run(catalogue=0)

    assert [line.partition(":")[0] for line in lines[:4]] == [
        "words of everybody read by the encoder, once per text",
        "everybody over everything, both directions",
        "the same over a bare product",
        "highest memory of the process",
    ]
    assert "(bar ≤ 30)" in lines[1]


def test_a_missed_bar_ends_with_one(monkeypatch):
    monkeypatch.setattr(bench, "peak_memory", lambda: 1001.0)

    with pytest.raises(SystemExit) as ended:
        run(catalogue=0)
    assert ended.value.code == 1


def test_a_folder_of_models_is_measured_and_one_that_is_not_there_refused(trained, tmp_path, monkeypatch):
    monkeypatch.setattr(bench, "peak_memory", lambda: 300.0)
    monkeypatch.setattr("matching.serving._serving", [Baseline()])
    monkeypatch.setattr("matching.serving._people", [0])
    said = StringIO()
    call_command(
        "bench_matching",
        students=4,
        positions=20,
        catalogue=0,
        models=trained,
        stdout=StringIO(),
        stderr=said,
    )
    assert said.getvalue().startswith("ranker: additive-0002\n")
    with pytest.raises(CommandError, match="no folder"):
        run(models=tmp_path / "none")
