"""Compressed tables: what is read, and where a wrong one is wrong."""

import gzip

import pytest

from matching.__main__ import main
from matching.evaluation import proxy_set, tables
from matching.evaluation.tables import Row
from matching.evaluation.views import read_views

HEADS = {
    "job_views": "Applicant.ID,Job.ID,Title,Position,Company,City,State.Code,Industry",
    "experience": "Applicant.ID,Position.Name,City,State.Code,End.Date",
    "positions_of_interest": "Applicant.ID,Position.Of.Interest",
}
ROWS = {
    "job_views": "1,10,Baker @ Oak,Baker,Oak,Salem,OR,Food",
    "experience": "1,Baker,Salem,OR,",
    "positions_of_interest": "1,Baker",
}


def packed(path, text, encoding="utf-8"):
    path.write_bytes(gzip.compress(text.encode(encoding)))
    return path


def read(path, *columns):
    return list(tables.rows(path, columns))


@pytest.fixture
def folder(tmp_path):
    """Three tables that are as they should be, with one row each."""
    for name, head in HEADS.items():
        packed(tmp_path / f"{name}.csv.gz", f"{head}\n{ROWS[name]}\n")
    return tmp_path


def test_cells_are_told_by_their_columns_whatever_stands_beside(tmp_path):
    path = packed(tmp_path / "t.csv.gz", "more,a,b\nx,1,one\ny,2,two\n")

    assert read(path, "b", "a") == [
        Row("t.csv.gz, line 2", {"b": "one", "a": "1"}),
        Row("t.csv.gz, line 3", {"b": "two", "a": "2"}),
    ]


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ('a,b\n"1,5","say ""no"""\n', [["1,5", 'say "no"']]),
        ("a,b\r\n1,2\r\n", [["1", "2"]]),
        ("\ufeffa,b\n1,2\n", [["1", "2"]]),
        ("a,b\n\n1,2\n\n", [["1", "2"]]),
        ("a,b\n,\n", [["", ""]]),
        ("a,b\n焊工,电工\n", [["焊工", "电工"]]),
        ("a,b\n1,2", [["1", "2"]]),
        ("a,b\n", []),
    ],
)
def test_the_usual_ways_to_write_a_table_are_read(tmp_path, text, cells):
    path = packed(tmp_path / "t.csv.gz", text)

    assert [[row["a"], row["b"]] for row in read(path, "a", "b")] == cells


def test_a_cell_over_several_lines_is_told_by_its_last(tmp_path):
    path = packed(tmp_path / "t.csv.gz", 'a,b\n"first\nsecond",x\nplain,y\n')
    found = read(path, "a", "b")

    assert [(row.where, row["a"]) for row in found] == [
        ("t.csv.gz, line 3", "first\nsecond"),
        ("t.csv.gz, line 4", "plain"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: no column a, b"),
        ("a,c\n1,2\n", "line 1: no column b"),
        ("A,B\n1,2\n", "line 1: no column a, b"),
        ("a;b\n1;2\n", "line 1: no column a, b"),
        ("a,b\n1,2\n3\n", "line 3: 1 cells, 2 columns"),
        ("a,b\n1,2,3\n", "line 2: 3 cells, 2 columns"),
        ('a,b\n1,"open\n', "line 2: unexpected end of data"),
        ('a,b\n1,"x"y\n', "line 2: ',' expected after '\"'"),
    ],
)
def test_a_wrong_table_is_refused_with_the_line(tmp_path, text, said):
    path = packed(tmp_path / "t.csv.gz", text)

    with pytest.raises(ValueError, match="line") as refusal:
        read(path, "a", "b")
    assert str(refusal.value) == f"t.csv.gz, {said}"


def test_rows_before_a_wrong_one_are_given_first(tmp_path):
    path = packed(tmp_path / "t.csv.gz", "a\n1\n2\n3,4\n")
    rows = tables.rows(path, ["a"])

    assert [next(rows)["a"], next(rows)["a"]] == ["1", "2"]
    with pytest.raises(ValueError, match="line 4: 2 cells, 1 columns"):
        next(rows)


def test_what_is_no_compressed_text_is_refused_by_name(tmp_path):
    plain = tmp_path / "plain.csv.gz"
    plain.write_text("a,b\n1,2\n")
    whole = packed(tmp_path / "whole.csv.gz", "a,b\n" + "".join(f"{n},{n * n}\n" for n in range(3000)))
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(whole.read_bytes()[:-300])
    broken = tmp_path / "broken.csv.gz"
    broken.write_bytes(whole.read_bytes()[:40] + b"\xff" * 40 + whole.read_bytes()[80:])
    latin = packed(tmp_path / "latin.csv.gz", "a,b\ncafé,2\n", "latin-1")

    for path, said in (
        (plain, "Not a gzipped file"),
        (cut, "ended before"),
        (broken, "invalid"),
        (latin, "utf-8"),
    ):
        with pytest.raises(ValueError, match=said) as refusal:
            read(path, "a", "b")
        assert str(refusal.value).startswith(f"{path.name}, line ")
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "absent.csv.gz", "a")


@pytest.mark.parametrize(("cell", "number"), [("7", 7), (" 7 ", 7), ("-3", -3), ("007", 7), ("7.0", 7)])
def test_a_whole_number_is_read(cell, number):
    assert Row("t, line 2", {"a": cell}).number("a") == number


@pytest.mark.parametrize("cell", ["", "seven", "7.5", "0x1", "1e3", ".0", str(2**63)])
def test_what_is_no_whole_number_is_refused_with_line_and_column(cell):
    with pytest.raises(ValueError, match="line") as refusal:
        Row("t.csv.gz, line 2", {"a": cell}).number("a")
    assert str(refusal.value) == f"t.csv.gz, line 2, a: a whole number is needed, not {cell!r}"


NEEDED = {
    "job_views": {"Applicant.ID", "Job.ID"},
    "experience": {"Applicant.ID", "Position.Name"},
    "positions_of_interest": {"Applicant.ID", "Position.Of.Interest"},
}


@pytest.mark.parametrize("name", HEADS)
def test_a_table_is_needed_with_who_and_what_and_other_columns_may_be_absent(folder, name):
    for column in HEADS[name].split(","):
        others = ",".join("x" if other == column else other for other in HEADS[name].split(","))
        packed(folder / f"{name}.csv.gz", f"{others}\n{ROWS[name]}\n")
        if column not in NEEDED[name]:
            assert len(read_views(folder).seen) == 1
            continue
        with pytest.raises(ValueError, match="line") as refusal:
            read_views(folder)
        assert str(refusal.value) == f"{name}.csv.gz, line 1: no column {column}"
    (folder / f"{name}.csv.gz").unlink()
    with pytest.raises(FileNotFoundError, match=name):
        read_views(folder)


@pytest.mark.parametrize(
    ("head", "row", "said"),
    [
        ("Applicant.ID,Job.ID,City,State.Code", "1,10,Salem,OR", "no posting has a Position or Title"),
        ("Applicant.ID,Job.ID,Title,City", "1,10,Baker,Salem", "no posting has a State.Code or State.Name"),
    ],
)
def test_without_any_title_or_state_the_command_says_what_is_absent(folder, capsys, head, row, said):
    packed(folder / "job_views.csv.gz", f"{head}\n{row}\n")

    assert main(["evaluate", "--path", str(folder)]) == 2
    assert capsys.readouterr().err.startswith(f"error: job_views.csv.gz: {said}")


@pytest.mark.parametrize(
    ("name", "row", "column"),
    [
        ("job_views", "x,10,Baker @ Oak,Baker,Oak,Salem,OR,Food", "Applicant.ID"),
        ("job_views", "1,,Baker @ Oak,Baker,Oak,Salem,OR,Food", "Job.ID"),
        ("experience", "one,Baker,Salem,OR,", "Applicant.ID"),
        ("positions_of_interest", "1.5,Baker", "Applicant.ID"),
    ],
)
def test_a_person_or_posting_without_a_number_ends_the_command_with_its_place(
    folder, capsys, name, row, column
):
    packed(folder / f"{name}.csv.gz", f"{HEADS[name]}\n{ROWS[name]}\n{row}\n")

    assert main(["evaluate", "--path", str(folder)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"error: {name}.csv.gz, line 3, {column}: a whole number is needed, not '")


def test_empty_tables_leave_nothing_to_judge_and_that_is_said(folder, capsys):
    for name, head in HEADS.items():
        packed(folder / f"{name}.csv.gz", f"{head}\n")

    views = read_views(folder)
    assert (views.students, views.positions, views.seen, views.everybody) == ((), (), (), ())
    assert views.states().tolist() == []
    assert main(["evaluate", "--path", str(folder)]) == 2
    assert capsys.readouterr().err.startswith("error: nothing to judge: no person with a profile viewed")


@pytest.mark.parametrize(
    "wrong",
    [
        ("code,definition,tasks\n1,a,b\n", "line 1: no column alias"),
        ("code,definition,tasks,alias\n1-1-1-1,x,1.一\n", "line 2: 3 cells, 4 columns"),
        ("", "line 1: no column code, tasks, alias"),
    ],
)
@pytest.mark.parametrize("command", [["evaluate", "--set", "proxy"], ["cold-start", "--out", "models"]])
def test_wrong_descriptions_of_occupations_are_told_alike_by_both_commands(
    tmp_path, monkeypatch, capsys, command, wrong
):
    text, said = wrong
    monkeypatch.chdir(tmp_path)
    packed(tmp_path / proxy_set.FILE, text)

    assert main([*command, "--path", "."]) == 2
    assert capsys.readouterr().err == f"error: {proxy_set.FILE}, {said}\n"
    assert not (tmp_path / "models").exists()
