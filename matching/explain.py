"""Contributions in words, and what would raise a match."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import isnan

from matching.features.arrays import Floats, Pairs, education_level, terms
from matching.features.registry import REGISTRY, extract
from matching.rankers.base import Ranker, contributions, pair_name, score
from matching.types import EDUCATION_LEVELS, Difference, Match, Position, Reason, Student, Suggestion

# Wishes about pay, where somebody lives and whom they follow are private. They stand in one sum with place and
# kind, whose sign tells nothing about any of them.
_WISHES = frozenset(
    {"commute", "kind", "mutual_interest", "place", "salary", "salary_overlap", "salary_sure"}
)


def to_match(ranker: Ranker, student: Student, position: Position, values: Floats) -> Match:
    """One pair's values as a match; the strongest reasons first, the base term last."""
    terms_, told = contributions(ranker, values).tolist(), values.tolist()
    reasons = [
        Reason(name, term, *REGISTRY[name].words(value))
        for name, term, value in zip(ranker.features, terms_, told, strict=False)
    ]
    for index, couple in enumerate(ranker.pairs):
        reasons.append(
            Reason(pair_name(ranker, index), terms_[len(told) + index], *_together(ranker, couple, told))
        )
    reasons.append(Reason("base", float(ranker.base), "基准分", "Starting score"))
    total = min(max(sum(reason.contribution for reason in reasons), 0.0), 1.0)
    return Match(student.id, position.id, total, _strongest_first(reasons), ranker.name)


def _together(ranker: Ranker, couple: tuple[int, int], values: list[float]) -> tuple[str, str]:
    """The sentence for two features at once."""
    both = [REGISTRY[ranker.features[place]] for place in couple]
    zh, en = "与".join(one.label[0] for one in both), " and ".join(one.label[1] for one in both)
    if any(isnan(values[place]) for place in couple):
        return f"{zh}：资料不足，按中性计", f"{en} together: not given, counted as neutral"
    if all(values[place] >= 0.5 for place in couple):
        return f"{zh}同时符合", f"{en} fit together"
    return f"{zh}未能同时符合", f"{en} do not fit together"


def differences(a: Match, b: Match) -> list[Difference]:
    """Two matches of one ranker term by term, the weightiest difference first; deltas sum to that of the scores."""
    of_b = {reason.feature: reason for reason in b.reasons}
    found = []
    for reason in a.reasons:
        other = of_b[reason.feature].contribution
        if abs(reason.contribution - other) > 1e-12:
            known = [REGISTRY[name].label for name in reason.feature.split(" × ") if name in REGISTRY]
            label = (
                "与".join(zh for zh, _ in known) or "其他",
                " and ".join(en for _, en in known) or "Other",
            )
            found.append(Difference(reason.feature, *label, reason.contribution, other))
    return sorted(found, key=lambda d: (-abs(d.delta), d.feature))


def for_recruiter(match: Match) -> Match:
    """The same match without a word about the pay a student hopes for; the contributions still add up."""
    private = {r.feature for r in match.reasons if not _WISHES.isdisjoint(r.feature.split(" × "))}
    shown = [reason for reason in match.reasons if reason.feature not in private]
    total = sum(reason.contribution for reason in match.reasons if reason.feature in private)
    zh, en = (
        ("综合来看，职位较符合求职意向", "Taken together, the position meets the wishes")
        if total >= 0
        else ("综合来看，职位与求职意向有差距", "Taken together, the position is some way from the wishes")
    )
    shown.append(Reason("wishes", total, zh, en))
    return replace(match, reasons=_strongest_first(shown))


def _strongest_first(reasons: list[Reason]) -> tuple[Reason, ...]:
    return tuple(sorted(reasons, key=lambda r: (r.feature == "base", -abs(r.contribution), r.feature)))


def suggestions(ranker: Ranker, student: Student, position: Position) -> list[Suggestion]:
    """Single changes that raise the score, the largest gain first."""
    changes = list(_changes(student, position))
    values = extract(Pairs([student, *(c[3] for c in changes)], [position]), ranker.features)
    scores = score(ranker, values)[:, 0]
    found = [
        Suggestion(name, zh, en, float(scores[i + 1] - scores[0]))
        for i, (name, zh, en, _) in enumerate(changes)
        if scores[i + 1] - scores[0] > 1e-9
    ]
    return sorted(found, key=lambda item: (-item.gain, item.en))


def _changes(student: Student, position: Position) -> Iterator[tuple[str, str, str, Student]]:
    for skill in sorted(terms(position.skills) - terms(student.skills)):
        changed = replace(student, skills=(*student.skills, skill))
        yield "skills_covered", f"学会“{skill}”", f"Learn “{skill}”", changed
    if education_level(position.education) > education_level(student.education):
        level = EDUCATION_LEVELS[int(education_level(position.education))]
        zh = {
            "secondary": "中职",
            "associate": "专科",
            "bachelor": "本科",
            "master": "硕士",
            "doctor": "博士",
        }
        changed = replace(student, education=level)
        yield "education", f"取得{zh[level]}学历", f"Reach the {level} level", changed
    if position.experience_months > student.experience_months:
        months = position.experience_months
        changed = replace(student, experience_months=months)
        yield "experience", f"积累到{months}个月经验", f"Gain {months} months of experience", changed
    yield from _wishes(student, position)


def _wishes(student: Student, position: Position) -> Iterator[tuple[str, str, str, Student]]:
    if student.wanted_cities and position.city_code:
        changed = replace(student, wanted_cities=(*student.wanted_cities, position.city_code))
        yield "place", "把该地点加入意向", "Add this place to the wishes", changed
    if student.wanted_kinds and position.kind:
        changed = replace(student, wanted_kinds=(*student.wanted_kinds, position.kind))
        yield "kind", "接受该职位类型", "Accept this kind of work", changed
    if student.wanted_occupations and position.occupation_code:
        wanted = (*student.wanted_occupations, position.occupation_code)
        yield (
            "occupation",
            "把该职业加入意向",
            "Add this occupation",
            replace(student, wanted_occupations=wanted),
        )
    top = position.salary_max if position.salary_max is not None else position.salary_min
    if student.salary_floor is not None and top is not None and top < student.salary_floor:
        changed = replace(student, salary_floor=top)
        yield "salary", f"薪资期望降到每月{top}元", f"Lower the wish to {top} yuan a month", changed
