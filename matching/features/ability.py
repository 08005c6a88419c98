"""What is asked for and what is there. Values lie in [0, 1], higher never fits worse."""

from __future__ import annotations

from typing import Any

import numpy as np

from matching.features.arrays import Columns, Floats, Grid, Pairs, education_level, terms
from matching.features.columns import Codes, product
from matching.features.registry import feature
from matching.features.skills import levels, skills
from matching.types import Position, Student


def _held(student: Student) -> frozenset[str]:
    return skills((*student.skills, *(word for word, _ in student.skill_levels)))


def _asked(position: Position) -> frozenset[str]:
    return skills(position.skills)


def _count(position: Position) -> int | None:
    """How many skills a position asks for, None for none."""
    return len(_asked(position)) or None


def _common(pairs: Pairs) -> tuple[Floats, Floats, Codes | None]:
    return pairs.counted("skills", _held, "skills", _asked, _count)


@feature(
    3.0,
    ("要求技能", "Skills asked"),
    ("掌握了多数要求的技能", "Most of the skills asked are there"),
    ("缺少多数要求的技能", "Most of the skills asked are missing"),
    side="company",
)
def skills_covered(pairs: Pairs) -> Grid:
    """Share of asked skills held, 0 to 1; missing: the position asks for none."""
    common, count, codes = _common(pairs)
    return Grid(common / count, None, codes)


@feature(
    0.5,
    ("共同技能", "Shared skills"),
    ("有多项共同技能", "Several skills are shared"),
    ("共同技能较少", "Few skills are shared"),
    side="company",
)
def skills_shared(pairs: Pairs) -> Grid:
    """Number of shared skills over five, at most 1; missing: the position asks for none."""
    common, count, codes = _common(pairs)
    # A count of nothing is NaN, and so is what is added to it.
    return Grid(np.minimum(common / 5, 1.0) + 0.0 * count, None, codes)


@feature(
    1.0,
    ("技能水平", "Level of skill"),
    ("技能水平达到要求", "The level of skill asked for is reached"),
    ("技能水平未达到要求", "The level of skill asked for is not reached"),
    side="company",
)
def skills_level(pairs: Pairs) -> Grid:
    """Mean over asked skills of level held over level asked, each at most 1; missing: no levels asked for.

    A level of 3 counts a third for each of the steps 1, 2 and 3, so the mean is a product over skills and steps.
    """
    held = pairs.students.sets("levels", _reached)
    asked = pairs.positions.sets("levels", _steps)
    return Grid(
        np.minimum(product(held, asked), 1.0) + pairs.positions.numbers("levels", _no_level),
    )


def _reached(student: Student) -> list[str]:
    held = levels(student.skill_levels, student.skills)
    return [f"{skill} {step}" for skill, level in sorted(held.items()) for step in range(1, level + 1)]


def _steps(position: Position) -> dict[str, float]:
    asked = levels(position.skill_levels)
    return {
        f"{skill} {step}": 1 / (level * len(asked))
        for skill, level in sorted(asked.items())
        for step in range(1, level + 1)
    }


def _no_level(position: Position) -> float | None:
    return 0.0 if levels(position.skill_levels) else None


@feature(
    0.8,
    ("加分技能", "Skills wished"),
    ("具备公司希望的加分技能", "Skills that are nice to have are there"),
    ("没有公司希望的加分技能", "Skills that are nice to have are missing"),
    side="company",
)
def skills_wanted(pairs: Pairs) -> Grid:
    """Share of nice-to-have skills held, 0 to 1; missing: none named."""
    common, count, codes = pairs.counted(
        "skills", _held, "wanted skills", _wished, lambda p: len(_wished(p)) or None
    )
    return Grid(common / count, None, codes)


def _wished(position: Position) -> frozenset[str]:
    return skills(position.wanted_skills)


@feature(
    1.0,
    ("所学技能", "Skills taught"),
    ("要求的技能多数会或学过", "Most of the skills asked are held or taught by the major"),
    ("要求的技能多数没学过", "Most of the skills asked are not taught by the major"),
    side="company",
)
def skills_taught(pairs: Pairs) -> Grid:
    """Share of asked skills held or taught by the major, 0 to 1; missing: none asked, or not known what is taught."""
    common, count, codes = pairs.counted("taught", _learnt, "skills", _asked, _count)
    values = common / count
    values[~pairs.students.flags("taught", lambda s: skills(s.taught_skills)), :] = np.nan
    return Grid(values, None, codes)


def _learnt(student: Student) -> frozenset[str]:
    return _held(student) | skills(student.taught_skills)


@feature(
    2.5,
    ("专业", "Major"),
    ("专业符合要求", "The major is asked for"),
    ("专业不在要求之列", "The major is not among those asked for"),
    side="company",
)
def major(pairs: Pairs) -> Grid:
    """1 for a major asked for by name or code, else 0; missing: any major or no major stated."""
    return pairs.by_key("major", lambda s: terms((s.major, s.major_code)), lambda p: terms(p.majors), _any)


def _any(left: Columns[Any], right: Columns[Any]) -> Floats:
    """1 where two sets share a term; NaN where either is empty."""
    values = np.minimum(product(left.sets("terms", sorted), right.sets("terms", sorted)), 1.0)
    values[~left.flags("any", bool), :] = np.nan
    values[:, ~right.flags("any", bool)] = np.nan
    return values


@feature(
    1.0,
    ("专业类别", "Field of study"),
    ("专业类别相近", "The field of study is close"),
    ("专业类别不同", "The field of study is another"),
    side="company",
)
def major_family(pairs: Pairs) -> Grid:
    """1 where the first four characters of a major code agree, 0.5 for two; missing: no codes asked for."""
    return pairs.by_key("major_family", lambda s: s.major_code.strip(), _codes_asked, _family)


def _codes_asked(position: Position) -> frozenset[str]:
    return frozenset(word for word in terms(position.majors) if word[:2].isdigit())


def _family(own: Columns[Any], asked: Columns[Any]) -> Floats:
    values = np.zeros((len(own), len(asked)))
    for size, worth in ((2, 0.5), (4, 1.0)):
        left = own.sets(f"first {size}", lambda code, n=size: {code[:n]} - {""})  # type: ignore[misc]
        right = asked.sets(f"first {size}", lambda codes, n=size: {code[:n] for code in codes})  # type: ignore[misc]
        values[product(left, right) > 0] = worth
    values[~own.flags("any", bool), :] = np.nan
    values[:, ~asked.flags("any", bool)] = np.nan
    return values


@feature(
    2.0,
    ("学历", "Education"),
    ("学历达到要求", "The education asked for is met"),
    ("学历未达到要求", "The education asked for is not met"),
    side="company",
)
def education(pairs: Pairs) -> Grid:
    """1 when the level is met, 0.4 one level short, 0.2 less per further level; never missing ("any" is lowest)."""
    return pairs.by_key("education", lambda s: s.education, lambda p: p.education, _ladder)


def _ladder(own: Columns[Any], asked: Columns[Any]) -> Floats:
    short = asked.numbers("level", education_level)[None, :] - own.numbers("level", education_level)[:, None]
    return np.where(short > 0, np.maximum(0.4 - 0.2 * (short - 1), 0.0), 1.0)


@feature(
    0.8,
    ("证书", "Certificates"),
    ("持有职位看重的证书", "A certificate the position names is held"),
    ("没有职位点名的证书", "No certificate the position names is held"),
    side="company",
)
def certificates(pairs: Pairs) -> Grid:
    """Share of named certificates held; none named: 1 if one is among the skills asked, else 0; missing: neither."""
    held = pairs.students.sets("certificates", lambda s: terms(s.certificates))
    share = product(held, pairs.positions.sets("certificates", _certificates))
    return Grid(np.minimum(share, 1.0) + pairs.positions.numbers("certificates", _nothing_asked))


def _certificates(position: Position) -> dict[str, float]:
    named = terms(position.certificates)
    return (
        dict.fromkeys(sorted(named), 1 / len(named))
        if named
        else dict.fromkeys(sorted(terms(position.skills)), 1.0)
    )


def _nothing_asked(position: Position) -> float | None:
    return 0.0 if _certificates(position) else None


@feature(
    1.2,
    ("经验", "Experience"),
    ("经验满足要求", "The experience asked for is there"),
    ("经验不足", "Experience falls short"),
    side="company",
)
def experience(pairs: Pairs) -> Grid:
    """Months held over months asked, at most 1; nothing asked is 1; never missing."""
    return pairs.by_key("experience", lambda s: s.experience_months, lambda p: p.experience_months, _months)


def _months(own: Columns[Any], asked: Columns[Any]) -> Floats:
    need = asked.numbers("months", float)[None, :]
    return np.where(
        need > 0, np.minimum(own.numbers("months", float)[:, None] / np.maximum(need, 1.0), 1.0), 1.0
    )
