"""How well each skill is known, or has to be: {skill: level}. Only levels above the first are kept; the first goes without saying."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from backend.students.enums import SkillLevel


def levels_of(stated: Any, skills: Iterable[str]) -> dict[str, int] | None:
    """The levels stated of these skills, in their spelling; what is stated of other skills is left out. None: no levels."""
    if not isinstance(stated, Mapping):
        return None
    if any(isinstance(level, bool) or level not in SkillLevel.values for level in stated.values()):
        return None
    told = {" ".join(str(skill).split()).casefold(): int(level) for skill, level in stated.items()}
    found = {skill: told.get(skill.casefold(), SkillLevel.KNOWS.value) for skill in skills}
    return {skill: level for skill, level in found.items() if level > SkillLevel.KNOWS}


def with_levels(skills: Sequence[str], levels: Mapping[str, int]) -> list[str]:
    """Skills in words, each with its level where one was stated."""
    return [
        _("%(skill)s (%(level)s)") % {"skill": skill, "level": SkillLevel(levels[skill]).label.lower()}
        if levels.get(skill) in SkillLevel.values
        else skill
        for skill in skills
    ]
