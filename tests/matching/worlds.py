"""Students and positions over everything the types can say, with every gap, for properties that must hold for all."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from hypothesis import Phase, settings
from hypothesis import strategies as st

from matching.types import EDUCATION_LEVELS, KINDS, Position, Student

# Rows are wide: what is found is shrunk, but not explained line by line.
WIDE = settings(max_examples=20, deadline=None, phases=(Phase.explicit, Phase.generate, Phase.shrink))
FIRST = date(2026, 1, 1)


@dataclass(frozen=True)
class Several:
    """A field that holds up to `most` of these."""

    values: tuple[Any, ...]
    most: int = 3


SKILLS = ("Python", "python3", "SQL", "焊接", "电焊", "会计", "Excel", " ", "护理", "C++", "cpp")
TEXTS = (
    "", " ", "性别：女", "会 Python 程序", "焊接工，夜班", "会计核算与报税", "编写 Python 程序", "仓库 管理员", "ab", "a",
)  # fmt: skip
TITLES = ("", "Python 程序员", "焊接工", "焊工", "会计", "仓库管理员", "（女）", "程序员（Python）")
OCCUPATIONS = ("2-02-10-03", "2-02-10-09", "2-02-31-01", "2-06-03-01", "4-01-02-03", "6-18", "2-02-10")
PLACES = (
    "420100", "420106", "420111", "420500", "421300", "110000", "110101", "110105", "500000", "500101", "500229",
)  # fmt: skip
DAYS = (None, *(FIRST + timedelta(days=n) for n in range(0, 300, 23)))
MONEY = (None, 0, 1, 2999, 3000, 5000, 6000, 8000, 40000)
LEVELS = Several(tuple((skill, level) for skill in SKILLS for level in range(5)))
CERTIFICATES = Several(("电工证", "CAD", "cad ", "", "python"))
STUDENT_FIELDS: dict[str, tuple[Any, ...] | Several] = {
    "major": ("", "软件技术", "会计", "Python"),
    "major_code": ("", "510203", "530302", "51", " 510299"),
    "education": (*EDUCATION_LEVELS, "unheard of"),
    "skills": Several(SKILLS, 5),
    "certificates": CERTIFICATES,
    "experience_months": (0, 1, 6, 12, 60),
    "wanted_occupations": Several(("", *OCCUPATIONS)),
    "wanted_cities": Several(("", *PLACES)),
    "wanted_kinds": Several(KINDS),
    "salary_floor": MONEY,
    "text": TEXTS,
    "available_from": DAYS,
    "salary_hope": MONEY,
    "skill_levels": LEVELS,
    "taught_skills": Several(SKILLS),
    "major_occupations": Several(OCCUPATIONS),
    "past_occupations": Several(OCCUPATIONS),
    "headlines": Several(TITLES),
    "based_in": ("", *PLACES),
    "noticed_by": Several((1, 2, 3)),
    "follows": Several((1, 2, 3)),
}
POSITION_FIELDS: dict[str, tuple[Any, ...] | Several] = {
    "title": TITLES,
    "occupation_code": ("", *OCCUPATIONS),
    "majors": Several(("软件技术", "510203", "5102", "530302", "会计", "51", " 软件技术 ")),
    "skills": Several(SKILLS, 5),
    "education": (*EDUCATION_LEVELS, ""),
    "experience_months": (0, 1, 6, 12, 24),
    "city_code": ("", *PLACES),
    "kind": ("", *KINDS),
    "salary_min": MONEY,
    "salary_max": MONEY,
    "text": TEXTS,
    "openings": (-1, 0, 1, 2, 9),
    "applicants": (-1, 0, 1, 7, 99),
    "published_on": DAYS,
    "starts_on": DAYS,
    "wanted_skills": Several(SKILLS),
    "skill_levels": LEVELS,
    "certificates": CERTIFICATES,
    "district": ("", *PLACES),
    "company_id": (0, 1, 2, 3),
    "response_rate": (None, 0.0, 0.25, 0.5, 1.0),
    "closes_on": DAYS,
}


def _strategy(kind, fields):
    held = {
        name: st.lists(st.sampled_from(of.values), max_size=of.most).map(tuple)
        if isinstance(of, Several)
        else st.sampled_from(of)
        for name, of in fields.items()
    }
    return st.builds(kind, id=st.integers(1, 99), **held)


STUDENTS = _strategy(Student, STUDENT_FIELDS)
POSITIONS = _strategy(Position, POSITION_FIELDS)


def _drawn(kind, fields, number, random):
    row = {"id": number}
    for name, of in fields.items():
        values = of.values if isinstance(of, Several) else of
        count = int(random.integers(of.most + 1)) if isinstance(of, Several) else 1
        picked = tuple(values[i] for i in random.integers(len(values), size=count))
        row[name] = picked if isinstance(of, Several) else picked[0]
    return kind(**row)


def world(students, positions, *, seed):
    """That many of both, numbered from 1; the same for the same seed, and much quicker than one by one."""
    random = np.random.default_rng(seed)
    return (
        [_drawn(Student, STUDENT_FIELDS, number, random) for number in range(1, students + 1)],
        [_drawn(Position, POSITION_FIELDS, number, random) for number in range(1, positions + 1)],
    )
