"""Contributions in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isnan

from matching.features.arrays import Floats
from matching.features.registry import REGISTRY
from matching.rankers.base import Ranker, contributions, pair_name
from matching.types import Difference, Match, Position, Reason, Student

# Wishes about pay, where somebody lives and whom they follow are private. They stand in one sum with place and
# kind, whose sign tells nothing about any of them.
_WISHES = frozenset(
    {"commute", "kind", "mutual_interest", "place", "salary", "salary_overlap", "salary_sure"}
)

# From this value on a feature reads well; terms up to this size say nothing.
_READS_WELL, _SILENT = 0.5, 1e-6


def to_match(ranker: Ranker, student: Student, position: Position, values: Floats) -> Match:
    """One pair's values as a match; the strongest reasons first, the base term last."""
    return to_matches(ranker, [(student, position)], values[None, :])[0]


def to_matches(ranker: Ranker, pairs: Sequence[tuple[Student, Position]], values: Floats) -> list[Match]:
    """The same for many pairs, one row of values each: the terms of a page are worked out in one go."""
    terms = contributions(ranker, values).tolist()
    return [
        _match(ranker, *pair, *row)
        for pair, row in zip(pairs, zip(terms, values.tolist(), strict=True), strict=True)
    ]


def _match(
    ranker: Ranker, student: Student, position: Position, terms_: list[float], told: list[float]
) -> Match:
    reasons = [
        Reason(name, term, *_said(name, term, value))
        for name, term, value in zip(ranker.features, terms_, told, strict=False)
    ]
    for index, couple in enumerate(ranker.pairs):
        reasons.append(
            Reason(pair_name(ranker, index), terms_[len(told) + index], *_together(ranker, couple, told))
        )
    reasons.append(Reason("base", float(ranker.base), "基准分", "Starting score"))
    total = min(max(sum(reason.contribution for reason in reasons), 0.0), 1.0)
    return Match(student.id, position.id, total, _strongest_first(reasons), ranker.name)


def _said(name: str, term: float, value: float) -> tuple[str, str]:
    """The sentence for a value, as (zh, en); where the ranker counts it the other way, only that it does.

    A learned curve may give less than its starting score for a value that reads well, or for one that is missing:
    "published lately" must not stand among the reasons against.
    """
    known = REGISTRY[name]
    agrees = not isnan(value) and (value >= _READS_WELL) == (term > 0.0)
    if agrees or abs(term) <= _SILENT:
        return known.words(value)
    missing = ("资料不足，", "not given, ") if isnan(value) else ("", "")
    if term > 0.0:
        return (
            f"{known.label[0]}：{missing[0]}在此略加分",
            f"{known.label[1]}: {missing[1]}counts for it here",
        )
    return (
        f"{known.label[0]}：{missing[0]}在此略减分",
        f"{known.label[1]}: {missing[1]}counts against it here",
    )


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
