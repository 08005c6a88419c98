"""Words and colours of positions as pages show them."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.audit.models import AuditEntry
from backend.companies.enums import CompanySize
from backend.positions.enums import PositionStatus
from backend.positions.linter import HARD, Finding
from backend.positions.models import Position
from backend.schools.queries import city_name, occupation_name
from backend.students.enums import Education, PositionKind
from backend.students.levels import with_levels
from search.documents import occupation_prefix
from search.query import PositionQuery
from search.results import Facet

TONES = {
    PositionStatus.DRAFT: "neutral",
    PositionStatus.IN_REVIEW: "info",
    PositionStatus.PUBLISHED: "success",
    PositionStatus.PAUSED: "warning",
    PositionStatus.CLOSED: "neutral",
    PositionStatus.EXPIRED: "warning",
}
VERBS = {
    "position.created": _("Written"),
    "position.updated": _("Entries changed"),
    "position.changed": _("Back to review after a change"),
    "position.submitted": _("Submitted for review"),
    "position.withdrawn": _("Withdrawn from review"),
    "position.published": _("Published"),
    "position.sent_back": _("Sent back"),
    "position.taken_down": _("Taken down by staff"),
    "position.paused": _("Paused"),
    "position.resumed": _("Resumed"),
    "position.closed": _("Closed"),
    "position.expired": _("Expired"),
}
FACET_TITLES = {
    "occupation": _("Occupation"),
    "city": _("City"),
    "kind": _("Kind of work"),
    "education": _("Education asked for"),
    "industry": _("Industry"),
    "company_size": _("Company size"),
    "province": _("Province"),
    "district": _("District"),
    "major": _("Major"),
}
# Filters of which several values may be chosen, parted by commas.
SEVERAL = ("district", "major")
SHOWN, LISTED = 8, 24
LEVELS = 4
"""Parts of the code of an occupation; a group has fewer."""
OFFERED = {
    "history": _("Your recent searches"),
    "occupation": _("Occupations"),
    "company": _("Companies"),
    "skill": _("Skills"),
    "title": _("Titles of positions"),
}

LET_GO = {
    "days": _("time of publication"),
    "district": _("district"),
    "city": _("city"),
    "province": _("province"),
    "salary": _("pay"),
    "company_size": _("company size"),
    "industry": _("industry"),
    "kind": _("kind of work"),
    "education": _("education asked for"),
    "occupation": _("occupation"),
    "majors": _("majors"),
}


def let_go(names: Iterable[str]) -> str:
    """The filters that a search let go, in words."""
    joint = "、" if (get_language() or "").startswith("zh") else ", "
    return joint.join(str(LET_GO[name]) for name in names)


def tone_of(status: str) -> str:
    """The colour of a status."""
    return TONES[PositionStatus(status)]


def pay(position: Position) -> str:
    """The pay in one line."""
    if position.salary_min is None:
        return gettext("Pay by agreement")
    low, high = position.salary_min, position.salary_max
    span = f"{low:,}" if low == high else f"{low:,}–{high:,}"
    text = gettext("%(span)s yuan a month") % {"span": span}
    if position.salary_months > 12:
        text += gettext(" × %(months)s months") % {"months": position.salary_months}
    return text


def place_name(position: Position) -> str:
    """City and, where it is named, district."""
    city = city_name(position.city_code)
    return f"{city} · {city_name(position.district_code)}" if position.district_code else city


def experience(months: int) -> str:
    """The experience asked for in words."""
    if not months:
        return gettext("No experience asked for")
    years = max(1, round(months / 12))
    return ngettext("%(years)s year and more", "%(years)s years and more", years) % {"years": years}


def skills(position: Position) -> str:
    """The skills asked for, each with its level where one was stated."""
    return "、".join(with_levels(position.skills, position.skill_levels)) or gettext("None named")


def starts(position: Position) -> str:
    """The first day of work in words."""
    return position.starts_on.isoformat() if position.starts_on else gettext("By agreement")


def facts(position: Position) -> list[tuple[str, Any]]:
    """What the law asks a posting to say, and the conditions, as names and values."""
    return [
        (gettext("Company"), position.company.name),
        (gettext("Openings"), position.openings),
        (gettext("Kind of work"), position.get_kind_display()),
        (gettext("Occupation"), f"{position.occupation.name} {position.occupation_id}"),
        (gettext("Basic pay"), pay(position)),
        (gettext("City"), place_name(position)),
        (gettext("Place of work"), position.place),
        (gettext("Education asked for"), position.get_education_display()),
        (gettext("Experience"), experience(position.experience_months)),
        (gettext("Majors"), "、".join(position.majors) or gettext("Any")),
        (gettext("Skills"), skills(position)),
        (gettext("Skills that are nice to have"), "、".join(position.wanted_skills) or gettext("None named")),
        (gettext("Certificates asked for"), "、".join(position.certificates) or gettext("None asked for")),
        (gettext("Years of graduation"), "、".join(map(str, position.graduation_years)) or gettext("Any")),
        (gettext("Apply by"), position.deadline.isoformat()),
        (gettext("First day of work"), starts(position)),
    ]


def history_events(entries: Iterable[AuditEntry]) -> list[dict[str, Any]]:
    """Audit rows as the timeline shows them, newest first."""
    return [
        {
            "title": VERBS.get(entry.verb, entry.verb),
            "at": entry.at,
            "text": entry.reason,
            "tone": TONES.get(entry.after, "neutral"),
        }
        for entry in reversed(list(entries))
    ]


def advice(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings as the page shows them, in the reader's language."""
    chinese = (get_language() or "").startswith("zh")
    return [
        {
            "term": finding.term,
            "field": Position._meta.get_field(finding.field).verbose_name,
            "rule": finding.rule,
            "text": finding.zh if chinese else finding.en,
            "hard": finding.severity == HARD,
        }
        for finding in findings
    ]


def qualified(actor: Actor, query: PositionQuery, state: Mapping[str, Any]) -> dict[str, str] | None:
    """The switch "only those I qualify for", and while it is on, by what; None for whoever does not apply."""
    own = query.filters.qualification
    if own is not None:
        text = gettext(
            "Compared with what each position asks for: your education (%(education)s), your major (%(major)s) and your"
            " year of graduation (%(year)s). Skills and experience keep nobody from applying."
        )
        said = {
            "education": Education(own.education).label,
            "major": own.majors[0],
            "year": "、".join(map(str, own.graduation_years)),
        }
        return {"text": text % said}
    if actor.role != Role.STUDENT:
        return None
    return {"url": "?" + urlencode({**state, "qualified": "1"})}


def facet_value(name: str, value: str) -> str:
    """A facet's value in words."""
    match name:
        case "occupation":
            return occupation_name(value)
        case "city" | "province" | "district":
            return city_name(value)
        case "kind" if value in PositionKind.values:
            return str(PositionKind(value).label)
        case "education" if value in Education.values:
            return _up_to(Education(value))
        case "company_size" if value in CompanySize.values:
            return str(CompanySize(value).label)
    return value


def _up_to(level: Education) -> str:
    """What a filter by a level leaves: positions that ask for it or for less."""
    return (
        str(level.label)
        if level == Education.ANY
        else gettext("%(education)s or less") % {"education": level.label}
    )


def facet_groups(
    facets: Iterable[Facet], chosen: Mapping[str, Any], *, within: str = ""
) -> list[dict[str, Any]]:
    """Facets as groups of links: each adds its value to the address, a chosen one takes it out.

    Of occupations only those of the group `within` are shown while a group is chosen. The first stand open, `more`
    behind a button, but what is chosen stands open always.
    """
    groups = []
    for facet in facets:
        counts = facet.counts
        if facet.name == "occupation":
            counts = tuple(entry for entry in counts if entry[0].startswith(_below(within)))
        options = [_option(facet.name, value, count, chosen) for value, count in counts]
        options = [option for at, option in enumerate(options) if at < LISTED or option["active"]]
        open_ = [option for at, option in enumerate(options) if at < SHOWN or option["active"]]
        if options:
            more = [option for option in options if option not in open_]
            groups.append(
                {
                    "name": facet.name,
                    "title": FACET_TITLES[facet.name],
                    "options": open_,
                    "more": more,
                }
            )
    return groups


def _below(group: str) -> str:
    """What codes below a group begin with; nothing where it is an occupation itself, whose neighbours stay to choose."""
    stem = occupation_prefix(group)
    return f"{stem}-" if stem and stem.count("-") < LEVELS - 1 else ""


def _option(name: str, value: str, count: int, chosen: Mapping[str, Any]) -> dict[str, Any]:
    present = str(chosen.get(name, ""))
    active = value in present.split(",") if name in SEVERAL else value == present
    if active:
        state = without(chosen, name, value)
    elif name in SEVERAL and present:
        state = {**chosen, name: f"{present},{value}"}
    else:
        state = {**without(chosen, name), name: value}
    state.pop("page", None)
    return {
        "id": f"facet-{name}-{value}",
        "label": facet_value(name, value),
        "count": count,
        "active": active,
        "url": f"?{urlencode(state)}",
    }


def without(state: Mapping[str, Any], name: str, value: str = "") -> dict[str, Any]:
    """What an address states without a filter, or without one value of several; without a city no district is left."""
    gone = {name, "page"} | ({"district"} if name == "city" else set())
    kept = {key: one for key, one in state.items() if key not in gone}
    rest = [one for one in str(state.get(name, "")).split(",") if one and one != value]
    return {**kept, name: ",".join(rest)} if name in SEVERAL and value and rest else kept
