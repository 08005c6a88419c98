"""How the ranking treats groups of students, and who finds nothing: worked out for a school after each training."""

from collections import defaultdict
from typing import Any

import numpy as np
from django.db import transaction

from backend.common import clock
from backend.positions.models import Position
from backend.recommendations.enums import AuditKind
from backend.recommendations.market import Market, market_of
from backend.recommendations.models import StoredAudit
from backend.recommendations.queries.groups import held_groups
from backend.recommendations.serving import standing
from backend.schools.models import School
from matching import api as matching

FIRST = 20
"""Places of a list that count as selected."""
DEEP = 100
"""Places of a list that count as exposure."""
GOOD = 0.5
"""Mutual score from which a pair counts as fitting."""
LISTED = 20


def refresh_audits(school: School) -> list[StoredAudit]:
    """Both reports of one school, each replacing the one before; nothing where there is no market."""
    serving = standing()
    market = market_of(school)
    if market.empty:
        return []
    rows = [
        StoredAudit(school=school, kind=kind, at=clock.now(), model=serving.model, figures=figures)
        for kind, figures in (
            (AuditKind.FAIRNESS, fairness(market)),
            (AuditKind.REACH, reach(market)),
        )
    ]
    with transaction.atomic():
        StoredAudit.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["school", "kind"],
            update_fields=["at", "model", "figures"],
        )
    return rows


def fairness(market: Market) -> dict[str, Any]:
    """Impact ratio and exposure per group when every open position ranks every student, the rules' ratio beside."""
    groups = held_groups([student.id for student in market.students])
    found = rules = matching.audit(_rankings(market), groups, first=FIRST)
    if standing().model != matching.RULES:
        rules = matching.audit(_rankings(market, by_rules=True), groups, first=FIRST)
    return {
        "students": len(market.students),
        "positions": len(market.positions),
        "first": FIRST,
        "worst": found.worst,
        "passed": found.passed,
        "groups": {
            name: [
                {
                    "group": str(group),
                    "people": row.people,
                    "selected": row.selected,
                    "impact_ratio": row.impact_ratio,
                    "low": row.low,
                    "high": row.high,
                    "exposure_ratio": row.exposure_ratio,
                    "exposure_low": row.exposure_low,
                    "exposure_high": row.exposure_high,
                    "rules": rules.figures[name][group].impact_ratio,
                }
                for group, row in rows.items()
            ]
            for name, rows in found.figures.items()
        },
    }


def _rankings(market: Market, *, by_rules: bool = False) -> list[list[int]]:
    """Ids of students per position, best first."""
    scores = matching.score_matrix(market.students, market.positions, on=clock.today(), by_rules=by_rules)
    ids = np.array([student.id for student in market.students])
    return [ids[np.argsort(-column.round(12), kind="stable")[:DEEP]].tolist() for column in scores.T]


def reach(market: Market) -> dict[str, Any]:
    """Majors whose students fit few positions, and positions that few students fit, the worst first.

    A major's nearest position is the one of the highest mean mutual score of its students: where to begin.
    Majors of fewer than ten students are left out, as in the other report: `small` says how many they are.
    """
    mutual = matching.mutual_matrix(market.students, market.positions, on=clock.today())
    good = mutual >= GOOD
    companies = dict(
        Position.objects.filter(pk__in=[row.id for row in market.positions]).values_list(
            "pk", "company__name"
        )
    )
    members: dict[str, list[int]] = defaultdict(list)
    for place, student in enumerate(market.students):
        members[student.major].append(place)
    majors = []
    for name, rows in members.items():
        if len(rows) < matching.FEWEST_PEOPLE:
            continue
        nearest = market.positions[int(mutual[rows].mean(axis=0).round(12).argmax())]
        majors.append(
            {
                "major": name,
                "students": len(rows),
                "fitting": int(good[rows].any(axis=1).sum()),
                "best": float(np.median(mutual[rows].max(axis=1))),
                "nearest": nearest.id,
                "nearest_title": nearest.title,
                "nearest_company": companies.get(nearest.id, ""),
            }
        )
    positions = [
        {
            "position": row.id,
            "title": row.title,
            "company": companies.get(row.id, ""),
            "openings": row.openings,
            "fitting": int(number),
        }
        for row, number in zip(market.positions, good.sum(axis=0), strict=True)
    ]
    majors.sort(key=lambda item: (item["fitting"] / item["students"], -item["students"], item["major"]))
    positions.sort(key=lambda item: (item["fitting"] / item["openings"], item["position"]))
    return {
        "from": GOOD,
        "small": len(members) - len(majors),
        "majors": majors[:LISTED],
        "positions": positions[:LISTED],
    }
