"""Which schools and parts of schools may this person see? And the national codes, by name."""

from functools import cache, lru_cache

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.schools.models import Alliance, Department, Major, Occupation, School, SchoolClass
from backend.schools.reference import MUNICIPALITIES, occupations, occupations_proper, places
from search.documents import occupation_prefix

__all__ = [
    "alliances_listed",
    "alliances_visible_to",
    "cities",
    "city_codes_under",
    "city_name",
    "classes_visible_to",
    "departments_visible_to",
    "district_of",
    "districts_of",
    "is_city_or_district",
    "majors_of",
    "majors_visible_to",
    "occupation_choices",
    "occupation_code",
    "occupation_groups",
    "occupation_name",
    "occupations",
    "occupations_under",
    "open_schools",
    "place_names",
    "places",
    "schools_listed",
    "schools_visible_to",
    "structure_of",
]


def city_name(code: str) -> str:
    """The short name of a place ("苏州"), or the code itself where it is unknown."""
    place = places().get(code)
    return place.short_name if place else code


@cache
def place_names(code: str) -> tuple[str, ...]:
    """What people call a place and those it lies in, the largest first: 江苏省, 江苏, Jiangsu, 苏州市, 苏州, Suzhou."""
    place = places().get(code)
    if place is None:
        return ()
    # Some are listed below a level that is no place of its own, such as the "counties run by the province".
    above = place.parent_code if place.parent_code in places() else f"{code[:2]}0000"
    outer = place_names(above) if above != code else ()
    return tuple(dict.fromkeys((*outer, place.name, place.short_name, place.pinyin)))


@lru_cache(maxsize=4_096)
def occupation_name(code: str) -> str:
    """The name of an occupation or group, the latter also by the beginning of its code; the code itself where unknown."""
    full = "-".join((*code.split("-"), "00", "00", "00")[:4])
    return occupations().get(full, code)


def cities() -> list[tuple[str, str]]:
    """(code, name) of every city and municipality, for a choice field, in order of code."""
    return [
        (place.code, place.name)
        for place in places().values()
        if place.code in MUNICIPALITIES
        or (place.level == 2 and f"{place.code[:2]}0000" not in MUNICIPALITIES)
    ]


@cache
def districts_of(city_code: str) -> tuple[tuple[str, str], ...]:
    """(code, name) of the districts and counties of a city or municipality, in order of code."""
    if city_code in MUNICIPALITIES:
        inside = [place for place in places().values() if place.code[:2] == city_code[:2]]
        return tuple((place.code, place.name) for place in inside if place.code != city_code)
    return tuple(
        (place.code, place.name)
        for place in places().values()
        if place.parent_code == city_code and place.level == 3
    )


def is_city_or_district(code: str) -> bool:
    """Whether somebody can say of this code that it is where they are: a city, a district or a county."""
    place = places().get(code)
    return place is not None and (place.level > 1 or code in MUNICIPALITIES)


def district_of(city_code: str, text: str) -> str:
    """The district of a city that a text such as an address names, the longest name first; empty where none."""
    named = sorted(districts_of(city_code), key=lambda pair: (-len(pair[1]), pair[0]))
    short = [(code, places()[code].short_name) for code, _name in named]
    tried = [*named, *(pair for pair in short if len(pair[1]) > 1)]
    return next((code for code, name in tried if name in text), "")


def city_codes_under(code: str) -> list[str]:
    """The place itself and everything in it: a province's cities and counties, a city's counties."""
    known = places()
    inside = {code}
    # Codes nest by their digits, so parents come before children in order of code.
    for place in known.values():
        if place.parent_code in inside:
            inside.add(place.code)
    return sorted(inside)


def occupation_choices() -> list[tuple[str, str]]:
    """(code, name) of every occupation proper (level 4), in order of code."""
    return list(occupations_proper().items())


def occupation_code(name: str) -> str:
    """The code of an occupation proper by its name, the first of several; empty where none has it."""
    return _codes().get(name, "")


@cache
def _codes() -> dict[str, str]:
    return {name: code for code, name in reversed(occupation_choices())}


@cache
def occupation_groups(above: str = "") -> tuple[tuple[str, str], ...]:
    """(code, name) of the groups of occupations directly below a group, in order of code; the major ones below nothing."""
    groups = {code: name for code, name in occupations().items() if code not in occupations_proper()}
    stem = occupation_prefix(above)
    depth = len(stem.split("-")) + 1 if above else 1
    return tuple(
        (code, name)
        for code, name in groups.items()
        if len(occupation_prefix(code).split("-")) == depth and (not above or code.startswith(f"{stem}-"))
    )


def occupations_under(prefix: str) -> QuerySet[Occupation]:
    """The occupations proper below a group: "2", "2-02", "2-02-10" or a group's full code."""
    return Occupation.objects.filter(code__startswith=occupation_prefix(prefix), level=4).order_by("code")


def open_schools() -> QuerySet[School]:
    """Schools that are not suspended, by name."""
    return School.objects.filter(suspended_at__isnull=True).order_by("name")


def schools_visible_to(actor: Actor) -> QuerySet[School]:
    """The operator sees every school, visitors the open ones, people with a school those of the alliance circle."""
    if actor.role in {Role.OPERATOR, Role.SYSTEM}:
        return School.objects.order_by("name")
    if actor.role == Role.ANONYMOUS:
        return open_schools()
    return open_schools().filter(pk__in=actor.school_ids)


def alliances_visible_to(actor: Actor) -> QuerySet[Alliance]:
    """Every alliance, for the operator."""
    rows = Alliance.objects.order_by("name")
    return rows if actor.role in {Role.OPERATOR, Role.SYSTEM} else rows.none()


def schools_listed(actor: Actor, *, text: str = "", state: str = "") -> QuerySet[School]:
    """The operator's list: each school with how many students (`student_count`) and companies it has."""
    rows = schools_visible_to(actor).select_related("alliance")
    if text.strip():
        rows = rows.filter(Q(name__icontains=text.strip()) | Q(code__istartswith=text.strip()))
    if state in {"open", "suspended"}:
        rows = rows.filter(suspended_at__isnull=state == "open")
    counts = {"student_count": "students", "company_count": "companies"}
    for name, relation in counts.items():
        inside = School.objects.filter(pk=OuterRef("pk")).annotate(n=Count(relation)).values("n")
        rows = rows.annotate(**{name: Subquery(inside)})
    return rows


def alliances_listed(actor: Actor) -> QuerySet[Alliance]:
    """The operator's list: each alliance with its schools."""
    schools = School.objects.order_by("name")
    return alliances_visible_to(actor).prefetch_related(Prefetch("schools", schools))


def departments_visible_to(actor: Actor) -> QuerySet[Department]:
    """Departments of the schools one may see; staff bound to a department see that one."""
    rows = (
        Department.objects.select_related("school")
        .filter(school__in=schools_visible_to(actor))
        .order_by("name")
    )
    if actor.role == Role.STAFF:
        rows = rows.filter(school_id=actor.school_id)
        if actor.department_id:
            rows = rows.filter(pk=actor.department_id)
    return rows


def majors_visible_to(actor: Actor) -> QuerySet[Major]:
    """Majors of the schools one may see (companies name them in positions); staff: of their own part."""
    rows = Major.objects.select_related("department", "school").order_by("name")
    if actor.role == Role.STAFF:
        return rows.filter(department__in=departments_visible_to(actor).order_by())
    return rows.filter(school__in=schools_visible_to(actor).order_by())


def classes_visible_to(actor: Actor) -> QuerySet[SchoolClass]:
    """Classes of the majors one may see."""
    return (
        SchoolClass.objects.select_related("major")
        .filter(major__in=majors_visible_to(actor).order_by())
        .order_by("name")
    )


def structure_of(actor: Actor) -> QuerySet[Department]:
    """Staff's own departments, with how many majors and students each has."""
    return departments_visible_to(actor).annotate(
        major_count=Count("majors", distinct=True), student_count=Count("majors__students", distinct=True)
    )


def majors_of(actor: Actor, department_id: int) -> QuerySet[Major]:
    """The majors of a department with their classes, and how many students each has."""
    return (
        majors_visible_to(actor)
        .filter(department_id=department_id)
        .prefetch_related("classes")
        .annotate(student_count=Count("students", distinct=True))
    )
