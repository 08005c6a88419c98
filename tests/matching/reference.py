"""Every feature told again for one pair in plain Python, None for missing: what the arrays must agree with."""

import re
from collections import Counter
from math import sqrt

import numpy as np

from matching.features import meaning
from matching.features.protected import readable
from matching.features.skills import canonical
from matching.types import EDUCATION_LEVELS
from tests.matching.conftest import quick_encoder

MUNICIPALITIES = ("11", "12", "31", "50")


def held(student):
    named = [*student.skills, *(word for word, _ in student.skill_levels)]
    return {canonical(word) for word in named} - {""}


def asked(words):
    return {canonical(word) for word in words} - {""}


def within(value):
    return min(max(value, 0.0), 1.0)


def folded(words):
    return {word.strip().casefold() for word in words} - {""}


def skills_covered(student, position, on):
    need = asked(position.skills)
    return len(need & held(student)) / len(need) if need else None


def skills_shared(student, position, on):
    need = asked(position.skills)
    return min(len(need & held(student)) / 5, 1.0) if need else None


def skills_level(student, position, on):
    need = _levels(position.skill_levels)
    if not need:
        return None
    own = {**dict.fromkeys(asked(student.skills), 1)}
    for skill, level in _levels(student.skill_levels).items():
        own[skill] = max(own.get(skill, 1), level)
    return sum(min(own.get(skill, 0) / level, 1.0) for skill, level in need.items()) / len(need)


def _levels(told):
    found = {}
    for word, level in told:
        if canonical(word):
            found[canonical(word)] = max(found.get(canonical(word), 1), min(max(level, 1), 3))
    return found


def skills_wanted(student, position, on):
    nice = asked(position.wanted_skills)
    return len(nice & held(student)) / len(nice) if nice else None


def skills_taught(student, position, on):
    need, taught = asked(position.skills), asked(student.taught_skills)
    return len(need & (held(student) | taught)) / len(need) if need and taught else None


def major(student, position, on):
    own, need = folded((student.major, student.major_code)), folded(position.majors)
    return float(bool(own & need)) if own and need else None


def major_family(student, position, on):
    own = student.major_code.strip()
    codes = [word for word in folded(position.majors) if word[:2].isdigit()]
    if not own or not codes:
        return None
    return max(1.0 if own[:4] == code[:4] else 0.5 if own[:2] == code[:2] else 0.0 for code in codes)


def education(student, position, on):
    have, need = (
        EDUCATION_LEVELS.index(one) if one in EDUCATION_LEVELS else 0
        for one in (student.education, position.education)
    )
    return 1.0 if have >= need else max(0.4 - 0.2 * (need - have - 1), 0.0)


def certificates(student, position, on):
    own, named, skills = map(folded, (student.certificates, position.certificates, position.skills))
    if named:
        return len(own & named) / len(named)
    return float(bool(own & skills)) if skills else None


def experience(student, position, on):
    if position.experience_months <= 0:
        return 1.0
    return min(student.experience_months / position.experience_months, 1.0)


def _city(code):
    return code[:2] if code[:2] in MUNICIPALITIES else code[:4]


def _where(position):
    return position.district or position.city_code


def _near(one, other, city, province):
    if one == other:
        return 1.0
    if _city(one) == _city(other):
        return city
    return province if one[:2] == other[:2] else 0.0


def place(student, position, on):
    wishes, there = [code for code in student.wanted_cities if code], _where(position)
    if not wishes or not there:
        return None
    whole = any(code[4:] == "00" and _city(code) == _city(there) for code in wishes)
    return 1.0 if whole else max(_near(code, there, 0.8, 0.4) for code in wishes)


def commute(student, position, on):
    there = _where(position)
    return _near(student.based_in, there, 0.6, 0.1) if student.based_in and there else None


def kind(student, position, on):
    if not student.wanted_kinds or not position.kind:
        return None
    return float(position.kind in student.wanted_kinds)


def _top(position):
    return position.salary_min if position.salary_max is None else position.salary_max


def salary(student, position, on):
    top, floor = _top(position), student.salary_floor
    if top is None or floor is None:
        return None
    return 1.0 if top >= floor else within(2 * top / floor - 1)


def salary_sure(student, position, on):
    low, floor = position.salary_min, student.salary_floor
    if low is None or floor is None:
        return None
    return 1.0 if low >= floor else low / floor


def salary_overlap(student, position, on):
    top, hope = _top(position), student.salary_hope
    if top is None or hope is None:
        return None
    low = top if position.salary_min is None else position.salary_min
    return within((top - hope + 1) / max(top - low, 1))


def availability(student, position, on):
    if student.available_from is None or position.starts_on is None:
        return None
    return within(1 - (student.available_from - position.starts_on).days / 90)


def _tree(wishes, code):
    wishes = [wish for wish in wishes if wish]
    if not wishes or not code:
        return None
    return max(1.0 if wish == code else _levels_shared(wish, code) / 4 for wish in wishes)


def _levels_shared(one, other):
    count = 0
    for left, right in zip(one.split("-"), other.split("-"), strict=False):
        if left != right:
            break
        count += 1
    return count


def occupation(student, position, on):
    return _tree(student.wanted_occupations, position.occupation_code)


def major_occupation(student, position, on):
    return _tree(student.major_occupations, position.occupation_code)


def past_occupation(student, position, on):
    return _tree(student.past_occupations, position.occupation_code)


def _cosine(one, other):
    one, other = readable(one), readable(other)
    if not one or not other:
        return None
    left, right = _bigrams(one), _bigrams(other)
    length = sqrt(sum(n * n for n in left.values()) * sum(n * n for n in right.values()))
    return sum(left[pair] * right[pair] for pair in left) / length if length else 0.0


def _bigrams(text):
    plain = re.sub(r"\s\s+", " ", text.lower())
    return Counter(plain[start : start + 2] for start in range(len(plain) - 1))


def title_similarity(student, position, on):
    return _cosine(student.text, position.title)


def text_similarity(student, position, on):
    return _cosine(student.text, position.text)


def headline_similarity(student, position, on):
    found = [_cosine(line, position.title) for line in student.headlines]
    return max((one for one in found if one is not None), default=None)


def _means(one, other):
    one, other = readable(one), readable(other)
    if not one or not other:
        return None
    left, right = (np.rint(quick_encoder([text])[0] / meaning.STEP).astype(int) for text in (one, other))
    return within((float(left @ right) * meaning.STEP**2 - 0.1) / 0.8)


def meaning_of_text(student, position, on):
    return _means(student.text, position.title)


def headline_meaning(student, position, on):
    found = [_means(line, position.title) for line in student.headlines]
    return max((one for one in found if one is not None), default=None)


def competition(student, position, on):
    if position.openings <= 0:
        return None
    return position.openings / (position.openings + max(position.applicants, 0))


def freshness(student, position, on):
    if on is None or position.published_on is None:
        return None
    return within(1 - (on - position.published_on).days / 90)


def responsiveness(student, position, on):
    return position.response_rate


def mutual_interest(student, position, on):
    if not position.company_id:
        return None
    return 0.5 * (position.company_id in student.noticed_by) + 0.5 * (position.company_id in student.follows)


REFERENCE = {
    one.__name__: one
    for one in (
        skills_covered, skills_shared, skills_level, skills_wanted, skills_taught, major, major_family, education,
        certificates, experience, place, commute, kind, salary, salary_sure, salary_overlap, availability, occupation,
        major_occupation, past_occupation, title_similarity, text_similarity, headline_similarity, headline_meaning,
        competition, freshness, responsiveness, mutual_interest,
    )
} | {"meaning": meaning_of_text}  # fmt: skip
