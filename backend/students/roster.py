"""What a roster file would do: every row checked against the school, nothing written."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from backend.common.spreadsheets import Line, read_table, refused
from backend.common.telephones import telephone_error
from backend.schools.models import Department, Major, School, SchoolClass
from backend.students.enums import StudentStatus
from backend.students.models import Student

MOST_ROWS = 20_000
COLUMNS: dict[str, tuple[str, ...]] = {
    "number": ("学号", "学生编号", "number", "student number", "student id"),
    "name": ("姓名", "学生姓名", "name"),
    "department": ("院系", "学院", "系部", "二级学院", "department"),
    "major": ("专业", "专业名称", "major"),
    "class_name": ("班级", "班级名称", "class"),
    "education": ("学历", "学历层次", "培养层次", "education"),
    "graduation_year": ("毕业年份", "毕业年", "届别", "毕业年度", "year of graduation", "graduation year"),
    "email": ("邮箱", "电子邮箱", "e-mail", "email"),
    "phone": ("手机", "手机号", "电话", "联系电话", "telephone", "phone"),
}
REQUIRED = ("number", "name", "major", "education", "graduation_year")
EDUCATIONS = {
    "secondary": ("中专", "中职", "职高", "技校", "中等职业", "secondary vocational", "secondary"),
    "associate": ("大专", "专科", "高职", "高职高专", "associate degree", "associate"),
    "bachelor": ("本科", "学士", "bachelor"),
    "master": ("硕士", "硕士研究生", "研究生", "master"),
    "doctor": ("博士", "博士研究生", "doctor"),
}
EDUCATION_BY_WORD = {word: level for level, words in EDUCATIONS.items() for word in words}
NUMBER = re.compile(r"[0-9A-Z][0-9A-Z\-_/]{0,29}")
TEMPLATE_HEADERS = ("学号", "姓名", "院系", "专业", "班级", "学历", "毕业年份", "邮箱", "手机")
TEMPLATE_ROW = ("202300001", "张示例", "信息工程学院", "软件技术", "软件2301", "大专", "2026", "", "")


@dataclass(frozen=True)
class Problem:
    """What is wrong with one cell: row and column as the person sees them, and what to do."""

    row: int
    column: str
    value: str
    remedy: str


@dataclass
class Plan:
    """The good rows and what each would do, and the problems of the others."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """How many rows would be added, changed, left as they are, and how many have problems."""
        actions = Counter(row["action"] for row in self.rows)
        bad = len({problem.row for problem in self.problems})
        return {"new": actions["new"], "changed": actions["changed"], "same": actions["same"], "bad": bad}

    def problems_as_data(self) -> list[dict[str, Any]]:
        """Problems as plain values, to be stored."""
        return [asdict(problem) for problem in self.problems]


def plan_roster(
    file: BinaryIO | File, *, school: School, department_id: int | None, create_structure: bool
) -> Plan:
    """Read and check a whole file; raises Invalid where it is no table or lacks a column."""
    headers, lines = read_table(file)
    places = _places(headers)
    structure = Structure(school, department_id, create=create_structure)
    plan, seen = Plan(), {}
    for count, line in enumerate(lines, start=1):
        if count > MOST_ROWS:
            raise refused(
                "roster_too_long", _("A roster may have %(most)d rows. Split the file."), most=MOST_ROWS
            )
        row, problems = _checked(line, places, headers, structure, seen)
        plan.problems += problems
        if not problems:
            plan.rows.append(row)
    decide_actions(plan.rows, school)
    return plan


def decide_actions(rows: Iterable[dict[str, Any]], school: School) -> None:
    """Set each row's action by comparing it with the student of that number as stored now."""
    stored = {
        student.number: student
        for student in Student.objects.filter(school=school).select_related("major", "school_class")
    }
    for row in rows:
        student = stored.get(row["number"])
        row["action"] = "new" if student is None else "changed" if changes(student, row) else "same"


def changes(student: Student, row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns a row would change: facts always, contact data only while nobody has the account."""
    present: dict[str, Any] = {
        "name": student.name,
        "education": student.education,
        "graduation_year": student.graduation_year,
    }
    wanted = {name: row[name] for name in present}
    if student.status == StudentStatus.ROSTER:
        for name in ("email", "phone"):
            if row[name]:
                present[name], wanted[name] = getattr(student, name), row[name]
    different = {name: value for name, value in wanted.items() if present[name] != value}
    if student.major.name != row["major"]:
        different["major"] = row["major"]
    if row["class_name"] and (student.school_class is None or student.school_class.name != row["class_name"]):
        different["class_name"] = row["class_name"]
    return different


class Structure:
    """The school's departments, majors and classes by name, and whether missing ones may be made."""

    def __init__(self, school: School, department_id: int | None, *, create: bool) -> None:
        self.create = create
        self.departments = {row.name: row for row in Department.objects.filter(school=school)}
        self.majors = {
            row.name: row for row in Major.objects.filter(school=school).select_related("department")
        }
        self.classes = {
            (row.major.name, row.name): row
            for row in SchoolClass.objects.filter(major__school=school).select_related("major")
        }
        self.only = next((row.name for row in self.departments.values() if row.pk == department_id), None)
        self.planned: dict[str, str] = {}

    def problem(self, row: Mapping[str, str]) -> tuple[str, str] | None:
        """(column, remedy) when the row's department, major or class does not fit the school."""
        department, major, class_name = row["department"], row["major"], row["class_name"]
        known = self.majors.get(major)
        home = known.department.name if known else self.planned.get(major, department)
        if department and department != home:
            return "department", _("“%(major)s” belongs to “%(home)s”: correct one of the two.") % {
                "major": major,
                "home": home,
            }
        if known is None and not self.create:
            return "major", _("There is no such major. Correct it, or let the import create it.")
        if known is None and not department:
            return "department", _("A new major needs its department: fill in this column.")
        if self.only and home != self.only:
            return "department", _("You may import students of “%(only)s” only.") % {"only": self.only}
        if class_name and (major, class_name) not in self.classes and not self.create:
            return "class_name", _("There is no such class. Correct it, or let the import create it.")
        self.planned.setdefault(major, home)
        return None


def _places(headers: list[str]) -> dict[str, int]:
    """Where each known column stands; the same heading in any case and width."""
    found: dict[str, int] = {}
    words = {word: column for column, words in COLUMNS.items() for word in words}
    for index, header in enumerate(headers):
        word = unicodedata.normalize("NFKC", header).strip().lower().rstrip("*")
        if word in words:
            found.setdefault(words[word], index)
    missing = [COLUMNS[column][0] for column in REQUIRED if column not in found]
    if missing:
        raise refused(
            "roster_columns",
            _("These columns are missing: %(columns)s. Their names stand in the first row of the template."),
            columns="、".join(missing),
        )
    return found


def _checked(
    line: Line, places: Mapping[str, int], headers: list[str], structure: Structure, seen: dict[str, int]
) -> tuple[dict[str, Any], list[Problem]]:
    """One row as values, and everything wrong with it."""
    raw = {column: line[places[column]] if column in places else "" for column in COLUMNS}
    row: dict[str, Any] = {
        column: " ".join(unicodedata.normalize("NFKC", text).split()) for column, text in raw.items()
    }
    row["number"], row["email"] = row["number"].upper(), row["email"].lower()
    remedies = _remedies(row, seen, line.number)
    row["education"] = EDUCATION_BY_WORD.get(row["education"].lower(), "")
    row["graduation_year"] = int(_year(row["graduation_year"]) or 0)
    misfit = None if "major" in remedies else structure.problem(row)
    if misfit:
        remedies.setdefault(*misfit)
    row["row"] = line.number
    return row, [
        Problem(
            line.number,
            headers[places[column]] if column in places else COLUMNS[column][0],
            raw[column],
            remedy,
        )
        for column, remedy in remedies.items()
    ]


def _remedies(row: Mapping[str, str], seen: dict[str, int], number: int) -> dict[str, str]:
    """What to do about each wrong cell of a row, by column."""
    wrong = {column: _("Fill in this cell.") for column in REQUIRED if not row[column]}
    limits = {"name": 60, "department": 80, "major": 80, "class_name": 80}
    for column, most in limits.items():
        if len(row[column]) > most:
            wrong[column] = _("Shorten it to %(most)d characters.") % {"most": most}
    if row["number"] and not NUMBER.fullmatch(row["number"]):
        wrong["number"] = _("Only digits, letters, “-”, “_” and “/”, at most 30.")
    elif row["number"]:
        first = seen.setdefault(row["number"], number)
        if first != number:
            wrong["number"] = _("This number already stands in row %(first)d: remove one.") % {"first": first}
    if row["education"] and row["education"].lower() not in EDUCATION_BY_WORD:
        wrong["education"] = _("Write one of: 中专, 大专, 本科, 硕士, 博士.")
    if row["graduation_year"] and _year(row["graduation_year"]) is None:
        wrong["graduation_year"] = _("Write the year with four digits, such as 2026.")
    if row["email"] and not _is_email(row["email"]):
        wrong["email"] = _("This is not an e-mail address: correct it or leave it empty.")
    if row["phone"] and (error := telephone_error(row["phone"])):
        wrong["phone"] = str(error)
    return wrong


def _year(text: str) -> str | None:
    found = re.fullmatch(r"(20\d\d)(?:年|届|-\d\d?-\d\d?|年\d\d?月)?", text)
    return found.group(1) if found else None


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= 190
