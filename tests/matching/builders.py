"""Students and positions with telling defaults."""

from dataclasses import replace
from datetime import date
from typing import Any

from matching.types import Position, Student

STUDENT = Student(
    1, "软件技术", "510203", "associate", ("Python", "SQL"), ("英语四级",), 6, ("2-02-10-03",), ("420100",),
    ("full_time",), 6000, "软件技术专业，会写 Python 程序", date(2026, 7, 1),
)  # fmt: skip
POSITION = Position(
    7, "Python 程序员", "2-02-10-03", ("软件技术",), ("Python", "Linux"), "bachelor", 12, "420100",
    "full_time", 5000, 8000, "编写 Python 程序", 4, 4, date(2026, 5, 1), date(2026, 7, 1),
)  # fmt: skip


def student(**changes: Any) -> Student:
    return replace(STUDENT, **changes)


def position(**changes: Any) -> Position:
    return replace(POSITION, **changes)
