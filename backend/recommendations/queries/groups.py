"""Groups of students by which a ranker is judged: those the product holds, and those a school brings along for once."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from backend.common.errors import Invalid
from backend.common.spreadsheets import Line, read_table
from backend.schools.models import School
from backend.students.models import Student

Groups = dict[str, dict[int, str]]
"""Attribute → student → group."""
HELD = ("education", "graduation_year", "department")
NUMBER, SCHOOL = ("student_number", "学号"), ("school", "学校")
MOST_ATTRIBUTES = 10
LONGEST = 40


@dataclass(frozen=True)
class Brought:
    """What a file tells: the groups, and how many of its rows name nobody here."""

    groups: Groups
    rows: int
    strangers: int


def held_groups(ids: Iterable[int] | None = None, *, keyed: bool = False) -> Groups:
    """Groups the school knows. Sex, age, origin and the like are stored nowhere and so cannot be asked about.

    keyed: departments by key instead of by name, where students of several schools stand together: two schools may
    have departments of one name, and what is found out about one is for its school alone.
    """
    rows = Student.objects.all() if ids is None else Student.objects.filter(pk__in=ids)
    found: Groups = {name: {} for name in HELD}
    told = "major__department" if keyed else "major__department__name"
    columns = rows.order_by("pk").values_list("pk", "education", "graduation_year", told)
    for pk, education, year, department in columns:
        found["education"][pk] = education
        found["graduation_year"][pk] = str(year)
        found["department"][pk] = str(department)
    return found


def brought_groups(path: Path) -> Brought:
    """Groups from a table (xlsx or csv): a student's number per row, and one column per attribute.

    Nothing of it is stored. A blank cell says nothing. Where several schools are here, a column `school` holds the
    school's code. Invalid names the column, or the row, that cannot be read.
    """
    codes = dict(School.objects.values_list("code", "pk"))
    people = {(row[0], row[1]): row[2] for row in Student.objects.values_list("school", "number", "pk")}
    with path.open("rb") as file:
        headers, lines = read_table(file)
        number, school, attributes = _columns(headers)
        if school is None and len(codes) > 1:
            problem = _("Several schools are here: a column “school” with their codes is needed.")
            raise Invalid(fields={"file": [problem]})
        only = next(iter(codes.values()), None)
        found: Groups = {name: {} for name in attributes.values()}
        seen: set[int] = set()
        rows = strangers = 0
        for line in lines:
            rows += 1
            where = only if school is None else codes.get(line[school].strip())
            person = people.get((where, line[number].strip()))
            if person is None:
                strangers += 1
                continue
            if person in seen:
                raise _wrong(line, _("this student stood above already"))
            seen.add(person)
            _take(found, person, line, attributes)
    return Brought(found, rows, strangers)


def _take(found: Groups, person: int, line: Line, attributes: dict[int, str]) -> None:
    for column, name in attributes.items():
        group = line[column].strip()
        if len(group) > LONGEST:
            raise _wrong(line, _("a group has at most %(most)s letters") % {"most": LONGEST})
        if group:
            found[name][person] = group


def _columns(headers: list[str]) -> tuple[int, int | None, dict[int, str]]:
    """Where the number and the school's code stand, and the attributes by column."""
    names = [header.strip() for header in headers]
    number = next((place for place, name in enumerate(names) if name.lower() in NUMBER), None)
    if number is None:
        raise Invalid(fields={"file": [_("A column “student_number” is needed.")]})
    school = next((place for place, name in enumerate(names) if name.lower() in SCHOOL), None)
    attributes = {place: name for place, name in enumerate(names) if place not in {number, school} and name}
    if not 1 <= len(attributes) <= MOST_ATTRIBUTES or len(set(attributes.values())) < len(attributes):
        problem = _("Between one and %(most)s attributes are needed, each with a name of its own.")
        raise Invalid(fields={"file": [problem % {"most": MOST_ATTRIBUTES}]})
    for name in attributes.values():
        if name in HELD or len(name) > LONGEST or any(mark in name for mark in ":×"):
            raise Invalid(
                fields={"file": [_("“%(name)s” cannot be the name of an attribute.") % {"name": name}]}
            )
    return number, school, attributes


def _wrong(line: Line, problem: str) -> Invalid:
    return Invalid(
        fields={"file": [_("Row %(row)s: %(problem)s.") % {"row": line.number, "problem": problem}]}
    )
