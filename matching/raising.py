"""What would raise a match: single changes of the student's side, and the smallest that is enough.

A change is feasible if the student can bring it about: say a wish otherwise, learn a skill, take a certificate, gain
experience, reach a level of education. Its effort is how long that takes, from 1 (a word) to 5 (years).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from typing import Any

from matching.features.arrays import Floats, Pairs, education_level, terms
from matching.features.registry import extract
from matching.features.skills import canonical, levels, skills
from matching.rankers.base import Ranker, score
from matching.types import EDUCATION_LEVELS, Position, Student, Suggestion

SAY, LEARN, CERTIFY, WORK, STUDY = 1, 2, 3, 4, 5
_LEAST = 1e-9
# Single changes that are tried two by two where none alone is enough.
_TRIED = 6
_LEVELS = {
    "secondary": "中职",
    "associate": "专科",
    "bachelor": "本科",
    "master": "硕士",
    "doctor": "博士",
}
_STEPS = {2: ("熟练", "working level"), 3: ("精通", "mastery")}


@dataclass(frozen=True)
class Change:
    """One change in words, its effort, and what the student is after it."""

    feature: str
    zh: str
    en: str
    effort: int
    made: Callable[[Student], Student]


def suggestions(
    ranker: Ranker, student: Student, position: Position, on: date | None = None
) -> list[Suggestion]:
    """Single changes that raise the score, the largest gain first."""
    changes = list(possible(student, position))
    gains = _gains(ranker, student, position, [(change,) for change in changes], on)
    found = [_told(change, gain) for change, gain in zip(changes, gains, strict=True) if gain > _LEAST]
    return sorted(found, key=lambda item: (-item.gain, item.en))


def smallest(
    ranker: Ranker, student: Student, position: Position, *, enough: float, on: date | None = None
) -> list[Suggestion]:
    """The change of least effort that gains at least `enough`; two at once where none alone does; else nothing.

    The gains of two are told one after the other, so they sum to what both gain together.
    """
    changes = list(possible(student, position))
    gains = _gains(ranker, student, position, [(change,) for change in changes], on)
    alone = [(c.effort, -gain, c.en, c) for c, gain in zip(changes, gains, strict=True) if gain >= enough]
    if alone:
        _, gain, _, change = min(alone)
        return [_told(change, -gain)]
    by_gain = sorted(zip(gains, changes, strict=True), key=lambda row: (-row[0], row[1].en))
    helpful = [(change, gain) for gain, change in by_gain if gain > _LEAST][:_TRIED]
    couples = list(combinations(helpful, 2))
    together = _gains(ranker, student, position, [(a[0], b[0]) for a, b in couples], on)
    enough_both = [
        (a[0].effort + b[0].effort, -gain, a[0].en, place)
        for place, ((a, b), gain) in enumerate(zip(couples, together, strict=True))
        if gain >= enough
    ]
    if not enough_both:
        return []
    place = min(enough_both)[-1]
    (first, gained), (second, _) = couples[place]
    return [_told(first, gained), _told(second, together[place] - gained)]


def possible(student: Student, position: Position) -> Iterator[Change]:
    """Every single change that could matter for this position."""
    yield from _to_learn(student, position)
    held = set(terms(student.certificates))
    for name in (one.strip() for one in position.certificates):
        if name and name.casefold() not in held:
            held.add(name.casefold())
            zh, en = f"考取“{name}”证书", f"Take the certificate “{name}”"
            yield Change("certificates", zh, en, CERTIFY, _adding("certificates", name))
    months = position.experience_months
    if months > student.experience_months:
        zh, en = f"积累到{months}个月经验", f"Gain {months} months of experience"
        yield Change("experience", zh, en, WORK, _setting("experience_months", months))
    if education_level(position.education) > education_level(student.education):
        level = EDUCATION_LEVELS[int(education_level(position.education))]
        zh, en = f"取得{_LEVELS[level]}学历", f"Reach the {level} level"
        yield Change("education", zh, en, STUDY, _setting("education", level))
    yield from _to_say(student, position)


def _to_learn(student: Student, position: Position) -> Iterator[Change]:
    held = skills((*student.skills, *(word for word, _ in student.skill_levels)))
    seen = set(held)
    for asked, feature in ((position.skills, "skills_covered"), (position.wanted_skills, "skills_wanted")):
        for name in asked:
            skill = canonical(name)
            if skill and skill not in seen:
                seen.add(skill)
                zh, en = f"学会“{name.strip()}”", f"Learn “{name.strip()}”"
                yield Change(feature, zh, en, LEARN, _adding("skills", name))
    known = levels(student.skill_levels, student.skills)
    spelled = {canonical(word): word.strip() for word, _ in position.skill_levels}
    for skill, step in sorted(levels(position.skill_levels).items()):
        if known.get(skill, 0) >= step:
            continue
        if step in _STEPS:
            word = spelled[skill]
            zh, en = (f"把“{word}”提高到{_STEPS[step][0]}", f"Bring “{word}” to {_STEPS[step][1]}")
            yield Change("skills_level", zh, en, LEARN, _adding("skill_levels", (skill, step)))
        elif skill not in seen:
            zh, en = f"学会“{spelled[skill]}”", f"Learn “{spelled[skill]}”"
            yield Change("skills_level", zh, en, LEARN, _adding("skills", skill))


def _to_say(student: Student, position: Position) -> Iterator[Change]:
    where = position.district or position.city_code
    if student.wanted_cities and where and where not in student.wanted_cities:
        yield Change(
            "place", "把该地点加入意向", "Add this place to the wishes", SAY, _adding("wanted_cities", where)
        )
    if student.wanted_kinds and position.kind and position.kind not in student.wanted_kinds:
        yield Change(
            "kind", "接受该职位类型", "Accept this kind of work", SAY, _adding("wanted_kinds", position.kind)
        )
    code = position.occupation_code
    if student.wanted_occupations and code and code not in student.wanted_occupations:
        yield Change(
            "occupation", "把该职业加入意向", "Add this occupation", SAY, _adding("wanted_occupations", code)
        )
    top = position.salary_max if position.salary_max is not None else position.salary_min
    if student.salary_floor is not None and top is not None and top < student.salary_floor:
        zh, en = f"薪资期望降到每月{top}元", f"Lower the wish to {top} yuan a month"
        yield Change("salary", zh, en, SAY, _setting("salary_floor", top))


def _adding(name: str, item: object) -> Callable[[Student], Student]:
    def made(student: Student) -> Student:
        changes: dict[str, Any] = {name: (*getattr(student, name), item)}
        return replace(student, **changes)

    return made


def _setting(name: str, value: object) -> Callable[[Student], Student]:
    changes: dict[str, Any] = {name: value}
    return lambda student: replace(student, **changes)


def _gains(
    ranker: Ranker,
    student: Student,
    position: Position,
    plans: Sequence[tuple[Change, ...]],
    on: date | None,
) -> list[float]:
    """What each plan adds to the score."""
    people = [student]
    for plan in plans:
        changed = student
        for change in plan:
            changed = change.made(changed)
        people.append(changed)
    scores: Floats = score(ranker, extract(Pairs(people, [position], on), ranker.features))[:, 0]
    return [float(gain) for gain in scores[1:] - scores[0]]


def _told(change: Change, gain: float) -> Suggestion:
    return Suggestion(change.feature, change.zh, change.en, gain, change.effort)
