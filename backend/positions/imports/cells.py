"""Read one posting from its cells, wherever they ended up: what a cell holds, its content says."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Any

from django.utils.translation import gettext_lazy as _

from backend.common import clock
from backend.companies.enums import CompanySize
from backend.companies.rules import credit_code_error
from backend.positions.content import FARTHEST
from backend.positions.imports.salary import Salary, parse_salary
from backend.schools.queries import district_of
from backend.schools.reference import MUNICIPALITIES, occupations_proper, places
from backend.students.enums import Education, PositionKind

TITLE, COMPANY, PLACE, PAY, TEXT = 80, 120, 200, 40, 4000
RESIDUAL = "8-00-00-00"
WELFARE = re.compile(
    r"险|金$|补贴|补助|奖|餐|旅游|体检|福利|班车|弹性|假|双休|培训|期权|分红|团建|下午茶|加班|股票|包吃|包住|五险"
)
NOT_A_COMPANY = re.compile(r"点击查看|竞争力|^\d+$|^(?:不限|无|暂无)$")
NOTHING = {"", "无", "不限", "nan", "none", "null", "-", "–"}
_EDUCATION = (
    (Education.DOCTOR, re.compile(r"博士|ph\.?d|doctor", re.I)),
    (Education.MASTER, re.compile(r"硕士|研究生|master|\bmba\b", re.I)),
    (
        Education.BACHELOR,
        re.compile(r"本科|学士|bachelor|\bba/bs\b|\bbs/ba\b|\bundergraduate degree\b", re.I),
    ),
    (Education.ASSOCIATE, re.compile(r"大专|专科|高职|associate", re.I)),
    (Education.SECONDARY, re.compile(r"中专|中技|高中|职高|技校|初中|secondary|high school", re.I)),
    (Education.ANY, re.compile(r"学历不限|^不限$|no (?:degree|requirement)", re.I)),
)
_EXPERIENCE = re.compile(
    r"(\d+)\s*(?:-|~|至)?\s*\d*\s*年(以下|以内)?|(经验不限|无经验|应届|实习|^不限$)|(\d+)\+?\s*years?", re.I
)
_DAY = re.compile(r"(20\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})")
_SIZE = re.compile(r"(少于)?(\d+)(?:-(\d+))?人(以上|以下)?")
_SPLIT = re.compile(
    r"(?:任职|岗位|职位|招聘|应聘|任岗)(?:要求|资格|条件)|job requirements?|minimum qualifications?|requirements?[:：]",
    re.I,
)


class Refused(Exception):
    """A row that cannot become a position; the argument says why, in the reader's language."""


@dataclass(frozen=True)
class Posting:
    """A row, read."""

    title: str
    company: str
    credit_code: str
    industry: str
    company_size: str
    city_code: str
    district_code: str
    place: str
    salary: Salary
    education: str
    experience_months: int
    duties: str
    conditions: str
    skills: tuple[str, ...]
    wanted_skills: tuple[str, ...]
    certificates: tuple[str, ...]
    starts_on: date | None
    openings: int
    kind: str
    occupation_code: str
    key: str


def read_posting(cells: Mapping[str, str]) -> Posting:
    """The posting in these cells; Refused says what is missing or cannot be read."""
    title, company = _named(cells, "title", TITLE), _company(cells)
    salary = _salary(cells)
    city_code, place = _place(cells)
    duties, conditions = _texts(cells)
    kind = _kind(cells, title)
    found = {
        "education": _education(cells),
        "experience_months": _experience(cells),
        **_asked_besides(cells),
    }
    industry, size = _industry_and_size(cells)
    return Posting(
        title=title,
        company=company,
        credit_code=_credit_code(cells),
        industry=industry,
        company_size=size,
        city_code=city_code,
        district_code=district_of(city_code, place),
        place=place,
        salary=salary,
        duties=duties,
        conditions=conditions,
        openings=_openings(cells.get("openings", "")),
        kind=kind,
        occupation_code=occupation_of(title),
        key=_key(title, company, place, cells),
        **found,
    )


def education_of(text: str) -> str | None:
    """The level a cell asks for; None when it speaks of something else."""
    return next((level.value for level, pattern in _EDUCATION if pattern.search(text)), None)


def experience_of(text: str) -> int | None:
    """Months of experience a cell asks for; None when it speaks of something else."""
    match = _EXPERIENCE.search(text)
    if match is None:
        return None
    years, less, none, english = match.groups()
    if none or less:
        return 0
    return min(int(years or english), 50) * 12


def size_of(text: str) -> str | None:
    """The size a cell states; None when it speaks of something else."""
    match = _SIZE.search(text)
    if match is None:
        return None
    fewer, low, _high, tail = match.groups()
    people = int(low) - 1 if fewer or tail == "以下" else int(low)
    bounds = (
        (20, CompanySize.MICRO),
        (100, CompanySize.SMALL),
        (500, CompanySize.MEDIUM),
        (1000, CompanySize.LARGE),
    )
    return next((size.value for bound, size in bounds if people < bound), CompanySize.HUGE.value)


@lru_cache(maxsize=20_000)
def city_of(text: str) -> str | None:
    """The code of the city a text names, by Chinese or pinyin name; a county gives its city."""
    known = _cities()
    parts = [part for part in re.split(r"[·\-—\s,，/、()（）]+", text.strip().lower()) if part]
    for part in [*parts, "".join(parts)]:
        if code := known.get(part):
            return code
    return None


@lru_cache(maxsize=50_000)
def occupation_of(title: str) -> str:
    """The occupation whose name or usual words the title shares most; the residual class when it shares none."""
    plain = title.lower()
    for pattern, code in _OCCUPATION_WORDS:
        if pattern.search(plain):
            return code
    grams = {plain[at : at + 2] for at in range(len(plain) - 1)}
    index = _occupation_grams()
    scores: dict[str, float] = {}
    for gram in grams:
        for code, weight in index.get(gram, ()):
            scores[code] = scores.get(code, 0.0) + weight
    best = max(scores.items(), key=lambda item: (item[1], item[0]), default=(RESIDUAL, 0.0))
    return best[0] if best[1] >= 0.34 else RESIDUAL


_OCCUPATION_WORDS = tuple(
    (re.compile(pattern), code)
    for pattern, code in (
        (r"测试|qa\b|test", "4-04-05-02"),
        (r"算法|机器学习|深度学习|人工智能|\bai\b|nlp|machine learning", "2-02-38-01"),
        (r"大数据|hadoop|spark|数据仓库|etl", "2-02-38-03"),
        (r"数据分析|data analyst|商业分析", "2-02-30-09"),
        (r"嵌入式|单片机|驱动开发|硬件|fpga|embedded", "2-02-10-06"),
        (r"运维|网络工程|网络管理|devops|sre\b|系统管理", "2-02-10-04"),
        (r"架构师|技术总监|技术经理|cto\b|architect", "2-02-10-03"),
        (
            r"开发|程序|前端|后端|全栈|java|php|python|\.net|c\+\+|c#|golang|android|ios|ruby|web|software|软件|developer",
            "4-04-05-01",
        ),
        (r"产品经理|product manager|产品助理", "2-02-34-01"),
        (r"会计|出纳|财务|税务|account", "2-06-03-00"),
        (r"审计|audit", "2-06-04-00"),
        (r"人力|人事|招聘|hr\b|hrbp|薪酬", "2-06-08-01"),
        (r"运营|市场|营销|推广|策划|品牌|marketing", "2-06-07-02"),
        (r"客服|客户服务|呼叫|customer service", "4-07-02-03"),
        (r"采购|procurement", "4-01-01-00"),
        (r"物流|仓储|仓库|快递|supply chain", "4-02-06-03"),
        (r"行政|文员|前台|助理|administrat", "3-01-01-01"),
        (r"护士|护理", "2-05-08-01"),
        (r"平面|视觉|ui\b|美工|设计师|designer", "2-09-06-01"),
        (r"电工", "6-31-01-03"),
        (r"焊工", "6-18-02-04"),
        (r"数控|加工中心|cnc", "6-18-01-07"),
        (r"服务员", "4-03-02-05"),
    )
)


@cache
def _occupation_grams() -> dict[str, list[tuple[str, float]]]:
    """Pairs of characters of the occupations' names, each with its share of the name."""
    index: dict[str, list[tuple[str, float]]] = {}
    for code, name in occupations_proper().items():
        stem = re.sub(r"(?:工程技术|专业|管理)?人员$|员$|师$|工$", "", name) or name
        grams = {stem[at : at + 2] for at in range(len(stem) - 1)}
        for gram in grams:
            index.setdefault(gram, []).append((code, 1 / (len(grams) + 1)))
    return index


@cache
def _cities() -> dict[str, str]:
    """Names of places in every form people write, the larger place winning over a smaller one of the same name."""
    names: dict[str, str] = {}
    for place in sorted(places().values(), key=lambda place: (place.level, place.code)):
        code = _city_code(place.code, place.level, place.parent_code)
        if code:
            for name in (place.name, place.short_name, place.pinyin.replace(" ", "")):
                if len(name) > 1:
                    names.setdefault(name.lower(), code)
    return names


def _city_code(code: str, level: int, parent: str) -> str | None:
    if f"{code[:2]}0000" in MUNICIPALITIES:
        return f"{code[:2]}0000"
    if level == 1:
        return None
    return code if level == 2 else parent


def _named(cells: Mapping[str, str], field: str, limit: int) -> str:
    value = " ".join(cells.get(field, "").split())
    if value.lower() in NOTHING:
        raise Refused(_("There is no title.") if field == "title" else _("There is no company."))
    return value[:limit]


def _company(cells: Mapping[str, str]) -> str:
    name = _named(cells, "company", COMPANY)
    title = " ".join(cells.get("title", "").split())
    if not NOT_A_COMPANY.search(name):
        return name
    # Some rows hold an address where the company belongs, and the company where the title does.
    raise Refused(
        _("The company cell holds something else: “%(text)s” (title “%(title)s”).")
        % {"text": name[:40], "title": title[:30]}
    )


def _credit_code(cells: Mapping[str, str]) -> str:
    """The unified social credit code where the cell holds a well-formed one; a posting is kept without."""
    code = unicodedata.normalize("NFKC", cells.get("credit_code", "")).strip().upper()
    return "" if credit_code_error(code) else code


def _salary(cells: Mapping[str, str]) -> Salary:
    stated = cells.get("salary", "")
    if stated.strip().lower() in NOTHING:
        return Salary(None, None)
    for field in ("salary", "experience", "education"):
        text = cells.get(field, "")
        speaks_of_pay = field == "salary" or re.search(r"\d[\d.]*\s*[kK千万元]", text)
        if speaks_of_pay and (found := parse_salary(text)):
            return found
    raise Refused(_("The pay “%(text)s” cannot be read.") % {"text": stated[:PAY]})


def _place(cells: Mapping[str, str]) -> tuple[str, str]:
    city, district = cells.get("city", "").strip(), cells.get("district", "").strip()
    place = " ".join(part for part in (city, district) if part.lower() not in NOTHING)
    code = city_of(city) or city_of(district)
    if code is None:
        raise Refused(
            _("The place “%(text)s” is not a city of the national list.") % {"text": place[:PLACE]}
            if place
            else _("There is no place of work.")
        )
    return code, place[:PLACE]


def _texts(cells: Mapping[str, str]) -> tuple[str, str]:
    """Duties and conditions; a text that holds both is parted where the requirements begin."""
    duties, conditions = cells.get("description", "").strip(), cells.get("conditions", "").strip()
    if duties and not conditions and (match := _SPLIT.search(duties)) and match.start() > 10:
        duties, conditions = duties[: match.start()].strip(), duties[match.start() :].strip()
    if welfare := cells.get("welfare", "").strip(" []'"):
        conditions = f"{conditions}\n福利：{welfare}".strip()
    return duties[:TEXT], conditions[:TEXT]


def _education(cells: Mapping[str, str]) -> str:
    found = (education_of(cells.get(field, "")) for field in ("education", "experience", "conditions"))
    return next((level for level in found if level), Education.ANY.value)


def _experience(cells: Mapping[str, str]) -> int:
    found = (experience_of(cells.get(field, "")) for field in ("experience", "education"))
    return next((months for months in found if months is not None), 0)


def _industry_and_size(cells: Mapping[str, str]) -> tuple[str, str]:
    """The two are often changed over; what reads as a number of people is the size."""
    industry, size = cells.get("industry", "").strip(), cells.get("company_size", "").strip()
    found = size_of(size)
    if found is None and (found := size_of(industry)):
        industry, size = size, industry
    return (industry or "未说明")[:60], found or CompanySize.SMALL.value


def _kind(cells: Mapping[str, str], title: str) -> str:
    text = (
        f"{cells.get('kind', '')} {title} {cells.get('experience', '')} {cells.get('education', '')}".lower()
    )
    if re.search(r"实习|intern\b|internship|\d天/周", text):
        return PositionKind.INTERNSHIP.value
    return PositionKind.FULL_TIME.value


def _skills(text: str) -> tuple[str, ...]:
    words = (word.strip(" '[]") for word in re.split(r"[,，;；、|/\s]+", text))
    return tuple(dict.fromkeys(word[:60] for word in words if len(word) > 1 and not WELFARE.search(word)))[
        :15
    ]


def _asked_besides(cells: Mapping[str, str]) -> dict[str, Any]:
    """Skills, what is nice to have beside them, certificates and the first day of work."""
    skills = _skills(cells.get("skills", ""))
    wanted = _skills(cells.get("wanted_skills", ""))
    entries = (word.strip() for word in re.split(r"[,，;；、|/\n]+", cells.get("certificates", "")))
    named = dict.fromkeys(entry[:60] for entry in entries if entry.lower() not in NOTHING)
    return {
        "skills": skills,
        "wanted_skills": tuple(word for word in wanted if word not in skills),
        "certificates": tuple(named)[:15],
        "starts_on": _first_day(cells.get("starts_on", "")),
    }


def _first_day(text: str) -> date | None:
    """The day a cell names, if it lies ahead as a form has it; "at once", days gone by and the year 2099 say nothing."""
    match = _DAY.search(text)
    try:
        day = date(*map(int, match.groups())) if match else None
    except ValueError:
        return None
    return day if day and clock.today() < day <= clock.today() + FARTHEST else None


def _openings(text: str) -> int:
    match = re.search(r"\d{1,4}", text)
    return max(int(match.group()), 1) if match else 1


def _key(title: str, company: str, place: str, cells: Mapping[str, str]) -> str:
    """The same posting gives the same key, whenever and from whichever file it comes."""
    parts = [title, company, place, *(cells.get(name, "") for name in ("salary", "education", "experience"))]
    plain = "|".join(re.sub(r"\s+", "", part).lower() for part in parts)
    return hashlib.sha256(plain.encode()).hexdigest()[:40]
