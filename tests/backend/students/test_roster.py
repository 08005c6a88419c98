"""Importing a roster: looked at first, written once, repeated without harm."""

import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.common.spreadsheets import read_table, write_table
from backend.schools.models import Department, Major, SchoolClass
from backend.students.domain import confirm_roster, drop_roster, upload_roster
from backend.students.models import RosterImport, Student
from backend.students.roster import TEMPLATE_HEADERS, TEMPLATE_ROW

HEAD = "学号,姓名,院系,专业,班级,学历,毕业年份,邮箱,手机"


def upload(actor, *lines: str, create: bool = False, head: str = HEAD) -> RosterImport:
    data = "\n".join([head, *lines]).encode()
    return upload_roster(actor=actor, file=io.BytesIO(data), file_name="名单.csv", create_structure=create)


def stored(school) -> list[tuple]:
    columns = (
        "number",
        "name",
        "major__name",
        "school_class__name",
        "education",
        "graduation_year",
        "email",
        "phone",
        "status",
    )
    return list(Student.objects.filter(school=school).order_by("number").values_list(*columns))


def test_nothing_is_written_before_it_is_confirmed(world):
    before = stored(world.school)
    kept = upload(world.staff, "9001,王一,,软件技术,,大专,2026,,", "9002,王二,,没有的专业,,大专,2026,,")
    assert kept.counts == {"new": 1, "changed": 0, "same": 0, "bad": 1}
    assert stored(world.school) == before


def test_a_confirmed_roster_adds_and_corrects(world):
    kept = upload(
        world.staff,
        "9001,王一,,软件技术,,本科,2027届,Wang@Students.invalid,13900000001",
        "20230001,李小明,,软件技术,,大专,2026,,",
    )
    done = confirm_roster(actor=world.staff, import_id=kept.pk)
    assert done.counts == {"new": 1, "changed": 1, "same": 0, "bad": 0}
    assert stored(world.school) == [
        (
            "20230001",
            "李小明",
            "软件技术",
            None,
            "associate",
            2026,
            "li@students.invalid",
            world.student.phone,
            "confirmed",
        ),
        (
            "9001",
            "王一",
            "软件技术",
            None,
            "bachelor",
            2027,
            "wang@students.invalid",
            "13900000001",
            "roster",
        ),
    ]
    assert (done.status, done.rows, done.problems) == ("applied", [], [])


def test_the_same_file_again_changes_nothing(world):
    lines = ["9001,王一,,软件技术,,本科,2027,,", "9002,王二,,软件技术,,本科,2027,,"]
    confirm_roster(actor=world.staff, import_id=upload(world.staff, *lines).pk)
    before = list(Student.objects.order_by("pk").values())
    again = upload(world.staff, *lines)
    assert again.counts == {"new": 0, "changed": 0, "same": 2, "bad": 0}
    confirm_roster(actor=world.staff, import_id=again.pk)
    assert list(Student.objects.order_by("pk").values()) == before


def test_two_uploads_confirmed_after_each_other_make_no_duplicates(world):
    first, second = (upload(world.staff, "9001,王一,,软件技术,,本科,2027,,") for _ in range(2))
    confirm_roster(actor=world.staff, import_id=first.pk)
    done = confirm_roster(actor=world.staff, import_id=second.pk)
    assert done.counts == {"new": 0, "changed": 0, "same": 1, "bad": 0}
    assert Student.objects.filter(number="9001").count() == 1


def test_a_roster_is_confirmed_once(world):
    kept = upload(world.staff, "9001,王一,,软件技术,,本科,2027,,")
    confirm_roster(actor=world.staff, import_id=kept.pk)
    with pytest.raises((Conflict, Invalid)):
        confirm_roster(actor=world.staff, import_id=kept.pk)
    with pytest.raises(Conflict):
        drop_roster(actor=world.staff, import_id=kept.pk)


def test_a_discarded_roster_forgets_its_rows(world):
    kept = upload(world.staff, "9001,王一,,软件技术,,本科,2027,,")
    drop_roster(actor=world.staff, import_id=kept.pk)
    kept.refresh_from_db()
    assert (kept.status, kept.rows, kept.problems) == ("dropped", [], [])
    with pytest.raises((Conflict, Invalid)):
        confirm_roster(actor=world.staff, import_id=kept.pk)
    assert not Student.objects.filter(number="9001").exists()


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (",王一,,软件技术,,大专,2026,,", "学号"),
        ("90 01!,王一,,软件技术,,大专,2026,,", "学号"),
        ("9001,,,软件技术,,大专,2026,,", "姓名"),
        (f"9001,{'王' * 61},,软件技术,,大专,2026,,", "姓名"),
        ("9001,王一,,,,大专,2026,,", "专业"),
        ("9001,王一,,幻想专业,,大专,2026,,", "专业"),
        ("9001,王一,幻想系,软件技术,,大专,2026,,", "院系"),
        ("9001,王一,,软件技术,幻想班,大专,2026,,", "班级"),
        ("9001,王一,,软件技术,,幼儿园,2026,,", "学历"),
        ("9001,王一,,软件技术,,大专,26,,", "毕业年份"),
        ("9001,王一,,软件技术,,大专,,,", "毕业年份"),
        ("9001,王一,,软件技术,,大专,2026,nobody,", "邮箱"),
        ("9001,王一,,软件技术,,大专,2026,,call me", "手机"),
    ],
)
def test_a_problem_names_row_column_value_and_remedy(world, line, column):
    kept = upload(world.staff, "9000,好一,,软件技术,,大专,2026,,", line)
    assert [(item["row"], item["column"]) for item in kept.problems] == [(3, column)]
    assert kept.problems[0]["remedy"]
    assert kept.counts == {"new": 1, "changed": 0, "same": 0, "bad": 1}


def test_every_problem_of_a_row_is_named(world):
    kept = upload(world.staff, ",,,,,,,x,y")
    assert [item["column"] for item in kept.problems] == [
        "学号",
        "姓名",
        "专业",
        "学历",
        "毕业年份",
        "邮箱",
        "手机",
    ]
    assert kept.counts["bad"] == 1


def test_a_number_twice_in_one_file_names_the_first_row(world):
    kept = upload(world.staff, "a1,王一,,软件技术,,大专,2026,,", "A1,王二,,软件技术,,大专,2026,,")
    assert [(item["row"], item["column"]) for item in kept.problems] == [(3, "学号")]
    assert "2" in kept.problems[0]["remedy"]


@pytest.mark.parametrize(
    ("head", "code"), [("学号,姓名", "roster_columns"), ("a,b,c", "roster_columns"), ("", "roster_columns")]
)
def test_missing_columns_are_named(world, head, code):
    with pytest.raises(Invalid, match=code):
        upload(world.staff, "1,2,3", head=head)
    assert RosterImport.objects.count() == 0


def test_english_headings_and_levels_do_too(world):
    kept = upload(
        world.staff,
        "e1,Ann,软件技术,Bachelor,2026",
        head="Student Number,Name*,Major,Education,Graduation year",
    )
    assert (kept.counts["new"], kept.problems) == (1, [])


def test_missing_structure_is_made_when_asked(world):
    kept = upload(
        world.staff,
        "9001,王一,新系,新专业,新班,大专,2026,,",
        "9002,王二,新系,新专业,新班,大专,2026,,",
        create=True,
    )
    assert kept.problems == []
    assert not Department.objects.filter(name="新系").exists()
    confirm_roster(actor=world.staff, import_id=kept.pk)
    assert Major.objects.get(name="新专业").department.name == "新系"
    assert SchoolClass.objects.get(name="新班").students.count() == 2
    assert Department.objects.get(name="新系").school_id == world.school.pk


def test_a_new_major_needs_its_department(world):
    kept = upload(world.staff, "9001,王一,,新专业,,大专,2026,,", create=True)
    assert [item["column"] for item in kept.problems] == ["院系"]


def test_staff_of_a_department_import_their_own_only(world):
    home = world.department.name
    kept = upload(
        world.dean,
        f"9001,王一,{home},软件技术,,大专,2026,,",
        f"9002,王二,{home},新专业,,大专,2026,,",
        create=True,
    )
    assert kept.create_structure is False
    assert [(item["row"], item["column"]) for item in kept.problems] == [(3, "专业")]


def test_contact_data_of_people_with_an_account_stays(world):
    kept = upload(world.staff, "20230001,李晓明,,软件技术,,大专,2026,new@students.invalid,13000000000")
    assert kept.counts == {"new": 0, "changed": 0, "same": 1, "bad": 0}


def test_a_number_of_another_school_is_another_student(world):
    number = world.stranger.number
    confirm_roster(
        actor=world.staff, import_id=upload(world.staff, f"{number},王一,,软件技术,,大专,2026,,").pk
    )
    world.stranger.refresh_from_db()
    assert world.stranger.name != "王一"
    assert Student.objects.filter(number=number).count() == 2


def test_a_major_of_another_school_is_unknown(world):
    kept = upload(world.staff, f"9001,王一,,{world.stranger.major.name},,大专,2026,,")
    assert [item["column"] for item in kept.problems] == ["专业"]


def test_others_cannot_import(world):
    for actor in (world.student_actor, world.recruiter):
        with pytest.raises(NotAllowed):
            upload(actor, "9001,王一,,软件技术,,大专,2026,,")
    kept = upload(world.staff, "9001,王一,,软件技术,,大专,2026,,")
    for actor in (world.other_staff, world.student_actor, world.recruiter):
        with pytest.raises(NotFound):
            confirm_roster(actor=actor, import_id=kept.pk)
    assert not Student.objects.filter(number="9001").exists()


def test_a_file_without_good_rows_cannot_be_confirmed(world):
    kept = upload(world.staff, ",,,,,,,,")
    assert kept.counts["bad"] == 0
    with pytest.raises(Invalid, match="nothing_to_import"):
        confirm_roster(actor=world.staff, import_id=kept.pk)
    kept.refresh_from_db()
    assert kept.status == "preview"


def test_the_template_is_a_good_roster(world):
    data = write_table(TEMPLATE_HEADERS, [TEMPLATE_ROW])
    kept = upload_roster(actor=world.staff, file=io.BytesIO(data), file_name="t.xlsx", create_structure=True)
    assert [item["column"] for item in kept.problems] == ["院系"]
    assert "软件技术" in kept.problems[0]["remedy"]
    assert tuple(read_table(io.BytesIO(data))[0]) == TEMPLATE_HEADERS


CELLS = st.text(alphabet="王李a1-_/ ·，@.", max_size=8)
ROWS = st.lists(
    st.tuples(
        CELLS,
        CELLS,
        st.sampled_from(["软件技术", "无"]),
        st.sampled_from(["大专", "本科", "x"]),
        st.sampled_from(["2026", "2027届", "?"]),
    ),
    max_size=6,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_any_file_is_accounted_for_and_idempotent(world, rows):
    head = ("学号", "姓名", "专业", "学历", "毕业年份")

    def once() -> RosterImport:
        kept = upload_roster(actor=world.staff, file=io.BytesIO(write_table(head, rows)), file_name="x.xlsx")
        assert sum(kept.counts.values()) == len(rows)
        return confirm_roster(actor=world.staff, import_id=kept.pk) if kept.rows else kept

    once()
    before = stored(world.school)
    second = once()
    assert (second.counts["new"], second.counts["changed"]) == (0, 0)
    assert stored(world.school) == before
