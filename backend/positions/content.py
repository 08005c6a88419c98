"""What a position has to say, and in which form: one validation for pages, API and templates."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from backend.common import clock
from backend.common.errors import Invalid
from backend.companies.models import CompanyDivision
from backend.positions.models import Position
from backend.schools.models import Occupation
from backend.schools.queries import districts_of
from backend.students.enums import Education, PositionKind
from backend.students.levels import levels_of

LONGEST = timedelta(days=365)
FARTHEST = timedelta(days=731)
FIELDS = (
    "title",
    "kind",
    "occupation_id",
    "division_id",
    "openings",
    "duties",
    "conditions",
    "education",
    "majors",
    "skills",
    "skill_levels",
    "wanted_skills",
    "certificates",
    "experience_months",
    "graduation_years",
    "city_code",
    "district_code",
    "place",
    "salary_min",
    "salary_max",
    "salary_months",
    "deadline",
    "starts_on",
)
DEFAULTS: dict[str, Any] = {
    "kind": PositionKind.FULL_TIME.value,
    "education": Education.ANY.value,
    "openings": 1,
    "experience_months": 0,
    "salary_months": 12,
    "majors": [],
    "skills": [],
    "skill_levels": {},
    "wanted_skills": [],
    "certificates": [],
    "graduation_years": [],
    "division_id": None,
    "district_code": "",
    "starts_on": None,
}
WORDS = ("majors", "skills", "wanted_skills", "certificates")
LAWFUL = ("title", "duties", "conditions", "place", "salary_min", "salary_max")
"""What the law asks of every posting beyond what the database already insists on."""

Problems = dict[str, list[Any]]


def values_of(position: Position) -> dict[str, Any]:
    """The entries of a position as plain values."""
    return {field: getattr(position, field) for field in FIELDS}


def checked(values: Mapping[str, Any], company_id: int) -> dict[str, Any]:
    """All entries, complete and typed; Invalid names each that is wrong and why."""
    raw = {field: values.get(field, DEFAULTS.get(field)) for field in FIELDS}
    problems: Problems = {}
    clean: dict[str, Any] = {}
    clean |= _texts(raw, problems)
    clean |= _choices(raw, problems)
    clean |= _numbers(raw, problems)
    clean |= {field: _words(raw[field], field, problems) for field in WORDS}
    clean["wanted_skills"] = _besides(clean["wanted_skills"], clean["skills"])
    clean["skill_levels"] = _levels(raw["skill_levels"], clean["skills"], problems)
    clean["graduation_years"] = _years(raw["graduation_years"], problems)
    clean["deadline"] = _deadline(raw["deadline"], problems)
    clean["starts_on"] = _start(raw["starts_on"], problems)
    clean |= _references(raw, company_id, problems)
    if problems:
        raise Invalid(fields=problems)
    return clean


def missing(position: Position) -> Problems:
    """What the law asks for and the position does not say yet."""
    found: Problems = {
        field: [_("The law asks for this entry.")]
        for field in LAWFUL
        if getattr(position, field) in (None, "")
    }
    if position.deadline <= clock.today():
        found["deadline"] = [_("The last day to apply has to lie in the future.")]
    return found


def _texts(raw: Mapping[str, Any], problems: Problems) -> dict[str, str]:
    clean = {}
    for field in ("title", "duties", "conditions", "place"):
        clean[field] = str(raw[field] or "").strip()
        limit = Position._meta.get_field(field).max_length
        if not clean[field]:
            problems[field] = [_("This entry is needed.")]
        elif len(clean[field]) > limit:
            problems[field] = [_("At most %(limit)s characters.") % {"limit": limit}]
    return clean


def _choices(raw: Mapping[str, Any], problems: Problems) -> dict[str, str]:
    for field, known in (("kind", PositionKind.values), ("education", Education.values)):
        if raw[field] not in known:
            problems[field] = [_("Choose one from the list.")]
    return {"kind": raw["kind"], "education": raw["education"]}


def _numbers(raw: Mapping[str, Any], problems: Problems) -> dict[str, int | None]:
    limits = {
        "openings": (1, 10_000),
        "experience_months": (0, 600),
        "salary_min": (1, 1_000_000),
        "salary_max": (1, 1_000_000),
        "salary_months": (12, 24),
    }
    clean: dict[str, int | None] = {}
    for field, (low, high) in limits.items():
        value = _whole(raw[field])
        clean[field] = value
        if value is None or not low <= value <= high:
            problems[field] = [
                _("Enter a whole number from %(low)s to %(high)s.") % {"low": low, "high": high}
            ]
    low_pay, high_pay = clean["salary_min"], clean["salary_max"]
    if low_pay is not None and high_pay is not None and low_pay > high_pay:
        problems.setdefault("salary_max", []).append(_("The upper bound lies below the lower one."))
    return clean


def _whole(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    text = str(value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def _words(value: Any, field: str, problems: Problems) -> list[str]:
    words = [str(word).strip() for word in value] if isinstance(value, list | tuple) else None
    if words is None or len(words) > 30 or any(len(word) > 60 for word in words):
        problems[field] = [_("At most 30 entries of at most 60 characters.")]
        return []
    return list(dict.fromkeys(word for word in words if word))


def _besides(words: list[str], asked: list[str]) -> list[str]:
    """What is nice to have: a skill that is asked for need not be said again."""
    taken = {word.casefold() for word in asked}
    return [word for word in words if word.casefold() not in taken]


def _levels(value: Any, skills: list[str], problems: Problems) -> dict[str, int]:
    levels = levels_of(value or {}, skills)
    if levels is None:
        problems["skill_levels"] = [_("Choose one from the list.")]
    return levels or {}


def _years(value: Any, problems: Problems) -> list[int]:
    years = [_whole(year) for year in value] if isinstance(value, list | tuple) else [None]
    if len(years) > 10 or any(year is None or not 2000 <= year <= 2100 for year in years):
        problems["graduation_years"] = [_("Enter years such as 2026.")]
        return []
    return sorted({year for year in years if year is not None})


def _day(value: Any) -> date | None:
    try:
        return value if isinstance(value, date) else parse_date(str(value or ""))
    except ValueError:
        return None


def _start(value: Any, problems: Problems) -> date | None:
    """The first day of work, if it is said: from today on, and not in the far future."""
    day = _day(value)
    if day is None and value not in (None, ""):
        problems["starts_on"] = [_("Enter a date such as 2026-06-30.")]
    elif day is not None and not clock.today() <= day <= clock.today() + FARTHEST:
        problems["starts_on"] = [_("The first day of work lies between today and two years from now.")]
    return day


def _deadline(value: Any, problems: Problems) -> date | None:
    day = _day(value)
    if day is None:
        problems["deadline"] = [_("Enter a date such as 2026-06-30.")]
    elif not clock.today() < day <= clock.today() + LONGEST:
        problems["deadline"] = [_("The last day to apply lies after today and within a year.")]
    return day


def _references(raw: Mapping[str, Any], company_id: int, problems: Problems) -> dict[str, Any]:
    city = str(raw["city_code"] or "")
    if not (len(city) == 6 and city.isascii() and city.isdigit()):
        problems["city_code"] = [_("Choose a city from the list.")]
    district = str(raw["district_code"] or "")
    if district and district not in dict(districts_of(city)):
        problems["district_code"] = [_("Choose a district of the city.")]
    occupation = str(raw["occupation_id"] or "")
    if not Occupation.objects.filter(pk=occupation).exists():
        problems["occupation"] = [_("Choose an occupation from the list.")]
    division = _whole(raw["division_id"])
    named = raw["division_id"] not in (None, "")
    if named and not CompanyDivision.objects.filter(pk=division or 0, company_id=company_id).exists():
        problems["division"] = [_("Choose a division of your company.")]
    return {
        "city_code": city,
        "district_code": district,
        "occupation_id": occupation,
        "division_id": division,
    }
