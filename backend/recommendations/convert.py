"""Rows to the plain values that matching knows; this is where protected attributes stay behind."""

from datetime import date

import matching.types as plain
from backend.common import clock
from backend.positions.models import Position
from backend.students.models import Student


def as_student(student: Student) -> plain.Student:
    """A student with `school`, `major` and `experiences` loaded."""
    experiences = list(student.experiences.all())
    return plain.Student(
        id=student.pk,
        major=student.major.name,
        major_code=student.major.code,
        education=student.education,
        skills=tuple(student.skills),
        certificates=tuple(student.certificates),
        experience_months=sum(_months(item.started_on, item.ended_on) for item in experiences),
        wanted_occupations=tuple(student.wanted_occupations),
        wanted_cities=tuple(student.wanted_cities),
        wanted_kinds=tuple(student.wanted_kinds),
        salary_floor=student.salary_floor,
        text=" ".join([student.about, *(f"{item.title} {item.description}" for item in experiences)]).strip(),
        available_from=student.available_from,
        taught_skills=tuple(student.major.skills),
        major_occupations=tuple(student.major.occupation_codes),
        headlines=tuple(item.title for item in experiences),
        salary_hope=student.salary_hope,
        skill_levels=_levels(student.skill_levels),
        past_occupations=tuple(
            dict.fromkeys(item.occupation_id for item in experiences if item.occupation_id)
        ),
        based_in=student.based_in or student.school.district_code or student.school.city_code,
    )


def as_position(
    position: Position, applicants: int = 0, response_rate: float | None = None
) -> plain.Position:
    """A position; `applicants`: live applications it has, `response_rate`: share its company answers in time."""
    return plain.Position(
        id=position.pk,
        title=position.title,
        occupation_code=position.occupation_id,
        majors=tuple(position.majors),
        skills=tuple(position.skills),
        education=position.education,
        experience_months=position.experience_months,
        city_code=position.city_code,
        kind=position.kind,
        salary_min=position.salary_min,
        salary_max=position.salary_max,
        text=f"{position.duties} {position.conditions}",
        openings=position.openings,
        applicants=applicants,
        published_on=position.published_at.date() if position.published_at else None,
        starts_on=position.starts_on,
        wanted_skills=tuple(position.wanted_skills),
        skill_levels=_levels(position.skill_levels),
        certificates=tuple(position.certificates),
        district=position.district_code,
        company_id=position.company_id,
        response_rate=response_rate,
        closes_on=position.deadline,
    )


def _levels(stated: dict[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(stated.items()))


def _months(start: date, end: date | None) -> int:
    until = end or clock.today()
    return max(0, (until.year - start.year) * 12 + until.month - start.month + (until.day >= start.day))
