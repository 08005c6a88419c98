"""The features. Every value lies in [0, 1]; NaN means that one side says nothing about it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matching.features.arrays import Floats, Pairs, days, education_level, terms
from matching.features.registry import feature


def _hide(values: Floats, rows: Sequence[bool] = (), columns: Sequence[bool] = ()) -> Floats:
    if len(rows):
        values[list(rows), :] = np.nan
    if len(columns):
        values[:, list(columns)] = np.nan
    return values


def _prefix(code: str, depth: int) -> str:
    parts = code.split("-")
    return "-".join(parts[:depth]) if len(parts) >= depth else ""


@feature(
    4.0,
    ("职业意向", "Occupation"),
    ("职业与求职意向相近", "The occupation is close to what is wanted"),
    ("职业与求职意向相差较远", "The occupation is far from what is wanted"),
)
def occupation(pairs: Pairs) -> Floats:
    """Levels of the occupation tree in common, 0 to 1; missing: no wish stated or no code."""
    best = pairs.fill(np.zeros((1, 1)))
    for depth in range(1, 5):
        wanted = [{_prefix(c, depth) for c in s.wanted_occupations} - {""} for s in pairs.students]
        offered = [{_prefix(p.occupation_code, depth)} - {""} for p in pairs.positions]
        best = np.where(pairs.overlap(wanted, offered) > 0, depth / 4, best)
    exact = pairs.overlap(
        [s.wanted_occupations for s in pairs.students], [(p.occupation_code,) for p in pairs.positions]
    )
    best = np.where(exact > 0, 1.0, best)
    return _hide(
        best,
        [not s.wanted_occupations for s in pairs.students],
        [not p.occupation_code for p in pairs.positions],
    )


@feature(
    1.0,
    ("职位名称", "Title"),
    ("简历内容与职位名称相符", "The resume speaks of the title"),
    ("简历很少提到该职位名称", "The resume hardly speaks of the title"),
)
def title_similarity(pairs: Pairs) -> Floats:
    """Bigram cosine of resume and title, 0 to 1; missing: either is blank."""
    return pairs.similarity([s.text for s in pairs.students], [p.title for p in pairs.positions])


@feature(
    1.0,
    ("职位描述", "Description"),
    ("简历与职位描述相似", "Resume and description are alike"),
    ("简历与职位描述相似度低", "Resume and description differ"),
)
def text_similarity(pairs: Pairs) -> Floats:
    """Bigram cosine of resume and description, 0 to 1; missing: either is blank."""
    return pairs.similarity([s.text for s in pairs.students], [p.text for p in pairs.positions])


def _common_skills(pairs: Pairs) -> Floats:
    return pairs.overlap(
        [terms(s.skills) for s in pairs.students], [terms(p.skills) for p in pairs.positions]
    )


@feature(
    3.0,
    ("要求技能", "Skills asked"),
    ("掌握了多数要求的技能", "Most of the skills asked are there"),
    ("缺少多数要求的技能", "Most of the skills asked are missing"),
)
def skills_covered(pairs: Pairs) -> Floats:
    """Share of asked skills held, 0 to 1; missing: the position asks for none."""
    asked = pairs.position_row([len(terms(p.skills)) or None for p in pairs.positions])
    return _common_skills(pairs) / asked


@feature(
    0.5,
    ("共同技能", "Shared skills"),
    ("有多项共同技能", "Several skills are shared"),
    ("共同技能较少", "Few skills are shared"),
)
def skills_shared(pairs: Pairs) -> Floats:
    """Number of shared skills over five, at most 1; missing: the position asks for none."""
    return _hide(
        np.minimum(_common_skills(pairs) / 5, 1.0), columns=[not terms(p.skills) for p in pairs.positions]
    )


@feature(
    2.5,
    ("专业", "Major"),
    ("专业符合要求", "The major is asked for"),
    ("专业不在要求之列", "The major is not among those asked for"),
)
def major(pairs: Pairs) -> Floats:
    """1 for a major asked for by name or code, else 0; missing: any major or no major stated."""
    common = pairs.overlap(
        [terms((s.major, s.major_code)) for s in pairs.students], [terms(p.majors) for p in pairs.positions]
    )
    return _hide(
        (common > 0).astype(np.float64),
        [not terms((s.major, s.major_code)) for s in pairs.students],
        [not terms(p.majors) for p in pairs.positions],
    )


@feature(
    1.0,
    ("专业类别", "Field of study"),
    ("专业类别相近", "The field of study is close"),
    ("专业类别不同", "The field of study is another"),
)
def major_family(pairs: Pairs) -> Floats:
    """1 where the first four characters of a major code agree, 0.5 for two; missing: no codes asked for."""
    asked = [{m for m in terms(p.majors) if m[:2].isdigit()} for p in pairs.positions]
    value = pairs.fill(np.zeros((1, 1)))
    for size, worth in ((2, 0.5), (4, 1.0)):
        own = [{s.major_code.strip()[:size]} - {""} for s in pairs.students]
        value = np.where(pairs.overlap(own, [{c[:size] for c in codes} for codes in asked]) > 0, worth, value)
    return _hide(value, [not s.major_code.strip() for s in pairs.students], [not codes for codes in asked])


@feature(
    2.0,
    ("学历", "Education"),
    ("学历达到要求", "The education asked for is met"),
    ("学历未达到要求", "The education asked for is not met"),
)
def education(pairs: Pairs) -> Floats:
    """1 when the level is met, a third less per level short; never missing ("any" is the lowest)."""
    own = pairs.student_column([education_level(s.education) for s in pairs.students])
    asked = pairs.position_row([education_level(p.education) for p in pairs.positions])
    short = np.maximum(asked - own, 0.0)
    return pairs.fill(np.where(short > 0, np.maximum(0.4 - 0.2 * (short - 1), 0.0), 1.0))


@feature(
    0.8,
    ("证书", "Certificates"),
    ("持有职位看重的证书", "A certificate the position names is held"),
    ("没有职位点名的证书", "No certificate the position names is held"),
)
def certificates(pairs: Pairs) -> Floats:
    """1 when a held certificate is among what is asked, else 0; missing: the position asks for nothing."""
    common = pairs.overlap(
        [terms(s.certificates) for s in pairs.students], [terms(p.skills) for p in pairs.positions]
    )
    return _hide((common > 0).astype(np.float64), columns=[not terms(p.skills) for p in pairs.positions])


@feature(
    1.2,
    ("经验", "Experience"),
    ("经验满足要求", "The experience asked for is there"),
    ("经验不足", "Experience falls short"),
)
def experience(pairs: Pairs) -> Floats:
    """Months held over months asked, at most 1; nothing asked is 1; never missing."""
    own = pairs.student_column([s.experience_months for s in pairs.students])
    asked = pairs.position_row([p.experience_months for p in pairs.positions])
    return pairs.fill(np.where(asked > 0, np.minimum(own / np.maximum(asked, 1.0), 1.0), 1.0))


@feature(
    2.0,
    ("工作地点", "Place"),
    ("工作地点符合意向", "The place is wanted"),
    ("工作地点不在意向之内", "The place is not wanted"),
)
def place(pairs: Pairs) -> Floats:
    """1 same district, 0.8 same city, 0.4 same province; missing: no wish or no place."""
    value = pairs.fill(np.zeros((1, 1)))
    for size, worth in ((2, 0.4), (4, 0.8), (6, 1.0)):
        wanted = [{c[:size] for c in s.wanted_cities} for s in pairs.students]
        value = np.where(
            pairs.overlap(wanted, [{p.city_code[:size]} for p in pairs.positions]) > 0, worth, value
        )
    return _hide(
        value, [not s.wanted_cities for s in pairs.students], [not p.city_code for p in pairs.positions]
    )


@feature(
    1.5,
    ("职位类型", "Kind"),
    ("职位类型符合意向", "The kind of work is wanted"),
    ("职位类型不在意向之内", "The kind of work is not wanted"),
)
def kind(pairs: Pairs) -> Floats:
    """1 for a wanted kind, else 0; missing: no wish or no kind."""
    common = pairs.overlap([s.wanted_kinds for s in pairs.students], [{p.kind} for p in pairs.positions])
    return _hide(
        np.minimum(common, 1.0),
        [not s.wanted_kinds for s in pairs.students],
        [not p.kind for p in pairs.positions],
    )


@feature(
    1.5,
    ("薪资", "Salary"),
    ("薪资达到期望", "The pay reaches the wish"),
    ("薪资低于期望", "The pay is below the wish"),
)
def salary(pairs: Pairs) -> Floats:
    """Top pay over the wished floor, 1 when reached, 0 at half of it; missing: no wish or no pay given."""
    floor = pairs.student_column([s.salary_floor for s in pairs.students])
    top = pairs.position_row(
        [p.salary_max if p.salary_max is not None else p.salary_min for p in pairs.positions]
    )
    return np.clip(2.0 * top / np.maximum(floor, 1.0) - 1.0, 0.0, 1.0)


@feature(
    0.5,
    ("起薪", "Starting pay"),
    ("起薪达到期望", "The lowest pay already reaches the wish"),
    ("起薪低于期望", "The lowest pay is below the wish"),
)
def salary_sure(pairs: Pairs) -> Floats:
    """Lowest pay over the wished floor, at most 1; missing: no wish or no lowest pay given."""
    floor = pairs.student_column([s.salary_floor for s in pairs.students])
    return np.clip(
        pairs.position_row([p.salary_min for p in pairs.positions]) / np.maximum(floor, 1.0), 0.0, 1.0
    )


@feature(
    0.7,
    ("到岗时间", "Start"),
    ("能按时到岗", "The start date can be met"),
    ("到岗时间较晚", "Available only after the start"),
)
def availability(pairs: Pairs) -> Floats:
    """1 when free by the start, falling to 0 at 90 days late; missing: either date not given."""
    free = pairs.student_column([days(s.available_from) for s in pairs.students])
    start = pairs.position_row([days(p.starts_on) for p in pairs.positions])
    return np.clip(1.0 - (free - start) / 90.0, 0.0, 1.0)


@feature(
    0.5,
    ("竞争", "Competition"),
    ("申请人数相对较少", "Few have applied per opening"),
    ("申请人数较多", "Many have applied per opening"),
)
def competition(pairs: Pairs) -> Floats:
    """Openings over openings and applicants, 0 to 1; missing: no openings stated."""
    share = [
        p.openings / (p.openings + max(p.applicants, 0)) if p.openings > 0 else None for p in pairs.positions
    ]
    return pairs.fill(pairs.position_row(share))


@feature(
    0.5,
    ("发布时间", "Freshness"),
    ("职位发布不久", "The position was published lately"),
    ("职位发布已久", "The position was published long ago"),
)
def freshness(pairs: Pairs) -> Floats:
    """1 on the day of publication, 0 from 90 days on; missing: no day given to look on, or none published."""
    day = days(pairs.on)
    published = pairs.position_row([days(p.published_on) for p in pairs.positions])
    age = (np.nan if day is None else day) - published
    return pairs.fill(np.clip(1.0 - age / 90.0, 0.0, 1.0))
