"""Lines of interactions: what goes out comes back, and a wrong line is told with its number and field."""

import json
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from matching.__main__ import main
from matching.training.files import FIELDS, read_interactions, write_interactions
from matching.types import DEEDS, Interaction, Position, Student
from tests.matching.builders import position, student
from tests.matching.simulated import START, by_place, interactions

FULL = Interaction(
    student(
        id=3,
        salary_floor=None,
        salary_hope=9000,
        skill_levels=(("Python", 2), ("SQL", 1)),
        taught_skills=("Java",),
        headlines=("程序员", "测试员"),
        based_in="420106",
        noticed_by=(4, 5),
        follows=(6,),
        available_from=None,
    ),
    (
        position(id=1, skill_levels=(("Python", 3),), wanted_skills=("Go",), closes_on=date(2026, 6, 1)),
        position(id=2, response_rate=0.5, published_on=None, starts_on=None, salary_min=None),
    ),
    {2, 1},
    datetime(2026, 3, 1, 8, 30, 15, 250, tzinfo=timezone(timedelta(hours=8))),
    {1: "view", 2: "hired"},
    (2, 1),
    (0.25, 1.0),
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "rows.jsonl"


def read(path):
    return list(read_interactions(path))


def lines_of(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def written(path, body):
    """A file of three lines whose second is this one."""
    write_interactions(path, [FULL])
    good = path.read_text(encoding="utf-8")
    second = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    path.write_text(f"{good}{second}\n{good}", encoding="utf-8")
    return path


def changed(**changes):
    body = json.loads(json.dumps(PLAIN))
    body.update(changes)
    return body


PLAIN = {
    "student": {
        **{field.name: [] for field in fields(Student)},
        "id": 1, "major": "护理", "major_code": "", "education": "bachelor", "experience_months": 0,
        "salary_floor": None, "text": "", "available_from": "2026-07-01", "salary_hope": None, "based_in": "",
    },
    "shown": [], "chosen": [], "at": "2026-03-01T08:00:00+08:00", "deeds": [], "places": [], "propensities": [],
}  # fmt: skip


def test_everything_comes_back_as_it_was(path):
    write_interactions(path, [FULL])

    (found,) = read_interactions(path)
    assert found == FULL
    assert found.at.utcoffset() == timedelta(hours=8)
    assert [type(getattr(found.student, one.name)) for one in fields(Student)] == [
        type(getattr(FULL.student, one.name)) for one in fields(Student)
    ]


@pytest.mark.parametrize("rows", [[], [FULL], [FULL] * 3, interactions(by_place, people=4)])
def test_one_line_per_showing_and_again_the_same_file(path, rows):
    write_interactions(path, rows)
    first = path.read_bytes()
    write_interactions(path, read(path))

    assert first.count(b"\n") == len(rows)
    assert path.read_bytes() == first


def test_a_line_holds_every_field_by_name_and_chinese_as_it_is(path):
    write_interactions(path, [FULL])
    (body,) = lines_of(path)

    assert list(body) == list(FIELDS)
    assert set(body["student"]) == {one.name for one in fields(Student)}
    assert set(body["shown"][0]) == {one.name for one in fields(Position)}
    assert body["chosen"] == [1, 2]
    assert body["deeds"] == [[1, "view"], [2, "hired"]]
    assert body["at"] == "2026-03-01T08:30:15.000250+08:00"
    assert "软件技术专业" in path.read_text(encoding="utf-8")


def test_a_showing_of_nothing_is_a_showing(path):
    written(path, PLAIN)
    found = read(path)

    assert [len(row.shown) for row in found] == [2, 0, 2]
    assert found[1].at == datetime(2026, 3, 1, tzinfo=UTC)
    assert found[1].student.available_from == date(2026, 7, 1)


@pytest.mark.parametrize("deed", DEEDS)
def test_every_deed_comes_back(path, deed):
    write_interactions(path, [replace(FULL, deeds={1: deed})])

    assert next(read_interactions(path)).deeds == {1: deed}


@pytest.mark.parametrize("field", FIELDS)
def test_a_line_without_a_field_is_refused(path, field):
    body = changed()
    del body[field]

    with pytest.raises(ValueError, match="line 2") as refusal:
        read(written(path, body))
    assert str(refusal.value) == f"rows.jsonl, line 2: showing: fields differ: ['{field}']"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "Expecting value"),
        ("{", "Expecting property name enclosed in double quotes"),
        ("[]", "showing: an object is needed, not list"),
        ("3", "showing: an object is needed, not int"),
        ("null", "showing: an object is needed, not NoneType"),
        (changed(extra=1), "showing: fields differ: ['extra']"),
        (changed(student=None), "Student: an object is needed, not NoneType"),
        (changed(student=[1]), "Student: an object is needed, not list"),
        (changed(shown=[7]), "Position: an object is needed, not int"),
        (changed(shown=None), "shown: None is no tuple[typing.Any, ...]"),
        (changed(at="2026-03-01T08:00:00"), "at: 2026-03-01T08:00:00 names no time zone"),
        (changed(at="yesterday"), "at: Invalid isoformat string: 'yesterday'"),
        (changed(at=7), "at: 7 is no datetime"),
        (changed(deeds=[[1, "dance"], [2, "view"]]), f"deeds: dance is none of {', '.join(DEEDS)}"),
        (changed(deeds=[1]), "deeds: 1 is no tuple[int, str]"),
        (changed(deeds=[[1, "view", 2]]), "deeds: [1, 'view', 2] is no tuple[int, str]"),
        (changed(deeds={"1": "view"}), "deeds: {'1': 'view'} is no tuple[tuple[int, str], ...]"),
        (changed(chosen=["1"]), "chosen: '1' is no int"),
        (changed(chosen=3), "chosen: 3 is no tuple[int, ...]"),
        (changed(places=[1.5]), "places: 1.5 is no int"),
        (changed(propensities=["0.5"]), "propensities: '0.5' is no float"),
        (changed(propensities=[True]), "propensities: True is no float"),
        (changed(propensities=[0.5, 0.0]), "propensities: 0.0 is no chance above 0 and up to 1"),
        (changed(propensities=[1.5]), "propensities: 1.5 is no chance above 0 and up to 1"),
        (changed(propensities=[-1]), "propensities: -1 is no chance above 0 and up to 1"),
        (
            changed(student={**PLAIN["student"], "available_from": "July"}),
            "Student.available_from: Invalid isoformat string: 'July'",
        ),
        (
            changed(student={**PLAIN["student"], "available_from": 2026}),
            "Student.available_from: 2026 is no date",
        ),
        (
            changed(student={**PLAIN["student"], "sex": "f", "photo": "a.jpg"}),
            "Student: fields differ: ['photo', 'sex']",
        ),
    ],
)
def test_a_wrong_line_is_told_with_its_number_and_field(path, line, said):
    with pytest.raises(ValueError, match="line 2") as refusal:
        read(written(path, line))
    assert str(refusal.value).startswith(f"rows.jsonl, line 2: {said}")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("id", "3", "'3' is no int"),
        ("id", None, "None is no int"),
        ("id", 3.0, "3.0 is no int"),
        ("id", True, "True is no int"),
        ("major", None, "None is no str"),
        ("major", ["护理"], "['护理'] is no str"),
        ("skills", "Python", "'Python' is no tuple[str, ...]"),
        ("skills", [1], "1 is no str"),
        ("skills", {"a": 1}, "{'a': 1} is no tuple[str, ...]"),
        ("skill_levels", [["Python"]], "['Python'] is no tuple[str, int]"),
        ("skill_levels", [["Python", "2"]], "'2' is no int"),
        ("salary_floor", "6000", "'6000' is no int"),
        ("salary_floor", 6000.5, "6000.5 is no int"),
        ("follows", [None], "None is no int"),
    ],
)
def test_a_value_of_another_kind_is_told_with_its_line_and_column(path, field, value, said):
    """Read as it is, it would fail far away, in a feature, or silently never be equal to anything."""
    with pytest.raises(ValueError, match="line 2") as refusal:
        read(written(path, changed(student={**PLAIN["student"], field: value})))
    assert str(refusal.value) == f"rows.jsonl, line 2: Student.{field}: {said}"


def test_a_position_is_read_as_strictly(path):
    write_interactions(path, [FULL])
    body = lines_of(path)[0]
    body["shown"][1]["response_rate"] = "often"

    with pytest.raises(ValueError, match=r"line 2: Position\.response_rate: 'often' is no float"):
        read(written(path, body))
    body["shown"][1]["response_rate"] = 1
    assert read(written(path, body))[1].shown[1].response_rate == 1.0


def test_a_line_that_is_no_utf_8_is_told_with_its_number(path):
    write_interactions(path, [FULL])
    path.write_bytes(path.read_bytes() + "护理".encode("gb18030") + b"\n")

    with pytest.raises(ValueError, match=r"rows\.jsonl, line 2: .*codec can't decode"):
        read(path)


def test_brackets_without_end_are_told_with_their_number(path):
    with pytest.raises(ValueError, match=r"rows\.jsonl, line 2: maximum recursion"):
        read(written(path, "[" * 200_000))


def test_lines_before_a_wrong_one_are_given_first(path):
    rows = read_interactions(written(path, "{}"))

    assert next(rows) == FULL
    with pytest.raises(ValueError, match="line 2"):
        next(rows)


def test_a_mark_at_the_head_of_the_file_does_not_matter(path):
    write_interactions(path, [FULL])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())

    assert read(path) == [FULL]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (changed(deeds=[[1, "dance"]]), "line 2: deeds: dance is none of view"),
        (changed(student=None), "line 2: Student: an object is needed"),
        ("[" * 200_000, "line 2: maximum recursion"),
        (changed(at="2026-03-01T08:00:00"), "line 2: at: 2026-03-01T08:00:00 names no time zone"),
    ],
)
def test_training_on_a_wrong_line_ends_with_two_and_writes_nothing(path, capsys, line, said):
    out = path.parent / "models"

    assert main(["train", "--path", str(written(path, line)), "--out", str(out)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"error: rows.jsonl, {said}")
    assert "Traceback" not in printed.err
    assert not out.exists()


def test_an_empty_file_teaches_nothing_and_is_refused_by_the_gate(path, capsys):
    path.write_text("")

    assert main(["train", "--path", str(path), "--out", str(path.parent / "models")]) == 1
    card = json.loads(capsys.readouterr().out)
    assert (card["accepted"], card["reason"]) == (False, "0 held-out people, at least 20 needed")
    assert (card["people"], card["showings"], card["data_until"]) == (0, 0, None)


def test_the_moment_of_a_naive_clock_is_not_guessed(path):
    """Where it was read would decide when it was: two machines would learn from other data."""
    naive = replace(FULL, at=START.replace(tzinfo=None))
    write_interactions(path, [naive])

    with pytest.raises(ValueError, match="names no time zone"):
        read(path)
